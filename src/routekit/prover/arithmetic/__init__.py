"""Linear arithmetic: whether inequalities over fields can hold together, and values for which they do.

``sums`` reads a side of a comparison as a sum of fields, and says by how much floats may round it;
``inequalities`` what a test asks of such sums. ``tableau`` is the simplex of Dutertre and de Moura over exact
fractions; ``search`` adds whole numbers and tests that leave a choice. ``linear_tests`` puts it together:
a point that the reference confirms, or a few tests and bounds of fields that cannot hold together.
"""

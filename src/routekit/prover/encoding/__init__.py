"""Conditions over cells as clauses of a formula, and the theory of what several values can be together.

``field_variables`` has the literals of where a base lies, ordered ones by order encoding; ``conditions``
folds three-valued logic over them. A test of several bases (``now - customer.last < 1d``) is a free
literal: where it is linear, ``prover.arithmetic`` refutes it or finds values for it; any other ``theory``
does, by halving boxes and by intervals. Of texts that are left open each test is a literal too, which
``open_text_tests`` meets or refutes. What is refuted becomes a clause. That something can be is mostly shown
without a search, by one of the contacts that ``sampling`` makes up and looks at all at once, a bit each.
``space`` puts it together.
"""

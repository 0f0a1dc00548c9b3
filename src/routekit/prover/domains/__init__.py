"""What the values of each field, signal and clock may be, cut into cells that no test tells apart.

``tests_by_field`` notes what is asked of each base, ``cut`` cuts it, with a value of each cell: numbers and
times between the bounds of tests (``ordered``), texts by automata of their patterns
(``texts``, ``patterns``, ``automata``), days and hours by the calendars and zones of the years that are
looked at (``dates``, ``local_time``). ``intervals`` encloses what arithmetic can come to; ``terms`` has
lets and segments put in their places.
"""

"""What the values of each field, signal and clock may be, cut into cells that no test tells apart.

``cut`` cuts each base into ``cells``, with a value of each: numbers and times between the bounds of tests, by
the partition that all rooms share; texts by automata of few patterns (``texts``), or into those that are
named and all others, which are left open (``open_cells``) and looked for where it is known how their tests
come out (``open_texts``); days and hours by the calendars and zones of the years that are looked at
(``dates``, ``local_time``). ``intervals``
encloses what arithmetic can come to; ``terms`` has lets and segments put in their places.
"""

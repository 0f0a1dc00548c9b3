"""Formulas and the solvers that answer them, knowing nothing of policies.

``formula`` writes down as clauses what a literal means only when it is asked for, and only what follows
where it holds. ``solver`` asks python-sat where it is installed, else ``cdcl``, a solver of our own in
MiniSat's words, which decides no more variables than a question depends on.
"""

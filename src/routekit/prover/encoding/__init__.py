"""Conditions over cells as clauses of a formula, and the theory of what several values can be together."""

"""Formulas and the solvers that answer them, knowing nothing of policies."""

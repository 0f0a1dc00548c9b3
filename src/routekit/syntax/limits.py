"""How large a policy may be; each limit has a code of its own, so that an author knows which he met."""

__all__ = [
    "LARGEST_WHOLE",
    "MOST_CHARACTERS",
    "MOST_CLAUSES",
    "MOST_DIGITS",
    "MOST_DECLARATIONS",
    "MOST_FIELDS",
    "MOST_MEMBERS",
    "MOST_NESTING",
    "MOST_RULES",
    "MOST_TEXT",
    "MOST_NAME",
]

MOST_CHARACTERS = 3_000_000
"""Of one policy, all its files together: about 15,000 rules."""

MOST_NESTING = 60
"""Parentheses, groups, and operators within operators."""

MOST_DIGITS = 350
"""Of a number with a point: with so many every number that there is can be written, the smallest too."""

LARGEST_WHOLE = 2**63 - 1
"""What a whole number is written up to, so that it fits 64 bits."""

MOST_TEXT = 10_000
"""Characters of one text between quotes."""

MOST_NAME = 100
"""Characters of one name."""

MOST_MEMBERS = 10_000
"""Of one set or list written in the policy."""

MOST_DECLARATIONS = 50_000
"""Declarations, rules, rows and offers of a policy."""

MOST_CLAUSES = 50_000
"""What all calendars say, each with what it takes over from others."""

MOST_FIELDS = 5_000
"""Fields of records, features of the history, and signals, which are there once for each queue."""

MOST_RULES = 50_000
"""Of a route, where a rule whose queue a field names is one for each queue."""

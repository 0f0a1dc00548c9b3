"""How long a text may be of which patterns are asked, so that a decision takes a bounded time.

RE2 takes time that grows with the text, and at worst with the pattern too: a repetition such as ``.{0,200}``
stands for 200 places at which it may be at once.
"""

from collections.abc import Mapping

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.operators.text import TEXT_TESTS, Takes
from routekit.policy.patterns import repeated_steps
from routekit.policy.references import Reads, ValueRef, declared, expressions
from routekit.schema.types import SetOf, Text

__all__ = ["MOST_MATCHED", "longest_texts"]

MOST_MATCHED = 65_536
"""Characters of a text of which patterns are asked."""

_MOST_STEPS = 100_000_000
"""Of all patterns of a decision upon all their texts, at worst: about two seconds."""


def longest_texts(policy: CheckedPolicy) -> Mapping[e.Expr, int]:
    """Maps the fields and signals of which patterns are asked to the longest text that is read for them.

    The others are not in it.
    """
    if not any(map(_holds_text, declared(policy).values())):
        return {}
    asked: dict[tuple[ValueRef, str], None] = {}
    reads = Reads(policy)
    for expr in expressions(policy):
        for part in e.parts(expr):
            if isinstance(part, e.TextTest) and TEXT_TESTS[part.operator].takes is Takes.PATTERN:
                pattern = part.argument.value if isinstance(part.argument, e.Constant) else ""
                asked |= {(leaf, str(pattern)): None for leaf in reads(part.operand)}
    steps = sum(repeated_steps(pattern) for _, pattern in asked)
    longest = min(MOST_MATCHED, _MOST_STEPS // max(1, steps))
    return {leaf: longest for leaf, _ in asked}


def _holds_text(field: Field) -> bool:
    return isinstance(field.type.element if isinstance(field.type, SetOf) else field.type, Text)

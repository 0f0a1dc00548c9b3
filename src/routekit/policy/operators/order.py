"""Comparisons: rows of the operators that ask how two values lie to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt

from routekit.policy.operators import Operator
from routekit.schema.types import Scalar
from routekit.translation import msgid

__all__ = ["COMPARISONS", "RANGE", "RANGE_WITHOUT_END", "Comparison"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Operator):
    """``left NAME right``: true where the left value lies ``below``, ``equal`` to or ``above`` the right one.

    ``bounds`` say what is asked of an amount, a moment and an ordered name, ``{}`` being the right value.
    """

    below: bool = False
    equal: bool = False
    above: bool = False
    bounds: Mapping[str, str] = field(default_factory=dict)

    @property
    def mirrored(self) -> "Comparison":
        """The comparison that says the same with its sides exchanged."""
        return _WITH[self.above, self.equal, self.below]

    @property
    def opposite(self) -> "Comparison | None":
        """The comparison that is true where this one is false; ``is`` has none."""
        return _WITH.get((not self.below, not self.equal, not self.above))


COMPARISONS: dict[str, Comparison] = {
    row.name: row
    for row in (
        Comparison(name="is", meaning=eq, code="left == right", equal=True),
        Comparison(
            name="<",
            meaning=lt,
            code="left < right",
            below=True,
            bounds={
                "amount": msgid("less than {}"),
                "moment": msgid("before {}"),
                "name": msgid("lower than {}"),
            },
        ),
        Comparison(
            name="<=",
            meaning=le,
            code="left <= right",
            below=True,
            equal=True,
            bounds={
                "amount": msgid("{} or less"),
                "moment": msgid("{} or earlier"),
                "name": msgid("{} or lower"),
            },
        ),
        Comparison(
            name=">",
            meaning=gt,
            code="left > right",
            above=True,
            bounds={
                "amount": msgid("more than {}"),
                "moment": msgid("after {}"),
                "name": msgid("higher than {}"),
            },
        ),
        Comparison(
            name=">=",
            meaning=ge,
            code="left >= right",
            equal=True,
            above=True,
            bounds={
                "amount": msgid("{} or more"),
                "moment": msgid("{} or later"),
                "name": msgid("{} or higher"),
            },
        ),
    )
}

_WITH = {(row.below, row.equal, row.above): row for row in COMPARISONS.values()}


def _is_within(value: Scalar, low: Scalar, high: Scalar) -> bool:
    return low <= value <= high  # type: ignore[operator]


def _is_before_end(value: Scalar, low: Scalar, high: Scalar) -> bool:
    return low <= value < high  # type: ignore[operator]


RANGE = Operator(
    name="in", meaning=_is_within, code="low <= value <= high", operands=("value", "low", "high")
)
"""``value in low..high``, both ends inside."""

RANGE_WITHOUT_END = Operator(
    name="..<", meaning=_is_before_end, code="low <= value < high", operands=("value", "low", "high")
)
"""``value in low..<high``, the start inside, the end outside."""

"""The same matter by another channel, side by side: what differs, and which cheap channel is worse."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from routekit.performance.figures import Group
from routekit.performance.intervals import Difference, newcombe
from routekit.performance.measures import MEASURES, Measure

__all__ = ["Comparison", "compared", "worse_than"]

_SHARES = tuple(measure for measure in MEASURES if measure.kind == "share")

_OF_EFFECT = frozenset(measure.name for measure in _SHARES if measure.is_effect)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a share differs between two channels for the same rest of a key: ``channel`` against ``other``."""

    key: tuple[str, ...]
    channel: str
    other: str
    measure: str
    difference: Difference

    @property
    def is_effect(self) -> bool:
        """Whether it says which of the two is better for customers."""
        return self.measure in _OF_EFFECT


def compared(groups: Sequence[Group], by: Sequence[str]) -> tuple[Comparison, ...]:
    """Compares the shares of each two groups that differ in the channel alone."""
    return tuple(
        Comparison(_rest(group, by), _channel(group, by), _channel(other, by), measure.name, difference)
        for group, other in _pairs(groups, by)
        for measure in _SHARES
        if (difference := _difference(group, other, measure)) is not None
    )


def worse_than(group: Group, groups: Sequence[Group], by: Sequence[str]) -> tuple[str, ...]:
    """Names the channels beside a group that cost more and are better.

    Better is what surely is in one figure of effect at least, and worse in none: the 95 % interval of the
    difference leaves out that there is none.
    """
    if "channel" not in by:
        return ()
    return tuple(
        _channel(other, by)
        for other in groups
        if other is not group and _rest(other, by) == _rest(group, by) and _is_cheaper_and_worse(group, other)
    )


def _is_cheaper_and_worse(group: Group, other: Group) -> bool:
    cost, others = group.figures["cost"].value, other.figures["cost"].value
    if cost is None or others is None or cost >= others:
        return False
    found = [_judged(group, other, measure) for measure in _SHARES if measure.is_effect]
    return -1 in found and 1 not in found


def _judged(group: Group, other: Group, measure: Measure) -> int:
    """1 where a group is surely better, -1 where it is surely worse."""
    difference = _difference(group, other, measure)
    if difference is None or not difference.is_found:
        return 0
    return 1 if (difference.value > 0) == measure.more_is_better else -1


def _difference(group: Group, other: Group, measure: Measure) -> Difference | None:
    one, two = group.figures[measure.name], other.figures[measure.name]
    if one.hits is None or two.hits is None:
        return None
    return newcombe(one.hits, one.of, two.hits, two.of)


def _pairs(groups: Sequence[Group], by: Sequence[str]) -> Iterator[tuple[Group, Group]]:
    if "channel" not in by:
        return
    beside: dict[tuple[str, ...], list[Group]] = {}
    for group in groups:
        beside.setdefault(_rest(group, by), []).append(group)
    for same in beside.values():
        yield from combinations(same, 2)


def _rest(group: Group, by: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for name, value in zip(by, group.key, strict=True) if name != "channel")


def _channel(group: Group, by: Sequence[str]) -> str:
    return group.key[list(by).index("channel")]

"""Rules that stand elsewhere and change nothing by it: those that they passed take none of their contacts."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from routekit.diff.align_rules import pairs_of

__all__ = ["put_back"]


def put_back(
    was: Sequence[object], is_: Sequence[object], apart: Callable[[int, int], bool]
) -> tuple[list[int], list[int]]:
    """Gives the places of the second in an order that means the same, and those that were put back.

    Equal keys are the same rule; ``apart`` tells of two places of the second whether no contact meets both.

    >>> put_back("abcd", "acbd", lambda one, other: True)
    ([0, 2, 1, 3], [1])
    >>> put_back("abcd", "acbd", lambda one, other: False)
    ([0, 1, 2, 3], [])
    """
    pairs = pairs_of(was, is_)
    left = dict(enumerate(was))
    come: dict[object, list[int]] = {}
    for place, key in enumerate(is_):
        come.setdefault(key, []).append(place)
    for one, other in pairs:
        del left[one]
        come[is_[other]].remove(other)
    order, moved = list(range(len(is_))), []
    for one, key in left.items():
        if not come.get(key):
            continue
        place = come[key][0]
        here, behind = order.index(place), bisect_left(pairs, (one, 0))
        there = order.index(pairs[behind - 1][1]) + 1 if behind else 0
        passed = order[there:here] if there <= here else order[here + 1 : there]
        if all(apart(place, other) for other in passed):
            del order[here]
            order.insert(there if there <= here else there - 1, place)
            pairs.insert(behind, (one, place))
            come[key].remove(place)
            moved.append(place)
    return order, moved

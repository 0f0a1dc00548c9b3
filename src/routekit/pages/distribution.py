"""Distributions: which share of all has at most so great a value."""

from collections.abc import Sequence
from dataclasses import dataclass

from routekit.pages.graph import FLOOR, HIGH, TOP, WIDE, Point, below, curve, named, sides
from routekit.pages.markup import Markup
from routekit.pages.picture import drawn, plot, upright
from routekit.pages.scales import Scale, figure, ticks
from routekit.translation import t

__all__ = ["Curve", "distribution"]

_RISING = (0.0, 25.0, 50.0, 75.0, 100.0)
_MARKED = (0.5, 0.9)
_TOLD = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Curve:
    """How a quantity is spread: points ``(value, share at most so great)``, rising, shares from 0 to 1.

    The share may end below 1, where some have no value, such as those who never were answered.
    """

    name: str
    points: tuple[tuple[float, float], ...]


def distribution(title: str, curves: Sequence[Curve], *, unit: str = "s", lead: str = "") -> Markup:
    """Returns how quantities such as waits are spread: steps that rise to 100 %, marked at 50 and 90 %.

    >>> plotted = distribution("Waits", [Curve("now", ((0, 0.4), (6, 0.5), (74, 0.9), (300, 1.0)))])
    >>> ">74<" in plotted
    True
    """
    named_at = ticks(0, max([value for one in curves for value, _ in one.points], default=1), 8)
    left, right = sides(_RISING, [one.name for one in curves])
    across, up = Scale(0, named_at[-1], left, right), Scale(0, 100, FLOOR, TOP)
    last = figure(named_at[-1], unit)
    parts = [
        upright(up, _RISING, left, right, "%"),
        below((across(value), last if value == named_at[-1] else figure(value)) for value in named_at),
    ]
    for number, one in enumerate(curves):
        steps = [(across(value), up(100 * share)) for value, share in _steps(one.points, named_at[-1])]
        passed = [(_passes(one.points, share), share) for share in _MARKED]
        marks = [(across(value), up(100 * share)) for value, share in passed if value is not None]
        parts.append(curve([steps], marks, number))
    ends = [(up(100 * (one.points[-1][1] if one.points else 0)), one.name) for one in curves]
    parts.append(named(ends, right))
    head = [t("share of all"), *(f"{one.name} ({unit})" if unit else one.name for one in curves)]
    rows = [
        [figure(100 * share, "%"), *(figure(_passes(one.points, share)) for one in curves)] for share in _TOLD
    ]
    return plot(title, lead, drawn(title, lead, WIDE, HIGH, *parts), head, rows)


def _steps(points: Sequence[Point], furthest: float) -> list[Point]:
    steps: list[Point] = [(0.0, 0.0)]
    for value, share in points:
        steps += [(value, steps[-1][1]), (value, share)]
    return [*steps, (furthest, steps[-1][1])]


def _passes(points: Sequence[Point], share: float) -> float | None:
    """The least value that so great a share does not exceed."""
    return next((value for value, reached in points if reached >= share - 1e-12), None)

"""Lines over a day or a week, and distributions: several series on one plot, each named where it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routekit.pages.markup import Markup, element, joined
from routekit.pages.picture import Series, dash, drawn, ink, label, marker, plot, stroke, upright
from routekit.pages.scales import Scale, figure, reach, shortened, ticks, width
from routekit.translation import t

__all__ = ["Curve", "distribution", "lines"]

_WIDE, _HIGH, _TOP, _FOOT = 620, 260, 26, 26
_LINE = 15

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """How a quantity is spread: points ``(value, share at most so great)``, rising, shares from 0 to 1.

    The share may end below 1, where some have no value, such as those who never were answered.
    """

    name: str
    points: tuple[tuple[float, float], ...]


def lines(
    title: str, at: Sequence[str], series: Sequence[Series], *, unit: str = "", lead: str = ""
) -> Markup:
    """Returns lines over places that follow each other, such as the half hours of a day.

    Shapes: each series has a value for each place of ``at``; where one is ``None`` its line is broken.

    >>> half_hours = [f"{number // 2:02}:{number % 2 * 3}0" for number in range(48)]
    >>> plotted = lines("Waiting", half_hours, [Series("now", tuple(float(n) for n in range(48)))], unit="s")
    >>> ">12:00<" in plotted, plotted.count('class="line"')
    (True, 1)
    """
    values = [value for one in series for value in one.values if value is not None]
    rising = ticks(*reach(values))
    left, right = _sides(rising, [one.name for one in series])
    across = Scale(0, max(len(at) - 1, 1), left, right)
    up = Scale(rising[0], rising[-1], _HIGH - _FOOT, _TOP)
    every = _every(len(at), max([width(place) for place in at], default=0), right - left)
    parts = [upright(up, rising, left, right, unit)]
    for place in range(0, len(at), every):
        parts.append(stroke([(across(place), _HIGH - _FOOT), (across(place), _HIGH - _FOOT + 4)], "axis"))
        parts.append(label(across(place), _HIGH - _FOOT + 17, at[place], "dim middle"))
    ends: list[tuple[float, str, int]] = []
    for number, one in enumerate(series):
        points = [
            None if value is None else (across(place), up(value)) for place, value in enumerate(one.values)
        ]
        seen = [place for place, point in enumerate(points) if point]
        marks = [point for place in seen[:: max(every, 1)] if (point := points[place])]
        parts.append(_line(_unbroken(points), marks, number))
        last = points[seen[-1]] if seen else None
        ends.append((last[1] if last else up(rising[0]), one.name, number))
    parts.append(_names(ends, right))
    head = ["", *(f"{one.name} ({unit})" if unit else one.name for one in series)]
    rows = [[place, *(figure(one.values[row]) for one in series)] for row, place in enumerate(at)]
    return plot(title, lead, drawn(title, lead, _WIDE, _HIGH, *parts), head, rows)


def distribution(title: str, curves: Sequence[Curve], *, unit: str = "s", lead: str = "") -> Markup:
    """Returns how quantities such as waits are spread: steps that rise to 100 %, marked at 50 and 90 %.

    >>> plotted = distribution("Waits", [Curve("now", ((0, 0.4), (6, 0.5), (74, 0.9), (300, 1.0)))])
    >>> ">74<" in plotted
    True
    """
    furthest = ticks(0, max([value for curve in curves for value, _ in curve.points], default=1), 8)
    rising = (0.0, 25.0, 50.0, 75.0, 100.0)
    left, right = _sides(rising, [curve.name for curve in curves])
    across, up = Scale(0, furthest[-1], left, right), Scale(0, 100, _HIGH - _FOOT, _TOP)
    parts = [upright(up, rising, left, right, "%")]
    for place in furthest:
        parts.append(stroke([(across(place), _HIGH - _FOOT), (across(place), _HIGH - _FOOT + 4)], "axis"))
        said = figure(place, unit if place == furthest[-1] else "")
        parts.append(label(across(place), _HIGH - _FOOT + 17, said, "dim middle"))
    ends = []
    for number, curve in enumerate(curves):
        steps = _steps(curve.points, furthest[-1])
        marks = [
            (value, share)
            for part in (0.5, 0.9)
            if (value := _passes(curve.points, part)) is not None
            for share in (part,)
        ]
        drawn_at = [(across(value), up(100 * share)) for value, share in steps]
        parts.append(_line([drawn_at], [(across(value), up(100 * share)) for value, share in marks], number))
        at_end = next((up(100 * share) for value, share in reversed(steps)), up(0))
        ends.append((at_end, curve.name, number))
    parts.append(_names(ends, right))
    parts_of = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
    head = [t("share of all"), *(f"{curve.name} ({unit})" if unit else curve.name for curve in curves)]
    rows = [
        [figure(100 * part, "%"), *(figure(_passes(curve.points, part)) for curve in curves)]
        for part in parts_of
    ]
    return plot(title, lead, drawn(title, lead, _WIDE, _HIGH, *parts), head, rows)


def _sides(rising: Sequence[float], names: Sequence[str]) -> tuple[float, float]:
    """Where a plot begins and ends, so that its axis and the names of its series have room."""
    left = max(width(figure(value)) for value in rising) + 14
    return max(left, 40), _WIDE - min(max([width(name) for name in names], default=0) + 22, 200)


def _every(count: int, wide: float, room: float) -> int:
    """Each how many places are named, so that names do not touch."""
    least = max(1, -(-count * (wide + 14) // max(room, 1)))
    return int(next((step for step in (1, 2, 3, 4, 6, 8, 12, 16, 24, 48) if step >= least), least))


def _unbroken(points: Sequence[Point | None]) -> list[list[Point]]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _line(runs: Sequence[Sequence[Point]], marks: Sequence[Point], number: int) -> Markup:
    drawn_lines = (stroke(run, "line", dash(number)) for run in runs)
    return element("g", *drawn_lines, *(marker(x, y, number) for x, y in marks), class_=ink(number))


def _names(ends: Sequence[tuple[float, str, int]], right: float) -> Markup:
    """The names of the series where they end, moved apart where they would touch."""
    parts, places = [], _apart([y for y, _, _ in ends])
    for (y, name, number), place in zip(ends, places, strict=True):
        said = shortened(name, _WIDE - right - 18)
        parts.append(stroke([(right + 2, y), (right + 12, place)], "rule"))
        text = label(right + 16, place + 4, said, "inked halo")
        parts.append(element("g", text, class_=ink(number)))
    return joined(parts)


def _apart(wanted: Sequence[float]) -> list[float]:
    """Places near those wanted, at least a line apart, within the plot as far as there is room."""
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    places = [wanted[number] for number in order]
    for before, after in pairwise(range(len(places))):
        places[after] = max(places[after], places[before] + _LINE)
    over = max(0.0, places[-1] - (_HIGH - _FOOT)) if places else 0.0
    if over:
        places[-1] -= over
        for after, before in pairwise(reversed(range(len(places)))):
            places[before] = min(places[before], places[after] - _LINE)
    found = [0.0] * len(wanted)
    for number, place in zip(order, places, strict=True):
        found[number] = place
    return found


def _steps(points: Sequence[Point], furthest: float) -> list[Point]:
    steps: list[Point] = [(0.0, 0.0)]
    for value, share in points:
        steps += [(value, steps[-1][1]), (value, share)]
    return [*steps, (furthest, steps[-1][1])]


def _passes(points: Sequence[Point], share: float) -> float | None:
    """The least value that so great a share does not exceed."""
    return next((value for value, reached in points if reached >= share - 1e-12), None)

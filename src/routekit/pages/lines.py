"""Lines over a day or a week: several series on one graph, each named where it ends."""

from collections.abc import Sequence

from routekit.pages.graph import FLOOR, HIGH, TOP, WIDE, Point, below, curve, named, sides
from routekit.pages.markup import Markup
from routekit.pages.picture import Series, drawn, plot, upright
from routekit.pages.scales import Scale, figure, reach, ticks, width

__all__ = ["lines"]


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
    rising = ticks(*reach([value for one in series for value in one.values if value is not None]))
    left, right = sides(rising, [one.name for one in series])
    across, up = Scale(0, max(len(at) - 1, 1), left, right), Scale(rising[0], rising[-1], FLOOR, TOP)
    every = _every(len(at), max(map(width, at), default=0), right - left)
    parts = [
        upright(up, rising, left, right, unit),
        below((across(place), at[place]) for place in range(0, len(at), every)),
    ]
    ends = []
    for number, one in enumerate(series):
        points = [
            None if value is None else (across(place), up(value)) for place, value in enumerate(one.values)
        ]
        seen = [point for point in points if point is not None]
        parts.append(curve(_unbroken(points), seen[::every], number))
        ends.append((seen[-1][1] if seen else FLOOR, one.name))
    parts.append(named(ends, right))
    head = ["", *(f"{one.name} ({unit})" if unit else one.name for one in series)]
    rows = [[place, *(figure(one.values[row]) for one in series)] for row, place in enumerate(at)]
    return plot(title, lead, drawn(title, lead, WIDE, HIGH, *parts), head, rows)


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

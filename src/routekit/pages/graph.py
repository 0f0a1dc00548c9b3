"""Graphs over two axes: what lines and distributions share."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from routekit.pages.markup import Markup, element, joined
from routekit.pages.picture import dash, ink, label, marker, stroke
from routekit.pages.scales import figure, shortened, width

__all__ = ["FLOOR", "HIGH", "TOP", "WIDE", "Point", "below", "curve", "named", "sides"]

WIDE, HIGH, TOP = 620, 260, 26
FLOOR = HIGH - 26
"""Where the lower axis lies."""
_LINE = 15

Point = tuple[float, float]


def sides(rising: Sequence[float], names: Sequence[str]) -> tuple[float, float]:
    """Returns where a graph begins and ends, so that its axis and the names of its series have room."""
    left = max(width(figure(value)) for value in rising) + 14
    return max(left, 40), WIDE - min(max([width(name) for name in names], default=0) + 22, 200)


def below(places: Iterable[tuple[float, str]]) -> Markup:
    """Returns the names of places below the lower axis."""
    return joined(
        part
        for x, said in places
        for part in (stroke([(x, FLOOR), (x, FLOOR + 4)], "axis"), label(x, FLOOR + 17, said, "dim middle"))
    )


def curve(runs: Sequence[Sequence[Point]], marks: Sequence[Point], number: int) -> Markup:
    """Returns the lines of a series, broken where it is, with its marks and one at each point by itself."""
    drawn_lines = (stroke(run, "line", dash(number)) for run in runs if len(run) > 1)
    alone = [run[0] for run in runs if len(run) == 1]
    marked = (marker(x, y, number) for x, y in dict.fromkeys([*alone, *marks]))
    return element("g", *drawn_lines, *marked, class_=ink(number))


def named(ends: Sequence[tuple[float, str]], right: float) -> Markup:
    """Returns the names of the series where they end, moved apart where they would touch."""
    parts, places = [], _apart([y for y, _ in ends])
    for number, ((y, name), place) in enumerate(zip(ends, places, strict=True)):
        said = shortened(name, WIDE - right - 18)
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
    over = max(0.0, places[-1] - FLOOR) if places else 0.0
    if over:
        places[-1] -= over
        for after, before in pairwise(reversed(range(len(places)))):
            places[before] = min(places[before], places[after] - _LINE)
    found = [0.0] * len(wanted)
    for number, place in zip(order, places, strict=True):
        found[number] = place
    return found

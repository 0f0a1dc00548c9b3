"""Bars: one value, or one for each series, for each name."""

from collections.abc import Sequence

from routekit.pages.markup import Markup, element, joined
from routekit.pages.picture import Series, drawn, ink, label, marker, plot, stroke
from routekit.pages.scales import Scale, figure, reach, shortened, width

__all__ = ["bars"]

_WIDE, _BAR, _GAP = 620, 15, 9


def bars(
    title: str, names: Sequence[str], series: Sequence[Series], *, unit: str = "", lead: str = ""
) -> Markup:
    """Returns bars that lie, each with its name at the left and its value at its end.

    Shapes: each series has a value for each name. ``unit`` stands behind the values, ``lead`` is a sentence
    below the title that says what is to be seen.

    >>> plotted = bars("Load", ["general", "vip"], [Series("now", (18.2, 2.5))], unit="erlangs")
    >>> "18.2 erlangs" in plotted, plotted.count("<rect")
    (True, 2)
    """
    values = [value for one in series for value in one.values if value is not None]
    low, high = reach(values)
    ends = max([width(figure(value, unit)) for value in values], default=0) + 24
    left = min(max([width(name) for name in names], default=0) + 16, _WIDE * 0.42)
    scale = Scale(low, high, left + (ends if low < 0 else 0), _WIDE - ends)
    top = 24 if len(series) > 1 else 4
    step = _BAR * len(series) + _GAP
    high_as = top + step * len(names) + 2
    parts = [_key(series)] if len(series) > 1 else []
    parts.append(stroke([(scale(0), top - 2), (scale(0), high_as - 2)], "axis"))
    for row, name in enumerate(names):
        y = top + row * step + _GAP / 2
        middle = y + _BAR * len(series) / 2 + 4
        parts.append(label(left - 8, middle, shortened(name, left - 12), "right"))
        parts += [
            _bar(one.values[row], y + number * _BAR, scale, number, unit, single=len(series) == 1)
            for number, one in enumerate(series)
        ]
    head = ["", *(f"{one.name} ({unit})" if unit else one.name for one in series)]
    rows = [[name, *(figure(one.values[row]) for one in series)] for row, name in enumerate(names)]
    return plot(title, lead, drawn(title, lead, _WIDE, high_as, *parts), head, rows)


def _bar(value: float | None, y: float, scale: Scale, number: int, unit: str, *, single: bool) -> Markup:
    if value is None:
        return label(scale(0) + 6, y + _BAR - 3, figure(None), "dim")
    start, end = sorted((scale(0), scale(value)))
    said, behind = figure(value, unit), value < 0
    bar = element(
        "rect", x=start, y=y + 1, width=max(end - start, 0.5), height=_BAR - 2, class_="fill", rx=1.5
    )
    shape = [] if single else [marker(start - 7 if behind else end + 7, y + _BAR / 2, number, 3.5)]
    away = 6 if single else 15
    place = label(start - away if behind else end + away, y + _BAR - 3.5, said, "right" if behind else "")
    return joined([element("g", bar, *shape, class_=ink(number)), place])


def _key(series: Sequence[Series]) -> Markup:
    parts, x = [], 8.0
    for number, one in enumerate(series):
        parts.append(element("g", marker(x, 9, number), class_=ink(number)))
        parts.append(label(x + 9, 13, one.name))
        x += width(one.name) + 34
    return joined(parts)

"""Differences with their intervals: which are surely there, in which direction, and which are not found."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from routekit.pages.marks import State
from routekit.pages.markup import Markup, element, joined
from routekit.pages.picture import drawn, label, plot, stroke
from routekit.pages.scales import Scale, figure, shortened, width
from routekit.translation import msgid, t

__all__ = ["Interval", "intervals"]

_WIDE, _ROW, _TOP = 620, 26, 24
_SAID = {
    State.GOOD: msgid("better"),
    State.BAD: msgid("worse"),
    State.WARN: msgid("other"),
    State.PLAIN: msgid("no difference found"),
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference and the interval it surely lies in; ``more_is_better`` is ``None`` where neither is.

    Raises:
        ValueError: where the difference lies outside its interval, or the interval has no end.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str = ""
    more_is_better: bool | None = None

    def __post_init__(self) -> None:
        if not -inf < self.low <= self.value <= self.high < inf:
            raise ValueError(
                t("`{name}`: the difference lies outside its interval, or that has no end", name=self.name)
            )

    @property
    def state(self) -> State:
        """What the difference is, where its interval leaves out that there is none.

        >>> Interval("abandoned", -1.6, -1.7, -1.5, "%", more_is_better=False).state
        <State.GOOD: ('good', '✓', 'good')>
        """
        if self.low <= 0 <= self.high:
            return State.PLAIN
        if self.more_is_better is None:
            return State.WARN
        return State.GOOD if (self.value > 0) == self.more_is_better else State.BAD


def intervals(title: str, rows: Sequence[Interval], *, lead: str = "") -> Markup:
    """Returns differences as dots with the whiskers of their intervals, around a line where there is none.

    Rows of one unit share a scale.

    >>> row = Interval("service level", 5.0, 4.6, 5.4, "points", more_is_better=True)
    >>> "+5 points (+4.6 to +5.4)" in intervals("New against old", [row])
    True
    """
    said = [_said(row) for row in rows]
    left = min(max([width(row.name) for row in rows], default=0) + 16, _WIDE * 0.42)
    right = _WIDE - max([width(one) for one in said], default=0) - 42
    reaches = {
        unit: max(abs(edge) for row in rows if row.unit == unit for edge in (row.low, row.high)) or 1.0
        for unit in {row.unit for row in rows}
    }
    high = _TOP + _ROW * len(rows) + 4
    zero = (left + right) / 2
    parts = [
        stroke([(zero, _TOP - 4), (zero, high)], "axis"),
        label(zero, 13, t("no difference"), "dim middle"),
        label(left + 6, 13, t("← less"), "dim"),
        label(right, 13, t("more →"), "dim right"),
    ]
    for number, (row, one) in enumerate(zip(rows, said, strict=True)):
        y = _TOP + _ROW * number + _ROW / 2
        scale = Scale(-reaches[row.unit], reaches[row.unit], left + 12, right - 6)
        parts.append(label(left - 6, y + 4, shortened(row.name, left - 10), "right"))
        parts.append(_whisker(row, scale, y))
        sign = element("g", label(right + 14, y + 4, row.state.sign, "inked strong"), class_=_ink(row))
        parts += [sign, label(right + 30, y + 4, one)]
    head = ["", t("difference"), t("from"), t("to"), ""]
    table = [
        [row.name, _signed(row.value, row.unit), _signed(row.low), _signed(row.high), t(_SAID[row.state])]
        for row in rows
    ]
    return plot(title, lead, drawn(title, lead, _WIDE, high, *parts), head, table)


def _whisker(row: Interval, scale: Scale, y: float) -> Markup:
    low, high, value = scale(row.low), scale(row.high), scale(row.value)
    look = "hollow" if row.state is State.PLAIN else "fill"
    parts = [
        stroke([(low, y), (high, y)], "line"),
        stroke([(low, y - 5), (low, y + 5)], "line"),
        stroke([(high, y - 5), (high, y + 5)], "line"),
        element("circle", cx=value, cy=y, r=4.5, class_=look),
    ]
    return element("g", joined(parts), class_=_ink(row))


def _ink(row: Interval) -> str:
    return f"ink-{row.state.colour}"


def _signed(value: float, unit: str = "") -> str:
    return f"{'+' if value > 0 else ''}{figure(value, unit)}"


def _said(row: Interval) -> str:
    return t(
        "{value} ({low} to {high})",
        value=_signed(row.value, row.unit),
        low=_signed(row.low),
        high=_signed(row.high),
    )

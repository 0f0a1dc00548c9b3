"""Scales and figures of plots: where a value stands, which values an axis names, how wide a text is."""

import math
from dataclasses import dataclass
from unicodedata import east_asian_width

__all__ = ["Scale", "figure", "reach", "shortened", "ticks", "width"]

_LEAST = 1e-9
"""What is nearer together than this, of their size, cannot be told apart on an axis."""

_WIDTHS = dict.fromkeys("fijlrtI .,:;|!'()[]-", 4.6) | dict.fromkeys("mwMW%@", 11.0)
_LETTER, _CAPITAL, _WIDE = 7.3, 8.2, 12.2
"""How wide letters of plots are, in units of the picture; the last are those of Chinese."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where values from ``low`` to ``high`` stand between two places of a picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Returns the place of a value.

        >>> Scale(0, 10, 100, 200)(5)
        150.0
        """
        span = (self.high - self.low) or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


def ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Returns round values from at most ``low`` to at least ``high``, evenly apart, about ``most`` of them.

    >>> ticks(0, 23)
    (0.0, 5.0, 10.0, 15.0, 20.0, 25.0)
    """
    span = high - low
    if not (math.isfinite(span) and span > _LEAST * max(1.0, abs(low), abs(high))):
        low, span = (low, 1.0) if math.isfinite(low) else (0.0, 1.0)
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil((low + span) / step - 1e-9)
    return tuple(round(number * step, 12) for number in range(first, last + 1))


def reach(values: "list[float]") -> tuple[float, float]:
    """Returns the least and the greatest of nothing and some values, for an axis that begins at nothing.

    >>> reach([3.0, 8.0])
    (0.0, 8.0)
    """
    return min([0.0, *values]), max([0.0, *values])


def figure(value: float | None, unit: str = "") -> str:
    """Returns a number as plots write it: with few digits, thousands apart, a unit behind it.

    >>> figure(1204.3), figure(0.4132, "%"), figure(-4.0), figure(None)
    ('1,204', '0.41 %', '−4', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 100 or value == int(value):
        written = f"{value:,.0f}"
    else:
        written = f"{value:.{1 if size >= 10 else 2 if size >= 0.1 else 3}f}".rstrip("0").rstrip(".")
    written = "0" if written in ("-0", "") else written.replace("-", "−")
    return f"{written} {unit}" if unit else written


def width(text: str) -> float:
    """Returns about how wide a text is, in units of the picture.

    >>> width("ab") < width("排队")
    True
    """
    return sum(map(_width, text))


def _width(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if letter.isascii():
        return _CAPITAL if letter.isupper() else _LETTER
    return _WIDE if east_asian_width(letter) in "WF" else _LETTER


def shortened(text: str, room: float) -> str:
    """Returns a text, or its beginning and an ellipsis where it is wider than there is room.

    >>> shortened("a very long name of a queue", 60)
    'a very l…'
    """
    if width(text) <= room:
        return text
    kept = text
    while kept and width(kept) + _LETTER > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"

"""Intervals of shares, and of differences between them."""

from dataclasses import dataclass
from math import sqrt

__all__ = ["Z", "Difference", "newcombe", "wilson"]

Z = 1.959963984540054
"""The quantile of the normal distribution for 95 %."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much greater one share is than another, and the 95 % interval of that."""

    value: float
    low: float
    high: float

    @property
    def is_found(self) -> bool:
        """Whether the interval leaves out that there is none."""
        return self.low > 0 or self.high < 0


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Returns the 95 % interval of a share, by Wilson: it stays within 0 and 1 and holds for few, too.

    >>> [round(edge, 4) for edge in wilson(81, 263)]
    [0.2553, 0.3662]
    >>> wilson(0, 10)[0]
    0.0
    """
    share, square = hits / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return (0.0 if hits == 0 else middle - reach), (1.0 if hits == of else middle + reach)


def newcombe(hits: int, of: int, other_hits: int, other_of: int) -> Difference:
    """Returns the difference of two shares with its 95 % interval, by Newcombe from Wilson's.

    >>> found = newcombe(56, 70, 48, 80)
    >>> [round(part, 4) for part in (found.value, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    share, other = hits / of, other_hits / other_of
    low, high = wilson(hits, of)
    other_low, other_high = wilson(other_hits, other_of)
    value = share - other
    below = sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return Difference(value, value - below, value + above)

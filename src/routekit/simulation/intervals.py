"""Means of replications, with the interval in which 95 of 100 such intervals hold the true mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

__all__ = ["Interval", "interval", "student"]

_NORMAL = NormalDist().inv_cdf(0.975)
_FEW = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604,
    2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
)  # fmt: skip
"""The 0.975 quantiles of Student's distribution of 1 to 20 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % interval, which is open where there was one replication only."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether it speaks for a difference."""
        return self.low > 0 or self.high < 0

    def to_dict(self) -> dict[str, float | None]:
        """Returns the interval as JSON has it; an open end is null.

        >>> interval([1.0]).to_dict()
        {'mean': 1.0, 'low': None, 'high': None}
        """
        return {
            "mean": self.mean,
            "low": None if self.low == -inf else self.low,
            "high": None if self.high == inf else self.high,
        }


def student(freedom: int) -> float:
    """Returns the 0.975 quantile of Student's distribution, to four digits.

    >>> round(student(4), 3), round(student(100), 3)
    (2.776, 1.984)
    """
    if freedom <= len(_FEW):
        return _FEW[freedom - 1]
    z = _NORMAL
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def interval(values: Sequence[float]) -> Interval:
    """Returns the mean of some replications and its interval.

    >>> interval([1.0, 2.0, 3.0])  # doctest: +ELLIPSIS
    Interval(mean=2.0, low=-0.4841..., high=4.4841...)
    """
    count = len(values)
    mean = sum(values) / count
    if count == 1:
        return Interval(mean, -inf, inf)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / (count - 1) / count)
    width = student(count - 1) * spread
    return Interval(mean, mean - width, mean + width)

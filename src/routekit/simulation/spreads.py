"""How long something takes: a distribution, by its inverse, so that one draw means the same in every arm."""

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from math import exp, log, log1p, sqrt
from statistics import NormalDist
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from routekit.schema.times import parse_duration
from routekit.translation import t

__all__ = ["Figure", "Inverse", "Seconds", "Share", "Spread", "choice"]

Inverse: TypeAlias = Callable[[float], float]
"""Maps a number drawn evenly from 0 up to 1 to a value."""


def _seconds(value: object) -> object:
    if isinstance(value, str):
        parsed = parse_duration(value)
        if parsed is None:
            raise ValueError(t("is no duration such as `20s`, `5m` or `1h30m`"))
        value = parsed.total_seconds()
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        raise ValueError(t("is below zero; a time cannot be"))
    return value


def _share(value: object) -> object:
    if isinstance(value, str) and value.endswith("%"):
        try:
            value = float(value[:-1]) / 100
        except ValueError:
            raise ValueError(t("is no share such as `0.3` or `30%`")) from None
    if isinstance(value, int | float) and not isinstance(value, bool) and not 0 <= value <= 1:
        raise ValueError(t("is no share: it lies between 0 and 1, or 0% and 100%"))
    return value


_DURATION = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "examples": ["20s", "1h30m"]}]}
_SHARE = {
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "^[0-9.]+%$"}]
}

Seconds = Annotated[float, BeforeValidator(_seconds), WithJsonSchema(_DURATION)]
"""A duration, as ``"5m"`` or as seconds."""


class Frozen(BaseModel):
    """A part of a scenario: frozen, and with no member that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Frozen):
    """A number, and whether somebody measured it; written ``1.2`` or ``{ value = 1.2, measured = true }``.

    >>> Figure.model_validate(1.2), Figure.model_validate({"value": 2, "measured": True}).measured
    (Figure(value=1.2, measured=False), True)
    """

    value: float = Field(ge=0)
    measured: bool = False

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, given: object) -> object:
        return {"value": given} if isinstance(given, int | float | str) else given

    def scaled(self, factor: float) -> "Figure":
        """Returns the figure as it would be, so many times as large."""
        return self.model_copy(update={"value": self.value * factor})


class Share(Figure):
    """A figure between 0 and 1; written ``0.3`` or ``"30%"`` too."""

    value: Annotated[float, BeforeValidator(_share), WithJsonSchema(_SHARE)]

    def scaled(self, factor: float) -> "Share":
        """Returns the share so many times as large, and never above 1."""
        return self.model_copy(update={"value": min(1.0, self.value * factor)})


class Spread(Frozen):
    """The lengths of something: one of four distributions, each told by its mean; ``"5m"`` is constant.

    ``lognormal`` goes with ``cv``, the standard deviation in means; ``empirical`` lists what was seen.

    >>> Spread.model_validate("5m").inverse()(0.3)
    300.0
    >>> round(Spread(exponential=100).inverse()(0.5), 1)
    69.3
    """

    constant: Seconds | None = None
    exponential: Seconds | None = None
    lognormal: Seconds | None = None
    empirical: tuple[Seconds, ...] | None = Field(default=None, min_length=1)
    cv: float = Field(default=1.0, gt=0)
    measured: bool = False

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, given: object) -> object:
        return {"constant": given} if isinstance(given, int | float | str) else given

    @model_validator(mode="after")
    def _one(self) -> "Spread":
        if sum(each is not None for each in self._kinds) != 1:
            raise ValueError(t("needs one of `constant`, `exponential`, `lognormal` and `empirical`"))
        return self

    @property
    def _kinds(self) -> tuple[object, ...]:
        return self.constant, self.exponential, self.lognormal, self.empirical

    @property
    def mean(self) -> float:
        """The mean, in seconds."""
        if self.empirical is not None:
            return sum(self.empirical) / len(self.empirical)
        return next(each for each in (self.constant, self.exponential, self.lognormal) if each is not None)

    def scaled(self, factor: float) -> "Spread":
        """Returns the distribution as it would be, so many times as long."""
        if self.empirical is not None:
            return self.model_copy(update={"empirical": tuple(each * factor for each in self.empirical)})
        name = next(
            name for name in ("constant", "exponential", "lognormal") if getattr(self, name) is not None
        )
        return self.model_copy(update={name: getattr(self, name) * factor})

    def inverse(self) -> Inverse:
        """Returns the inverse of the distribution, in seconds."""
        mean = self.mean
        if self.empirical is not None:
            seen = sorted(self.empirical)
            count = len(seen)
            return lambda u: seen[int(u * count)]
        if self.exponential is not None:
            return lambda u: -mean * log1p(-u)
        if self.lognormal is not None and mean > 0:
            sigma = sqrt(log1p(self.cv * self.cv))
            mu = log(mean) - sigma * sigma / 2
            deviate = NormalDist().inv_cdf
            return lambda u: exp(mu + sigma * deviate(u or 5e-324))
        return lambda _: mean


def choice(shares: dict[str, float]) -> Callable[[float], str]:
    """Returns the inverse of a choice between names by their shares, which need not add up to 1.

    >>> choice({"voice": 3, "chat": 1})(0.8)
    'chat'
    """
    names, ends = [*shares], [*accumulate(shares.values())]
    return lambda u: names[min(bisect_right(ends, u * ends[-1]), len(names) - 1)]

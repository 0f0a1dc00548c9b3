"""Formulas of waiting queues: how many people a load of contacts needs, and what waiting becomes of fewer.

A load is in erlangs: the contacts that come in a time, times their handling time, over that time. Without
patience nobody gives up (Erlang C); with one, each gives up after a time of its own, exponential with that
mean (Erlang A, as the queue M/M/n+M is called). Both from A. Mandelbaum, S. Zeltyn, "Service engineering in
action: the Palm/Erlang-A queue", 2007.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import exp, expm1, inf, log

__all__ = ["Target", "Waiting", "people_for", "waiting"]

_STEPS = 2_000
_SMALL = 45.0
"""A weight below e⁻⁴⁵ of the largest counts for nothing."""
_MOST_PEOPLE = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """A service level: which share, from 0 to 1, is to be answered within a time."""

    share: float = 0.8
    within: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What becomes of contacts that wait, as shares from 0 to 1; ``mean`` is of all of them, in seconds.

    ``answered_in_time`` counts those who give up as not answered. Where a queue without patience has more
    work than people, it grows for ever: then nobody is answered, and the mean is infinite.
    """

    waits: float
    answered_in_time: float
    abandons: float
    mean: float


def waiting(
    load: float, people: int, handling: timedelta, within: timedelta, patience: timedelta | None = None
) -> Waiting:
    """Returns what becomes of contacts that come at random to some people, none of them idle by choice.

    ``load`` is in erlangs, at least 0; ``people`` may be 0. Raises ``ValueError`` for less, and for times
    that are not positive.

    >>> ten = waiting(8, 10, timedelta(minutes=5), timedelta(seconds=20))
    >>> round(ten.waits, 4), round(ten.answered_in_time, 4), round(ten.mean, 1)
    (0.4092, 0.6419, 61.4)
    >>> patient = waiting(8, 10, timedelta(minutes=5), timedelta(seconds=20), patience=timedelta(minutes=5))
    >>> round(patient.waits, 4), round(patient.abandons, 4), round(patient.mean, 1)
    (0.2834, 0.0532, 16.0)
    """
    seconds = handling.total_seconds()
    if load < 0 or people < 0 or seconds <= 0 or (patience is not None and patience <= timedelta(0)):
        raise ValueError("a load and people are at least 0, handling time and patience more than 0")
    if people == 0 and patience is not None:
        return Waiting(1.0, 0.0, 1.0, patience.total_seconds())
    if load == 0 < people:
        return Waiting(0.0, 1.0, 0.0, 0.0)
    limit = within.total_seconds() / seconds
    if patience is None:
        return _patient(load, people, limit, seconds)
    return _impatient(load, people, limit, patience.total_seconds() / seconds, seconds)


def people_for(
    load: float, handling: timedelta, target: Target, patience: timedelta | None = None
) -> int | None:
    """Returns the fewest people who reach a service level; None where 100,000 do not.

    >>> people_for(24.9, timedelta(seconds=312), Target())
    30
    >>> people_for(24.9, timedelta(seconds=312), Target(), patience=timedelta(minutes=3))
    28
    >>> people_for(0, timedelta(seconds=312), Target())
    0
    """
    if load == 0:
        return 0

    def reaches(people: int) -> bool:
        return waiting(load, people, handling, target.within, patience).answered_in_time >= target.share

    most = max(1, int(load))
    while not reaches(most):
        if most > _MOST_PEOPLE:
            return None
        most *= 2
    least = 0
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if reaches(middle) else (middle, most)
    return most


def _patient(load: float, people: int, limit: float, seconds: float) -> Waiting:
    if people <= load:
        return Waiting(1.0, 0.0, 0.0, inf)
    blocked = 1 / _idle_against_busy(load, people)
    waits = blocked / (1 - load / people * (1 - blocked))
    spare = people - load
    return Waiting(waits, 1 - waits * exp(-spare * limit), 0.0, waits / spare * seconds)


def _idle_against_busy(load: float, people: int) -> float:
    """The weight of all numbers of busy people up to all of them, against that of all: one over Erlang B."""
    weight = 1.0
    for number in range(1, people + 1):
        weight = 1 + weight * number / load
        if weight > 1e300:
            return inf
    return weight


def _impatient(load: float, people: int, limit: float, patience: float, seconds: float) -> Waiting:
    """The time that one who would never give up waits has, above 0, the density ``exp(height)``, against the
    weight of the states in which somebody is idle; times are in handling times."""
    idle = _idle_against_busy(load, people - 1) / load

    def height(time: float) -> float:
        return -load * patience * expm1(-time / patience) - people * time

    top = max(0.0, patience * log(load / people))
    most = height(top)
    end = max(2 * top, 1.0)
    while most - height(end) < _SMALL and end < 60 * patience + 2 * top:
        end *= 2
    scaled = idle * exp(-most)
    late = _integral(lambda time: exp(height(time) - most), 0.0, end)
    answered = _integral(lambda time: exp(height(time) - most - time / patience), 0.0, end)
    in_time = _integral(lambda time: exp(height(time) - most - time / patience), 0.0, min(limit, end))
    whole = scaled + late
    abandons = (late - answered) / whole
    return Waiting(late / whole, (scaled + in_time) / whole, abandons, abandons * patience * seconds)


def _integral(of: Callable[[float], float], start: float, end: float) -> float:
    """By Simpson's rule."""
    if end <= start:
        return 0.0
    width = (end - start) / _STEPS
    total = of(start) + of(end)
    total += 4 * sum(of(start + width * place) for place in range(1, _STEPS, 2))
    total += 2 * sum(of(start + width * place) for place in range(2, _STEPS, 2))
    return total * width / 3

"""Examples of the library ContactCenters (Université de Montréal), by their parameters and published results.

A day of eight hours with one kind of calls, times in minutes: M/M/c, with customers who give up, with
five places to wait. Means and standard deviations are those of its 1,000 days.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

import pytest

from routekit.simulation.study import Study
from routekit.simulation.summary import Summary
from tests.simulation.small import study
from tests.strategies import so_many

PER_HALF_HOUR = 4.2 * 30
PLAIN: dict[str, Any] = {
    "arrivals": {"per_half_hour": {"Mon-Sun 08:00-16:00": PER_HALF_HOUR}},
    "staff": [{"name": "all", "queues": ["general"], "on_duty": 12}],
    "handling": {"default": {"exponential": 120}},
    "patience": {},
}
GIVE_UP = PLAIN | {"patience": {"default": {"exponential": 60}}}
BLOCKED = PLAIN | {"trunks": {"voice": 17}}


def _in_target(run: Summary) -> float:
    return sum(map(sum, run.in_time))


def _wait(run: Summary) -> float:
    return run.measures["wait_mean"] / 60


def _level(run: Summary) -> float:
    return run.measures["service_level"] / 100


def _gave_up(run: Summary) -> float:
    return sum(map(sum, run.offered)) * run.measures["abandoned"] / 100


def _blocked(run: Summary) -> float:
    return run.contacts * run.measures["blocked"] / 100


PUBLISHED: list[tuple[str, dict[str, Any], Callable[[Summary], float], float, float, float]] = [
    ("M/M/c, in target", PLAIN, _in_target, 1816.158, 57.043, 0),
    ("M/M/c, service level", PLAIN, _level, 0.902, 0.033, 0.0005),
    ("M/M/c, speed of answer", PLAIN, _wait, 0.099, 0.045, 0.0005),
    ("giving up, how many", GIVE_UP, _gave_up, 58.609, 15.295, 0),
    ("giving up, in target", GIVE_UP, _in_target, 1906.008, 35.828, 0),
    ("giving up, speed of answer", GIVE_UP, _wait, 0.024, 0.006, 0.0005),
    ("blocked, how many", BLOCKED, _blocked, 18.655, 9.831, 0),
    ("blocked, in target", BLOCKED, _in_target, 1854.284, 42.176, 0),
    ("blocked, service level", BLOCKED, _level, 0.929, 0.019, 0.0005),
    ("blocked, speed of answer", BLOCKED, _wait, 0.060, 0.016, 0.0005),
]
"""What, the setting, how it is measured here; mean and standard deviation there, how far it is rounded."""


def _check(days: int) -> list[tuple[str, float]]:
    """How many standard errors each mean is away from the published one, where that is more than 3.5."""
    runs: dict[int, list[Summary]] = {}
    wrong = []
    for name, parts, measured, mean, deviation, rounded in PUBLISHED:
        if id(parts) not in runs:
            found: Study = study(seed=11, **parts)
            runs[id(parts)] = [found.replicate((0, day)) for day in range(days)]
        values = [measured(run) for run in runs[id(parts)]]
        ours = sum(values) / days
        error = sqrt(sum((value - ours) ** 2 for value in values) / (days - 1) / days + deviation**2 / 1000)
        away = max(0.0, abs(ours - mean) - rounded) / error
        if away > 3.5:
            wrong.append((name, away))
    return wrong


@pytest.mark.slow
def test_days_are_as_published() -> None:
    assert _check(so_many(150, 1000)) == []

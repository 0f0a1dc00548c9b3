"""Queues that formulas know: means of replications lie within three standard errors of the truth."""

from collections.abc import Iterator
from math import sqrt
from random import Random
from typing import Any

import pytest

from tests.simulation.erlang import LongRun, erlang_a, erlang_c
from tests.simulation.small import mean_wait, study
from tests.strategies import so_many


def _setting(number: int) -> tuple[dict[str, Any], LongRun]:
    """A queue drawn by its number: half of them with customers who give up, who may well be too many."""
    dice = Random(f"erlang {number}")
    people = dice.randint(1, 25)
    handling = dice.uniform(30, 240)
    gives_up = number % 2 == 1
    share = dice.uniform(0.4, 1.3 if gives_up else 0.88)
    rate = share * people / handling
    parts: dict[str, Any] = {
        "arrivals": {"per_half_hour": rate * 1800},
        "staff": [{"name": "all", "queues": ["general"], "on_duty": people}],
        "handling": {"default": {"exponential": handling}},
        "warm_up": "4h",
        "patience": {},
    }
    if not gives_up:
        return parts, erlang_c(rate, handling, people)
    patience = dice.uniform(20, 400)
    parts["patience"] = {"default": {"exponential": patience}}
    return parts, erlang_a(rate, handling, people, patience)


def _deviations(number: int, replications: int) -> Iterator[float]:
    """How many standard errors the wait, and the share who gave up, are away from the truth."""
    parts, truth = _setting(number)
    found = study(seed=number, **parts)
    runs = [found.replicate((0, replication)) for replication in range(replications)]
    yield _standard_errors([mean_wait(run) for run in runs], truth.wait)
    if truth.abandoned:
        yield _standard_errors([run.measures["abandoned"] for run in runs], 100 * truth.abandoned)


def _standard_errors(values: list[float], truth: float) -> float:
    mean = sum(values) / len(values)
    error = sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))
    return abs(mean - truth) / error if error else 0.0 if mean == truth else float("inf")


LEAST_WAIT = 0.05
"""Seconds: of waits that hardly ever happen, the mean of some days is far from normally distributed."""


def _share_within(settings: range, replications: int) -> float:
    told = [number for number in settings if _setting(number)[1].wait >= LEAST_WAIT]
    found = [deviation for number in told for deviation in _deviations(number, replications)]
    return sum(deviation <= 3 for deviation in found) / len(found)


def test_waiting_and_giving_up_are_as_the_formulas_say() -> None:
    assert _share_within(range(3), 6) == 1


@pytest.mark.slow
def test_drawn_queues_are_as_the_formulas_say() -> None:
    """All within three standard errors by ``make slow``, whose sixty days leave less to chance."""
    # of 20 days 99.3 in 100 are expected within three, as Student has it; and chance has its say
    assert _share_within(range(so_many(24, 200)), so_many(20, 60)) >= so_many(97, 99) / 100


@pytest.mark.parametrize(
    ("rate", "handling", "people", "wait"),
    [(0.2, 60, 15, 0.0), (0.1, 180, 20, 0.0)],
)
def test_formulas_agree_where_nobody_has_to_give_up(
    rate: float, handling: float, people: int, wait: float
) -> None:
    patient = erlang_a(rate, handling, people, 1e9)
    assert patient.wait == pytest.approx(erlang_c(rate, handling, people).wait, rel=1e-3)
    assert patient.wait >= wait

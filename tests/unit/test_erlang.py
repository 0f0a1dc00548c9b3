"""Erlang C and A against the stationary distribution of the queue itself, in exact fractions."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from itertools import count
from math import inf

import pytest

from routekit.erlang import Target, people_for, waiting

HANDLING = timedelta(seconds=100)
SOON = timedelta(seconds=20)


def weights(load: Fraction, people: int, patience: Fraction | None) -> Iterator[Fraction]:
    """How likely each number of contacts in the system is, against none."""
    weight = Fraction(1)
    for number in count(1):
        yield weight
        leaving = Fraction(min(number, people)) + (
            max(0, number - people) / patience if patience is not None else 0
        )
        weight = weight * load / leaving


@pytest.mark.parametrize(
    ("load", "people", "patience"),
    [
        (8, 10, 1),
        (20, 15, Fraction(1, 2)),
        (30, 27, 2),
        (Fraction(1, 5), 1, 3),
        (5, 30, 1),
        (3, 2, Fraction(1, 10)),
    ],
)
def test_who_is_impatient_waits_and_gives_up_as_in_the_queue_itself(
    load: Fraction, people: int, patience: Fraction
) -> None:
    states: list[Fraction] = []
    for weight in weights(Fraction(load), people, Fraction(patience)):
        states.append(weight)
        if len(states) > people and weight < Fraction(1, 10**15) * sum(states):
            break
    whole = sum(states)
    queued = sum(max(0, number - people) * weight for number, weight in enumerate(states)) / whole
    found = waiting(float(load), people, HANDLING, SOON, HANDLING * float(patience))
    assert found.waits == pytest.approx(float(sum(states[people:]) / whole), abs=1e-6)
    assert found.mean / 100 == pytest.approx(float(queued / load), abs=1e-6)
    assert found.abandons == pytest.approx(float(queued / patience / load), abs=1e-6)


def test_who_is_patient_waits_by_erlang_c() -> None:
    # the table of M. Pinedo and others: 10 agents, 8 erlangs
    found = waiting(8, 10, HANDLING, SOON)
    assert (round(found.waits, 4), found.abandons) == (0.4092, 0)
    assert round(found.mean, 2) == 20.46
    assert waiting(10, 10, HANDLING, SOON).mean == inf


def test_much_patience_is_none_and_no_time_to_wait_is_erlang_a_without_a_queue() -> None:
    long = waiting(8, 10, HANDLING, SOON, HANDLING * 100_000)
    never = waiting(8, 10, HANDLING, SOON)
    assert long.answered_in_time == pytest.approx(never.answered_in_time, abs=1e-4)
    short = waiting(8, 10, HANDLING, SOON, HANDLING / 100_000)
    assert short.abandons == pytest.approx(0.1217, abs=1e-3)  # Erlang B of 8 erlangs and 10 lines


def test_the_fewest_people_are_found_who_reach_a_service_level() -> None:
    target = Target(0.8, SOON)
    for patience in (None, timedelta(minutes=2)):
        people = people_for(24.9, HANDLING, target, patience)
        assert people is not None
        reached = [
            waiting(24.9, number, HANDLING, SOON, patience).answered_in_time >= 0.8
            for number in (people - 1, people)
        ]
        assert reached == [False, True]


def test_nothing_is_said_of_what_cannot_be() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        waiting(-1, 10, HANDLING, SOON)
    assert waiting(5, 0, HANDLING, SOON, SOON).abandons == 1
    assert waiting(0, 3, HANDLING, SOON).answered_in_time == 1

"""Intervals hold the truth as often as they say, and are narrow where both arms share their chances."""

from statistics import stdev

import pytest

from routekit import Policy
from routekit.simulation import simulate
from routekit.simulation.intervals import interval
from routekit.simulation.study import Study
from tests.simulation.small import CALL, ONE_QUEUE, scenario, study
from tests.strategies import so_many

OVERFLOW = """
policy two "Who would wait long is asked to chat"
record contact { channel one of voice, chat }
channel voice { assisted cost 4 }
channel chat { assisted cost 2 }
live queue { longest_wait duration = 0s }
queue general { on voice }
queue chats { on chat }
route {
  rule full when general.longest_wait > 40s then queue chats on chat
  otherwise queue general
}
"""
ONE_AND_CHATS = ONE_QUEUE.replace("\nqueue", "\nchannel chat { assisted }\nqueue chats { on chat }\nqueue")
STAFF = [
    {"name": "all", "queues": ["general"], "on_duty": 5},
    {"name": "chats", "queues": ["chats"], "on_duty": 3, "at_once": {"chat": 2}},
]
DAY = {"arrivals": {"per_half_hour": {"Mon-Sun 09:00-12:00": 34}}, "staff": STAFF}


def _runs(found: Study, arm: int, replications: range) -> list[float]:
    return [found.replicate((arm, number)).measures["service_level"] for number in replications]


def _covered(runs: int, replications: int) -> float:
    """How many of the intervals of so many runs hold the mean of them all."""
    found = study(seed=5, arrivals={"per_half_hour": {"Mon-Sun 09:00-12:00": 54}})
    values = _runs(found, 0, range(runs * replications))
    truth = sum(values) / len(values)
    parts = [values[start : start + replications] for start in range(0, len(values), replications)]
    return sum(each.low <= truth <= each.high for each in map(interval, parts)) / runs


def test_intervals_hold_the_truth() -> None:
    assert 0.88 <= _covered(60, 8) < 1


@pytest.mark.slow
def test_intervals_of_many_runs_hold_the_truth_as_often_as_they_say() -> None:
    """All of a thousand by ``make slow``."""
    assert 0.93 <= _covered(so_many(300, 1000), 10) <= 0.97


def test_common_chances_make_differences_narrow() -> None:
    found = study(ONE_AND_CHATS, OVERFLOW, contacts=(CALL,), seed=3, **DAY)
    before, after = (_runs(found, arm, range(25)) for arm in (0, 1))
    apart = _runs(found, 1, range(25, 50))
    common = stdev([new - old for old, new in zip(before, after, strict=True)])
    independent = stdev([new - old for old, new in zip(before, apart, strict=True)])
    assert sum(after) > sum(before)
    assert independent / common > 1.5


def test_two_arms_that_are_the_same_differ_in_nothing() -> None:
    policy = Policy.from_text(ONE_QUEUE)
    found = simulate(policy, scenario(), [CALL], against=policy, replications=2, assumptions=False)
    assert {(each.difference.low, each.difference.high) for each in found.measures if each.difference} == {
        (0.0, 0.0)
    }
    assert found.longer == ()
    assert [(flow.now, flow.new) for flow in found.flows] == [("general", "general")]


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes() -> None:
    policies = Policy.from_text(ONE_AND_CHATS), Policy.from_text(OVERFLOW)
    told = [
        repr(
            simulate(
                policies[0],
                scenario(**DAY),
                [CALL],
                against=policies[1],
                replications=3,
                jobs=jobs,
                seed=seed,
            ).to_dict()
        )
        for jobs, seed in ((1, 4), (2, 4), (3, 4), (1, 5))
    ]
    assert told[0] == told[1] == told[2] != told[3]


def test_a_run_goes_on_until_its_answer_is_narrow_enough() -> None:
    policy = Policy.from_text(ONE_QUEUE)
    wide = simulate(policy, scenario(), [CALL], replications=2, assumptions=False)
    found = simulate(policy, scenario(), [CALL], until=0.8, assumptions=False)
    level, before = found.measure("service_level").now, wide.measure("service_level").now
    assert level.half_width <= 0.8 < before.half_width
    assert found.replications > 5


def test_what_matters_most_stands_first() -> None:
    found = simulate(
        Policy.from_text(ONE_QUEUE), scenario(**DAY | {"staff": STAFF[:1]}), [CALL], replications=2
    )
    assert {path for path, _ in found.assumed} == {weight.path for weight in found.weights}
    effects = [abs(weight.effect) for weight in found.weights]
    assert effects == sorted(effects, reverse=True)
    assert {weight.path for weight in found.weights[:3]} == {
        "arrivals.per_half_hour",
        "handling.default",
        "staff.all.on_duty",
    }

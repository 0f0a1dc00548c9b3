"""Examples of the library ContactCenters with several kinds of calls and groups, against published means.

Its people are chosen at random, or by the order of the groups, ours by the longest idle; who leaves at the
end of a period is idle there, if somebody is. That makes a difference too small to be seen in as many days as
here.
"""

from collections.abc import Iterator, Sequence
from math import sqrt
from random import Random
from typing import Any

import pytest

from routekit import Policy
from routekit.simulation.study import Study
from routekit.simulation.summary import Summary
from tests.simulation.small import scenario
from tests.strategies import so_many

BILINGUAL = """
policy bilingual
record contact { channel one of voice  kind one of english, spanish }
channel voice { assisted }
queue english { on voice }
queue spanish { on voice }
route {
  rule spanish when contact.kind is spanish then queue spanish
  otherwise queue english
}
"""


def _uniform(low: float, high: float) -> dict[str, list[float]]:
    """Minutes between two bounds, as a distribution of what was seen."""
    return {"empirical": [60 * (low + (high - low) * (place + 0.5) / 1000) for place in range(1000)]}


def _group(name: str, queues: Sequence[str], on_duty: object) -> dict[str, Any]:
    return {"name": name, "queues": [*queues], "on_duty": on_duty}


def _far(values: Sequence[float], mean: float, deviation: float, days: int = 1000) -> float:
    """How many standard errors the mean of some values is away from one of so many published days."""
    ours = sum(values) / len(values)
    variance = sum((value - ours) ** 2 for value in values) / (len(values) - 1)
    return abs(ours - mean) / sqrt(variance / len(values) + deviation**2 / days)


def _gave_up(run: Summary) -> float:
    return sum(map(sum, run.offered)) * run.measures["abandoned"] / 100


@pytest.mark.slow
def test_a_bilingual_centre_with_trunks_and_retrials_is_as_published() -> None:
    at_work = "Mon-Fri 08:00-17:00"
    week = scenario(
        days=7,
        within=60,
        most_attempts=20,
        arrivals={"per_half_hour": {"Mon-Fri 08:00-09:00": 100, "Mon-Fri 09:00-17:00": 50}},
        staff=[
            _group("English-only", ["english"], {at_work: 7}),
            _group("Spanish-only", ["spanish"], {at_work: 7}),
            _group("bilingual", ["english", "spanish"], {at_work: 4}),
        ],
        handling={"english": _uniform(3, 7), "spanish": _uniform(4, 6)},
        patience={"default": {"exponential": 120}},
        trunks={"voice": 40},
        comes_back={"abandoned": {"share": 0.75, "after": 1200}},
    )
    calls = tuple({"contact": {"channel": "voice", "kind": kind}} for kind in ("english", "spanish"))
    study = Study((Policy.from_text(BILINGUAL).checked,), week, calls, 3)
    runs = [study.replicate((0, number)) for number in range(so_many(100, 300))]
    answered = [sum(map(sum, run.offered)) - _gave_up(run) for run in runs]
    far = {
        "arrived": _far([run.contacts for run in runs], 5110.161, 83.029),
        "retrials": _far([run.contacts * run.measures["came_back"] / 100 for run in runs], 107.168, 21.377),
        "gave up": _far([_gave_up(run) for run in runs], 142.868, 26.740),
        "served": _far(answered, 4967.235, 69.111),
        "in target": _far([sum(map(sum, run.in_time)) for run in runs], 4896.885, 66.002),
        "occupancy": _far([run.measures["occupancy"] for run in runs], 51.103, 0.719),
    }
    assert {name: away for name, away in far.items() if away > 3.5} == {}


RATES = ((4.2, 5.3, 3.2), (5.1, 4.3, 4.8), (6.3, 5.2, 4.8))
"""Calls a minute, by kind and period of two hours."""
SERVICE, IMPATIENCE = (0.5, 0.6, 0.4), (0.3, 0.4, 0.2)
"""Rates a minute, by the period in which a call comes."""
IN_TARGET = (
    (170.154, 93.722), (599.334, 83.392), (15.490, 27.520),
    (262.936, 134.377), (511.648, 86.571), (34.697, 55.230),
    (259.806, 155.150), (613.732, 99.046), (24.888, 44.327),
)  # fmt: skip
"""Means and standard deviations of 1,000 published days, by kind and period."""
PLACES = [(kind, period) for kind in range(3) for period in range(3)]


def _by_kind_and_period() -> str:
    """A policy with a queue for each kind and period, since it is by these that calls take long."""
    queues = "\n".join(f"queue k{kind}p{period} {{ on voice }}" for kind, period in PLACES)
    rules = "\n".join(
        f"  rule k{kind}p{period} when contact.kind is {kind} and hour(now) in {hour}..{hour + 1}"
        f" then queue k{kind}p{period}"
        for kind, period in PLACES
        for hour in (8 + 2 * period,)
    )
    head = "policy skills\nrecord contact { channel one of voice  kind integer 0..2 = 0  at time ? }"
    return f"{head}\nchannel voice {{ assisted }}\n{queues}\nroute {{\n{rules}\n  otherwise queue k0p0\n}}\n"


def _calls() -> Iterator[object]:
    """Calls of each half hour, as many of each kind as its share there."""
    for kind, period in PLACES:
        for half in range(4):
            at = f"2026-11-02T{8 + 2 * period + half // 2:02}:{30 * (half % 2):02}:00Z"
            yield from [{"contact": {"channel": "voice", "kind": kind, "at": at}}] * round(
                10 * RATES[kind][period]
            )


def _skilled_day(busyness: float) -> Any:
    served = [[f"k{kind}p{period}" for kind in kinds for period in range(3)] for kinds in ((0, 1), (1, 2))]

    def roster(*people: int) -> dict[str, int]:
        return dict(zip(("Mon 08:00-10:00", "Mon 10:00-12:00", "Mon 12:00-24:00"), people, strict=True))

    rates = {
        f"Mon {8 + 2 * period:02}:00-{10 + 2 * period:02}:00": 30
        * busyness
        * sum(row[period] for row in RATES)
        for period in range(3)
    }
    return scenario(
        arrivals={"per_half_hour": rates},
        staff=[_group("one", served[0], roster(12, 18, 9)), _group("other", served[1], roster(15, 20, 11))],
        handling={f"k{kind}p{period}": {"exponential": 60 / SERVICE[period]} for kind, period in PLACES},
        patience={f"k{kind}p{period}": {"exponential": 60 / IMPATIENCE[period]} for kind, period in PLACES},
    )


@pytest.mark.slow
def test_three_kinds_and_two_groups_over_busy_and_calm_days_are_as_published() -> None:
    days = so_many(80, 250)
    dice = Random(9)
    drawn = sorted(dice.gammavariate(28.7, 1 / 28.7) for _ in range(days * 200))
    policy, calls = Policy.from_text(_by_kind_and_period()).checked, tuple(_calls())
    runs = [
        Study((policy,), _skilled_day(drawn[number * 200 + 100]), calls, number).replicate((0, 0))
        for number in range(days)
    ]
    answered = [sum(map(sum, run.offered)) - _gave_up(run) for run in runs]
    far = {
        "served": _far(answered, 4297.305, 437.605),
        "gave up": _far([_gave_up(run) for run in runs], 910.335, 551.164),
        **{
            f"in target {place}": _far([sum(run.in_time[number]) for run in runs], *IN_TARGET[number])
            for number, place in enumerate(PLACES)
        },
    }
    assert {name: away for name, away in far.items() if away > 3.5} == {}

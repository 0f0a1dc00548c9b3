"""How many come when, and who: by the half hour, with announced events on their days."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import log1p, sqrt

from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.reference import Scope
from routekit.schema.times import zone
from routekit.simulation.contacts import Pool, begin_of, logged_week
from routekit.simulation.draws import Draws
from routekit.simulation.scenario import Scenario
from routekit.simulation.week import HALF_HOUR, HALF_HOURS, by_half_hour

__all__ = ["Arrivals", "Coming"]


@dataclass(frozen=True, slots=True)
class Coming:
    """The contacts of one replication, in order: when each comes, in seconds, and which one it is."""

    times: list[float]
    templates: list[int]


@dataclass(frozen=True, slots=True)
class _Surge:
    """On its days so many times as many contacts come of some kind; ``members`` is None where of any."""

    name: str
    days: frozenset[date]
    factor: float
    members: frozenset[int] | None


class Arrivals:
    """A Poisson process whose rate changes by the half hour, under one policy and scenario.

    ``expected`` is how many come in each half hour of a run. Who comes is drawn from the contacts that came
    in the same half hour of a day, where there are such, else from all of them.
    """

    def __init__(self, policy: CheckedPolicy, scenario: Scenario, pool: Pool) -> None:
        begin, local = begin_of(policy, scenario), zone(policy.timezone)
        table = scenario.arrivals.per_half_hour or logged_week(policy, pool.templates)
        halves = scenario.days * HALF_HOURS
        counts = by_half_hour(table, begin, halves, local)
        surges = [*_surges(policy, scenario, pool)]
        walls = [(begin + timedelta(seconds=half * HALF_HOUR)).astimezone(local) for half in range(halves)]
        places: dict[int, list[int]] = {}
        for place, template in enumerate(pool.templates):
            if template.at is not None:
                wall = template.at.astimezone(local)
                places.setdefault(wall.hour * 2 + wall.minute // 30, []).append(place)
        everybody = [*range(len(pool.templates))]
        made: dict[tuple[int, tuple[str, ...]], tuple[list[int], list[float] | None]] = {}
        self.expected: list[float] = []
        self._choices: list[tuple[list[int], list[float] | None]] = []
        for count, wall in zip(counts, walls, strict=True):
            half = wall.hour * 2 + wall.minute // 30
            active = [surge for surge in surges if wall.date() in surge.days]
            key = half if half in places else -1, tuple(surge.name for surge in active)
            if key not in made:
                made[key] = _weighed(places.get(half, everybody), active)
            those, ends = made[key]
            more = 1.0 if ends is None else ends[-1] / len(those)
            self.expected.append(count * scenario.arrivals.scale.value * more)
            self._choices.append(made[key])

    def drawn(self, draws: Draws) -> Coming:
        """Draws who comes when in one replication."""
        expected = self.expected
        ends = [*accumulate(expected)]
        total = ends[-1]
        times: list[float] = []
        halves: list[int] = []
        reached, number = 0.0, 0
        gaps = draws.first("arrival", int(total + 8 * sqrt(total)) + 100)
        half, start, last = 0, 0.0, len(expected) - 1
        while True:
            if number == len(gaps):
                gaps = draws.first("arrival", 2 * len(gaps))
            reached += -log1p(-gaps[number])
            number += 1
            if reached >= total:
                break
            if reached >= ends[half]:
                half = min(bisect_right(ends, reached), last)
                start = ends[half] - expected[half]
            times.append((half + (reached - start) / expected[half]) * HALF_HOUR)
            halves.append(half)
        templates = []
        for half, pick in zip(halves, draws.first("contact", len(times)), strict=True):
            those, weights = self._choices[half]
            if weights is None:
                templates.append(those[int(pick * len(those))])
            else:
                templates.append(those[min(bisect_right(weights, pick * weights[-1]), len(those) - 1)])
        return Coming(times, templates)


def _weighed(those: list[int], active: Sequence[_Surge]) -> tuple[list[int], list[float] | None]:
    """The contacts of a half hour with their weights, added up; without any where all weigh the same."""
    if not active:
        return those, None
    weights = []
    for place in those:
        weight = 1.0
        for surge in active:
            if surge.members is None or place in surge.members:
                weight *= surge.factor
        weights.append(weight)
    return those, [*accumulate(weights)]


def _surges(policy: CheckedPolicy, scenario: Scenario, pool: Pool) -> list[_Surge]:
    """The events of the scenario and those that the policy announces; of one name the scenario's counts."""
    own = scenario.arrivals.events
    found = [_Surge(name, frozenset(event.on), 1 + event.expect, None) for name, event in own.items()]
    first = scenario.begin
    days = [first + timedelta(days=ahead) for ahead in range(scenario.days + 1)]
    for event in policy.events:
        if event.expect is not None and event.name not in own:
            on = frozenset(day for day in days if event.is_on(day))
            members = _members(policy, scenario, pool, event.about) if event.about and on else None
            found.append(_Surge(event.name, on, max(0.0, 1 + event.expect), members))
    return found


def _members(policy: CheckedPolicy, scenario: Scenario, pool: Pool, about: tuple[str, ...]) -> frozenset[int]:
    """The contacts that have one of some matters."""
    conditions = [matter.condition for matter in policy.contact_map.matters if matter.name in about]
    begin = begin_of(policy, scenario)
    members: set[int] = set()
    for place, template in enumerate(pool.templates):
        scope = Scope(policy, Facts(template.values, pool.no_signals, (), template.at or begin, ()))
        if any(scope.is_true(condition) for condition in conditions):
            members.add(place)
    return frozenset(members)

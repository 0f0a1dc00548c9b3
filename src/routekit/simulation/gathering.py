"""From the summaries of replications to what is told of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from routekit.policy import expressions as e
from routekit.policy.facts import Facts
from routekit.policy.model import HISTORY, CheckedPolicy
from routekit.policy.model import Segment as Declared
from routekit.policy.references import ARRIVAL, Reads
from routekit.reference import Scope
from routekit.schema.times import zone
from routekit.simulation.contacts import Pool, begin_of
from routekit.simulation.intervals import interval
from routekit.simulation.results import Arm, Flow, Measure, QueueDay, Segment, Worst
from routekit.simulation.study import Study
from routekit.simulation.summary import MEASURES, Summary
from routekit.simulation.week import HALF_HOUR, HALF_HOURS, label

__all__ = ["Gathered", "members_of"]

_LEAST_OF_WORST = 20
"""Contacts of a half hour of the week over all replications: of fewer, chance says which is the worst."""


@dataclass
class Gathered:
    """The summaries of a study, one list an arm, in the order of their replications."""

    study: Study
    arms: list[list[Summary]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.arms = [[] for _ in self.study.policies]
        self._flows: Counter[tuple[int, int]] = Counter()

    def add(self, summaries: Sequence[Summary]) -> None:
        """Takes in one replication of all arms."""
        for arm, summary in zip(self.arms, summaries, strict=True):
            arm.append(summary)
        if len(summaries) > 1:
            one, other = summaries
            self._flows.update(zip(one.first_queue, other.first_queue, strict=True))

    @property
    def replications(self) -> int:
        return len(self.arms[0])

    def difference(self, name: str) -> Measure:
        """Returns a measure with its intervals."""
        return _measure(name, [[summary.measures[name] for summary in arm] for arm in self.arms])

    def measures(self) -> tuple[Measure, ...]:
        """Returns all measures that say something."""
        found = (self.difference(name) for name in MEASURES)
        return tuple(
            each
            for each in found
            if each.name in ("service_level", "wait_p50", "wait_p90", "abandoned", "occupancy", "cost")
            or each.now.mean
            or (each.new is not None and each.new.mean)
        )

    def segments(self) -> tuple[Segment, ...]:
        """Returns how long the segments of the first policy wait, those with contacts."""
        policy = self.study.policies[0]
        found: list[Segment] = []
        for declared, members in members_of(
            policy, self.study.pool(0), begin_of(policy, self.study.scenario)
        ):
            if not members:
                continue
            rows: list[list[float]] = []
            count = 0
            for arm in self.arms:
                means: list[float] = []
                for summary in arm:
                    there = sum([summary.offered_by[member] for member in members])
                    waited = sum([summary.waited_by[member] for member in members])
                    means.append(waited / there if there else 0.0)
                    count += there
                rows.append(means)
            if count:
                contacts = count / len(self.arms) / self.replications
                title = policy.called("segment", declared.name)
                found.append(Segment(declared.name, title, contacts, _measure(declared.name, rows)))
        return tuple(found)

    def told_arms(self) -> tuple[Arm, ...]:
        """Returns what is told of each arm."""
        return tuple(
            self._arm(policy, arm) for policy, arm in zip(self.study.policies, self.arms, strict=True)
        )

    def flows(self) -> tuple[Flow, ...]:
        """Returns who is led to another queue by the new policy, the most first."""
        if len(self.study.policies) < 2:
            return ()
        before, after = ([*policy.queues] for policy in self.study.policies)
        found = [
            Flow(before[one], after[other], count / self.replications)
            for (one, other), count in self._flows.items()
        ]
        return tuple(sorted(found, key=lambda flow: (-flow.contacts, flow.now, flow.new)))

    def _arm(self, policy: CheckedPolicy, arm: list[Summary]) -> Arm:
        runs = len(arm)
        waits = [sum(summary.waits[place] for summary in arm) for place in range(len(arm[0].waits))]
        total = sum(waits)
        return Arm(
            policy.name,
            policy.revision,
            tuple(
                day
                for place, name in enumerate(policy.queues)
                if (day := self._day(name, place, arm)) is not None
            ),
            tuple(count / total if total else 0.0 for count in waits),
            self._worst(policy, arm),
            sum(summary.unserved for summary in arm) / runs,
        )

    def _day(self, name: str, place: int, arm: list[Summary]) -> QueueDay | None:
        """A queue over an average day; None where nobody comes."""
        days = self.study.scenario.days * len(arm)
        first = _first_half(self.study)

        def summed(rows: list[list[float]]) -> list[float]:
            sums = [0.0] * HALF_HOURS
            for row in rows:
                for half, value in enumerate(row):
                    sums[(half + first) % HALF_HOURS] += value
            return sums

        offered = summed([[*map(float, summary.offered[place])] for summary in arm])
        if not any(offered):
            return None
        in_time = summed([[*map(float, summary.in_time[place])] for summary in arm])
        waited = summed([summary.waited[place] for summary in arm])
        work = summed([summary.work[place] for summary in arm])
        return QueueDay(
            name,
            tuple(count / days for count in offered),
            tuple(seconds / days / HALF_HOUR for seconds in work),
            tuple(seconds / count if count else 0.0 for seconds, count in zip(waited, offered, strict=True)),
            tuple(
                100 * part / count if count else None for part, count in zip(in_time, offered, strict=True)
            ),
        )

    def _worst(self, policy: CheckedPolicy, arm: list[Summary]) -> Worst | None:
        begin, local = begin_of(policy, self.study.scenario), zone(policy.timezone)
        names = [label(half, begin, local) for half in range(len(arm[0].offered[0]))]
        offered: Counter[tuple[str, str]] = Counter()
        in_time: Counter[tuple[str, str]] = Counter()
        for summary in arm:
            for queue, counts, good in zip(policy.queues, summary.offered, summary.in_time, strict=True):
                for name, count, part in zip(names, counts, good, strict=True):
                    if count:
                        offered[queue, name] += count
                        in_time[queue, name] += part
        least = min(_LEAST_OF_WORST, max(offered.values(), default=0))
        levels = [(100 * in_time[place] / count, place) for place, count in offered.items() if count >= least]
        if not levels:
            return None
        level, (queue, name) = min(levels, key=lambda found: (found[0], -offered[found[1]], found[1]))
        return Worst(queue, name, level)


def _measure(name: str, rows: Sequence[Sequence[float]]) -> Measure:
    now = interval(rows[0])
    if len(rows) == 1:
        return Measure(name, now)
    differences = [after - before for before, after in zip(*rows, strict=True)]
    return Measure(name, now, interval(rows[1]), interval(differences))


def _first_half(study: Study) -> int:
    begin = begin_of(study.policies[0], study.scenario)
    local = begin.astimezone(zone(study.policies[0].timezone))
    return local.hour * 2 + local.minute // 30


def members_of(policy: CheckedPolicy, pool: Pool, begin: datetime) -> list[tuple[Declared, list[int]]]:
    """Lists the segments that a contact's own values put it into, each with its members in the pool.

    Those that a signal, the past or the clock alone decides are no customers who could be told of.
    """
    reads = Reads(policy)
    declared = [
        item for item in policy.definitions if isinstance(item, Declared) and _is_of_customers(reads, item)
    ]
    found: dict[str, list[int]] = {item.name: [] for item in declared}
    for place, template in enumerate(pool.templates):
        now = template.at or begin
        scope = Scope(policy, Facts(template.values, pool.no_signals, (), now, ()))
        for name, is_in in scope.segments.items():
            if is_in and name in found:
                found[name].append(place)
    return [(item, found[item.name]) for item in declared]


def _is_of_customers(reads: Reads, segment: Declared) -> bool:
    refs = reads(segment.condition)
    return any(isinstance(ref, e.FieldRef) and ref != ARRIVAL for ref in refs) and not any(
        isinstance(ref, e.SignalRef) or ref.record == HISTORY for ref in refs
    )

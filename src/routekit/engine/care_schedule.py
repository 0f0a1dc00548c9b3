"""Which reaches a customer gets in some days to come, if nothing but the clock changes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush

from routekit.policy import expressions as e
from routekit.policy.care_decision import DueReach
from routekit.policy.doubt import Doubt
from routekit.policy.due_times import windows_between
from routekit.policy.facts import Facts, Shown
from routekit.policy.model import CheckedPolicy
from routekit.policy.reaches import Reach
from routekit.policy.references import defined, parts_through
from routekit.reference import Scope, care, customer_clock

__all__ = ["CareSchedule"]

_TURN = timedelta(minutes=30)


class CareSchedule:
    """Looks at customers over a period; made once for a policy."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._doubt = Doubt(policy)
        self._caps = {cap.per for reach in policy.care.reaches for cap in reach.caps}
        self._bounded = {
            reach.name for reach in policy.care.reaches if any(not cap.is_shared for cap in reach.caps)
        }
        nevers = [never.condition for never in policy.care.nevers]
        self._watched = {
            reach.name
            for reach in policy.care.reaches
            if _reads_clock(policy, [*nevers, *([reach.condition] if reach.condition is not None else [])])
        }

    def of(self, facts: Facts, first: datetime, until: datetime) -> Iterator[DueReach]:
        """Yields what is made from an instant up to, not including, another, in the order of time.

        Each counts for the caps of those behind it. One that no cap of its own bounds is made once each time
        that it is due. Conditions that depend on the clock are asked each half hour.
        """
        pending = [*self._moments(facts, first, until)]
        heapify(pending)
        last: datetime | None = None
        ends: dict[str, datetime] = {}
        while pending:
            moment = heappop(pending)
            if moment == last:
                continue
            last = moment
            for reach in care(self._policy, replace(facts, now=moment), self._doubt):
                if reach.name not in self._bounded and ends.get(reach.name) == reach.not_after:
                    continue
                if reach.not_before > moment:
                    if reach.not_before < until:
                        heappush(pending, reach.not_before)
                    continue
                ends[reach.name] = reach.not_after
                facts = replace(facts, reached=(*facts.reached, Shown(reach.name, moment)))
                for release in self._releases([moment], moment, until):
                    heappush(pending, release)
                yield reach

    def _moments(self, facts: Facts, first: datetime, until: datetime) -> Iterator[datetime]:
        """The instants at which something may become due, but for what is made in between."""
        scope = Scope(self._policy, replace(facts, now=first))
        local, _ = customer_clock(scope)
        yield first
        yield from self._releases((made.at for made in facts.reached), first, until)
        for reach in self._policy.care.reaches:
            value = scope.value(reach.due.value)
            if not isinstance(value, date):
                continue
            for start, end in windows_between(reach.due, value, first, until, local):
                yield from self._turns(reach, max(start, first), min(end, until))

    def _turns(self, reach: Reach, start: datetime, end: datetime) -> Iterator[datetime]:
        """The beginning of a time in which a reach is due, and, where it depends on the clock, more of it."""
        moment = start
        while moment < end:
            yield moment
            if reach.name not in self._watched:
                return
            moment += _TURN

    def _releases(self, made: Iterable[datetime], first: datetime, until: datetime) -> Iterator[datetime]:
        """When caps no longer count what was made."""
        for at in made:
            for per in self._caps:
                if first < at + per < until:
                    yield at + per


def _reads_clock(policy: CheckedPolicy, conditions: Iterable[e.Expr]) -> bool:
    """Whether conditions, or what they are worked out by, depend on the time."""
    return any(isinstance(part, e.Now) for part in parts_through(conditions, defined(policy)))

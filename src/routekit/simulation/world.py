"""One arm of a simulation, made ready: who can serve what, how long it takes, when queues are open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from routekit.policy.model import CheckedPolicy
from routekit.schema.times import zone
from routekit.simulation.contacts import Pool, begin_of
from routekit.simulation.deciding import Course, Decider
from routekit.simulation.scenario import DEFAULT, Scenario, Staff
from routekit.simulation.spreads import Inverse
from routekit.simulation.week import HALF_HOURS, by_half_hour

__all__ = ["DAY", "Demand", "Group", "World"]

DAY = 86_400.0
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Group:
    """People who are alike; ``roster`` says how many are on duty in each half hour, and a day more."""

    number: int
    staff: Staff
    queues: frozenset[int]
    channels: frozenset[str]
    skills: frozenset[str]
    roster: list[int]
    at_once: Mapping[str, int]
    demands: list["Demand"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Demand:
    """What a contact asks of people: a queue, a channel and skills; or of a machine, which ``solves`` a
    share.

    ``groups`` are the people who can serve it.
    """

    number: int
    queue: int
    channel: str
    skills: frozenset[str]
    groups: tuple[Group, ...]
    handling: Inverse
    after_call: Inverse | None
    patience: Inverse | None
    cost: float
    is_assisted: bool
    takes: Inverse


def at_place(table: Mapping[str, T], queue: str, channel: str) -> T | None:
    """Looks a place up: the queue on the channel, the queue, the channel, else what is usual.

    >>> at_place({"general": 1, "general.chat": 2, "default": 3}, "general", "chat")
    2
    """
    for name in (f"{queue}.{channel}", queue, channel, DEFAULT):
        if name in table:
            return table[name]
    return None


class World:
    """All that stays as it is from one replication to the next."""

    def __init__(self, policy: CheckedPolicy, scenario: Scenario, pool: Pool, decider: Decider) -> None:
        self.policy = policy
        self.scenario = scenario
        self.pool = pool
        self.begin = begin_of(policy, scenario)
        self.seconds = scenario.days * DAY
        self.decider = decider
        self.courses: dict[Course, int] = {}
        """What each course asks of people at first, as far as it is known."""
        self.queues = [*policy.queues]
        self.groups = [self._group(number, staff) for number, staff in enumerate(scenario.staff)]
        self.demands: list[Demand] = []
        self._numbers: dict[tuple[int, str, frozenset[str]], int] = {}
        self._matters: dict[tuple[str, str | None], float] = {}
        self.called_from = self._called_from()

    def _group(self, number: int, staff: Staff) -> Group:
        queues = [self.policy.queues[name] for name in staff.queues]
        channels = staff.channels or tuple(channel for queue in queues for channel in queue.channels)
        counts = by_half_hour(
            staff.on_duty, self.begin, (self.scenario.days + 1) * HALF_HOURS, zone(self.policy.timezone)
        )
        there = 1 - staff.shrinkage.value
        return Group(
            number,
            staff,
            frozenset(self.queues.index(name) for name in staff.queues),
            frozenset(channels),
            frozenset(staff.skills).union(*(queue.skills for queue in queues)),
            [int(count * there + 0.5) for count in counts],
            {channel: most for channel, most in staff.at_once.items() if most > 1},
        )

    def demand(self, queue: int, channel: str, skills: frozenset[str]) -> int:
        """Returns the number of what is asked of people, or of a machine."""
        key = queue, channel, skills
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.demands)
            self.demands.append(self._made(number, queue, channel, skills))
        return number

    def demand_of(self, course: Course) -> int:
        """Returns what a course asks at first."""
        decision = course.decision
        number = self.courses[course] = self.demand(course.queue, decision.channel, decision.skills)
        return number

    def _made(self, number: int, queue: int, channel: str, skills: frozenset[str]) -> Demand:
        scenario, name = self.scenario, self.queues[queue]
        groups = tuple(
            group
            for group in self.groups
            if queue in group.queues and channel in group.channels and skills <= group.skills
        )
        handling, after_call, patience = (
            at_place(table, name, channel)
            for table in (scenario.handling, scenario.after_call, scenario.patience)
        )
        takes = scenario.self_service.takes.get(channel) or scenario.self_service.takes.get(DEFAULT)
        declared = self.policy.channels.get(channel)
        demand = Demand(
            number,
            queue,
            channel,
            skills,
            groups,
            (lambda _: 300.0) if handling is None else handling.inverse(),
            None if after_call is None else after_call.inverse(),
            None if patience is None else patience.inverse(),
            0.0 if declared is None or declared.cost is None else declared.cost,
            declared is None or declared.assisted,
            (lambda _: 0.0) if takes is None else takes.inverse(),
        )
        for group in groups:
            group.demands.append(demand)
        return demand

    def solves(self, channel: str, matter: str | None) -> float:
        """Returns the probability with which a machine solves a matter on a channel."""
        key = channel, matter
        known = self._matters.get(key)
        if known is None:
            table = self.scenario.self_service.solves
            names = (f"{channel}.{matter}", matter or "", channel, DEFAULT)
            known = next((table[name].value for name in names if name in table), 0.0)
            self._matters[key] = known
        return known

    def channel_in(self, queue: int, inbound: str) -> str:
        """Returns the channel on which a queue serves who came by another, as a step leads to it."""
        served = self.policy.queues[self.queues[queue]].channels
        return inbound if inbound in served else served[0]

    def _called_from(self) -> int:
        """The queue that calls back for those queues that have no people."""
        policy = self.policy
        chosen = self.scenario.callbacks.queue
        if chosen is not None:
            return self.queues.index(chosen)
        manned = {name for staff in self.scenario.staff for name in staff.queues}
        last = policy.rules[-1].body
        first = getattr(last, "queue", None)
        return next((self.queues.index(name) for name in (first, *self.queues) if name in manned), 0)

    def openings(self) -> list[tuple[float, int, bool]]:
        """Lists when queues open and close, in seconds, with how they stand at the beginning."""
        found: list[tuple[float, int, bool]] = []
        end = self.begin + timedelta(seconds=self.seconds + DAY)
        for place, name in enumerate(self.queues):
            calendar_name = self.policy.queues[name].calendar
            if calendar_name is None:
                continue
            calendar = self.policy.calendars[calendar_name]
            if not calendar.is_open(self.begin):
                found.append((0.0, place, False))
            for start, stop in calendar.open_intervals(self.begin, end):
                if start > self.begin:
                    found.append(((start - self.begin).total_seconds(), place, True))
                if stop < end:
                    found.append(((stop - self.begin).total_seconds(), place, False))
        return sorted(found)

    @property
    def agents(self) -> Sequence[str]:
        """The ids of those whom a policy may wish for."""
        return [name for staff in self.scenario.staff for name in staff.agents]

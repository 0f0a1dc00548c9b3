"""The loop of events: contacts come, are decided, wait, are served, give up and come back.

Of those whom a free person can serve he takes the one of the highest priority who has waited longest; of
those who can serve a contact, whoever has been idle longest takes it. Events of one instant happen in the
order in which they were foreseen, so that a run is the same wherever it is made.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Protocol

from routekit.policy.decision import PlanStep
from routekit.service.history.model import Touch
from routekit.simulation.arrivals import Coming
from routekit.simulation.deciding import Course
from routekit.simulation.draws import Draws, Purpose
from routekit.simulation.spreads import choice
from routekit.simulation.tally import Tally
from routekit.simulation.week import HALF_HOUR
from routekit.simulation.world import DAY, Demand, Group, World

__all__ = ["Observer", "Visit", "run"]

_DONE, _STEP, _PATIENCE, _COMES, _STAFF, _MACHINE, _OPENING, _CALL, _HANGS_UP = range(9)
_THREE_DAYS = 3 * DAY
_TOP = 1
_COMING, _WAITING, _AT_MACHINE, _SERVED, _GONE = range(5)
_STILL_THERE = (_WAITING, _AT_MACHINE)


class Visit:
    """One contact on its way: how it stands, what it has been promised, and where in line it is."""

    __slots__ = (
        "agent", "arrived", "attempt", "course", "demand", "entry", "home", "inbound", "is_called", "number",
        "past", "priority", "since", "state", "template", "work",
    )  # fmt: skip
    course: Course
    demand: int
    home: int
    """The queue of people that it came to first, under which it is counted."""
    priority: int
    since: float
    """When it came to people."""

    def __init__(
        self, number: int, attempt: int, template: int, arrived: float, inbound: str, past: tuple[Touch, ...]
    ) -> None:
        self.number = number
        self.attempt = attempt
        self.template = template
        self.arrived = arrived
        self.inbound = inbound
        self.past = past
        self.work = attempt
        """The attempt from which its matter takes as long as it does: who gave up has the same one still."""
        self.state = _COMING
        self.entry = -1
        self.agent: str | None = None
        self.is_called: float | None = None
        """When a call back was promised for, once it was."""


class _Agent:
    __slots__ = ("busy_since", "channel", "contacts", "group", "id", "idle_since", "is_on", "line")

    def __init__(self, group: Group, id: str | None) -> None:
        self.group = group
        self.id = id
        self.contacts = 0
        self.channel = ""
        self.idle_since = inf
        self.busy_since = 0.0
        self.is_on = False
        self.line: list[tuple[int, float, int, Visit]] = []


class _Team:
    """A group in one run: who is idle, longest first; who could take one more of a channel."""

    __slots__ = ("agents", "demands", "free", "idle", "on_duty", "partly", "waiting")

    def __init__(self, group: Group) -> None:
        most = max(group.roster, default=0)
        ids: Iterator[str | None] = iter(group.staff.agents)
        self.agents = [_Agent(group, next(ids, None)) for _ in range(most)]
        self.idle: deque[tuple[float, _Agent]] = deque()
        self.free = 0
        self.on_duty = 0
        self.waiting = 0
        self.partly: dict[str, dict[_Agent, None]] = {channel: {} for channel in group.at_once}
        self.demands = group.demands


class Observer(Protocol):
    """Who is told what happens, at which second; as a service would tell it to a router."""

    def decided(self, visit: Visit, at: float, course: Course, levels: Sequence[float]) -> None:
        """A contact was decided, by the signals of that instant."""

    def happened(self, visit: Visit, kind: str, at: float, queue: str | None, channel: str | None) -> None:
        """Something came of a contact."""

    def stepped(self, visit: Visit, at: float, step: PlanStep) -> None:
        """A step of its plan came while it still waited."""


def run(world: World, come: Coming, draws: Draws, observer: Observer | None = None) -> Tally:
    """Runs one replication of one arm from its first midnight to its last, and a day more for those who
    wait."""
    scenario, decider = world.scenario, world.decider
    pool = world.pool.templates
    times, templates = come.times, come.templates
    total = len(times)
    halves = scenario.days * 48
    last_half = halves - 1
    tally = Tally(len(world.queues), halves, len(pool))
    tally.first_queue = bytearray(total)
    first_queue = tally.first_queue
    offered, answered, in_time, abandoned = tally.offered, tally.answered, tally.in_time, tally.abandoned
    waited, work, waits = tally.waited, tally.work, tally.waits
    waited_by, offered_by = tally.waited_by, tally.offered_by
    handling_of = draws.first("handling", total)
    patience_of = draws.first("patience", total)
    after_of = draws.first("after call", total) if scenario.after_call else handling_of

    teams = [_Team(group) for group in world.groups]
    busy = tally.busy = [0.0] * len(teams)
    demands = world.demands
    lines: list[list[tuple[int, float, int, Visit]]] = [[] for _ in demands]
    demand_of, demand_at, course_of = world.demand_of, world.demand, decider.course
    known_demand = world.courses.get
    always = decider.always
    is_open = [True] * len(world.queues)
    waiting = [0] * len(world.queues)
    first_in: list[list[tuple[float, int, Visit]]] = [[] for _ in world.queues]
    watches_first = {world.queues.index(queue) for queue, name in decider.signals if name == "longest_wait"}
    named = {agent.id: agent for team in teams for agent in team.agents if agent.id is not None}
    lines_used = dict.fromkeys(scenario.trunks, 0)
    trunks = scenario.trunks
    back = scenario.comes_back
    by_of = {kind: choice(each.by) if each.by else None for kind, each in back.items()}
    delay_of = {kind: each.after.inverse() for kind, each in back.items()}
    after_person = back.get("person")
    after_giving_up = back.get("abandoned")
    within, warm_up, end = scenario.within, scenario.warm_up, world.seconds
    keeps_time = scenario.callbacks.keep == "time"
    accepts = scenario.callbacks.accepted.value
    most_attempts = scenario.most_attempts

    events: list[tuple[float, int, int, object, object]] = []
    order = count().__next__

    # ── signals ────────────────────────────────────────────────────────────────

    serving = [
        [team for team, group in zip(teams, world.groups, strict=True) if place in group.queues]
        for place in range(len(world.queues))
    ]
    readers = [(name, world.queues.index(queue)) for queue, name in decider.signals]

    def levels(at: float) -> list[float]:
        told: list[float] = []
        for name, queue in readers:
            if name == "waiting":
                told.append(waiting[queue])
            elif name == "free_agents":
                told.append(sum([team.free for team in serving[queue]]) if is_open[queue] else 0)
            else:
                there = first_in[queue]
                while there and there[0][2].entry != there[0][1]:
                    heappop(there)
                told.append(int(at - there[0][0]) if there else 0)
        return told

    # ── lines ──────────────────────────────────────────────────────────────────

    def join(visit: Visit, demand: Demand) -> None:
        """Has a contact wait, at the place in line that its priority and its time give it."""
        visit.state = _WAITING
        number = visit.entry = order()
        item = visit.priority, visit.since, number, visit
        if visit.agent is not None:
            heappush(named[visit.agent].line, item)
        else:
            while len(lines) <= demand.number:
                lines.append([])
            heappush(lines[demand.number], item)
            for group in demand.groups:
                teams[group.number].waiting += 1
        waiting[demand.queue] += 1
        if demand.queue in watches_first:
            heappush(first_in[demand.queue], (visit.since, number, visit))

    def leave(visit: Visit) -> None:
        """Takes a contact out of its line; what is left of it there is passed over later."""
        demand = demands[visit.demand]
        visit.entry = -1
        waiting[demand.queue] -= 1
        if visit.agent is None:
            for group in demand.groups:
                teams[group.number].waiting -= 1

    def head(line: list[tuple[int, float, int, Visit]]) -> tuple[int, float, int, Visit] | None:
        while line:
            if line[0][3].entry == line[0][2]:
                return line[0]
            heappop(line)
        return None

    # ── people ─────────────────────────────────────────────────────────────────

    def longest_idle(demand: Demand) -> _Agent | None:
        """Who takes a contact at once: whoever has been idle longest, or has room for one more of its
        kind."""
        best: _Team | None = None
        since = inf
        for group in demand.groups:
            team = teams[group.number]
            if team.free:
                idle = team.idle
                while idle[0][1].idle_since != idle[0][0]:
                    idle.popleft()
                if idle[0][0] < since:
                    since, best = idle[0][0], team
        if best is not None:
            return best.idle.popleft()[1]
        fewest = None
        for group in demand.groups:
            for agent in teams[group.number].partly.get(demand.channel, ()):
                if fewest is None or agent.contacts < fewest.contacts:
                    fewest = agent
        return fewest

    def serve(visit: Visit, agent: _Agent, demand: Demand, at: float) -> None:
        """Has somebody take a contact, and foresees when he is done."""
        visit.state = _SERVED
        number = visit.number
        group = agent.group
        if agent.contacts == 0:
            if agent.idle_since != inf:
                agent.idle_since = inf
                teams[group.number].free -= 1
            agent.busy_since = at
            agent.channel = demand.channel
        agent.contacts += 1
        most = group.at_once.get(demand.channel, 1)
        if most > 1:
            partly = teams[group.number].partly[demand.channel]
            if agent.contacts < most and agent.is_on:
                partly[agent] = None
            else:
                partly.pop(agent, None)
        if visit.work == 0:
            length = demand.handling(handling_of[number])
        else:
            length = demand.handling(draws.of(number, visit.work)[Purpose.HANDLING])
        done = at + length
        if demand.after_call is not None:
            extra = (
                after_of[number]
                if visit.attempt == 0
                else draws.of(number, visit.attempt)[Purpose.AFTER_CALL]
            )
            heappush(events, (done + demand.after_call(extra), order(), _DONE, agent, None))
        else:
            heappush(events, (done, order(), _DONE, agent, None))
        since = visit.since
        if since >= warm_up:
            half = int(since / HALF_HOUR)
            if half > last_half:
                half = last_half
            home = visit.home
            tally.cost += demand.cost
            work[home][half] += length
            if visit.is_called is None:
                wait = at - since
                answered[home][half] += 1
                waits.append(wait)
                waited[home][half] += wait
                waited_by[visit.template] += wait
                if wait <= within:
                    in_time[home][half] += 1
            else:
                tally.called_back += 1
                tally.called_in_time += at <= visit.is_called
        if observer is not None:
            kind = "answered" if visit.is_called is None else "called_back"
            observer.happened(visit, kind, at, world.queues[demand.queue], demand.channel)
            drawn = draws.of(number, visit.attempt)[Purpose.COMES_BACK]
            if after_person is None or drawn >= after_person.share.value:
                observer.happened(visit, "resolved", done, None, None)
            observer.happened(visit, "ended", done, None, None)
        if trunks and visit.is_called is None:
            heappush(events, (done, order(), _HANGS_UP, visit, None))
        if after_person is not None:
            comes_back("person", visit, done)

    def next_work(agent: _Agent, at: float) -> bool:
        """Has somebody who has room take the first of all whom he can serve; false where nobody waits."""
        group = agent.group
        team = teams[group.number]
        first = head(agent.line) if agent.line and agent.contacts == 0 else None
        if team.waiting:
            for demand in team.demands:
                if demand.number < len(lines):
                    line = lines[demand.number]
                    if (
                        line
                        and is_open[demand.queue]
                        and (agent.contacts == 0 or demand.channel == agent.channel)
                    ):
                        found = head(line)
                        if found is not None and (first is None or found < first):
                            first = found
        if first is None:
            return False
        visit = first[3]
        leave(visit)
        serve(visit, agent, demands[visit.demand], at)
        return True

    def has_room(agent: _Agent) -> bool:
        return agent.is_on and (
            agent.contacts == 0 or agent.contacts < agent.group.at_once.get(agent.channel, 1)
        )

    def frees(agent: _Agent, at: float) -> None:
        """Somebody is done with a contact: on to the next, to be idle, or home."""
        team = teams[agent.group.number]
        agent.contacts -= 1
        if agent.contacts == 0:
            busy[agent.group.number] += at - agent.busy_since
            if agent.channel in team.partly:
                team.partly[agent.channel].pop(agent, None)
        if not agent.is_on:
            return
        while has_room(agent) and (team.waiting or agent.line) and next_work(agent, at):
            pass
        if agent.contacts == 0:
            rests(agent, team, at)
        elif agent.channel in team.partly and has_room(agent):
            team.partly[agent.channel][agent] = None

    def rests(agent: _Agent, team: _Team, at: float) -> None:
        agent.idle_since = at
        team.idle.append((at, agent))
        team.free += 1

    def looks(team: _Team, at: float) -> None:
        """Has those who are idle look whether somebody waits."""
        while team.free and team.waiting:
            idle = team.idle
            while idle[0][1].idle_since != idle[0][0]:
                idle.popleft()
            agent = idle[0][1]
            if not next_work(agent, at):
                return
            while has_room(agent) and next_work(agent, at):
                pass

    def changes_staff(half: int, at: float) -> None:
        for team, group in zip(teams, world.groups, strict=True):
            target = group.roster[half]
            while team.on_duty < target:
                agent = team.agents[team.on_duty]
                team.on_duty += 1
                agent.is_on = True
                if agent.contacts == 0:
                    rests(agent, team, at)
            while team.on_duty > target:
                team.on_duty -= 1
                agent = team.agents[team.on_duty]
                agent.is_on = False
                if agent.idle_since != inf:
                    agent.idle_since = inf
                    team.free -= 1
                team.partly.get(agent.channel, {}).pop(agent, None)
                while (first := head(agent.line)) is not None:  # who wished for him has anybody
                    visit = first[3]
                    leave(visit)
                    visit.agent = None
                    join(visit, demands[visit.demand])
        for team in teams:
            for agent in team.agents[: team.on_duty] if named else ():
                if agent.line and agent.contacts == 0:
                    next_work(agent, at)
            looks(team, at)
        if half + 1 < halves + 48:
            heappush(events, ((half + 1) * HALF_HOUR, order(), _STAFF, half + 1, None))

    # ── contacts ───────────────────────────────────────────────────────────────

    def comes(visit: Visit, at: float) -> None:
        course = always[visit.template] if visit.attempt == 0 else None
        if course is None:
            own = None if visit.inbound == pool[visit.template].channel else visit.inbound
            course = course_of(visit.template, at, levels, own, visit.past)
        visit.course = course
        if at >= warm_up:
            tally.contacts += 1
        if observer is not None:
            observer.decided(visit, at, course, levels(at) if readers else ())
        if visit.inbound in trunks:
            if lines_used[visit.inbound] >= trunks[visit.inbound]:
                visit.state = _GONE
                if at >= warm_up:
                    tally.blocked += 1
                if observer is not None:
                    observer.happened(visit, "abandoned", at, None, None)
                if "blocked" in back:
                    comes_back("blocked", visit, at)
                return
            lines_used[visit.inbound] += 1
        if visit.attempt == 0:
            first_queue[visit.number] = course.queue
        known = known_demand(course)
        demand = demands[demand_of(course) if known is None else known]
        visit.priority = course.decision.priority
        agent = course.decision.agent
        if agent is not None and agent in named and named[agent].is_on:
            visit.agent = agent
        enters(visit, demand, at)
        if course.after and visit.state in _STILL_THERE:
            heappush(events, (at + course.after[0], order(), _STEP, visit, 0))

    def enters(visit: Visit, demand: Demand, at: float) -> None:
        """Has a contact come to a queue for the first time: of people, or of a machine."""
        visit.demand = demand.number
        if not demand.is_assisted:
            starts_machine(visit, demand, at)
            return
        visit.since = at
        visit.home = demand.queue
        if at >= warm_up:
            half = int(at / HALF_HOUR)
            offered[demand.queue][half if half < last_half else last_half] += 1
            offered_by[visit.template] += 1
        waits_or_not(visit, demand, at)
        if visit.state == _WAITING:
            patience = demand.patience
            if patience is not None:
                left = patience(patience_of[visit.number])  # the same customer is as patient each time
                heappush(events, (at + left, order(), _PATIENCE, visit, None))

    def waits_or_not(visit: Visit, demand: Demand, at: float) -> None:
        """Has whoever is free take a contact, else has it wait."""
        if visit.agent is not None:
            wished = named[visit.agent]
            if wished.is_on and wished.contacts == 0:
                serve(visit, wished, demand, at)
                return
        elif is_open[demand.queue]:
            agent = longest_idle(demand)
            if agent is not None:
                serve(visit, agent, demand, at)
                return
        if observer is not None:
            observer.happened(visit, "queued", at, world.queues[demand.queue], demand.channel)
        join(visit, demand)

    def starts_machine(visit: Visit, demand: Demand, at: float) -> None:
        visit.state = _AT_MACHINE
        visit.demand = demand.number
        drawn = draws.of(visit.number, visit.attempt)
        if at >= warm_up:
            tally.cost += demand.cost
        solves = drawn[Purpose.SOLVED] < world.solves(demand.channel, pool[visit.template].matter)
        number = visit.entry = order()
        heappush(events, (at + demand.takes(drawn[Purpose.MACHINE_TIME]), number, _MACHINE, visit, solves))

    def ends_machine(visit: Visit, at: float, solved: object) -> None:
        """A machine is done: the matter is solved, or the customer tries another way later."""
        visit.state = _GONE
        hangs_up(visit)
        if visit.arrived >= warm_up:
            tally.contained += 1
        if observer is not None:
            if solved:
                observer.happened(visit, "resolved", at, None, None)
            observer.happened(visit, "ended", at, None, None)
        if not solved and "machine" in back:
            again = comes_back("machine", visit, at)
            if again is not None and visit.arrived >= warm_up:
                tally.contained_back += again <= _THREE_DAYS

    def gives_up(visit: Visit, at: float) -> None:
        leave(visit)
        visit.state = _GONE
        hangs_up(visit)
        if visit.since >= warm_up:
            half = min(int(visit.since / HALF_HOUR), last_half)
            wait = at - visit.since
            abandoned[visit.home][half] += 1
            waited[visit.home][half] += wait
            waited_by[visit.template] += wait
        if observer is not None:
            observer.happened(visit, "abandoned", at, world.queues[demands[visit.demand].queue], None)
        if after_giving_up is not None:
            comes_back("abandoned", visit, at)

    def hangs_up(visit: Visit) -> None:
        if visit.inbound in trunks:
            lines_used[visit.inbound] -= 1

    def comes_back(kind: str, visit: Visit, at: float) -> float | None:
        """Foresees that somebody comes back; after how long, None where he does not."""
        drawn = draws.of(visit.number, visit.attempt)
        each = back[kind]  # type: ignore[index]  # the kinds are those of the scenario
        if visit.attempt + 1 >= most_attempts or drawn[Purpose.COMES_BACK] >= each.share.value:
            return None
        delay = delay_of[kind](drawn[Purpose.COMES_AFTER])  # type: ignore[index]
        if at + delay >= end:
            return delay
        by = by_of[kind]  # type: ignore[index]
        inbound = visit.inbound if by is None else by(drawn[Purpose.COMES_BY])
        touch = decider.touch(
            visit.template,
            f"{visit.number}-{visit.attempt}",
            visit.arrived,
            visit.inbound,
            visit.course.decision,
        )
        again = Visit(
            visit.number, visit.attempt + 1, visit.template, at + delay, inbound, (touch, *visit.past)
        )
        if kind in ("abandoned", "blocked"):
            again.work = visit.work
        heappush(events, (again.arrived, order(), _COMES, again, None))
        return delay

    # ── plans ──────────────────────────────────────────────────────────────────

    def steps(visit: Visit, place: int, at: float) -> None:
        """A step of the plan comes, if the contact still waits or is at a machine."""
        if visit.state not in _STILL_THERE or visit.is_called is not None:
            return
        course = visit.course
        step = course.decision.plan[place]
        if observer is not None:
            observer.stepped(visit, at, step)
        was_at_machine = visit.state == _AT_MACHINE
        demand = demands[visit.demand]
        queue, channel = demand.queue, demand.channel
        if not was_at_machine:
            leave(visit)
        if step.priority is not None:
            visit.priority = step.priority
        if step.any_agent:
            visit.agent = None
        if step.agent is not None:
            is_there = step.agent in named and named[step.agent].is_on
            visit.agent = step.agent if is_there else None
        if step.queue is not None:
            queue = world.queues.index(step.queue)
            channel = world.channel_in(queue, visit.inbound)
        skills = demand.skills if step.skills is None else step.skills
        demand = demands[demand_at(queue, channel, skills)]
        if step.callback_within is not None and calls_back(visit, demand, step, at):
            return
        if was_at_machine and step.queue is None:
            visit.demand = demand.number  # still at it, whatever else has changed
        elif was_at_machine or not demand.is_assisted:
            enters(visit, demand, at)
        else:
            visit.demand = demand.number
            waits_or_not(visit, demand, at)
        if place + 1 < len(course.after) and visit.state in _STILL_THERE:
            heappush(events, (visit.arrived + course.after[place + 1], order(), _STEP, visit, place + 1))

    def calls_back(visit: Visit, demand: Demand, step: PlanStep, at: float) -> bool:
        """Promises a call back, if the customer agrees: he hangs up, and keeps his place or his time."""
        if draws.of(visit.number, visit.attempt)[Purpose.ACCEPTS] >= accepts:
            return False
        assert step.callback_within is not None
        due = at + step.callback_within.total_seconds()
        if step.callback_by is not None:
            due = (step.callback_by - world.begin).total_seconds()
        hangs_up(visit)
        if visit.state == _WAITING and visit.since >= warm_up:
            waited[visit.home][min(int(visit.since / HALF_HOUR), last_half)] += at - visit.since
            waited_by[visit.template] += at - visit.since
        if visit.state == _AT_MACHINE or not demand.is_assisted:
            queue = (
                demand.queue
                if any(demand.queue in group.queues for group in world.groups)
                else world.called_from
            )
            channel = world.channel_in(queue, "voice")
            demand = demands[demand_at(queue, channel, demand.skills)]
            visit.since, visit.home = at, queue
        visit.demand = demand.number
        visit.is_called = due
        if visit.since >= warm_up:
            tally.agreed += 1
        if keeps_time:
            visit.state = _COMING
            visit.priority = _TOP
            heappush(events, (due, order(), _CALL, visit, None))
        else:
            waits_or_not(visit, demand, at)
        return True

    # ── from the first midnight on ─────────────────────────────────────────────

    for at, queue, opens in world.openings():
        heappush(events, (at, order(), _OPENING, queue, opens))
    changes_staff(0, 0.0)
    place = 0
    upcoming = times[0] if times else inf
    close = end + DAY
    while True:
        if not events or events[0][0] > upcoming:
            if place == total:
                break
            template = templates[place]
            comes(Visit(place, 0, template, upcoming, pool[template].channel, ()), upcoming)
            place += 1
            upcoming = times[place] if place < total else inf
            continue
        at, number, kind, what, extra = heappop(events)
        if at > close:
            break
        if kind == _DONE:
            assert isinstance(what, _Agent)
            frees(what, at)
            continue
        if isinstance(what, Visit):
            if kind == _PATIENCE:
                if what.state == _WAITING and what.is_called is None:
                    gives_up(what, at)
            elif kind == _STEP:
                assert isinstance(extra, int)
                steps(what, extra, at)
            elif kind == _MACHINE:
                if what.state == _AT_MACHINE and what.entry == number:
                    ends_machine(what, at, extra)
            elif kind == _COMES:
                if at >= warm_up:
                    tally.came_back += 1
                comes(what, at)
            elif kind == _CALL:
                waits_or_not(what, demands[what.demand], at)
            else:
                hangs_up(what)
        elif isinstance(what, int):
            if kind == _STAFF:
                changes_staff(what, at)
            else:
                is_open[what] = bool(extra)
                for team in serving[what] if extra else ():
                    looks(team, at)
    tally.first_contacts = sum(1 for at in times if at >= warm_up) if warm_up else total
    tally.unserved = sum(waiting)
    for team, group in zip(teams, world.groups, strict=True):
        for agent in team.agents:
            if agent.contacts:
                busy[group.number] += max(0.0, close - agent.busy_since)
    tally.staffed = [sum(group.roster[:halves]) * HALF_HOUR for group in world.groups]
    return tally

"""The course of a contact: customer, past, decision, claim, and the account of it."""

import logging
from collections.abc import Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeAlias, cast
from weakref import WeakKeyDictionary

from routekit.engine.engine import Engine
from routekit.engine.log import log as log_event
from routekit.intake.merging import filled, with_members
from routekit.policy.decision import Decision, Problem
from routekit.policy.model import HISTORY
from routekit.schema.times import utc_now
from routekit.service.customers import Customers, Known
from routekit.service.decision_log import DecisionLog, Entry
from routekit.service.history.features import features, offers_shown
from routekit.service.history.model import JSON, Claim, Granted, Past, Touch
from routekit.service.history.resilient_store import Keeper
from routekit.service.ids import Ids
from routekit.service.keys import Key
from routekit.service.loops import LoopThread
from routekit.service.policies import PolicySource, Revision, Serving
from routekit.service.requirements import Asked, sent
from routekit.service.routed_decision import Routed
from routekit.service.telemetry import Meters

__all__ = ["Course", "Steps", "Wait"]

_ROUNDS = 3
"""How often a contact is decided at most, where others are faster with the last showing of an offer."""

_MOST_MARKS = 1_000
FAILED = "service"
"""The path of a problem of the router itself."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that is not at hand: how an event loop gets it, and how a thread does."""

    later: Callable[[], Awaitable[object]]
    here: Callable[[], object]


Steps: TypeAlias = Generator[Wait, object, Routed]
"""The way of one contact; it stops only where something must be waited for."""


@dataclass(slots=True)
class _Trip:
    """What is found out about one contact on its way. ``contact`` is never changed, only replaced."""

    contact: object
    id: str
    clock: datetime
    serving: Serving
    revision: Revision
    asked: Asked
    problems: list[Problem]
    customer: str | None = None
    moment: datetime | None = None
    past: Past = Past.EMPTY
    facts: "dict[str, JSON] | None" = None
    rounds: int = 1


class Course:
    """Takes contacts through all that a router was given."""

    def __init__(
        self,
        source: PolicySource,
        customers: Customers | None,
        keeper: Keeper | None,
        log: DecisionLog | None,
        meters: Meters,
        *,
        key: Key,
        remember: Iterable[str],
        within: timedelta,
        clock: Callable[[], datetime] | None,
        loop: LoopThread,
    ) -> None:
        self._source = source
        self._customers = customers
        self._keeper = keeper
        self._log = log
        self._meters = meters
        self._key = key
        self._remember = tuple(remember)
        self._within = within
        self._clock = clock
        self._loop = loop
        self._ids = Ids()
        self._asked: WeakKeyDictionary[Engine, Asked] = WeakKeyDictionary()
        self._last_asked: tuple[Engine, Asked] | None = None

    def run(self, contact: object, now: datetime | None) -> Steps:
        """The way of one contact, from its arrival to its decision."""
        start = perf_counter()
        serving = self._source.serving  # once: all of a decision belongs to one revision
        revision = serving.current
        asked = self._asked_by(revision.engine)
        clock = self.now() if now is None else asked.instant(now)
        trip = _Trip(contact, self._ids.new(), clock, serving, revision, asked, [])
        try:
            decision, decided = yield from self._decided(trip)
        except Exception as error:  # a contact is decided whatever happens around it
            self._trouble(error)
            trip.problems.append(
                Problem(FAILED, f"failed: {type(error).__name__}; decided by the contact alone")
            )
            decision, decided = trip.revision.engine.decide_completed(contact, now=clock)
        latency = perf_counter() - start
        result = Routed.of(
            decision,
            tuple(trip.problems),
            trip.id,
            latency,
            trip.past,
            trip.moment or clock,
            trip.asked.timezone,
        )
        try:
            self._account(trip, result, decision, decided)
        except Exception as error:  # as above
            self._trouble(error)
        return result

    def now(self) -> datetime:
        """The router's clock, in UTC."""
        return utc_now() if self._clock is None else self._clock()

    def new_id(self) -> str:
        """An id that nothing else has."""
        return self._ids.new()

    def _asked_by(self, engine: Engine) -> Asked:
        last = self._last_asked
        if last is not None and last[0] is engine:
            return last[1]
        asked = self._asked.get(engine)
        if asked is None:
            asked = self._asked[engine] = Asked(engine.policy.checked, self._remember, self._within)
        self._last_asked = (engine, asked)
        return asked

    def _decided(self, trip: _Trip) -> Generator[Wait, object, tuple[Decision, object]]:
        if self._customers is not None:
            yield from self._look_up(self._customers, trip)
        revision = trip.serving.revision_of(trip.contact)
        if revision is not trip.revision:
            trip.revision, trip.asked = revision, self._asked_by(revision.engine)
        if self._keeper is not None:
            yield from self._remembered(self._keeper, trip)
        decision, decided = trip.revision.engine.decide_completed(trip.contact, now=trip.clock)
        if self._keeper is None or trip.customer is None or not decision.offers or not trip.asked.caps:
            return decision, decided
        return (yield from self._claimed(self._keeper, trip, decision, decided))

    # ── the customer ──────────────────────────────────────────────────────────

    def _look_up(self, customers: Customers, trip: _Trip) -> Generator[Wait, object, None]:
        key = customers.key.of(trip.contact)
        if key is None:
            return
        known = customers.at_hand(key)
        if known is None:
            answer = yield Wait(lambda: customers.find(key), lambda: customers.find_sync(key, self._loop))
            known = cast("Known", answer)
        if known.problem is not None:
            trip.problems.append(Problem(customers.record, known.problem))
        if known.fields:
            names = trip.asked.fields.get(customers.record, ())
            record = filled(sent(trip.contact, customers.record), names, known.fields)
            if record is not None:
                self._put(trip, {customers.record: record})

    # ── the past ──────────────────────────────────────────────────────────────

    def _remembered(self, keeper: Keeper, trip: _Trip) -> Generator[Wait, object, None]:
        key = self._key.of(trip.contact)
        if key is None:
            return
        asked = trip.asked
        customer = trip.customer = str(key)
        moment = trip.moment = asked.now(trip.contact, trip.clock)
        since = asked.since(moment)
        past = keeper.past_at_hand(customer, since)
        if past is None:
            wait = Wait(lambda: keeper.past(customer, since), lambda: keeper.past_sync(customer, since))
            past = cast("Past", (yield wait))
        trip.past = past
        if past.problem is not None:
            trip.problems.append(Problem(HISTORY, past.problem))
        facts = trip.facts = asked.facts(trip.contact)
        members: dict[str, object] = {}
        if asked.has_history:
            values = features(asked.history, past, facts, moment)
            record = filled(sent(trip.contact, HISTORY), asked.fields[HISTORY], values)
            if record is not None:
                members[HISTORY] = record
        if asked.caps and past.shown and sent(trip.contact, "offers_shown") is None:
            members["offers_shown"] = offers_shown(past, moment)
        if members:
            self._put(trip, members)

    # ── capped offers ─────────────────────────────────────────────────────────

    def _claimed(
        self, keeper: Keeper, trip: _Trip, decision: Decision, decided: object
    ) -> Generator[Wait, object, tuple[Decision, object]]:
        """Claims the capped offers of a decision; others take the place of those that are used up by now."""
        asked, customer = trip.asked, cast("str", trip.customer)
        while True:
            offers = tuple((name, asked.caps[name]) for name in decision.offers if name in asked.caps)
            if not offers:
                return decision, decided
            claim = Claim(trip.id, customer, offers)
            granted = keeper.claim_at_hand(claim)
            if granted is None:
                wait = _waiting_claim(keeper, claim)
                granted = cast("Granted", (yield wait))
            if granted.problem is not None:
                _add(trip.problems, Problem("offers_shown", granted.problem))
            refused = [name for name, _ in offers if name not in granted.offers]
            if not refused:
                return decision, decided
            marks = sum(_most(asked, name) for name in refused)
            if trip.rounds == _ROUNDS or marks > _MOST_MARKS:
                left = tuple(name for name in decision.offers if name not in refused)
                return replace(decision, offers=left), decided
            trip.rounds += 1
            self._put(trip, {"offers_shown": _used_up(trip, refused)})
            decision, decided = trip.revision.engine.decide_completed(trip.contact, now=trip.clock)

    # ── the account of it ─────────────────────────────────────────────────────

    def _account(self, trip: _Trip, result: Routed, decision: Decision, decided: object) -> None:
        self._meters.decided(result.rule, result.queue, result.channel, result.latency)
        for problem in result.problems:
            self._meters.count("routekit_problems_total", path=problem.path.partition("[")[0])
        if self._keeper is not None and trip.customer is not None:
            self._keeper.record(_touch(trip, result))
        if self._log is None and trip.serving.shadow is None:
            return
        decided = _settled(decided)
        if self._log is not None:
            serving = trip.serving
            canary = None if serving.canary is None else trip.revision is serving.candidate
            rounds = trip.rounds if trip.rounds > 1 else None
            policy = trip.revision.policy.checked
            self._log.put(Entry(trip.id, trip.clock, result.latency, result, decided, policy, rounds, canary))
        if trip.serving.shadow is not None:
            trip.serving.observe(decided, trip.clock, decision, trip.id)

    def _put(self, trip: _Trip, members: dict[str, object]) -> None:
        contact = with_members(trip.contact, trip.asked.members, members)
        if contact is not None:
            trip.contact = contact

    def _trouble(self, error: Exception) -> None:
        self._meters.count("routekit_router_failures_total", kind=type(error).__name__)
        log_event(logging.ERROR, "routing failed", trouble=type(error).__name__)


def _waiting_claim(keeper: Keeper, claim: Claim) -> Wait:
    return Wait(lambda: keeper.claim(claim), lambda: keeper.claim_sync(claim))


def _add(problems: list[Problem], problem: Problem) -> None:
    if problem not in problems:
        problems.append(problem)


def _most(asked: Asked, offer: str) -> int:
    return max(cap.most for cap in asked.caps[offer])


def _used_up(trip: _Trip, refused: Iterable[str]) -> list[object]:
    """The offers shown, with those that were refused as often as it takes to use up their caps."""
    shown = sent(trip.contact, "offers_shown")
    marks = [{"offer": name, "at": trip.moment} for name in refused for _ in range(_most(trip.asked, name))]
    return [*shown, *marks] if isinstance(shown, list | tuple) else list(marks)


def _touch(trip: _Trip, result: Routed) -> Touch:
    facts = trip.facts or {}
    return Touch(
        id=trip.id,
        customer=cast("str", trip.customer),
        at=cast("datetime", trip.moment),
        channel=result.channel,
        queue=result.queue,
        rule=result.rule,
        inbound=trip.asked.inbound(trip.contact),
        agent=result.agent,
        offers=result.offers,
        capped=tuple(name for name in result.offers if name in trip.asked.caps),
        facts=facts,
        incident=_incident(trip.past, facts),
    )


def _incident(past: Past, facts: "dict[str, JSON]") -> str | None:
    """The open incident that a contact belongs to: one about something that the contact names."""
    for incident in past.incidents:
        if incident.is_open and (incident.about is None or incident.about in facts.values()):
            return incident.id
    return None


def _settled(contact: object) -> object:
    """A contact that stays as it is while its caller goes on to use the records that he sent."""
    if type(contact) is not dict:
        return contact
    try:
        return {name: {**value} if type(value) is dict else value for name, value in contact.items()}
    except Exception:  # a foreign key's own comparison may raise anything
        return contact

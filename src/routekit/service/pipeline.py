"""The pipeline of a contact: customer, past, decision, claim, decision log."""

import logging
from collections.abc import Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import TypeAlias, cast
from weakref import WeakKeyDictionary

from routekit.engine.answering import Answering
from routekit.engine.engine import Engine
from routekit.engine.log import log as log_event
from routekit.intake.contact import filled, with_members
from routekit.policy.decision import Decision, Problem
from routekit.policy.model import HISTORY, Cap
from routekit.schema.times import utc_now
from routekit.service.customers import Customers, Known
from routekit.service.decision_log import DecisionLog, Entry
from routekit.service.history.features import features, offers_shown
from routekit.service.history.model import JSON, Claim, Granted, Past, Touch
from routekit.service.history.resilient_store import Keeper
from routekit.service.keys import Ids, Key
from routekit.service.loops import LoopThread
from routekit.service.policies import PolicySource, Revision, Serving
from routekit.service.requirements import Requirements, sent
from routekit.service.routed_decision import Routed
from routekit.service.telemetry import Meters

__all__ = ["Pipeline", "State", "Steps", "Wait"]

_ROUNDS = 3
"""How often a contact is decided at most, where others are faster with the last showing of an offer."""

_MOST_SHOWINGS = 1_000
FAILED = "service"
"""The path of a problem of the router itself."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that is not at hand: how an event loop gets it, and how a thread does."""

    later: Callable[[], Awaitable[object]]
    here: Callable[[], object]


Steps: TypeAlias = Generator[Wait, object, Routed]
"""The steps of one contact; they stop only where something must be waited for."""


@dataclass(slots=True)
class State:
    """What is known of one contact, or of a customer, within the pipeline.

    ``contact`` is never changed, only replaced; ``moment`` is its time, which is that of the arrival where it
    is not set before.
    """

    contact: object
    id: str
    clock: datetime
    serving: Serving
    revision: Revision
    requirements: Requirements
    problems: list[Problem]
    customer: str | None = None
    moment: datetime | None = None
    past: Past = Past.EMPTY
    facts: "dict[str, JSON] | None" = None
    rounds: int = 1


class Pipeline:
    """Takes contacts through all that a router was given: one generator for event loops and for threads."""

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
        self._by_engine: WeakKeyDictionary[Engine, Requirements] = WeakKeyDictionary()
        self._last_requirements: tuple[Engine, Requirements] | None = None

    def run(self, contact: object, now: datetime | None) -> Steps:
        """Routes one contact, from its arrival to its decision."""
        start = perf_counter()
        state = self._state(contact, now)
        try:
            for likely in state.requirements.likely_fields(contact):
                self._meters.count("routekit_unknown_fields_total", likely=likely)
            decision, decided = yield from self._decided(state)
        except Exception as error:  # a contact is decided whatever happens around it
            self._report(error)
            state.problems.append(
                Problem(FAILED, f"failed: {type(error).__name__}; decided by the contact alone")
            )
            decision, decided = state.revision.engine.decide_completed(contact, now=state.clock)
            decision = self._uncapped(state, decision)
        latency = perf_counter() - start
        result = Routed.of(
            decision,
            tuple(state.problems),
            state.id,
            latency,
            state.past,
            state.moment or state.clock,
            state.requirements.timezone,
            self._answering(state, decided),
        )
        try:
            self._log_decision(state, result, decision, decided)
        except Exception as error:  # as above
            self._report(error)
        return result

    def _answering(self, state: State, decided: object) -> Answering | None:
        """What works out what is said, later; None where the policy says nothing to anybody."""
        policy = state.revision.policy.checked
        if not policy.messages:
            return None
        return Answering(policy, _settled(decided), state.clock)

    def completed(self, records: object, now: datetime | None) -> Generator[Wait, object, State]:
        """Completes the records of a customer who does not come: as he is looked up, and his past."""
        state = self._state(records, now)
        state.moment = state.clock
        yield from self._with_customer(state)
        return state

    def _state(self, contact: object, now: datetime | None) -> State:
        serving = self._source.serving  # once: all of a decision belongs to one revision
        revision = serving.current
        requirements = self._requirements_of(revision.engine)
        clock = self.now() if now is None else requirements.instant(now)
        return State(contact, self._ids.new(), clock, serving, revision, requirements, [])

    def _uncapped(self, state: State, decision: Decision) -> Decision:
        """A decision whose claims were not made: without the offers that they are needed for."""
        caps = state.requirements.caps
        free = tuple(name for name in decision.offers if name not in caps)
        if self._keeper is None or len(free) == len(decision.offers):
            return decision
        state.problems.append(Problem("offers_shown", "are withheld, they could not be counted"))
        return replace(decision, offers=free)

    def now(self) -> datetime:
        """Returns the router's clock, in UTC."""
        return utc_now() if self._clock is None else self._clock()

    def instant(self, at: datetime) -> datetime:
        """Returns a time that a caller tells, in UTC; one without a zone is by the policy's clock."""
        return self._requirements_of(self._source.serving.current.engine).instant(at)

    def new_id(self) -> str:
        """Returns an id that nothing else has."""
        return self._ids.new()

    def _requirements_of(self, engine: Engine) -> Requirements:
        last = self._last_requirements
        if last is not None and last[0] is engine:
            return last[1]
        requirements = self._by_engine.get(engine)
        if requirements is None:
            requirements = self._by_engine[engine] = Requirements(
                engine.policy.checked, self._remember, self._within
            )
        self._last_requirements = (engine, requirements)
        return requirements

    def _with_customer(self, state: State) -> Generator[Wait, object, None]:
        if self._customers is not None:
            yield from self._look_up(self._customers, state)
        revision = state.serving.revision_of(state.contact)
        if revision is not state.revision:
            state.revision, state.requirements = revision, self._requirements_of(revision.engine)
        if self._keeper is not None:
            yield from self._recall(self._keeper, state)

    def _decided(self, state: State) -> Generator[Wait, object, tuple[Decision, object]]:
        yield from self._with_customer(state)
        decision, decided = state.revision.engine.decide_completed(state.contact, now=state.clock)
        if self._keeper is None or not decision.offers or not state.requirements.caps:
            return decision, decided
        return (yield from self._claimed(self._keeper, state, decision, decided))

    # ── the customer ──────────────────────────────────────────────────────────

    def _look_up(self, customers: Customers, state: State) -> Generator[Wait, object, None]:
        key = customers.key.of(state.contact)
        if key is None:
            return
        known = customers.at_hand(key)
        if known is None:
            answer = yield Wait(lambda: customers.find(key), lambda: customers.find_sync(key, self._loop))
            known = cast("Known", answer)
        if known.problem is not None:
            state.problems.append(Problem(customers.record, known.problem))
        if known.fields:
            names = state.requirements.fields.get(customers.record, ())
            record = filled(sent(state.contact, customers.record), names, known.fields)
            if record is not None:
                self._add_members(state, {customers.record: record})

    # ── the past ──────────────────────────────────────────────────────────────

    def _recall(self, keeper: Keeper, state: State) -> Generator[Wait, object, None]:
        key = self._key.of(state.contact)
        if key is None:
            return
        requirements = state.requirements
        customer = state.customer = str(key)
        moment = state.moment = state.moment or requirements.now(state.contact, state.clock)
        since = requirements.since(moment)
        past = keeper.past_at_hand(customer, since)
        if past is None:
            wait = Wait(lambda: keeper.past(customer, since), lambda: keeper.past_sync(customer, since))
            past = cast("Past", (yield wait))
        state.past = past
        if past.problem is not None:
            state.problems.append(Problem(HISTORY, past.problem))
        facts = state.facts = requirements.facts(state.contact)
        members: dict[str, object] = {}
        if requirements.has_history:
            values = features(requirements.history, past, facts, moment)
            record = filled(sent(state.contact, HISTORY), requirements.fields[HISTORY], values)
            if record is not None:
                members[HISTORY] = record
        if requirements.caps and past.shown and sent(state.contact, "offers_shown") is None:
            members["offers_shown"] = offers_shown(past, moment)
        if members:
            self._add_members(state, members)

    # ── capped offers ─────────────────────────────────────────────────────────

    def _claimed(
        self, keeper: Keeper, state: State, decision: Decision, decided: object
    ) -> Generator[Wait, object, tuple[Decision, object]]:
        """Claims the capped offers of a decision; others take the place of those that are used up by now."""
        caps = state.requirements.caps
        while True:
            offers = tuple((name, caps[name]) for name in decision.offers if name in caps)
            if not offers:
                return decision, decided
            granted = yield from self._granted(keeper, state, offers)
            if granted.problem is not None:
                _add(state.problems, Problem("offers_shown", granted.problem))
            refused = [name for name, _ in offers if name not in granted.offers]
            if not refused:
                return decision, decided
            showings = sum(_most(state.requirements, name) for name in refused)
            # what was granted counts for the caps over several offers, which another round would not know of
            is_settled = bool(granted.offers) and any(cap.is_shared for name in refused for cap in caps[name])
            if is_settled or state.rounds == _ROUNDS or showings > _MOST_SHOWINGS:
                left = tuple(name for name in decision.offers if name not in refused)
                return replace(decision, offers=left), decided
            state.rounds += 1
            self._add_members(state, {"offers_shown": _used_up(state, refused)})
            decision, decided = state.revision.engine.decide_completed(state.contact, now=state.clock)

    def _granted(
        self, keeper: Keeper, state: State, offers: tuple[tuple[str, tuple[Cap, ...]], ...]
    ) -> Generator[Wait, object, Granted]:
        if state.customer is None:  # whoever cannot be told from others cannot be counted
            trouble = self._key.trouble(state.contact)
            return Granted(frozenset(), f"are withheld, they cannot be counted: {trouble}")
        claim = Claim(state.id, state.customer, offers)
        granted = keeper.claim_at_hand(claim)
        if granted is None:
            granted = cast("Granted", (yield _waiting_claim(keeper, claim)))
        return granted

    # ── the decision log ─────────────────────────────────────────────────────

    def _log_decision(self, state: State, result: Routed, decision: Decision, decided: object) -> None:
        self._meters.decided(result.rule, result.queue, result.channel, result.latency)
        for problem in result.problems:
            self._meters.count("routekit_problems_total", path=problem.path.partition("[")[0])
        if self._keeper is not None and state.customer is not None:
            self._keeper.record(_touch(state, result))
        if self._log is None and state.serving.shadow is None:
            return
        decided = _settled(decided) if result.answering is None else result.answering.contact
        if self._log is not None:
            serving = state.serving
            canary = None if serving.canary is None else state.revision is serving.candidate
            rounds = state.rounds if state.rounds > 1 else None
            policy = state.revision.policy.checked
            self._log.put(
                Entry(state.id, state.clock, result.latency, result, decided, policy, rounds, canary)
            )
        if state.serving.shadow is not None:
            state.serving.observe(decided, state.clock, decision, state.id)

    def _add_members(self, state: State, members: dict[str, object]) -> None:
        contact = with_members(state.contact, state.requirements.members, members)
        if contact is not None:
            state.contact = contact

    def _report(self, error: Exception) -> None:
        self._meters.count("routekit_router_failures_total", kind=type(error).__name__)
        log_event(logging.ERROR, "routing failed", trouble=type(error).__name__)


def _waiting_claim(keeper: Keeper, claim: Claim) -> Wait:
    return Wait(lambda: keeper.claim(claim), lambda: keeper.claim_sync(claim))


def _add(problems: list[Problem], problem: Problem) -> None:
    if problem not in problems:
        problems.append(problem)


def _most(requirements: Requirements, offer: str) -> int:
    caps = requirements.caps[offer]
    return max(cap.most for cap in [cap for cap in caps if not cap.is_shared] or caps)


def _used_up(state: State, refused: Iterable[str]) -> list[object]:
    """The offers shown, with those that were refused as often as it takes to use up their caps."""
    shown = sent(state.contact, "offers_shown")
    more = [
        {"offer": name, "at": state.moment or state.clock}
        for name in refused
        for _ in range(_most(state.requirements, name))
    ]
    return [*shown, *more] if isinstance(shown, list | tuple) else list(more)


def _touch(state: State, result: Routed) -> Touch:
    facts = state.facts or {}
    return Touch(
        id=state.id,
        customer=cast("str", state.customer),
        at=cast("datetime", state.moment),
        channel=result.channel,
        queue=result.queue,
        rule=result.rule,
        inbound=state.requirements.inbound(state.contact),
        agent=result.agent,
        offers=result.offers,
        capped=tuple(name for name in result.offers if name in state.requirements.caps),
        facts=facts,
        incident=_incident(state.past, facts),
    )


def _incident(past: Past, facts: "dict[str, JSON]") -> str | None:
    """The open incident that a contact belongs to: one about something that the contact names."""
    for incident in past.incidents:
        if incident.is_open and (incident.about is None or incident.about in facts.values()):
            return incident.id
    return None


def _settled(contact: object) -> object:
    """Copies a contact, so that it stays while its caller goes on to use the records that he sent."""
    if type(contact) is not dict:
        return contact
    try:
        return {name: {**value} if type(value) is dict else value for name, value in contact.items()}
    except Exception:  # a foreign key's own comparison may raise anything
        return contact

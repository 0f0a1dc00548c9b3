"""The router: a contact in, a decision out, with all that a routing service needs around it."""

import asyncio
from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar, cast

from routekit.engine.engine import Engine
from routekit.engine.live import LiveSignals
from routekit.engine.policy import Policy
from routekit.policy.care_decision import CareDecision
from routekit.schema.times import utc_now
from routekit.service.care import CareSteps, Caring
from routekit.service.contact_events import KINDS, ContactEvent, EventKind
from routekit.service.control import Control, Follower, digest_of
from routekit.service.customers import Customers
from routekit.service.decision_log import DecisionLog, Happened
from routekit.service.health import Health, health_of
from routekit.service.history.model import JSON, Incident, Outcome
from routekit.service.history.resilient_store import Keeper
from routekit.service.history.store import HistoryStore
from routekit.service.keys import Key, KeyValue, care_key, usable
from routekit.service.loops import LoopThread
from routekit.service.pipeline import Pipeline, Steps, Wait
from routekit.service.policies import PolicySource, Revision
from routekit.service.routed_decision import Routed
from routekit.service.telemetry import Meters
from routekit.service.telemetry.exporters import Tracing

__all__ = ["Router"]

Answer = TypeVar("Answer")

_SPAN = "routekit.route"
_MONTH = timedelta(days=30)


class Done:
    """Something that is done already; awaiting it gives None at once."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


class Router:
    """Routes contacts: knows the customer, remembers, keeps caps, hears the queues, accounts for all it does.

    ``policy`` is a :class:`PolicySource`, or a policy or an engine that stays. What else is given is used,
    what is not is left out: ``customers`` looks customers up, ``history`` (a store, or a :class:`Keeper` of
    one) remembers, ``log`` writes decisions down, ``live`` is the board of live signals, ``meters`` count.
    ``key`` is the field by which the history knows customers; ``remember`` are paths of fields that are kept
    of each contact, beside those that the policy's history asks about; agents are told of contacts ``within``
    that time.

    Workers that share a history hear of each other's erasures, signals and steps of the policy, looking
    ``hears_every`` seconds; None has them go alone. ``tracing`` makes a span of each contact; ``clock`` tells
    the time in UTC, by default the machine's.

    A router takes over what it is given: :meth:`close` closes it. A source is started here, and raises where
    there is no version that can serve; in a coroutine that is left to :meth:`start`. Raises ``ValueError``
    for a key that is no path of a field.

    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice }
    ...     channel voice { assisted }
    ...     queue general { on voice }
    ...     route { otherwise queue general }
    ... ''')
    >>> with Router(policy) as router:
    ...     decision = router.route_sync({"contact": {"channel": "voice"}})
    >>> decision.queue, len(decision.id), str(decision.context)
    ('general', 36, 'No earlier contact is known.')
    """

    def __init__(
        self,
        policy: Policy | Engine | PolicySource,
        *,
        customers: Customers | None = None,
        history: HistoryStore | Keeper | None = None,
        log: DecisionLog | None = None,
        live: LiveSignals | None = None,
        meters: Meters | None = None,
        tracing: bool | Tracing = False,
        key: str = "customer.id",
        remember: Iterable[str] = ("contact.intent",),
        within: timedelta = _MONTH,
        clock: Callable[[], datetime] | None = None,
        hears_every: float | None = 1.0,
    ) -> None:
        self._source = _source_of(policy, live)
        self.live = self._source.live
        self.meters = Meters() if meters is None else meters
        self._customers = customers
        self._keeper = history if isinstance(history, Keeper) or history is None else Keeper(history)
        self._log = log
        self._key = Key.parse(key)
        self._loop = LoopThread("routekit router")
        self._pipeline = Pipeline(
            self._source,
            customers,
            self._keeper,
            log,
            self.meters,
            key=self._key,
            remember=remember,
            within=within,
            clock=clock,
            loop=self._loop,
        )
        self._caring = Caring(self._pipeline, self._key, self.meters)
        self._tracing = Tracing() if tracing is True else tracing or None
        self._is_closed = False
        self._is_ready = not isinstance(policy, PolicySource) or self._source.is_started
        if not self._is_ready and not _is_in_loop():
            self._source.start()
            self._is_ready = True
        self._control: Control | None = None
        channel = getattr(self._keeper.store, "channel", None) if self._keeper is not None else None
        if self._keeper is not None and channel is not None and hears_every is not None:
            follower = Follower(self._source, customers, self._keeper, self.live, self._key)
            self._control = Control(channel, follower.follow, hears_every)
        self._measure()

    async def start(self) -> Self:
        """Reads the first version of a policy source in a thread; nothing where that was done.

        A router that is made in a coroutine does so here, in ``async with``, or with its first contact, so
        that no event loop stands still. Raises what ``PolicySource.start`` raises.
        """
        if not self._is_ready:
            await asyncio.to_thread(self._source.start)
            self._is_ready = True
        return self

    # ── routing ───────────────────────────────────────────────────────────────

    async def route(self, contact: object, *, now: datetime | None = None) -> Routed:
        """Decides who gets what, for one contact: any value at all gets a decision.

        What could not be done, such as a look-up of the customer, is named in its ``problems``. ``now`` is
        the clock for a contact without ``contact.at``. Raises ``RuntimeError`` where the router is closed.
        """
        if not self._is_ready:
            await self.start()
        if self._tracing is None:
            return await self._route(contact, now)
        with self._tracing.span(_SPAN) as span:
            result = await self._route(contact, now)
            self._tracing.decided(span, result.id, result)
            return result

    async def _route(self, contact: object, now: datetime | None) -> Routed:
        return await _in_loop(self._steps(contact, now))

    def route_sync(self, contact: object, *, now: datetime | None = None) -> Routed:
        """As :meth:`route`, for a thread that waits. An event loop would stand still meanwhile."""
        if not self._is_ready:
            self._source.start()
            self._is_ready = True
        if self._tracing is None:
            return self._route_sync(contact, now)
        with self._tracing.span(_SPAN) as span:
            result = self._route_sync(contact, now)
            self._tracing.decided(span, result.id, result)
            return result

    def _route_sync(self, contact: object, now: datetime | None) -> Routed:
        return _in_thread(self._steps(contact, now))

    # ── whom to turn to ───────────────────────────────────────────────────────

    async def due(
        self, records: object, *, now: datetime | None = None, within: timedelta = timedelta(0)
    ) -> CareDecision:
        """Hands out the reaches that are due for a customer: calls, messages and surveys to be made now.

        ``records`` is the customer as a contact has him; what is not in them is looked up. Each reach that is
        handed out has been claimed in the history before, with its caps, so that no other call, in whichever
        process, gets it too; one that no cap of its own bounds is handed out once each time that it is due.
        Those come that may be made by now, or ``within`` that time; ``others`` say why the rest does not.
        Whoever has one makes it: it counts from now on. Nothing is due while the history cannot be asked.

        Raises ``RuntimeError`` where the router has no history, or is closed.
        """
        if not self._is_ready:
            await self.start()
        return await _in_loop(self._due(records, now, within))

    def due_sync(
        self, records: object, *, now: datetime | None = None, within: timedelta = timedelta(0)
    ) -> CareDecision:
        """As :meth:`due`, for a thread that waits."""
        if not self._is_ready:
            self._source.start()
            self._is_ready = True
        return _in_thread(self._due(records, now, within))

    def _due(self, records: object, now: datetime | None, within: timedelta) -> CareSteps:
        if self._is_closed:
            raise RuntimeError("the router is closed")
        return self._caring.run(self._remembering(), records, now, within)

    # ── what comes later ──────────────────────────────────────────────────────

    def conclude(self, id: str, *, result: str, note: str = "") -> Done:
        """Tells what became of a contact: ``resolved``, ``abandoned``, …; ``note`` is the answer given.

        It never waits, so that it may be called from anywhere; what it gives may be awaited, and need not.
        """
        at = self._pipeline.now()
        kind: EventKind = result if result in KINDS else "ended"
        self._take_note(ContactEvent(id, kind, at, note=note))
        if self._keeper is not None:
            self._keeper.conclude(id, Outcome(result, note, at))
        return Done()

    def happened(
        self,
        id: str,
        kind: EventKind,
        *,
        at: datetime | None = None,
        queue: str | None = None,
        agent: str | None = None,
        channel: str | None = None,
        score: float | None = None,
        worth: float | None = None,
        note: str = "",
    ) -> Done:
        """Tells what happened to a contact after its decision, whose id it is: ``"answered"``, ``"rated"``, …

        It goes to the history and to the decision log, in any order, also before the decision itself, and
        may be told twice: of one kind and one time ``at`` it happened once. Without ``at`` it happens now; a
        time without a zone is one of the policy's. ``score`` is what the customer gave, ``worth`` what he
        bought for; ``agent`` and ``note`` are masked in the log as free texts are.

        It never waits, so that it may be called from anywhere; what it gives may be awaited, and need not.
        Raises ``ValueError`` for a kind that there is not, or a number that is none, and ``RuntimeError``
        where the router has neither history nor log.

        >>> from routekit.service import SQLiteStore
        >>> policy = Policy.from_text('policy care record contact { channel one of voice } channel voice '
        ...     '{ assisted } queue general { on voice } route { otherwise queue general }')
        >>> with Router(policy, history=SQLiteStore(":memory:")) as router:
        ...     contact = {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}
        ...     _ = router.happened(router.route_sync(contact).id, "answered", agent="anna")
        ...     print([event.kind for event in router.route_sync(contact).context.touches[0].happened])
        ['answered']
        """
        moment = self._pipeline.now() if at is None else self._pipeline.instant(at)
        more: dict[str, object] = {"queue": queue, "agent": agent, "channel": channel}
        more |= {"score": score, "worth": worth, "note": note}
        self._take_note(ContactEvent.told(id, kind, moment, **more))
        return Done()

    def _take_note(self, event: ContactEvent) -> None:
        if self._keeper is None and self._log is None:
            self._remembering()
        if self._keeper is not None:
            self._keeper.happened(event)
        if self._log is not None:
            self._log.put(Happened(event, self._source.serving.current.policy.checked))
        self.meters.count("routekit_events_total", kind=event.kind)

    def open_incident(
        self, of: object, *, title: str = "", about: str | None = None, queue: str | None = None
    ) -> Incident:
        """Opens a matter of a customer that runs across channels until it is closed; never waits.

        ``of`` is a contact of the customer, or the value of the key. ``about`` is what contacts about it
        name, such as ``"billing"``; None where every contact of the customer is about it. Raises
        ``ValueError`` where ``of`` names no customer.
        """
        customer = self._customer(of)
        incident = Incident(self._pipeline.new_id(), customer, self._pipeline.now(), about, title, queue)
        self._remembering().open_incident(incident)
        return incident

    def close_incident(self, id: str) -> None:
        """Closes an incident; never waits."""
        self._remembering().close_incident(id, self._pipeline.now())

    async def erase(self, customer: KeyValue) -> int:
        """Forgets all of a customer, in the history and in what waits to be written there; how many things.

        Raises :class:`StoreError` where the store could not do it, so that it can be asked again.
        """
        self._forget(customer)
        erased = 0
        for name in self._names_of(customer):
            erased += 0 if self._keeper is None else await self._keeper.erase(name)
        self._tell("erase", customer=digest_of(str(customer)))
        return erased

    def erase_sync(self, customer: KeyValue) -> int:
        """As :meth:`erase`, for a thread that waits."""
        self._forget(customer)
        erased = 0
        for name in self._names_of(customer):
            erased += 0 if self._keeper is None else self._keeper.erase_sync(name)
        self._tell("erase", customer=digest_of(str(customer)))
        return erased

    # ── for all workers ───────────────────────────────────────────────────────

    def invalidate(self, customer: KeyValue | None = None) -> None:
        """Has a customer looked up anew, or all of them; by the other workers too, within moments."""
        if self._customers is not None:
            self._customers.clear() if customer is None else self._customers.forget(str(customer))
        self._tell("invalidate", customer=None if customer is None else digest_of(str(customer)))

    def signal(self, queue: str, **signals: "float | str | bool | timedelta | None") -> None:
        """Tells live signals of a queue, as ``live.update`` does; to the other workers too."""
        self.live.update(queue, **signals)
        plain: dict[str, JSON] = {
            name: f"{value.total_seconds():f}s" if isinstance(value, timedelta) else value
            for name, value in signals.items()
        }
        self._tell("signal", queue=queue, signals=plain)

    def switch(
        self,
        name: str,
        on: bool = True,
        /,
        *,
        until: datetime | timedelta | None = None,
        who: str | None = None,
        why: str | None = None,
    ) -> None:
        """Turns a switch of the policy on or off, as ``live.switch`` does; for the other workers too."""
        self.live.switch(name, on, until=until, who=who, why=why)
        end = utc_now() + until if isinstance(until, timedelta) else until
        told = None if end is None else end.astimezone(UTC).isoformat()
        self._tell("switch", name=name, on=on, until=told, who=who, why=why)

    def rollback(self, serial: int | None = None) -> Revision:
        """Goes back to an earlier revision of the policy, as ``policy.rollback`` does; all workers do."""
        return self._step("rollback", self._source.rollback(serial))

    def promote(self) -> Revision:
        """Has the candidate serve everybody, as ``policy.promote`` does; by all workers."""
        return self._step("promote", self._source.promote())

    def withdraw(self) -> Revision:
        """Takes the candidate back, as ``policy.withdraw`` does; all workers do."""
        return self._step("withdraw", self._source.withdraw())

    def _step(self, step: str, revision: Revision) -> Revision:
        self._tell(step, fingerprint=revision.fingerprint)
        return revision

    def _tell(self, kind: str, **facts: JSON) -> None:
        if self._control is not None:
            self._control.tell(kind, **facts)

    @property
    def history(self) -> Keeper | None:
        """What keeps the history, where there is one: to ask it for more than a router does."""
        return self._keeper

    @property
    def policy(self) -> PolicySource:
        """Where the policy comes from: to roll it back, or to promote a candidate."""
        return self._source

    # ── how it is, and its end ────────────────────────────────────────────────

    def status(self) -> dict[str, object]:
        """Tells how all parts are, as JSON takes it; no personal data stands in it."""
        return {
            "is_closed": self._is_closed,
            "policy": self._source.status(),
            "customers": None if self._customers is None else self._customers.status(),
            "history": None if self._keeper is None else self._keeper.status(),
            "log": None if self._log is None else self._log.status(),
            "live": self.live.status(),
            "control": None if self._control is None else self._control.status(),
        }

    def health(self) -> Health:
        """Checks whether contacts are routed, and what is wrong around that, for a probe."""
        return health_of(self.status())

    def close(self) -> None:
        """Writes what is waiting, then ends all threads; further contacts are refused."""
        if self._is_closed:
            return
        self._is_closed = True
        self._source.close()
        if self._control is not None:
            self._control.close()
        if self._keeper is not None:
            self._keeper.close()
        if self._log is not None:
            self._log.close()
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        try:
            return await self.start()
        except BaseException:
            await asyncio.to_thread(self.close)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def _customer(self, of: object) -> str:
        key = usable(of)
        found = self._key.of(of) if key is None else key
        if found is None:
            raise ValueError(
                f"no customer is named: give the value of `{self._key}`, or a contact that has it"
            )
        return str(found)

    def _names_of(self, customer: KeyValue) -> tuple[str, str]:
        """What a history knows a customer by: who came, and whom the company turned to."""
        name = self._customer(customer)
        return name, care_key(name)

    def _forget(self, customer: KeyValue) -> None:
        if self._customers is None:
            return
        if self._customers.key != self._key:  # it is known there by something else
            self._customers.clear()
        else:
            self._customers.forget(str(customer))

    def _remembering(self) -> Keeper:
        if self._keeper is None:
            raise RuntimeError(
                "the router has no history: give it one, `Router(…, history=SQLiteStore(path))`"
            )
        return self._keeper

    def _steps(self, contact: object, now: datetime | None) -> Steps:
        if self._is_closed:
            raise RuntimeError("the router is closed")
        return self._pipeline.run(contact, now)

    def _measure(self) -> None:
        meters = self.meters
        meters.gauge("routekit_live_age_seconds", self.live.oldest)
        self._source.measure(meters)
        if self._keeper is not None:
            self._keeper.measure(meters)
        if self._customers is not None:
            self._customers.measure(meters)
        if self._log is not None:
            self._log.measure(meters)


async def _in_loop(steps: Generator[Wait, object, Answer]) -> Answer:
    """Takes steps to their end, waiting as an event loop does."""
    try:
        wait = next(steps)
        while True:
            try:
                answer = await wait.later()
            except Exception as error:
                wait = steps.throw(error)
            else:
                wait = steps.send(answer)
    except StopIteration as end:
        return cast("Answer", end.value)


def _in_thread(steps: Generator[Wait, object, Answer]) -> Answer:
    """Takes steps to their end, in a thread that waits."""
    try:
        wait = next(steps)
        while True:
            try:
                answer = wait.here()
            except Exception as error:
                wait = steps.throw(error)
            else:
                wait = steps.send(answer)
    except StopIteration as end:
        return cast("Answer", end.value)


def _source_of(policy: Policy | Engine | PolicySource, live: LiveSignals | None) -> PolicySource:
    if isinstance(policy, Policy):
        policy = Engine(policy, live=live)
    source = policy if isinstance(policy, PolicySource) else PolicySource.fixed(policy)
    if live is not None and source.live is not live:
        raise ValueError("give the board to the one who makes the engines: `PolicySource(…, live=board)`")
    return source


def _is_in_loop() -> bool:
    """Whether an event loop waits for what is done here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True

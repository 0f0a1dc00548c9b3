"""The router: a contact in, a decision out, with all that a routing service needs around it."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, cast

from routekit.engine.engine import Engine
from routekit.engine.live import LiveSignals
from routekit.engine.policy import Policy
from routekit.service.account import DecisionLog
from routekit.service.course import Course
from routekit.service.customers import Customers
from routekit.service.history.keeper import Keeper
from routekit.service.history.model import Outcome
from routekit.service.history.store import HistoryStore
from routekit.service.keys import Key
from routekit.service.loops import LoopThread
from routekit.service.policies import PolicySource
from routekit.service.routed import Routed
from routekit.service.telemetry import Meters

__all__ = ["Router"]

_MONTH = timedelta(days=30)


class Router:
    """Routes contacts: knows the customer, remembers, keeps caps, hears the queues, accounts for each decision.

    ``policy`` is a :class:`PolicySource`, or a policy or an engine that stays. What else is given is used,
    what is not is left out: ``customers`` looks customers up, ``history`` (a store, or a :class:`Keeper` of
    one) remembers, ``log`` writes decisions down, ``live`` is the board of live signals, ``meters`` count.
    ``key`` is the field by which the history knows customers; ``remember`` are paths of fields that are kept
    of each contact, beside those that the policy's history asks about; agents are told of contacts ``within``
    that time.

    A router takes over what it is given: :meth:`close` closes it.
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
        key: str = "customer.id",
        remember: Iterable[str] = ("contact.intent",),
        within: timedelta = _MONTH,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._source = _source_of(policy, live)
        self.live = self._source.serving.current.engine.live
        self.meters = Meters() if meters is None else meters
        self._customers = customers
        self._keeper = history if isinstance(history, Keeper) or history is None else Keeper(history)
        self._log = log
        self._loop = LoopThread("routekit router")
        self._course = Course(
            self._source,
            customers,
            self._keeper,
            log,
            self.meters,
            key=Key.parse(key),
            remember=remember,
            within=within,
            clock=clock,
            loop=self._loop,
        )
        self._is_closed = False
        if log is not None:
            log.measure(self.meters)

    # ── routing ───────────────────────────────────────────────────────────────

    async def route(self, contact: object, *, now: datetime | None = None) -> Routed:
        """Who gets what, for one contact: any value at all gets a decision.

        What could not be done, such as a look-up of the customer, is named in its ``problems``. ``now`` is
        the clock for a contact without ``contact.at``. Raises ``RuntimeError`` where the router is closed.
        """
        self._check_open()
        steps = self._course.run(contact, now)
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
            return cast("Routed", end.value)

    def route_sync(self, contact: object, *, now: datetime | None = None) -> Routed:
        """As :meth:`route`, for a thread that waits. An event loop would stand still meanwhile."""
        self._check_open()
        steps = self._course.run(contact, now)
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
            return cast("Routed", end.value)

    # ── what comes later ──────────────────────────────────────────────────────

    async def conclude(self, id: str, *, result: str, note: str = "") -> None:
        """Tells what became of a contact: ``resolved``, ``abandoned``, …; ``note`` is the answer given."""
        self.conclude_sync(id, result=result, note=note)

    def conclude_sync(self, id: str, *, result: str, note: str = "") -> None:
        """As :meth:`conclude`; neither waits."""
        self._remembering().conclude(id, Outcome(result, note, self._course.now()))

    # ── how it is, and its end ────────────────────────────────────────────────

    def status(self) -> dict[str, object]:
        """How all parts are, as JSON takes it; no personal data stands in it."""
        return {
            "is_closed": self._is_closed,
            "policy": self._source.status(),
            "customers": None if self._customers is None else self._customers.status(),
            "history": None if self._keeper is None else self._keeper.status(),
            "log": None if self._log is None else self._log.status(),
            "live": self.live.status(),
        }

    def close(self) -> None:
        """Writes what is waiting, then ends all threads; further contacts are refused."""
        if self._is_closed:
            return
        self._is_closed = True
        self._source.close()
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
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def _remembering(self) -> Keeper:
        if self._keeper is None:
            raise RuntimeError(
                "the router has no history: give it one, `Router(…, history=SQLiteStore(path))`"
            )
        return self._keeper

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("the router is closed")


def _source_of(policy: Policy | Engine | PolicySource, live: LiveSignals | None) -> PolicySource:
    if isinstance(policy, Policy):
        policy = Engine(policy, live=live)
    source = policy.start() if isinstance(policy, PolicySource) else PolicySource.fixed(policy)
    if live is not None and source.serving.current.engine.live is not live:
        raise ValueError("give the board to the one who makes the engines: `PolicySource(…, live=board)`")
    return source

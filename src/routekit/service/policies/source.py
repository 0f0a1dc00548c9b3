"""Where a routing service has its policy from: read, checked, tried, then swapped in by one reference."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Thread, current_thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from routekit.engine.engine import Engine
from routekit.engine.forks import anew_after_fork
from routekit.engine.live import LiveSignals
from routekit.engine.log import log
from routekit.engine.policy import Policy
from routekit.schema.times import utc_now
from routekit.service.policies.acceptance import Acceptance, Review
from routekit.service.policies.address import Access, Address, address_of
from routekit.service.policies.deployment import Deployment
from routekit.service.policies.events import JSON, Events, OnEvent, PolicyRefused, SourceUnreachable
from routekit.service.policies.intake import Intake
from routekit.service.policies.last_good import AcceptedRevisions, LastGood
from routekit.service.policies.revision import Revision, Rollout, Serving
from routekit.service.policies.signature import Signature
from routekit.service.telemetry import Meters

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["PolicySource"]

_RESULTS = {
    "accepted": ("swapped", "candidate"),
    **{name: (name,) for name in ("refused", "unreachable", "promoted", "withdrawn", "rolled_back")},
}
"""What becomes of versions, and the events that say so."""

_LOOK_AT_LEAST_EVERY = 30.0
_REST = 1.0
"""Seconds before the thread goes on after a failure of its own."""

_LONGEST_CLOSE = 5.0


class PolicySource:
    """A policy that may change while it serves.

    ``address`` is a file or a folder, ``redis://host/0?key=…``, ``http://…`` or ``https://…``. A new version
    is read, verified by the ``signature``, checked and examined (:class:`Acceptance`) in a thread of the
    source, then rolled out (:class:`Rollout`). One that is refused changes nothing and is reported: in
    :meth:`status`, in the log, and to ``on_event``, which is told each event by its name, with its facts.

    ``poll`` is the seconds between two looks, by default 1 for files (which watchfiles tells of at once), 2
    for Redis, 10 for HTTP; files are read once nothing has changed for ``settle`` seconds; an answer of a
    server is waited for ``deadline`` seconds. The last ``keep`` revisions can be gone back to. ``records``
    are pydantic models, as :meth:`Policy.from_path` takes them; ``live`` is the board of live signals that
    all revisions read. ``last_good`` is a file in which what serves is kept, with what a rollback has left
    behind: a process that starts goes on from there, also while the address is gone. A server of HTTP is
    sent ``token`` as ``Authorization: Bearer …``, and ``headers``; ``ca_file`` holds the certificates that
    one of HTTPS is known by. Raises ``ValueError`` for an address, or a way to it, that cannot be.

    >>> with PolicySource("rules/telecom.route") as source:
    ...     serving = source.serving
    ...     revision = serving.revision_for("c-1")
    ...     revision.engine.decide({"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}).queue
    'general'
    """

    _other: "PolicySource | None" = None
    """The source of another policy that decides beside this one's."""
    _last_good: LastGood | None = None

    def __init__(
        self,
        address: str | Path,
        *,
        acceptance: Acceptance = Acceptance(),  # noqa: B008 - frozen
        signature: Signature | None = None,
        rollout: Rollout = Rollout(),  # noqa: B008 - frozen
        poll: float | None = None,
        settle: float = 0.05,
        deadline: float = 5.0,
        keep: int = 5,
        records: "Mapping[str, type[BaseModel]] | None" = None,
        live: LiveSignals | None = None,
        last_good: str | Path | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        ca_file: str | Path | None = None,
        on_event: OnEvent | None = None,
    ) -> None:
        self.live = LiveSignals() if live is None else live
        self._review = Review(acceptance, signature, records, self.live)
        access = Access(poll, settle, deadline, token, headers, ca_file)
        self._last_good = None if last_good is None else LastGood(Path(last_good))
        self._prepare(address_of(address, access), rollout, keep)
        if on_event is not None:
            self.subscribe(on_event)
        if not isinstance(rollout.shadow, bool):
            self._other = PolicySource(
                rollout.shadow, acceptance=acceptance, records=records, live=self.live, settle=settle
            )
            self._other.subscribe(self._follow)

    def _prepare(self, address: Address | None, rollout: Rollout, keep: int) -> None:
        self._address = address
        self.address = "a policy that stays" if address is None else address.name
        self._events = Events(self.address)
        self._accepted = AcceptedRevisions()
        self._deployment = Deployment(rollout, keep, self._events, self._accepted)
        self._thread: Thread | None = None
        self._ended = Event()
        self._poked = Event()
        self._intake: Intake | None = None
        if address is not None:
            parts = (self._review, self._deployment, self._accepted, self._events, self._last_good)
            self._intake = Intake(address, *parts, self._ended)

    @classmethod
    def fixed(cls, policy: Policy | Engine, *, live: LiveSignals | None = None) -> "PolicySource":
        """Returns a source of one policy that stays.

        >>> source = PolicySource.fixed(Policy.from_path("rules/telecom.route"))
        >>> source.serving.current.policy.name, source.refresh()
        ('telecom_care', False)
        """
        source = cls.__new__(cls)
        engine = policy if isinstance(policy, Engine) else Engine(policy, live=live)
        source.live = engine.live
        source._review = Review(Acceptance(), None, None, source.live)
        source._prepare(None, Rollout(), 0)
        read = engine.policy
        revision = Revision(engine, read, 1, read.revision, source.address, utc_now())
        source._deployment.take(revision, at_once=True)
        return source

    @property
    def serving(self) -> Serving:
        """The revisions that serve now. Raises ``RuntimeError`` where the source was not started."""
        serving = self._deployment.serving
        if serving is None:
            raise RuntimeError("the policy source was not started: call `start()`, or use it in a `with`")
        return serving

    @property
    def is_started(self) -> bool:
        """Whether there is a version that serves."""
        return self._deployment.serving is not None

    # ── what its owner may do ─────────────────────────────────────────────────

    def start(self) -> Self:
        """Reads the first version and begins to watch; nothing where that was done.

        Raises :class:`PolicyRefused` for a version that must not serve, :class:`SourceUnreachable` where
        there is none to be had.
        """
        if self._intake is None:
            return self
        if self._ended.is_set():
            raise RuntimeError("the policy source is closed")
        if self._thread is not None:
            return self
        self._intake.restore()
        self._intake.look(again=True)
        if self._deployment.serving is None:
            if self._intake.refusal is not None:
                raise self._intake.refusal.error
            raise SourceUnreachable(self._intake.trouble)
        self._watch()
        return self

    def close(self) -> None:
        """Ends the threads and what they wait for; the last version goes on serving."""
        self._ended.set()
        self._poked.set()
        if self._address is not None:
            self._address.close()
        self._review.close()
        if self._other is not None:
            self._other.close()
        self._deployment.close()
        if self._thread is not None and self._thread is not current_thread():
            self._thread.join(_LONGEST_CLOSE)

    def refresh(self) -> bool:
        """Looks for a new version now, also again at one that was refused; whether another one serves."""
        before = self._deployment.serving
        if self._intake is not None and not self._ended.is_set():
            self._intake.look(again=True)
            self._review.look_at_guarantees(self._intake.tell_broken)
        return self._deployment.serving is not before

    def rollback(self, serial: int | None = None) -> Revision:
        """Goes back to the revision that served before, or to one of the last by its number.

        It stays until a version comes that is newer than the one rolled back from. Raises ``ValueError``
        where there is no such revision any more.
        """
        return self._deployment.rollback(serial)

    def promote(self) -> Revision:
        """Has the candidate serve everybody; raises ``ValueError`` where there is none."""
        return self._deployment.promote()

    def withdraw(self) -> Revision:
        """Takes the candidate back for good; raises ``ValueError`` where there is none."""
        return self._deployment.withdraw()

    def follow(self, step: str, fingerprint: str) -> None:
        """Takes a step (``rollback``, ``promote``, ``withdraw``) that another worker of the service took.

        Raises ``ValueError`` where the version of that fingerprint is not at hand for it.
        """
        self._deployment.follow(step, fingerprint)

    def subscribe(self, on_event: OnEvent) -> Callable[[], None]:
        """Has a function told of each event; what is returned ends that.

        Events are ``swapped``, ``candidate``, ``promoted``, ``withdrawn``, ``rolled_back``, ``refused``,
        ``broken`` (a guarantee), ``unreachable``, ``reachable``, ``differs`` (the shadow), ``restored`` and
        ``unrestored`` (the last good one), ``failed`` (the source itself). They come in threads of the
        source: what takes long there holds new versions up.
        """
        return self._events.subscribe(on_event)

    def status(self) -> dict[str, JSON]:
        """Tells what serves, what was refused and why, as JSON has it."""
        address, thread, intake = self._address, self._thread, self._intake
        refusal, trouble, look = (
            (None, None, None) if intake is None else (intake.refusal, intake.trouble, intake.last_look)
        )
        is_watching = address is not None and thread is not None and thread.is_alive()
        report = self._review.report
        return {
            "address": self.address,
            **self._deployment.status(),
            "refused": None if refusal is None else refusal.to_dict(),
            "report": None if report is None else report.to_dict(),
            "reachable": trouble is None,
            "trouble": trouble,
            "watching": address.watching if address is not None and is_watching else None,
            "last_look": None if look is None else look.isoformat(timespec="milliseconds"),
            "events": {**self._events.counts},
            "last_good": None if self._last_good is None else self._last_good.status(),
            "other": None if self._other is None else self._other.status(),
        }

    def measure(self, meters: Meters) -> None:
        """Shows what came of the versions that were read, and what a shadow saw, among other figures."""
        for result, events in _RESULTS.items():
            meters.gauge("routekit_policy_reloads_total", partial(self._events.count, events), result=result)
        for result in ("decided", "different", "dropped", "failed"):
            meters.gauge("routekit_shadow_total", partial(self._deployment.shadowed, result), result=result)
        meters.gauge("routekit_policy_serial", lambda: self.serving.current.serial)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── watching ──────────────────────────────────────────────────────────────

    def begin_anew(self) -> None:
        """Starts over in a forked child, which has no threads but one: locks and threads of its own."""
        self._poked = Event()
        if self._intake is not None:
            self._intake.begin_anew()
        self._review.begin_anew()
        self._deployment.begin_anew()
        if self._thread is not None and not self._ended.is_set():
            self._watch()

    def _watch(self) -> None:
        anew_after_fork(self)
        if self._other is not None:
            self._other._begin()
        self._thread = Thread(target=self._run, name="routekit policy", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        assert self._address is not None
        assert self._intake is not None
        while not self._ended.is_set():
            try:
                self._review.look_at_guarantees(self._intake.tell_broken)
                left = self._deployment.seconds_left()
                self._address.wait(self._poked, _LOOK_AT_LEAST_EVERY if left is None else left)
                self._poked.clear()
                if self._ended.is_set():
                    return
                self._deployment.promote_in_time()
                self._intake.look(again=False)
            except Exception as error:
                self._events.tell("failed", error=type(error).__name__)
                log(logging.ERROR, "policy source failed", exc_info=True)
                self._ended.wait(_REST)

    def _begin(self) -> None:
        """Begins to watch, whatever is there now."""
        with suppress(PolicyRefused, OSError):
            self.start()
        if self._thread is None:
            self._watch()

    def _follow(self, _event: str, _facts: Mapping[str, JSON]) -> None:
        serving = None if self._other is None else self._other._deployment.serving
        if serving is not None:
            self._deployment.compare_with(serving.current)

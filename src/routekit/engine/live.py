"""Live signals: how full the queues are, told by a service as it changes, each with its age."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf, nan
from threading import Lock
from time import monotonic
from typing import Protocol
from weakref import WeakSet

from routekit.engine.forks import anew_after_fork
from routekit.engine.log import WARNING, log
from routekit.intake.contact import filled, with_members
from routekit.policy.decision import Decision, Problem
from routekit.policy.model import SWITCH, CheckedPolicy
from routekit.schema.times import format_duration, utc_now

__all__ = ["LiveSignals", "LiveView", "QueueSignals", "with_stale"]

_USUAL_AGE = timedelta(seconds=60)
_MOST_QUEUES = 10_000
_MOST_SIGNALS = 100
"""Of a queue. What is more is refused and counted: a feed gone wild must not fill the memory."""

_MOST_NAMED = 100
"""Names in a list of the status."""


@dataclass(frozen=True, slots=True)
class QueueSignals:
    """What was told of one queue: the values as they came, when each did, and until when all are believed."""

    values: Mapping[str, object]
    at: Mapping[str, float]
    until: float


_NOTHING = QueueSignals({}, {}, inf)


class Subscriber(Protocol):
    """Who reads a board for one policy."""

    def knows(self, queue: str, signal: str) -> bool:
        """Checks whether the policy declares a signal."""

    def has_switch(self, name: str) -> bool:
        """Checks whether the policy declares a switch."""

    def wake(self) -> None:
        """Learns that something was told."""


class LiveSignals:
    """What is known of the queues at this moment; updated from any thread, read by any number of engines.

    ``max_age`` is how long a signal is believed: for all of them, or by a signal's name, where those that
    are not named have the usual 60 seconds; None is for ever. An older one counts as missing, so it takes
    its default, and is named in the ``problems`` of decisions. Ages are taken from a clock that nobody
    sets. Raises ``ValueError`` for an age that is not above zero.

    >>> board = LiveSignals(max_age={"waiting": timedelta(seconds=10), "longest_wait": None})
    >>> board.update("general", waiting=12, longest_wait="3m")
    >>> board.status()["signals"]
    2
    """

    def __init__(
        self,
        *,
        max_age: timedelta | Mapping[str, timedelta | None] | None = _USUAL_AGE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ages = {**max_age} if isinstance(max_age, Mapping) else {}
        self._age = _USUAL_AGE if isinstance(max_age, Mapping) else max_age
        if any(age is not None and age <= timedelta(0) for age in (self._age, *self._ages.values())):
            raise ValueError("`max_age` must be longer than nothing")
        self.clock = clock
        self.version = 0
        """Goes up with each update: what was made from an older one is made anew."""
        self._queues: dict[str, QueueSignals] = {}
        self._switches: Mapping[str, float] = {}
        self._readers: WeakSet[Subscriber] = WeakSet()
        self._seen_names: set[tuple[str, str]] = set()
        self._refused = 0
        self._lock = Lock()
        anew_after_fork(self)

    def update(self, queue: str, /, **signals: object) -> None:
        """Tells signals of a queue; those that are not named stay as they are.

        A value is read as that of any contact is: a bad one is named in the decisions' ``problems``. None
        takes a signal away. Queues and signals that no policy knows do no harm: they are logged once, and
        named in the :meth:`status`. Raises ``TypeError`` where the queue is not named by a text.
        """
        if type(queue) is not str:
            raise TypeError("a queue is named by a text")
        now = self.clock()
        with self._lock:
            told = self._queues.get(queue, _NOTHING)
            values, at = {**told.values, **signals}, {**told.at, **dict.fromkeys(signals, now)}
            is_full = queue not in self._queues and len(self._queues) >= _MOST_QUEUES
            is_refused = is_full or len(values) > _MOST_SIGNALS
            if is_refused:
                self._refused += 1
            else:
                self._queues[queue] = QueueSignals(
                    values, at, min(map(self.until, at, at.values()), default=inf)
                )
                self.version += 1
            is_first_refusal = is_refused and self._refused == 1
        if is_first_refusal:
            log(WARNING, "live signals refused", queues=_MOST_QUEUES, signals_of_a_queue=_MOST_SIGNALS)
        if not is_refused:
            self._announce(queue, signals)

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
        """Turns a switch of the policy on, or off; on, until an instant or for a time where that is given.

        A contact that says itself whether a switch is on is decided by that. It is logged, with ``who`` did
        it and ``why`` where that is told. A switch that no policy knows does no harm: that is logged, and it
        is kept for a policy that comes to know it. Raises ``TypeError`` where it is not named by a text or
        ``on`` is no truth, ``ValueError`` for an ``until`` without an offset.

        >>> board = LiveSignals()
        >>> board.switch("storm", True, until=timedelta(hours=2), who="ops", why="outage in the north")
        >>> board.status()["switches"]
        ['storm']
        """
        if type(name) is not str or type(on) is not bool:
            raise TypeError("a switch is named by a text, and turned on or off by True or False")
        left = None if until is None else until if isinstance(until, timedelta) else _time_until(until)
        end = inf if left is None else self.clock() + left.total_seconds()
        with self._lock:
            others = {other: at for other, at in self._switches.items() if other != name}
            self._switches = {**others, name: end} if on else others
            self.version += 1
            readers = [*self._readers]
        for reader in readers:
            reader.wake()
        facts = {"switch": name, "until": until, "who": who, "why": why}
        is_known = not readers or any(reader.has_switch(name) for reader in readers)
        event = f"switch turned {'on' if on else 'off'}"
        log(WARNING, event if is_known else f"{event} that the policy does not know", **_told(facts))

    def switched_on(self) -> Mapping[str, float]:
        """Returns the switches that were turned on, each with the instant until when it is."""
        return self._switches

    def max_age(self, signal: str) -> timedelta | None:
        """Returns how long a signal is believed."""
        return self._ages.get(signal, self._age)

    def status(self) -> dict[str, object]:
        """Returns how the board is, as JSON takes it; no value stands in it.

        ``switches`` are those that are on. ``queues`` and ``signals`` are counts, and so are the ``updates``
        since the start and those that were ``refused`` since the board was full. ``oldest`` is the age in
        seconds of what was told longest ago.
        ``stale`` and ``unknown`` name the signals that are too old and those that no policy knows, a hundred
        at most; ``stale_count`` and ``unknown_count`` tell how many there are.
        """
        now = self.clock()
        with self._lock:
            queues, readers = {**self._queues}, [*self._readers]
            refused, updates, switches = self._refused, self.version, self._switches
        told = [
            (queue, name, at)
            for queue, known in sorted(queues.items())
            for name, at in sorted(known.at.items())
            if known.values[name] is not None
        ]
        stale = [f"{queue}.{name}" for queue, name, at in told if self.until(name, at) <= now]
        unknown = [f"{queue}.{name}" for queue, name, _ in told if not _is_known(readers, queue, name)]
        return {
            "queues": len(queues),
            "signals": len(told),
            "updates": updates,
            "refused": refused,
            "switches": sorted(name for name, end in switches.items() if end > now),
            "oldest": round(max(now - at for _, _, at in told), 3) if told else None,
            "stale": stale[:_MOST_NAMED],
            "stale_count": len(stale),
            "unknown": unknown[:_MOST_NAMED],
            "unknown_count": len(unknown),
        }

    def oldest(self) -> float:
        """Returns the age in seconds of what was told longest ago; not a number where nothing was."""
        with self._lock:
            queues = [*self._queues.values()]
        at = [min(told.at.values()) for told in queues if told.at]
        return self.clock() - min(at) if at else nan

    def attach(self, reader: Subscriber) -> None:
        """Takes in one more reader."""
        with self._lock:
            self._readers.add(reader)
            self._seen_names.clear()
            is_told = self.version > 0
        if is_told:
            reader.wake()

    def told(self, queue: str) -> QueueSignals:
        """Returns what was told of a queue."""
        return self._queues.get(queue, _NOTHING)

    def begin_anew(self) -> None:
        """Starts over in a forked process, where a thread that is not there may hold the lock."""
        self._lock = Lock()

    def until(self, signal: str, at: float) -> float:
        """Tells up to which instant a signal is believed that was told at one."""
        age = self.max_age(signal)
        return inf if age is None else at + age.total_seconds()

    def _announce(self, queue: str, signals: Mapping[str, object]) -> None:
        """Wakes the readers, and logs names that none of them knows, each once."""
        with self._lock:
            readers = [*self._readers]
            news = [name for name in signals if (queue, name) not in self._seen_names]
            self._seen_names.update((queue, name) for name in news)
        for reader in readers:
            reader.wake()
        unknown = [f"{queue}.{name}" for name in news if not _is_known(readers, queue, name)]
        if unknown:
            log(WARNING, "live signals that the policy does not know", signals=unknown)


def _is_known(readers: list[Subscriber], queue: str, signal: str) -> bool:
    return not readers or any(reader.knows(queue, signal) for reader in readers)


def _time_until(moment: datetime) -> timedelta:
    if moment.tzinfo is None:
        raise ValueError("`until` needs an offset from UTC, or is a duration from now")
    return moment - utc_now()


def _told(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: str(fact) for name, fact in facts.items() if fact is not None}


# ── as a policy sees them ──────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What there is to see until the board changes, or a signal of it becomes too old."""

    version: int
    until: float
    live: Mapping[str, object]
    switches: Mapping[str, object]
    stale: Mapping[str, tuple[Problem, ...]]


class LiveView:
    """What one policy sees of a board; ``on_first`` is called once there is something to see."""

    def __init__(self, policy: CheckedPolicy, board: LiveSignals, on_first: Callable[[], None]) -> None:
        self._board = board
        self._on_first: Callable[[], None] | None = on_first
        self._signals = frozenset(field.name for field in policy.live)
        self._queues = tuple(policy.queues) if policy.live else ()
        self._members = (*(record.name for record in policy.records), "live", "offers_shown")
        self._switches = frozenset(switch.name for switch in policy.switches)
        self._seen = _Snapshot(0, inf, {}, {}, {})
        board.attach(self)

    def knows(self, queue: str, signal: str) -> bool:
        """Checks whether the policy declares a signal."""
        return signal in self._signals and queue in self._queues

    def has_switch(self, name: str) -> bool:
        """Checks whether the policy declares a switch."""
        return name in self._switches

    def wake(self) -> None:
        """Learns that the board was told something."""
        if self._on_first is not None and (self._queues or self._switches):
            self._on_first()
            self._on_first = None

    def complete(self, contact: object) -> tuple[object, tuple[Problem, ...]]:
        """Adds the signals of queues, and the switches, of which a contact tells nothing.

        Names the signals that are too old.
        """
        seen = self._seen
        if seen.version != self._board.version or seen.until <= self._board.clock():
            seen = self._seen = self._look()
        if not (seen.live or seen.stale or seen.switches):
            return contact, ()
        try:
            own = dict.get(contact, "live")  # type: ignore[call-overload]
            own_switches = dict.get(contact, SWITCH)  # type: ignore[call-overload]
        except Exception:  # no object, or one with a key that cannot be compared
            return contact, ()
        members: dict[str, object] = {}
        switches = filled(own_switches, self._switches, seen.switches) if seen.switches else None
        if switches is not None:
            members[SWITCH] = switches
        live = seen.live if own is None else filled(own, self._queues, seen.live)
        if live is not None and (seen.live or seen.stale):
            members["live"] = live
        completed = with_members(contact, self._members, members) if members else None
        if completed is None or live is None:
            return completed or contact, ()
        stale = (problems for queue, problems in seen.stale.items() if live.get(queue) is seen.live[queue])
        return completed, tuple(problem for problems in stale for problem in problems)

    def _look(self) -> _Snapshot:
        board = self._board
        version, now = board.version, board.clock()
        ends_of = {name: end for name, end in board.switched_on().items() if name in self._switches}
        switches = {name: True for name, end in ends_of.items() if end > now}
        until = min((ends_of[name] for name in switches), default=inf)
        live: dict[str, object] = {}
        stale: dict[str, tuple[Problem, ...]] = {}
        for queue in self._queues:
            told = board.told(queue)
            if told.until > now:
                until = min(until, told.until)
                if told.values:
                    live[queue] = told.values
                continue
            ends = {name: board.until(name, at) for name, at in told.at.items()}
            live[queue] = {name: told.values[name] for name, end in ends.items() if end > now}
            until = min((until, *(end for end in ends.values() if end > now)))
            stale[queue] = tuple(
                Problem(f"live.{queue}.{name}", f"is older than {format_duration(age)}")
                for name, end in ends.items()
                if end <= now and name in self._signals and told.values[name] is not None
                if (age := board.max_age(name)) is not None
            )
        return _Snapshot(version, until, live, switches, stale)


def with_stale(decision: Decision, stale: tuple[Problem, ...]) -> Decision:
    """Returns a decision that names the signals which were too old, and of these nothing else."""
    if not stale:
        return decision
    paths = {problem.path for problem in stale}
    others = [problem for problem in decision.problems if problem.path not in paths]
    return replace(decision, problems=(*others, *stale))

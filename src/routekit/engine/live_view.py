"""A board of live signals as one policy sees it, put into its contacts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf

from routekit.engine.live import LiveSignals
from routekit.intake.merging import filled, with_members
from routekit.policy.decision import Decision, Problem
from routekit.policy.model import CheckedPolicy
from routekit.schema.times import format_duration

__all__ = ["LiveView", "with_stale"]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is to see until the board changes, or a signal of it becomes too old."""

    version: int
    until: float
    live: Mapping[str, object]
    stale: Mapping[str, tuple[Problem, ...]]


class LiveView:
    """What one policy sees of a board; ``on_first`` is called once there is something to see."""

    def __init__(self, policy: CheckedPolicy, board: LiveSignals, on_first: Callable[[], None]) -> None:
        self._board = board
        self._on_first: Callable[[], None] | None = on_first
        self._signals = frozenset(field.name for field in policy.live)
        self._queues = tuple(policy.queues) if policy.live else ()
        self._members = (*(record.name for record in policy.records), "live", "offers_shown")
        self._seen = _Seen(0, inf, {}, {})
        board.attach(self)

    def knows(self, queue: str, signal: str) -> bool:
        """Whether the policy declares a signal."""
        return signal in self._signals and queue in self._queues

    def wake(self) -> None:
        """The board was told something."""
        if self._on_first is not None and self._queues:
            self._on_first()
            self._on_first = None

    def complete(self, contact: object) -> tuple[object, tuple[Problem, ...]]:
        """A contact with the signals of the queues of which it tells nothing, and those that are too old."""
        seen = self._seen
        if seen.version != self._board.version or seen.until <= self._board.clock():
            seen = self._seen = self._look()
        if not (seen.live or seen.stale):
            return contact, ()
        try:
            own = dict.get(contact, "live")  # type: ignore[call-overload]
        except Exception:  # no object, or one with a key that cannot be compared
            return contact, ()
        live = seen.live if own is None else filled(own, self._queues, seen.live)
        if live is None:
            return contact, ()
        completed = with_members(contact, self._members, {"live": live})
        if completed is None:
            return contact, ()
        stale = (problems for queue, problems in seen.stale.items() if live.get(queue) is seen.live[queue])
        return completed, tuple(problem for problems in stale for problem in problems)

    def _look(self) -> _Seen:
        board = self._board
        version, now = board.version, board.clock()
        until = inf
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
        return _Seen(version, until, live, stale)


def with_stale(decision: Decision, stale: tuple[Problem, ...]) -> Decision:
    """A decision that names the signals which were too old, and of these nothing else."""
    if not stale:
        return decision
    paths = {problem.path for problem in stale}
    others = [problem for problem in decision.problems if problem.path not in paths]
    return replace(decision, problems=(*others, *stale))

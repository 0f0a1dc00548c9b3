"""What is known of one contact, read and checked: the input of every evaluator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from routekit.policy.decision import Problem
from routekit.policy.expressions import FieldRef, Now, SignalRef
from routekit.schema.types import Value

__all__ = ["Facts", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer that this customer has been shown, or a reach that was made, and when.

    ``offer`` is its name, None where that could not be read: it may have been any. ``times`` is infinite
    where nobody can tell how often.
    """

    offer: str | None
    at: datetime
    times: float = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """The values of all declared fields and signals, None where one is missing.

    ``fields`` is keyed by record and field, ``signals`` by queue and signal. ``now`` is the time of the
    decision, in UTC. ``unreadable`` are those of them that were sent and could not be read, with the default
    in their place or none. ``reached`` are the reaches that were made.
    """

    fields: Mapping[tuple[str, str], Value | None]
    signals: Mapping[tuple[str, str], Value | None]
    shown: tuple[Shown, ...]
    now: datetime
    problems: tuple[Problem, ...]
    unreadable: frozenset[FieldRef | SignalRef | Now] = frozenset()
    reached: tuple[Shown, ...] = ()

"""What the contact map says of a policy, as frozen data."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias, get_args

from routekit.diagnostics import Span
from routekit.policy.contact_map import Matter, Touchpoint
from routekit.policy.outcome_parts import PLAIN, Saying
from routekit.prover.limits import YEARS, Years
from routekit.prover.witness import Witness

__all__ = [
    "KINDS",
    "Becomes",
    "Cell",
    "Counted",
    "DrawnMap",
    "Finding",
    "Kind",
    "Move",
    "Place",
    "QueueOnMap",
    "Solved",
]

Kind: TypeAlias = Literal[
    "blind",
    "misplaced",
    "loop",
    "handoff",
    "moved",
    "unanswered",
    "wordings",
    "too long",
    "expired",
    "stage",
    "unknown",
]

KINDS: tuple[Kind, ...] = get_args(Kind)

Solved: TypeAlias = Literal["all", "some", "none", "unknown"]
"""Whose matter is solved somewhere, of those who are there with it."""

Becomes: TypeAlias = Literal["solved", "later", "blind", "nobody", "unknown"]
"""What becomes of those who come by a channel with a matter.

It is ``solved`` for all of them at arrival; for all, for some ``later``, after a step or a call back; some
are ``blind``, whose matter no channel solves; there is ``nobody``; or it is ``unknown``.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where service breaks.

    ``about`` is the name of what is at fault: a matter, queue, rule, message, fact, stage or touchpoint;
    ``rule`` is the one that decides ``witness``, the smallest contact that shows it, empty where no contact
    is needed. ``span`` is where it stands. A finding of the kind ``unknown`` tells what could not be settled,
    ``reason`` why, and ``takes`` what an answer would take.
    """

    kind: Kind
    code: str
    about: str
    message: str
    rule: str = ""
    witness: Witness | None = None
    reason: str = ""
    takes: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many contacts of a file there are, and of these whose matter is solved when; the rest never is."""

    contacts: int
    at_arrival: int
    later: int

    @property
    def never(self) -> int:
        """Those whose matter no channel solves."""
        return self.contacts - self.at_arrival - self.later


@dataclass(frozen=True, slots=True)
class Place:
    """Where contacts with a matter are, or whose people call them back; ``solved`` tells for whom it is."""

    queue: str
    channel: str
    solved: Solved
    is_call: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Those who come by ``channel`` with ``matter``.

    ``arrival`` is where they may be led at once, ``later`` where after a step of their plan. ``findings`` are
    places in the findings of the map. ``counted`` is None where no contacts were given.
    """

    matter: str
    channel: str
    becomes: Becomes
    arrival: tuple[Place, ...] = ()
    later: tuple[Place, ...] = ()
    findings: tuple[int, ...] = ()
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A way into a queue that some contact takes.

    ``origin`` is the channel that it came in by where the ``kind`` is ``arrival``, else the queue that it
    leaves by a ``step``, or by whose people it is called back (then ``queue`` is the same). ``rules`` are
    those that may lead this way, ``after`` when the soonest of their steps comes.
    """

    kind: Literal["arrival", "step", "callback"]
    origin: str
    queue: str
    rules: tuple[str, ...]
    after: timedelta | None = None
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class QueueOnMap:
    """A queue with its title, the channels that it is on, and what its people ask for."""

    name: str
    title: str
    channels: tuple[str, ...]
    asks_for: tuple[str, ...]
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class DrawnMap:
    """The contact map of a policy.

    ``channels`` are those by which contacts may come in; ``cells`` has one for each matter and each of them,
    by matter. ``on`` is the day that counts as today, ``years`` are those of which the findings speak.
    ``contacts`` is how many were counted, None where none were given.
    """

    policy: str
    title: str
    revision: str
    on: date
    stages: tuple[str, ...]
    touchpoints: tuple[Touchpoint, ...]
    matters: tuple[Matter, ...]
    channels: tuple[str, ...]
    cells: tuple[Cell, ...]
    queues: tuple[QueueOnMap, ...]
    moves: tuple[Move, ...]
    findings: tuple[Finding, ...]
    seconds: float
    contacts: int | None = None
    years: Years = YEARS
    said: Saying = field(default=PLAIN, compare=False, repr=False)

    def cell(self, matter: str, channel: str) -> Cell:
        """Returns what becomes of those who come by a channel with a matter."""
        return next(cell for cell in self.cells if (cell.matter, cell.channel) == (matter, channel))

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found and nothing left open."""
        return not self.findings

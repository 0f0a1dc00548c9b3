"""What the analysis says of a policy, as frozen data."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from routekit.diagnostics import Span
from routekit.policy.outcome_parts import PLAIN, Saying
from routekit.prover.encoding.space import Unsettled
from routekit.prover.limits import YEARS, Years
from routekit.prover.witness import Witness

__all__ = ["Answer", "Finding", "Gap", "Group", "Kind", "Promise", "Proof", "Reply"]

Answer: TypeAlias = Literal["proved", "counterexample", "unknown"]

Kind: TypeAlias = Literal[
    "unreachable-rule",
    "unreachable-row",
    "unreachable-case",
    "unreachable-arm",
    "unreachable-step",
    "unreachable-adjustment",
    "empty-segment",
    "unreachable-never",
    "unreachable-offer",
    "never-shown-offer",
    "gap",
    "broken-later",
    "moved",
    "overlap",
    "redundant",
    "unknown",
]


@dataclass(frozen=True, slots=True)
class Promise:
    """A guarantee, and whether it holds for every contact that there can be.

    ``answer`` is ``proved``, ``counterexample`` (then ``witness`` breaks it) or ``unknown``
    (then ``reason`` and ``takes`` say why, and what an answer would take).
    ``reason`` may also tell that no contact is spoken of, or that what is proved of offers is so where all
    values can be read.
    """

    name: str
    title: str
    answer: Answer
    witness: Witness | None = None
    reason: str = ""
    takes: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of what no row is for, by a condition in the policy's words; empty: all that comes to the table.

    ``witness`` is the smallest contact of it, ``known`` one in which every field has a value, but those that
    are missing in all of the gap (then not ``all_known``); None where the time was up, and of the smaller
    parts of a gap that has many.
    """

    condition: str
    witness: Witness | None
    known: Witness | None
    all_known: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of the policy that no contact can reach, or a contact that falls through a table.

    ``subject`` is the name in the policy; ``taken_by`` are the earlier rules that take its contacts;
    of what may go, what carries it; of an overlap, the other that holds as well.
    ``gaps`` are the parts of a gap, together the whole of it; where not ``are_all``, there are more.
    A finding of the kind ``unknown`` tells what could not be settled.
    """

    kind: Kind
    subject: str
    message: str
    taken_by: tuple[str, ...] = ()
    witness: Witness | None = None
    reason: str = ""
    takes: str = ""
    span: Span | None = None
    gaps: tuple[Gap, ...] = ()
    are_all: bool = True

    @classmethod
    def left_open(cls, subject: str, message: str, why: Unsettled, span: Span | None = None) -> "Finding":
        """Tells what could not be settled, and why."""
        return cls("unknown", subject, message, reason=why.reason, takes=why.takes, span=span)


@dataclass(frozen=True, slots=True)
class Proof:
    """All that was proved of a policy, refuted, or left open.

    ``checked`` counts what was looked at: rules, arms, segments and so on, by their plural. ``years`` are the
    first and the last year of which it speaks: contacts that come in others are left out of account.
    """

    policy: str
    revision: str
    guarantees: tuple[Promise, ...]
    findings: tuple[Finding, ...]
    checked: tuple[tuple[str, int], ...]
    seconds: float
    years: Years = YEARS
    said: Saying = field(default=PLAIN, compare=False, repr=False)

    @property
    def is_clean(self) -> bool:
        """Whether every guarantee is proved and nothing was found or left open."""
        return not self.findings and all(promise.answer == "proved" for promise in self.guarantees)


@dataclass(frozen=True, slots=True)
class Group:
    """Contacts that meet a condition, empty where all do.

    ``exact``: all who meet it come to what was asked for; else others meet it too, or it was not settled.
    """

    condition: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question: ``yes`` with a contact that shows it, proved ``no``, or ``unknown``.

    ``reason`` says why it is unknown, or that no contact is spoken of, or that what is said of offers is so
    where all values can be read. It speaks of contacts that come in ``years``, from the first to the last.
    Where it was asked who, each of them is of one of the groups ``who``.
    """

    question: str
    answer: Literal["yes", "no", "unknown"]
    witness: Witness | None = None
    reason: str = ""
    takes: str = ""
    seconds: float = 0.0
    years: Years = YEARS
    who: tuple[Group, ...] = ()
    said: Saying = field(default=PLAIN, compare=False, repr=False)

    @property
    def is_exact(self) -> bool:
        """Whether all in the groups come to what was asked for."""
        return bool(self.who) and all(group.exact for group in self.who)

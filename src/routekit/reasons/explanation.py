"""What an explanation holds: plain frozen data, with its words ready."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from routekit.policy.decision import Decision
from routekit.reasons.html import to_html
from routekit.reasons.text import to_text

__all__ = ["Answer", "Change", "Explanation", "OfferReason", "Reason", "RuleReason", "Set"]

FORMAT_VERSION = 1

RuleOutcome: TypeAlias = Literal["decided", "did_not_apply", "queue_closed", "not_reached", "applied"]
OfferOutcome: TypeAlias = Literal["made", "never", "condition", "channel", "cap", "beaten"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact: in words, as the test that it answers, and the values that it rests on, by path.

    ``holds`` is None where the test cannot be answered; ``within`` are the segments in which it stands.
    """

    text: str
    test: str
    holds: bool | None
    within: tuple[str, ...]
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RuleReason:
    """Why a rule decided, or did not; ``group`` is the group that the contact is not in.

    ``nearness`` is the part of its conditions that held, from 0 to 1.
    """

    rule: str
    title: str
    outcome: RuleOutcome
    text: str
    facts: tuple[Reason, ...] = ()
    group: str | None = None
    nearness: float = 0.0


@dataclass(frozen=True, slots=True)
class OfferReason:
    """Why an offer is made, or is not; ``worth`` is None where private fields make it."""

    offer: str
    title: str
    outcome: OfferOutcome
    text: str
    worth: float | None = 0.0
    facts: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Set:
    """A member of the contact that is set: by its path, to a JSON value (None: missing)."""

    path: str
    value: object
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the contact that was tried, and what it leads to.

    ``contact`` is the whole contact, changed; ``now`` is the clock that goes with it.
    """

    settings: tuple[Set, ...]
    decision: Decision
    text: str
    leads_to: str
    contact: Mapping[str, object] = field(repr=False)
    now: datetime

    def to_dict(self) -> dict[str, object]:
        return {
            "set": [{"path": setting.path, "value": setting.value} for setting in self.settings],
            "now": self.now.isoformat(),
            "text": self.text,
            "leads_to": {
                "rule": self.decision.rule,
                "queue": self.decision.queue,
                "channel": self.decision.channel,
                "offers": list(self.decision.offers),
            },
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a rule or an offer that was asked about: how it is, and the smallest change that makes it so.

    ``note`` says why there is no such change.
    """

    about: Literal["rule", "adjust rule", "offer"]
    name: str
    title: str
    holds: bool
    text: str
    facts: tuple[Reason, ...]
    changes: tuple[Change, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a contact was decided as it was, and what would change it.

    ``str()`` of it is the text for people, :meth:`to_dict` is what JSON takes, and notebooks show it as
    HTML. ``summary`` is the short paragraph, ``earlier`` are the rules before the one that decided, and
    ``changes`` the smallest changes that lead elsewhere, the smallest first.
    """

    decision: Decision
    summary: str
    facts: tuple[Reason, ...]
    notes: tuple[str, ...]
    earlier: tuple[RuleReason, ...]
    offers: tuple[OfferReason, ...]
    changes: tuple[Change, ...]
    note: str
    answers: tuple[Answer, ...]
    problems: tuple[str, ...]
    now: datetime

    def to_dict(self) -> dict[str, object]:
        """Returns the explanation as ``routekit explain --format json`` prints it."""
        return {
            "format_version": FORMAT_VERSION,
            "decision": self.decision.to_dict(),
            "now": self.now.isoformat(),
            "summary": self.summary,
            "facts": [_plain(fact) for fact in self.facts],
            "notes": list(self.notes),
            "earlier": [_plain(reason) for reason in self.earlier],
            "offers": [_plain(reason) for reason in self.offers],
            "changes": [change.to_dict() for change in self.changes],
            "note": self.note,
            "answers": [
                {
                    "about": answer.about,
                    "name": answer.name,
                    "holds": answer.holds,
                    "text": answer.text,
                    "facts": [_plain(fact) for fact in answer.facts],
                    "changes": [change.to_dict() for change in answer.changes],
                    "note": answer.note,
                }
                for answer in self.answers
            ],
            "problems": list(self.problems),
        }

    def to_text(self, *, all_rules: bool = False) -> str:
        """Returns the text for people; ``all_rules`` also names those rules that were far from deciding."""
        return to_text(self, all_rules=all_rules)

    def to_html(self) -> str:
        """Returns the same as a piece of HTML that needs nothing around it."""
        return to_html(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return self.to_html()


def _plain(reason: Reason | RuleReason | OfferReason) -> dict[str, object]:
    return asdict(reason)

"""Puts events beside the decisions that they are of, and names what is amiss with a log."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from routekit.performance.log_entries import Broken, Contact, Entry, Step, seconds
from routekit.performance.spool import Row, Spool
from routekit.service.contact_events import ContactEvent, EventKind

__all__ = ["Happening", "Joined", "LogFindings", "Story", "Watch", "joined", "unwatched"]

Item = TypeVar("Item")
Watch: TypeAlias = Callable[[str, Iterator[Any], int], Iterator[Any]]
"""Shows how far something is: what is done, the items, how many there are."""

_AHEAD = 1.0
"""Seconds that an event may lie before its decision, since clocks never agree to the millisecond."""

MOST_PLACES = 20
"""The broken lines that are named; the others are counted."""


def unwatched(_: str, items: Iterator[Item], __: int) -> Iterator[Item]:
    """Shows nothing."""
    return items


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a contact; ``at`` in seconds since 1970."""

    kind: EventKind
    at: float
    queue: str | None = None
    agent: str | None = None
    channel: str | None = None
    score: float | None = None
    worth: float | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A contact with what became of it, in the order of time."""

    contact: Contact
    events: tuple[Happening, ...]

    def first(self, *kinds: EventKind) -> Happening | None:
        """The first event of some kinds."""
        return next((event for event in self.events if event.kind in kinds), None)


@dataclass(slots=True)
class LogFindings:
    """What is amiss with logs; nothing of it is dropped unsaid.

    ``lines`` counts all, ``contacts`` those that were decided; ``broken`` lines hold nothing that can be
    read. ``doubled`` lines tell again what another one tells, ``contradicting`` ones something else of the
    same decision: the first counts. ``early`` events stand before their decision in the log, which does no
    harm; ``ahead`` ones lie before it by their time, so that clocks disagree. ``strays`` are events of no
    decision in the logs, ``older`` those of them whose id was made before the logs begin. ``silent`` contacts
    have no event; ``unnamed`` ones tell no customer; ``doubts`` are segments and matters of which it is in
    doubt whether contacts have them, since values are masked. ``begin`` and ``end`` are seconds since 1970.
    """

    lines: int = 0
    contacts: int = 0
    broken: int = 0
    doubled: int = 0
    contradicting: int = 0
    early: int = 0
    ahead: int = 0
    strays: int = 0
    older: int = 0
    silent: int = 0
    unnamed: int = 0
    places: list[Broken] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    begin: float = float("inf")
    end: float = float("-inf")


def joined(entries: Iterable[Entry], findings: LogFindings, watch: Watch = unwatched) -> "Joined":
    """Joins the entries of logs, in memory that does not grow with them; ``findings`` says what is amiss.

    Close what it gives: what is sorted lies in a file until then.
    """
    return Joined(entries, findings, watch)


class Joined:
    """The stories of logs, by customer and time; contacts of unknown customers come each by itself."""

    def __init__(self, entries: Iterable[Entry], findings: LogFindings, watch: Watch) -> None:
        self._findings = findings
        self._watch = watch
        self._stories = Spool()
        try:
            with Spool() as lines:
                lines.put(_rows(entries, findings))
                self._stories.put(self._joined(lines))
        except BaseException:
            self._stories.close()
            raise

    def __len__(self) -> int:
        return len(self._stories)

    def __iter__(self) -> Iterator[list[Story]]:
        """Yields the stories of one customer after the other, in the order of time."""
        rows = self._watch("customers", iter(self._stories), len(self._stories))
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield [_story(held) for _, _, held in group]

    def close(self) -> None:
        """Lets go of what was sorted."""
        self._stories.close()

    def _joined(self, lines: Spool) -> Iterator[Row]:
        rows = self._watch("joining", iter(lines), len(lines))
        for id, group in groupby(rows, key=lambda row: row[0]):
            row = self._one(id, (held for _, _, held in group))
            if row is not None:
                yield row

    def _one(self, id: str, told: Iterable[list[Any]]) -> Row | None:
        """What the lines of one id come to; None where none of them is a decision."""
        findings = self._findings
        contact: list[Any] | None = None
        events: dict[tuple[str, float], list[Any]] = {}
        early = 0
        for tag, *held in told:
            if tag == _DECIDED:
                if contact is not None:
                    findings.doubled += contact == held
                    findings.contradicting += contact != held
                contact = contact or held
                continue
            early += contact is None
            findings.doubled += (held[0], held[1]) in events
            events.setdefault((held[0], held[1]), held)
        findings.events.update(kind for kind, _ in events)
        if contact is None:
            findings.strays += len(events)
            findings.older += len(events) if _made(id) < findings.begin else 0
            return None
        at, customer = contact[0], contact[1]
        happened = sorted(events.values(), key=lambda held: (held[1], held[0]))
        findings.contacts += 1
        findings.early += early
        findings.ahead += sum(held[1] < at - _AHEAD for held in happened)
        findings.silent += not happened
        findings.unnamed += customer is None
        return (f"?{id}" if customer is None else f"={customer}"), at, [id, contact, happened]


_DECIDED, _HAPPENED = 0, 1


def _rows(entries: Iterable[Entry], findings: LogFindings) -> Iterator[Row]:
    for entry in entries:
        findings.lines += 1
        match entry:
            case Broken():
                findings.broken += 1
                if len(findings.places) < MOST_PLACES:
                    findings.places.append(entry)
            case Contact():
                findings.begin, findings.end = min(findings.begin, entry.at), max(findings.end, entry.at)
                findings.doubts.update(entry.doubts)
                steps = [[step.after, step.queue, step.within] for step in entry.plan]
                told = [entry.at, entry.customer, entry.matter, entry.inbound, entry.channel, entry.queue]
                asked = [entry.rule, list(entry.key), entry.offers, entry.cost, entry.is_served, steps]
                yield entry.id, 0.0, [_DECIDED, *told, *asked]
            case ContactEvent():
                at = seconds(entry.at)
                findings.end = max(findings.end, at)
                more = (entry.queue, entry.agent, entry.channel, entry.score, entry.worth)
                yield entry.of, 0.0, [_HAPPENED, entry.kind, at, *more]


def _story(held: list[Any]) -> Story:
    id, contact, happened = held
    at, customer, matter, inbound, channel, queue, rule, key, offers, cost, is_served, plan = contact
    decided = (id, at, customer, matter, inbound, channel, queue, rule)
    steps = tuple(Step(*step) for step in plan)
    events = tuple(Happening(*event) for event in happened)
    return Story(Contact(*decided, tuple(key), offers, cost, is_served, steps), events)


def _made(id: str) -> float:
    """When an id was made, where it says so, as those of routers do; else long ahead."""
    try:
        found = UUID(id)
    except ValueError:
        return float("inf")
    return (found.int >> 80) / 1000 if found.version == 7 else float("inf")

"""A scenario filled in with what a decision log with outcomes knows; the rest is guessed, and marked so."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from math import ceil, sqrt

from routekit.schema.times import parse_time
from routekit.simulation.week import HALF_HOURS, WEEKDAYS
from routekit.translation import t

__all__ = ["Known", "read_log", "scenario_text"]

_LEAST = 5
"""Values of a kind that a mean is taken of; of fewer nothing is said."""
_SOON = timedelta(days=3)
_HALF = timedelta(minutes=30)
_OF_PEOPLE = ("queued", "answered", "abandoned", "called_back")
"""What happens to contacts at a queue of people; where it tells of a queue, it is that one."""


@dataclass(slots=True)
class _Contact:
    at: datetime | None = None
    queue: str = ""
    channel: str = ""
    skills: tuple[str, ...] = ()
    customer: str | None = None
    people: str | None = None
    events: dict[str, datetime] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The queue of people that it came to, else the one that it was led to."""
        return self.people or self.queue


@dataclass(slots=True)
class Known:
    """What a log told: its contacts by the ids of their decisions; ``broken`` lines could not be read."""

    contacts: dict[str, _Contact] = field(default_factory=lambda: defaultdict(_Contact))
    broken: int = 0
    lines: int = 0

    @property
    def decided(self) -> list[_Contact]:
        """The contacts whose decision is in the log, in the order of their times."""
        there = [contact for contact in self.contacts.values() if contact.at is not None]
        return sorted(there, key=lambda contact: contact.at or datetime.min.replace(tzinfo=UTC))


def read_log(lines: Iterable[str | bytes]) -> Known:
    """Reads the lines of a decision log, decisions and events in any order; of an event told twice, one
    counts."""
    known = Known()
    for line in lines:
        if not line.strip():
            continue
        known.lines += 1
        try:
            record = json.loads(line)
            _take(known, record)
        except (ValueError, KeyError, TypeError, AttributeError):
            known.broken += 1
    return known


def _take(known: Known, record: Mapping[str, object]) -> None:
    at = parse_time(str(record["at"]), UTC)
    if at is None:
        raise ValueError("at")
    if "event" in record:
        contact = known.contacts[str(record["of"])]
        kind = str(record["event"])
        contact.events[kind] = min(at, contact.events.get(kind, at))
        if kind in _OF_PEOPLE and isinstance(record.get("queue"), str):
            contact.people = str(record["queue"])
        return
    contact = known.contacts[str(record["id"])]
    contact.at = at
    contact.queue, contact.channel = str(record["queue"] or ""), str(record["channel"] or "")
    skills = record.get("skills")
    contact.skills = tuple(map(str, skills)) if isinstance(skills, list) else ()
    names = record.get("pseudonyms")
    told = record.get("contact")
    customer = told.get("customer") if isinstance(told, dict) else None
    if isinstance(names, dict) and "customer.id" in names:
        contact.customer = str(names["customer.id"])
    elif isinstance(customer, dict) and isinstance(customer.get("id"), str):
        contact.customer = customer["id"]


def scenario_text(known: Known, local: tzinfo, path: str) -> str:
    """Writes a scenario as TOML, whose contacts are those of the log at ``path``.

    Raises ``ValueError`` where the log has no decision.
    """
    decided = known.decided
    if not decided:
        raise ValueError(t("the log has no decisions"))
    answered = [contact for contact in decided if "answered" in contact.events]
    manned = {contact.place for contact in decided if contact.events.keys() & {*_OF_PEOPLE}}
    first, last = decided[0].at, decided[-1].at
    assert first is not None
    assert last is not None
    days = (last.astimezone(local).date() - first.astimezone(local).date()).days + 1
    head = t(
        "From {count:,} decisions of a log. What is marked measured is in it, all else is a guess.",
        count=len(decided),
    )
    lines = [
        f"# {head}",
        f"begin = {first.astimezone(local).date().isoformat()}",
        f"days = {days}",
        'within = "20s"',
        "",
        "[arrivals]",
        f"contacts = {json.dumps(path)}",
        "measured = true",
    ]
    lines += _handling(answered)
    lines += _patience(decided, manned)
    alone = [contact for contact in decided if contact.queue not in manned and contact.people is None]
    lines += _self_service(alone)
    lines += _comes_back(decided, manned)
    lines += _staff(answered, local, days)
    return "\n".join(lines) + "\n"


def _seconds(later: datetime, earlier: datetime) -> float:
    return max(0.0, (later - earlier).total_seconds())


def _handling(answered: list[_Contact]) -> list[str]:
    lengths: dict[str, list[float]] = defaultdict(list)
    for contact in answered:
        if "ended" in contact.events:
            lengths[contact.place].append(_seconds(contact.events["ended"], contact.events["answered"]))
    lines = ["", "[handling]", 'default = { lognormal = "5m", cv = 0.8 }']
    for queue, seconds in sorted(lengths.items()):
        mean = sum(seconds) / len(seconds)
        if len(seconds) >= _LEAST and mean > 0:
            cv = sqrt(sum((each - mean) ** 2 for each in seconds) / (len(seconds) - 1)) / mean
            lines.append(
                f"{_key(queue)} = {{ lognormal = {mean:.1f}, cv = {max(cv, 0.01):.2f}, measured = true }}"
            )
    return lines


def _patience(decided: list[_Contact], manned: set[str]) -> list[str]:
    """Patience by channel, as exponential: all waiting, divided by those who gave up."""
    waited: dict[str, float] = defaultdict(float)
    gave_up: dict[str, int] = defaultdict(int)
    for contact in decided:
        end = contact.events.get("answered") or contact.events.get("abandoned")
        if contact.place in manned and end is not None and contact.at is not None:
            waited[contact.channel] += _seconds(end, contact.at)
            gave_up[contact.channel] += "answered" not in contact.events
    lines = ["", "[patience]", 'default = { exponential = "5m" }']
    for channel, count in sorted(gave_up.items()):
        if count >= _LEAST and waited[channel]:
            lines.append(
                f"{_key(channel)} = {{ exponential = {waited[channel] / count:.1f}, measured = true }}"
            )
    return lines


def _self_service(machines: list[_Contact]) -> list[str]:
    ended: dict[str, list[_Contact]] = defaultdict(list)
    for contact in machines:
        if "ended" in contact.events or "resolved" in contact.events:
            ended[contact.channel].append(contact)
    solves = ["", "[self_service.solves]", "default = 0.5"]
    takes = ["", "[self_service.takes]", 'default = { exponential = "2m" }']
    for channel, contacts in sorted(ended.items()):
        if len(contacts) >= _LEAST:
            share = sum("resolved" in contact.events for contact in contacts) / len(contacts)
            lengths = [
                _seconds(contact.events.get("ended", contact.events.get("resolved", contact.at)), contact.at)
                for contact in contacts
                if contact.at is not None
            ]
            mean = sum(lengths) / len(lengths)
            solves.append(f"{_key(channel)} = {{ value = {share:.3f}, measured = true }}")
            takes.append(f"{_key(channel)} = {{ exponential = {mean:.1f}, measured = true }}")
    return [*solves, *takes]


def _comes_back(decided: list[_Contact], manned: set[str]) -> list[str]:
    """Who came again within three days, by what became of him before; where customers can be told apart."""
    delays: dict[str, list[float]] = defaultdict(list)
    count: dict[str, int] = defaultdict(int)
    following: dict[str, datetime] = {}
    for contact in reversed(decided):
        if contact.customer is None or contact.at is None:
            continue
        kind = "person"
        if contact.queue not in manned and contact.people is None:
            kind = "machine"
        elif "answered" not in contact.events:
            kind = "abandoned"
        count[kind] += 1
        again = following.get(contact.customer)
        if again is not None and again - contact.at <= _SOON:
            delays[kind].append(_seconds(again, contact.at))
        following[contact.customer] = contact.at
    lines: list[str] = []
    for kind, found in sorted(delays.items()):
        if len(found) >= _LEAST:
            share, mean = len(found) / count[kind], sum(found) / len(found)
            lines += [
                "",
                f"[comes_back.{kind}]",
                f"share = {{ value = {share:.3f}, measured = true }}",
                f"after = {{ exponential = {mean:.1f}, measured = true }}",
            ]
    return lines


def _staff(answered: list[_Contact], local: tzinfo, days: int) -> list[str]:
    """People by queue: as many as were seen to be busy at once, in each half hour of the week."""
    lines: list[str] = []
    by_queue: dict[str, list[_Contact]] = defaultdict(list)
    for contact in answered:
        by_queue[contact.place].append(contact)
    weeks = max(1, ceil(days / 7))
    for queue, contacts in sorted(by_queue.items()):
        busy = [[0.0] * HALF_HOURS for _ in WEEKDAYS]
        for contact in contacts:
            start = contact.events["answered"]
            end = contact.events.get("ended", start + timedelta(minutes=5))
            while start < end:
                wall = start.astimezone(local)
                part = min(
                    end, start + _HALF - (start - start.replace(minute=0, second=0, microsecond=0)) % _HALF
                )
                busy[wall.weekday()][wall.hour * 2 + wall.minute // 30] += _seconds(part, start)
                start = part
        skills = sorted({skill for contact in contacts for skill in contact.skills})
        lines += [
            "",
            "[[staff]]",
            f"name = {json.dumps(queue)}",
            f"queues = [{json.dumps(queue)}]",
            f"skills = {json.dumps(skills)}",
            f"# {t('a guess: as many as the work that was seen keeps busy, and a fifth more')}",
            "[staff.on_duty]",
        ]
        for day, row in zip(WEEKDAYS, busy, strict=True):
            needed = [ceil(1.2 * seconds / weeks / _HALF.total_seconds()) for seconds in row]
            lines.append(f"{day} = {json.dumps(needed)}")
    return lines


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else json.dumps(name)

"""A contact as it came, any Python value at all, read into facts by the fields of a policy."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.decision import Problem
from routekit.policy.facts import Facts, Shown
from routekit.policy.longest_texts import longest_texts
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.references import ARRIVAL, key_of
from routekit.schema.reading import (
    MOST_ELEMENTS,
    MOST_TEXT,
    REQUIRED,
    Fault,
    Read,
    is_a,
    kind,
    plain_text,
    python_value,
    reader,
)
from routekit.schema.times import zone
from routekit.schema.types import Time, Value
from routekit.translation import msgid, t

__all__ = [
    "INPUT",
    "UNREADABLE",
    "Intake",
    "Sent",
    "Told",
    "filled",
    "member",
    "sent_as",
    "with_members",
]

INPUT = "input"
"""The path of a problem with the contact as a whole."""


class _Unreadable:
    """Stands for a value that could not even be fetched."""


_UNREADABLE = _Unreadable()


@dataclass(frozen=True, slots=True)
class _Reading:
    """How one field or signal is read; ``key`` is the owner with the name."""

    key: tuple[str, str]
    name: str
    path: str
    read: Read
    default: Value | None
    is_required: bool

    @classmethod
    def of(cls, owner: str, path: str, field: Field, read: Read) -> "_Reading":
        return cls((owner, field.name), field.name, path, read, field.default, field.is_required)


@dataclass(frozen=True, slots=True)
class _Readings:
    """How all members of a record, or of a queue, are read; ``defaults`` stand where there are none."""

    name: str
    path: str
    each: tuple[_Reading, ...]
    defaults: Mapping[tuple[str, str], Value | None]
    has_required: bool

    @classmethod
    def of(cls, name: str, path: str, fields: Iterable[tuple[Field, Read]]) -> "_Readings":
        each = tuple(_Reading.of(name, f"{path}.{field.name}", field, read) for field, read in fields)
        defaults = {reading.key: reading.default for reading in each}
        return cls(name, path, each, defaults, any(reading.is_required for reading in each))


UNREADABLE: dict[str, object] = {}
"""What no type of field can read: it stands for a value of which nothing else is known."""


def sent_as(shown: Iterable[Shown], at: Callable[[datetime], object] = lambda moment: moment) -> object:
    """Returns what reads as these showings; ``at`` writes the time of each."""
    showings = [*shown]
    if any(showing.times == inf for showing in showings):
        return {}
    return [{"offer": showing.offer, "at": at(showing.at)} for showing in showings]


Told: TypeAlias = tuple[str | None, datetime | None, float]
"""An offer that was shown, or a reach that was made, when, and how often."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The values that a contact brought itself, by record and field, by queue and signal; no defaults.

    ``unreadable`` are the paths of those that could not be read. ``told`` are all entries of
    ``offers_shown``, with None for what could not be read of them; ``shown`` those that could.
    """

    records: Mapping[str, Mapping[str, Value]]
    queues: Mapping[str, Mapping[str, Value]]
    shown: tuple[Shown, ...]
    told: tuple[Told, ...] = ()
    unreadable: tuple[tuple[str, ...], ...] = ()


class Intake:
    """Reads contacts for one policy; made once, shared by all threads."""

    def __init__(self, policy: CheckedPolicy) -> None:
        local, longest = zone(policy.timezone), longest_texts(policy)

        def read(field: Field, leaf: e.FieldRef | e.SignalRef) -> tuple[Field, Read]:
            return field, reader(field.type, local, longest.get(leaf, MOST_TEXT))

        self._records = tuple(
            _Readings.of(
                record.name,
                record.name,
                [read(field, e.FieldRef(record.name, field.name)) for field in record.fields],
            )
            for record in policy.records
        )
        self._queues = tuple(
            _Readings.of(
                queue, f"live.{queue}", [read(field, e.SignalRef(queue, field.name)) for field in policy.live]
            )
            for queue in (policy.queues if policy.live else ())
        )
        self.no_signals = {key: value for queue in self._queues for key, value in queue.defaults.items()}
        """What contacts have that bring no signals."""
        self._shown = _Telling.of_offers(policy)
        self._reached = _Telling.of_reaches(policy)
        self._read_time = reader(Time(), local)
        self._has_arrival = any(
            record.name == "contact" and field.name == "at" and isinstance(field.type, Time)
            for record in policy.records
            for field in record.fields
        )

    def read(self, contact: object, clock: datetime, *, arrives: bool = True) -> Facts:
        """Returns the facts of a contact; ``clock`` (in UTC) is ``now`` where the contact names no time.

        Of a customer who does not come himself, so that nothing ``arrives``, it is ``now`` whatever his last
        contact said, of which no field is required.
        """
        problems: list[Problem] = []
        contact = _as_object(contact, INPUT, problems)
        fields: dict[tuple[str, str], Value | None] = {}
        unreadable: set[e.FieldRef | e.SignalRef | e.Now] = set()
        is_lost = contact is None
        for readings in self._records:
            bad = _read_all(readings, member(contact, readings.name), fields, problems, is_lost=is_lost)
            if bad:
                unreadable.update(e.FieldRef(*key) for key in bad)
        if not arrives:
            problems = [problem for problem in problems if not _is_of_no_arrival(problem)]
        signals: dict[tuple[str, str], Value | None] = {}
        sent = member(contact, "live") if self._queues else None
        live = _as_object(sent, "live", problems)
        is_lost = is_lost or (live is None and sent is not None)
        has_signals = is_lost or live is not None or any(queue.has_required for queue in self._queues)
        if not has_signals:
            signals = self.no_signals
        for readings in self._queues if has_signals else ():
            bad = _read_all(readings, member(live, readings.name), signals, problems, is_lost=is_lost)
            if bad:
                unreadable.update(e.SignalRef(*key) for key in bad)
        has_arrival = self._has_arrival and arrives
        if has_arrival and ARRIVAL in unreadable:
            unreadable.add(e.Now())
        arrival = fields[("contact", "at")] if has_arrival else None
        now = arrival if isinstance(arrival, datetime) else clock
        told = self._told(self._shown, contact, now, problems)
        reached = () if arrives else self._told(self._reached, contact, now, problems)
        return Facts(fields, signals, told, now, tuple(problems), frozenset(unreadable), reached)

    def _told(
        self, telling: "_Telling", contact: object | None, now: datetime, problems: list[Problem]
    ) -> tuple[Shown, ...]:
        found = telling.read(contact, self._read_time, problems)
        return tuple(Shown(name, now if at is None else at, times) for name, at, times in found)

    def sent(self, contact: object) -> Sent:
        """Tells what a contact itself tells, as far as it can be read."""
        unreadable = self.read(contact, datetime.min.replace(tzinfo=UTC)).unreadable
        contact = contact if is_a(contact, dict) else None
        live = member(contact, "live") if self._queues else None
        live = live if is_a(live, dict) else None
        told = tuple(self._shown.read(contact, self._read_time, []))
        return Sent(
            _sent(self._records, contact),
            _sent(self._queues, live),
            tuple(Shown(offer, at) for offer, at, _ in told if offer is not None and at is not None),
            told,
            tuple(sorted(key_of(ref) for ref in unreadable if not isinstance(ref, e.Now))),
        )


@dataclass(frozen=True, slots=True)
class _Telling:
    """What a contact tells of the past, an entry each: which offers were shown, which reaches were made.

    It stands under ``path``, each name under ``key``; ``counted`` are the names that some cap counts, None
    for all. Where no cap ``counts`` nothing is read.
    """

    path: str
    key: str
    wanted: str
    counts: bool
    counted: frozenset[str] | None

    @classmethod
    def of_offers(cls, policy: CheckedPolicy) -> "_Telling":
        counts = any(offer.caps for offer in policy.offers)
        return cls(
            "offers_shown", "offer", msgid("is not the name of an offer"), counts, policy.counted_offers
        )

    @classmethod
    def of_reaches(cls, policy: CheckedPolicy) -> "_Telling":
        counts = any(reach.caps for reach in policy.care.reaches)
        return cls("reached", "name", msgid("is not the name of a reach"), counts, None)

    def read(self, contact: object | None, read_time: Read, problems: list[Problem]) -> Iterator[Told]:
        """Yields what is told, as far as some cap counts it; None stands for what could not be read."""
        path = self.path
        raw = member(contact, path) if self.counts else None
        if raw is None:
            if contact is None and self.counts:
                yield None, None, inf
            return
        if not (is_a(raw, list) or is_a(raw, tuple)):
            problems.append(Problem(path, t("is {raw}, not a list", raw=_kind(raw))))
            yield None, None, inf
            return
        entries: Iterator[object] = list.__iter__(raw) if is_a(raw, list) else tuple.__iter__(raw)  # type: ignore[arg-type]
        for place, entry in enumerate(entries):
            if place == MOST_ELEMENTS:
                problems.append(
                    Problem(
                        path,
                        t(
                            "has more than {most:,} entries; every cap is used up",
                            most=MOST_ELEMENTS,
                        ),
                    )
                )
                yield None, None, inf
                return
            at_path = f"{path}[{place}]"
            entry = _as_object(entry, at_path, problems, required=True)
            if entry is None:
                yield None, None, 1
                continue
            name = plain_text(member(entry, self.key))
            if name is None:
                problems.append(Problem(f"{at_path}.{self.key}", t(self.wanted)))
            at = read_time(member(entry, "at"))
            if isinstance(at, Fault):
                problems.append(Problem(f"{at_path}.at", at.text))
            if name is None or self.counted is None or name in self.counted:
                yield name, at if isinstance(at, datetime) else None, 1


def _is_of_no_arrival(problem: Problem) -> bool:
    """Whether a contact lacks something, which nobody minds where there is none."""
    return problem.message == t(REQUIRED) and problem.path.startswith(f"{ARRIVAL.record}.")


def _kind(raw: object) -> str:
    return t("not readable") if raw is _UNREADABLE else kind(raw)


def _as_object(raw: object, path: str, problems: list[Problem], *, required: bool = False) -> object | None:
    """The value if it is an object (a dict), else None with the problem named."""
    if raw is None and not required and path != INPUT:
        return None
    if is_a(raw, dict):
        return raw
    problems.append(Problem(path, t("is {raw}, not an object", raw=_kind(raw))))
    return None


def member(container: object | None, key: str) -> object:
    """Returns a member of a dict, fetched without running code of a subclass; None where there is none."""
    if container is None:
        return None
    try:
        return dict.get(container, key)  # type: ignore[call-overload]
    except Exception:  # a foreign key's own comparison may raise anything
        return _UNREADABLE


def _read_all(
    readings: _Readings,
    raw: object,
    values: dict[tuple[str, str], Value | None],
    problems: list[Problem],
    *,
    is_lost: bool,
) -> list[tuple[str, str]]:
    """Reads the members of an object; the keys of those that were sent and could not be read.

    All of them, where the object could not be read itself, or ``is_lost`` with that around it.
    """
    container = _as_object(raw, readings.path, problems)
    values |= readings.defaults
    if container is None and not readings.has_required:
        return [*readings.defaults] if is_lost or raw is not None else []
    unreadable = [*readings.defaults] if is_lost or (container is None and raw is not None) else []
    for reading in readings.each:
        sent = None
        if container is not None:
            try:
                sent = dict.get(container, reading.name)  # type: ignore[call-overload]
            except Exception:  # as `member` does, here without a call for each
                sent = _UNREADABLE
        value = None if sent is None else _value(reading, sent)
        if value is None:
            if reading.is_required:
                problems.append(Problem(reading.path, t(REQUIRED)))
        elif isinstance(value, Fault):
            problems.append(Problem(reading.path, value.text))
            unreadable.append(reading.key)
        else:
            values[reading.key] = value
    return unreadable


def _value(reading: _Reading, sent: object) -> Value | Fault | None:
    """The value of a field; None where it is missing."""
    if sent is None:
        return None
    if sent is _UNREADABLE:
        return Fault(t("is not readable"))
    value = reading.read(sent)
    if isinstance(value, Fault) and (plain := python_value(sent)) is not sent:
        return None if plain is None else reading.read(plain)
    return value


def _sent(parts: tuple[_Readings, ...], container: object | None) -> dict[str, dict[str, Value]]:
    """The values that can be read, by record or queue and by name."""
    found: dict[str, dict[str, Value]] = {}
    for readings in parts:
        raw = member(container, readings.name)
        if is_a(raw, dict) and (values := _sent_in(raw, readings.each)):
            found[readings.name] = values
    return found


def _sent_in(container: object, readings: tuple[_Reading, ...]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for reading in readings:
        value = _value(reading, member(container, reading.name))
        if value is not None and not isinstance(value, Fault):
            values[reading.name] = value
    return values


# ── what else is known ──────────────────────────────────────────────────────────


_MOST_COPIED = 256
"""Members of an object that is copied as a whole; of a larger one only those that are asked for."""


def with_members(
    sent: object, names: Iterable[str], members: Mapping[str, object]
) -> dict[str, object] | None:
    """Returns a copy of an object with other members in it; None for what is no object.

    ``names`` are the members that a reader asks for; the others need not be in the copy.

    >>> with_members({"contact": {}, "live": 1}, ["contact", "live"], {"live": {}})
    {'contact': {}, 'live': {}}
    """
    if type(sent) is dict and len(sent) <= _MOST_COPIED:
        try:
            return {**sent, **members}
        except Exception:  # a foreign key's own comparison may raise anything
            return {**_fetched(sent, names), **members}
    return {**_fetched(sent, names), **members} if is_a(sent, dict) else None


def filled(sent: object, names: Iterable[str], known: Mapping[str, object]) -> dict[str, object] | None:
    """Fills in what is known where an object says nothing itself; None for what is no object.

    >>> filled({"tier": "gold", "value": None}, ["tier", "value"], {"tier": "silver", "value": 7})
    {'tier': 'gold', 'value': 7}
    """
    if sent is None:
        return {**known}
    if type(sent) is dict and len(sent) <= _MOST_COPIED:
        try:
            return {**known, **{name: value for name, value in sent.items() if value is not None}}
        except Exception:  # as above
            return {**known, **_fetched(sent, names)}
    return {**known, **_fetched(sent, names)} if is_a(sent, dict) else None


def _fetched(sent: object, names: Iterable[str]) -> dict[str, object]:
    return {name: value for name in names if (value := member(sent, name)) is not None}

"""What a policy asks of the layer around it: the members of its contacts, what it remembers, what it caps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from routekit.intake.cells import columns_of
from routekit.intake.unknown import UnknownFields
from routekit.policy.model import HISTORY, Cap, CheckedPolicy, Field
from routekit.policy.reaches import Reach
from routekit.schema.reading import Fault, Read, reader
from routekit.schema.times import instant, zone
from routekit.schema.types import Choice, Text, Time
from routekit.schema.writing import JSON, as_json

__all__ = ["Requirements", "sent"]

_LONGEST_FACT = 1_000
_MOST_LOOKED_UP = 20
"""Unknown fields of one contact for which a likely one is looked for, which takes a while."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_CHANGES = timedelta(hours=3)
"""By how much days of the calendar may be longer than their hours."""


@dataclass(frozen=True, slots=True)
class _Fact:
    path: str
    record: str
    field: Field
    read: Read


class Requirements:
    """What one policy asks; made once for it.

    ``remember`` are the paths of facts that are kept of a contact besides those its features ask about, and
    ``at_least`` how far back an agent is told of earlier contacts.
    """

    def __init__(self, policy: CheckedPolicy, remember: Iterable[str], at_least: timedelta) -> None:
        records = {record.name: {field.name: field for field in record.fields} for record in policy.records}
        self.members = (*records, "live", "offers_shown", *(["reached"] if policy.care.reaches else []))
        self.fields: Mapping[str, tuple[str, ...]] = {name: tuple(found) for name, found in records.items()}
        self.history = policy.history
        self.timezone = policy.timezone
        self.has_history = HISTORY in records and bool(policy.history)
        self.caps: Mapping[str, tuple[Cap, ...]] = {
            offer.name: offer.caps for offer in policy.offers if offer.caps
        }
        self.reaches: Mapping[str, tuple[Cap, ...]] = {
            reach.name: _caps_of(reach) for reach in policy.care.reaches
        }
        windows = [feature.within for feature in policy.history if feature.kind != "open"]
        spans = [at_least, *(window for window in windows if window is not None)]
        spans += [cap.per for caps in self.caps.values() for cap in caps]
        of_reaches = [cap.per for caps in self.reaches.values() for cap in caps]
        self._longest_cap_of_reaches = max(of_reaches, default=timedelta(0))
        self._window = None if None in windows else max(spans)
        self._zone = local = zone(policy.timezone)
        paths = {tuple(path.split(".", 1)) for path in remember}
        for feature in policy.history:
            paths |= {path for path in (feature.about, feature.what) if isinstance(path, tuple)}
        self._facts = tuple(
            _Fact(
                ".".join(path),
                path[0],
                records[path[0]][path[1]],
                reader(records[path[0]][path[1]].type, local),
            )
            for path in sorted(paths)
            if len(path) == 2 and path[1] in records.get(path[0], {})
        )
        contact = records.get("contact", {})
        arrival, channel = contact.get("at"), contact.get("channel")
        is_time = arrival is not None and isinstance(arrival.type, Time)
        self._read_arrival = reader(Time(), local) if is_time else None
        is_name = channel is not None and isinstance(channel.type, Choice | Text)
        self._read_channel = reader(channel.type, local) if channel is not None and is_name else None
        self._unknown = UnknownFields(columns_of(policy))

    def likely_fields(self, contact: object) -> list[str]:
        """Maps each field of a contact that the policy does not have to the one likely meant, or ``none``."""
        named = self._unknown.named_in(contact)
        likely = [self._unknown.likely(name) or "none" for name in named[:_MOST_LOOKED_UP]]
        return likely + ["none"] * (len(named) - len(likely))

    def instant(self, now: datetime) -> datetime:
        """Returns a clock that a caller sets, in UTC; raises ``ValueError`` at the very ends of time."""
        moment = instant(now, self._zone)
        if moment is None:
            raise ValueError("`now` is no usable time")
        return moment

    def since(self, now: datetime) -> datetime:
        """Tells how far back the past is asked for."""
        return _EVER if self._window is None else _before(now, self._window)

    def since_reaches(self, now: datetime) -> datetime:
        """Tells how far back it is asked which reaches were made."""
        return _before(now, self._longest_cap_of_reaches)

    def now(self, contact: object, clock: datetime) -> datetime:
        """Returns the time of a decision, in UTC: that of the contact's arrival, where it tells it."""
        if self._read_arrival is None:
            return clock
        at = sent(contact, "contact", "at")
        arrival = None if at is None else self._read_arrival(at)
        return arrival if isinstance(arrival, datetime) else clock

    def inbound(self, contact: object) -> str | None:
        """Returns the channel on which a contact came in."""
        if self._read_channel is None:
            return None
        name = sent(contact, "contact", "channel")
        channel = None if name is None else self._read_channel(name)
        return channel if isinstance(channel, str) else None

    def facts(self, contact: object) -> dict[str, JSON]:
        """Tells what is remembered of a contact, by path, as the policy reads it; without what is missing."""
        facts: dict[str, JSON] = {}
        for fact in self._facts:
            raw = sent(contact, fact.record, fact.field.name)
            value = None if raw is None else fact.read(raw)
            if value is None or isinstance(value, Fault):
                value = fact.field.default
            if value is not None and not (isinstance(value, str) and len(value) > _LONGEST_FACT):
                facts[fact.path] = as_json(value, style="stored")
        return facts


def _before(now: datetime, span: timedelta) -> datetime:
    try:
        return now - span
    except OverflowError:
        return _EVER


def _caps_of(reach: Reach) -> tuple[Cap, ...]:
    """The caps by which a reach is claimed; one without a cap of its own is made once each time it is due."""
    if any(not cap.is_shared for cap in reach.caps):
        return reach.caps
    return (Cap(1, reach.due.lasts + _CLOCK_CHANGES), *reach.caps)


def sent(contact: object, *path: str) -> object:
    """Tells what a contact holds at a path, None where there is nothing or it cannot be read."""
    value = contact
    try:
        for name in path:
            value = dict.get(value, name)  # type: ignore[call-overload]
    except Exception:  # no object, or one with a key that cannot be compared
        return None
    return value

"""What the lines of decision logs hold: contacts as they were decided, and what became of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from routekit.readers import Row
from routekit.readers.logs import read_log
from routekit.schema.times import parse_time
from routekit.service.contact_events import ContactEvent, is_event
from routekit.translation import t

__all__ = [
    "Broken",
    "Contact",
    "Entry",
    "Reader",
    "Step",
    "instant",
    "read_entry",
    "read_logs",
    "seconds",
    "time_of",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(at: datetime) -> float:
    """Returns an instant as the seconds since 1970 in UTC, which is how contacts keep it."""
    return (at - _EPOCH).total_seconds()


def instant(at: float) -> datetime:
    """Returns the instant so many seconds after 1970, in UTC."""
    return _EPOCH + timedelta(seconds=at)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan: ``after`` so many seconds; the queue it leads to; a callback, promised ``within`` so
    many seconds of the step."""

    after: float
    queue: str | None = None
    within: float | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact as it was decided, with what is asked of it later.

    ``at`` is the time of its decision, in seconds since 1970; ``customer`` a pseudonym or an id, None where
    the log tells neither; ``matter`` what it came about, ``key`` the values by which it is grouped.
    ``offers`` counts those shown; ``cost`` is its channel's by the policy, and ``is_served`` says whether
    that is one with people: both None where no policy says it. ``doubts`` are segments and matters of which
    nobody can tell whether it has them, since the log leaves values out.
    """

    id: str
    at: float
    customer: str | None
    matter: str
    inbound: str
    channel: str
    queue: str
    rule: str
    key: tuple[str, ...] = ()
    offers: int = 0
    cost: float | None = None
    is_served: bool | None = None
    plan: tuple[Step, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that cannot be read: where it stands, and what is wrong with it."""

    place: str
    message: str


Entry: TypeAlias = Contact | ContactEvent | Broken
Reader: TypeAlias = Callable[[Mapping[str, object]], Contact]
"""Makes a contact of a record; raises ``ValueError`` where it is none."""


def read_logs(paths: Sequence[str], reader: Reader) -> Iterator[Entry]:
    """Yields what each line of logs holds; raises ``OSError`` for a file that cannot be read."""
    return (read_entry(row, reader) for path in paths for row in read_log(path))


def read_entry(row: Row, reader: Reader) -> Entry:
    """Returns what a line holds.

    >>> read_entry(Row("log:", 3, 1, {"of": "d-1", "event": "answered"}), reader=lambda _: None)
    Broken(place='log:3', message='has no time `at`')
    """
    found = row.contact
    if row.broken:
        return Broken(row.place, row.broken)
    try:
        if is_event(found):
            return ContactEvent.read(found)
        if not isinstance(found, dict) or "format_version" not in found:
            raise ValueError(t("is no record of a decision"))
        return reader(found)
    except ValueError as error:
        return Broken(row.place, str(error))


def time_of(record: Mapping[str, object]) -> float:
    """Returns when a record was decided; raises ``ValueError`` where it has no time."""
    at = record.get("at")
    if isinstance(at, str):
        try:
            moment = datetime.fromisoformat(at)  # as it is written mostly, and quickly
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            moment = parse_time(at, UTC)
        if moment is not None:
            return seconds(moment)
    raise ValueError(t("has no time `at`") if at is None else t("has a time `at` that is none"))

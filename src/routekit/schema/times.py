"""Instants, dates and durations: how they are written, read and kept in bounds."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

__all__ = [
    "FIRST_TIME",
    "LAST_TIME",
    "clipped",
    "format_duration",
    "in_bounds",
    "instant",
    "is_usual",
    "later",
    "on_wall",
    "parse_date",
    "parse_duration",
    "parse_time",
    "utc_now",
    "zone",
    "zone_of",
]

FIRST_TIME = datetime(1, 1, 3, tzinfo=UTC)
LAST_TIME = datetime(9999, 12, 29, tzinfo=UTC)
"""The ends of time: what lies between them can be told in any timezone."""

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt]| +)(\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"(?:([Zz])| ?([+-])(\d{2}):?(\d{2})(?::([0-5]\d))?)?",
    re.ASCII,
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MIDNIGHT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt]| )00:00(?::00(?:[.,]0{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2})?", re.ASCII
)
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


_NO_ZONES = frozenset({"localtime", "Factory", "posixrules"})
_LONGEST_ZONE = 100
_NO_FOLDERS = ("posix/", "right/")
"""What lies beside the timezones of the database on some machines: other clocks, and that of the machine."""


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """Returns the timezone of that name; ``KeyError`` where there is none.

    >>> zone("UTC")
    datetime.timezone.utc
    """
    if name == "UTC":
        return UTC
    if name in _NO_ZONES or name.startswith(_NO_FOLDERS):
        raise KeyError(name)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise KeyError(name) from error


def zone_of(name: str) -> tzinfo | None:
    """Returns the timezone that a contact names; None where the database has none of that name.

    >>> zone_of("Asia/Tokyo"), zone_of("localtime"), zone_of("tokyo")
    (zoneinfo.ZoneInfo(key='Asia/Tokyo'), None, None)
    """
    return _zone_of(name) if len(name) <= _LONGEST_ZONE else None


@lru_cache(maxsize=1024)
def _zone_of(name: str) -> tzinfo | None:
    try:
        return zone(name)
    except KeyError:
        return None


def instant(moment: datetime, local: tzinfo) -> datetime | None:
    """Moves a time to UTC, read in ``local`` where it has no offset; None too close to the ends of time."""
    try:
        if type(moment) is not datetime:
            moment = _plain(moment)
        if moment.tzinfo is UTC:
            return moment if in_bounds(moment) else None
        if datetime.utcoffset(moment) is None:
            moment = datetime.replace(moment, tzinfo=local)
        result = datetime.astimezone(moment, UTC)
        return result if in_bounds(result) else None
    except Exception:  # a foreign tzinfo may raise anything
        return None


_PARTS: tuple[Any, ...] = (
    datetime.year,
    datetime.month,
    datetime.day,
    datetime.hour,
    datetime.minute,
    datetime.second,
    datetime.microsecond,
    datetime.tzinfo,
)


def _plain(moment: datetime) -> datetime:
    """The same moment without the code that its class may have brought."""
    fold: Any = datetime.fold
    return datetime(*(part.__get__(moment) for part in _PARTS), fold=fold.__get__(moment))


_USUAL_SHAPES = {"--T::+:": 25, "--T::-:": 25, "--T::Z": 20}
"""What stands between the digits of the usual ways to write an instant, and how long the whole is."""


def is_usual(text: str) -> bool:
    """Tells whether an instant is written in a way that ``datetime.fromisoformat`` reads, and fast.

    That takes many more forms than the language; an hour of 24 is taken by some versions, and years from
    1000 to 2999 are far from the ends of time.
    """
    return _USUAL_SHAPES.get(text[4::3]) == len(text) and text[0] in "12" and text[11:13] != "24"


def parse_time(text: str, local: tzinfo) -> datetime | None:
    """Reads an ISO 8601 time, its date and hours at least; None where it is none.

    An offset may have seconds, as Python writes the offsets of before standard time.

    >>> parse_time("2026-11-23T10:00:00+08:00", UTC)
    datetime.datetime(2026, 11, 23, 2, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("2026-11-23T10", UTC)
    datetime.datetime(2026, 11, 23, 10, 0, tzinfo=datetime.timezone.utc)
    >>> parse_time("2026-11-23", UTC)
    """
    if is_usual(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            return None
    match = _TIME.fullmatch(text) if len(text) <= 60 else None
    if match is None:
        return None
    day, hour, minute, second, fraction, utc, sign, *offset = match.groups()
    try:
        moment = datetime.combine(date.fromisoformat(day), datetime.min.time()).replace(
            hour=int(hour),
            minute=int(minute or 0),
            second=int(second or 0),
            microsecond=int((fraction or "0")[:6].ljust(6, "0")),
        )
        if utc or sign:
            hours, minutes, seconds = (int(part or 0) for part in offset)
            shift = timedelta(hours=hours, minutes=minutes, seconds=seconds)
            if shift >= timedelta(hours=24):
                return None
            moment = (moment + shift if sign == "-" else moment - shift).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return instant(moment, local)


def parse_date(text: str) -> date | None:
    """Reads an ISO 8601 calendar date, or its midnight as spreadsheets write it; None where it is none.

    >>> parse_date("2026-11-23 00:00:00"), parse_date("2026-02-30")
    (datetime.date(2026, 11, 23), None)
    """
    midnight = _MIDNIGHT.fullmatch(text)
    text = text if midnight is None else midnight[1]
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_duration(text: str) -> timedelta | None:
    """Reads a duration as the language writes it, the larger unit first; None where it is none.

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    >>> parse_duration("5 minutes")
    """
    match = _DURATION.fullmatch(text) if text else None
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def format_duration(span: timedelta) -> str:
    """Writes a duration in the language's own words.

    >>> format_duration(timedelta(hours=1, minutes=30))
    '1h30m'
    """
    sign = "-" if span < timedelta(0) else ""
    span = abs(span)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{span.microseconds:06d}".rstrip("0") if span.microseconds else ""
    parts = [
        f"{span.days}d" if span.days else "",
        f"{hours}h" if hours else "",
        f"{minutes}m" if minutes else "",
        f"{seconds}{fraction}s" if seconds or fraction else "",
    ]
    return sign + ("".join(parts) or "0s")


def later(moment: datetime, by: timedelta) -> datetime | None:
    """Moves an instant on; None behind the end of time.

    >>> later(datetime(2026, 11, 23, tzinfo=UTC), timedelta(minutes=2)).minute
    2
    """
    try:
        result = moment + by
    except OverflowError:
        return None
    return result if in_bounds(result) else None


def on_wall(moment: datetime, local: tzinfo) -> datetime:
    """Tells an instant by the clock on the wall, with the offset of that hour.

    An offset, since an hour of a zone that comes twice is equal to no time of another zone.

    >>> on_wall(datetime(2026, 11, 23, 9, tzinfo=UTC), zone("Asia/Shanghai")).isoformat()
    '2026-11-23T17:00:00+08:00'
    """
    there = moment.astimezone(local)
    return there.astimezone(timezone(there.utcoffset() or timedelta(0)))


def utc_now() -> datetime:
    """Reads the clock of the machine, in UTC."""
    return datetime.now(UTC)


def in_bounds(moment: datetime) -> bool:
    """Checks whether an instant is far enough from the ends of time to be read in any timezone."""
    return FIRST_TIME <= moment <= LAST_TIME


def clipped(moment: datetime) -> datetime:
    """The moment in UTC, or the nearest one that is far enough from the ends of time."""
    return min(max(moment, FIRST_TIME), LAST_TIME).astimezone(UTC)

"""How contacts are read by hand: a function for each field, which takes the usual value at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from routekit.schema import types as t
from routekit.schema.reading import Fault, python_value, reader
from routekit.schema.times import is_usual

__all__ = [
    "LIVE",
    "TIERS",
    "day",
    "flag",
    "named",
    "names",
    "number",
    "record",
    "shown",
    "signals",
    "span",
    "text",
    "texts",
    "time",
    "whole",
]

Problems = list[dict[str, str]]
Reader = Callable[[Any, str, Problems], Any]
TEXT = {str}
LARGEST = 2**63 - 1
LONGEST = 1_000_000
TIERS = {"bronze": 0, "silver": 1, "gold": 2, "platinum": 3}
NOTHING: dict[str, Any] = {}


def _problem(problems: Problems, path: str, message: str) -> None:
    problems.append({"path": path, "message": message})


def _odd(read: Callable[[object], Any], default: Any, required: bool = False) -> Reader:
    """What becomes of a value that is missing or not plain."""

    def odd(raw: Any, path: str, problems: Problems) -> Any:
        if raw is None:
            if required:
                _problem(problems, path, "is required and missing")
            return default
        value = read(raw)
        if isinstance(value, Fault) and (plain := python_value(raw)) is not raw:
            value = default if plain is None else read(plain)
        if isinstance(value, Fault):
            _problem(problems, path, value.text)
            return default
        return value

    return odd


def text(default: str | None = None, longest: int = LONGEST) -> Reader:
    odd = _odd(reader(t.Text(), UTC, longest), default)

    def read(raw: Any, path: str, problems: Problems) -> Any:
        if type(raw) is str and raw.isascii() and len(raw) <= longest:
            return raw
        return odd(raw, path, problems)

    return read


def named(*known: str, default: str | None = None, required: bool = False) -> Reader:
    odd = _odd(reader(t.Choice(known), UTC), default, required)
    few = frozenset(known)

    def read(raw: Any, path: str, problems: Problems) -> Any:
        if type(raw) is str and raw in few:
            return raw
        return odd(raw, path, problems)

    return read


def whole(low: int = 0, high: int = LARGEST, default: int | None = 0) -> Reader:
    odd = _odd(reader(t.Integer(low, None if high == LARGEST else high), UTC), default)

    def read(raw: Any, path: str, problems: Problems) -> Any:
        if type(raw) is int and low <= raw <= high:
            return raw
        return odd(raw, path, problems)

    return read


def number(low: float | None, high: float | None, default: float | None = None) -> Reader:
    odd = _odd(reader(t.Number(low, high), UTC), default)
    least, most = -1e308 if low is None else low, 1e308 if high is None else high

    def read(raw: Any, path: str, problems: Problems) -> Any:
        if type(raw) is float and least <= raw <= most:
            return raw
        return odd(raw, path, problems)

    return read


_read_flag = _odd(reader(t.Flag(), UTC), False)


def flag(raw: Any, path: str, problems: Problems) -> Any:
    if raw is True or raw is False:
        return raw
    return _read_flag(raw, path, problems)


def time(zone: str) -> Reader:
    odd = _odd(reader(t.Time(), ZoneInfo(zone)), None)

    def read(raw: Any, path: str, problems: Problems) -> Any:
        if type(raw) is str and is_usual(raw):
            try:
                return datetime.fromisoformat(raw).astimezone(UTC)
            except ValueError:
                pass
        return None if raw is None else odd(raw, path, problems)

    return read


_read_day = _odd(reader(t.Date(), UTC), None)


def day(raw: Any, path: str, problems: Problems) -> date | None:
    if type(raw) is str and len(raw) == 10 and raw[4] == "-" and raw[7] == "-":
        try:
            return date.fromisoformat(raw)
        except ValueError:
            pass
    found: date | None = _read_day(raw, path, problems)
    return found


_read_span = _odd(reader(t.Duration(), UTC), timedelta(0))


def span(raw: Any, path: str, problems: Problems) -> Any:
    if type(raw) is int and 0 <= raw <= 1_000_000_000:
        return timedelta(seconds=raw)
    return timedelta(0) if raw is None else _read_span(raw, path, problems)


def texts(raw: Any, path: str, problems: Problems) -> Any:
    if type(raw) is list and {*map(type, raw)} <= TEXT and len(raw) < 100 and "".join(raw).isascii():
        return frozenset(raw)
    return _read_texts(raw, path, problems)


_read_texts = _odd(reader(t.SetOf(t.Text()), UTC), frozenset())


def names(*known: str) -> Reader:
    odd = _odd(reader(t.SetOf(t.Choice(known)), UTC), frozenset())
    few = frozenset(known)

    def read(raw: Any, path: str, problems: Problems) -> Any:
        if type(raw) is list and {*map(type, raw)} <= TEXT and few.issuperset(raw):
            return frozenset(raw)
        return odd(raw, path, problems)

    return read


def record(owner: Any, name: str, problems: Problems, path: str = "") -> dict[str, Any]:
    """A member that should be an object; empty where it is missing."""
    found = owner.get(name)
    if type(found) is dict:
        return found
    if found is not None:
        kind = reader(t.Flag(), UTC)(found)
        assert isinstance(kind, Fault)
        _problem(problems, path or name, kind.text.replace("not yes or no", "not an object"))
    return NOTHING


LIVE = (("waiting", whole()), ("longest_wait", span), ("free_agents", whole()))


def signals(
    contact: dict[str, Any], queues: tuple[str, ...], problems: Problems
) -> dict[str, dict[str, Any]]:
    """The live signals of all queues that send some."""
    live = record(contact, "live", problems)
    found: dict[str, dict[str, Any]] = {}
    for queue in queues:
        if queue in live:
            path = f"live.{queue}"
            sent = record(live, queue, problems, path)
            found[queue] = {name: read(sent.get(name), f"{path}.{name}", problems) for name, read in LIVE}
    return found


def shown(raw: Any, read: Reader, problems: Problems) -> list[tuple[str, datetime]]:
    """The offers that were shown, and when."""
    found = []
    for place, entry in enumerate(raw or ()):
        name, at = entry["offer"], read(entry["at"], f"offers_shown[{place}].at", problems)
        if at is not None:
            found.append((name, at))
    return found

"""What is expected and what came of it, in the words of an example."""

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal

from routekit.policy.model import CheckedPolicy, Example
from routekit.schema.times import format_duration, parse_time, zone
from routekit.schema.types import Choice, SetOf, Type, Value

__all__ = ["given_in", "place_of", "title_of"]


def given_in(example: Example, policy: CheckedPolicy) -> str:
    """What an example gives, as ``given`` writes it; empty where that is nothing."""
    types = {(record.name, field.name): field.type for record in policy.records for field in record.fields}
    signals = {field.name: field.type for field in policy.live}
    return ", ".join(
        f"{'.'.join(given.path)} {_literal(given.value, type_, policy.timezone)}"
        for given in example.given
        for type_ in [signals[given.path[1]] if given.live else types[given.path]]
    )


def _literal(value: Value, type_: Type, timezone: str) -> str:
    match value:
        case frozenset():
            element = type_.element if isinstance(type_, SetOf) else type_
            return f"{{{', '.join(sorted(_literal(member, element, timezone) for member in value))}}}"
        case bool():
            return "yes" if value else "no"
        case str():
            return value if isinstance(type_, Choice) else _quoted(value)
        case datetime():
            return _moment(value, zone(timezone))
        case date():
            return value.isoformat()
        case timedelta():
            return format_duration(value)
        case float():
            return f"{Decimal(repr(value)):f}"
        case _:
            return str(value)


def _moment(moment: datetime, local: tzinfo) -> str:
    """A time on the wall of the policy's timezone; with its offset where the wall alone would mislead."""
    there = moment.astimezone(local)
    exactness = "auto" if there.second or there.microsecond else "minutes"
    plain = there.replace(tzinfo=None).isoformat(" ", exactness)
    return plain if parse_time(plain, local) == moment else there.isoformat(" ", exactness)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def title_of(example: Example) -> str:
    """What people call an example, one without a title too."""
    if example.title:
        return example.title
    return f"example in line {example.span.line}" if example.span else "example"


def place_of(example: Example) -> tuple[str, int]:
    """The file and the line of an example."""
    return (example.span.source.name, example.span.line) if example.span else ("", 0)

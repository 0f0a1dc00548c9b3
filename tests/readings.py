"""What a file of contacts reads as: the values of one field, or what is said in their places."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta

from routekit import Policy
from routekit.intake import Intake
from routekit.intake.cells import columns_of
from routekit.readers import Contacts, Row
from routekit.schema.times import format_duration

POLICY = Policy.from_text(
    """
policy desk "Desk"
record contact {
  channel one of voice, chat
  at time ?
}
record customer {
  id text = ""
  value "Kundenwert" number = 0
  vip flag = no
  since date ?
  waited duration ?
}
channel voice { assisted }
queue general { on voice }
route { otherwise queue general }
"""
)
COLUMNS = columns_of(POLICY.checked)
NOW = datetime(2026, 11, 27, tzinfo=UTC)
_INTAKE = Intake(POLICY.checked)


def readings(contacts: Contacts, field: str) -> list[object]:
    """Reads the values of a field; what is said in the place of one begins with ``!``."""
    with closing(contacts):
        return [_of(row, field) for row in contacts.rows]


def agree(found: list[object], expected: tuple[object, ...]) -> bool:
    """Tells whether values are the expected ones; of what is said a part is expected."""
    return len(found) == len(expected) and all(map(_agrees, found, expected))


def _of(row: Row, field: str) -> object:
    if row.broken:
        return f"!{row.broken}"
    facts = _INTAKE.read(row.contact, NOW)
    said = [problem.message for problem in facts.problems if problem.path == field]
    owner, _, name = field.partition(".")
    value = facts.fields[owner, name]
    if said:
        return f"!{said[0]}"
    if isinstance(value, date):
        return value.isoformat()
    return format_duration(value) if isinstance(value, timedelta) else value


def _agrees(found: object, expected: object) -> bool:
    if isinstance(expected, str) and expected.startswith("!"):
        return isinstance(found, str) and found.startswith("!") and expected[1:] in found
    return found == expected and type(found) is type(expected)

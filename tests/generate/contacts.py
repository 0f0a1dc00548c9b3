"""Contacts for policies over small domains: every one there is, or some at the edges of what is asked."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product

from routekit import Policy
from routekit.intake import Intake
from routekit.policy.facts import Facts
from routekit.prover.domains.terms import NOON
from routekit.testing.choices import Dice
from tests.generate.settings import SMALL, TIMED, Values

__all__ = [
    "CLOCKS",
    "YEARS",
    "contact_with",
    "every_contact",
    "facts_of_every_contact",
    "some_contacts",
    "widened_contacts",
]

YEARS = 2024, 2026
"""The years of the clocks."""
_DAYS = (
    *("2024-02-28", "2024-02-29", "2024-03-01", "2024-11-03", "2025-01-31", "2025-12-30"),
    *("2026-03-01", "2026-03-08", "2026-03-27", "2026-03-28", "2026-03-29", "2026-03-31", "2026-04-03"),
    *("2026-04-15", "2026-10-24", "2026-10-25", "2026-11-01", "2026-12-24", "2026-12-25", "2026-12-30"),
)
_MINUTES = 0, 59, 90, 150, 480, 545, 600, 1020, 1290, 1439


def _clocks() -> list[datetime]:
    days = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in _DAYS]
    return [day + timedelta(minutes=minute) for day in days for minute in _MINUTES]


CLOCKS = _clocks()


def contact_with(values: Mapping[str, object]) -> dict[str, object]:
    """A contact with these values; those that are None are missing."""
    contact: dict[str, object] = {"contact": {}}
    for path, value in values.items():
        *records, field = path.split(".")
        record = contact
        for name in records:
            record = record.setdefault(name, {})  # type: ignore[assignment]
        if value is not None:
            record[field] = value
    return contact


def every_contact(values: Values = SMALL.values) -> Iterator[dict[str, object]]:
    """All contacts with values of these, those without a required field too."""
    for chosen in product(*values.values()):
        yield contact_with(dict(zip(values, chosen, strict=True)))


@cache
def facts_of_every_contact() -> tuple[Facts, ...]:
    """Every contact of small policies as it is read: all of them declare the same fields."""
    intake = Intake(Policy.from_text(f"{SMALL.head}route {{ otherwise queue desk }}").checked)
    return tuple(intake.read(contact, NOON) for contact in every_contact())


def widened_contacts() -> list[dict[str, object]]:
    """Every contact of small policies, and some with values that only a few of their versions know."""
    wider = {path: (*values, *SMALL.wider.get(path, ())) for path, values in SMALL.values.items()}
    return [*every_contact(), *list(every_contact(wider))[::7]]


def some_contacts(dice: Dice, count: int) -> list[tuple[dict[str, object], datetime]]:
    """Contacts of policies over times and much else, and the clocks at which they come."""
    found = []
    for _ in range(count):
        values = {
            path: dice.pick(known) if dice.chance(60) else known[0] for path, known in TIMED.values.items()
        }
        clock = dice.pick(CLOCKS)
        values["contact.at"] = clock.isoformat() if dice.chance(50) else None
        contact = contact_with(values)
        if dice.chance(15):
            back = dice.pick((timedelta(hours=1), timedelta(days=3)))
            contact["offers_shown"] = [{"offer": "offer_0", "at": (clock - back).isoformat()}]
        found.append((contact, clock))
    return found

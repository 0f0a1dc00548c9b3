"""Policies over times, dates, waits, sets and texts, and contacts at the edges of all that they ask."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from routekit.testing.choices import Dice

__all__ = ["CLOCKS", "QUESTIONS", "YEARS", "contacts", "write_timed"]

YEARS = 2024, 2026
_ZONES = "Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "America/Sao_Paulo"

_HEAD = """
policy timed
timezone ZONE
record contact { channel one of voice, web  at time ARRIVAL  flagged flag ? }
record customer {
  born    date ?
  until   date ?
  seen    time ?
  wait    duration ?
  levels  set of integer 1..2 = {}
  tags    set of text ?
  days    set of one of mon, sat ?
  level   integer 1..3 ?
  name    text ?
  score   number 0..10 = 1
  id      text ?
}
live queue { longest_wait duration = 0s  agents integer 0..2 ? }
history { calls count within 1d  seen_by last queue within 7d }
channel voice { assisted }
channel web { self_service }
calendar shop { open Mon-Fri 09:00-17:00  closed 2026-03-28..2026-03-31 }
calendar feasts { open Mon-Sun 00:00-24:00  closed holidays GB }
calendar night { open Fri, Sat 22:00-06:00 }
queue general { on voice, web }
queue special { on voice }
queue portal { on web }
queue day_team { on voice  open shop }
queue late_team { on voice  open night }
message hello { web "hello" }
let spare = customer.wait else 2m
let soon = date(now) + 1d
"""

TESTS = (
    "weekday(now) in {mon, fri}", "hour(now) in 9..16", "hour(now) < 2", "day(now) is 29", "day(now) > 30",
    "month(now) is 2", "month(now) is not month(now + 1d)", "day(now + 1d) is 1", "weekday(now + 1d) is sat",
    "soon > 2026-03-28", "date(now) in 2026-03-28..2026-03-31", "date(now) is 2024-02-29",
    "now >= 2026-10-25 02:30", "now - 2h < 2026-03-29 03:00", "shop is open", "feasts is open",
    "night is open", "shop is not open and hour(now) is 10", "hour(now - 1h) is hour(now)",
    "hour(now + 1h) is hour(now) + 1", "hour(now + 30m) is 9", "weekday(date(now) + 1d) is mon",
    "day(date(now) - 1d) is 28", "contact.at is known", "hour(contact.at) < 9",
    "(contact.at else 2026-03-29 03:00) < now",
    "customer.until < date(now)", "customer.until <= soon", "customer.until - date(now) > 3d",
    "day(customer.born) > 28", "month(customer.born) is month(now)", "day(customer.born) is day(now)",
    "customer.born + 1d in 2026-03-01..2026-03-02", "month(customer.born + 1d) is 3",
    "weekday(customer.born) is sun", "customer.born < 1990-01-31", "customer.born is missing",
    "hour(customer.seen) is 7", "customer.seen + 1h > now", "now - customer.seen > 1d",
    "weekday(customer.seen) is weekday(now)", "customer.seen is known",
    "general.longest_wait > special.longest_wait", "general.longest_wait > special.longest_wait + 5m",
    "general.longest_wait + customer.wait > 10m", "customer.wait >= 2m", "spare < 1m", "spare + 1m > 3m",
    "general.agents > special.agents", "general.agents is missing",
    "customer.levels has 1", "customer.levels has 1 or customer.levels has 2", "customer.levels is not empty",
    "customer.levels has all {1, 2}", "customer.level in customer.levels", "customer.tags has \"a\"",
    "customer.tags is empty", "customer.tags is known", "customer.days has weekday(now)",
    "(customer.tags has \"a\") is contact.flagged", "contact.flagged is (customer.levels is empty)",
    "customer.name contains \"a\"", "customer.name ends with \"bo\"", "customer.name matches \"^a.*o$\"",
    "customer.name is \"abo\"", "customer.name is missing", "customer.name in {\"x\", \"abo\"}",
    "customer.score > 1.5", "customer.score * 2 < customer.level", "customer.score / 3 >= 2",
    "customer.score - 1 is 0.5", "customer.level > 2", "customer.level else 2 is 2",
    "history.calls >= 2", "history.seen_by is special", "contact.flagged", "not contact.flagged",
    "contact.channel is voice",
)  # fmt: skip
_PROMISES = (
    "channel is assisted", "queue is general", "priority <= 3", "rule is otherwise", "offers is empty",
    "skills has s or queue is special", "message is hello", "(channel is assisted) is contact.flagged",
    "queue in {general, portal} or now > 2026-06-01 00:00",
)  # fmt: skip
_QUEUES = "general", "special", "portal", "day_team", "late_team", "special, priority 2", "general on web"
_KEYS = "customer.id", "customer.born", "contact.at", "customer.seen", "customer.level", "customer.wait"
QUESTIONS = "queue is special", "priority < 3", "queue is portal", "rule is otherwise", "offers has gift"


def write_timed(dice: Dice) -> str:
    """A policy of a few rules."""
    text = _HEAD.replace("ZONE", dice.pick(_ZONES)).replace("ARRIVAL", dice.pick(("?", "?", "")))
    text += f"segment some when {_condition(dice, 1)}\nroute {{\n"
    for number in range(dice.between(1, 4)):
        text += f"  rule r{number} when {_condition(dice, 2)} {_body(dice)}\n"
    if dice.chance(30):
        text += "  table t (hour(now), customer.level, customer.until) {\n"
        for _ in range(dice.between(1, 3)):
            cells = (
                dice.pick(("_", "< 12", "9..17")),
                dice.pick(("_", "1, 3", "missing", ">= 2")),
                dice.pick(("_", "< date(now)", "known")),
            )
            text += f"    {' | '.join(cells)} -> queue {dice.pick(_QUEUES)}\n"
        text += "  }\n"
    if dice.chance(10):
        text += (
            "  rule all_else when contact.channel is known or contact.channel is missing then queue general\n"
        )
    text += "  otherwise queue general\n}\n"
    text += f"adjust {{ rule a when {_condition(dice, 1)} then {dice.pick(_CHANGES)} }}\n"
    text += "offers {\n" + dice.pick(("", "  show 1\n"))
    text += (
        f"  offer gift when {_condition(dice, 1)} worth 3 {dice.pick(('', 'at most 1 per 2d', 'on web'))}\n"
    )
    text += f"  offer points when {_condition(dice, 1)} worth customer.score\n"
    text += f"  never when {_condition(dice, 0)}\n" if dice.chance(30) else ""
    text += "}\n"
    for number in range(2):
        text += f"guarantee g{number} when {_condition(dice, 1)} then {dice.pick(_PROMISES)}\n"
    return text


_CHANGES = (
    "skills + {s}",
    "skills + {s}, priority - 2",
    "skills + {s}, priority 1",
    "skills + {s}, message hello",
)


def _condition(dice: Dice, depth: int) -> str:
    kind = dice.below(6) if depth else 0
    if kind < 3:
        return dice.pick(TESTS)
    parts = [f"({_condition(dice, depth - 1)})" for _ in range(2)]
    if kind == 5:
        return f"not {parts[0]}"
    return (" and " if kind == 3 else " or ").join(parts)


def _body(dice: Dice) -> str:
    if dice.chance(25):
        share = dice.pick((10, 50))
        arms = f"{share}% queue {dice.pick(_QUEUES)} {100 - share}% queue {dice.pick(_QUEUES)}"
        return f'split by {dice.pick(_KEYS)} seed "s{dice.below(9)}" {{ {arms} }}'
    plan = f" after 30m queue {dice.pick(('day_team', 'late_team'))}" if dice.chance(20) else ""
    return f"then queue {dice.pick(_QUEUES)}{plan}"


_DAYS = (
    *("2024-02-28", "2024-02-29", "2024-03-01", "2024-11-03", "2025-01-31", "2025-12-30"),
    *("2026-03-01", "2026-03-08", "2026-03-27", "2026-03-28", "2026-03-29", "2026-03-31", "2026-04-03"),
    *("2026-10-24", "2026-10-25", "2026-11-01", "2026-12-25", "2026-12-30"),
)
_MINUTES = 0, 59, 90, 150, 480, 545, 600, 1020, 1290, 1439


def _clocks() -> list[datetime]:
    days = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in _DAYS]
    return [day + timedelta(minutes=minute) for day in days for minute in _MINUTES]


CLOCKS = _clocks()
_FIELDS: Mapping[str, tuple[object, ...]] = {
    "contact.channel": ("voice", "web", None),
    "contact.flagged": (None, True, False),
    "customer.born": (None, "1990-01-31", "1988-02-29", "2026-03-01", "2026-02-28", "1999-12-26"),
    "customer.until": (None, "2024-02-29", "2026-03-28", "2026-03-29", "2028-12-31", "2020-01-01"),
    "customer.seen": (None, "2026-03-28T07:30:00Z", "2024-02-28T23:59:59Z", "2026-03-29T00:30:00Z"),
    "customer.wait": (None, "0s", "1m", "2m", 90.5, "6m", "11m"),
    "customer.levels": (None, [], [1], [2], [1, 2]),
    "customer.tags": (None, [], ["a"], ["b"]),
    "customer.days": (None, [], ["mon"], ["sat"]),
    "customer.level": (None, 1, 2, 3),
    "customer.name": (None, "abo", "a", "bo", "x", "azo"),
    "customer.score": (None, 0, 1.5, 2, 6, 10),
    "customer.id": (None, "c-1", "c-2", "c-3", "c-4"),
    "live.general.longest_wait": (None, "1m", "6m", "20m"),
    "live.special.longest_wait": (None, "1m", "5m"),
    "live.general.agents": (None, 0, 1),
    "live.special.agents": (None, 0, 2),
    "history.calls": (None, 1, 2),
    "history.seen_by": (None, "special", "portal"),
}  # fmt: skip


def contacts(dice: Dice, count: int) -> list[tuple[dict[str, object], datetime]]:
    """Contacts, and the clocks at which they come."""
    found = []
    for _ in range(count):
        contact: dict[str, object] = {"contact": {}}
        for path, values in _FIELDS.items():
            value = dice.pick(values) if dice.chance(60) else values[0]
            *records, field = path.split(".")
            if value is not None:
                record = contact
                for name in records:
                    record = record.setdefault(name, {})  # type: ignore[assignment]
                record[field] = value
        clock = dice.pick(CLOCKS)
        if dice.chance(50):
            contact["contact"]["at"] = clock.isoformat()  # type: ignore[index]
        if dice.chance(15):
            back = dice.pick((timedelta(hours=1), timedelta(days=3)))
            contact["offers_shown"] = [{"offer": "gift", "at": (clock - back).isoformat()}]
        found.append((contact, clock))
    return found

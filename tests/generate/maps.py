"""Policies with a contact map over a few small domains, and every contact that they can have."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

from routekit.testing.choices import Dice

__all__ = ["CHANNELS", "clocks", "contacts", "write_map"]

CHANNELS = ("voice", "chat", "ivr", "web", "desk")
_FIELDS = ("contact.wish", "customer.senior", "customer.id")
_TESTS = (
    *("contact.wish is bill", "contact.wish is fault", "contact.wish is known", "customer.senior"),
    *("not customer.senior", "customer.id is known", "contact.channel in {voice, chat}"),
    *("contact.channel is web", "contact.channel in {ivr, web}", "contact.channel is desk"),
)
_HEAD = """
policy small
record contact { channel one of voice, chat, ivr, web, desk, other  wish one of bill, fault ? }
record customer { senior flag = no  id text ? }
calendar office { open Mon-Sun 09:00-12:00, Mon-Sun 12:03-17:00 }
"""
_QUEUES = ("a", "b", "c", "d")
_TIMES = (1, 2, 4, 6, 9)


def write_map(dice: Dice, *, hours: bool) -> str:
    """A policy of a few rules with plans and matters; queues have opening hours where ``hours`` says so."""
    text = _HEAD
    for name in CHANNELS:
        kind = {"ivr": "self_service", "web": "self_service", "desk": "assisted in_person"}.get(
            name, "assisted"
        )
        handed = f" hands over {', '.join(dice.some(_FIELDS, most=2))}" if dice.chance(40) else ""
        text += f"channel {name} {{ {kind}{handed} }}\n"
    for name in _QUEUES:
        asked = f" asks for {', '.join(dice.some(_FIELDS, most=2))}" if dice.chance(50) else ""
        opened = " open office" if hours and name != "a" and dice.chance(60) else ""
        text += f"queue {name} {{ on {', '.join(dice.some(CHANNELS, most=3))}{opened}{asked} }}\n"
    for name in ("one", "two"):
        text += f"matter {name} when {dice.pick(_TESTS)} {{ {_solved(dice)} }}\n"
    text += "route {\n"
    for number in range(dice.between(1, 3)):
        text += f"  rule r{number} when {dice.pick(_TESTS)} {_body(dice, text, hours)}\n"
    return text + f"  otherwise queue a{_plan(dice, hours)}\n}}\n"


def _solved(dice: Dice) -> str:
    clauses = []
    for _ in range(dice.between(0, 2)):
        when = f" when {dice.pick(_TESTS)}" if dice.chance(40) else ""
        clauses.append(f"solved on {', '.join(dice.some(CHANNELS, most=3))}{when}")
    return "  ".join(clauses)


def _body(dice: Dice, text: str, hours: bool) -> str:
    if not dice.chance(20):
        return f"then queue {_queue(dice, text)}{_plan(dice, hours)}"
    arms = f"50% queue {_queue(dice, text)} 50% queue {_queue(dice, text)}{_plan(dice, hours)}"
    return f'split by customer.id seed "s" {{ {arms} }}'


def _queue(dice: Dice, text: str) -> str:
    name = dice.pick(_QUEUES)
    if not dice.chance(30):
        return name
    on = next(line for line in text.splitlines() if line.startswith(f"queue {name} "))
    served = [channel for channel in CHANNELS if channel in on.split("on ")[1].split("asks")[0]]
    return f"{name} on {dice.pick(served)}"


def _plan(dice: Dice, hours: bool) -> str:
    steps = ""
    for after in sorted(dice.some(_TIMES, least=0, most=4)):
        when = f" when {dice.pick(_TESTS)}" if dice.chance(25) else ""
        of = " of office" if hours and dice.chance(50) else ""
        called = f"callback within {dice.between(1, 4)}m{of}"
        queue = f"queue {dice.pick(_QUEUES)}"
        then = dice.pick((queue, queue, queue, called, f"{queue}, {called}", "priority 3"))
        steps += f"\n    after {after}m{when + ' then' if when else ''} {then}"
    return steps


def contacts() -> Iterator[dict[str, object]]:
    """All contacts that matter to such a policy."""
    for channel, wish, senior, known in product(
        (*CHANNELS, "other"), ("bill", "fault", None), (0, 1), (None, "x", "y")
    ):
        yield {
            "contact": {"channel": channel} | ({} if wish is None else {"wish": wish}),
            "customer": {"senior": bool(senior)} | ({"id": known} if known else {}),
        }


def clocks(*, hours: bool) -> list[datetime]:
    """Instants at which what is open by a step, or when a call is due, changes, and some between."""
    noon = datetime(2026, 11, 23, 10, tzinfo=UTC)
    if not hours:
        return [noon]
    found = [noon]
    for edge in (180, 120, 123, 420, -60):
        for minutes in range(-14, 2):
            at = noon + timedelta(minutes=edge + minutes)
            found += [at, at + timedelta(seconds=30)]
    return found

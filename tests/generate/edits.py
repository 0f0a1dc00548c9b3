"""Small edits of small policies: some change what happens, some do not, as the dice fall."""

import re
from collections.abc import Iterable, Sequence

from routekit import Policy, PolicyError
from routekit.policy.outcome_parts import PARTS
from routekit.testing.choices import Dice
from tests.generate import small
from tests.generate.parts import given_of

__all__ = ["rewritten", "versions", "widened_contacts"]

_RULE = re.compile(r"^rule (?:r|other_)\d+\nwhen .*\n(?:then|split) .*$", re.MULTILINE)
_SCHEMA = (
    ("value  integer 0..2 = 1", "value  integer 0..2 = 0"),
    ("value  integer 0..2 = 1", "value  integer 0..3 = 1"),
    ("value  integer 0..2 = 1", "value  integer 1..2 = 1"),
    ("value  integer 0..2 = 1", "value  integer 0..2 ?"),
    ("other  integer 0..2 ?", "other  integer 0..1 ?"),
    ("other  integer 0..2 ?", "other  integer 0..2 = 2"),
    ("ordered low < mid < top ?", "ordered low < mid < top < peak ?"),
    ("ordered low < mid < top ?", "ordered mid < low < top ?"),
    ("ordered low < mid < top ?", "ordered low < mid < top = mid"),
    ("one of voice, web", "one of voice, web, chat"),
    ("one of voice, web", "one of web, voice"),
    ("wish    one of people, portal ?", "wish    one of people, portal, desk ?"),
    ("history { loyal open incident }", "history { loyal open incident about contact.wish }"),
    ("tags   set of one of x, y = {} private", "tags   set of one of x, y, z = {x}"),
    ("set of one of x, y = {} private", "set of one of x, y = {}"),
    ("queue desk { on voice, web }", "queue desk { on web, voice }"),
    ("queue people { on voice }", "queue people { on voice, web }"),
    ("channel web { self_service }", "channel web { assisted }"),
)


def versions(dice: Dice) -> tuple[Policy, Policy]:
    """A small policy, and the same with a few edits."""
    text = small.write_small(dice)
    for _ in range(20):
        try:
            return Policy.from_text(text), Policy.from_text(_edited(text, dice))
        except PolicyError:
            continue
    return Policy.from_text(text), Policy.from_text(text)


def _edited(text: str, dice: Dice) -> str:
    """The policy with one to three edits."""
    for _ in range(dice.between(1, 3)):
        text = _edit(text, dice)
    return text


def _edit(text: str, dice: Dice) -> str:
    match dice.below(9):
        case 0 | 1 | 2:
            return _replace(text, dice, small.TESTS, small.TESTS)
        case 3:
            return _replace(
                text,
                dice,
                [f"queue {queue}" for queue in (*small.QUEUES, "contact.wish")],
                (*small.QUEUES, "contact.wish"),
                "queue ",
            )
        case 4:
            old, new = dice.pick(_SCHEMA)
            return text.replace(old, new)
        case 5:
            rules = _RULE.findall(text)
            rule = dice.pick(rules)
            return text if len(rules) < 2 else text.replace(f"{rule}\n", "", 1)
        case 6:
            rules = _RULE.findall(text)
            one, other = dice.pick(rules), dice.pick(rules)
            return text.replace(one, "\0").replace(other, one).replace("\0", other)
        case 7:
            return _replace(text, dice, [f"worth {worth}" for worth in small.WORTHS], small.WORTHS, "worth ")
        case _:
            part = dice.pick([part for part in PARTS if part.in_outcome and part.name != "queue"])
            said = rf', {part.phrase} (?:\{{[^}}]*\}}|"[^"]*"|\w+)'
            changes = (
                (r"priority (\d)", f"priority {dice.between(1, 5)}"),
                (r"show \d", f"show {dice.between(1, 3)}"),
                (r"(\d+)% queue", "40% queue"),
                (r"skills \+ \{s\}", "skills - {s}"),
                (said, f", {given_of(dice, part, small.NAMES)}"),
                (said, ""),
                (r"never when ", "never when customer.loyal and "),
            )
            old, new = dice.pick(changes)
            return re.sub(old, new, text, count=1)


def _replace(text: str, dice: Dice, old: Iterable[str], new: Sequence[str], word: str = "") -> str:
    there = [part for part in old if part in text]
    if not there:
        return text
    part = dice.pick(there)
    places = [found.start() for found in re.finditer(re.escape(part), text)]
    place = dice.pick(places)
    return text[:place] + word + dice.pick(tuple(new)) + text[place + len(part) :]


def rewritten(text: str, dice: Dice) -> str:
    """The same policy in other words: rules with other names, a table as rules, a rule said twice."""
    text = re.sub(r"rule r(\d)", lambda found: f"rule other_{found[1]}", text)
    text = re.sub(r"segment first when (.*)", r"segment first when (\1)", text)
    if dice.chance(50):
        there = _RULE.findall(text)[0]
        again = there.replace("rule other_", "rule again_")
        text = text.replace(there, f"{there}\n{again}", 1)
    return text.replace('message hello { web "hello" }', 'message hello {\n  web "hello" # a word\n}')


def widened_contacts() -> list[dict[str, object]]:
    """Every contact of small policies, and some with values that only a few of the edits know."""
    more: dict[str, tuple[object, ...]] = {
        "contact.channel": ("chat",),
        "contact.wish": ("desk",),
        "customer.tier": ("peak",),
        "customer.value": (3, None),
        "customer.tags": (["x", "z"],),
    }
    return [*small.every_contact(), *list(small.every_contact(more))[::7]]

"""Policies over a few small domains, and every contact that they can have."""

from collections.abc import Iterator, Mapping
from itertools import product

from routekit.layout.writing import rule
from routekit.policy.outcome_parts import DECISION_PARTS, PARTS, Kind
from routekit.testing.choices import Dice
from tests.generate.parts import changes_of, given_of, promises_of

__all__ = ["NAMES", "QUEUES", "TESTS", "WORTHS", "every_contact", "write_small"]

_HEAD = """
policy small
record contact {
  channel one of voice, web
  wish    one of people, portal ?
}
record customer {
  tier   ordered low < mid < top ?
  value  integer 0..2 = 1
  other  integer 0..2 ?
  tags   set of one of x, y = {} private
}
history { loyal open incident }
channel voice { assisted }
channel web { self_service }
queue desk { on voice, web }
queue people { on voice }
queue portal { on web }
segment first when SEGMENT_0
segment second when SEGMENT_1
let sum = customer.value + customer.other
let mood ordered calm < tense {
  when CASE_0 then tense
  table (contact.wish, customer.value) {
    people | >= 1 -> tense
    _      | 0, 2 -> calm
  }
LAST}
let points GATHER{
  when CASE_1 then 2
  when CASE_2 then customer.other
  table (customer.tier) { low -> 1  mid -> customer.value }
  when CASE_3 then 1
}
"""

_PLAIN_TESTS = (
    "contact.channel is voice",
    "contact.wish is people",
    "contact.wish in {people}",
    "contact.wish is not portal",
    "contact.wish is missing",
    "customer.tier >= mid",
    "customer.tier < top",
    "customer.tier in low..mid",
    "customer.tier is known",
    "customer.value > 1",
    "customer.value in 1..2",
    "customer.value in {0, 2}",
    "customer.value < 2",
    "customer.other >= 2",
    "customer.other is 0",
    "(customer.other else 2) > 1",
    "customer.value < customer.other",
    "customer.value is customer.other",
    "sum >= 3",
    "sum * 2 < 3",
    "customer.value - customer.other in 1..2",
    "history.loyal",
    "history.loyal is (customer.value > 1)",
    "customer.tags has x",
    "customer.tags has any {x, y}",
    "customer.tags has all {x, y}",
    "customer.tags is empty",
)
TESTS = (
    *_PLAIN_TESTS,
    "mood is tense",
    "mood < tense",
    "mood is missing",
    "points >= 2",
    "points in {1, 4}",
    "points > customer.value",
    "points is missing or mood is calm",
)
QUEUES = ("desk", "people", "portal", "portal on web")
_CHOSEN = ("contact.wish", "contact.wish on web")
NAMES = {
    "rule": ["otherwise"],
    "channel": ["voice", "web"],
    "queue": ["desk", "people", "portal"],
    "skill": ["s"],
    "message": ["hello", "dear"],
    "offer": ["gift", "points", "data"],
}
_PROMISES = (
    "channel is assisted",
    "queue is desk",
    "queue in {desk, people}",
    "priority <= 3",
    "priority > 1 and not (channel is web)",
    "rule is otherwise",
    "offers is empty",
    "offers has gift",
    "offers has any {gift, points} or skills has s",
    "skills is empty",
    "message is hello",
    "customer.value > 1 or channel is voice",
)
WORTHS = ("5", "customer.value", "customer.other * 2", "3 - customer.value", "sum", "points")


def write_small(dice: Dice) -> str:
    """A policy of a few rules over all of what the language can ask of small domains."""
    text = _HEAD.replace("GATHER", dice.pick(("", "sum ", "min ", "max ")))
    text = text.replace("LAST", dice.pick(("", "  otherwise calm\n")))
    for number in range(4):
        text = text.replace(f"CASE_{number}", dice.pick(_PLAIN_TESTS))
    for number in range(2):
        text = text.replace(f"SEGMENT_{number}", _condition(dice, 2, segments=False))
    text += "route {\n"
    for number in range(dice.between(1, 5)):
        text += rule(f"r{number}", when=_condition(dice, 2), body=_body(dice)) + "\n"
    if dice.chance(40):
        text += "  table t (contact.channel, customer.tier, customer.value) {\n"
        for _ in range(dice.between(1, 4)):
            cells = (
                dice.pick(("_", "voice", "web")),
                dice.pick(("_", "low", "mid, top", ">= mid", "missing")),
                dice.pick(("_", "0..1", ">= 1", "0, 2")),
            )
            text += f"    {' | '.join(cells)} -> {_outcome(dice, chosen=20)}\n"
        text += "  }\n"
    text += f"  otherwise queue desk{dice.pick(('', ', priority 2'))}\n}}\n"
    text += f"adjust {{\n  rule skilled when {_condition(dice, 1)} then skills + {{s}}\n"
    for number in range(dice.below(3)):
        part = dice.pick([part for part in PARTS if part.in_adjust])
        change = dice.pick(changes_of(dice, part, NAMES))
        text += f"  rule a{number} when {_condition(dice, 1)} then {change}\n"
    text += '}\nmessage hello { web "hello" }\nmessage dear { voice "dear" }\noffers {\n'
    text += dice.pick(("", "  show 1\n", "  show 2\n"))
    for name in ("gift", "points", "data"):
        text += f"  offer {name} when {_condition(dice, 1)} worth {dice.pick(WORTHS)}"
        text += dice.pick(("", " on web", " on voice", " at most 0 per 1d")) + "\n"
    if dice.chance(50):
        text += f"  never when {_condition(dice, 1)}\n"
    text += "}\n"
    for number in range(3):
        text += f"guarantee g{number} when {_condition(dice, 1)} then {_promise(dice)}\n"
    return text


def _promise(dice: Dice) -> str:
    if dice.chance(60):
        return dice.pick(_PROMISES)
    part = dice.pick([part for part in DECISION_PARTS if part.promised])
    return dice.pick(promises_of(dice, part, NAMES))


def _condition(dice: Dice, depth: int, *, segments: bool = True) -> str:
    kind = dice.below(6) if depth else 0
    if kind < 3:
        if segments and dice.chance(15):
            return dice.pick(("first", "second"))
        return dice.pick(TESTS)
    parts = [_condition(dice, depth - 1, segments=segments) for _ in range(dice.between(2, 3))]
    if kind == 5:
        return f"not ({parts[0]})"
    word = " and " if kind == 3 else " or "
    return f"({word.join(parts)})"


def _outcome(dice: Dice, chosen: int = 0) -> str:
    queue = dice.pick(_CHOSEN) if dice.chance(chosen) else dice.pick(QUEUES)
    parts = [f"queue {queue}"]
    parts += [
        given_of(dice, part, NAMES)
        for part in PARTS
        if part.in_outcome and part.name != "queue" and dice.chance(50 if part.kind is Kind.INTEGER else 25)
    ]
    return ", ".join(parts)


def _body(dice: Dice) -> str:
    if not dice.chance(15):
        return f"then {_outcome(dice, chosen=20)}"
    share = dice.pick((0, 30, 60))
    key = dice.pick(("customer.value", "customer.other"))
    arms = f"{share}% {_outcome(dice)} {100 - share}% {_outcome(dice)}"
    return f'split by {key} seed "s{dice.below(9)}" {{ {arms} }}'


def every_contact(more: Mapping[str, tuple[object, ...]] | None = None) -> Iterator[dict[str, object]]:
    """All contacts of the head, those without a required field too; ``more`` are further values."""
    fields: dict[str, tuple[object, ...]] = {
        "contact.channel": ("voice", "web", None),
        "contact.wish": ("people", "portal", None),
        "customer.tier": ("low", "mid", "top", None),
        "customer.value": (0, 1, 2),
        "customer.other": (0, 1, 2, None),
        "history.loyal": (True, False),
        "customer.tags": ([], ["x"], ["y"], ["x", "y"]),
    }
    if more is not None:
        fields = {path: (*values, *more.get(path, ())) for path, values in fields.items()}
    for values in product(*fields.values()):
        contact: dict[str, dict[str, object]] = {"contact": {}, "customer": {}, "history": {}}
        for path, value in zip(fields, values, strict=True):
            record, _, field = path.partition(".")
            if value is not None:
                contact[record][field] = value
        yield contact  # type: ignore[misc]

"""The one workload that every engine gets: a seeded policy, and contacts skewed like real traffic.

A policy is told in a neutral form (rules of tests on ten attributes; the first rule whose tests all
hold decides), which each adapter in ``benchmarks.engines`` renders for its engine. Contacts are
nested dicts, as ``Engine.decide`` takes them. Names, numbers and order depend on the seed alone.
"""

import json
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

__all__ = [
    "ATTRIBUTES",
    "CHANNELS",
    "OTHERWISE",
    "QUEUES",
    "Attribute",
    "Choice",
    "Contact",
    "Flag",
    "FlagIs",
    "OneOf",
    "Order",
    "Outcome",
    "Rule",
    "Test",
    "Value",
    "Whole",
    "Within",
    "first_match",
    "make_contacts",
    "make_rules",
    "traffic",
]

Value = str | int | bool
Contact = dict[str, dict[str, Value]]

SEED = 20_260_101
CONTACTS = 500
RULE_EXPONENT = 0.5
BROADEST = 0.15
"""No rule holds for more of the contacts, so that no one draw settles how far a scanner walks."""


class Order(Enum):
    """How the rules stand; a scanner that walks them stops far sooner in the second."""

    SPECIFIC = "most specific rule first"
    RANDOM = "random order"


# the ten attributes


@dataclass(frozen=True, slots=True)
class Choice:
    """An attribute of so many names; the first is the commonest among contacts."""

    record: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A bounded integer; small values are commoner by ``skew`` (1 is even)."""

    record: str
    name: str
    low: int
    high: int
    skew: float


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes for ``share`` of the contacts."""

    record: str
    name: str
    share: float


Attribute = Choice | Whole | Flag


def _names(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}_{number:03d}" for number in range(count))


CHANNELS = ("voice", "chat", "app", "web", "email", "sms", "social", "branch")
CHANNEL = Choice("contact", "channel", CHANNELS)
ATTRIBUTES: tuple[Attribute, ...] = (
    CHANNEL,
    Choice("contact", "intent", _names("intent", 40)),
    Choice("contact", "language", _names("lang", 20)),
    Choice("contact", "product", _names("product", 80)),
    Whole("contact", "transfers", 0, 12, 3.0),
    Choice("customer", "tier", ("basic", "bronze", "silver", "gold", "platinum")),
    Choice("customer", "region", _names("region", 200)),
    Whole("customer", "value", 0, 100, 1.4),
    Whole("customer", "tenure", 0, 600, 2.0),
    Flag("customer", "verified", 0.7),
)
"""Six enumerations of 5 to 200 values, three bounded integers, a flag; in two records."""

QUEUES = _names("queue", 24)


# rules


@dataclass(frozen=True, slots=True)
class OneOf:
    """The attribute is one of the values."""

    attribute: Choice
    values: tuple[str, ...]

    def holds(self, value: object) -> bool:
        """Whether the test is true of the attribute's value."""
        return value in self.values


@dataclass(frozen=True, slots=True)
class Within:
    """The attribute lies between the bounds, both inside; one may be the attribute's own."""

    attribute: Whole
    low: int
    high: int

    def holds(self, value: object) -> bool:
        """Whether the test is true of the attribute's value."""
        return isinstance(value, int) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class FlagIs:
    """The attribute is this value."""

    attribute: Flag
    value: bool

    def holds(self, value: object) -> bool:
        """Whether the test is true of the attribute's value."""
        return value is self.value


Test = OneOf | Within | FlagIs


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision is compared by."""

    rule: str
    queue: str
    priority: int


OTHERWISE = Outcome("otherwise", QUEUES[0], 5)


@dataclass(frozen=True, slots=True)
class Rule:
    """Decides where all its tests hold; they stand narrowest first, as suits a scanner."""

    tests: tuple[Test, ...]
    outcome: Outcome

    def holds(self, contact: Contact) -> bool:
        """Whether all the tests are true of the contact."""
        return all(test.holds(contact[test.attribute.record][test.attribute.name]) for test in self.tests)


def first_match(rules: Iterable[Rule], contact: Contact) -> Outcome:
    """The independent evaluator that every engine is checked against."""
    return next((rule.outcome for rule in rules if rule.holds(contact)), OTHERWISE)


def make_rules(count: int, order: Order) -> tuple[Rule, ...]:
    """So many rules of two to five tests each; the same rules in either order."""
    dice = random.Random(SEED)
    drawn = [_rule(dice, f"rule_{number:05d}") for number in range(1, count + 1)]
    if order is Order.SPECIFIC:
        drawn.sort(key=lambda pair: pair[0])
    return tuple(rule for _, rule in drawn)


def _rule(dice: random.Random, name: str) -> tuple[float, Rule]:
    """A rule, and the share of the contacts for which it holds."""
    while True:
        attributes = dice.sample(ATTRIBUTES, dice.choice((2, 2, 3, 3, 3, 4, 4, 5)))
        tests = sorted((_test(dice, attribute) for attribute in attributes), key=lambda pair: pair[0])
        share = math.prod(held for held, _ in tests)
        if share <= BROADEST:
            break
    outcome = Outcome(name, dice.choice(QUEUES), dice.randint(1, 10))
    return share, Rule(tuple(test for _, test in tests), outcome)


def _test(dice: random.Random, attribute: Attribute) -> tuple[float, Test]:
    """A test, and the share of the contacts for which it holds."""
    match attribute:
        case Choice(values=values):
            most = max(2, len(values) // 8)
            chosen = _distinct(dice, values, dice.choice((1, 1, 2, most)))
            weights = _weights(len(values))
            held = math.fsum(weight for value, weight in zip(values, weights, strict=True) if value in chosen)
            return held / math.fsum(weights), OneOf(
                attribute, tuple(value for value in values if value in chosen)
            )
        case Whole(low=low, high=high):
            width = dice.uniform(0.1, 0.7)
            start = dice.uniform(0.0, 1.0 - width)
            shape = dice.choice(("at least", "at most", "between"))
            first = low if shape == "at most" else _at(attribute, start)
            last = high if shape == "at least" else _at(attribute, start + width)
            return _up_to(attribute, last) - _up_to(attribute, first - 1), Within(attribute, first, last)
        case Flag(share=share):
            wanted = dice.random() < 0.5
            return share if wanted else 1.0 - share, FlagIs(attribute, wanted)


# contacts


@cache
def traffic() -> tuple[Contact, ...]:
    """The contacts of the single decisions: few, so that the cache holds them, as one just read."""
    return make_contacts(CONTACTS)


def make_contacts(count: int) -> tuple[Contact, ...]:
    """So many contacts, each with its own dicts and texts, as decoding JSON makes them."""
    dice = random.Random(SEED + 1)
    contacts: list[Contact] = []
    for _ in range(count):
        contact: Contact = {}
        for attribute in ATTRIBUTES:
            contact.setdefault(attribute.record, {})[attribute.name] = _value(dice, attribute)
        decoded: Contact = json.loads(json.dumps(contact))
        contacts.append(decoded)
    return tuple(contacts)


def _value(dice: random.Random, attribute: Attribute) -> Value:
    match attribute:
        case Choice(values=values):
            return _skewed(dice, values)
        case Whole():
            return _at(attribute, dice.random())
        case Flag(share=share):
            return dice.random() < share


@cache
def _weights(count: int, exponent: float = 1.0) -> tuple[float, ...]:
    """Zipf's law: the second is half as common as the first, the third a third."""
    return tuple(rank**-exponent for rank in range(1, count + 1))


def _skewed(dice: random.Random, values: Sequence[str]) -> str:
    return dice.choices(values, _weights(len(values)))[0]


def _distinct(dice: random.Random, values: Sequence[str], count: int) -> set[str]:
    """What a rule names: common values more often than rare ones, but less so than contacts do."""
    chosen: set[str] = set()
    while len(chosen) < count:
        chosen.update(dice.choices(values, _weights(len(values), RULE_EXPONENT)))
    return chosen


def _at(attribute: Whole, quantile: float) -> int:
    span = attribute.high - attribute.low + 1
    return min(attribute.high, attribute.low + int(span * quantile**attribute.skew))


def _up_to(attribute: Whole, value: int) -> float:
    """The share of contacts whose value is at most this one."""
    span = attribute.high - attribute.low + 1
    return float(min(1.0, max(0.0, (value - attribute.low + 1) / span)) ** (1 / attribute.skew))

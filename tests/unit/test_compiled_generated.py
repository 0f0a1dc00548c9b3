"""Policies and contacts made at random: the compiled evaluator decides them all as the reference does."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import pytest

from routekit import Policy, PolicyError
from routekit.compiled import Compiled
from routekit.intake import Intake
from routekit.reference import decide

CHANNELS = ["voice", "chat", "web"]
INBOUND = [*CHANNELS, "branch"]
INTENTS = ["billing", "fault", "cancel", "other"]
TIERS = ["bronze", "silver", "gold"]
TEXTS = ["", "a", "ab", "b", "zh", "端午", "x y"]
ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
QUEUES = ["general", "desk", "night", "always"]

HEADER = """
record contact {{
  channel one of {inbound}
  intent one of {intents} {intent_mark}
  language text = "zh"
  sentiment number -1..1 ?
  at time {at_mark}
}}
record customer {{
  id text ?
  tier ordered bronze < silver < gold ?
  value integer 0..100 = 0
  age integer 0..5000 ?
  spend number ?
  debt integer
  vip flag = no
  known flag ?
  birthday date ?
  waited duration ?
  tags set of text = {{}}
  marks set of integer ?
}}
live queue {{
  waiting integer 0..30 = 0
  longest duration = 0s
  load number 0..1 ?
}}
channel voice {{ assisted cost 1 }}
channel chat {{ assisted cost 1 }}
channel web {{ self_service cost 1 }}
calendar office {{ open Mon-Fri 08:00-20:05, Sat 09:00-13:00 closed 2026-12-25 }}
calendar late {{ open Mon-Sun 22:00-06:00 }}
calendar week {{ open Sat-Sun 00:00-24:00 closed holidays DE }}
queue general {{ on voice, chat }}
queue desk {{ on chat, voice open office }}
queue night {{ on voice open late }}
queue always {{ on web }}
message hello {{ voice "hello" }}
message bye {{ voice "bye" }}
"""


class Maker:
    """Writes a policy that is well typed; a few are refused all the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.flags: list[str] = ["customer.vip", "customer.known"]
        self.numbers: list[str] = [
            "customer.value",
            "customer.age",
            "customer.spend",
            "customer.debt",
            "contact.sentiment",
            "general.waiting",
            "desk.load",
        ]
        self.names: list[str] = []

    def one(self, *ways: object) -> str:
        return str(self.random.choice(ways))

    def some(self, values: list[str]) -> list[str]:
        return self.random.sample(values, self.random.randint(1, len(values)))

    def number(self, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.5:
            return self.one(*self.numbers)
        left, right = self.number(depth - 1), self.one(self.number(depth - 1), self.constant())
        return self.one(
            f"({left} + {right})",
            f"({left} - {right})",
            f"({left} * {right})",
            f"({left} / {right})",
            f"({left} else {self.constant()})",
            f"({left} else {right})",
            f"({self.one('hour', 'day', 'month')}({self.time()}))",
        )

    def constant(self) -> str:
        return self.one(0, 1, 2, 5, 10, 23, 50, 50, 100, 0.5, 0.25, 50.5, 4999, 1000000)

    def time(self) -> str:
        return self.one(
            "now",
            "now",
            "contact.at",
            "(now - 2h)",
            "(contact.at else now)",
            "(now + (customer.waited else 5m))",
        )

    def day(self) -> str:
        return self.one("customer.birthday", "date(now)", "(customer.birthday + 1d)", "date(contact.at)")

    def span(self) -> str:
        return self.one(
            "customer.waited",
            "general.longest",
            "(now - contact.at)",
            "(customer.waited + 5m)",
            "(customer.waited else 90s)",
        )

    def text(self) -> str:
        return self.one("customer.id", "contact.language", '(customer.id else "a")')

    def quoted(self) -> str:
        return f'"{self.random.choice(TEXTS)}"'

    def condition(self, depth: int) -> str:
        if depth <= 0:
            return self.test()
        kind = self.random.random()
        if kind < 0.3:
            parts = [self.condition(depth - 1) for _ in range(self.random.randint(2, 3))]
            return f"({' and '.join(parts)})"
        if kind < 0.6:
            parts = [self.condition(depth - 1) for _ in range(self.random.randint(2, 3))]
            return f"({' or '.join(parts)})"
        if kind < 0.75:
            return f"not ({self.condition(depth - 1)})"
        return self.test()

    def test(self) -> str:
        compared = self.one("<", "<=", ">", ">=", "is", "is not")
        words = ", ".join(self.quoted() for _ in range(self.random.randint(1, 3)))
        low, high = sorted((self.random.randint(0, 90), self.random.randint(10, 110)))
        number = self.number(self.random.choice((0, 0, 0, 1, 2)))
        moments = ("2026-03-29 01:30", "2026-06-01 12:00", "2026-11-23 10:00", "2026-12-24 23:59")
        part = self.one("contains", "starts with", "ends with")
        day = self.one("now", "contact.at", "customer.birthday")
        anything = self.one(number, self.text(), self.time(), "customer.tier", "customer.tags")
        ways = [
            f"contact.channel is {self.one(*INBOUND)}",
            f"contact.intent in {{{', '.join(self.some(INTENTS))}}}",
            f"contact.intent is not {self.one(*INTENTS)}",
            f"customer.tier {compared} {self.one(*TIERS)}",
            f"customer.tier in {self.one('bronze..silver', 'silver..gold')}",
            f"(customer.tier else {self.one(*TIERS)}) {compared} {self.one(*TIERS)}",
            f"{number} {compared} {self.constant()}",
            f"{number} in {low}..{high + 1}",
            f"{number} in {{{self.one(0, 1)}, 1}}",
            f"{number} {compared} {self.number(1)}",
            f"{self.text()} is {self.quoted()}",
            f"{self.text()} in {{{words}}}",
            f"{self.text()} {part} {self.one(self.quoted(), self.text())}",
            f'{self.text()} matches "{self.one("a+b?", "^z", "[^a]$")}"',
            f"{self.one(*self.flags)} {self.one('', 'is yes', 'is no', 'is missing', 'is known')}",
            f"{self.one(*self.flags)} is {self.one(*self.flags)}",
            f"{self.time()} {self.one('<', '<=', '>', '>=', 'is')} {self.one(*moments)}",
            f"{self.time()} in {moments[self.random.randint(0, 1)]}..{moments[self.random.randint(2, 3)]}",
            f"{self.day()} {compared} {self.one('2026-11-23', '1990-02-28', '2026-03-29')}",
            f"{self.span()} {compared} {self.one('0s', '90s', '5m', '1h', '2d')}",
            f"{self.span()} in 30s..{self.one('5m', '1h30m', '2d')}",
            f"customer.tags has {self.quoted()}",
            f"customer.tags has {self.one('any', 'all')} {{{words}}}",
            f"{self.text()} in customer.tags",
            f"customer.marks has {self.one('customer.value', '1', '5')}",
            f"{self.one('customer.tags', 'customer.marks')} is empty",
            f"{self.one('office', 'late', 'week')} is open",
            f"{self.one('office', 'late', 'week')} is open at {self.time()}",
            f"weekday({day}) in {{{self.one('mon', 'sat, sun', 'tue, fri')}}}",
            f"hour({self.time()}) {compared} {self.one(6, 9, 22)}",
            f"{anything} is {self.one('missing', 'known')}",
            *self.names,
        ]
        return str(self.random.choice(ways))

    def definitions(self) -> list[str]:
        lines = []
        for place in range(self.random.randint(0, 6)):
            name = f"d{place}"
            way = self.random.randint(0, 5)
            if way == 0:
                lines.append(f"let {name} = {self.number(2)}")
                self.numbers.append(name)
            elif way == 1:
                lines.append(f"let {name} = {self.condition(1)}")
                self.flags.append(name)
            elif way == 2:
                lines.append(f"let {name} = customer.tier else {self.one(*TIERS)}")
                self.names.append(f"{name} >= silver")
            else:
                lines.append(f"segment {name} when {self.condition(2)}")
                self.names += [name, f"not {name}"]
        return lines

    def outcome(self, *, closed: bool = True) -> str:
        parts = [
            f"queue {self.one(*QUEUES if closed else ('general', 'always'))}",
        ]
        chances = {
            "agent customer.id": 0.15,
            f"priority {self.random.randint(1, 10)}": 0.6,
            f"skills {{{', '.join(self.some(['s', 't']))}}}": 0.2,
            f"message {self.one('hello', 'bye')}": 0.2,
        }
        parts += [part for part, chance in chances.items() if self.random.random() < chance]
        steps = ""
        if self.random.random() < 0.25:
            later = f"after {self.one('2m', '9h')} queue {self.one(*QUEUES)}, priority 2"
            steps = f" after 30s any agent {later} after 1d callback within 4h"
        return ", ".join(parts) + steps

    def rule(self, name: str) -> str:
        when = (
            f"when {self.condition(self.random.choice((0, 1, 1, 2, 3)))} "
            if self.random.random() < 0.97
            else ""
        )
        if self.random.random() < 0.12:
            share = self.random.randint(1, 99)
            key = self.one("customer.id", "customer.value", "now", "customer.spend")
            return (
                f'rule {name} {when}split by {key} seed "s" '
                f"{{ {share}% {self.outcome()} {100 - share}% {self.outcome()} }}"
            )
        return f"rule {name} {when}then {self.outcome()}" + self.one("", ' because "so"')

    def route(self) -> list[str]:
        lines = ["route {"]
        for place in range(self.random.randint(1, 14)):
            if self.random.random() < 0.15:
                lines.append(f"group g{place} when {self.condition(1)} {{")
                lines += [self.rule(f"r{place}_{inner}") for inner in range(self.random.randint(1, 4))]
                lines.append("}")
            elif self.random.random() < 0.1:
                lines.append(f"table t{place} (customer.tier, contact.intent, {self.number(1)}) {{")
                lines += [
                    f"{self.one('_', 'gold', '>= silver')} | "
                    f"{self.one('_', ', '.join(self.some(INTENTS)))} | "
                    f"{self.one('_', '>= 50', '20..49', '1, 2')} -> {self.outcome()}"
                    for _ in range(self.random.randint(1, 4))
                ]
                lines.append("}")
            else:
                lines.append(self.rule(f"r{place}"))
        return [*lines, f"otherwise {self.outcome(closed=False)}", "}"]

    def extras(self) -> list[str]:
        lines = []
        if self.random.random() < 0.5:
            changes = (
                "priority - 1",
                "priority + 3",
                "priority 4",
                "skills + {u}",
                "skills - {s}",
                "message bye",
            )
            rules = [
                f"rule a{place} {self.one('', f'when {self.condition(1)}')} then {self.one(*changes)}"
                for place in range(self.random.randint(1, 4))
            ]
            lines += ["adjust {", *rules, "}"]
        if self.random.random() < 0.5:
            lines += ["offers {", self.one("", "show 1 by worth", "show 2 by worth")]
            for place in range(self.random.randint(1, 4)):
                when = self.one("", f"when {self.condition(1)}")
                worth = self.one("", f"worth {self.number(1)}", f"worth {self.random.randint(1, 3)}")
                on = self.one("", "", f"on {', '.join(self.some(CHANNELS))}")
                cap = self.one("", "", "at most 1 per 30d", "at most 2 per 7d at most 3 per 60d")
                lines.append(f"offer o{place} {when} {worth} {on} {cap}")
            if self.random.random() < 0.4:
                lines.append(f"never when {self.condition(1)}")
            lines.append("}")
        return lines

    def policy(self) -> str:
        header = HEADER.format(
            inbound=", ".join(INBOUND),
            intents=", ".join(INTENTS),
            intent_mark=self.one("", "?", "= other"),
            at_mark=self.one("", "?", "?"),
        )
        parts = [
            'policy p "p"',
            f"timezone {self.one(*ZONES)}",
            header,
            *self.definitions(),
            *self.route(),
            *self.extras(),
        ]
        return "\n".join(parts)


class Word(StrEnum):
    """A text that is no plain ``str``."""

    VOICE = "voice"
    GOLD = "gold"


class Liar(str):
    """A text that says it is equal to all others."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("voice")


class Bomb:
    """A value that cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        return hash("voice")


ODD: list[object] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    1.0,
    50.0,
    0.5,
    float("nan"),
    float("inf"),
    -float("inf"),
    10**30,
    2**63,
    Decimal("50"),
    Decimal("NaN"),
    "",
    "voice",
    "nope",
    "gold",
    "\ud800",
    "端午",
    Word.VOICE,
    Word.GOLD,
    Liar("gold"),
    Bomb(),
    object(),
    [],
    {},
    ["a", "b"],
    ["a", Bomb()],
    [["a"]],
    (1, 2, 5),
    frozenset({"zh"}),
    "2026-11-23",
    "2026-11-23T10:00:00+08:00",
    "2026-11-23T24:00:00+08:00",
    "2026-W47-1T10:00:00+08:00",
    "2026-11-23T10:00:00Z",
    "2026-11-23 10:00:00Z",
    "2026-11-23T10:00:00.123456Z",
    "2026-11-23T10:00:00+08:99",
    "2026-11-23T10:00:00+24:00",
    "2026-02-30T10:00:00+00:00",
    "0001-01-01T00:00:00+14:00",
    "2026-03-29T01:30",
    "5m",
    "1h30m",
    90,
    timedelta(days=3),
    datetime(2026, 11, 23, 10, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30),
    date(2026, 11, 23),
]


def moment(chance: random.Random) -> datetime:
    """Some instant, often close to where clocks change."""
    edges = (
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC),
    )
    if chance.random() < 0.4:
        return chance.choice(edges) + timedelta(
            minutes=chance.randint(-300, 300), seconds=chance.choice((0, 0, 59))
        )
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 525_600))


def contact_of(chance: random.Random, oddness: float) -> object:
    """A contact as callers send them, some values left out; ``oddness``: how often one is strange."""

    def maybe(record: dict[object, object], name: str, value: object, missing: float = 0.2) -> None:
        if chance.random() < oddness:
            record[name] = chance.choice(ODD)
        elif chance.random() >= missing:
            record[name] = value

    contact: dict[object, object] = {}
    customer: dict[object, object] = {}
    maybe(contact, "channel", chance.choice(INBOUND), 0.0)
    maybe(contact, "intent", chance.choice(INTENTS), 0.05)
    maybe(contact, "language", chance.choice(TEXTS))
    maybe(contact, "sentiment", chance.choice((-1, -0.5, 0, 0.25, 0.5, 1, 1.0)))
    at = moment(chance)
    maybe(
        contact,
        "at",
        chance.choice((at, at.isoformat(), at.strftime("%Y-%m-%d %H:%M"), at.strftime("%Y-%m-%dT%H:%M:%SZ"))),
    )
    maybe(customer, "id", chance.choice(TEXTS))
    maybe(customer, "tier", chance.choice(TIERS))
    maybe(customer, "value", chance.choice((0, 1, 2, 5, 20, 49, 50, 51, 99, 100, 50.0)))
    maybe(customer, "age", chance.choice((0, 1, 50, 51, 4998, 4999, 5000)))
    maybe(customer, "spend", chance.choice((0, -1, 0.5, 50, 50.5, 50.6, 1e300, 1e-300, 4999.0)))
    maybe(customer, "debt", chance.choice((0, 1, -1, 10, 50, 2**62, -(2**63) + 1)), 0.05)
    maybe(customer, "vip", chance.random() < 0.5)
    maybe(customer, "known", chance.random() < 0.5)
    maybe(customer, "birthday", chance.choice(("1990-02-28", "2026-11-23", date(2026, 3, 28))))
    maybe(customer, "waited", chance.choice((0, 90, "5m", "1h30m", 30.5, timedelta(days=2))))
    maybe(customer, "tags", chance.choice(([], ["a"], ["a", "b"], ["zh", "端午"], {"ab"})))
    maybe(customer, "marks", chance.choice(([], [1], [1, 5, 50], [100.0])))
    sent: dict[object, object] = {"contact": contact}
    maybe(sent, "customer", customer, 0.05)
    if chance.random() < 0.5:
        live: dict[object, object] = {}
        for queue in chance.sample(QUEUES, 2):
            state: dict[object, object] = {}
            maybe(state, "waiting", chance.choice((0, 1, 5, 10, 30)))
            maybe(state, "longest", chance.choice((0, "5m", 91)))
            maybe(state, "load", chance.choice((0, 0.25, 0.5, 1)))
            maybe(live, queue, state)
        maybe(sent, "live", live, 0.0)
    if chance.random() < 0.4:
        shown = [
            {"offer": f"o{chance.randint(0, 3)}", "at": moment(chance).isoformat()}
            for _ in range(chance.randint(0, 4))
        ]
        maybe(sent, "offers_shown", shown, 0.0)
    return sent if chance.random() >= oddness / 4 else chance.choice(ODD)


def compare(seed: int, contacts: int) -> int:
    """Decides some contacts both ways; how many were compared."""
    chance = random.Random(seed)
    text = Maker(seed).policy()
    try:
        policy = Policy.from_text(text).checked
    except PolicyError:
        return 0
    compiled, intake = Compiled(policy), Intake(policy)
    for _ in range(contacts):
        contact, clock = contact_of(chance, chance.choice((0.0, 0.0, 0.02, 0.3))), moment(chance)
        expected = decide(policy, intake.read(contact, clock))
        found = compiled.decide(contact, clock)
        assert found == expected, f"seed {seed}\n{text}\n{contact!r}\n{clock}"
    return contacts


@pytest.mark.parametrize("seed", range(60))
def test_generated_policies_decide_as_the_reference_does(seed: int) -> None:
    compare(seed, 12)


def test_most_generated_policies_are_read() -> None:
    assert sum(compare(seed, 1) for seed in range(40)) >= 20

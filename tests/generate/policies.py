"""Writes whole policies: well-typed, over the whole language."""

from routekit.layout.writing import block, rule
from routekit.policy.outcome_parts import DECISION_PARTS, PARTS, STEP_PARTS
from routekit.schema.types import (
    WEEKDAYS,
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
)
from routekit.schema.writing import type_text
from routekit.testing.choices import Dice
from tests.generate.parts import changes_of, expected_of, given_of
from tests.generate.phrases import Phrases
from tests.generate.sketch import (
    QueueSketch,
    Slot,
    World,
    literal,
    literals,
    some_type,
)

__all__ = ["write_policy"]

_FIELDS = (
    "value", "tier", "id", "growth", "queue", "open", "at", "when", "not", "given", "seed",
    "has", "by", "private", "count", "history",
    "birthday", "标签", "rule", "type", "text", "in", "is", "per", "missing", "is_", "ﬁbre",
    "Ünlü", "_x", "x1",
)  # fmt: skip
_RECORDS = ("customer", "account", "客户", "incident")
_CHANNELS = ("voice", "chat", "email", "sms", "web", "social")
_ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Apia",
    "Etc/GMT+5",
)
_HOURS = (
    "08:00-20:00",
    "00:00-24:00",
    "22:00-06:00",
    "09:30-13:00",
    "23:59-00:01",
    "18:00-00:00",
    "0:00-0:01",
)
_DAYS = ("Mon-Fri", "Sat", "Sun", "Fri-Mon", "Mon", "Mon-Sun", "mon, Wed", "Tue")
_REGIONS = ("CN", "US-CA", "DE", "GB-SCT")
_SHARES = (
    ("20", "80"),
    ("100",),
    ("33.3", "33.3", "33.4"),
    ("0.000001", "99.999999"),
    ("0", "50", "50"),
    ("50", "50"),
)
_STEPS = ("10s", "30s", "1m", "5m", "1h30m", "14h", "3d", "400d", "9000000d")
_COMMENTS = ("# who gets what", '# "quoted" { not a brace', "#", "# 中文")


def write_policy(dice: Dice) -> str:
    """The text of a policy that has no errors."""
    author = _Author(dice)
    author.declare()
    return author.text()


class _Author:
    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.world = World()
        self.phrases = Phrases(self.world, dice)
        self.blocks: list[str] = []
        self.types: dict[Type, str] = {}

    def text(self) -> str:
        blocks = self.blocks if self.dice.chance(80) else self.dice.some(self.blocks, 99, 99)
        if self.dice.chance(30):
            blocks.insert(self.dice.below(len(blocks) + 1), self.dice.pick(_COMMENTS))
        return "\n\n".join(blocks) + "\n"

    def declare(self) -> None:
        dice = self.dice
        self.blocks.append(f'policy {dice.pick(("care", "pflege", "关怀"))} "A policy"')
        if dice.chance(60):
            self.blocks.append(f"timezone {dice.pick(_ZONES)}")
        self._channels_and_records()
        self._lists()
        for number in range(dice.below(3)):
            self._calendar(f"hours_{number}")
        self._queues()
        self._history()
        self._live()
        for number in range(dice.between(1, 2)):
            self._message(f"words_{number}")
        for number in range(dice.below(4)):
            self._let(f"let_{number}")
        for number in range(dice.below(4)):
            name = f"set_{number}" if number else "优先"
            self.blocks.append(f"segment {name} when {self.phrases.condition()}")
            self.world.segments.append(name)
        self._offers()
        self._route()
        self._adjust()
        for number in range(dice.below(3)):
            when = f" when {self.phrases.condition(1)}" if dice.chance(70) else ""
            self.blocks.append(f'guarantee promise_{number} "A promise"{when} then {self.phrases.promise()}')
        for number in range(dice.below(3)):
            self._example(number)

    # ── what we know ──────────────────────────────────────────────────────────

    def _channels_and_records(self) -> None:
        dice = self.dice
        self.world.channels = dice.some(_CHANNELS, 2, 4)
        for name in self.world.channels:
            cost = f" cost {dice.pick(('0.02', '4.20', '7'))}" if dice.chance(70) else ""
            self.blocks.append(f"channel {name} {{ {dice.pick(('assisted', 'self_service'))}{cost} }}")
        inbound = Choice(tuple(dict.fromkeys((*self.world.channels[:3], "branch"))))
        fields = [self._field("contact", "channel", inbound, ("", "", "?", f"= {inbound.names[0]}"))]
        if dice.chance(85):
            fields.append(self._field("contact", "at", Time(), ("?", "", f"= {literal(dice, Time())}")))
        if dice.chance(40):
            home = Choice(dice.pick((("queue_1", "queue_0"), ("queue_0",))))
            fields.append(self._field("contact", "home", home, ("?", "= queue_0", "")))
            self.world.choosers.append("contact.home")
        self._record("contact", fields, ("intent", "language", "sentiment", "next"))
        for name in dice.some(_RECORDS, 1, 2):
            self._record(name, [], _FIELDS)

    def _record(self, name: str, fields: list[str], names: tuple[str, ...]) -> None:
        chosen = self.dice.some(names, 1, 6)
        for field in chosen:
            if field == "text" and "private" in chosen:
                continue  # both are words of the language here, and may be read as such
            type_ = some_type(self.dice)
            fields.append(self._field(name, field, type_, ("?", f"= {literal(self.dice, type_)}", "?", "")))
        joint = self.dice.pick(("\n  ", "  "))
        private = " private" if self.dice.chance(8) else ""
        self.blocks.append(f"record {name}{private} {{{joint}{joint.join(fields)}{joint}}}")

    def _field(self, record: str, name: str, type_: Type, marks: tuple[str, ...]) -> str:
        self.world.slots.append(Slot(f"{record}.{name}", type_))
        said = [self.dice.pick(marks)]
        if self.dice.chance(15):
            said.insert(self.dice.below(2), "private")
        # a word that is a type as well, or the mark, may be misread before the name of a type
        words = type_text(type_) if name in ("private", "text") else self._type_words(type_)
        return " ".join((name, words, *said)).rstrip()

    def _type_words(self, type_: Type) -> str:
        """The type as it is, or by a name of its own."""
        if type_ not in self.types and self.dice.chance(15):
            name = f"type_{len(self.types)}"
            self.types[type_] = name
            self.blocks.append(f"type {name} = {type_text(type_)}")
        return self.types.get(type_) or type_text(type_)

    def _lists(self) -> None:
        types = {
            slot.type.element if isinstance(slot.type, SetOf) else slot.type for slot in self.world.slots
        }
        for number, type_ in enumerate(self.dice.some(sorted(types, key=repr), 0, 2)):
            values = ", ".join(self.dice.some(literals(type_)))
            self.blocks.append(f"list list_{number} = {{{values}}}")
            self.world.lists.append(Slot(f"list_{number}", type_))

    def _history(self) -> None:
        dice, world = self.dice, self.world
        if not dice.chance(60):
            return
        fields = [slot for slot in world.slots if "." in slot.path]
        features: list[tuple[str, str, Type]] = []
        for name in dice.some(("count", "calls_today", "within", "客"), 0, 2):
            features.append((name, f"count{self._scope(fields)}", Integer(0, None)))
        for name in dice.some(("last_queue", "queue", "last"), 0, 2):
            queues = Choice(tuple(queue.name for queue in world.queues))
            features.append((name, f"last queue{self._scope(fields)}", queues))
            world.choosers.append(f"history.{name}")
        if dice.chance(30):
            channels = Choice(tuple(world.channels))
            features.append(("last_channel", f"last channel{self._scope(fields)}", channels))
        if dice.chance(30):
            slot = dice.pick(fields)
            features.append(("before", f"last {slot.path}{self._scope(fields)}", slot.type))
        if dice.chance(30):
            said = dice.pick(("rule", "agent"))
            features.append((said, f"last {said}{self._scope(fields)}", Text()))
        for name in dice.some(("open_incident", "about", "open"), 0, 2):
            about = f" about {dice.pick(fields).path}" if dice.chance(30) else ""
            features.append((name, f"open incident{about}", Flag()))
        world.slots += [Slot(f"history.{name}", type_) for name, _, type_ in features]
        said = dice.pick(("\n  ", "  ")).join(f"{name} {text}" for name, text, _ in dice.some(features, 9, 9))
        self.blocks.append(f"history {{ {said} }}")

    def _scope(self, fields: list[Slot]) -> str:
        dice = self.dice
        inbound = next(slot.type for slot in fields if slot.path == "contact.channel")
        assert isinstance(inbound, Choice)
        on = f" on {', '.join(dice.some(inbound.names, 1, 2))}" if dice.chance(30) else ""
        about = f" about {dice.pick(fields).path}" if dice.chance(40) else ""
        return f"{on}{about} within {dice.pick(('24h', '7d', '1h30m', '9000000d'))}"

    def _live(self) -> None:
        if not self.dice.chance(70):
            return
        signals = (
            ("waiting", Integer(0, None), "= 0"),
            ("longest_wait", Duration(), self.dice.pick(("= 0s", "?", ""))),
            ("mood", Number(-1, 1), "?"),
        )
        written = "  ".join(f"{name} {type_text(type_)} {mark}" for name, type_, mark in signals)
        self.blocks.append(f"live queue {{ {written} }}")
        for queue in self.dice.some(self.world.queues, 1, 2):
            self.world.signals += [Slot(f"{queue.name}.{name}", type_) for name, type_, _ in signals]

    def _let(self, name: str) -> None:
        phrases = self.phrases
        plain = self.dice.pick([slot for slot in self.world.values() if not isinstance(slot.type, SetOf)])
        kinds: tuple[tuple[str, Type], ...] = (
            (f"({phrases.number()}) * 0.5", Number()),
            (plain.path, plain.type),
            (f"{plain.path} else {literal(self.dice, plain.type)}", plain.type),
            (f"now - {phrases.value(Time())}", Duration()),
            (phrases.condition(1), Flag()),
            (f"date({phrases.value(Time())})", Date()),
            (f"weekday({phrases.value(Time())})", WEEKDAYS),
            (f"{phrases.value(Text(), 0)} else {literal(self.dice, Text())}", Text()),
        )
        value, type_ = self.dice.pick(kinds)
        self.blocks.append(f"let {name} = {value}")
        self.world.lets.append(Slot(name, type_))

    # ── what we have ──────────────────────────────────────────────────────────

    def _calendar(self, name: str) -> None:
        dice = self.dice
        openings = [f"{days} {dice.pick(_HOURS)}" for days in dice.some(_DAYS, 1, 3)]
        clauses = [f"open {', '.join(openings)}" if dice.chance(85) else f"open {dice.pick(_HOURS)}"]
        if dice.chance(40):
            closed = [f"holidays {dice.pick(_REGIONS)}", "2026-12-31", "2026-11-23..2026-11-24"]
            clauses.append(f"closed {', '.join(dice.some(closed))}")
        self.blocks.append(f"calendar {name} {{ {'  '.join(clauses)} }}")
        self.world.calendars.append(name)

    def _queues(self) -> None:
        dice = self.dice
        for number in range(dice.between(2, 5)):
            channels = tuple(dice.some(self.world.channels, 1, 3))
            clauses = [f"on {', '.join(channels)}"]
            if number == 0 or dice.chance(20):
                clauses.append(f"skills {', '.join(self.world.skills)}")
            is_open = number == 0 or not self.world.calendars or dice.chance(50)
            if not is_open:
                clauses.append(f"open {dice.pick(self.world.calendars)}")
            self.world.queues.append(QueueSketch(f"queue_{number}", channels, is_open))
            self.blocks.append(f"queue queue_{number} {{ {'  '.join(clauses)} }}")

    def _message(self, name: str) -> None:
        words = [f'{channel} "{channel}: {{url}}"' for channel in self.dice.some(self.world.channels)]
        self.blocks.append(f"message {name} {{ {'  '.join(words)} }}")
        self.world.messages.append(name)

    # ── who gets what ─────────────────────────────────────────────────────────

    def _route(self) -> None:
        dice = self.dice
        items = [self._item(2) for _ in range(dice.between(2, 7))]
        last = self._outcome(self.world.open_queues())
        self.blocks.append(block("route", [*items, f"otherwise {last}"]))

    def _item(self, depth: int) -> str:
        number = len(self.world.rules) + len(self.world.tables)
        match self.dice.below(8):
            case 6 if depth > 0:
                inner = "\n".join(self._item(depth - 1) for _ in range(self.dice.between(1, 3)))
                name = f"group_{number}_{depth}_{self.dice.below(10**6)}"
                return f"  group {name} when {self.phrases.condition(1)} {{\n{inner}\n  }}"
            case 5:
                return self._table(f"table_{number}")
            case _:
                return self._rule(f"rule_{number}")

    def _rule(self, name: str) -> str:
        dice = self.dice
        self.world.rules.append(name)
        title = "A rule" if dice.chance(30) else ""
        when = "" if dice.chance(5) else self.phrases.condition()
        because = f"{name} says so" if dice.chance(40) else ""
        body = self._split() if dice.chance(20) else f"then {self._outcome(self.world.queues, chosen=25)}"
        return rule(name, title, when=when, body=body, because=because)

    def _split(self) -> str:
        dice = self.dice
        scalars = [slot.path for slot in self.world.values() if not isinstance(slot.type, SetOf)]
        key = dice.pick(["now", *scalars]) if dice.chance(80) else self.phrases.number(1)
        arms = [f"      {share}% {self._outcome(self.world.queues)}" for share in dice.pick(_SHARES)]
        return "\n".join((f'split by {key} seed "{dice.pick(("a", "bot-7", "种子"))}" {{', *arms, "    }"))

    def _table(self, name: str) -> str:
        dice = self.dice
        columns = [self.phrases.column() for _ in range(dice.between(1, 3))]
        count = dice.between(1, 4)
        rows = []
        for _ in range(count):
            cells = " | ".join(self.phrases.cell(type_) for _, type_ in columns)
            because = ' because "a row"' if dice.chance(15) else ""
            rows.append(f"    {cells} -> {self._outcome(self.world.queues, chosen=20)}{because}")
        self.world.tables[name] = count
        return "\n".join((f"  table {name} ({', '.join(column for column, _ in columns)}) {{", *rows, "  }"))

    def _outcome(self, queues: list[QueueSketch], chosen: int = 0) -> str:
        dice = self.dice
        if self.world.choosers and dice.chance(chosen):
            name, queue = dice.pick(self.world.choosers), self.world.queues[0]
        else:
            queue = dice.pick(queues)
            name = queue.name
        channel = f" on {dice.pick(queue.channels)}" if dice.chance(20) else ""
        actions = [f"queue {name}{channel}"]
        actions += [
            given_of(dice, part, self.world.names, self._agent)
            for part in PARTS
            if part.in_outcome and part.name != "queue" and dice.chance(60 if part.in_step else 25)
        ]
        steps = self._steps() if dice.chance(35) else ""
        return ", ".join(dice.some(actions, 9, 9)) + steps

    def _agent(self) -> str:
        texts = [slot.path for slot in self.world.comparable(Text())]
        agent = self.dice.pick([*texts, '"e-1"'])
        return f'{agent} else "e-2"' if self.dice.chance(20) else agent

    def _steps(self) -> str:
        dice = self.dice
        times = sorted(dice.some(range(len(_STEPS)), 1, 3))
        return "".join(f"\n      after {_STEPS[time]} {self._step()}" for time in times)

    def _step(self) -> str:
        dice = self.dice
        actions = [given_of(dice, part, self.world.names) for part in STEP_PARTS]
        return ", ".join(dice.some(actions, 1, 3))

    def _adjust(self) -> None:
        dice = self.dice
        changes = [
            change for part in PARTS if part.in_adjust for change in changes_of(dice, part, self.world.names)
        ]
        rules = []
        for number in range(dice.below(4)):
            when = f"when {self.phrases.condition(1)}" if dice.chance(85) else ""
            because = ' because "so"' if dice.chance(20) else ""
            rules.append(f"  rule adjust_{number} {when} then {', '.join(dice.some(changes, 1, 2))}{because}")
        if rules:
            self.blocks.append("\n".join(("adjust {", *rules, "}")))

    # ── what we may offer, and how we check it ────────────────────────────────

    def _offers(self) -> None:
        dice = self.dice
        items = []
        for number in range(dice.below(5)):
            clauses = []
            if dice.chance(80):
                clauses.append(f"when {self.phrases.condition(1)}")
            if dice.chance(75):
                worth = (str(dice.pick((10, 80, 7))), self.phrases.value(Number()), self.phrases.number(1))
                clauses.append(f"worth {dice.pick(worth)}")
            if dice.chance(40):
                clauses.append(f"on {', '.join(dice.some(self.world.channels))}")
            for _ in range(dice.below(3)):
                clauses.append(
                    f"at most {dice.pick((1, 2, 0))} per {dice.pick(('30d', '1h', '9000000d', '0s'))}"
                )
            items.append(f"  offer offer_{number} {' '.join(dice.some(clauses, 9, 9))}")
            self.world.offers.append(f"offer_{number}")
        items += [
            f"  never when {self.phrases.condition(1)}" for _ in range(dice.below(3)) if dice.chance(40)
        ]
        if items and dice.chance(50):
            items.insert(dice.below(len(items)), f"  show {dice.pick((2, 1, 9, 0))} by worth")
        if items:
            self.blocks.append("\n".join(("offers {", *items, "}")))

    def _example(self, number: int) -> None:
        dice, world = self.dice, self.world
        slots = dice.some([*world.slots, *world.signals], 0, 6)
        expected = dice.some(self._expectations())
        in_table = dice.below(len(slots) + 1) if dice.chance(40) else 0
        columns, slots = slots[:in_table], slots[in_table:]
        given = [
            f"{slot.path} {'missing' if dice.chance(10) else literal(dice, slot.type)}" for slot in slots
        ]
        says = f"expect {', '.join(f'{what} {value}' for what, value in expected)}"
        if columns:
            says = self._example_table(columns, expected)
        givens = f" given {', '.join(given)}" if given else ""
        self.blocks.append(f'example "example {number}"{givens} {says}')

    def _example_table(self, columns: list[Slot], expected: list[tuple[str, str]]) -> str:
        dice, rows = self.dice, []
        for _ in range(dice.between(1, 4)):
            cells = [
                dice.pick(("_", "missing")) if dice.chance(20) else literal(dice, slot.type)
                for slot in columns
            ]
            kept = dice.below(len(expected))
            results = [
                "_" if place != kept and dice.chance(20) else value
                for place, (_, value) in enumerate(expected)
            ]
            why = ' because "so it is"' if dice.chance(20) else ""
            rows.append(f"    {' | '.join(cells)} -> {' | '.join(results)}{why}\n")
        heads = f"{', '.join(slot.path for slot in columns)} -> {', '.join(what for what, _ in expected)}"
        return f"table ({heads}) {{\n{''.join(rows)}  }}"

    def _expectations(self) -> tuple[tuple[str, str], ...]:
        names = self.world.names
        names["rule"] += [f"{name}[1]" for name in self.world.tables]
        parts = (part for part in DECISION_PARTS if part.expected)
        return tuple((part.word, expected_of(self.dice, part, names)) for part in parts)

"""Writes what a policy declares: records, channels, calendars, queues, and what is named of them."""

from routekit.layout.writing import block
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
from tests.generate.cases import by_cases
from tests.generate.contact_maps import MATTERS
from tests.generate.phrases import Phrases
from tests.generate.sketch import QueueSketch, Slot, World, some_type

__all__ = ["Declarations"]

_FIELDS = (
    "value", "tier", "id", "growth", "queue", "open", "at", "when", "not", "given", "seed",
    "has", "by", "private", "count", "history",
    "birthday", "标签", "rule", "type", "text", "in", "is", "per", "missing", "is_", "ﬁbre",
    "Ünlü", "_x", "x1",
)  # fmt: skip
_PARTS = ("sla", "music", "opening", "any", "on", "because", "备注", "value")
_FACTS = ("late_fee", "fact", "until", "客服时间")
_FACT_TYPES: tuple[Type, ...] = (Text(), Integer(), Number(), Duration(), Date(), Flag())
_FACT_DAYS = (
    "2026-10-01", "2026-11-22", "2026-11-23", "2026-11-24", "2026-12-31", "2027-01-01", "2027-06-30",
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
_CALENDAR_DATES = ("2026-12-31", "2026-11-23", "Dec 24", "Feb 29", "Nov 27", "Mar 29")
_CALENDAR_SPANS = (
    "2026-11-23..2026-11-24",
    "Dec 24..Jan 1",
    "Jun 1..Aug 31",
    "2026-10-01..2026-12-31",
    "Nov 20..Nov 26",
)


class Declarations:
    """Declares things one after the other, and tells the world of each; a construct is a method here."""

    def __init__(self, dice: Dice, world: World, phrases: Phrases, blocks: list[str]) -> None:
        self.dice = dice
        self.world = world
        self.phrases = phrases
        self.blocks = blocks
        self._types: dict[Type, str] = {}

    def everything(self) -> None:
        """Declares all that a policy stands on."""
        dice = self.dice
        self.blocks.append(
            f'policy {dice.pick(("care", "pflege", "关怀"))} "{dice.pick(("A policy", "规则"))}"'
        )
        if dice.chance(60):
            self.blocks.append(f"timezone {dice.pick(_ZONES)}")
        self._channels_and_records()
        self._lists()
        for number in range(dice.below(3)):
            self._calendar(f"hours_{number}")
        self._queues()
        self._history()
        self._switches()
        self._live()
        self.world.matters = dice.some(MATTERS, 0, 3) if dice.chance(60) else []
        self._facts()
        self._events()
        for number in range(dice.between(1, 2)):
            self._message(f"words_{number}")

    def names(self) -> None:
        """Names values and conditions."""
        for number in range(self.dice.below(4)):
            self._let(f"let_{number}")
        for number in range(self.dice.below(4)):
            name = f"set_{number}" if number else "优先"
            self.blocks.append(f"segment {name}{self._title()} when {self.phrases.condition()}")
            self.world.segments.append(name)

        if self.dice.chance(35):
            self._data()

    def _data(self) -> None:
        """Declares parts of a decision."""
        fields: list[str] = []
        for name in self.dice.some(_PARTS, 1, 3):
            type_ = some_type(self.dice)
            title = '"A part" ' if self.dice.chance(20) else ""
            usual = self.dice.pick(("?", f"= {self.world.literal(self.dice, type_)}"))
            private = " private" if self.dice.chance(10) else ""
            fields.append(f"{name} {title}{type_text(type_)} {usual}{private}")
            self.world.data.append(Slot(name, type_))
        self.blocks.append(block("outcome", fields))

    # ── what we know ──────────────────────────────────────────────────────────

    def _channels_and_records(self) -> None:
        dice = self.dice
        self.world.channels = dice.some(_CHANNELS, 2, 4)
        inbound = Choice(tuple(dict.fromkeys((*self.world.channels[:3], "branch"))))
        fields = [self._field("contact", "channel", inbound, ("", "", "?", f"= {inbound.names[0]}"))]
        if dice.chance(85):
            usual = self.world.literal(dice, Time())
            fields.append(self._field("contact", "at", Time(), ("?", "", f"= {usual}")))
        if dice.chance(40):
            home = Choice(dice.pick((("queue_1", "queue_0"), ("queue_0",))))
            fields.append(self._field("contact", "home", home, ("?", "= queue_0", "")))
            self.world.choosers.append("contact.home")
        self._record("contact", fields, ("intent", "language", "sentiment", "next"))
        for name in dice.some(_RECORDS, 1, 2):
            self._record(name, [], _FIELDS)
        for name in self.world.channels:
            self._channel(name)

    def _channel(self, name: str) -> None:
        dice = self.dice
        clauses = [dice.pick(("assisted", "self_service"))]
        clauses += [f"cost {dice.pick(('0.02', '4.20', '7'))}"] if dice.chance(70) else []
        clauses += ["in_person"] if dice.chance(15) else []
        clauses += [f"carries {dice.pick(('160', '20', '1'))} letters"] if dice.chance(20) else []
        clauses += [f"hands over {', '.join(self.world.some_fields(dice))}"] if dice.chance(30) else []
        said = dice.pick(("\n  ", "  ")).join(dice.some(clauses, 9, 9) if dice.chance(20) else clauses)
        self.blocks.append(f"channel {name}{self._title()} {{ {said} }}")

    def _record(self, name: str, fields: list[str], names: tuple[str, ...]) -> None:
        chosen = self.dice.some(names, 1, 6)
        for field in chosen:
            if field == "text" and "private" in chosen:
                continue  # both are words of the language here, and may be read as such
            type_ = some_type(self.dice)
            usual = self.world.literal(self.dice, type_)
            fields.append(self._field(name, field, type_, ("?", f"= {usual}", "?", "")))
        joint = self.dice.pick(("\n  ", "  "))
        private = " private" if self.dice.chance(8) else ""
        self.blocks.append(f"record {name}{self._title()}{private} {{{joint}{joint.join(fields)}{joint}}}")

    def _field(self, record: str, name: str, type_: Type, marks: tuple[str, ...]) -> str:
        self.world.slots.append(Slot(f"{record}.{name}", type_))
        said = [self.dice.pick(marks)]
        if self.dice.chance(15):
            said.insert(self.dice.below(2), "private")
        # a word that is a type as well, or the mark, may be misread before the name of a type
        words = type_text(type_) if name in ("private", "text") else self._type_words(type_)
        return " ".join((f"{name}{self._title()}", words, *said)).rstrip()

    def _type_words(self, type_: Type) -> str:
        """The type as it is, or by a name of its own."""
        if type_ not in self._types and self.dice.chance(15):
            name = f"type_{len(self._types)}"
            self._types[type_] = name
            self.blocks.append(f"type {name}{self._title()} = {type_text(type_)}")
        return self._types.get(type_) or type_text(type_)

    def _lists(self) -> None:
        types = {
            slot.type.element if isinstance(slot.type, SetOf) else slot.type for slot in self.world.slots
        }
        for number, type_ in enumerate(self.dice.some(sorted(types, key=repr), 0, 2)):
            values = ", ".join(self.dice.some(self.world.literals(type_)))
            self.blocks.append(f"list list_{number}{self._title()} = {{{values}}}")
            self.world.lists.append(Slot(f"list_{number}", type_))

    def _switches(self) -> None:
        for name in ("storm", "switch", "风暴"):
            if self.dice.chance(8):
                self.blocks.append(f'switch {name} "{self.dice.pick(("On or off", "开关"))}"')
                self.world.switches.append(name)
                self.world.lets.append(Slot(name, Flag()))

    def _facts(self) -> None:
        """Keeps facts, some with values that follow each other, with a day between them or without."""
        dice = self.dice
        for name in dice.some(_FACTS, 1, 1) if dice.chance(35) else ():
            type_ = dice.pick(_FACT_TYPES)
            number = dice.between(1, 3)
            ends = dice.some(_FACT_DAYS, 2 * number, 2 * number)
            ends.sort()
            for place in range(number):
                since = "" if place == 0 and dice.chance(60) else f" from {ends[2 * place]}"
                until = "" if place == number - 1 and dice.chance(60) else f" until {ends[2 * place + 1]}"
                kept = " kept by finance" if dice.chance(30) else ""
                value = self.world.literal(dice, type_)
                if isinstance(type_, Number) and "." not in value:
                    value += ".5"  # else it would be a whole number
                self.blocks.append(f"fact {name}{self._title()} = {value}{since}{until}{kept}")
            self.world.lets.append(Slot(name, type_))

    def _events(self) -> None:
        dice = self.dice
        for name in dice.some(("autumn_sale", "event"), 1, 1) if dice.chance(30) else ():
            days = dice.some(("2026-11-23", "2026-11-01..2026-11-14", "2027-02-28..2027-03-01"), 1, 2)
            clauses = [f"on {', '.join(days)}"]
            if self.world.matters and dice.chance(60):
                clauses.append(f"about {', '.join(dice.some(self.world.matters, 1, 2))}")
            if dice.chance(50):
                clauses.append(f"expect {dice.pick(('+40%', '-12.5%'))}")
            self.blocks.append(block(f"event {name}{self._title()}", clauses))
            self.world.segments.append(name)

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
        said = dice.pick(("\n  ", "  ")).join(
            f"{name}{self._title()} {text}" for name, text, _ in dice.some(features, 9, 9)
        )
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

    def _title(self) -> str:
        return self.dice.pick((' "What it is"', ' "标题"')) if self.dice.chance(20) else ""

    def _let(self, name: str) -> None:
        phrases, world = self.phrases, self.world
        plain = self.dice.pick([slot for slot in world.values() if not isinstance(slot.type, SetOf)])
        if self.dice.chance(40):
            cases, type_ = by_cases(self.dice, phrases, plain.type)
            self.blocks.append(f"let {name}{self._title()} {cases}")
            world.lets.append(Slot(name, type_))
            return
        kinds: list[tuple[str, Type]] = [
            (f"({phrases.number()}) * 0.5", Number()),
            (plain.path, plain.type),
            (f"{plain.path} else {world.literal(self.dice, plain.type)}", plain.type),
            (phrases.condition(1), Flag()),
        ]
        if world.has_clock:
            kinds += [
                (f"now - {phrases.value(Time())}", Duration()),
                (f"date({phrases.value(Time())})", Date()),
                (f"weekday({phrases.value(Time())})", WEEKDAYS),
            ]
        if world.comparable(Text()):
            kinds.append((f"{phrases.value(Text(), 0)} else {world.literal(self.dice, Text())}", Text()))
        value, type_ = self.dice.pick(kinds)
        self.blocks.append(f"let {name} = {value}")
        self.world.lets.append(Slot(name, type_))

    # ── what we have ──────────────────────────────────────────────────────────

    def _calendar(self, name: str) -> None:
        dice = self.dice
        openings = [f"{days} {dice.pick(_HOURS)}" for days in dice.some(_DAYS, 1, 3)]
        clauses = [f"open {', '.join(openings)}" if dice.chance(85) else f"open {dice.pick(_HOURS)}"]
        if dice.chance(40):
            clauses.append(f"closed {', '.join(self._closed() for _ in range(dice.between(1, 3)))}")
        if dice.chance(40):
            special = [f"{self._dates()} {dice.pick(_HOURS)}" for _ in range(dice.between(1, 2))]
            clauses.append(f"open {', '.join(special)}")
        if dice.chance(20):
            clauses.append(f"open {dice.pick(_CALENDAR_SPANS)} {dice.pick(_DAYS[:6])} {dice.pick(_HOURS)}")
        if dice.chance(10):
            clauses.append("open makeup days CN")
        if dice.chance(25):
            clauses.insert(0, f"timezone {dice.pick(_ZONES)}")
        if self.world.calendars and dice.chance(25):
            clauses.append(f"as {dice.pick(self.world.calendars)}")
        self.blocks.append(block(f"calendar {name}{self._title()}", clauses))
        self.world.calendars.append(name)

    def _dates(self) -> str:
        return self.dice.pick((*_CALENDAR_DATES, *_CALENDAR_SPANS))

    def _closed(self) -> str:
        dice = self.dice
        if dice.chance(30):
            return f"holidays {dice.pick(_REGIONS)}"
        return f"{self._dates()} {dice.pick(_HOURS)}" if dice.chance(30) else self._dates()

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
            if dice.chance(30):
                clauses.append(f"asks for {', '.join(self.world.some_fields(dice))}")
            self.world.queues.append(QueueSketch(f"queue_{number}", channels, is_open))
            self.blocks.append(block(f"queue queue_{number}{self._title()}", clauses))

    def _message(self, name: str) -> None:
        places = ["url", *(slot.path for slot in self.world.lets if slot.path in _FACTS)]
        words = [
            f'{channel} "{channel}: {{{self.dice.pick(places)}}}"'
            for channel in self.dice.some(self.world.channels)
        ]
        about = self.dice.some(self.world.matters, 1, 2) if self.dice.chance(40) else []
        said = f" about {', '.join(about)}" if about else ""
        self.blocks.append(block(f"message {name}{self._title()}{said}", words))
        self.world.messages.append(name)

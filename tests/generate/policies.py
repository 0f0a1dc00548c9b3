"""Writes whole policies: well-typed, over the whole language, of the sizes and domains of a setting.

A construct of the language is written in one place: a declaration by a method of ``Declarations``, a value or
a test by one of ``Phrases``, what is decided by one of ``Author``; operators and outcome parts by their rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from routekit.layout.writing import block, example, rule
from routekit.policy.outcome_parts import DECISION_PARTS, PARTS, STEP_PARTS, Kind, Part
from routekit.schema.types import Choice, Date, Flag, Integer, Number, SetOf, Text, Time, Type
from routekit.schema.writing import quoted
from routekit.testing.choices import Dice
from tests.generate.contact_maps import contact_map
from tests.generate.declarations import Declarations
from tests.generate.parts import changes_of, expected_of, given_of
from tests.generate.phrases import Phrases
from tests.generate.settings import WHOLE, Setting
from tests.generate.sketch import QueueSketch, Slot

__all__ = ["Author", "Draft", "write_policy"]

_SHARES = (
    ("20", "80"),
    ("100",),
    ("33.3", "33.3", "33.4"),
    ("0.000001", "99.999999"),
    ("0", "50", "50"),
    ("50", "50"),
)
_STEPS = ("10s", "30s", "1m", "5m", "1h30m", "14h", "3d", "400d", "9000000d")
_NAMED_STEPS = ("45s", "2m", "2h"), ("3m", "15h", "4d")
_TITLES = ("", "An adjustment")
_QUIET = ("21:00-09:00", "00:00-06:30", "12:00-13:00")
_COMMENTS = ("# who gets what", '# "quoted" { not a brace', "#", "# 中文")


@dataclass
class Draft:
    """A policy in pieces: its declarations, and the items of its route."""

    blocks: list[str] = field(default_factory=list)
    route: list[str] = field(default_factory=list)
    otherwise: str = ""

    def text(self) -> str:
        route = block("route", [*self.route, f"otherwise {self.otherwise}"])
        return "\n\n".join((*self.blocks, route)) + "\n"

    def pieces(self) -> list[str]:
        return [*self.blocks, *self.route]

    def copy(self) -> "Draft":
        return replace(self, blocks=[*self.blocks], route=[*self.route])


def write_policy(dice: Dice, setting: Setting = WHOLE) -> str:
    """The text of a policy that has no errors."""
    return Author(dice, setting).draft.text()


class Author:
    """Writes a draft; ``phrases`` write more of what stands in it."""

    def __init__(self, dice: Dice, setting: Setting = WHOLE) -> None:
        self.dice = dice
        self.setting = setting
        self.draft = Draft()
        head, self.world = setting.world(dice)
        self.phrases = Phrases(self.world, dice, setting.tests, setting.promises, setting.aimed)
        declarations = Declarations(dice, self.world, self.phrases, self.draft.blocks)
        if head:
            self.draft.blocks.append(head)
        else:
            declarations.everything()
        declarations.names()
        self.plans: list[str] = []
        self._plans()
        self._offers()
        self._route()
        self._adjust()
        self._guarantees()
        self._care(25 if not head else 10)
        if not head:
            self.draft.blocks += contact_map(dice, self.world, self.phrases)
            self.samenesses(dice.below(3) if dice.chance(40) else 0)
            for number in range(dice.below(3)):
                self._example(number)
            self._layout()

    def _layout(self) -> None:
        dice, draft = self.dice, self.draft
        if dice.chance(20):
            draft.blocks = dice.some(draft.blocks, 99, 99)
        if dice.chance(30):
            draft.blocks.insert(dice.below(len(draft.blocks) + 1), dice.pick(_COMMENTS))

    # ── who gets what ─────────────────────────────────────────────────────────

    def _route(self) -> None:
        count = self.dice.between(*self.setting.rules)
        self.draft.route = [self._item(2) for _ in range(count)]
        self.draft.otherwise = self._outcome(self.world.open_queues())

    def _item(self, depth: int) -> str:
        number = len(self.world.rules) + len(self.world.tables)
        match self.dice.below(8):
            case 6 if depth > 0:
                inner = [self._item(depth - 1) for _ in range(self.dice.between(1, 3))]
                name = f"group_{number}_{depth}_{self.dice.below(10**6)}"
                return block(f"group {name} when {self.phrases.condition(1)}", inner)
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
        keys = ["now", *scalars] if self.world.has_clock else scalars
        key = dice.pick(keys) if dice.chance(80) else self.phrases.number(1)
        arms = [f"{share}% {self._outcome(self.world.queues)}" for share in dice.pick(_SHARES)]
        return block(f'split by {key} seed "{dice.pick(("a", "bot-7", "种子"))}"', arms)

    def _table(self, name: str) -> str:
        dice = self.dice
        columns = [self.phrases.column() for _ in range(dice.between(1, 3))]
        count = dice.between(1, 4)
        rows = []
        for _ in range(count):
            cells = " | ".join(self.phrases.cell(type_) for _, type_ in columns)
            because = ' because "a row"' if dice.chance(15) else ""
            rows.append(f"{cells} -> {self._outcome(self.world.queues, chosen=20)}{because}")
        self.world.tables[name] = count
        return block(f"table {name} ({', '.join(column for column, _ in columns)})", rows)

    def target(self, queues: list[QueueSketch] | None = None, chosen: int = 20) -> str:
        """A queue, now and then one that a field chooses, and the channel on which it serves."""
        dice, world = self.dice, self.world
        queue = dice.pick(queues or world.queues)
        name = queue.name
        if world.choosers and dice.chance(chosen):
            name, queue = dice.pick(world.choosers), world.queues[0]
        return f"queue {name}" + (f" on {dice.pick(queue.channels)}" if dice.chance(20) else "")

    def _outcome(self, queues: list[QueueSketch], chosen: int = 0) -> str:
        dice = self.dice
        actions = [self.target(queues, chosen)]
        actions += [
            given_of(dice, part, self.world.names, self._agent)
            for part in PARTS
            if part.in_outcome
            and part.name not in ("queue", "data")
            and dice.chance(60 if part.in_step else 25)
        ]
        actions += self._settings(40)
        actions = dice.some(actions, 9, 9)
        actions += [f"plan {name}" for name in self.plans if dice.chance(15)]
        steps = self._steps(_STEPS) if dice.chance(35) else ""
        return ", ".join(actions) + steps

    def _settings(self, chance: int) -> list[str]:
        """What is given for the parts that the policy declares."""
        return [
            f"{slot.path} = {self._set_to(slot.type)}" for slot in self.world.data if self.dice.chance(chance)
        ]

    def _set_to(self, type_: Type) -> str:
        dice = self.dice
        if dice.chance(30) or isinstance(type_, SetOf):
            alike = [slot.path for slot in self.world.comparable(type_)]
            return dice.pick(alike) if alike and dice.chance(50) else self.world.literal(dice, type_)
        if isinstance(type_, Flag) and dice.chance(50):
            return f"({self.phrases.condition(1)})"
        if isinstance(type_, Integer | Number):
            return f"0 + {self.phrases.number(1)}"  # a number that is written out must fit
        return self.phrases.value(type_)

    def _agent(self) -> str:
        texts = [slot.path for slot in self.world.comparable(Text())]
        agent = self.dice.pick([*texts, '"e-1"'])
        return f'{agent} else "e-2"' if self.dice.chance(20) else agent

    def _plans(self) -> None:
        for number in range(self.dice.below(3)):
            title = ' "A plan"' if self.dice.chance(30) else ""
            self.draft.blocks.append(f"plan plan_{number}{title} {{{self._steps(_NAMED_STEPS[number])}\n}}")
            self.plans.append(f"plan_{number}")

    def _steps(self, usual: Sequence[str]) -> str:
        times = sorted(self.dice.some(range(len(usual)), 1, 3))
        return "".join(f"\n      after {usual[time]} {self._step()}" for time in times)

    def _step(self) -> str:
        dice = self.dice
        when = f"when {self.phrases.condition(1)} then " if dice.chance(30) else ""
        parts = dice.some([part for part in STEP_PARTS if not part.follows], 1, 3)
        if any(part.computed for part in parts):
            parts = [part for part in parts if part.kind is not Kind.FLAG]
        actions = [self._action(part) for part in parts if part.kind is not Kind.DATA]
        return when + ", ".join(
            [*actions, *self._settings(60 if len(actions) < len(parts) else 0)] or ["priority 2"]
        )

    def _action(self, part: Part) -> str:
        dice, names = self.dice, self.world.names
        if part.kind is Kind.DURATION and self.world.calendars and dice.chance(50):
            return f"{given_of(dice, part, names)} of {dice.pick(self.world.calendars)}"
        if part.in_adjust and dice.chance(50):
            return dice.pick(changes_of(dice, part, names))
        return given_of(dice, part, names, self._agent)

    def _adjust(self) -> None:
        dice = self.dice
        changes = [
            change
            for part in PARTS
            if part.in_adjust and part.name != "data"
            for change in changes_of(dice, part, self.world.names)
        ]
        changes += self._settings(100)
        rules = []
        for number in range(dice.below(4)):
            when = self.phrases.condition(1) if dice.chance(85) else ""
            body = f"then {', '.join(dice.some(changes, 1, 2))}"
            because = "so" if dice.chance(20) else ""
            said = rule(f"adjust_{number}", dice.pick(_TITLES), when=when, body=body, because=because)
            if dice.chance(15):
                said = self._adjusting_table(f"adjust_{number}", changes)
            if dice.chance(15):
                said = block(f"group adjust_group_{number} when {self.phrases.condition(1)}", [said])
            rules.append(said)
        if rules:
            self.draft.blocks.append(block("adjust", rules))

    def _adjusting_table(self, name: str, changes: list[str]) -> str:
        dice = self.dice
        columns = [self.phrases.column() for _ in range(dice.between(1, 2))]
        rows = []
        for _ in range(dice.between(1, 3)):
            cells = " | ".join(self.phrases.cell(type_) for _, type_ in columns)
            rows.append(f"{cells} -> {', '.join(dice.some(changes, 1, 2))}")
        return block(f"table {name} ({', '.join(column for column, _ in columns)})", rows)

    def _guarantees(self) -> None:
        dice = self.dice
        for number in range(dice.between(*self.setting.guarantees)):
            when = f" when {self.phrases.condition(1)}" if dice.chance(70) else ""
            title = quoted(dice.pick(("A promise", "Ein Versprechen")))
            said = f"guarantee promise_{number} {title}{when} then {self.phrases.promise()}"
            if dice.chance(30):
                said += dice.pick((" throughout", " within 0s", " within 1m", " within 1d"))
            self.draft.blocks.append(said)

    def samenesses(self, count: int) -> None:
        """Promises that contacts which differ in some fields alone are treated the same."""
        dice, world = self.dice, self.world
        parts = ["service", *(f"outcome.{slot.path}" for slot in world.data)]
        parts += [part.name for part in DECISION_PARTS if part.promised or part.kind is Kind.STEPS]
        for number in range(count):
            varied = [self._varied(slot) for slot in dice.some([*world.slots, *world.signals], 1, 2)]
            when = f" when {self.phrases.condition(1)}" if dice.chance(50) else ""
            said = f"whatever {', '.join(varied)} then same {', '.join(dice.some(parts, 1, 3))}"
            title = quoted(dice.pick(("As others are", "一视同仁")))
            self.draft.blocks.append(f"guarantee sameness_{number} {title}{when} {said}")

    def _varied(self, slot: Slot) -> str:
        if isinstance(slot.type, SetOf) or self.dice.chance(60):
            return slot.path
        return f"{slot.path} in {{{', '.join(self.dice.some(self.world.literals(slot.type), 1, 3))}}}"

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
                most = dice.pick(self.setting.caps)
                clauses.append(f"at most {most} per {dice.pick(('30d', '1h', '9000000d', '0s'))}")
            title = dice.pick(("", ' "An offer"'))
            items.append(f"offer offer_{number}{title} {' '.join(dice.some(clauses, 9, 9))}")
            self.world.offers.append(f"offer_{number}")
        if items and dice.chance(40):
            items = self._grouped(items)
        items += [f"never when {self.phrases.condition(1)}" for _ in range(dice.below(3)) if dice.chance(40)]
        if items and dice.chance(50):
            items.insert(dice.below(len(items)), f"show {dice.pick((2, 1, 9, 0))} by worth")
        if items:
            self.draft.blocks.append(block("offers", items))

    def _grouped(self, items: list[str]) -> list[str]:
        """Offers of which some stand in a group, which may stand in another; with caps over several."""
        dice = self.dice
        for number in range(dice.between(0, 2)):
            start = dice.below(len(items))
            end = dice.between(start + 1, len(items))
            when = f" when {self.phrases.condition(1)}" if dice.chance(60) else ""
            title = ' "Some"' if dice.chance(30) else ""
            caps = [self._altogether()] if dice.chance(70) else []
            items[start:end] = [block(f"group group_{number}{title}{when}", [*caps, *items[start:end]])]
        return [*([self._altogether()] if dice.chance(50) else []), *items]

    def _altogether(self) -> str:
        most = self.dice.pick(self.setting.caps)
        return f"altogether at most {most} per {self.dice.pick(('30d', '1h', '9000000d', '0s'))}"

    # ── whom we turn to ───────────────────────────────────────────────────────

    def _care(self, chance: int) -> None:
        dice, world, phrases = self.dice, self.world, self.phrases
        moments = [slot for slot in world.values() if isinstance(slot.type, Time | Date)]
        if not moments or not dice.chance(chance):
            return
        items = [f"quiet {dice.pick(_QUIET)}"] if dice.chance(50) else []
        for word, asked in (("clock", (Text, Choice)), ("consent", (SetOf,))):
            named = [
                slot.path for slot in world.values() if isinstance(slot.type, asked) and _names(slot.type)
            ]
            items += [f"{word} {dice.pick(named)}"] if named and dice.chance(60) else []
        items += [self._altogether()] if dice.chance(40) else []
        items += [f"never when {phrases.condition(1)}"] if dice.chance(30) else []
        for number in range(dice.between(1, 3)):
            items.append(self._reach(f"reach_{number}", dice.pick(moments)))
            world.reaches.append(f"reach_{number}")
        self.draft.blocks.append(block("care", dice.some(items, 9, 9)))

    def _reach(self, name: str, moment: Slot) -> str:
        dice, world = self.dice, self.world
        is_recurring = isinstance(moment.type, Date) and dice.chance(50)
        value = f"anniversary({moment.path})" if is_recurring else moment.path
        given = [f"queue {dice.pick(world.queues).name}", f"message {dice.pick(world.messages)}"]
        given = [*dice.some(given if world.messages else given[:1], 1, 2), *dice.some(("priority 3",), 0, 1)]
        then = f"then {', '.join(given)}"
        clauses = [
            f"after {value} by {dice.pick(('0s', '7d', '6d12h'))} for {dice.pick(('3d', '1h', '400d'))}",
            then,
        ]
        clauses += [f"when {self.phrases.condition(1)}"] if dice.chance(60) else []
        clauses += [f"at most {dice.pick(self.setting.caps)} per 90d"] if dice.chance(50) else []
        title = ' "A reach"' if dice.chance(30) else ""
        clauses = dice.some(clauses, 9, 9)
        channels = f"on {', '.join(dice.some(world.channels, 1, 2))}"  # behind `then` it would be the queue's
        clauses.insert(dice.below(1 + clauses.index(then)), channels)
        return f"{dice.pick(('reach', 'survey'))} {name}{title} {' '.join(clauses)}"

    def _example(self, number: int) -> None:
        dice, world = self.dice, self.world
        slots = dice.some([*world.slots, *world.signals], 0, 6)
        expected = dice.some(self._expectations())
        in_table = dice.below(len(slots) + 1) if dice.chance(40) else 0
        columns, slots = slots[:in_table], slots[in_table:]
        given = [
            f"{slot.path} {'missing' if dice.chance(10) else world.literal(dice, slot.type)}"
            for slot in slots
        ]
        given += [f"switch {name} {dice.pick(('yes', 'no'))}" for name in world.switches if dice.chance(30)]
        if world.offers and dice.chance(15):
            given.append(f"shown {dice.pick(world.offers)} 2025-12-30 10:00")
        if world.reaches and dice.chance(40):
            given.append(f"reached {dice.pick(world.reaches)} 2025-12-30 10:00")
        title, givens = f"example {number}", ", ".join(given)
        if columns:
            head = f'example "{title}"' + (f" given {givens}" if given else "")
            said = f"{head} {self._example_table(columns, expected)}"
        else:
            said = example(title, givens, ", ".join(f"{what} {value}" for what, value in expected))
        self.draft.blocks.append(said)

    def _example_table(self, columns: list[Slot], expected: list[tuple[str, str]]) -> str:
        dice, rows = self.dice, []
        for _ in range(dice.between(1, 4)):
            cells = [
                dice.pick(("_", "missing")) if dice.chance(20) else self.world.literal(dice, slot.type)
                for slot in columns
            ]
            kept = dice.below(len(expected))
            results = [
                "_" if place != kept and dice.chance(20) else value
                for place, (_, value) in enumerate(expected)
            ]
            why = ' because "so it is"' if dice.chance(20) else ""
            rows.append(f"{' | '.join(cells)} -> {' | '.join(results)}{why}")
        heads = f"{', '.join(slot.path for slot in columns)} -> {', '.join(what for what, _ in expected)}"
        return block(f"table ({heads})", rows)

    def _expectations(self) -> tuple[tuple[str, str], ...]:
        names = self.world.names
        names["rule"] += [f"{name}[1]" for name in self.world.tables]
        parts = (part for part in DECISION_PARTS if part.expected)
        declared = [(slot.path, self.world.literal(self.dice, slot.type)) for slot in self.world.data]
        expected = [(part.word, expected_of(self.dice, part, names)) for part in parts if part.name != "data"]
        return (*expected, *declared)


def _names(type_: Type) -> bool:
    """Whether it holds a text or a name, or some of these."""
    return isinstance(type_.element if isinstance(type_, SetOf) else type_, Text | Choice)

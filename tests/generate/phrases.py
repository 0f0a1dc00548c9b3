"""Well-typed conditions, values and promises over what a generated policy declares."""

from collections.abc import Mapping, Sequence

from routekit.policy.operators.functions import FUNCTIONS, Function, Second
from routekit.policy.operators.sets import SET_TESTS
from routekit.policy.operators.text import TEXT_TESTS, Takes
from routekit.policy.outcome_parts import DECISION_PARTS
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
from routekit.testing.choices import Dice
from tests.generate.parts import promises_of
from tests.generate.sketch import Slot, World, are_comparable

__all__ = ["Phrases"]

_ARGUMENTS: Mapping[type[Type], Type] = {
    type(taken): taken for taken in (Text(), Integer(), Number(), Time(), Date(), Duration(), SetOf(Text()))
}
"""What functions are given."""
_COMPARISONS = (">=", "<", "<=", ">", "is", "is not", "==", "!=")
_PLACES = ('"Asia/Tokyo"', '"America/New_York"', '"Asia/Kathmandu"')
_PATTERNS = ("^c-", "[0-9]+$", "(?i)ZH|en", "\\\\bhi\\\\b", ".", "", "^(a+)+$", "日")


class Phrases:
    """Writes expressions of the types that are asked for."""

    def __init__(
        self,
        world: World,
        dice: Dice,
        tests: Sequence[str] = (),
        promises: Sequence[str] = (),
        aimed: int = 0,
    ) -> None:
        """Of a hundred tests and promises, so many are ``aimed``: one of those that are given."""
        self.world = world
        self.dice = dice
        self.tests = tests
        self.promises = promises
        self.aimed = aimed
        self.said: list[str] = []
        """The tests that were written."""

    # ── values ────────────────────────────────────────────────────────────────

    def value(self, type_: Type, depth: int = 1) -> str:
        """A value that can be compared with a type; one that is worked out stands in parentheses."""
        dice = self.dice
        alike = self.world.comparable(type_)
        if depth > 0 and dice.chance(25):
            worked_out = self._worked_out(type_, depth)
            if worked_out:
                return f"({worked_out})"
        if alike and dice.chance(70):
            return dice.pick(alike).path
        if isinstance(type_, Time) and self.world.has_clock and dice.chance(40):
            return "now"
        if isinstance(type_, Date) and self.world.has_clock and dice.chance(20):
            return "today"
        return self.world.literal(dice, type_)

    def _worked_out(self, type_: Type, depth: int) -> str:
        dice = self.dice
        match type_:
            case Integer() | Number():
                return self.number(depth)
            case Time():
                if dice.chance(30):
                    return self._with_fallback(type_)
                sign = dice.pick("+-")
                return f"{self.value(Time(), depth - 1)} {sign} {self.value(Duration(), dice.below(2))}"
            case Duration():
                if dice.chance(25) and (called := self._call(type_, depth)):
                    return called
                of: tuple[Type, ...] = (Time(), Date(), Duration())
                moment = dice.pick(of)
                return f"{self.value(moment, depth - 1)} - {self.value(moment, depth - 1)}"
            case Date():
                if self.world.has_clock and dice.chance(30):
                    return f"anniversary({self.value(Date(), depth - 1)})"
                if dice.chance(50):
                    return self._call(type_, depth)
                return f"{self.value(Date(), depth - 1)} + {self.value(Duration(), depth - 1)}"
            case Choice() if type_ == WEEKDAYS:
                return self._call(type_, depth)
            case Flag():
                return self.condition(depth - 1)
            case Text() if dice.chance(60):
                return self._call(type_, depth)
            case _:
                return self._with_fallback(type_)

    def _call(self, type_: Type, depth: int) -> str:
        """A function that gives such a value, of what it takes; nothing where there is none."""
        sets = [slot.path for slot in self.world.values() if isinstance(slot.type, SetOf)]
        calls = [
            (row, taken)
            for row in FUNCTIONS.values()
            for taken, given in row.of.items()
            if taken in _ARGUMENTS and are_comparable(given, type_)
            if self.world.has_clock or taken not in (Time, Date)
            if (sets and self.world.has_clock) or taken is not SetOf
        ]
        if not calls:
            return ""
        row, taken = self.dice.pick(calls)
        first = self.dice.pick(sets) if taken is SetOf else self.value(_ARGUMENTS[taken], depth - 1)
        call = f"{row.name}({first}{self._behind(row, taken, depth - 1)})"
        given = row.of[taken]
        is_bounded = isinstance(given, Duration) and given != Duration()
        return f"{call} + 0s" if is_bounded else call  # any wait may be asked for then

    def _behind(self, row: Function, taken: type[Type], depth: int) -> str:
        """What stands behind the first argument of a function."""
        dice = self.dice
        match row.second:
            case Second.SEED:
                return f', "{dice.pick(("bot-7", "menu"))}"'
            case Second.MORE:
                others = [self.value(_ARGUMENTS[taken], depth) for _ in range(dice.between(1, 2))]
                if taken in (Time, Date, Duration):  # so that it has no bounds, whatever fields have
                    others.append(self.world.literal(dice, _ARGUMENTS[taken]))
                return "".join(f", {other}" for other in others)
            case Second.ZONE if taken is Time and dice.chance(35):
                texts = self.world.comparable(Text())
                zone = dice.pick(texts).path if texts and dice.chance(30) else dice.pick(_PLACES)
                return f", {zone}"
            case _:
                return ""

    def _with_fallback(self, type_: Type) -> str:
        """``x else y``, where there is an x of just this type."""
        alike = [slot.path for slot in self.world.values() if slot.type == type_]
        if not alike:
            return ""
        others = ["now", *alike] if isinstance(type_, Time) else alike
        other = self.dice.pick(others) if self.dice.chance(30) else self.world.literal(self.dice, type_)
        return f"{self.dice.pick(alike)} else {other}"

    def number(self, depth: int = 2) -> str:
        """A number that is worked out."""
        dice = self.dice
        if depth <= 0:
            return self.value(Number(), 0)
        match dice.below(7):
            case 0 | 1:
                factor = dice.pick(("2", "0.7", "120", "0", self.value(Number(), depth - 1)))
                return f"{self.value(Number(), depth - 1)} * {factor} + {self.number(depth - 1)}"
            case 2:
                return f"{self.value(Number(), 0)} / {self.value(Number(), depth - 1)}"
            case 3:
                return f"{self.value(Number(), depth - 1)} - {self.value(Number(), depth - 1)}"
            case 4:
                return f"-{self.value(Number(), depth - 1)}"
            case 5 if called := self._call(Number(), depth):
                return called
            case _:
                numbers = [slot.path for slot in self.world.comparable(Number())]
                first = dice.pick(numbers) if numbers and depth < 2 else f"({self.number(depth - 1)})"
                return f"{first} else {self.value(Number(), depth - 1)}"

    # ── conditions ────────────────────────────────────────────────────────────

    def condition(self, depth: int = 2) -> str:
        dice = self.dice
        if depth <= 0 or not dice.chance(55):
            return self.test(depth)
        match dice.below(5):
            case 0 | 1:
                return " and ".join(self._operand(depth - 1) for _ in range(dice.between(2, 3)))
            case 2:
                return " or ".join(self._operand(depth - 1) for _ in range(dice.between(2, 3)))
            case 3:
                return f"{self.test(0)} or {self._operand(depth - 1)} and {self.test(0)}"
            case _:
                return f"not {self._operand(depth - 1)}"

    def _operand(self, depth: int) -> str:
        return f"({self.condition(depth)})" if self.dice.chance(25) else self.test(depth)

    def test(self, depth: int = 1) -> str:
        """One test, of a field more often than not."""
        dice, segments = self.dice, self.world.segments
        if segments and dice.chance(15):
            return dice.pick(segments)
        said = dice.pick(self.tests) if dice.chance(self.aimed) else self._test(depth)
        self.said.append(said)
        return said

    def _test(self, depth: int) -> str:
        dice, world = self.dice, self.world
        if world.calendars and dice.chance(8):
            at = f" at {self.value(Time(), depth)}" if dice.chance(40) else ""
            return f"{dice.pick(world.calendars)} is {dice.pick(('', 'not '))}open{at}"
        if depth > 0 and dice.chance(12):
            return self._computed_test(depth)
        slot = dice.pick(world.values())
        if dice.chance(8):
            return f"{slot.path} is {dice.pick(('known', 'missing', 'not missing'))}"
        return self._test_of(slot, depth)

    def _computed_test(self, depth: int) -> str:
        """A test of the time, or of a value that is worked out."""
        dice = self.dice
        types: tuple[Type, ...] = (WEEKDAYS, Duration(), Date(), Time(), Text())
        if not self.world.has_clock:
            types = (Integer(),)
        match dice.below(6):
            case 0 | 1:
                return self._compared(Number(), f"({self.number()})", depth - 1)
            case 2:
                members = dice.pick(("{1, 5}", "0..7"))
                return f"({self.value(Number(), 0)} + {self.value(Number(), 0)}) in {members}"
            case 3 if self.world.has_clock:
                return self._test_of(Slot("now", Time()), depth - 1)
            case 4:
                return f"({self.number()}) is {dice.pick(('known', 'missing'))}"
            case _:
                type_ = dice.pick(types)
                worked_out = self._worked_out(type_, depth)
                return (
                    self._test_of(Slot(f"({worked_out})", type_), depth - 1) if worked_out else self.test(0)
                )

    def _test_of(self, slot: Slot, depth: int) -> str:
        dice, type_ = self.dice, slot.type
        left = slot.path
        if dice.chance(8) and not isinstance(type_, SetOf) and left != "now":
            left = f"{left} else {self.world.literal(dice, type_)}"
        match type_:
            case Flag():
                return f"({left})" if "else" in left else self._flag_test(left)
            case SetOf(element):
                return self._set_test(left, element, depth)
            case Text():
                return self._text_test(left, depth)
            case Choice(_, ordered) if not ordered:
                return self._listed_test(type_, left)
            case _:
                return self._ordered_test(type_, left, depth)

    def _flag_test(self, left: str) -> str:
        dice = self.dice
        ways = (
            left,
            f"{left} is yes",
            f"{left} is not yes",
            f"{left} in {{no}}",
            f"{left} is {self.value(Flag(), 0)}",
            f"{left} is ({self.test(0)})",
        )
        return dice.pick(ways)

    def _members(self, type_: Type) -> str:
        """A set written out, or the name of a list."""
        lists = [known for known in self.world.lists if known.type == type_]
        if lists and self.dice.chance(40):
            return self.dice.pick(lists).path
        return f"{{{', '.join(self.dice.some(self.world.literals(type_)))}}}"

    def _set_test(self, left: str, element: Type, depth: int) -> str:
        dice = self.dice
        match dice.below(5):
            case 0:
                return f"{left} has {self.value(element, depth)}"
            case 1 | 2:
                return f"{left} {dice.pick(tuple(SET_TESTS))} {self._members(element)}"
            case 3:
                return f"{left} is {dice.pick(('', 'not '))}empty"
            case _:
                return f"{self.value(element, depth)} {dice.pick(('', 'not '))}in {left}"

    def _text_test(self, left: str, depth: int) -> str:
        dice = self.dice
        match dice.below(5):
            case 0:
                return f"{left} {dice.pick(('is', 'is not'))} {self.value(Text(), depth)}"
            case 1:
                return f"{left} {dice.pick(('', 'not '))}in {self._members(Text())}"
            case _:
                row = dice.pick(tuple(TEXT_TESTS.values()))
                return f"{left} {row.name} {self._tested_against(row.takes, depth)}"

    def _tested_against(self, takes: Takes, depth: int) -> str:
        match takes:
            case Takes.TEXT:
                return self.value(Text(), depth)
            case Takes.PATTERN:
                return f'"{self.dice.pick(_PATTERNS)}"'
            case Takes.TEXTS:
                return self._members(Text())

    def _listed_test(self, type_: Type, left: str) -> str:
        dice = self.dice
        if dice.chance(50):
            return f"{left} {dice.pick(('', 'not '))}in {self._members(type_)}"
        other = self.world.literal(dice, type_) if dice.chance(75) else self.value(type_, 0)
        return f"{left} {dice.pick(('is', 'is not'))} {other}"

    def _ordered_test(self, type_: Type, left: str, depth: int) -> str:
        dice = self.dice
        match dice.below(5):
            case 0:
                return f"{left} {dice.pick(('', 'not '))}in {self._members(type_)}"
            case 1:
                return f"{left} {dice.pick(('', 'not '))}in {self.range(type_)}"
            case _:
                return self._compared(type_, left, depth)

    def _compared(self, type_: Type, left: str, depth: int) -> str:
        dice = self.dice
        if isinstance(type_, Choice):
            alike = [slot.path for slot in self.world.values() if slot.type == type_]
            right = dice.pick(alike) if alike and dice.chance(15) else self.world.literal(dice, type_)
        else:
            right = self.world.literal(dice, type_) if dice.chance(65) else self.value(type_, depth)
        return f"{left} {dice.pick(_COMPARISONS)} {right}"

    def range(self, type_: Type) -> str:
        """A range of literals that holds something."""
        known = self.world.literals(type_)
        low = self.dice.below(len(known))
        high = self.dice.between(low, len(known) - 1)
        dots = "..<" if high > low and self.dice.chance(30) else ".."
        return f"{known[low]}{dots}{known[high]}"

    # ── tables and promises ───────────────────────────────────────────────────

    def column(self) -> tuple[str, Type]:
        """What a column of a table holds, with the type of its cells."""
        dice = self.dice
        if dice.chance(15):
            return self.number(1), Number()
        slots = [slot for slot in self.world.values() if not isinstance(slot.type, SetOf)]
        slot = dice.pick(slots)
        if dice.chance(10):
            return f"{slot.path} else {self.world.literal(dice, slot.type)}", slot.type
        return slot.path, slot.type

    def cell(self, type_: Type) -> str:
        dice = self.dice
        if dice.chance(35):
            return "_"
        return ", ".join(self._cell_tests(type_) for _ in range(dice.pick((1, 1, 2))))

    def _cell_tests(self, type_: Type) -> str:
        """A test of a cell, or two that hold together."""
        return " and ".join(self._cell_test(type_) for _ in range(self.dice.pick((1, 1, 1, 2))))

    def _cell_test(self, type_: Type) -> str:
        dice = self.dice
        is_ordered = not isinstance(type_, Text | Flag) and not (
            isinstance(type_, Choice) and not type_.ordered
        )
        if is_ordered and dice.chance(60):
            if dice.chance(50):
                return self.range(type_)
            return f"{dice.pick(_COMPARISONS[:4])} {self.world.literal(dice, type_)}"
        if dice.chance(8):
            return dice.pick(("missing", "known"))
        if dice.chance(8):
            return f"{dice.pick(('!=', 'is', 'is not'))} {self.world.literal(dice, type_)}"
        if dice.chance(10) and not isinstance(type_, Number):
            return f"{dice.pick(('in', 'not in'))} {self._members(type_)}"
        if isinstance(type_, Text) and dice.chance(30):
            row = dice.pick(tuple(TEXT_TESTS.values()))
            against = self._members(type_) if row.takes is Takes.TEXTS else self._tested_against(row.takes, 0)
            return f"{row.name} {against}"
        return self.world.literal(dice, type_)

    def promise(self, depth: int = 1) -> str:
        """What a guarantee may say of an outcome."""
        dice, world = self.dice, self.world
        if dice.chance(self.aimed):
            return dice.pick(self.promises)
        if depth > 0 and dice.chance(40):
            joint = dice.pick((" and ", " or "))
            return joint.join(f"({self.promise(depth - 1)})" for _ in range(2))
        said = [
            f"channel is {dice.pick(('assisted', 'not assisted', 'self_service'))}",
            f"priority in {self.range(Integer(1, 10))}" if dice.chance(50) else "priority in 2..4",
            f"channel is assisted or ({self.test(0)})",
        ]
        said += [self._test_of(Slot(f"outcome.{slot.path}", slot.type), 0) for slot in world.data]
        said += [f"outcome.{slot.path} is {dice.pick(('known', 'missing'))}" for slot in world.data]
        for part in DECISION_PARTS:
            said += promises_of(dice, part, world.names) if part.promised else []
        return dice.pick(said)

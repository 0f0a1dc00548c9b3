"""Writes values by cases: what stands between the braces of a let, with the type before them."""

from routekit.schema.types import Choice, Date, Duration, Integer, Number, Time, Type
from routekit.schema.writing import type_text
from routekit.testing.choices import Dice
from tests.generate.phrases import Phrases

__all__ = ["by_cases"]

_ADDED_UP = (Integer, Number, Duration)


def by_cases(dice: Dice, phrases: Phrases, type_: Type) -> tuple[str, Type]:
    """Some cases that give values of a type, and the type of the let."""
    gather = dice.pick(_gathers(type_)) if dice.chance(50) else "first"
    is_first = gather == "first"
    head, given = ("", _loose(type_)) if is_first else (f"{gather} ", _loose(type_))
    is_typed = is_first and (isinstance(type_, Choice | Integer) or dice.chance(40))
    if is_typed:
        head, given = f"{type_text(type_)} ", type_
    items = [_item(dice, phrases, type_) for _ in range(dice.between(1, 3))]
    if isinstance(type_, Integer | Number) and not is_typed:  # so that a fraction may be asked for
        items.append(f"when {phrases.condition(1)} then 0.5")
    if isinstance(type_, Time | Date | Duration) and not is_typed:  # so that it has no bounds
        items.append(f"when {phrases.condition(1)} then {phrases.world.literal(dice, given)}")
    if is_first and dice.chance(50):
        items.append(f"otherwise {_value(dice, phrases, type_)}")
    joint = dice.pick(("\n  ", "  "))
    return f"{head}{{{joint}{joint.join(items)}{joint}}}", given


def _gathers(type_: Type) -> tuple[str, ...]:
    if isinstance(type_, _ADDED_UP):
        return "sum", "min", "max"
    is_listed = isinstance(type_, Choice)
    typed = not is_listed and type_text(type_) not in ("text", "flag")
    return ("min", "max") if typed else ("first",)


def _loose(type_: Type) -> Type:
    """The type that values have together, where none is given."""
    match type_:
        case Integer() | Number():
            return Number()
        case Time():
            return Time()
        case Date():
            return Date()
        case Duration():
            return Duration()
        case _:
            return type_


def _item(dice: Dice, phrases: Phrases, type_: Type) -> str:
    if dice.chance(60):
        return f"when {phrases.condition(1)} then {_value(dice, phrases, type_)}"
    columns = [phrases.column() for _ in range(dice.between(1, 2))]
    rows = []
    for _ in range(dice.pick((1, 2, 3, 14))):
        cells = " | ".join(phrases.cell(column) for _, column in columns)
        rows.append(f"    {cells} -> {_value(dice, phrases, type_)}")
    heads = ", ".join(text for text, _ in columns)
    return "\n".join((f"table ({heads}) {{", *rows, "  }"))


def _value(dice: Dice, phrases: Phrases, type_: Type) -> str:
    return phrases.world.literal(dice, type_) if dice.chance(60) else phrases.value(type_)

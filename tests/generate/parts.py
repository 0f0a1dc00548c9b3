"""Writes what policies say of the parts of an outcome, each by what its row says of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, assert_never

from routekit.policy.outcome_parts import STEP_PARTS, Kind, Part
from routekit.testing.choices import Dice

__all__ = ["TEXTS", "Names", "changes_of", "expected_of", "given_of", "promises_of"]

Names: TypeAlias = Mapping[str, Sequence[str]]
"""The names of a policy by what they are of: ``queue``, ``skill``."""

TEXTS = ('"e-1"', '"hello"', '"dear"')
_SPANS = ("4h", "30m", "2d")
_TIMES = ("1m", "2m", "3m")
_COMPARISONS = ("<", "<=", ">", ">=", "is", "is not")


def _set(dice: Dice, names: Sequence[str], least: int) -> str:
    return f"{{{', '.join(dice.some(names, least, 2))}}}"


def _value(dice: Dice, part: Part, names: Names, least: int = 0) -> str:
    match part.kind:
        case Kind.NAME:
            return dice.pick(names[part.names])
        case Kind.TEXT:
            return dice.pick(TEXTS)
        case Kind.INTEGER:
            return str(dice.pick((2, 1, 5, part.most or 3)))
        case Kind.FLAG:
            return dice.pick(("yes", "no"))
        case Kind.DURATION:
            return dice.pick(_SPANS)
        case Kind.NAMES | Kind.RANKING:
            return _set(dice, names[part.names], least)
        case Kind.STEPS:
            return _plan(dice, names)
        case Kind.TIME | Kind.DATA | Kind.VALUE | Kind.PROBLEMS:
            raise AssertionError(f"nobody writes {part.name}")
        case _:
            assert_never(part.kind)


def _plan(dice: Dice, names: Names) -> str:
    """A whole plan, as an example expects it."""
    steps = []
    for after in dice.some(_TIMES, 0, 2):
        written = [part for part in STEP_PARTS if not part.follows and part.kind is not Kind.DATA]
        actions = dice.some([given_of(dice, part, names, lambda: '"e-1"') for part in written], 1, 3)
        if dice.chance(20):
            actions = [action for action in actions if "callback" not in action]
            actions.append("callback by 2026-11-24 09:30")
        steps.append(f"after {after} {', '.join(actions)}")
    return f"{{{'  '.join(sorted(steps))}}}"


def given_of(dice: Dice, part: Part, names: Names, expression: Callable[[], str] | None = None) -> str:
    """What an outcome, or a step of its plan, gives; of an ``expression`` where it can be worked out."""
    if part.kind is Kind.FLAG and not part.of_decision:
        return part.phrase
    if part.computed and expression is not None:
        return f"{part.phrase} {expression()}"
    if part.kind is Kind.INTEGER and dice.chance(20):
        return f"{part.phrase} {dice.pick((0, 99))}"
    return f"{part.phrase} {_value(dice, part, names)}"


def changes_of(dice: Dice, part: Part, names: Names) -> list[str]:
    """What ``adjust`` can make of it."""
    match part.kind:
        case Kind.INTEGER:
            return [f"{part.word} {change}" for change in ("- 1", "+ 3", "4", "- 20")]
        case Kind.NAMES:
            return [f"{part.word} {sign} {_set(dice, names[part.names], 1)}" for sign in "+-"]
        case _:
            return [given_of(dice, part, names)]


def expected_of(dice: Dice, part: Part, names: Names) -> str:
    """A value that an example can expect."""
    if part.may_be_missing and dice.chance(30):
        return "missing"
    return _value(dice, part, names)


def promises_of(dice: Dice, part: Part, names: Names) -> list[str]:
    """What a guarantee can say of it."""
    word = part.word
    said = [f"{word} is missing", f"{word} is known"] if part.may_be_missing else []
    if part.is_set:
        known = names[part.names]
        tests = [f"has {kind}{_set(dice, known, 1)}" for kind in ("any ", "all ")] if known else []
        tests += [f"has {dice.pick(known)}"] if known else []
        return [*said, f"{word} is empty", *(f"{word} {test}" for test in tests)]
    if part.kind is Kind.FLAG:
        return [*said, word, f"not {word}"]
    if part.kind in (Kind.INTEGER, Kind.DURATION):
        return [*said, f"{word} {dice.pick(_COMPARISONS)} {_value(dice, part, names)}"]
    known = TEXTS if part.kind is Kind.TEXT else names[part.names]
    if not known:
        return said
    one_of = f"{word} in {_set(dice, known, 1)}"
    return [*said, f"{word} {dice.pick(('is', 'is not'))} {dice.pick(known)}", one_of]

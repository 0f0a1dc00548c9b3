"""All operators, and what each expression that is made by one means."""

from collections.abc import Callable
from datetime import UTC

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators import Operator
from routekit.policy.operators.arithmetic import ARITHMETIC
from routekit.policy.operators.functions import FUNCTIONS, Function, Known, Second, on_wall
from routekit.policy.operators.order import COMPARISONS, RANGE, RANGE_WITHOUT_END
from routekit.policy.operators.sets import IS_EMPTY, MEMBER, SET_TESTS
from routekit.policy.operators.text import TEXT_TESTS
from routekit.schema.reading import Fault, reader
from routekit.schema.times import zone, zone_of
from routekit.schema.types import Choice, Type, Value

__all__ = ["Meaning", "is_total", "meaning_of", "operator_words", "operators", "tests"]

Meaning = Callable[..., Value | None]
"""A function of operands that are all there."""


def tests() -> tuple[Operator, ...]:
    """The rows of all that is answered by true or false."""
    ranges = RANGE, RANGE_WITHOUT_END
    return (*COMPARISONS.values(), *ranges, MEMBER, IS_EMPTY, *SET_TESTS.values(), *TEXT_TESTS.values())


def operators() -> tuple[Operator, ...]:
    """Returns every row there is, functions included."""
    return (*tests(), *ARITHMETIC.values(), *FUNCTIONS.values())


def operator_words() -> frozenset[str]:
    """Returns the words that the names of tests are made of.

    >>> sorted(operator_words() - {"is", "in"})[:4]
    ['all', 'any', 'contains', 'empty']
    """
    names = (row.name for row in tests())
    return frozenset(word for name in names for word in name.split() if word.isalpha())


def meaning_of(expr: e.Strict, policy: CheckedPolicy) -> Meaning:
    """Tells what an expression makes of its operands, all there, under a policy's clock and calendars."""
    match expr:
        case e.Compare(operator, order=order):
            return _by_rank(COMPARISONS[operator].meaning, order)
        case e.InRange(order=order):
            return _by_rank((RANGE_WITHOUT_END if expr.without_end else RANGE).meaning, order)
        case e.InSet(_, values):
            return lambda value: value in values
        case e.Member():
            return MEMBER.meaning
        case e.SetTest(operator, _, values):
            asked = SET_TESTS[operator].meaning
            return lambda container: asked(container, values)
        case e.IsEmpty():
            return IS_EMPTY.meaning
        case e.TextTest(operator):
            return TEXT_TESTS[operator].meaning
        case e.CalendarOpen(calendar):
            return policy.calendars[calendar].is_open
        case e.Arithmetic(operator):
            return ARITHMETIC[operator].meaning
        case e.Call(function, arguments, order):
            return _called(FUNCTIONS[function], len(arguments), order, policy.timezone)
        case e.Bounded(_, type_):
            return _within(type_)


def is_total(call: e.Call) -> bool:
    """Whether a call gives a result for whatever its arguments are; a timezone may be none."""
    row = FUNCTIONS[call.function]
    places = call.arguments[1:] if row.second is Second.ZONE else ()
    return row.is_total and all(
        isinstance(place, e.Constant) and isinstance(place.value, str) and zone_of(place.value) is not None
        for place in places
    )


def _called(row: Function, arguments: int, order: Choice | None, timezone: str) -> Meaning:
    """What a function makes of so many arguments: a time is read here, where none says in which timezone."""
    meaning, local = row.meaning, zone(timezone)
    if row.known is Known.WALL and arguments == 1:
        return lambda moment: meaning(on_wall(moment, local))
    if order is None:
        return meaning
    rank, names = order.rank, order.names
    return lambda *given: names[int(meaning(*(rank[name] for name in given)))]  # type: ignore[arg-type]


def _by_rank(meaning: Meaning, order: Choice | None) -> Meaning:
    """The same of ordered names, which compare by their ranks."""
    if order is None:
        return meaning
    rank = order.rank
    return lambda *names: meaning(*(rank[name] for name in names))


def _within(type_: Type) -> Meaning:
    read = reader(type_, UTC)

    def meaning(value: Value) -> Value | None:
        found = read(value)
        return None if isinstance(found, Fault) else found

    return meaning

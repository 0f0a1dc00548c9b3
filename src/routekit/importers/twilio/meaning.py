"""What a TaskRouter expression means, said in conditions of the policy language.

TaskRouter's conditions are true or false: an attribute that is not there is NULL, which equals NULL and
nothing else, is less than nothing, and is in no list. The policy's are unknown where a value is missing,
and a rule asks whether its condition is true. So each comparison is translated for both outcomes, in a
condition that is true exactly where the comparison comes out so; `NOT` is worked inwards to them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, assert_never

from routekit.importers.names import writable
from routekit.importers.twilio.attributes import Kind, kind_of, list_of, task_path
from routekit.importers.twilio.clock import Clock, is_clock
from routekit.importers.twilio.conditions import FALSE, TRUE, Condition, Test, all_of, any_of
from routekit.importers.twilio.expression_parser import (
    All,
    AnyOf,
    Bare,
    Compare,
    Expression,
    Listing,
    Not,
    Term,
    Value,
)
from routekit.schema.writing import quoted
from routekit.syntax.limits import MOST_MEMBERS

__all__ = ["Meaning", "Scope", "Unsayable", "constant", "literal"]

_MOST_DIGITS = 18
"""Up to here a number of TaskRouter is one of the policy, digit by digit."""
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ORDERED: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class Unsayable(Exception):  # noqa: N818 - no mistake: the language has no words for it
    """A comparison that the policy language cannot say."""


class Scope(Protocol):
    """Where an attribute's values are found."""

    def kinds(self, path: tuple[str, ...]) -> tuple[Kind, ...]:
        """As what an attribute is used, the most frequent first."""
        ...

    def place(self, path: tuple[str, ...], kind: Kind) -> str:
        """Returns the field that holds its values of one kind."""
        ...

    def shared(self, left: tuple[str, ...], right: tuple[str, ...]) -> Kind:
        """As what two attributes are compared."""
        ...


@dataclass(frozen=True, slots=True)
class Meaning:
    """Translates expressions; ``unsayable`` gives the condition that stands for what has no words."""

    scope: Scope
    clock: Clock
    unsayable: Callable[[Compare | Bare, bool], Condition]

    def of(self, expression: Expression, wanted: bool = True) -> Condition:
        """Returns the condition that is true exactly where the expression comes out as wanted."""
        match expression:
            case Not(part):
                return self.of(part, not wanted)
            case All(parts):
                return (all_of if wanted else any_of)(*(self.of(part, wanted) for part in parts))
            case AnyOf(parts):
                return (any_of if wanted else all_of)(*(self.of(part, wanted) for part in parts))
            case Compare() | Bare():
                try:
                    return self._leaf(expression, wanted)
                except Unsayable:
                    return self.unsayable(expression, wanted)
            case _:
                assert_never(expression)

    def _leaf(self, leaf: Compare | Bare, wanted: bool) -> Condition:
        if isinstance(leaf, Bare):
            if isinstance(leaf.term, Value) and isinstance(leaf.term.value, bool):
                return _constant(leaf.term.value == wanted)
            if task_path(leaf.term) is None:
                raise Unsayable
            return self._equals(leaf.term, Value(True), wanted)
        if is_clock(leaf.left) or is_clock(leaf.right):
            condition = self.clock.test(leaf, wanted)
            if condition is None:
                raise Unsayable
            return condition
        match leaf.operator:
            case "==":
                return self._equals(leaf.left, leaf.right, wanted)
            case "!=":
                return self._equals(leaf.left, leaf.right, not wanted)
            case "contains":
                return self._contains(leaf.left, leaf.right, wanted)
            case "has":
                return self._in(leaf.right, leaf.left, wanted)
            case "in":
                return self._in(leaf.left, leaf.right, wanted)
            case "not in":
                # true of two scalars neither way: only where there is a list at all
                return self._not_in(leaf.left, leaf.right, wanted)
            case operator:
                return self._ordered(operator, leaf.left, leaf.right, wanted)

    def _equals(self, left: Term, right: Term, wanted: bool) -> Condition:
        if isinstance(left, Value) and isinstance(right, Value):
            return _constant(_same(left.value, right.value) == wanted)
        if isinstance(left, Value):
            left, right = right, left
        path, other = task_path(left), task_path(right)
        if path is None:
            raise Unsayable
        if isinstance(right, Value):
            return self._is(path, right.value, wanted)
        if other is None:
            raise Unsayable
        if path == other:
            return _constant(wanted)
        kind = self.scope.shared(path, other)
        if {*self.scope.kinds(path), *self.scope.kinds(other)} != {kind}:
            raise Unsayable
        one, two = self.scope.place(path, kind), self.scope.place(other, kind)
        if wanted:
            return any_of(
                Test(f"{one} is {two}"), all_of(Test(f"{one} is missing"), Test(f"{two} is missing"))
            )
        return any_of(
            Test(f"{one} is not {two}"),
            all_of(Test(f"{one} is missing"), Test(f"{two} is known")),
            all_of(Test(f"{one} is known"), Test(f"{two} is missing")),
        )

    def _is(self, path: tuple[str, ...], value: str | Decimal | bool | None, wanted: bool) -> Condition:
        kind = kind_of(value)
        if kind is None:
            places = [self.scope.place(path, each) for each in self.scope.kinds(path)]
            if wanted:
                return all_of(*(Test(f"{place} is missing") for place in places))
            return any_of(*(Test(f"{place} is known") for place in places))
        place = self.scope.place(path, kind)
        if kind == "flag":
            test = Test(place if value == wanted else f"{place} is no")
        else:
            test = Test(f"{place} is {'' if wanted else 'not '}{literal(value)}")
        return test if wanted else any_of(Test(f"{place} is missing"), test)

    def _ordered(self, operator: str, left: Term, right: Term, wanted: bool) -> Condition:
        if isinstance(left, Value) and isinstance(right, Value):
            if kind_of(left.value) == kind_of(right.value) == "text" and not (
                left.is_placeholder or right.is_placeholder
            ):
                raise Unsayable
            return _constant(_less(operator, left.value, right.value) == wanted)
        if isinstance(left, Value):
            operator, left, right = _MIRROR[operator], right, left
        path, other = task_path(left), task_path(right)
        if path is None:
            raise Unsayable
        if isinstance(right, Value):
            if right.value is None:
                return _constant(not wanted)  # nothing is less or more than NULL
            if kind_of(right.value) != "number":
                raise Unsayable
            bound, missing = literal(right.value), []
        elif other is not None:
            bound = self.scope.place(other, "number")
            if path == other:
                holds = operator in ("<=", ">=")
                return (
                    Test(f"{bound} is {'known' if wanted else 'missing'}") if holds else _constant(not wanted)
                )
            missing = [Test(f"{bound} is missing")]
        else:
            raise Unsayable
        place = self.scope.place(path, "number")
        if wanted:
            return Test(f"{place} {operator} {bound}")
        return any_of(Test(f"{place} is missing"), *missing, Test(f"{place} {_OPPOSITE[operator]} {bound}"))

    def _contains(self, left: Term, right: Term, wanted: bool) -> Condition:
        if isinstance(left, Value) and isinstance(right, Value):
            whole, part = left.value, right.value
            holds = isinstance(whole, str) and isinstance(part, str) and part in whole
            return _constant(holds == wanted)
        path = task_path(left)
        if path is None or not isinstance(right, Value) or not isinstance(right.value, str):
            raise Unsayable
        place = self.scope.place(path, "text")
        if not right.value:
            return Test(f"{place} is {'known' if wanted else 'missing'}")
        if wanted:
            return Test(f"{place} contains {literal(right.value)}")
        return Test(f'not (({place} else "") contains {literal(right.value)})')

    def _in(self, one: Term, many: Term, wanted: bool) -> Condition:
        if isinstance(many, Listing):
            return self._in_listing(one, many, wanted)
        path = task_path(many)
        if path is None:
            if isinstance(many, Value) and not many.is_placeholder:
                return _constant(not wanted)  # an array operator on two scalars is false
            raise Unsayable
        member, place, missing = self._member(one, path)
        if wanted:
            if member.startswith('"') or missing is None:
                return Test(f"{place} has {member}")
            return Test(f"{member} in {place}")
        return any_of(
            Test(f"{place} is missing"), *([missing] if missing else []), Test(f"{member} not in {place}")
        )

    def _not_in(self, one: Term, many: Term, wanted: bool) -> Condition:
        if isinstance(many, Listing):
            return self._in_listing(one, many, not wanted)
        if isinstance(many, Value) and not many.is_placeholder:
            return _constant(not wanted)
        path = task_path(many)
        if path is None:
            raise Unsayable
        member, place, missing = self._member(one, path)
        lists = [
            self.scope.place(path, kind) for kind in self.scope.kinds(path) if kind in ("texts", "numbers")
        ]
        if not wanted:
            return any_of(
                all_of(*(Test(f"{each} is missing") for each in lists)), Test(f"{member} in {place}")
            )
        others: list[Condition] = [Test(f"{each} is known") for each in lists if each != place]
        if missing is not None:
            others.append(all_of(Test(f"{place} is known"), missing))
        return any_of(Test(f"{member} not in {place}"), *others)

    def _member(self, one: Term, many: tuple[str, ...]) -> tuple[str, str, Test | None]:
        """The value that is looked for, the set field, and the test that the value is missing."""
        if isinstance(one, Value):
            kind = kind_of(one.value)
            if kind not in ("text", "number"):
                raise Unsayable
            return literal(one.value), self.scope.place(many, list_of(kind)), None
        path = task_path(one)
        if path is None or path == many:
            raise Unsayable
        kinds = [kind for kind in self.scope.kinds(path) if kind in ("text", "number")]
        if len(kinds) != 1 or set(self.scope.kinds(many)) != {list_of(kinds[0])}:
            raise Unsayable
        place = self.scope.place(path, kinds[0])
        return place, self.scope.place(many, list_of(kinds[0])), Test(f"{place} is missing")

    def _in_listing(self, one: Term, many: Listing, wanted: bool) -> Condition:
        constants = [item.value for item in many.items if isinstance(item, Value)]
        keys = [item for item in many.items if not isinstance(item, Value)]
        if isinstance(one, Value):
            found = _constant(any(_same(one.value, constant) for constant in constants) == wanted)
            return (any_of if wanted else all_of)(found, *(self._equals(key, one, wanted) for key in keys))
        path = task_path(one)
        if path is None or len(constants) > MOST_MEMBERS:
            raise Unsayable
        parts: list[Condition] = []
        by_kind: dict[Kind | None, list[str | Decimal | bool | None]] = {}
        for constant in constants:
            by_kind.setdefault(kind_of(constant), []).append(constant)
        for kind, values in by_kind.items():
            different = list(dict.fromkeys(values))
            if kind in ("text", "number") and len(different) > 1:
                place = self.scope.place(path, kind)
                members = ", ".join(literal(value) for value in different)
                test = Test(f"{place} {'' if wanted else 'not '}in {{{members}}}")
                parts.append(test if wanted else any_of(Test(f"{place} is missing"), test))
            else:
                parts += [self._is(path, value, wanted) for value in different]
        parts += [self._equals(one, key, wanted) for key in keys]
        return (any_of if wanted else all_of)(*parts)


class _Nowhere:
    """Where no attribute has a value."""

    def kinds(self, path: tuple[str, ...]) -> tuple[Kind, ...]:
        raise Unsayable(path)

    def place(self, path: tuple[str, ...], kind: Kind) -> str:
        raise Unsayable(path, kind)

    def shared(self, left: tuple[str, ...], right: tuple[str, ...]) -> Kind:
        raise Unsayable(left, right)


def constant(expression: Expression) -> bool | None:
    """Returns what comes of an expression whatever the task; None where that depends on it.

    >>> from routekit.importers.twilio.expression_parser import parse
    >>> constant(parse("1 == 1 OR a == 2")), constant(parse("1 == 1 AND a == 2"))
    (True, None)
    """
    unknown = Test("?")
    condition = Meaning(_Nowhere(), Clock(), lambda _leaf, _wanted: unknown).of(expression)
    return condition == TRUE if condition in (TRUE, FALSE) else None


def literal(value: str | Decimal | bool | None) -> str:
    """Returns a constant as the policy writes it."""
    if isinstance(value, Decimal):
        text = format(value if value.adjusted() >= _MOST_DIGITS else value.normalize(), "f")
        if sum(letter.isdigit() for letter in text) > _MOST_DIGITS:
            raise Unsayable
        return "0" if text == "-0" else text
    if isinstance(value, str) and writable(value):
        return quoted(value)
    raise Unsayable


def _constant(holds: bool) -> Condition:
    return TRUE if holds else FALSE


def _same(left: str | Decimal | bool | None, right: str | Decimal | bool | None) -> bool:
    return kind_of(left) == kind_of(right) and left == right


def _less(operator: str, left: str | Decimal | bool | None, right: str | Decimal | bool | None) -> bool:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _ORDERED[operator](left, right)
    return False

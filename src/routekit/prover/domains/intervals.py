"""What an expression can come to, where each of its bases is only known to lie in a domain.

An enclosure holds every value that the reference could give, and perhaps more; it never leaves one out.
Rounding keeps the order of numbers, so that the corners of a box enclose what lies within.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from math import inf, nextafter, prod
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.prover.domains.ordinals import Ordered
from routekit.prover.domains.terms import ArmOf, Atom, Base
from routekit.schema.types import WEEKDAYS, Value

__all__ = ["Domain", "Few", "Range", "Unlisted", "enclose"]

_MOST_PAIRS = 2048
_EXACT = 1 << 52
"""Below it, no whole number stands between a float and the next."""
_TRUTHS = {True, False}
_CALLS: dict[str, frozenset[Value | None]] = {
    "hour": frozenset(range(24)),
    "day": frozenset(range(1, 32)),
    "month": frozenset(range(1, 13)),
    "weekday": frozenset(WEEKDAYS.names),
}


@dataclass(frozen=True, slots=True)
class Few:
    """One of these values; None among them: it may be missing."""

    values: frozenset[Value | None]


@dataclass(frozen=True, slots=True)
class Range:
    """A value from ``low`` to ``high``; ``parts`` lists, by function, what day, month and so on can be."""

    low: Ordered
    high: Ordered
    may_miss: bool = False
    parts: Mapping[str, frozenset[Value | None]] | None = None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Any value at all."""

    may_miss: bool = True


Domain: TypeAlias = Few | Range | Unlisted
_MISSING = Few(frozenset({None}))


def enclose(atom: Atom, box: Mapping[Base, Domain], value_of: Callable[[e.Expr], Value | None]) -> Domain:
    """What an expression can come to; ``value_of`` tells the value of one without bases."""
    if isinstance(atom, ArmOf):
        key = enclose(atom.key, box, value_of)
        return key if key == _MISSING else _truths(_may_miss(key))

    def within(expr: e.Expr) -> Domain:
        match expr:
            case e.Constant(value):
                return Few(frozenset({value}))
            case e.FieldRef() | e.SignalRef() | e.Now():
                return box[expr]
            case e.Not(operand):
                return Few(frozenset(None if t is None else not t for t in _truth_set(within(operand))))
            case e.All(operands):
                return Few(_joined([_truth_set(within(operand)) for operand in operands], False))
            case e.Any(operands):
                return Few(_joined([_truth_set(within(operand)) for operand in operands], True))
            case e.IsKnown(operand):
                inner = within(operand)
                known = set() if inner == _MISSING else {True}
                return Few(frozenset(known | ({False} if _may_miss(inner) else set())))
            case e.Else(first, second):
                found = within(first)
                if not _may_miss(found):
                    return found
                other = within(second)
                return other if found == _MISSING else _union(found, other)
            case _:
                return strict(expr)

    def strict(expr: e.Expr) -> Domain:
        domains = [within(child) for child in e.children(expr)]
        if _MISSING in domains:
            return _MISSING
        few = [domain.values for domain in domains if isinstance(domain, Few)]
        if isinstance(expr, e.Compare) and expr.operator == "is" and len(few) == 2:
            return _same(*few)
        if len(few) == len(domains) and prod(len(values) for values in few) <= _MOST_PAIRS:
            return Few(
                frozenset(
                    None if None in values else value_of(_with(expr, values)) for values in product(*few)
                )
            )
        may_miss = any(_may_miss(domain) for domain in domains)
        match expr:
            case e.Compare(operator, order=None):
                left, right = _ends(domains[0]), _ends(domains[1])
                if left is not None and right is not None:
                    return _truths(may_miss, _compare(operator, left, right))
            case e.InRange(order=None):
                value, low, high = (_ends(domain) for domain in domains)
                if value is not None and low is not None and high is not None:
                    above, below = _compare("<=", low, value), _compare("<=", value, high)
                    return _truths(may_miss, {a and b for a in above for b in below})
            case e.InSet(_, values):
                ends = _ends(domains[0])
                if ends is not None:
                    inside = [v for v in values if ends[0] <= v <= ends[1]]  # type: ignore[operator]
                    return _truths(may_miss, _TRUTHS if inside else {False})
            case e.Arithmetic(operator):
                left, right = _ends(domains[0]), _ends(domains[1])
                if left is not None and right is not None:
                    return _arithmetic(operator, left, right, may_miss, value_of)
                return Unlisted()
            case e.Call(function):
                return _call(function, domains[0], may_miss)
            case _:
                pass
        return _truths(may_miss)

    return within(atom)


def _same(one: frozenset[Value | None], other: frozenset[Value | None]) -> Few:
    left, right = one - {None}, other - {None}
    truths: set[bool] = set()
    if not left.isdisjoint(right):
        truths.add(True)
    if left and right and (len(left) > 1 or left != right):
        truths.add(False)
    return _truths(None in one or None in other, truths)


def _with(expr: e.Expr, values: tuple[Value | None, ...]) -> e.Expr:
    constants = [e.Constant(value) for value in values if value is not None]
    match expr, constants:
        case e.Compare(operator, order=order), [left, right]:
            return e.Compare(operator, left, right, order)
        case e.Arithmetic(operator), [left, right]:
            return e.Arithmetic(operator, left, right)
        case e.InRange(order=order), [value, low, high]:
            return e.InRange(value, low, high, order)
        case e.InSet(_, listed), [value]:
            return e.InSet(value, listed)
        case e.Member(), [element, container]:
            return e.Member(element, container)
        case e.HasAny(_, listed), [value]:
            return e.HasAny(value, listed)
        case e.HasAll(_, listed), [value]:
            return e.HasAll(value, listed)
        case e.IsEmpty(), [value]:
            return e.IsEmpty(value)
        case e.TextTest(operator), [text, part]:
            return e.TextTest(operator, text, part)
        case e.Matches(_, pattern), [text]:
            return e.Matches(text, pattern)
        case e.CalendarOpen(calendar), [moment]:
            return e.CalendarOpen(calendar, moment)
        case e.Call(function), [moment]:
            return e.Call(function, moment)
    raise AssertionError(f"an expression without operands: {expr!r}")


def _may_miss(domain: Domain) -> bool:
    return None in domain.values if isinstance(domain, Few) else domain.may_miss


def _truths(may_miss: bool, truths: set[bool] | None = None) -> Few:
    found: set[Value | None] = set(_TRUTHS if truths is None else truths)
    return Few(frozenset(found | {None} if may_miss else found))


def _truth_set(domain: Domain) -> frozenset[bool | None]:
    if isinstance(domain, Few):
        return domain.values  # type: ignore[return-value]
    return frozenset({True, False, None})


def _joined(sets: list[frozenset[bool | None]], strong: bool) -> frozenset[Value | None]:
    """What ``or`` (strong is True) or ``and`` can come to."""
    found: set[Value | None] = set()
    if any(strong in truths for truths in sets):
        found.add(strong)
    if all(truths - {strong} for truths in sets):
        if all((not strong) in truths for truths in sets):
            found.add(not strong)
        if any(None in truths for truths in sets):
            found.add(None)
    return frozenset(found)


def _union(first: Domain, second: Domain) -> Domain:
    present = Few(first.values - {None}) if isinstance(first, Few) else first
    if isinstance(present, Few) and isinstance(second, Few):
        return Few(present.values | second.values)
    left, right = _ends(present), _ends(second)
    if left is None or right is None:
        return Unlisted(_may_miss(second))
    return Range(min(left[0], right[0]), max(left[1], right[1]), _may_miss(second))


def _ends(domain: Domain) -> tuple[Ordered, Ordered] | None:
    if isinstance(domain, Range):
        return domain.low, domain.high
    if isinstance(domain, Few):
        values = [value for value in domain.values if value is not None]
        if values and all(
            isinstance(value, int | float | date | timedelta) and not isinstance(value, bool)
            for value in values
        ):
            return min(values), max(values)  # type: ignore[return-value]
    return None


def _compare(operator: str, left: tuple[Ordered, Ordered], right: tuple[Ordered, Ordered]) -> set[bool]:
    (a, b), (c, d) = left, right
    match operator:
        case "is":
            if b < c or d < a:  # type: ignore[operator]
                return {False}
            return {True} if a == b == c == d else set(_TRUTHS)
        case "<":
            return {True} if b < c else {False} if a >= d else set(_TRUTHS)  # type: ignore[operator]
        case "<=":
            return {True} if b <= c else {False} if a > d else set(_TRUTHS)  # type: ignore[operator]
        case ">":
            return _compare("<", right, left)
        case _:
            return _compare("<=", right, left)


def _arithmetic(
    operator: str,
    left: tuple[Ordered, Ordered],
    right: tuple[Ordered, Ordered],
    may_miss: bool,
    value_of: Callable[[e.Expr], Value | None],
) -> Domain:
    if operator == "/" and right[0] <= 0 <= right[1]:  # type: ignore[operator]
        return Unlisted()
    corners: list[Ordered] = []
    for a, b in product(*(ends if ends[0] != ends[1] else ends[:1] for ends in (left, right))):
        corner = value_of(e.Arithmetic(operator, e.Constant(a), e.Constant(b)))  # type: ignore[arg-type]
        if corner is None:
            return Unlisted()
        corners.append(corner)  # type: ignore[arg-type]
    low, high = min(corners), max(corners)
    if isinstance(low, int | float) and isinstance(high, int | float) and max(abs(low), abs(high)) >= _EXACT:
        # a whole number in a field of numbers is not rounded as a fraction is
        low, high = nextafter(float(low), -inf), nextafter(float(high), inf)
    return Range(low, high, may_miss)


def _call(function: str, domain: Domain, may_miss: bool) -> Domain:
    missing: frozenset[Value | None] = frozenset({None}) if may_miss else frozenset()
    if isinstance(domain, Range) and domain.parts is not None and function in domain.parts:
        return Few(domain.parts[function] | missing)
    if function != "date":
        return Few(_CALLS[function] | missing)
    ends = _ends(domain)
    if ends is None or not isinstance(ends[0], datetime) or not isinstance(ends[1], datetime):
        return Range(date.min, date.max, may_miss)
    day = timedelta(days=1)
    return Range((ends[0] - day).date(), (ends[1] + day).date(), may_miss)

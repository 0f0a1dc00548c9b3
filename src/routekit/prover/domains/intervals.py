"""What an expression can come to, where each of its bases is only known to lie in a domain.

An enclosure holds every value that the reference could give, and perhaps more; it never leaves one out.
Rounding keeps the order of numbers, so that the corners of a box enclose what lies within.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from math import ceil, copysign, floor, inf, nextafter, prod
from operator import add, mul, sub, truediv
from sys import float_info
from typing import cast

from routekit.policy import expressions as e
from routekit.policy.algebra import TRUTH_SETS, fold
from routekit.policy.operators.arithmetic import ARITHMETIC, Arithmetic
from routekit.policy.operators.functions import FUNCTIONS, Function, Known
from routekit.policy.operators.order import COMPARISONS, Comparison
from routekit.policy.operators.registry import Meaning
from routekit.policy.ordinals import Ordered, ends_of
from routekit.prover.domains.cells import Domain, OneOf, Range, Unlisted, may_be_missing
from routekit.prover.domains.terms import ArmOf, Atom, Base
from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.types import WEEKDAYS, Date, Duration, Integer, Number, Time, Value

__all__ = ["combined", "enclose"]

_MOST_PAIRS = 2048
_EXACT = 1 << 52
"""Below it, no whole number stands between a float and the next."""
_LARGEST = float_info.max
_PLAINLY: Mapping[str, Callable[[float, float], float]] = {"+": add, "-": sub, "*": mul, "/": truediv}
"""Arithmetic of numbers that are too large for a result: of the right sign."""
_TRUTHS = {True, False}
_DAY = timedelta(days=1)
_RESULTS: dict[str, frozenset[Value | None]] = {
    "hour": frozenset(range(24)),
    "day": frozenset(range(1, 32)),
    "month": frozenset(range(1, 13)),
    "weekday": frozenset(WEEKDAYS.names),
}


_MISSING = OneOf(frozenset({None}))


def enclose(atom: Atom, box: Mapping[Base, Domain], meaning: Callable[[e.Strict], Meaning]) -> Domain:
    """What an expression can come to; ``meaning`` tells what one makes of its operands."""
    if isinstance(atom, ArmOf):
        key = enclose(atom.key, box, meaning)
        return (
            OneOf(frozenset(map(atom.holds, key.values)))
            if isinstance(key, OneOf)
            else _truths(may_be_missing(key))
        )

    def within(expr: e.Expr) -> Domain:
        match expr:
            case e.Constant(value):
                return OneOf(frozenset({value}))
            case e.FieldRef() | e.SignalRef() | e.Now():
                return box[expr]
            case e.LetRef() | e.SegmentRef() | e.OutcomeRef() | e.DataRef() | e.IsAssisted():
                return Unlisted()
            case e.Not() | e.All() | e.Any() | e.IsKnown() | e.Else() | e.Cases():
                return fold(expr, within, _DOMAINS)
            case _:
                return strict(expr)

    def strict(expr: e.Strict) -> Domain:
        return combined(expr, [within(child) for child in e.children(expr)], meaning)

    return within(atom)


def combined(expr: e.Strict, domains: Sequence[Domain], meaning: Callable[[e.Strict], Meaning]) -> Domain:
    """What an expression can come to where its operands lie in domains."""
    if _MISSING in domains:
        return _MISSING
    few = [domain.values for domain in domains if isinstance(domain, OneOf)]
    if isinstance(expr, e.Compare) and expr.operator == "is" and len(few) == 2:
        return _same(*few)
    if len(few) == len(domains) and prod(len(values) for values in few) <= _MOST_PAIRS:
        work_out = meaning(expr)
        if isinstance(expr, e.Arithmetic):
            return _worked_out(work_out, few)
        return OneOf(frozenset(None if None in values else work_out(*values) for values in product(*few)))
    may_miss = any(may_be_missing(domain) for domain in domains)
    match expr:
        case e.Compare(operator, order=None):
            left, right = _ends(domains[0]), _ends(domains[1])
            if left is not None and right is not None:
                return _truths(may_miss, _compare(COMPARISONS[operator], left, right))
        case e.InRange(order=None):
            value, low, high = (_ends(domain) for domain in domains)
            if value is not None and low is not None and high is not None:
                until = COMPARISONS["<" if expr.without_end else "<="]
                above, below = _compare(COMPARISONS["<="], low, value), _compare(until, value, high)
                return _truths(may_miss, {a and b for a in above for b in below})
        case e.InSet(_, values):
            ends = _ends(domains[0])
            if ends is not None:
                inside = [v for v in values if ends[0] <= v <= ends[1]]  # type: ignore[operator]
                return _truths(may_miss, _TRUTHS if inside else {False})
        case e.Arithmetic(operator):
            left, right = _ends(domains[0]), _ends(domains[1])
            if left is not None and right is not None:
                return _arithmetic(ARITHMETIC[operator], left, right, may_miss, expr)
            return Unlisted()
        case e.Call(function, order=None):
            return _call(FUNCTIONS[function], domains, may_miss)
        case e.Call():
            return Unlisted(may_miss)
        case e.Bounded(_, Integer() | Number() | Time() | Date() | Duration() as type_):
            return _bounded(domains[0], type_.low, type_.high)
        case e.Bounded():
            return Unlisted()
        case (
            e.Compare()
            | e.InRange()
            | e.Member()
            | e.SetTest()
            | e.IsEmpty()
            | e.TextTest()
            | e.CalendarOpen()
        ):
            pass
    return _truths(may_miss)


class _Domains:
    """The algebra of what expressions can come to, each whatever the others are."""

    def not_(self, operand: Domain) -> Domain:
        return OneOf(TRUTH_SETS.not_(_truth_set(operand)))

    def all(self, operands: Sequence[Domain]) -> Domain:
        return OneOf(TRUTH_SETS.all([_truth_set(operand) for operand in operands]))

    def any(self, operands: Sequence[Domain]) -> Domain:
        return OneOf(TRUTH_SETS.any([_truth_set(operand) for operand in operands]))

    def known(self, operand: Domain) -> Domain:
        if operand == _MISSING:
            return OneOf(frozenset({False}))
        return OneOf(frozenset({True, False} if may_be_missing(operand) else {True}))

    def else_(self, first: Domain, second: Domain) -> Domain:
        if not may_be_missing(first):
            return first
        return second if first == _MISSING else _union(first, second)

    def cases(self, expr: e.Cases, cases: Sequence[tuple[Domain, Domain]]) -> Domain:
        if expr.gather == "sum":
            return Unlisted()
        found: Domain = _MISSING
        is_sure = False
        for holds, value in reversed(cases):
            truths = _truth_set(holds)
            if True not in truths:
                continue
            always = truths == {True}
            if expr.gather == "first" and always:
                found = value
            else:
                found = _with_missing(_union(value, found)) if may_be_missing(value) else _union(value, found)
                is_sure = is_sure or (always and not may_be_missing(value))
        return _without_missing(found) if is_sure and expr.gather != "first" else found


_DOMAINS = _Domains()


def _same(one: frozenset[Value | None], other: frozenset[Value | None]) -> OneOf:
    left, right = one - {None}, other - {None}
    truths: set[bool] = set()
    if not left.isdisjoint(right):
        truths.add(True)
    if left and right and (len(left) > 1 or left != right):
        truths.add(False)
    return _truths(None in one or None in other, truths)


def _truths(may_miss: bool, truths: set[bool] | None = None) -> OneOf:
    found: set[Value | None] = set(_TRUTHS if truths is None else truths)
    return OneOf(frozenset(found | {None} if may_miss else found))


def _truth_set(domain: Domain) -> frozenset[Value | None]:
    return domain.values if isinstance(domain, OneOf) else frozenset({True, False, None})


def _union(first: Domain, second: Domain) -> Domain:
    present = OneOf(first.values - {None}) if isinstance(first, OneOf) else first
    if isinstance(present, OneOf) and isinstance(second, OneOf):
        return OneOf(present.values | second.values)
    if second == _MISSING:
        return _with_missing(present)
    left, right = _ends(present), _ends(second)
    if left is None or right is None:
        return Unlisted(may_be_missing(second))
    return Range(min(left[0], right[0]), max(left[1], right[1]), may_be_missing(second))


def _with_missing(domain: Domain) -> Domain:
    if isinstance(domain, OneOf):
        return OneOf(domain.values | {None})
    return replace(domain, may_miss=True)


def _without_missing(domain: Domain) -> Domain:
    if isinstance(domain, OneOf):
        return OneOf(domain.values - {None})
    return replace(domain, may_miss=False)


def _bounded(domain: Domain, low: Ordered | None, high: Ordered | None) -> Domain:
    """What lies within bounds, or is missing since it may lie beyond them."""
    ends = _ends(domain)
    if ends is None:
        return Unlisted()
    least = ends[0] if low is None else max(ends[0], low)
    most = ends[1] if high is None else min(ends[1], high)
    return _MISSING if least > most else Range(least, most, may_miss=True)  # type: ignore[operator]


def _ends(domain: Domain) -> tuple[Ordered, Ordered] | None:
    if isinstance(domain, Range):
        return domain.low, domain.high
    if isinstance(domain, OneOf):
        values = [value for value in domain.values if value is not None]
        if values and all(
            isinstance(value, int | float | date | timedelta) and not isinstance(value, bool)
            for value in values
        ):
            return min(values), max(values)  # type: ignore[return-value]
    return None


def _compare(row: Comparison, left: tuple[Ordered, Ordered], right: tuple[Ordered, Ordered]) -> set[bool]:
    (a, b), (c, d) = left, right
    found: set[bool] = set()
    if a < d:  # type: ignore[operator]
        found.add(row.below)
    if max(a, c) <= min(b, d):  # type: ignore[operator]
        found.add(row.equal)
    if b > c:  # type: ignore[operator]
        found.add(row.above)
    return found


def _arithmetic(
    row: Arithmetic,
    left: tuple[Ordered, Ordered],
    right: tuple[Ordered, Ordered],
    may_miss: bool,
    expr: e.Arithmetic,
) -> Domain:
    if not row.is_monotone or (row.but_for_zero and right[0] <= 0 <= right[1]):  # type: ignore[operator]
        return Unlisted()
    corners: list[Ordered] = []
    for a, b in product(*(ends if ends[0] != ends[1] else ends[:1] for ends in (left, right))):
        corner = row.meaning(a, b)
        if corner is None:
            if not isinstance(a, int | float) or not isinstance(b, int | float):
                return Unlisted()
            may_miss, corner = True, copysign(_LARGEST, _PLAINLY[row.name](float(a), float(b)))
        corners.append(corner)  # type: ignore[arg-type]
    low, high = min(corners), max(corners)
    if isinstance(low, int | float) and isinstance(high, int | float) and not may_miss:
        is_large = max(abs(low), abs(high)) > LARGEST_INTEGER
        may_miss = is_large and not _is_float(expr) and _is_too_large(row, left, right)
    if isinstance(low, int | float) and isinstance(high, int | float) and max(abs(low), abs(high)) >= _EXACT:
        # a whole number in a field of numbers is not rounded as a fraction is
        low, high = max(nextafter(float(low), -inf), -_LARGEST), min(nextafter(float(high), inf), _LARGEST)
    return Range(low, high, may_miss)


def _worked_out(work_out: Meaning, few: Sequence[frozenset[Value | None]]) -> OneOf:
    """All results of arithmetic; a whole number may have stood for a float, which alone may be too large."""
    found: set[Value | None] = set()
    for values in product(*map(_wholes_too, few)):
        if None in values:
            found.add(None)
            continue
        result = work_out(*values)
        found.add(result)
        if result is None and all(type(value) in (int, float) for value in values):
            found.add(work_out(*map(float, values)))  # type: ignore[arg-type]
    return OneOf(frozenset(found))


def _wholes_too(values: frozenset[Value | None]) -> list[Value | None]:
    """Values, with the whole numbers that a field of numbers may hold in place of floats."""
    floats = (value for value in values if isinstance(value, float) and abs(value) <= LARGEST_INTEGER)
    return [*values, *(int(value) for value in floats if value.is_integer())]


def _is_too_large(row: Arithmetic, *sides: tuple[Ordered, Ordered]) -> bool:
    """Whether whole numbers, which a field of numbers may hold too, have no result for being too large."""
    wholes = []
    for low, high in cast("tuple[tuple[float, float], ...]", sides):
        least, most = ceil(max(low, -LARGEST_INTEGER)), floor(min(high, LARGEST_INTEGER))
        if least > most:
            return False
        wholes.append((least, most))
    return any(row.meaning(a, b) is None for a, b in product(*wholes))


def _is_float(expr: e.Expr) -> bool:
    """Whether an expression comes to no whole number, but to a float or to nothing."""
    match expr:
        case e.Constant(value):
            return isinstance(value, float)
        case e.Arithmetic(operator, left, right):
            return operator == "/" or _is_float(left) or _is_float(right)
        case e.Else(first, second):
            return _is_float(first) and _is_float(second)
        case e.Cases(_, cases):
            return all(_is_float(case.value) for case in cases)
        case _:
            return False


def _call(row: Function, domains: Sequence[Domain], may_miss: bool) -> Domain:
    """What a function gives of operands in domains; in another timezone it may give nothing."""
    missing: frozenset[Value | None] = frozenset({None}) if may_miss or not row.is_total else frozenset()
    ends = [_ends(domain) for domain in domains]
    known = [each for each in ends if each is not None]
    match row.known:
        case Known.WALL if len(domains) == 1:
            return _of_wall(row, domains[0], missing)
        case Known.WALL:
            return OneOf(_RESULTS[row.name] | {None}) if row.name in _RESULTS else Unlisted()
        case Known.LEAST | Known.LARGEST if len(known) == len(ends):
            least, largest = (row.meaning(*bounds) for bounds in zip(*known, strict=True))
            return Range(least, largest, may_miss)  # type: ignore[arg-type]  # amounts
        case Known.RISING if len(known) == len(ends):
            return _rising(row, known, may_miss)
        case _:
            bounds = {ends_of(result) for result in row.of.values()}
            if len(bounds) == 1 and (only := next(iter(bounds))) is not None:
                return Range(*only, bool(missing))
            return Unlisted(bool(missing))


def _of_wall(row: Function, domain: Domain, missing: frozenset[Value | None]) -> Domain:
    if isinstance(domain, Range) and domain.parts is not None and row.name in domain.parts:
        return OneOf(domain.parts[row.name] | missing)
    if row.name == "clock":
        return Range(timedelta(0), _DAY - timedelta(microseconds=1), bool(missing))
    if row.name != "date":
        return OneOf(_RESULTS[row.name] | missing) if row.name in _RESULTS else Unlisted()
    ends = _ends(domain)
    if ends is None or not isinstance(ends[0], datetime) or not isinstance(ends[1], datetime):
        return Range(date.min, date.max, bool(missing))
    return Range((ends[0] - _DAY).date(), (ends[1] + _DAY).date(), bool(missing))


def _rising(row: Function, ends: Sequence[tuple[Ordered, Ordered]], may_miss: bool) -> Domain:
    """What lies between the corners; where one has no result, from the least result that there is."""
    least = [low if rises > 0 else high for (low, high), rises in zip(ends, row.rises, strict=True)]
    largest = [high if rises > 0 else low for (low, high), rises in zip(ends, row.rises, strict=True)]
    top, bottom = row.meaning(*largest), row.meaning(*least)
    if top is None:
        return _MISSING
    if bottom is None:
        (result,) = row.of.values()
        bounds = ends_of(result)
        return Unlisted() if bounds is None else Range(bounds[0], top, True)  # type: ignore[arg-type]
    return Range(bottom, top, may_miss)  # type: ignore[arg-type]

"""The values of a field that are worth trying: on, just below and just above whatever it is asked against.

Between two neighbours of these no condition of the policy can tell values apart, so that the nearest value
that does something is always among them; but for patterns, and for texts asked in several ways at once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import combinations, islice

from routekit.policy import expressions as e
from routekit.policy.constraints import TextsThat, constants_in, constraint_of
from routekit.policy.model import Field
from routekit.policy.ordinals import another
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    Scalar,
    SetOf,
    Text,
    Time,
    Type,
    Value,
)

__all__ = ["Asked", "amount_edges", "values_near"]

MOST_MEMBERS = 40
"""Of one list: that many of its values are tried."""
MOST_TOGGLED = 6
MOST_COUNTED = 1_000
ANYTHING_ELSE = "other"


@dataclass(slots=True)
class Asked:
    """What is asked of one field: the values that it is compared with, what texts that pass tests hold."""

    values: dict[Value, None] = field(default_factory=dict)
    starts: dict[str, None] = field(default_factory=dict)
    holds: dict[str, None] = field(default_factory=dict)
    ends: dict[str, None] = field(default_factory=dict)
    whole: dict[str, None] = field(default_factory=dict)
    counts: dict[int, None] = field(default_factory=dict)
    """How many letters it should have, or members."""

    def add(self, test: e.Expr, of: e.Expr) -> None:
        """Takes in a test in which the field stands alone on a side."""
        constraint = constraint_of(test)
        if constraint is not None and isinstance(constraint.allows, TextsThat):
            if constraint.operand == of:
                self._add_texts(constraint.allows)
            return
        if isinstance(test, e.TextTest) or (isinstance(test, e.InSet | e.SetTest) and test.operand != of):
            return
        written = sorted(constants_in(test))[:MOST_MEMBERS]
        constants = (child.value for child in e.children(test) if isinstance(child, e.Constant))
        self.values.update(dict.fromkeys((*constants, *written)))

    def _add_texts(self, texts: TextsThat) -> None:
        places = {"start": self.starts, "anywhere": self.holds, "end": self.ends, None: self.whole}
        samples = texts.row.samples(texts.argument)
        places[texts.row.place].update(dict.fromkeys(islice(samples, MOST_MEMBERS)))


def values_near(
    declared: Field, asked: Asked, current: Value | None, others: Iterable[Value]
) -> list[Value | None]:
    """Returns the values to try in place of the current one.

    ``others`` are values that matter for this contact alone: those of fields it is compared with, and the
    ends of what makes a sum large enough.
    """
    found = dict.fromkeys(_values(declared.type, asked, current, [*others]))
    if declared.optional:
        found[None] = None
    return [value for value in found if value != current or type(value) is not type(current)]


def _values(type_: Type, asked: Asked, current: Value | None, others: list[Value]) -> Iterator[Value | None]:
    match type_:
        case Flag():
            yield from (True, False)
        case Choice(names):
            yield from names
        case Text():
            yield from _texts(asked, current, others)
        case SetOf(element):
            yield from _sets(element, asked, current, others)
        case _:
            yield from amount_edges(type_, asked.values, current, others)


# ── amounts and moments ───────────────────────────────────────────────────────


def amount_edges(
    type_: Type, points: Iterable[object], current: Value | None, solved: Iterable[object] = ()
) -> Iterator[Value]:
    """Yields each point with its neighbours on both sides, within the bounds of the type.

    ``solved`` are points too, which nobody wrote down: they do not make the steps any finer.

    >>> list(amount_edges(Integer(0, 100), [80, 100], 20))
    [79, 80, 81, 99, 100]
    """
    points = [point for point in points if _fits(point, type_)]
    step = _step(type_, points, current)
    low, high = getattr(type_, "low", None), getattr(type_, "high", None)
    for point in sorted({*points, *(point for point in solved if _fits(point, type_))}):  # type: ignore[type-var]
        for value in _around(type_, point, step):
            if (low is None or value >= low) and (high is None or value <= high):
                yield value
    if current is None:
        yield from (bound for bound in (low, high) if bound is not None)


def _fits(point: object, type_: Type) -> bool:
    match type_:
        case Integer() | Number():
            return isinstance(point, int | float) and not isinstance(point, bool)
        case Time():
            return isinstance(point, datetime)
        case Date():
            return isinstance(point, date) and not isinstance(point, datetime)
        case _:
            return isinstance(point, timedelta)


def _step(type_: Type, points: Iterable[object], current: Value | None) -> object:
    """The finest step that the policy or the contact takes in such values."""
    match type_:
        case Integer():
            return 1
        case Number(low, high):
            is_fine = low is not None and high is not None and high - low <= 10
            numbers = [point for point in (*points, current) if isinstance(point, float)]
            return max([2 if is_fine else 0, *(_digits(number) for number in numbers)])
        case Date():
            return timedelta(days=1)
        case Duration():
            return timedelta(seconds=1)
        case _:
            moments = [point for point in (*points, current) if isinstance(point, datetime)]
            is_exact = any(moment.second or moment.microsecond for moment in moments)
            return timedelta(seconds=1) if is_exact else timedelta(minutes=1)


def _digits(number: float) -> int:
    """How many digits behind the point a number is written with, six at most."""
    return next((digits for digits in range(6) if round(number, digits) == number), 6)


def _around(type_: Type, point: object, step: object) -> Iterator[Value]:
    match type_, point:
        case Integer(), int() | float():
            whole = int(point // 1)
            yield from (
                (whole - 1, whole, whole + 1, whole + 2)
                if whole != point
                else (
                    whole - 1,
                    whole,
                    whole + 1,
                )
            )
        case Number(), int() | float():
            assert isinstance(step, int)
            unit = 10**-step
            for value in (round(point - unit, step), round(point, step), round(point + unit, step)):
                yield int(value) if step == 0 else value
        case _, (datetime() | date() | timedelta()):
            assert isinstance(step, timedelta)
            for shift in (-step, timedelta(0), step):
                try:
                    yield point + shift
                except OverflowError:
                    continue


# ── texts ─────────────────────────────────────────────────────────────────────


def _texts(asked: Asked, current: Value | None, others: list[Value]) -> Iterator[str]:
    known = [value for value in (*asked.values, *others) if isinstance(value, str)]
    yield from known
    yield from asked.whole
    own = current if isinstance(current, str) else ""
    yield from (*asked.starts, *asked.holds, *asked.ends)
    for start in asked.starts:
        yield start + own
    for end in asked.ends:
        yield own + end
    for part in asked.holds:
        yield f"{own} {part}".strip()
    # one of each, for texts that are asked in several ways at once
    for start in ("", *asked.starts):
        for part in ("", *asked.holds):
            for end in ("", *asked.ends):
                yield start + part + end
    yield own + " ".join(asked.holds)
    for sample in asked.whole:
        for start in ("", *asked.starts):
            for end in ("", " ".join(asked.holds), *asked.ends):
                yield start + sample + end
    yield _another(known)
    for count in _beside_counts(asked):
        yield own[:count].ljust(count, "x")


def _another(known: list[str]) -> str:
    """A text that is none of those."""
    text, number = ANYTHING_ELSE, 2
    while text in known:
        text, number = f"{ANYTHING_ELSE} {number}", number + 1
    return text


# ── sets ──────────────────────────────────────────────────────────────────────


def _sets(
    element: Type, asked: Asked, current: Value | None, others: list[Value]
) -> Iterator[frozenset[Scalar]]:
    own = current if isinstance(current, frozenset) else frozenset[Scalar]()
    named: list[Scalar] = [
        value
        for value in (*asked.values, *others)
        if not isinstance(value, frozenset) and _is_of(value, element)
    ]
    yield frozenset()
    for many in range(1, min(len(named), MOST_TOGGLED) + 1):
        for some in combinations(named, many) if len(named) <= MOST_TOGGLED else _few(named, many):
            yield own.symmetric_difference(some)
    yield own | {*named}
    yield own - {*named}
    for count in _beside_counts(asked):
        yield _of_size(own, count, named, element)
    if not own:
        yield from (frozenset({value}) for value in _any_value(element))


def _beside_counts(asked: Asked) -> list[int]:
    """Returns the counts that are asked for, and those beside them, as far as they are small."""
    counts = {count + step for count in asked.counts for step in (-1, 0, 1)}
    return sorted(count for count in counts if 0 <= count <= MOST_COUNTED)


def _of_size(own: frozenset[Scalar], count: int, named: list[Scalar], element: Type) -> frozenset[Scalar]:
    """Returns a set of so many members that has as much as it can in common with one."""
    members = [*own][:count]
    members += [value for value in named if value not in own][: count - len(members)]
    while len(members) < count and (value := another(element, {*members})) is not None:
        members.append(value)  # type: ignore[arg-type]  # a scalar
    return frozenset(members)


def _is_of(value: Scalar, element: Type) -> bool:
    """Whether a value may be in a set; what a test of a test names may be of another type."""
    match element:
        case Text():
            return isinstance(value, str)
        case Choice(names):
            return value in names
        case Flag():
            return isinstance(value, bool)
        case _:
            return _fits(value, element)


def _few(named: list[Scalar], many: int) -> Iterator[tuple[Scalar, ...]]:
    if many <= 2:
        yield from combinations(named, many)


def _any_value(element: Type) -> Iterator[Scalar]:
    match element:
        case Choice(names):
            yield names[0]
        case Text():
            yield ANYTHING_ELSE
        case Flag():
            yield True
        case Integer(low, high) | Number(low, high):
            yield low if low is not None else high if high is not None else 0
        case Duration(low, high):
            yield low or (high if high is not None and high < timedelta(0) else timedelta(0))
        case _:
            return

"""Which instants and signals a policy cannot tell apart: what is decided once is decided for all of a kind.

Whatever of a decision depends on the clock is found in the policy: tests of ``now`` alone, opening hours also
of the steps to come, and tests that bring ``now`` together with a contact's own values. What this module does
not know makes a contact *open*: it is decided anew each time, which is slower and never wrong.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from math import inf
from typing import TypeAlias

from routekit.batch.uses import Use, uses_of
from routekit.policy import expressions as e
from routekit.policy.algebra import Function
from routekit.policy.closures import Closures
from routekit.policy.constraints import constants_in, operand_of
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.outcomes import all_outcomes
from routekit.policy.references import ARRIVAL, ValueRef, declared, defined, expressions
from routekit.schema.times import zone
from routekit.schema.types import Duration, Time, Value

__all__ = ["ClockClasses", "OwnClock", "Signals", "TimeTests", "time_tests"]

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


# ── what of a policy asks for the time ────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TimeTests:
    """What of a policy changes with time: ``alone`` by the clock alone, ``mixed`` with values of the contact.

    ``open`` are calendars that are asked some time after now. ``instants`` and ``clocks`` are where
    comparisons of ``now``, and of the clock on the wall, change. ``is_exact`` where something uses the very
    time.
    """

    alone: tuple[e.Expr, ...]
    mixed: tuple[e.Expr, ...]
    opening: frozenset[tuple[str, timedelta]]
    instants: frozenset[datetime]
    clocks: frozenset[timedelta]
    is_exact: bool
    closures: Closures


def time_tests(policy: CheckedPolicy) -> TimeTests:
    """Finds what of a policy changes with time."""
    return _Finder(policy).found()


class _Finder:
    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._defined = defined(policy)
        fields = declared(policy)
        self._times = {ref for ref, field in fields.items() if isinstance(field.type, Time)}
        self._alone: dict[e.Expr, None] = {}
        self._mixed: dict[e.Expr, None] = {}
        self._instants: set[datetime] = set()
        self._clocks: set[timedelta] = set()
        self._is_exact = False
        self._timed: dict[int, bool] = {}  # by identity: these live as long as the policy

    def found(self) -> TimeTests:
        lets = {id(item.expr) for item in self._policy.definitions if isinstance(item, Let)}
        for expr in expressions(self._policy):
            if id(expr) not in lets:  # a let counts where it is used
                self._visit(expr)
        opening = {(queue.calendar, timedelta(0)) for queue in self._policy.queues.values() if queue.calendar}
        for outcome in all_outcomes(self._policy):
            for step in outcome.plan:
                calendar = step.queue and self._policy.queues[step.queue].calendar
                if calendar:
                    opening.add((calendar, step.after))
        return TimeTests(
            tuple(self._alone),
            tuple(self._mixed),
            frozenset(opening),
            frozenset(self._instants),
            frozenset(self._clocks),
            self._is_exact,
            Closures(self._policy),
        )

    def _visit(self, expr: e.Expr) -> None:
        if not self._is_timed(expr):
            return
        match expr:
            case e.Not() | e.All() | e.Any() | e.Else() | e.Cases():
                for child in e.children(expr):
                    self._visit(child)
            case e.SegmentRef():
                pass  # its condition is an expression of the policy itself
            case e.LetRef():
                self._visit(self._defined[expr])
            case e.Call(name, (e.Now(), *others)) if _is_hourly(name) and not others:
                self._alone[expr] = None
            case _ if isinstance(expr, e.Test):
                self._test(expr)
            case _:
                self._is_exact = True

    def _test(self, test: e.Expr) -> None:
        whole = self._expanded(test)
        if whole is None:
            self._is_exact = True
            return
        parts = [*e.parts(whole)]
        if any(isinstance(part, e.SignalRef | e.SegmentRef | e.LetRef) for part in parts):
            self._is_exact = True
        elif any(isinstance(part, e.FieldRef) and part != ARRIVAL for part in parts):
            self._mixed[whole] = None
        elif self._edges(whole):
            self._alone[whole] = None
        else:
            self._is_exact = True

    def _edges(self, test: e.Expr) -> bool:
        """Notes where a test of the clock alone may change; false where that is not known."""
        constants = [value for part in e.parts(test) for value in constants_in(part)]
        for part in e.parts(test):
            children = e.children(part)
            if not any(isinstance(child, e.Now) or child == ARRIVAL for child in children):
                continue
            match part:
                case e.CalendarOpen(calendar, _):
                    assert calendar in self._policy.calendars
                case e.Call(name, (_,)) if _is_hourly(name):
                    pass
                case e.Call("clock", (_,)) if part == operand_of(test):
                    self._clocks |= {value for value in constants if isinstance(value, timedelta)}
                case _ if part is test and isinstance(test, e.Compare | e.InRange | e.InSet):
                    self._instants |= {value for value in constants if isinstance(value, datetime)}
                case _:
                    return False
        return True

    def _is_timed(self, expr: e.Expr) -> bool:
        """Whether the value of an expression changes with time: it reads ``now``, or a time of the
        contact."""
        known = self._timed.get(id(expr))
        if known is None:
            match expr:
                case e.Now():
                    known = True
                case e.FieldRef():
                    known = expr in self._times
                case e.LetRef() | e.SegmentRef():
                    known = self._is_timed(self._defined[expr])
                case _:
                    known = any(self._is_timed(child) for child in e.children(expr))
            self._timed[id(expr)] = known
        return known

    def _expanded(self, expr: e.Expr) -> e.Expr | None:
        """An expression with its lets put in; None where one cannot be."""
        return rebuilt(expr, lambda part: self._defined[part] if isinstance(part, e.LetRef) else None)


def _is_hourly(function: str) -> bool:
    row = FUNCTIONS[function]
    return row.known is Known.WALL and not any(isinstance(type_, Duration) for type_ in row.of.values())


def rebuilt(expr: e.Expr, put: Callable[[e.Expr], e.Expr | None]) -> e.Expr | None:
    """An expression in which ``put`` has replaced what it gives something for; None for what cannot be."""
    instead = put(expr)
    if instead is not None:
        return rebuilt(instead, put)
    children = e.children(expr)
    if not children:
        return expr
    made = [rebuilt(child, put) for child in children]
    if any(one is None for one in made):
        return None
    new = [one for one in made if one is not None]
    if all(one is other for one, other in zip(new, children, strict=True)):
        return expr
    match expr:
        case e.Not():
            return e.Not(new[0])
        case e.All():
            return e.All(tuple(new))
        case e.Any():
            return e.Any(tuple(new))
        case e.Compare(operator, _, _, order):
            return e.Compare(operator, new[0], new[1], order)
        case e.InRange(_, _, _, order, without_end):
            return e.InRange(new[0], new[1], new[2], order, without_end)
        case e.InSet(_, values, named):
            return e.InSet(new[0], values, named)
        case e.Member():
            return e.Member(new[0], new[1])
        case e.IsKnown():
            return e.IsKnown(new[0])
        case e.CalendarOpen(calendar, _):
            return e.CalendarOpen(calendar, new[0])
        case e.Arithmetic(operator, _, _):
            return e.Arithmetic(operator, new[0], new[1])
        case e.Else():
            return e.Else(new[0], new[1])
        case e.Call(function, _, order):
            return e.Call(function, tuple(new), order)
        case e.Bounded(_, type_):
            return e.Bounded(new[0], type_)
        case _:
            return None


# ── the clock ──────────────────────────────────────────────────────────────────


class ClockClasses:
    """Numbers the stretches of a run in which all that depends on the clock alone stays as it is.

    Stretches that are alike have the same number, whether they lie behind each other or days apart.
    """

    def __init__(self, policy: CheckedPolicy, tests: TimeTests, begin: datetime, seconds: float) -> None:
        end = begin + timedelta(seconds=seconds)
        edges = sorted({begin, *(edge for edge in _edges(policy, tests, begin, end) if begin < edge < end)})
        self._midnights = [*_midnights(policy.timezone, begin, end)]
        functions = [tests.closures.of(_by_now(test), e.Now()) for test in tests.alone]
        known: dict[tuple[object, ...], int] = {}
        self.starts: list[float] = []
        self.numbers: list[int] = []
        for edge, following in pairwise([*edges, end]):
            at = edge + min(_MICROSECOND, (following - edge) / 2)
            said = (
                *(None if function is None else function(at) for function in functions),
                *(policy.calendars[name].is_open(at, after) for name, after in sorted(tests.opening)),
            )
            number = known.setdefault(said, len(known))
            if not self.numbers or self.numbers[-1] != number:
                self.starts.append((edge - begin).total_seconds())
                self.numbers.append(number)

    def stretch(self, seconds: float) -> tuple[int, float, float]:
        """Returns the number of an instant, in seconds since the beginning, and from when to when it
        counts."""
        place = bisect_right(self.starts, seconds) - 1
        end = self.starts[place + 1] if place + 1 < len(self.starts) else inf
        return self.numbers[place], self.starts[place], end

    def day(self, seconds: float) -> int:
        """Returns the number of a day on the wall."""
        return bisect_right(self._midnights, seconds)


def _by_now(expr: e.Expr) -> e.Expr:
    found = rebuilt(expr, lambda part: e.Now() if part == ARRIVAL else None)
    return expr if found is None else found


def _edges(policy: CheckedPolicy, tests: TimeTests, begin: datetime, end: datetime) -> Iterator[datetime]:
    asked = {*tests.opening} | {
        (part.calendar, timedelta(0))
        for test in tests.alone
        for part in e.parts(test)
        if isinstance(part, e.CalendarOpen)
    }
    for name, after in asked:
        calendar = policy.calendars[name]
        for start, stop in calendar.open_intervals(begin - _DAY, end + after + _DAY):
            yield start - after
            yield stop - after
    for instant in tests.instants:
        yield instant
        yield instant + _MICROSECOND
    if not tests.alone:
        return
    local = zone(policy.timezone)
    at = begin.replace(minute=0, second=0, microsecond=0) - _DAY
    while at < end + _DAY:
        if at.astimezone(local).minute == 0:
            yield at
        at += timedelta(minutes=15)  # zones whose offsets are no whole hours are off by quarters
    for clock in tests.clocks:
        for days in range((end - begin).days + 3):
            wall = datetime.combine((begin + (days - 1) * _DAY).astimezone(local).date(), time()) + clock
            edge = wall.replace(tzinfo=local).astimezone(UTC)
            yield edge
            yield edge + _MICROSECOND


def _midnights(timezone: str, begin: datetime, end: datetime) -> Iterator[float]:
    """The midnights on the wall, in seconds since the beginning."""
    local = zone(timezone)
    day = begin.astimezone(local).date()
    while (edge := datetime.combine(day, time(), local).astimezone(UTC)) < end:
        yield (edge - begin).total_seconds()
        day += _DAY


# ── what a contact's own values make of the clock ──────────────────────────────


Answers: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class OwnClock:
    """What the clock says of one contact; ``by_day`` where it does not change within a day on the wall."""

    functions: tuple[Function, ...]
    by_day: bool

    @classmethod
    def of(
        cls,
        tests: TimeTests,
        values: Mapping[tuple[str, str], Value | None],
        arrived: datetime | None,
    ) -> "OwnClock | None":
        """Puts a contact's values into the mixed tests of a policy; its times move along with its arrival,
        where that is known.

        None where that cannot be done.
        """
        functions: list[Function] = []
        by_day = True
        for test in tests.mixed:
            own = _with_values(test, values, arrived)
            if own is _UNKNOWN:
                continue
            function = None if own is None else tests.closures.of(own, e.Now())
            if own is None or function is None:
                return None
            functions.append(function)
            by_day = by_day and _is_by_day(own)
        return cls(tuple(functions), by_day)

    def answers(self, now: datetime) -> Answers:
        """Tells how the tests come out at an instant, given in UTC."""
        return tuple([function(now) for function in self.functions])


_UNKNOWN = e.Constant("unknown")
"""Stands for a test that is unknown, whatever the clock says."""


def _with_values(
    test: e.Expr, values: Mapping[tuple[str, str], Value | None], arrived: datetime | None
) -> e.Expr | None:
    """A test with a contact's values in it; None where they cannot be put in."""
    parts = [*e.parts(test)]
    fields = [part for part in parts if isinstance(part, e.FieldRef) and part != ARRIVAL]
    is_strict = not any(isinstance(part, e.Else | e.IsKnown | e.Cases) for part in parts)
    if is_strict and any(values.get((field.record, field.field)) is None for field in fields):
        return _UNKNOWN

    def put(part: e.Expr) -> e.Expr | None:
        if not isinstance(part, e.FieldRef):
            return None
        if part == ARRIVAL:
            return e.Now()
        value = values.get((part.record, part.field))
        if value is None:
            return e.Constant(None)  # type: ignore[arg-type]  # what is missing, as evaluators have it
        if isinstance(value, datetime) and arrived is not None:
            return e.Arithmetic("+", e.Now(), e.Constant(value - arrived))
        return e.Constant(value)

    return rebuilt(test, put)


def _is_by_day(expr: e.Expr) -> bool:
    match expr:
        case e.Call("date" | "day" | "month" | "weekday", (e.Now(),)):
            return True
        case e.Now():
            return False
        case _:
            return all(_is_by_day(child) for child in e.children(expr))


# ── signals ────────────────────────────────────────────────────────────────────


class Signals:
    """Those of some signals that a policy reads, each with the values that it tells apart."""

    def __init__(self, policy: CheckedPolicy, names: Iterable[str]) -> None:
        uses: dict[ValueRef, Use] = uses_of(policy)
        self.used: tuple[tuple[str, str], ...] = tuple(
            (ref.queue, ref.signal)
            for ref, use in uses.items()
            if isinstance(ref, e.SignalRef) and ref.signal in names and (use.exact or use.compared)
        )
        self._cuts: tuple[list[float] | None, ...] = tuple(
            None if uses[e.SignalRef(*pair)].exact else sorted(_numbers(uses[e.SignalRef(*pair)].constants))
            for pair in self.used
        )

    def key(self, values: Iterable[float]) -> tuple[float, ...]:
        """Returns the same for values that no test of the policy tells apart, in the order of ``used``."""
        return tuple(
            [
                value if cuts is None else bisect_left(cuts, value) + bisect_right(cuts, value)
                for value, cuts in zip(values, self._cuts, strict=True)
            ]
        )


def _numbers(constants: Iterable[Value]) -> Iterator[float]:
    for constant in constants:
        if isinstance(constant, timedelta):
            yield constant.total_seconds()
        elif isinstance(constant, int | float):
            yield constant

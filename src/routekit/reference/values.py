"""The value of an expression for one contact; None is a missing value, and of a condition: unknown."""

from datetime import date, datetime
from math import isfinite

from routekit.policy import expressions as e
from routekit.policy.calendars import is_open
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.patterns import compile_pattern
from routekit.schema.reading import LARGEST_INTEGER
from routekit.schema.times import in_bounds, zone
from routekit.schema.types import WEEKDAYS, Choice, Value

__all__ = ["Scope"]


class Scope:
    """One contact under one policy: its facts, and all that is worked out of them.

    ``outcome`` is the decision that a guarantee speaks of.
    """

    def __init__(self, policy: CheckedPolicy, facts: Facts, outcome: Decision | None = None) -> None:
        self.policy = policy
        self.facts = facts
        self.outcome = outcome
        self.lets: dict[str, Value | None] = {}
        self.segments: dict[str, bool] = {}
        for definition in policy.definitions:
            if isinstance(definition, Let):
                self.lets[definition.name] = self.value(definition.expr)
            else:
                self.segments[definition.name] = self.is_true(definition.condition)

    def is_true(self, condition: e.Expr | None) -> bool:
        """Whether a condition holds; one that is left out always does, one that is unknown does not."""
        return condition is None or self.value(condition) is True

    def value(self, expr: e.Expr) -> Value | None:
        match expr:
            case e.Constant(value):
                return value
            case e.FieldRef(record, field):
                return self.facts.fields[record, field]
            case e.SignalRef(queue, signal):
                return self.facts.signals[queue, signal]
            case e.LetRef(name):
                return self.lets[name]
            case e.SegmentRef(name):
                return self.segments[name]
            case e.Now():
                return self.facts.now
            case e.OutcomeRef(part):
                return self._outcome(part)
            case e.IsAssisted(assisted):
                assert self.outcome is not None
                return self.policy.channels[self.outcome.channel].assisted is assisted
            case e.Not(operand):
                truth = self.value(operand)
                return None if truth is None else not truth
            case e.All(operands):
                return self._all(operands)
            case e.Any(operands):
                return self._any(operands)
            case e.IsKnown(operand):
                return self.value(operand) is not None
            case e.Else(first, second):
                found = self.value(first)
                return self.value(second) if found is None else found
            case _:
                return self._strict(expr)

    def _all(self, operands: tuple[e.Expr, ...]) -> bool | None:
        truths = [self.value(operand) for operand in operands]
        if False in truths:
            return False
        return None if None in truths else True

    def _any(self, operands: tuple[e.Expr, ...]) -> bool | None:
        truths = [self.value(operand) for operand in operands]
        if True in truths:
            return True
        return None if None in truths else False

    def _outcome(self, part: str) -> Value | None:
        assert self.outcome is not None
        value: Value | tuple[str, ...] | None = getattr(self.outcome, part)
        return frozenset(value) if isinstance(value, tuple) else value

    def _strict(self, expr: e.Expr) -> Value | None:
        """The expressions that are missing as soon as one of their operands is."""
        operands = [self.value(operand) for operand in e.children(expr)]
        if any(operand is None for operand in operands):
            return None
        match expr, operands:
            case e.Compare(operator, order=order), [left, right]:
                return _compare(operator, left, right, order)
            case e.InRange(order=order), [value, low, high]:
                return _compare("<=", low, value, order) and _compare("<=", value, high, order)
            case e.InSet(_, values), [value]:
                return value in values
            case e.Member(), [element, frozenset() as container]:
                return element in container
            case e.HasAny(_, values), [frozenset() as container]:
                return not container.isdisjoint(values)
            case e.HasAll(_, values), [frozenset() as container]:
                return values <= container
            case e.IsEmpty(), [container]:
                return not container
            case e.TextTest(operator), [str() as text, str() as part]:
                return _test_text(operator, text, part)
            case e.Matches(_, pattern), [str() as text]:
                return compile_pattern(pattern)(text)
            case e.CalendarOpen(calendar), [datetime() as moment]:
                return is_open(self.policy.calendars[calendar], moment, self.policy.timezone)
            case e.Arithmetic(operator), [left, right]:
                return _arithmetic(operator, left, right)
            case e.Call(function), [datetime() | date() as moment]:
                return _call(function, moment, self.policy.timezone)
        raise AssertionError(f"an expression that the checker should have refused: {expr!r}")


def _compare(operator: str, left: Value | None, right: Value | None, order: Choice | None) -> bool:
    if order is not None:
        left, right = order.rank[left], order.rank[right]  # type: ignore[index]
    match operator:
        case "is":
            return left == right
        case "<":
            return left < right  # type: ignore[operator]
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case _:
            return left >= right  # type: ignore[operator]


def _test_text(operator: str, text: str, part: str) -> bool:
    match operator:
        case "contains":
            return part in text
        case "starts with":
            return text.startswith(part)
        case _:
            return text.endswith(part)


def _arithmetic(operator: str, left: Value | None, right: Value | None) -> Value | None:
    try:
        match operator:
            case "+":
                result = left + right  # type: ignore[operator]
            case "-":
                result = left - right  # type: ignore[operator]
            case "*":
                result = left * right  # type: ignore[operator]
            case _:
                result = left / right  # type: ignore[operator]
    except (ZeroDivisionError, OverflowError):
        return None
    if isinstance(result, float):
        return result if isfinite(result) else None
    if isinstance(result, int):
        return result if abs(result) <= LARGEST_INTEGER else None
    if isinstance(result, datetime):
        return result if in_bounds(result) else None
    return result


def _call(function: str, moment: datetime | date, timezone: str) -> Value:
    if isinstance(moment, datetime):
        moment = moment.astimezone(zone(timezone))
        if function == "hour":
            return moment.hour
        if function == "date":
            return moment.date()
    match function:
        case "weekday":
            return WEEKDAYS.names[moment.weekday()]
        case "day":
            return moment.day
        case _:
            return moment.month

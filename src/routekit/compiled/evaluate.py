"""The value of an expression where its base has a given value; used while compiling, for each class."""

from datetime import datetime

from routekit.compiled.bases import Bases
from routekit.compiled.runtime import ARITHMETIC, all_true, any_true, calls, not_true
from routekit.policy import expressions as e
from routekit.policy.calendars import is_open
from routekit.policy.model import CheckedPolicy
from routekit.policy.patterns import compile_pattern
from routekit.schema.types import Choice, Value

__all__ = ["Evaluator"]


class Evaluator:
    """Evaluates expressions of one policy that are made of one base, for a value of that base."""

    def __init__(self, policy: CheckedPolicy, bases: Bases) -> None:
        self._policy = policy
        self._bases = bases
        self._calls = calls(policy.timezone)

    def value(self, expr: e.Expr, base: e.Expr, sample: Value | None) -> Value | None:
        """The value, None where it is missing, where ``base`` has the value ``sample``."""
        if expr == base:
            return sample
        match expr:
            case e.Constant(value):
                return value
            case e.LetRef():
                return self.value(self._bases.definition(expr), base, sample)
            case e.SegmentRef():
                return self.value(self._bases.definition(expr), base, sample) is True
            case e.All(operands):
                return all_true([self.value(operand, base, sample) for operand in operands])
            case e.Any(operands):
                return any_true([self.value(operand, base, sample) for operand in operands])
            case e.Not(operand):
                return not_true(self.value(operand, base, sample))
            case e.IsKnown(operand):
                return self.value(operand, base, sample) is not None
            case e.Else(first, second):
                found = self.value(first, base, sample)
                return self.value(second, base, sample) if found is None else found
            case _:
                values = tuple(self.value(child, base, sample) for child in e.children(expr))
                return None if None in values else self._result(expr, values)

    def _result(self, expr: e.Expr, operands: tuple[Value | None, ...]) -> Value | None:
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
            case e.CalendarOpen(name), [datetime() as moment]:
                return is_open(self._policy.calendars[name], moment, self._policy.timezone)
            case e.Arithmetic(operator), [left, right]:
                return ARITHMETIC[operator](left, right)  # type: ignore[arg-type]
            case e.Call(function), [moment]:
                return self._calls[function](moment)  # type: ignore[arg-type]
        raise AssertionError(f"an expression that has no place in a rule: {expr!r}")


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

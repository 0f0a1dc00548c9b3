"""Type inference: the type of each expression of a checked policy, whose values may all be missing."""

from datetime import date, datetime, timedelta
from typing import assert_never

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.operators.arithmetic import result_of
from routekit.policy.operators.functions import FUNCTIONS
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    Value,
)

__all__ = ["Types"]


class Types:
    """The types of one policy's expressions."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._fields = {
            e.FieldRef(record.name, field.name): field.type
            for record in policy.records
            for field in record.fields
        }
        self._data = {field.name: field.type for field in policy.data}
        self._signals = {signal.name: signal.type for signal in policy.live}
        self._lets = {item.name: item.type for item in policy.definitions if isinstance(item, Let)}

    def of(self, expr: e.Expr) -> Type:
        """Returns the type of a value; of a name that is written out, and of a part of the outcome: text."""
        match expr:
            case e.FieldRef():
                return self._fields[expr]
            case e.SignalRef(_, signal):
                return self._signals[signal]
            case e.DataRef(name):
                return self._data[name]
            case e.LetRef(name):
                return self._lets[name]
            case e.Now():
                return Time()
            case e.Constant(value):
                return _type_of_value(value)
            case e.Else(first, second):
                return self.of(second if isinstance(first, e.Constant) else first)
            case e.Call(order=Choice() as order):
                return order
            case e.Call(function, arguments):
                given = FUNCTIONS[function].gives([self.of(argument) for argument in arguments])
                assert given is not None, "by the checker"
                return given
            case e.Arithmetic(operator, left, right):
                return result_of(operator, self.of(left), self.of(right)) or Number()
            case e.Bounded(_, type_) | e.Cases(_, _, type_):
                return type_
            case e.OutcomeRef():
                return Text()
            case e.SegmentRef() | e.Not() | e.All() | e.Any() | e.IsAssisted():
                return Flag()
            case _:
                return _of_test(expr)


def _of_test(_: e.Test) -> Type:
    return Flag()


def _type_of_value(value: Value) -> Type:
    match value:
        case bool():
            return Flag()
        case int():
            return Integer()
        case float():
            return Number()
        case str():
            return Text()
        case datetime():
            return Time()
        case date():
            return Date()
        case timedelta():
            return Duration()
        case frozenset():
            return SetOf(_type_of_value(next(iter(value), "")))
        case _:
            assert_never(value)

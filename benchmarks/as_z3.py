"""A checked policy as terms of z3: conditions with their missing values, first match, what comes out.

What z3 has no theory for, or none that ends, is free to it: each test of a text, each calendar, what the
clock on the wall shows, each age, each share of a split. So to z3 a little more is possible than is, and what
it calls impossible is so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import z3

from routekit.policy import expressions as e
from routekit.policy.model import (
    CheckedPolicy,
    Field,
    Guarantee,
    Let,
    Outcome,
    Rule,
    SetPart,
    ShiftPart,
    Split,
)
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.ordinals import rank
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
)

__all__ = ["AsZ3"]

Term: TypeAlias = Any
"""A term of z3, which has no types of its own."""

Truth: TypeAlias = tuple[Term, Term]
"""Where a condition is true, and where it is false."""

_DAY = timedelta(days=1) // timedelta(microseconds=1)
YES, NO = z3.BoolVal(True), z3.BoolVal(False)


@dataclass(frozen=True, slots=True)
class Known:
    """A value, and where there is one."""

    there: Term
    value: Term


class AsZ3:
    """One policy as terms; ``bounds`` must hold of every contact."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self.policy = policy
        self.bounds: list[Term] = []
        self._definitions = {item.name: item for item in policy.definitions}
        self._fields: dict[e.Expr, Known] = {}
        self._free: dict[object, Term] = {}
        self._truths: dict[int, tuple[e.Expr, Truth]] = {}
        self._texts: dict[str, int] = {}
        self._types: dict[e.Expr, Field] = {
            e.FieldRef(record.name, item.name): item for record in policy.records for item in record.fields
        }
        for queue in policy.queues:
            self._types |= {e.SignalRef(queue, item.name): item for item in policy.live}

    # ── what comes out ────────────────────────────────────────────────────────

    def decides(self) -> list[tuple[Rule, Term]]:
        """For each rule, where it would decide if none stood before it."""
        return [(rule, z3.And(self.holds(rule.condition), self._is_open(rule))) for rule in self.policy.rules]

    def _is_open(self, rule: Rule) -> Term:
        return z3.Or([z3.And(here, self.open(outcome)) for here, outcome in self._outcomes(rule)])

    def _outcomes(self, rule: Rule) -> list[tuple[Term, Outcome]]:
        if isinstance(rule.body, Outcome):
            return [(YES, rule.body)]
        assert isinstance(rule.body, Split)
        arm = self._int(("arm", rule.name))
        self.bounds += [arm >= 0, arm < len(rule.body.arms)]
        return [(arm == place, one.outcome) for place, one in enumerate(rule.body.arms)]

    def open(self, outcome: Outcome) -> Term:
        """Where the queue of an outcome is open."""
        calendar = self.policy.queues[outcome.queue].calendar
        return YES if calendar is None else self._bool(("open", calendar))

    def broken(self, guarantee: Guarantee) -> Term:
        """Where a guarantee is broken at arrival."""
        chain = list(reversed(self.decides()))
        queues, channels = list(self.policy.queues), list(self.policy.channels)
        queue, channel, priority = z3.IntVal(0), z3.IntVal(0), z3.IntVal(5)
        for rule, where in chain:
            for here, outcome in reversed(self._outcomes(rule)):
                both = z3.And(where, here, self.open(outcome))
                queue = z3.If(both, z3.IntVal(queues.index(outcome.queue)), queue)
                channel = z3.If(both, self._channel(outcome, channels), channel)
                priority = z3.If(both, z3.IntVal(outcome.priority), priority)
        for adjustment in self.policy.adjustments:
            for change in adjustment.changes:
                if change.part == "priority" and isinstance(change, ShiftPart | SetPart):
                    new = priority + change.by if isinstance(change, ShiftPart) else change.value
                    priority = z3.If(self.holds(adjustment.condition), new, priority)
        priority = z3.If(priority < 1, 1, z3.If(priority > 10, 10, priority))
        parts = {"queue": (queue, queues), "channel": (channel, channels), "priority": (priority, None)}
        kept = self._promise(guarantee.promise, parts)
        return z3.And(self.holds(guarantee.condition), z3.Not(kept))

    def _channel(self, outcome: Outcome, channels: list[str]) -> Term:
        if outcome.channel is not None:
            return z3.IntVal(channels.index(outcome.channel))
        serves = self.policy.queues[outcome.queue].channels
        inbound = self._value(e.FieldRef("contact", "channel"))
        type_ = self._types[e.FieldRef("contact", "channel")].type
        assert isinstance(type_, Choice)
        found = z3.IntVal(channels.index(serves[0]))
        for name in serves:
            if name in type_.rank:
                came = z3.And(inbound.there, inbound.value == type_.rank[name])
                found = z3.If(came, z3.IntVal(channels.index(name)), found)
        return found

    def _promise(self, promise: e.Expr, parts: dict[str, Any]) -> Term:
        match promise:
            case e.Not(operand):
                return z3.Not(self._promise(operand, parts))
            case e.All(operands):
                return z3.And([self._promise(each, parts) for each in operands])
            case e.Any(operands):
                return z3.Or([self._promise(each, parts) for each in operands])
            case e.IsAssisted(assisted):
                channel, channels = parts["channel"]
                kinds = self.policy.channels
                return z3.Or(
                    [channel == n for n, one in enumerate(channels) if kinds[one].assisted is assisted]
                )
            case e.Compare(operator, e.OutcomeRef(part), e.Constant(value)) if part in parts:
                term, names = parts[part]
                return _COMPARED[operator](term, value if names is None else names.index(value))
            case e.IsEmpty(e.OutcomeRef("offers")):
                nevers = z3.Or([self.holds(never.condition) for never in self.policy.nevers])
                channel, channels = parts["channel"]
                some = [
                    z3.And(self.holds(offer.condition), *self._on(offer.channels, channel, channels))
                    for offer in self.policy.offers
                ]
                return z3.Or(nevers, z3.Not(z3.Or(some)))
            case _:
                raise NotImplementedError(promise)

    @staticmethod
    def _on(names: frozenset[str] | None, channel: Term, channels: list[str]) -> list[Term]:
        return [] if names is None else [z3.Or([channel == channels.index(name) for name in sorted(names)])]

    # ── conditions ────────────────────────────────────────────────────────────

    def holds(self, condition: e.Expr | None) -> Term:
        """Where a condition is true."""
        return YES if condition is None else self.truth(condition)[0]

    def truth(self, expr: e.Expr) -> Truth:
        """Where a condition is true, and where it is false."""
        known = self._truths.get(id(expr))
        if known is None:
            known = self._truths[id(expr)] = expr, self._truth(expr)
        return known[1]

    def _truth(self, expr: e.Expr) -> Truth:
        match expr:
            case e.Constant(bool() as value):
                return (YES, NO) if value else (NO, YES)
            case e.Not(operand):
                yes, no = self.truth(operand)
                return no, yes
            case e.All(operands):
                pairs = [self.truth(each) for each in operands]
                return z3.And([yes for yes, _ in pairs]), z3.Or([no for _, no in pairs])
            case e.Any(operands):
                pairs = [self.truth(each) for each in operands]
                return z3.Or([yes for yes, _ in pairs]), z3.And([no for _, no in pairs])
            case e.SegmentRef(name):
                yes = self.truth(self._definitions[name].condition)[0]  # type: ignore[union-attr]
                return yes, z3.Not(yes)
            case e.LetRef(name):
                return self.truth(self._definitions[name].expr)  # type: ignore[union-attr]
            case e.IsKnown(operand):
                there = self._value(operand).there
                return there, z3.Not(there)
            case e.FieldRef() | e.SignalRef():
                found = self._value(expr)
                return z3.And(found.there, found.value), z3.And(found.there, z3.Not(found.value))
            case e.Compare(operator, left, right, order):
                one, other = self._pair(left, right, order)
                there = z3.And(one.there, other.there)
                test = _COMPARED[operator](one.value, other.value)
                return z3.And(there, test), z3.And(there, z3.Not(test))
            case e.InRange(operand, low, high, order, without_end):
                least, most = (
                    e.Compare(">=", operand, low, order),
                    e.Compare("<" if without_end else "<=", operand, high, order),
                )
                return self._truth(e.All((least, most)))
            case e.InSet(operand, values) if not isinstance(self._type(operand), Text):
                tests = [
                    self._truth(e.Compare("is", operand, e.Constant(value)))
                    for value in sorted(values, key=str)
                ]
                return z3.Or([yes for yes, _ in tests]), z3.And([no for _, no in tests])
            case e.SetTest(operator, operand, values):
                there = self._value(operand).there
                has = [self._bool(("has", operand, value)) for value in sorted(values, key=str)]
                test = (z3.Or if "any" in operator else z3.And)(has)
                return z3.And(there, test), z3.And(there, z3.Not(test))
            case e.Member() | e.IsEmpty() | e.TextTest() | e.InSet() | e.CalendarOpen():
                there = z3.And(
                    [
                        self._value(child).there
                        for child in e.children(expr)
                        if not isinstance(child, e.Now | e.Constant)
                    ]
                )
                test = (
                    self._bool(("open", expr.calendar))
                    if isinstance(expr, e.CalendarOpen)
                    else self._bool(expr)
                )
                return z3.And(there, test), z3.And(there, z3.Not(test))
            case _:
                raise NotImplementedError(expr)

    def _pair(self, left: e.Expr, right: e.Expr, order: Choice | None) -> tuple[Known, Known]:
        found = []
        for one, other in ((left, right), (right, left)):
            if isinstance(one, e.Constant) and isinstance(one.value, str):
                names = order or self._type(other)
                place = (
                    names.rank[one.value]
                    if isinstance(names, Choice)
                    else self._texts.setdefault(one.value, len(self._texts))
                )
                found.append(Known(YES, z3.IntVal(place)))
            else:
                found.append(self._value(one))
        return found[0], found[1]

    # ── values ────────────────────────────────────────────────────────────────

    def _value(self, expr: e.Expr) -> Known:
        match expr:
            case e.Constant(value):
                return Known(YES, _constant(value))
            case e.FieldRef() | e.SignalRef():
                if expr not in self._fields:
                    self._fields[expr] = self._field(expr, self._types[expr])
                return self._fields[expr]
            case e.Now():
                return Known(YES, self._int("now"))
            case e.LetRef(name):
                return self._value(self._definitions[name].expr)  # type: ignore[union-attr]
            case e.Else(first, second):
                one, other = self._value(first), self._value(second)
                return Known(z3.Or(one.there, other.there), z3.If(one.there, one.value, other.value))
            case e.Arithmetic(operator, left, right):
                one, other = self._value(left), self._value(right)
                there = z3.And(one.there, other.there)
                if operator == "/":
                    return Known(z3.And(there, other.value != 0), _real(one.value) / _real(other.value))
                return Known(there, _WORKED_OUT[operator](one.value, other.value))
            case e.Cases("sum", cases):
                found = []
                for case in cases:
                    there = self._value(case.value)
                    found.append(z3.If(z3.And(self.holds(case.condition), there.there), there.value, 0))
                return Known(YES, z3.Sum(found))
            case e.Call("years", (birthday, *_)):
                born, age = self._value(birthday), self._int(("years", birthday))
                self.bounds += [age >= 0, age <= 9998]
                return Known(z3.And(born.there, self._bool(("born", birthday))), age)
            case e.Call("hour", (moment, *_)):
                hour = self._int(("hour", moment))
                self.bounds += [hour >= 0, hour < 24]
                return Known(YES, hour)
            case e.Call("date", (e.Now(),)):
                return Known(YES, self._int("today") * _DAY)
            case _:
                raise NotImplementedError(expr)

    def _field(self, base: e.Expr, item: Field) -> Known:
        there = self._bool(("there", base)) if item.may_be_missing else YES
        match item.type:
            case Flag():
                return Known(there, self._bool(("flag", base)))
            case Number():
                value = z3.Real(str(base))
            case Date():
                value = z3.Int(str(base)) * _DAY
            case _:
                value = z3.Int(str(base))
        low, high = _ends(item.type)
        self.bounds += [] if low is None else [value >= low]
        self.bounds += [] if high is None else [value <= high]
        return Known(there, value)

    def _type(self, expr: e.Expr) -> Type | None:
        match expr:
            case e.FieldRef() | e.SignalRef():
                return self._types[expr].type
            case e.LetRef(name) if isinstance(definition := self._definitions[name], Let):
                return definition.type
            case _:
                return None

    def _bool(self, key: object) -> Term:
        return self._free.setdefault(key, z3.Bool(f"b{len(self._free)}"))

    def _int(self, key: object) -> Term:
        return self._free.setdefault(key, z3.Int(f"i{len(self._free)}"))


def _ends(type_: Type) -> Sequence[Any]:
    match type_:
        case Choice(names):
            return 0, len(names) - 1
        case Integer(low, high) | Number(low, high):
            return low, high
        case Date(low, high) | Time(low, high) | Duration(low, high):
            return [None if end is None else _ticks(end) for end in (low, high)]
        case Text() | SetOf() | Flag():
            return None, None


def _constant(value: Scalar | frozenset[Scalar]) -> Term:
    match value:
        case bool():
            return YES if value else NO
        case int():
            return z3.IntVal(value)
        case float():
            return z3.RealVal(str(value))
        case datetime() | date() | timedelta():
            return z3.IntVal(_ticks(value))
        case _:
            raise NotImplementedError(value)


def _ticks(value: datetime | date | timedelta) -> int:
    """Moments, days and spans in one unit."""
    return rank(value) if isinstance(value, datetime | timedelta) else rank(value) * _DAY


def _real(term: Term) -> Term:
    return z3.ToReal(term) if z3.is_int(term) else term


_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "is": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
assert _COMPARED.keys() <= COMPARISONS.keys()
_WORKED_OUT: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}

"""A checked expression with its type, and what can be said of it."""

from dataclasses import dataclass
from datetime import UTC
from typing import TypeAlias

from routekit.checker.context import Context
from routekit.checker.habits import meant_as_value
from routekit.diagnostics import Advice
from routekit.policy import expressions as e
from routekit.policy.model import OUTCOME
from routekit.policy.operators.registry import is_total
from routekit.schema.reading import Fault, reader
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Integer,
    Number,
    SetOf,
    Time,
    Type,
    describe,
    family,
)
from routekit.syntax import tree
from routekit.translation import t

__all__ = [
    "NeedsDefinitionError",
    "OutcomeTypes",
    "Typed",
    "called",
    "common_order",
    "is_within",
    "may_be_missing",
    "type_hint",
    "unbounded",
    "unit_hint",
]

OutcomeTypes: TypeAlias = dict[str, Type]
"""The parts of an outcome that a guarantee may name, with their types; ``outcome.sla`` is one, too."""


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression with its type."""

    expr: e.Expr
    type: Type


class NeedsDefinitionError(Exception):
    """Raised while a definition is lowered that needs one which has not been yet."""

    def __init__(self, ident: tree.Ident) -> None:
        super().__init__(ident.name)
        self.ident = ident


def may_be_missing(context: Context, expr: e.Expr) -> bool:
    """Checks whether a value can be missing (a condition: unknown) for a contact that is as declared."""
    match expr:
        case e.FieldRef(record, field):
            return context.names.record_fields[record][field].optional
        case e.SignalRef(_, signal):
            return context.names.live_fields[signal].optional
        case e.LetRef(name):
            return name in context.names.uncertain_lets
        case e.DataRef(name):
            return context.names.data_fields[name].optional
        case e.SegmentRef() | e.IsKnown() | e.OutcomeRef() | e.IsAssisted() | e.Constant() | e.Now():
            return False
        case e.Else(first, second):
            return may_be_missing(context, first) and may_be_missing(context, second)
        case e.Arithmetic("/", _, divisor) if not isinstance(divisor, e.Constant):
            return True
        case e.Call() if not is_total(expr):
            return True
        case e.Bounded():
            return True
        case e.Cases(gather, cases):
            always = [case for case in cases if case.condition == e.Constant(True)]
            if gather == "first":
                return not always or any(may_be_missing(context, case.value) for case in cases)
            return gather != "sum" and all(may_be_missing(context, case.value) for case in always)
        case _:
            return any(may_be_missing(context, child) for child in e.children(expr))


# ── types together ─────────────────────────────────────────────────────────────


def unbounded(type_: Type) -> Type:
    """Returns the type of what arithmetic makes of a number."""
    return Integer() if isinstance(type_, Integer) else Number()


def is_within(typed: Typed, type_: Type) -> bool:
    """Whether every value that an expression can have is one of a type; a value written out, it alone."""
    if isinstance(typed.expr, e.Constant):
        found = reader(type_, UTC)(typed.expr.value)
        return not isinstance(found, Fault) and found == typed.expr.value
    match typed.type, type_:
        case Number(), Integer():
            return False
        case ((Integer() | Number()), (Integer() | Number())):
            pass
        case (Time(), Time()) | (Date(), Date()) | (Duration(), Duration()):
            pass
        case Choice(names), Choice(others):
            return set(names) <= set(others)
        case SetOf(element), SetOf(other):
            return is_within(Typed(typed.expr, element), other)
        case _:
            return True
    low, high, least, most = (getattr(end, side) for end in (typed.type, type_) for side in ("low", "high"))
    return (least is None or (low is not None and low >= least)) and (
        most is None or (high is not None and high <= most)
    )


def common_order(left: Type, right: Type) -> Choice | None:
    """Returns the order by which two values compare: both are of one ordered type."""
    if isinstance(left, Choice) and isinstance(right, Choice) and left.ordered and left == right:
        return left
    return None


# ── in words ───────────────────────────────────────────────────────────────────


def called(typed: Typed) -> str:
    """Tells what an expression is called in a message: its name, if it has one, and its type."""
    match typed.expr:
        case e.FieldRef(record, field):
            return f"`{record}.{field}` ({describe(typed.type)})"
        case e.SignalRef(queue, signal):
            return f"`{queue}.{signal}` ({describe(typed.type)})"
        case e.DataRef(name):
            return f"`{OUTCOME}.{name}` ({describe(typed.type)})"
        case e.LetRef(name) | e.SegmentRef(name) | e.OutcomeRef(name):
            return f"`{name}` ({describe(typed.type)})"
        case _:
            return family(typed.type)


def unit_hint(left: Type, right: Type) -> str:
    """Returns the likely fix where a moment meets a bare number."""
    if isinstance(left, Time | Date | Duration) and isinstance(right, Integer | Number):
        return t("a duration has a unit: `30s`, `5m`, `24h`, `7d`")
    return ""


def type_hint(left: Typed, right: Typed, node: tree.Expression) -> str | Advice:
    """Returns the likely fix where two values of different types are compared."""
    match left.type, right.type:
        case Time(), Date():
            return t("write the hours too, such as `2026-11-23 00:00`, or compare the date: `date(…)`")
        case Date(), Time():
            return t("compare the date alone, such as `2026-11-23`")
        case _:
            return meant_as_value(left.type, right.type, node)

"""What the prover was told of: expressions with their operators, and the parts and settings of a policy.

Of anything else an answer is unknown, with a reason that names it, and never a proof.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import get_args

from routekit.policy import calendar_days as d
from routekit.policy import calendars as c
from routekit.policy import contact_map as cm
from routekit.policy import expressions as e
from routekit.policy import kept_facts as k
from routekit.policy import model as m
from routekit.policy import reaches as r
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.arithmetic import ARITHMETIC
from routekit.policy.operators.functions import FUNCTIONS
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.operators.sets import SET_TESTS
from routekit.policy.operators.text import TEXT_TESTS
from routekit.policy.outcome_parts import PARTS
from routekit.schema import types
from routekit.translation import msgid, t

__all__ = ["TAKES", "unsupported", "unsupported_in", "unsupported_itself"]

TAKES = msgid("a version of the prover that knows it")
"""What an answer would take where a part of the policy is not supported."""

_EXPRESSIONS: Mapping[type, str] = {
    e.Constant: "value",
    e.FieldRef: "record field",
    e.SignalRef: "queue signal",
    e.LetRef: "name",
    e.SegmentRef: "name",
    e.Now: "",
    e.OutcomeRef: "part",
    e.DataRef: "name",
    e.Not: "operand",
    e.All: "operands",
    e.Any: "operands",
    e.Compare: "operator left right order",
    e.InRange: "operand low high order without_end",
    e.InSet: "operand values",
    e.Member: "element container",
    e.SetTest: "operator operand values",
    e.IsEmpty: "operand",
    e.IsKnown: "operand",
    e.TextTest: "operator operand argument",
    e.CalendarOpen: "calendar at",
    e.IsAssisted: "assisted",
    e.Arithmetic: "operator left right",
    e.Else: "first second",
    e.Call: "function arguments order",
    e.Bounded: "operand type",
    e.Cases: "gather cases type",
}
_PROMISED = frozenset(part.name for part in PARTS if part.promised)
_MODEL: Mapping[type, str] = {
    m.CheckedPolicy: (
        "name title revision timezone records live history switches definitions channels calendars queues "
        "messages rules adjustments offers nevers show guarantees examples data samenesses care "
        "contact_map facts events"
    ),
    m.Record: "name fields",
    m.Field: "name type optional default private",
    m.Let: "name expr type",
    m.Switch: "name title",
    m.Segment: "name condition",
    m.Channel: "name assisted cost in_person carries hands_over",
    m.Queue: "name channels skills calendar asks_for",
    m.Message: "name wordings about",
    m.SetPart: "part value",
    m.SetData: "name expr",
    m.WorkOutPart: "part expr",
    m.Plan: "name title",
    m.Step: "after actions condition calendar",
    m.Outcome: " ".join(("channel", "plan", *(part.name for part in PARTS if part.in_outcome))),
    m.Arm: "up_to outcome",
    m.Split: "key seed arms",
    m.Group: "name title condition",
    m.Rule: "name title condition own body because groups table chosen_by",
    m.ShiftPart: "part by",
    m.AddNames: "part names",
    m.RemoveNames: "part names",
    m.Adjustment: "name title condition changes because groups table",
    m.Cap: "most per over group",
    m.Offer: "name title condition worth channels caps own groups",
    m.Never: "condition",
    m.Held: "throughout within",
    m.Varied: "ref values",
    m.Sameness: "name title condition varied parts",
    m.Guarantee: "name title condition promise held",
    k.KeptFact: "name title type values",
    k.KeptValue: "value said since until kept_by",
    k.Event: "name title days about expect",
    k.Days: "first last",
    cm.ContactMap: "stages touchpoints matters",
    cm.Touchpoint: "name title stages channels in_person control kept_by forced about makes",
    cm.Matter: "name title condition needs solved unit",
    cm.Solved: "channel condition",
    r.Care: "quiet clock consent reaches nevers",
    r.Due: "value by lasts recurs",
    r.Reach: "name title is_survey condition due channels queue message priority caps",
    c.Calendar: "name timezone layers",
    c.Clause: "opens days hours",
    c.Hours: "start end",
    d.Dates: "first last",
    d.YearlyDates: "first last",
    d.Holidays: "country subdivision",
    d.MakeupDays: "country subdivision",
    d.Season: "span weekdays",
    d.Weekdays: "days",
    types.Text: "",
    types.Flag: "",
    types.Integer: "low high",
    types.Number: "low high",
    types.Choice: "names ordered",
    types.Time: "low high",
    types.Date: "low high",
    types.Duration: "low high",
    types.SetOf: "element",
}
_WITHIN: Mapping[type, tuple[str, ...]] = {
    m.CheckedPolicy: (
        "records",
        "live",
        "definitions",
        "channels",
        "calendars",
        "queues",
        "messages",
        "rules",
        "adjustments",
        "offers",
        "nevers",
        "guarantees",
        "data",
        "care",
        "facts",
        "contact_map",
        "events",
    ),
    m.Record: ("fields",),
    m.Field: ("type",),
    m.Rule: ("body",),
    m.Split: ("arms",),
    m.Arm: ("outcome",),
    m.Outcome: ("plan",),
    m.Step: ("actions",),
    m.Guarantee: ("held",),
    m.Adjustment: ("changes",),
    m.Offer: ("caps",),
    m.Let: ("type",),
    k.KeptFact: ("type", "values"),
    k.Event: ("days",),
    cm.ContactMap: ("touchpoints", "matters"),
    cm.Matter: ("solved",),
    r.Care: ("quiet", "reaches", "nevers"),
    r.Reach: ("due", "caps"),
    c.Calendar: ("clauses",),
    c.Clause: ("days", "hours"),
    d.Season: ("span", "weekdays"),
    types.SetOf: ("element",),
}
"""Where parts of a policy hold others; expressions are looked at when they are read."""


def unsupported_in(expr: e.Expr) -> str | None:
    """The reason why an expression is not understood, or None where it is.

    >>> unsupported_in(e.Compare("is", e.FieldRef("customer", "tier"), e.Constant("gold")))
    >>> unsupported_in(e.Not(e.Call("minute", (e.Now(),))))
    'the prover was not told of `minute`'
    """
    pending = [expr]
    while pending:
        part = pending.pop()
        reason = unsupported_itself(part)
        if reason is not None:
            return reason
        pending += e.children(part)
    return None


def unsupported_itself(part: e.Expr) -> str | None:
    """The reason why an expression is not understood, whatever it is made of, or None where it is.

    >>> unsupported_itself(e.Not(e.Call("minute", (e.Now(),))))
    """
    kind: type = type(part)
    reason = _unsupported_kind(kind)
    return _unknown_operator(part) if reason is None and kind in _WITH_OPERATOR else reason


def unsupported(policy: CheckedPolicy) -> str | None:
    """The reason why a policy is not understood, or None where it is; its expressions are not looked at."""
    pending: list[object] = [policy]
    while pending:
        part = pending.pop()
        kind: type = type(part)
        if kind not in _MODEL:
            return _told(kind.__name__)
        for name, default in _new_fields(kind, _MODEL[kind]):
            if getattr(part, name) != default:
                return _told(f"{kind.__name__}.{name}")
        for name in _WITHIN.get(kind, ()):
            held: object = getattr(part, name)
            if isinstance(held, Mapping):
                pending += held.values()
            elif isinstance(held, tuple):
                pending += held
            elif held is not None:
                pending.append(held)
    return None


@cache
def _unsupported_kind(kind: type) -> str | None:
    """The reason why a kind of expression is not understood, or None where it is."""
    if kind not in _EXPRESSIONS:
        return _told(kind.__name__)
    new = _new_fields(kind, _EXPRESSIONS[kind])
    return _told(f"{kind.__name__}.{new[0][0]}") if new else None


_WITH_OPERATOR = frozenset((e.OutcomeRef, e.Compare, e.SetTest, e.TextTest, e.Arithmetic, e.Call, e.Cases))
"""The kinds of expressions that are not known by their kind alone."""
_GATHERINGS = frozenset(get_args(e.Gather))


def _unknown_operator(part: e.Expr) -> str | None:
    """The reason why an operator is not understood: its row does not say what a proof must know of it."""
    match part:
        case e.OutcomeRef(name) if name not in _PROMISED:
            return _told(name)
        case e.Compare(name) if name not in COMPARISONS:
            return _told(name)
        case e.SetTest(name) if name not in SET_TESTS or SET_TESTS[name].wants is None:
            return _told(name)
        case e.TextTest(name) if name not in TEXT_TESTS or TEXT_TESTS[name].pattern is None:
            return _told(name)
        case e.Arithmetic(name) if name not in ARITHMETIC or not ARITHMETIC[name].is_monotone:
            return _told(name)
        case e.Cases(name) if name not in _GATHERINGS:
            return _told(name)
        case e.Call(name) if name not in FUNCTIONS or FUNCTIONS[name].known is None:
            return _told(name)
        case _:
            return None


@cache
def _new_fields(kind: type, known: str) -> list[tuple[str, object]]:
    """The fields of a class that are not known, each with its default; all that count in what it means."""
    names: Iterable[str] = known.split()
    return [(item.name, _default(item)) for item in fields(kind) if item.compare and item.name not in names]


def _default(item: object) -> object:
    default: object = getattr(item, "default", MISSING)
    factory = getattr(item, "default_factory", MISSING)
    return factory() if default is MISSING and factory is not MISSING else default


def _told(name: str) -> str:
    return t("the prover was not told of `{name}`", name=name)

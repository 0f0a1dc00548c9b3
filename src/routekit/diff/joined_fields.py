"""What two policies read of the same contact: each field once, however differently they declare it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import ceil, floor
from typing import TypeVar

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.references import ValueRef, declared
from routekit.prover.domains.terms import ARRIVAL, Guard
from routekit.prover.encoding.space import Unsettled
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
    describe,
)
from routekit.translation import t

Bound = TypeVar("Bound", float, datetime, date, timedelta)

__all__ = ["AFTER", "BEFORE", "Fields", "as_it_comes", "fields_apart", "join_fields", "raw_name"]

BEFORE, AFTER = " (before)", " (now)"


def raw_name(name: str) -> str:
    """Gives the name under which a contact has what is called otherwise where two policies are looked at.

    >>> raw_name("value (now)"), raw_name("value")
    ('value', 'value')
    """
    return name.removesuffix(BEFORE).removesuffix(AFTER)


def as_it_comes(contact: dict[str, object]) -> dict[str, object]:
    """Writes each value of a contact under the name that it comes by; the first of two has its place.

    >>> as_it_comes({"customer": {"value (now)": 7, "tier": "gold"}})
    {'customer': {'tier': 'gold', 'value': 7}}
    """
    for record in contact.values():
        for part in record.values() if isinstance(record, dict) else ():
            _rename(part)
        _rename(record)
    return contact


def _rename(part: object) -> None:
    if isinstance(part, dict):
        for name in [name for name in part if raw_name(name) != name]:
            value = part.pop(name)
            part.setdefault(raw_name(name), value)


@dataclass(slots=True)
class Fields:
    """The fields of both, and by what each policy's references are said.

    ``apart`` are pairs of which a contact has one at most, being values of different kinds in one place.
    """

    fields: dict[ValueRef, Field] = field(default_factory=dict)
    old: dict[e.Expr, e.Expr] = field(default_factory=dict)
    new: dict[e.Expr, e.Expr] = field(default_factory=dict)
    guards: dict[e.Expr, Guard] = field(default_factory=dict)
    apart: list[tuple[ValueRef, ValueRef]] = field(default_factory=list)
    limits: list[Unsettled] = field(default_factory=list)
    more: tuple[str, ...] = ()


def join_fields(old: CheckedPolicy, new: CheckedPolicy) -> Fields:
    """Joins both policies' fields and signals."""
    joined = Fields()
    before, after = declared(old), declared(new)
    for leaf in dict.fromkeys((*before, *after)):
        if leaf not in before or leaf not in after:
            joined.fields[leaf] = before.get(leaf) or after[leaf]
            if leaf == ARRIVAL and isinstance(joined.fields[leaf].type, Time):
                joined.limits.append(_no_clock(t("only one of the versions has `contact.at`")))
        else:
            _join(joined, leaf, before[leaf], after[leaf])
    return joined


def fields_apart(policy: CheckedPolicy, varied: Iterable[ValueRef]) -> Fields:
    """Gives the fields of two contacts of one policy, which differ in some fields alone."""
    joined = Fields(fields=declared(policy))
    joined.old = joined.new = {leaf: leaf for leaf in joined.fields}
    joined.new = dict(joined.new)
    for leaf in varied:
        if leaf == ARRIVAL:
            joined.limits.append(
                Unsettled(
                    t("two contacts that come at different times are not compared by proof"),
                    t("a guarantee that does not vary `contact.at`"),
                )
            )
        other = _named(leaf, AFTER)
        joined.new[leaf] = other
        joined.fields[other] = replace(joined.fields[leaf], name=joined.fields[leaf].name + AFTER)
    return joined


def _no_clock(why: str) -> Unsettled:
    return Unsettled(
        t("the two read the time of a contact differently: {why}", why=why),
        t("the change of `contact.at` or of the timezone made apart from the other changes"),
    )


def _join(joined: Fields, leaf: ValueRef, one: Field, other: Field) -> None:
    required = one.is_required or other.is_required
    if one.type == other.type:
        same = one.default == other.default and type(one.default) is type(other.default)
        if leaf == ARRIVAL and isinstance(one.type, Time) and not same:
            joined.limits.append(_no_clock(t("its default changed")))
            same = True
        joined.fields[leaf] = replace(one, optional=not required, default=one.default if same else None)
        joined.old[leaf] = leaf if same else _or_default(leaf, one)
        joined.new[leaf] = leaf if same else _or_default(leaf, other)
        return
    if leaf == ARRIVAL and any(isinstance(type_, Time) for type_ in (one.type, other.type)):
        joined.limits.append(_no_clock(t("its type changed")))
    union = _union(one.type, other.type)
    if union is None:
        _keep_apart(joined, leaf, one, other)
        return
    joined.fields[leaf] = Field(one.name, union, optional=not required)
    joined.old[leaf] = _or_default(_guarded(joined, leaf, one, union, BEFORE), one)
    joined.new[leaf] = _or_default(_guarded(joined, leaf, other, union, AFTER), other)
    for type_ in (one.type, other.type):
        inner = type_.element if isinstance(type_, SetOf) else type_
        if isinstance(inner, Choice) and not isinstance(union, Text):
            joined.more = tuple(dict.fromkeys((*joined.more, *inner.names)))


def _or_default(ref: ValueRef, item: Field) -> e.Expr:
    return ref if item.default is None else e.Else(ref, e.Constant(item.default))


def _named(leaf: ValueRef, mark: str) -> ValueRef:
    if isinstance(leaf, e.FieldRef):
        return e.FieldRef(leaf.record, leaf.field + mark)
    return e.SignalRef(leaf.queue, leaf.signal + mark)


def _guarded(joined: Fields, leaf: ValueRef, item: Field, union: Type, mark: str) -> ValueRef:
    """The reference to a field that one policy reads, and the other reads more of."""
    tests = list(_tests(leaf, item.type, union))
    if not tests:
        return leaf
    ref = _named(leaf, mark)
    joined.fields[ref] = Field(item.name + mark, item.type, optional=True)
    joined.guards[ref] = Guard(tests[0] if len(tests) == 1 else e.All(tuple(tests)), leaf)
    return ref


def _union(one: Type, other: Type) -> Type | None:
    """The type that has the values of both, where one can be told from the other by a test."""
    match one, other:
        case Integer(a, b), Integer(c, d):
            low, high = _least(a, c), _most(b, d)
            return Integer(None if low is None else int(low), None if high is None else int(high))
        case Number(a, b), Number(c, d):
            return Number(_least(a, c), _most(b, d))
        case (Integer(a, b), Number(c, d)) | (Number(a, b), Integer(c, d)):
            # numbers with a fraction, which one of the two reads alone, are told as a setting
            low, high = _least(a, c), _most(b, d)
            return Integer(None if low is None else floor(low), None if high is None else ceil(high))
        case (Text(), Choice(ordered=False)) | (Choice(ordered=False), Text()):
            return Text()
        case Time(a, b), Time(c, d):
            return Time(_least(a, c), _most(b, d))
        case Date(a, b), Date(c, d):
            return Date(_least(a, c), _most(b, d))
        case Duration(a, b), Duration(c, d):
            return Duration(_least(a, c), _most(b, d))
        case Choice(), Choice():
            longer, shorter = sorted((other, one), key=lambda item: -len(item.names))
            names = (*longer.names, *(name for name in shorter.names if name not in longer.rank))
            return Choice(names, one.ordered and other.ordered and _agree(one, other))
        case SetOf(a), SetOf(b) if isinstance(a, Choice) and isinstance(b, Choice):
            inner = _union(a, b)
            return None if inner is None else SetOf(inner)
        case _:
            return None


def _agree(one: Choice, other: Choice) -> bool:
    """Whether two orders put the names that both have in the same order."""
    shared, again = ([name for name in names if name in other.rank] for names in (one.names, other.names))
    return shared == [name for name in again if name in one.rank]


def _least(one: Bound | None, other: Bound | None) -> Bound | None:
    return None if one is None or other is None else min(one, other)


def _most(one: Bound | None, other: Bound | None) -> Bound | None:
    return None if one is None or other is None else max(one, other)


def _tests(leaf: ValueRef, type_: Type, union: Type) -> Iterator[e.Expr]:
    """What is true of the values of a type within a wider one."""
    match type_, union:
        case (
            (Integer() | Number() | Time() | Date() | Duration()),
            (Integer() | Number() | Time() | Date() | Duration()),
        ):
            if type_.low is not None and type_.low != union.low:
                yield e.Compare(">=", leaf, e.Constant(type_.low))
            if type_.high is not None and type_.high != union.high:
                yield e.Compare("<=", leaf, e.Constant(type_.high))
        case Choice(names), Text():
            yield e.InSet(leaf, frozenset(names))
        case Choice(names), Choice(all_):
            if set(names) != set(all_):
                yield e.InSet(leaf, frozenset(names))
            elif type_.ordered and not union.ordered:
                yield e.IsKnown(leaf)  # each version has an order of its own
        case SetOf(Choice(names)), SetOf(Choice(all_)):
            if set(names) != set(all_):
                yield e.Not(e.SetTest("has any", leaf, frozenset(all_) - set(names)))


def _keep_apart(joined: Fields, leaf: ValueRef, one: Field, other: Field) -> None:
    """A field that each policy reads in its own way: as two, of which a contact has one."""
    there = _named(leaf, AFTER)
    joined.fields[leaf] = replace(one, optional=True, default=None)
    joined.fields[there] = Field(other.name + AFTER, other.type, optional=True)
    joined.old[leaf], joined.new[leaf] = _or_default(leaf, one), _or_default(there, other)
    if _kinds(one.type).isdisjoint(_kinds(other.type)):
        joined.apart.append((leaf, there))
    else:
        path = (
            f"{leaf.record}.{leaf.field}" if isinstance(leaf, e.FieldRef) else f"{leaf.queue}.{leaf.signal}"
        )
        joined.limits.append(
            Unsettled(
                t(
                    "`{path}` was {before} and is {now} now, and which values both can read is "
                    "not taken apart",
                    path=path,
                    before=describe(one.type),
                    now=describe(other.type),
                ),
                t("the change of the type made apart from the other changes"),
            )
        )


def _kinds(type_: Type) -> set[str]:
    """What a value of a type is in JSON."""
    match type_:
        case Flag():
            return {"flag"}
        case Integer() | Number():
            return {"number"}
        case Duration():
            return {"number", "text"}
        case Text() | Choice() | Time() | Date():
            return {"text"}
        case SetOf():
            return {"list"}


def as_records(fields: Mapping[ValueRef, Field]) -> dict[str, tuple[Field, ...]]:
    """Groups fields by their records; signals by their queues."""
    found: dict[str, tuple[Field, ...]] = {}
    for leaf, item in fields.items():
        if isinstance(leaf, e.FieldRef):
            found[leaf.record] = (*found.get(leaf.record, ()), item)
    return found

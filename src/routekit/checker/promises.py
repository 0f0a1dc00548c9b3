"""Guarantees, examples and tables of examples: what a policy promises, and how it is checked."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from routekit.checker.constants import constant, duration, literal, whole_number
from routekit.checker.context import Context
from routekit.checker.expressions import condition
from routekit.checker.outcomes import declared_names, expected_plan
from routekit.checker.typed import OutcomeTypes
from routekit.diagnostics import Advice, Fix, Label, Span
from routekit.policy.facts import Shown
from routekit.policy.model import OUTCOME, SWITCH, Example, Expected, Field, Given, Guarantee, Held
from routekit.policy.outcome_parts import PARTS, Kind, Part, declared_part, leading
from routekit.schema.types import Choice, Duration, Flag, Integer, SetOf, Text, Time, Type
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import plural, t

__all__ = [
    "check_examples",
    "check_guarantees",
    "givens",
]


def _outcome_types(context: Context) -> OutcomeTypes:
    promised = {part.name: _type_of(context, part) for part in PARTS if part.promised}
    return promised | {f"{OUTCOME}.{name}": field.type for name, field in context.names.data_fields.items()}


def _type_of(context: Context, part: Part) -> Type:
    match part.kind:
        case Kind.NAME | Kind.NAMES | Kind.RANKING:
            is_channel = part.names == "channel"
            names = Choice(context.names.all_channels if is_channel else declared_names(context, part))
            return SetOf(names) if part.is_set else names
        case Kind.INTEGER:
            return Integer(part.least, part.most)
        case Kind.TEXT:
            return Text()
        case Kind.FLAG:
            return Flag()
        case Kind.DURATION:
            return Duration()
        case Kind.TIME | Kind.DATA | Kind.VALUE | Kind.STEPS | Kind.PROBLEMS:
            raise AssertionError(f"no guarantee speaks of `{part.name}`")
        case _:
            assert_never(part.kind)


def check_guarantees(context: Context) -> tuple[Guarantee, ...]:
    """Returns the guarantees; what they promise is said of the outcome at arrival."""
    outcome = _outcome_types(context)
    guarantees: list[Guarantee] = []
    for name, node in context.names.guarantees.items():
        holds = None if node.condition is None else condition(context, node.condition)
        promise = condition(context, node.promise, outcome, given=[holds])
        if promise is None or (holds is None and node.condition is not None):
            continue
        when = _held(context, node.held)
        guarantees.append(Guarantee(name, node.title, holds, promise, when, node.span))
    return tuple(guarantees)


def _held(context: Context, node: tree.Held | None) -> Held:
    """When a promise must be kept."""
    if node is None:
        return Held()
    if node.within is None:
        return Held(throughout=True)
    return Held(within=duration(context, node.within))


# ── examples ──────────────────────────────────────────────────────────────────


_EXPECTED = {
    part.word: part
    for part in leading(PARTS, "rule", "queue")
    if part.expected and part.kind is not Kind.DATA
}
ANYTHING = "_"
"""A cell that gives nothing, or compares nothing."""


def check_examples(context: Context) -> tuple[Example, ...]:
    """Returns the examples in the order of the files, each row of a table one of its own."""
    examples: list[Example] = []
    for node in context.names.examples:
        if isinstance(node, tree.ExampleTableNode):
            examples += _table(context, node)
        else:
            examples.append(_example(context, node))
    return tuple(examples)


def _example(context: Context, node: tree.ExampleNode) -> Example:
    _report_repeated(context, _said(node.givens), given=True)
    _report_repeated(context, [(item.what.name, item.what.span) for item in node.expectations], given=False)
    given = givens(context, node.givens)
    shown, reached = _shown(context, node.givens), _reached(context, node.givens)
    expected: list[Expected] = []
    for item in node.expectations:
        part = _expected_part(context, item.what)
        if part is not None:
            expected += _expectation(context, part, item.value)
    return Example(
        unquote(node.title.text), given, tuple(expected), shown=shown, reached=reached, span=node.span
    )


def _said(nodes: tuple[tree.AnyGiven, ...]) -> list[tuple[str, Span]]:
    """The values that are given, by what they are called; an offer may have been shown several times."""
    said: list[tuple[str, Span]] = []
    for node in nodes:
        match node:
            case tree.Given():
                said.append((node.path.dotted, node.path.span))
            case tree.GivenSwitch():
                said.append((f"{SWITCH}.{node.name.name}", node.name.span))
            case tree.GivenShown() | tree.GivenReached():
                pass
    return said


def _report_repeated(context: Context, said: list[tuple[str, Span]], *, given: bool) -> None:
    first: dict[str, Span] = {}
    for name, span in said:
        known = first.setdefault(name, span)
        if known is not span:
            context.reporter.report(
                "RK103",
                t("`{name}` is given twice", name=name)
                if given
                else t("`{name}` is expected twice", name=name),
                span,
                others=[Label(known, t("first given here") if given else t("first expected here"))],
            )


# ── tables ────────────────────────────────────────────────────────────────────


def _table(context: Context, node: tree.ExampleTableNode) -> Iterator[Example]:
    fixed = _said(node.givens)
    _report_repeated(context, [*fixed, *((path.dotted, path.span) for path in node.columns)], given=True)
    _report_repeated(context, [(result.name, result.span) for result in node.results], given=False)
    always = givens(context, node.givens)
    shown, reached = _shown(context, node.givens), _reached(context, node.givens)
    slots = [_slot(context, path) for path in node.columns]
    results = [_expected_part(context, result) for result in node.results]
    title = unquote(node.title.text)
    if not node.rows:
        context.reporter.report(
            "RK306",
            t("this table of examples has no rows, so it checks nothing"),
            node.title.span,
            help=t("write a row for each case, or remove it"),
        )
    for number, row in enumerate(node.rows, start=1):
        if not _fits(context, node, row):
            continue
        given, expected = list(always), list[Expected]()
        for slot, cell in zip(slots, row.given, strict=True):
            if slot is not None and not _is_anything(cell):
                given += _value(context, slot, cell)
        for part, value in zip(results, row.expected, strict=True):
            if part is not None and not _is_anything(value):
                expected += _expectation(context, part, value)
        name = f"{title} [{number}]"
        yield Example(name, tuple(given), tuple(expected), row.because, number, shown, reached, row.span)


def _fits(context: Context, node: tree.ExampleTableNode, row: tree.ExampleRow) -> bool:
    """Whether a row has a cell for each column, and compares something; reported where not."""
    sides = (("before", row.given, node.columns), ("behind", row.expected, node.results))
    fits = True
    for side, cells, columns in sides:
        if len(cells) != len(columns):
            fits = False
            counts = {
                "cells": plural("{number} cell", "{number} cells", len(cells)),
                "columns": plural("{number} column", "{number} columns", len(columns)),
            }
            context.reporter.report(
                "RK308",
                (
                    t("this row has {cells} before `->`, the table has {columns} there", **counts)
                    if side == "before"
                    else t("this row has {cells} behind `->`, the table has {columns} there", **counts)
                ),
                cells[0].span.to(cells[-1].span),
                others=[Label(columns[0].span.to(columns[-1].span), t("the columns"))],
                help=t("a cell `_` is not given") if side == "before" else t("a cell `_` is not compared"),
            )
    for cell in (*row.given, *row.expected):
        if isinstance(cell, tree.Path) and cell.dotted == "-":
            fits = False
            left_out = Advice(t("a cell that is left out is `_`"), Fix.replace(cell.span, ANYTHING))
            context.reporter.report("RK308", t("`-` alone is no cell"), cell.span, help=left_out)
    if fits and all(_is_anything(cell) for cell in row.expected):
        fits = False
        context.reporter.report(
            "RK306",
            t("this row compares nothing"),
            row.span,
            help=t("write what must come of it behind `->`, or remove the row"),
        )
    return fits


def _is_anything(cell: tree.Expression | tree.RuleName | tree.PlanValue) -> bool:
    return isinstance(cell, tree.Path) and cell.dotted == ANYTHING


# ── what is given ─────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Slot:
    """A field of a record, or a signal of a queue."""

    path: tuple[str, str]
    live: bool
    type: Type


def givens(context: Context, nodes: tuple[tree.AnyGiven, ...]) -> tuple[Given, ...]:
    """Returns the values that are given, those that fit; one that is given as missing is left out."""
    given: list[Given] = []
    for node in nodes:
        match node:
            case tree.Given():
                slot = _slot(context, node.path)
                if slot is not None:
                    given += _value(context, slot, node.value)
            case tree.GivenSwitch(name=name):
                if context.known("switch", name, context.names.switches):
                    given += _value(context, _Slot((SWITCH, name.name), False, Flag()), node.value)
            case tree.GivenShown() | tree.GivenReached():
                pass
    return tuple(given)


def _shown(context: Context, nodes: tuple[tree.AnyGiven, ...]) -> tuple[Shown, ...]:
    """The offers that were shown before."""
    offers = context.names.offers
    found = (
        _told(context, node.at, node.offer, "offer", offers)
        for node in nodes
        if isinstance(node, tree.GivenShown)
    )
    return tuple(filter(None, found))


def _reached(context: Context, nodes: tuple[tree.AnyGiven, ...]) -> tuple[Shown, ...]:
    """The reaches that were made before."""
    reaches = context.names.reaches
    found = (
        _told(context, node.at, node.reach, "reach", reaches)
        for node in nodes
        if isinstance(node, tree.GivenReached)
    )
    return tuple(filter(None, found))


def _told(
    context: Context, time: tree.Literal, name: tree.Ident, kind: str, known: Collection[str]
) -> Shown | None:
    is_known = context.known(kind, name, known)
    at = constant(context, time, Time())
    return Shown(name.name, at) if is_known and isinstance(at, datetime) else None


def _slot(context: Context, path: tree.Path) -> _Slot | None:
    names = context.names
    parts = [part.name for part in path.parts]
    owner, member = (parts[0], parts[1]) if len(parts) == 2 else (parts[0], "")
    fields = names.record_fields.get(owner)
    live = fields is None and owner in names.queues
    known = names.live_fields if live else fields
    if known is not None and member in known:
        return _Slot((owner, member), live, known[member].type)
    if (owner if known is None else member) not in names.lost:
        context.reporter.report(
            "RK102",
            t("unknown field `{dotted}`", dotted=path.dotted),
            path.span,
            help=_field_help(context, path, known),
        )
    return None


def _value(context: Context, slot: _Slot, node: tree.Expression) -> list[Given]:
    if isinstance(node, tree.Path) and node.dotted == "missing":
        return []
    value = constant(context, node, slot.type)
    return [] if value is None else [Given(slot.path, slot.live, value)]


def _field_help(context: Context, path: tree.Path, known: Mapping[str, Field] | None) -> Advice:
    names, owner = context.names, path.parts[0]
    if known and len(path.parts) == 2:
        member = path.parts[1]
        listed = t("there are {listed}", listed=t(", ").join(list(known)[:10]))
        return context.reporter.did_you_mean(member.name, known, listed, at=member.span)
    if known:
        return Advice(t("name one of its fields: {listed}", listed=t(", ").join(list(known)[:10])))
    if owner.name in names.queues:
        return Advice(t("signals are declared in `live queue`"))
    owners = [record for record, fields in names.record_fields.items() if owner.name in fields]
    if len(path.parts) == 1 and len(owners) == 1:
        field = f"{owners[0]}.{owner.name}"
        return Advice(t("did you mean `{field}`?", field=field), Fix.replace(owner.span, field))
    return context.reporter.did_you_mean(owner.name, (*names.record_fields, *names.queues), at=owner.span)


# ── what is expected ──────────────────────────────────────────────────────────


def _expected_part(context: Context, what: tree.Ident) -> Part | None:
    part = _EXPECTED.get(what.name)
    field = context.names.data_fields.get(what.name)
    if part is None and field is not None:
        return declared_part(field, context.timezone)
    if part is None and what.name not in context.names.lost:
        known = (*_EXPECTED, *context.names.data_fields)
        context.reporter.report(
            "RK101",
            t("an example cannot expect `{name}`", name=what.name),
            what.span,
            help=context.reporter.did_you_mean(
                what.name, known, t("it can expect {listed}", listed=t(", ").join(known)), at=what.span
            ),
        )
    return part


def _expectation(
    context: Context, part: Part, value: tree.Expression | tree.RuleName | tree.PlanValue
) -> list[Expected]:
    match part.kind, value:
        case Kind.STEPS, tree.SetLiteral(members=()):
            return [Expected(part.name, ())]
        case Kind.STEPS, tree.PlanValue(steps=steps):
            plan = expected_plan(context, steps)
            return [] if plan is None else [Expected(part.name, plan)]
        case _, tree.RuleName() as row if part.names == "rule":
            return _row(context, row)
        case _, tree.Path(parts=(name,)) if part.may_be_missing and name.name == "missing":
            return [Expected(part.name, None)]
        case Kind.VALUE, node if part.field is not None and isinstance(node, tree.Expression):
            found_value = constant(context, node, part.field.type)
            return [] if found_value is None else [Expected(part.name, found_value)]
        case Kind.INTEGER, tree.Literal(kind="number") as number:
            whole = whole_number(context, number, t("the {word}", word=t(part.word)))
            return [] if whole is None else [Expected(part.name, whole)]
        case Kind.TEXT, tree.Literal(kind="text") as text:
            found = literal(context, text)
            return [] if found is None else [Expected(part.name, str(found[0]))]
        case Kind.NAME, tree.Path(parts=(name,)):
            known = context.known(part.names, name, declared_names(context, part))
            return [Expected(part.name, name.name)] if known else []
        case ((Kind.NAMES | Kind.RANKING), tree.SetLiteral(members=members)):
            return _names(context, part, members)
        case Kind.FLAG, tree.Path(parts=(name,)) if name.name in ("yes", "no"):
            return [Expected(part.name, name.name == "yes")]
        case Kind.DURATION, tree.Literal(kind="duration") as span:
            length = duration(context, span)
            return [] if length is None else [Expected(part.name, length)]
        case _:
            context.reporter.report(
                "RK201",
                t("this is no {word} that could be expected", word=t(part.word)),
                value.span,
                help=_form(part),
            )
            return []


def _form(part: Part) -> str:
    """How an example expects a part."""
    or_missing = t(", or `missing`") if part.may_be_missing else ""
    match part.kind:
        case Kind.INTEGER:
            return t("a whole number: `{sample}`", sample=part.sample)
        case Kind.TEXT:
            return t("a text in quotes{or_missing}: `{sample}`", or_missing=or_missing, sample=part.sample)
        case Kind.NAMES | Kind.RANKING:
            return t("a set of names: `{word} {{a, b}}`", word=part.word)
        case Kind.FLAG:
            return t("`{word} yes` or `{word} no`", word=part.word)
        case Kind.DURATION:
            return t("a duration{or_missing}: `{sample}`", or_missing=or_missing, sample=part.sample)
        case Kind.STEPS:
            return t(
                "the steps of the whole plan: `{sample}`, or `{word} {{}}` for none",
                sample=part.sample,
                word=part.word,
            )
        case _:
            return t("a name: `{word} …`", word=part.word)


def _row(context: Context, node: tree.RuleName) -> list[Expected]:
    table = context.names.rules.get(node.table.name)
    rows = len(table.rows) if isinstance(table, tree.TableNode) else 0
    if node.table.name in context.names.lost:
        return []
    if not isinstance(table, tree.TableNode):
        tables = [name for name, item in context.names.rules.items() if isinstance(item, tree.TableNode)]
        context.known("table", node.table, tables)
        return []
    if not ("." not in node.row.text and 1 <= int(node.row.text) <= rows):
        context.reporter.report(
            "RK104", t("table `{name}` has rows 1 to {rows}", name=node.table.name, rows=rows), node.row.span
        )
        return []
    return [Expected("rule", f"{node.table.name}[{int(node.row.text)}]")]


def _names(context: Context, part: Part, members: tuple[tree.Expression, ...]) -> list[Expected]:
    names: list[str] = []
    for member in members:
        if not isinstance(member, tree.Path) or len(member.parts) != 1:
            context.reporter.report("RK201", t("a name was expected"), member.span, help=_form(part))
            return []
        is_declared = part.kind is Kind.NAMES  # by being asked for
        if not is_declared and not context.known(part.names, member.parts[0], declared_names(context, part)):
            return []
        names.append(member.dotted)
    return [Expected(part.name, frozenset(names) if part.kind is Kind.NAMES else tuple(names))]

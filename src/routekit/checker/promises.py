"""Guarantees and examples: what is promised, and how it is checked."""

from collections.abc import Mapping

from routekit.checker.constants import constant, literal, whole_number
from routekit.checker.context import Context
from routekit.checker.expressions import condition
from routekit.checker.typed import OutcomeTypes
from routekit.diagnostics import Advice, Label, Span
from routekit.policy.model import (
    LOWEST_PRIORITY,
    OTHERWISE,
    TOP_PRIORITY,
    Example,
    Expected,
    Field,
    Given,
    Guarantee,
)
from routekit.schema.types import Choice, Integer, SetOf
from routekit.syntax import tree
from routekit.syntax.builder import unquote

__all__ = ["check_examples", "check_guarantees"]

_EXPECTED = ("rule", "queue", "channel", "agent", "priority", "skills", "offers", "message", "arm")


def _outcome_types(context: Context) -> OutcomeTypes:
    names = context.names
    rules = (
        *(name for name, node in names.rules.items() if isinstance(node, tree.RuleNode)),
        OTHERWISE,
    )
    return {
        "channel": Choice(names.all_channels),
        "queue": Choice(tuple(names.queues)),
        "priority": Integer(TOP_PRIORITY, LOWEST_PRIORITY),
        "rule": Choice(rules),
        "skills": SetOf(Choice(tuple(sorted(names.skills)))),
        "offers": SetOf(Choice(tuple(names.offers))),
        "message": Choice(tuple(names.messages)),
    }


def check_guarantees(context: Context) -> tuple[Guarantee, ...]:
    """The guarantees; what they promise is said of the outcome at arrival."""
    outcome = _outcome_types(context)
    guarantees: list[Guarantee] = []
    for name, node in context.names.guarantees.items():
        holds = None if node.condition is None else condition(context, node.condition)
        promise = condition(context, node.promise, outcome)
        if promise is None or (holds is None and node.condition is not None):
            continue
        guarantees.append(Guarantee(name, node.title, holds, promise, node.span))
    return tuple(guarantees)


# ── examples ──────────────────────────────────────────────────────────────────


def check_examples(context: Context) -> tuple[Example, ...]:
    """The examples in the order of the files."""
    return tuple(_example(context, node) for node in context.names.examples)


def _example(context: Context, node: tree.ExampleNode) -> Example:
    _report_repeated(context, [(item.path.dotted, item.path.span) for item in node.givens], "given")
    _report_repeated(context, [(item.what.name, item.what.span) for item in node.expectations], "expected")
    given = [fact for item in node.givens for fact in _given(context, item)]
    expected = [value for item in node.expectations for value in _expectation(context, item)]
    return Example(unquote(node.title.text), tuple(given), tuple(expected), node.span)


def _report_repeated(context: Context, said: list[tuple[str, Span]], word: str) -> None:
    first: dict[str, Span] = {}
    for name, span in said:
        known = first.setdefault(name, span)
        if known is not span:
            context.reporter.report(
                "RK103", f"`{name}` is {word} twice", span, others=[Label(known, f"first {word} here")]
            )


def _given(context: Context, node: tree.Given) -> list[Given]:
    names = context.names
    parts = [part.name for part in node.path.parts]
    owner, member = (parts[0], parts[1]) if len(parts) == 2 else (parts[0], "")
    fields = names.record_fields.get(owner)
    live = fields is None and owner in names.queues
    known = names.live_fields if live else fields
    if known is None or member not in known:
        if not names.lost.intersection(parts):
            context.reporter.report(
                "RK102",
                f"unknown field `{node.path.dotted}`",
                node.path.span,
                help=_field_help(context, node.path, known),
            )
        return []
    if isinstance(node.value, tree.Path) and node.value.dotted == "missing":
        return []
    value = constant(context, node.value, known[member].type)
    return [] if value is None else [Given((owner, member), live, value)]


def _field_help(context: Context, path: tree.Path, known: Mapping[str, Field] | None) -> Advice:
    names, owner = context.names, path.parts[0]
    if known and len(path.parts) == 2:
        member = path.parts[1]
        listed = f"there are {', '.join(list(known)[:10])}"
        return context.reporter.did_you_mean(member.name, known, listed, at=member.span)
    if known:
        return Advice(f"name one of its fields: {', '.join(list(known)[:10])}")
    if owner.name in names.queues:
        return Advice("signals are declared in `live queue`")
    return context.reporter.did_you_mean(owner.name, (*names.record_fields, *names.queues), at=owner.span)


def _expectation(context: Context, node: tree.Expectation) -> list[Expected]:
    what = node.what.name
    if what not in _EXPECTED:
        context.reporter.report(
            "RK101",
            f"an example cannot expect `{what}`",
            node.what.span,
            help=context.reporter.did_you_mean(
                what, _EXPECTED, f"it can expect {', '.join(_EXPECTED)}", at=node.what.span
            ),
        )
        return []
    match what, node.value:
        case "rule", tree.RuleName() as row:
            return _row(context, row)
        case (("priority" | "arm"), tree.Literal(kind="number") as number):
            whole = whole_number(context, number, f"the {what}")
            return [] if whole is None else [Expected(what, whole)]
        case (("agent" | "message" | "arm"), tree.Path(parts=(name,))) if name.name == "missing":
            return [Expected(what, None)]
        case "agent", tree.Literal(kind="text") as text:
            found = literal(context, text)
            return [] if found is None else [Expected(what, str(found[0]))]
        case (("rule" | "queue" | "channel" | "message"), tree.Path(parts=(name,))):
            return [Expected(what, name.name)] if context.known(what, name, _named(context, what)) else []
        case (("offers" | "skills"), tree.SetLiteral(members=members)):
            return _names(context, what, members)
        case _:
            context.reporter.report(
                "RK201",
                f"this is no {what} that could be expected",
                node.value.span,
                help=_form(what),
            )
            return []


def _named(context: Context, what: str) -> tuple[str, ...]:
    names = context.names
    return {
        "rule": (*(name for name, node in names.rules.items() if isinstance(node, tree.RuleNode)), OTHERWISE),
        "queue": tuple(names.queues),
        "channel": tuple(names.channels),
        "message": tuple(names.messages),
        "offers": tuple(names.offers),
        "skills": tuple(names.skills),
    }[what]


def _form(what: str) -> str:
    return {
        "priority": "a whole number: `priority 2`",
        "arm": "a whole number: `arm 1`",
        "agent": 'a text in quotes, or `missing`: `agent "e-1"`',
        "offers": "a set of names: `offers {a, b}`",
        "skills": "a set of names: `skills {a, b}`",
    }.get(what, f"a name: `{what} …`")


def _row(context: Context, node: tree.RuleName) -> list[Expected]:
    table = context.names.rules.get(node.table.name)
    rows = len(table.rows) if isinstance(table, tree.TableNode) else 0
    if not isinstance(table, tree.TableNode):
        tables = [name for name, item in context.names.rules.items() if isinstance(item, tree.TableNode)]
        context.known("table", node.table, tables)
        return []
    if not ("." not in node.row.text and 1 <= int(node.row.text) <= rows):
        context.reporter.report("RK104", f"table `{node.table.name}` has rows 1 to {rows}", node.row.span)
        return []
    return [Expected("rule", f"{node.table.name}[{int(node.row.text)}]")]


def _names(context: Context, what: str, members: tuple[tree.Expression, ...]) -> list[Expected]:
    names: list[str] = []
    for member in members:
        if not isinstance(member, tree.Path) or len(member.parts) != 1:
            context.reporter.report("RK201", "a name was expected", member.span, help=_form(what))
            return []
        if what == "offers" and not context.known("offer", member.parts[0], _named(context, what)):
            return []
        names.append(member.dotted)
    return [Expected(what, tuple(names) if what == "offers" else frozenset(names))]

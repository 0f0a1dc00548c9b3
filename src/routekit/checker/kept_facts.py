"""``fact`` and ``event``: values of one type whose periods do not overlap, and days."""

from datetime import date
from typing import cast

from routekit.checker.clauses import names_listed
from routekit.checker.constants import is_comparable, literal, quoted
from routekit.checker.context import Context
from routekit.diagnostics import Label
from routekit.policy.kept_facts import Days, Event, KeptFact, KeptValue, event_condition, fact_value
from routekit.policy.model import Let, Segment
from routekit.schema.types import Flag, Scalar, Text, Type, family, joined
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import t

__all__ = ["check_events", "check_facts", "definitions_of"]


def check_facts(context: Context) -> tuple[KeptFact, ...]:
    """Returns the facts that hold; each may be read from now on as a let may."""
    names = context.names
    found = []
    for name, nodes in list(names.facts.items()):
        fact = _fact(context, name, nodes)
        if fact is None:
            names.lost |= {name}
            del names.facts[name]
            continue
        found.append(fact)
        names.let_types[name] = fact.type
        if len(fact.values) > 1 or fact.values[0].since or fact.values[0].until:
            names.uncertain_lets.add(name)
    return tuple(found)


def check_events(context: Context) -> tuple[Event, ...]:
    """Returns the events that hold; each may be read from now on as a segment may."""
    names = context.names
    found = []
    for name, node in list(names.events.items()):
        event = _event(context, node)
        if event is None:
            names.lost |= {name}
            del names.events[name]
            continue
        found.append(event)
        names.let_types[name] = Flag()
    return tuple(found)


def definitions_of(facts: tuple[KeptFact, ...], events: tuple[Event, ...]) -> tuple[Let | Segment, ...]:
    """Returns what conditions and values read of facts and events."""
    return (
        *(Let(fact.name, fact_value(fact), fact.type) for fact in facts),
        *(Segment(event.name, event_condition(event), event.span) for event in events),
    )


# ── facts ─────────────────────────────────────────────────────────────────────


def _fact(context: Context, name: str, nodes: list[tree.FactNode]) -> KeptFact | None:
    read = [(node, _value(context, node), _period(context, node)) for node in nodes]
    type_: Type | None = None
    first: tree.FactNode | None = None
    values: list[KeptValue] = []
    for node, value, period in read:
        if value is None or period is None:
            continue
        found, of = value
        if type_ is None or first is None:
            type_, first = of, node
        elif not is_comparable(type_, of):
            context.reporter.report(
                "RK201",
                t(
                    "this value of the fact `{name}` is {found}, not {wanted}",
                    name=name,
                    found=family(of),
                    wanted=family(type_),
                ),
                node.value.span,
                others=[Label(first.value.span, t("this one is {wanted}", wanted=family(type_)))],
                help=t("all values of a fact are of one type"),
            )
            return None
        else:
            type_ = joined(type_, of)
        since, until = period
        values.append(KeptValue(found, _said(node.value), since, until, _kept_by(node), node.span))
    if type_ is None or len(values) < len(nodes):
        return None
    values.sort(key=lambda value: value.since or date.min)
    if _overlap(context, name, values):
        return None
    title = next((node.title for node in nodes if node.title), "")
    return KeptFact(name, title, type_, tuple(values))


def _value(context: Context, node: tree.FactNode) -> tuple[Scalar, Type] | None:
    match node.value:
        case tree.Literal():
            return cast("tuple[Scalar, Type] | None", literal(context, node.value))
        case tree.Negative(operand=tree.Literal() as number, span=span):
            signed = tree.Literal(span, "number", f"-{number.text}")
            return cast("tuple[Scalar, Type] | None", literal(context, signed))
        case tree.Path(parts=(tree.Ident(name="yes" | "no" as word),)):
            return word == "yes", Flag()
        case written:
            bare = written.parts[0] if isinstance(written, tree.Path) and len(written.parts) == 1 else None
            help_ = quoted(bare, Text()) if bare is not None else ""
            context.reporter.report(
                "RK204",
                t("a fact is one value that is written out: a text, a number, a date, `yes` …"),
                written.span,
                help=help_,
            )
            return None


def _said(value: tree.Expression) -> str:
    """A value as messages say it: a text without its quotes, all else as it is written."""
    match value:
        case tree.Literal(kind="text", text=text):
            return unquote(text)
        case tree.Literal(text=text) | tree.Path(parts=(tree.Ident(name=text),)):
            return text
        case _:
            return value.span.text


def _period(context: Context, node: tree.FactNode) -> tuple[date | None, date | None] | None:
    """The days on which a value holds; None where that is reported to be no period."""
    days: dict[str, date] = {}
    first: dict[str, tree.FactClause] = {}
    for clause in node.clauses:
        known = first.setdefault(clause.word, clause)
        if known is not clause:
            context.report_twice(clause.word, clause.span, known.span)
            return None
        if clause.day is not None:
            day = _day(context, clause.day)
            if day is None:
                return None
            days[clause.word] = day
    since, until = days.get("from"), days.get("until")
    if since is not None and until is not None and until < since:
        context.reporter.report(
            "RK208",
            t("the value never holds: it ends on {until}, before {since}", until=until, since=since),
            first["until"].span,
            help=t("`until` names the last day on which it holds"),
        )
        return None
    return since, until


def _kept_by(node: tree.FactNode) -> str:
    return next((clause.unit.name for clause in node.clauses if clause.unit is not None), "")


def _overlap(context: Context, name: str, values: list[KeptValue]) -> bool:
    """Whether two values, ordered by their beginnings, hold on one day; the first two are reported."""
    longest = values[0]
    for value in values[1:]:
        if longest.until is None or value.since is None or value.since <= longest.until:
            earlier, later = sorted(
                (longest, value), key=lambda each: each.span.start if each.span is not None else 0
            )
            assert earlier.span is not None
            assert later.span is not None
            context.reporter.report(
                "RK310",
                t(
                    "the fact `{name}` has two values on {day}",
                    name=name,
                    day=value.since or longest.since or value.until or longest.until or t("every day"),
                ),
                later.span,
                others=[Label(earlier.span, t("this one holds then too"))],
                help=t("end one period on the day before the other begins: `until`, `from`"),
            )
            return True
        longest = max(longest, value, key=lambda each: each.until or date.max)
    return False


# ── events ────────────────────────────────────────────────────────────────────


def _event(context: Context, node: tree.EventNode) -> Event | None:
    days: list[Days] = []
    about: tuple[str, ...] = ()
    expect: float | None = None
    first: dict[str, tree.EventClause] = {}
    reported = len(context.reporter.found)
    for clause in node.clauses:
        known = first.setdefault(clause.word, clause)
        if known is not clause and clause.word != "on":
            context.report_twice(clause.word, clause.span, known.span)
        for written in clause.days:
            span = _days(context, written)
            days += [] if span is None else [span]
        if clause.word == "about":
            about = names_listed(context, "matter", clause.names, context.names.matters)
        if clause.share is not None:
            expect = _share(context, clause, clause.share)
    if "on" not in first:
        context.reporter.report(
            "RK306",
            t("the event `{name}` says no day", name=node.name.name),
            node.name.span,
            help=t("say when it is: `on 2026-11-01..2026-11-14`"),
        )
    if len(context.reporter.found) > reported:
        return None
    return Event(node.name.name, node.title, tuple(days), about, expect, node.span)


def _days(context: Context, node: tree.DaysNode) -> Days | None:
    first = _day(context, node.first)
    last = first if node.last is None else _day(context, node.last)
    if first is None or last is None:
        return None
    if last < first:
        context.reporter.report(
            "RK208", t("no day lies between {first} and {last}", first=first, last=last), node.span
        )
        return None
    return Days(first, last)


def _share(context: Context, clause: tree.EventClause, node: tree.Literal) -> float | None:
    share = float(node.text) / 100
    if share < -1:
        context.reporter.report(
            "RK205", t("fewer than none are expected"), clause.span, help=t("`-100%` is that nobody comes")
        )
        return None
    return share


def _day(context: Context, node: tree.Literal) -> date | None:
    found = literal(context, node)
    return found[0] if found is not None and isinstance(found[0], date) else None

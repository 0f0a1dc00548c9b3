"""The route flattened into rules in order of precedence, and the rules of ``adjust``."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from routekit.checker import cells
from routekit.checker.context import Context
from routekit.checker.expressions import condition, lower
from routekit.checker.outcomes import Destination, check_changes, check_named, check_outcome
from routekit.diagnostics import Span
from routekit.policy.expressions import All, Compare, Constant, Expr
from routekit.policy.model import OTHERWISE, Adjustment, Arm, Group, Outcome, Queue, Rule, Split
from routekit.policy.splits import WHOLE
from routekit.schema.types import SetOf
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.limits import MOST_RULES
from routekit.translation import t

__all__ = ["check_adjustments", "check_route", "joined"]

_FULL_SHARE = Decimal(100)


def check_route(context: Context, queues: dict[str, Queue]) -> tuple[Rule, ...]:
    """Returns all rules, the one of ``otherwise`` last."""
    rules: list[Rule] = []
    for route in context.names.routes[:1]:
        rules += islice(_items(context, route.items, queues, ()), MOST_RULES + 1)
        if len(rules) > MOST_RULES:
            context.reporter.report(
                "RK008",
                t("the route comes to more than {most_rules:,} rules", most_rules=MOST_RULES),
                Span(route.span.source, route.span.start, route.span.start + len("route")),
                help=t("a rule whose queue a field names counts once for each queue that may be"),
            )
        _check_otherwise(context, route, queues)
    return tuple(rules)


def _items(
    context: Context,
    items: tuple[tree.RouteItem, ...],
    queues: dict[str, Queue],
    groups: tuple[Group, ...],
) -> Iterator[Rule]:
    for item in items:
        match item:
            case tree.RuleNode():
                yield from _rule(context, item, queues, groups)
            case tree.TableNode():
                yield from _table(context, item, queues, groups)
            case tree.GroupNode():
                holds = condition(context, item.condition, given=_held(groups))
                # a group whose condition is wrong is looked into all the same, for its errors
                inner = (*groups, Group(item.name.name, item.title, holds)) if holds else groups
                yield from _items(context, item.items, queues, inner)
            case tree.OtherwiseNode():
                why = t("every other contact needs a queue, and a field may name one that is closed, or none")
                outcome = check_named(context, item.outcome, queues, "`otherwise`", why)
                if outcome is not None and not groups:
                    yield Rule(OTHERWISE, "", None, None, outcome, item.because, span=item.span)


def joined(*parts: Expr | None) -> Expr | None:
    """Joins conditions by ``and``; None stands for one that always holds."""
    known = tuple(part for part in parts if part is not None)
    if len(known) < 2:
        return known[0] if known else None
    return All(known)


def _held(groups: tuple[Group, ...]) -> tuple[Expr, ...]:
    return tuple(group.condition for group in groups)


def _whole(groups: tuple[Group, ...], own: Expr | None, chosen: Expr | None = None) -> Expr | None:
    return joined(*_held(groups), own, chosen)


def _each(rule: Rule, leads: Destination, outcomes: tuple[Outcome, ...]) -> Iterator[Rule]:
    """The rule itself, or where a field names its queue, a rule for each queue that may be."""
    if leads.chosen_by is None:
        yield rule
        return
    for outcome in outcomes:
        chosen = Compare("is", leads.chosen_by, Constant(outcome.queue))
        whole = _whole(rule.groups, rule.own, chosen)
        yield replace(rule, condition=whole, body=outcome, chosen_by=leads.chosen_by)


def _rule(
    context: Context, node: tree.RuleNode, queues: dict[str, Queue], groups: tuple[Group, ...]
) -> Iterator[Rule]:
    if node.name.name == OTHERWISE:
        context.reporter.report("RK306", t("`otherwise` is not the name of a rule"), node.name.span)
    own = None if node.condition is None else condition(context, node.condition, given=_held(groups))
    found: tuple[Destination, tuple[Outcome, ...]] | Split | None
    if isinstance(node.body, tree.SplitNode):
        found = _split(context, node.body, queues)
    else:
        found = check_outcome(context, node.body, queues)
    if found is None or (own is None and node.condition is not None):
        return
    body = found if isinstance(found, Split) else found[1][0]
    rule = Rule(
        node.name.name,
        node.title,
        _whole(groups, own),
        own,
        body,
        node.because,
        groups,
        span=node.span,
    )
    if isinstance(found, Split):
        yield rule
    else:
        yield from _each(rule, *found)


def _split(context: Context, node: tree.SplitNode, queues: dict[str, Queue]) -> Split | None:
    key = lower(context, node.key)
    if key is not None and isinstance(key.type, SetOf):
        context.reporter.report("RK202", t("a split is by one value, not by a set"), node.key.span)
        key = None
    total = Decimal(0)
    arms: list[Arm] = []
    for arm in node.arms:
        why = t("an arm names its queue outright; a field can name it behind `then`")
        outcome = check_named(context, arm.outcome, queues, t("a split"), why)
        total += Decimal(arm.share.text)
        points = total * WHOLE / 100
        if points != points.to_integral_value():
            context.reporter.report(
                "RK304",
                t("a share of `{text}%` is too fine", text=arm.share.text),
                arm.share.span,
                help=t("six digits behind the point at most"),
            )
        if outcome is not None:
            arms.append(Arm(int(points), outcome, arm.span))
    if total != _FULL_SHARE:
        context.reporter.report(
            "RK304",
            t("the shares add up to {total:f}%, not to 100%", total=total.normalize()),
            node.arms[0].share.span.to(node.arms[-1].share.span),
        )
        return None
    if key is None or len(arms) < len(node.arms):
        return None
    return Split(key.expr, unquote(node.seed.text), tuple(arms))


# ── tables ────────────────────────────────────────────────────────────────────


def _table(
    context: Context, node: tree.TableNode, queues: dict[str, Queue], groups: tuple[Group, ...]
) -> Iterator[Rule]:
    columns = cells.columns(context, node.columns)
    for number, row in enumerate(node.rows, start=1):
        found = check_outcome(context, row.outcome, queues)
        tests = cells.row_tests(context, columns, row.cells, node.name.span, _held(groups))
        if found is None or tests is None:
            continue
        own = joined(*tests)
        rule = Rule(
            f"{node.name.name}[{number}]",
            node.title,
            _whole(groups, own),
            own,
            found[1][0],
            row.because,
            groups,
            node.name.name,
            span=row.span,
        )
        yield from _each(rule, *found)


# ── otherwise ─────────────────────────────────────────────────────────────────


def _check_otherwise(context: Context, route: tree.Route, queues: dict[str, Queue]) -> None:
    found = [item for item in route.items if isinstance(item, tree.OtherwiseNode)]
    pending = [item for item in route.items if isinstance(item, tree.GroupNode)]
    nested: list[tree.OtherwiseNode] = []
    while pending:
        for inner in pending.pop().items:
            if isinstance(inner, tree.GroupNode):
                pending.append(inner)
            elif isinstance(inner, tree.OtherwiseNode):
                nested.append(inner)
    for item in nested:
        context.reporter.report(
            "RK302",
            t("`otherwise` stands at the end of `route`, not in a group"),
            item.span,
            help=t("a rule without `when` takes all that is left in the group"),
        )
    for item in found[1:]:
        context.reporter.report("RK302", t("`otherwise` stands twice"), item.span)
    if not found:
        if OTHERWISE not in context.names.lost:
            context.reporter.report(
                "RK302",
                t("`route` does not end in `otherwise`"),
                Span(route.span.source, route.span.start, route.span.start + len("route")),
                help=t("say what happens to every other contact: `otherwise queue …`"),
            )
        return
    last = found[0]
    if route.items[-1] is not last and len(found) == 1:
        context.reporter.report(
            "RK302",
            t("`otherwise` is the last of `route`: nothing behind it is ever tried"),
            last.span,
            help=t("move it to the end"),
        )
    for action in last.outcome.actions:
        if action.word == "queue" and action.name is not None and action.name.name in queues:
            queue = queues[action.name.name]
            if queue.calendar is not None:
                context.reporter.report(
                    "RK303",
                    t(
                        "queue `{name}` is closed outside `{calendar}`, and `otherwise` needs one that "
                        "is always open",
                        name=queue.name,
                        calendar=queue.calendar,
                    ),
                    action.name.span,
                    help=t("name a queue without `open`"),
                )


# ── adjust ────────────────────────────────────────────────────────────────────


def check_adjustments(context: Context) -> tuple[Adjustment, ...]:
    """Returns the rules of ``adjust`` in their order."""
    adjustments: list[Adjustment] = []
    for adjust in context.names.adjusts:
        adjustments += _changing(context, adjust.items, ())
    return tuple(adjustments)


def _changing(
    context: Context, items: tuple[tree.RouteItem, ...], groups: tuple[Group, ...]
) -> Iterator[Adjustment]:
    for item in items:
        match item:
            case tree.RuleNode():
                yield from _adjustment(context, item, groups)
            case tree.TableNode():
                yield from _adjusting_rows(context, item, groups)
            case tree.GroupNode():
                holds = condition(context, item.condition, given=_held(groups))
                inner = (*groups, Group(item.name.name, item.title, holds)) if holds else groups
                yield from _changing(context, item.items, inner)
            case tree.OtherwiseNode():
                context.reporter.report(
                    "RK306",
                    t(
                        "`otherwise` cannot stand in `adjust`, where every rule that holds changes the "
                        "outcome"
                    ),
                    item.span,
                    help=t("a rule without `when` changes it for every contact"),
                )


def _adjustment(context: Context, node: tree.RuleNode, groups: tuple[Group, ...]) -> Iterator[Adjustment]:
    holds = None if node.condition is None else condition(context, node.condition, given=_held(groups))
    if isinstance(node.body, tree.SplitNode):
        context.reporter.report("RK306", t("a split belongs in `route`"), node.body.span)
        return
    changes = check_changes(context, node.body)
    if holds is not None or node.condition is None:
        whole = _whole(groups, holds)
        yield Adjustment(node.name.name, node.title, whole, changes, node.because, groups, span=node.span)


def _adjusting_rows(
    context: Context, node: tree.TableNode, groups: tuple[Group, ...]
) -> Iterator[Adjustment]:
    columns = cells.columns(context, node.columns)
    for number, row in enumerate(node.rows, start=1):
        changes = check_changes(context, row.outcome)
        tests = cells.row_tests(context, columns, row.cells, node.name.span, _held(groups))
        if tests is not None:
            name, holds = f"{node.name.name}[{number}]", _whole(groups, joined(*tests))
            yield Adjustment(name, node.title, holds, changes, row.because, groups, node.name.name, row.span)

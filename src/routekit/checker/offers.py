"""What may be offered: eligibility, worth, caps, and when nothing is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routekit.checker.constants import duration, whole_number
from routekit.checker.context import Context
from routekit.checker.expressions import condition, lower
from routekit.checker.rules import joined
from routekit.checker.typed import may_be_missing
from routekit.policy import expressions as e
from routekit.policy.expressions import Expr
from routekit.policy.model import Cap, Group, Never, Offer
from routekit.schema.types import Integer, Number, family
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["caps_of", "check_nevers", "check_offers"]


def check_offers(context: Context) -> tuple[tuple[Offer, ...], tuple[Never, ...], int | None]:
    """Returns the offers in the order of the file, the ``never`` conditions, and how many are shown."""
    blocks = context.names.offer_blocks
    caps = caps_of(context, [item for block in blocks for item in block.items], None)
    offers = [
        replace(offer, caps=(*offer.caps, *caps))
        for block in blocks
        for offer in _offers(context, block.items, ())
    ]
    silent = (item for item in context.names.all_offer_items() if isinstance(item, tree.NeverNode))
    nevers = check_nevers(context, silent)
    shows = [item for block in blocks for item in block.items if isinstance(item, tree.Show)]
    for again in shows[1:]:
        context.report_twice("show", again.span, shows[0].span)
    show = whole_number(context, shows[0].count, t("the number of offers")) if shows else None
    return tuple(offers), nevers, show


def check_nevers(context: Context, nodes: Iterable[tree.NeverNode]) -> tuple[Never, ...]:
    """Returns when nothing is offered, or nobody turned to; a condition that can be unknown is reported."""
    nevers: list[Never] = []
    for node in nodes:
        holds = condition(context, node.condition)
        if holds is None:
            continue
        nevers.append(Never(holds, node.span))
        if _can_be_unknown(context, holds, frozenset()):
            _report_unknown(context, node.condition)
    return tuple(nevers)


def _can_be_unknown(context: Context, expr: e.Expr, known: frozenset[e.Expr]) -> bool:
    """Whether a condition can be unknown; ``known`` are values that are there wherever it counts."""
    match expr:
        case e.All(operands):
            asked = {operand.operand for operand in operands if isinstance(operand, e.IsKnown)}
        case e.Any(operands):
            denied = (operand.operand for operand in operands if isinstance(operand, e.Not))
            asked = {operand.operand for operand in denied if isinstance(operand, e.IsKnown)}
        case e.Else(first, second):
            return all(_can_be_unknown(context, part, known) for part in (first, second))
        case _ if expr in known or not may_be_missing(context, expr):
            return False
        case e.Not() | e.Compare() | e.InRange() | e.InSet() | e.Member() | e.SetTest() | e.TextTest():
            asked = set()
        case _:
            return True
    return any(_can_be_unknown(context, part, known | asked) for part in e.children(expr))


def _report_unknown(context: Context, node: tree.Expression) -> None:
    written = node.span.text if isinstance(node, tree.Path) else f"({node.span.text})"
    decided = f"`never when {written} else yes`" if "\n" not in written else "`(…) else yes`"
    context.reporter.report(
        "RK431",
        t("this `never` can be unknown: where a value is missing, it does not hold, and offers are made"),
        node.span,
        help=t(
            "decide it: {decided} offers nothing where that is not known, `else no` says it is meant",
            decided=decided,
        ),
    )


def _offers(
    context: Context, items: tuple[tree.OfferItem, ...], groups: tuple[Group, ...]
) -> Iterator[Offer]:
    """Yields the offers among some items and in their groups, with the caps of these groups."""
    for item in items:
        match item:
            case tree.OfferNode():
                yield _offer(context, item, groups)
            case tree.OfferGroupNode():
                holds = None if item.condition is None else condition(context, item.condition)
                inner = (*groups, Group(item.name.name, item.title, holds)) if holds else groups
                offers = [*_offers(context, item.items, inner)]
                caps = caps_of(context, item.items, frozenset(offer.name for offer in offers), item.name.name)
                yield from (replace(offer, caps=(*offer.caps, *caps)) for offer in offers)


def caps_of(
    context: Context,
    items: Iterable[tree.OfferItem | tree.CareItem | tree.ReachClause],
    over: frozenset[str] | None,
    group: str = "",
) -> tuple[Cap, ...]:
    """Returns the caps among some items; ``over`` and ``group`` are those of a :class:`Cap`."""
    return tuple(
        cap for item in items if isinstance(item, tree.Cap) for cap in _cap(context, item, over, group)
    )


def _offer(context: Context, node: tree.OfferNode, groups: tuple[Group, ...]) -> Offer:
    holds: Expr | None = None
    worth: Expr | None = None
    channels: frozenset[str] | None = None
    caps: list[Cap] = []
    first: dict[str, tree.Clause] = {}
    known_channels = context.names.all_channels
    for clause in node.clauses:
        if isinstance(clause, tree.Cap):
            caps += _cap(context, clause, frozenset())
            continue
        earlier = first.setdefault(clause.word, clause)
        if earlier is not clause:
            context.report_twice(clause.word, clause.span, earlier.span)
        match clause.word:
            case "when":
                assert clause.value is not None
                holds = condition(context, clause.value)
            case "worth":
                assert clause.value is not None
                worth = _worth(context, clause.value)
            case _:
                channels = frozenset(
                    name.name for name in clause.names if context.known("channel", name, known_channels)
                )
    whole = joined(*(group.condition for group in groups), holds)
    return Offer(
        node.name.name, node.title, whole, worth, channels, tuple(caps), holds, groups, span=node.span
    )


def _worth(context: Context, node: tree.Expression) -> Expr | None:
    worth = lower(context, node)
    if worth is None:
        return None
    if not isinstance(worth.type, Integer | Number):
        context.reporter.report(
            "RK201", t("a worth is a number, not {family}", family=family(worth.type)), node.span
        )
        return None
    return worth.expr


def _cap(context: Context, node: tree.Cap, over: frozenset[str] | None, group: str = "") -> list[Cap]:
    most = whole_number(context, node.most, t("a cap"))
    per = duration(context, node.per)
    return [] if most is None or per is None else [Cap(most, per, over, group)]

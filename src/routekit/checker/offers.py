"""What may be offered: eligibility, worth, caps, and when nothing is."""

from routekit.checker.constants import duration, whole_number
from routekit.checker.context import Context
from routekit.checker.expressions import condition, lower
from routekit.diagnostics import Label
from routekit.policy.expressions import Expr
from routekit.policy.model import Cap, Never, Offer
from routekit.schema.types import Integer, Number, family
from routekit.syntax import tree

__all__ = ["check_offers"]


def check_offers(context: Context) -> tuple[tuple[Offer, ...], tuple[Never, ...], int | None]:
    """Returns the offers in the order of the file, the ``never`` conditions, and how many are shown."""
    offers: list[Offer] = []
    nevers: list[Never] = []
    shows: list[tree.Show] = []
    for block in context.names.offer_blocks:
        for item in block.items:
            match item:
                case tree.OfferNode():
                    offers.append(_offer(context, item))
                case tree.NeverNode():
                    holds = condition(context, item.condition)
                    if holds is not None:
                        nevers.append(Never(holds, item.span))
                case tree.Show():
                    shows.append(item)
    for again in shows[1:]:
        context.reporter.report(
            "RK306",
            "`show` stands twice",
            again.span,
            others=[Label(shows[0].span, "first given here")],
        )
    show = whole_number(context, shows[0].count, "the number of offers") if shows else None
    return tuple(offers), tuple(nevers), show


def _offer(context: Context, node: tree.OfferNode) -> Offer:
    holds: Expr | None = None
    worth: Expr | None = None
    channels: frozenset[str] | None = None
    caps: list[Cap] = []
    first: dict[str, tree.Clause] = {}
    known_channels = context.names.all_channels
    for clause in node.clauses:
        if isinstance(clause, tree.Cap):
            caps += _cap(context, clause)
            continue
        earlier = first.setdefault(clause.word, clause)
        if earlier is not clause:
            context.reporter.report(
                "RK306",
                f"`{clause.word}` stands twice",
                clause.span,
                others=[Label(earlier.span, "first given here")],
            )
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
    return Offer(node.name.name, node.title, holds, worth, channels, tuple(caps), node.span)


def _worth(context: Context, node: tree.Expression) -> Expr | None:
    worth = lower(context, node)
    if worth is None:
        return None
    if not isinstance(worth.type, Integer | Number):
        context.reporter.report("RK201", f"a worth is a number, not {family(worth.type)}", node.span)
        return None
    return worth.expr


def _cap(context: Context, node: tree.Cap) -> list[Cap]:
    most = whole_number(context, node.most, "a cap")
    per = duration(context, node.per)
    return [] if most is None or per is None else [Cap(most, per)]

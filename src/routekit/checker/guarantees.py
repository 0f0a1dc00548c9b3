"""Guarantees: what is promised of every contact."""

from routekit.checker.context import Context
from routekit.checker.expressions import condition
from routekit.checker.typed import OutcomeTypes
from routekit.policy.model import LOWEST_PRIORITY, OTHERWISE, TOP_PRIORITY, Guarantee
from routekit.schema.types import Choice, Integer, SetOf
from routekit.syntax import tree

__all__ = ["check_guarantees"]


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

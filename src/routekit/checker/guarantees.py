"""Guarantees: what is promised of every contact."""

from typing import assert_never

from routekit.checker.context import Context
from routekit.checker.expressions import condition
from routekit.checker.outcomes import declared_names
from routekit.checker.typed import OutcomeTypes
from routekit.policy.model import Guarantee
from routekit.policy.outcome_parts import PARTS, Kind, Part
from routekit.schema.types import Choice, Duration, Flag, Integer, SetOf, Text, Type

__all__ = ["check_guarantees"]


def _outcome_types(context: Context) -> OutcomeTypes:
    return {part.name: _type_of(context, part) for part in PARTS if part.promised}


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
        case Kind.STEPS | Kind.PROBLEMS:
            raise AssertionError(f"no guarantee speaks of `{part.name}`")
        case _:
            assert_never(part.kind)


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

"""What a policy makes of each field: its value itself, only how it compares with constants, or nothing."""

from dataclasses import dataclass, field

from routekit.policy import expressions as e
from routekit.policy.constraints import operand_of, region_of
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcomes import all_outcomes
from routekit.policy.references import ARRIVAL, INBOUND, ValueRef, declared, expressions
from routekit.schema.types import Choice, Flag, SetOf, Text, Time, Value

__all__ = ["Use", "uses_now", "uses_of"]


@dataclass(slots=True)
class Use:
    """``exact``: two values may lead to different decisions although they compare alike with ``constants``.

    A field that is used at all is either exact or ``compared``; two values of a compared one that lie alike
    among the constants lead to the same decision.
    """

    exact: bool = False
    compared: bool = False
    constants: set[Value] = field(default_factory=set)


def uses_of(policy: CheckedPolicy) -> dict[ValueRef, Use]:
    """How each field and signal is used by whatever takes part in a decision."""
    fields = declared(policy)
    uses: dict[ValueRef, Use] = {leaf: Use() for leaf in fields}
    for expr in expressions(policy):
        _note(expr, uses)
    if INBOUND in uses:  # the decision's own channel may be that of the contact
        uses[INBOUND].compared = True
        if isinstance(fields[INBOUND].type, Text):
            uses[INBOUND].constants |= set(policy.channels)
    if ARRIVAL in fields and isinstance(fields[ARRIVAL].type, Time) and uses_now(policy):
        uses[ARRIVAL].exact = True
    for leaf, declaration in fields.items():
        use = uses[leaf]
        if isinstance(declaration.type, Choice | Flag | SetOf) and use.compared:
            use.exact = True  # names compare by rank, and there are few of them
    return uses


def uses_now(policy: CheckedPolicy) -> bool:
    """Whether a decision may depend on the time at which it is made."""
    if any(queue.calendar is not None for queue in policy.queues.values()):
        return True
    if any(step.calendar is not None for outcome in all_outcomes(policy) for step in outcome.plan):
        return True
    if any(offer.caps for offer in policy.offers):
        return True
    return any(isinstance(node, e.Now) for expr in expressions(policy) for node in e.parts(expr))


def _note(expr: e.Expr, uses: dict[ValueRef, Use]) -> None:
    """Adds to ``uses`` what an expression makes of the fields that it names itself."""
    pending = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, e.FieldRef | e.SignalRef):
            uses[node].exact = True
            continue
        leaf = _compared(node)
        if leaf is None:
            pending += e.children(node)
            continue
        use = uses[leaf]
        use.compared = True
        region = region_of(node)
        use.constants |= set() if region is None else {*region.constants}


def _compared(node: e.Expr) -> ValueRef | None:
    """The field that a test compares with constants, itself or but where it is missing."""
    operand = node.operand if isinstance(node, e.IsKnown) else operand_of(node)
    if operand is None or not (isinstance(node, e.IsKnown) or region_of(node)):
        return None  # nothing that compares sets is a test of this kind
    match operand:
        case e.FieldRef() | e.SignalRef() as leaf:
            return leaf
        case e.Else(e.FieldRef() | e.SignalRef() as leaf, e.Constant()):
            return leaf
        case _:
            return None

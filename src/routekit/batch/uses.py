"""What a policy makes of each field: its value itself, only how it compares with constants, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Let, Split
from routekit.policy.outcomes import expressions_of, outcomes_of
from routekit.policy.references import Leaf, declared
from routekit.schema.types import Choice, Flag, Scalar, SetOf, Text, Time, Type, Value

__all__ = ["Leaf", "Use", "leaf_of", "leaf_types", "uses_now", "uses_of"]

_CHANNEL = e.FieldRef("contact", "channel")
_ARRIVAL = e.FieldRef("contact", "at")


@dataclass(slots=True)
class Use:
    """``exact``: two values may lead to different decisions although they compare alike with ``constants``.

    A field that is used at all is either exact or ``compared``; two values of a compared one that lie alike
    among the constants lead to the same decision.
    """

    exact: bool = False
    compared: bool = False
    constants: set[Scalar] = field(default_factory=set)


def leaf_types(policy: CheckedPolicy) -> dict[Leaf, Type]:
    """The fields and signals of a policy with their types."""
    return {leaf: field.type for leaf, field in declared(policy).items()}


def uses_of(policy: CheckedPolicy) -> dict[Leaf, Use]:
    """How each field and signal is used by whatever takes part in a decision."""
    uses: dict[Leaf, Use] = {leaf: Use() for leaf in leaf_types(policy)}
    for expr in _expressions(policy):
        note(expr, uses)
    types = leaf_types(policy)
    if _CHANNEL in uses:  # the decision's own channel may be that of the contact
        uses[_CHANNEL].compared = True
        if isinstance(types[_CHANNEL], Text):
            uses[_CHANNEL].constants |= set(policy.channels)
    if isinstance(types.get(_ARRIVAL), Time) and uses_now(policy):
        uses[_ARRIVAL].exact = True
    for leaf, type_ in types.items():
        use = uses[leaf]
        if isinstance(type_, Choice | Flag | SetOf) and use.compared:
            use.exact = True  # names compare by rank, and there are few of them
    return uses


def uses_now(policy: CheckedPolicy) -> bool:
    """Whether a decision may depend on the time at which it is made."""
    if any(queue.calendar is not None for queue in policy.queues.values()):
        return True
    if any(offer.caps for offer in policy.offers):
        return True
    return any(isinstance(node, e.Now) for expr in _expressions(policy) for node in e.parts(expr))


def note(expr: e.Expr, uses: dict[Leaf, Use]) -> None:
    """Adds to ``uses`` what an expression makes of the fields that it names itself."""
    pending = [expr]
    while pending:
        node = pending.pop()
        if isinstance(node, e.FieldRef | e.SignalRef):
            uses.setdefault(node, Use()).exact = True
            continue
        test = _test(node)
        if test is None:
            pending += e.children(node)
            continue
        leaf, constants = test
        use = uses.setdefault(leaf, Use())
        use.compared = True
        use.constants |= constants


def leaf_of(operand: e.Expr) -> Leaf | None:
    """The field that an operand is, or is but where it is missing."""
    match operand:
        case e.FieldRef() | e.SignalRef():
            return operand
        case e.Else(e.FieldRef() | e.SignalRef() as leaf, e.Constant()):
            return leaf
        case _:
            return None


def _test(node: e.Expr) -> tuple[Leaf, set[Scalar]] | None:
    """A test of one field against constants: the field and the constants."""
    values: tuple[Value, ...]
    match node:
        case e.Compare(_, operand, e.Constant(value)) | e.Compare(_, e.Constant(value), operand):
            values = (value,)
        case e.InRange(operand, e.Constant(low), e.Constant(high)):
            values = (low, high)
        case e.InSet(operand, among):
            values = tuple(among)
        case e.IsKnown(operand):
            values = ()
        case _:
            return None
    leaf = leaf_of(operand)
    if leaf is None or any(isinstance(value, frozenset) for value in values):
        return None  # nothing that compares sets is a test of this kind
    return leaf, {value for value in values if not isinstance(value, frozenset)}


def _expressions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    for definition in policy.definitions:
        yield definition.expr if isinstance(definition, Let) else definition.condition
    found: list[e.Expr | None] = []
    for rule in policy.rules:
        found.append(rule.condition)
        if isinstance(rule.body, Split):
            found.append(rule.body.key)
        for outcome in outcomes_of(rule.body):
            found += expressions_of(outcome).values()
    found += [adjustment.condition for adjustment in policy.adjustments]
    found += [never.condition for never in policy.nevers]
    for offer in policy.offers:
        found += [offer.condition, offer.worth]
    yield from (expr for expr in found if expr is not None)

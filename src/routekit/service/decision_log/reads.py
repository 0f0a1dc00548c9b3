"""What the expressions of a policy read: the fields and signals behind a condition, a wish, a worth."""

from collections.abc import Iterator

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Let, Split
from routekit.policy.outcomes import expressions_of, outcomes_of
from routekit.policy.references import Leaf, defined

__all__ = ["Reads", "expressions", "key_of", "path_of"]


class Reads:
    """The fields and signals that an expression of one policy reads, those of its definitions included."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy  # keeps the expressions alive, by whose identity they are known
        self._defined = defined(policy)
        self._known: dict[int, frozenset[Leaf]] = {}

    def __call__(self, expr: e.Expr) -> frozenset[Leaf]:
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = frozenset(self._leaves(expr))
        return known

    def _leaves(self, expr: e.Expr) -> Iterator[Leaf]:
        pending, seen = [expr], set[e.Expr]()
        while pending:
            for part in e.parts(pending.pop()):
                if isinstance(part, e.FieldRef | e.SignalRef):
                    yield part
                elif isinstance(part, e.LetRef | e.SegmentRef) and part not in seen:
                    seen.add(part)
                    pending.append(self._defined[part])


def key_of(leaf: Leaf) -> tuple[str, ...]:
    """Where a value stands in a contact."""
    return (leaf.record, leaf.field) if isinstance(leaf, e.FieldRef) else ("live", leaf.queue, leaf.signal)


def path_of(leaf: Leaf) -> str:
    """``customer.id``, ``live.general.waiting``."""
    return ".".join(key_of(leaf))


def expressions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    """Every expression that a decision may ask for."""
    for item in policy.definitions:
        yield item.expr if isinstance(item, Let) else item.condition
    for rule in policy.rules:
        if rule.condition is not None:
            yield rule.condition
        if isinstance(rule.body, Split):
            yield rule.body.key
        for outcome in outcomes_of(rule.body):
            yield from expressions_of(outcome).values()
    yield from (adjustment.condition for adjustment in policy.adjustments if adjustment.condition is not None)
    for offer in policy.offers:
        yield from (expr for expr in (offer.condition, offer.worth) if expr is not None)
    yield from (never.condition for never in policy.nevers)

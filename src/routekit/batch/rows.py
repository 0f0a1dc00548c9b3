"""The rules of a policy as rows of a bit mask, and which of them the values of single fields settle.

The first rule stands at the highest bit; behind the rules stand the adjustments, the nevers and the offers.
A row is *sure* where the fields' masks tell exactly whether its condition is true; of any other row they tell
only where it cannot be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from routekit.batch.uses import Leaf, Use, leaf_types, note
from routekit.policy import expressions as e
from routekit.policy.algebra import Function
from routekit.policy.closures import Closures
from routekit.policy.model import CheckedPolicy, Offer, Outcome, Rule
from routekit.policy.outcomes import expressions_of
from routekit.policy.references import defined
from routekit.schema.types import Choice, Flag, SetOf, Type

__all__ = ["Rows", "rows_of"]

_MOST_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Rows:
    """``tests`` holds, by field, each test with the rows that ask for it; ``settled`` are the rules that,
    where they come first, settle all but what the extras do; ``open`` the extras that need another look."""

    rules: int
    extras: int
    tests: dict[Leaf, tuple[tuple[Function, int], ...]]
    settled: int
    open: int


def rows_of(policy: CheckedPolicy) -> Rows:
    """The rows of a policy."""
    definitions = defined(policy)
    conditions = [
        *(rule.condition for rule in policy.rules),
        *(adjustment.condition for adjustment in policy.adjustments),
        *(never.condition for never in policy.nevers),
        *(offer.condition for offer in policy.offers),
    ]
    leaves, closures = _Leaves(leaf_types(policy), definitions), Closures(policy)
    asked: dict[Leaf, dict[e.Expr, int]] = {}
    functions: dict[e.Expr, Function] = {}
    unsure = 0
    for row, condition in enumerate(conditions):
        bit = 1 << (len(conditions) - 1 - row)
        for part in _parts(condition, definitions, _MOST_DEPTH):
            leaf = leaves.only(part)
            function = functions.get(part) or (None if leaf is None else closures.of(part, leaf))
            if leaf is None or function is None:
                unsure |= bit
                continue
            functions[part] = function
            asking = asked.setdefault(leaf, {})
            asking[part] = asking.get(part, 0) | bit
    extras = len(conditions) - len(policy.rules)
    settled = sum(
        1 << (len(conditions) - 1 - row) for row, rule in enumerate(policy.rules) if _is_plain(policy, rule)
    )
    undecided = sum(1 << place for place, offer in enumerate(reversed(policy.offers)) if _depends(offer))
    tests = {
        leaf: tuple((functions[part], mask) for part, mask in asking.items())
        for leaf, asking in asked.items()
    }
    every_extra = (1 << extras) - 1
    return Rows(len(policy.rules), extras, tests, settled & ~unsure, (unsure | undecided) & every_extra)


def _parts(condition: e.Expr | None, defined: Mapping[e.Expr, e.Expr], depth: int) -> Iterator[e.Expr]:
    """What must all be true for a condition to be."""
    match condition:
        case None:
            return
        case e.All(operands) if depth:
            for operand in operands:
                yield from _parts(operand, defined, depth - 1)
        case e.SegmentRef() if depth:
            yield from _parts(defined[condition], defined, depth - 1)
        case _:
            yield condition


def _is_plain(policy: CheckedPolicy, rule: Rule) -> bool:
    """Whether nothing but the channel of a rule's outcome depends on the contact."""
    body, queues = rule.body, policy.queues
    return (
        isinstance(body, Outcome)
        and not expressions_of(body)
        and queues[body.queue].calendar is None
        and all(step.queue is None or queues[step.queue].calendar is None for step in body.plan)
    )


def _depends(offer: Offer) -> bool:
    """Whether more than an offer's condition and the channel tells if it is made, or where it stands."""
    return bool(offer.caps) or not isinstance(offer.worth, e.Constant | None)


class _Leaves:
    """Finds the one field that a condition is made of, where its classes tell all there is to know."""

    def __init__(self, types: dict[Leaf, Type], defined: Mapping[e.Expr, e.Expr]) -> None:
        self._types = types
        self._defined = defined
        self._known: dict[e.Expr, dict[Leaf, Use] | None] = {}
        for reference in defined:  # each needs only those before it
            self._known[reference] = self._find(defined[reference])

    def only(self, expr: e.Expr) -> Leaf | None:
        found = self._find(expr)
        if found is None or len(found) != 1:
            return None
        ((leaf, use),) = found.items()
        # of most types a value is known by how it lies among constants; these have each value as it is
        return leaf if not use.exact or isinstance(self._types[leaf], Choice | Flag | SetOf) else None

    def _find(self, expr: e.Expr) -> dict[Leaf, Use] | None:
        """The fields of an expression, None where it is made of more than fields and constants."""
        found: dict[Leaf, Use] = {}
        note(expr, found)
        pending = [expr]
        while pending:
            node = pending.pop()
            if isinstance(node, e.LetRef | e.SegmentRef):
                within = self._known[node]
                if within is None or len(within) > 1:
                    return None
                for leaf, use in within.items():
                    mine = found.setdefault(leaf, Use())
                    mine.exact = mine.exact or use.exact
            elif isinstance(node, e.Now | e.CalendarOpen):
                return None
            pending += e.children(node)
        return found if len(found) <= 1 else None

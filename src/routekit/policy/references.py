"""The expressions of a policy: where they stand, what their references are, and which values they read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field, Let, Segment, Split
from routekit.policy.outcomes import expressions_in, expressions_of, outcomes_of, step_expressions
from routekit.schema.types import Scalar

__all__ = [
    "ARRIVAL",
    "INBOUND",
    "Question",
    "Reads",
    "ValueRef",
    "body_of",
    "care_expressions",
    "conditions",
    "conjuncts",
    "declared",
    "defined",
    "expressions",
    "key_of",
    "lets_by_cases",
    "lists_of",
    "parts_through",
    "path_of",
]

ValueRef: TypeAlias = e.FieldRef | e.SignalRef
"""What a contact brings along: a field of a record, a signal of a queue."""

ARRIVAL = e.FieldRef("contact", "at")
"""The field that ``now`` is read from, where a policy has it."""

INBOUND = e.FieldRef("contact", "channel")
"""The channel by which the contact comes in."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about all contacts: can one that meets a condition come to an outcome?

    ``condition`` is None where any contact is meant; ``outcome`` speaks of what is decided. ``asks_who``: the
    answer is the condition of all who do.
    """

    text: str
    condition: e.Expr | None
    outcome: e.Expr
    asks_who: bool = False


# ── where they stand ───────────────────────────────────────────────────────────


def conditions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    """Lists the conditions of rules, adjustments, offers and ``never`` lines, as far as there are some."""
    return _given(
        *(rule.condition for rule in policy.rules),
        *(adjustment.condition for adjustment in policy.adjustments),
        *(offer.condition for offer in policy.offers),
        *(never.condition for never in policy.nevers),
    )


def expressions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    """Lists every expression that a decision may ask for."""
    yield from (body_of(item) for item in policy.definitions)
    for rule in policy.rules:
        yield from _given(rule.condition)
        if isinstance(rule.body, Split):
            yield rule.body.key
        for outcome in outcomes_of(rule.body):
            yield from expressions_of(outcome).values()
            yield from step_expressions(outcome)
    for adjustment in policy.adjustments:
        yield from _given(adjustment.condition, *expressions_in(adjustment.changes).values())
    for offer in policy.offers:
        yield from _given(offer.condition, offer.worth)
    yield from (never.condition for never in policy.nevers)


def care_expressions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    """Lists every expression by which care is looked at, but those of definitions."""
    care = policy.care
    yield from _given(care.clock, care.consent, *(never.condition for never in care.nevers))
    for reach in care.reaches:
        yield from _given(reach.condition, reach.due.value)


def _given(*exprs: e.Expr | None) -> Iterator[e.Expr]:
    return (expr for expr in exprs if expr is not None)


def lists_of(policy: CheckedPolicy) -> dict[tuple[str, type], frozenset[Scalar]]:
    """Maps the lists that are asked of, each with the kind that its values are read as, to the values."""
    found: dict[tuple[str, type], frozenset[Scalar]] = {}
    for expr in expressions(policy):
        for part in e.parts(expr):
            match part:
                case e.InSet(_, values, named) | e.SetTest(_, _, values, named) if named:
                    found[named, type(next(iter(values), ""))] = values
                case e.Constant(frozenset() as values, named) if named:
                    found[named, type(next(iter(values), ""))] = values
    return found


def conjuncts(
    condition: e.Expr | None, definitions: Mapping[e.Expr, e.Expr] | None = None
) -> Iterator[e.Expr]:
    """Lists what must all be true for a condition to be; ``definitions`` are those of segments to look into.

    >>> one, other = e.SegmentRef("one"), e.SegmentRef("other")
    >>> [part.name for part in conjuncts(e.All((one, other)))]
    ['one', 'other']
    """
    pending: list[e.Expr | None] = [condition]
    seen: set[e.Expr] = set()
    while pending:
        match pending.pop():
            case None:
                pass
            case e.All(operands):
                pending += reversed(operands)
            case e.SegmentRef() as segment if definitions is not None:
                if segment not in seen:  # what stands upon others twice asks for the same twice
                    seen.add(segment)
                    pending.append(definitions[segment])
            case part:
                yield part


# ── what they refer to ─────────────────────────────────────────────────────────


def declared(policy: CheckedPolicy) -> dict[ValueRef, Field]:
    """Maps each field of a record, and behind them each signal of a queue, to its declaration."""
    found: dict[ValueRef, Field] = {
        e.FieldRef(record.name, field.name): field for record in policy.records for field in record.fields
    }
    for queue in policy.queues:
        found |= {e.SignalRef(queue, signal.name): signal for signal in policy.live}
    return found


def defined(policy: CheckedPolicy) -> dict[e.Expr, e.Expr]:
    """Maps each let and segment to its expression; each stands behind those it needs."""
    return {
        e.LetRef(item.name) if isinstance(item, Let) else e.SegmentRef(item.name): body_of(item)
        for item in policy.definitions
    }


def parts_through(exprs: Iterable[e.Expr], bodies: Mapping[e.Expr, e.Expr]) -> Iterator[e.Expr]:
    """Yields all that expressions hold, and what the definitions hold by which they are worked out.

    ``bodies`` are those of :func:`defined`; each is gone through once.
    """
    pending, seen = [*exprs], set[e.Expr]()
    while pending:
        for part in e.parts(pending.pop()):
            yield part
            if isinstance(part, e.LetRef | e.SegmentRef) and part not in seen:
                seen.add(part)
                pending.append(bodies[part])


def body_of(definition: Let | Segment) -> e.Expr:
    """Gives what a let is worked out by, or a segment's condition."""
    return definition.expr if isinstance(definition, Let) else definition.condition


def lets_by_cases(policy: CheckedPolicy) -> Iterator[tuple[Let, e.Cases]]:
    """Lists the lets that have a value by cases."""
    for item in policy.definitions:
        if isinstance(item, Let) and isinstance(item.expr, e.Cases):
            yield item, item.expr


def key_of(ref: ValueRef) -> tuple[str, ...]:
    """Says where a value stands in a contact."""
    return (ref.record, ref.field) if isinstance(ref, e.FieldRef) else ("live", ref.queue, ref.signal)


def path_of(ref: ValueRef) -> str:
    """Writes where a value stands in a contact: ``customer.id``, ``live.general.waiting``."""
    return ".".join(key_of(ref))


_MOST_KNOWN = 100_000
"""Expressions kept by :class:`Reads`: some are made anew for each decision."""


class Reads:
    """The fields and signals that an expression of one policy reads, those of its definitions included."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._defined = defined(policy)
        self._known: dict[int, tuple[e.Expr, frozenset[ValueRef]]] = {}
        """By identity; an expression is kept with what it reads, so that no other one takes its identity."""

    def __call__(self, expr: e.Expr) -> frozenset[ValueRef]:
        known = self._known.get(id(expr))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[id(expr)] = expr, frozenset(self._reads(expr))
        return known[1]

    def _reads(self, expr: e.Expr) -> Iterator[ValueRef]:
        for part in parts_through((expr,), self._defined):
            if isinstance(part, e.FieldRef | e.SignalRef):
                yield part

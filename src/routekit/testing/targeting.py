"""Values that make a chosen condition of a policy true, or false, so that its rule is reached at all."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import product
from math import prod
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Outcome, Rule
from routekit.policy.references import ARRIVAL, ValueRef, body_of, conditions
from routekit.reference import Scope
from routekit.schema.types import Time, Value
from routekit.testing.boundary_values import MONDAY
from routekit.testing.choices import Dice, seeded

__all__ = ["Aims", "Chosen"]

Chosen: TypeAlias = dict[ValueRef, Value]
"""Values for some fields and signals."""

MOST_TRIES, MOST_KEPT = 5_000, 24


class Aims:
    """The conditions of a policy, and what a contact must hold for each; worked out when first aimed at."""

    def __init__(self, policy: CheckedPolicy, values: Callable[[ValueRef], list[Value]]) -> None:
        self._policy = policy
        self._values = values
        self._definitions = {item.name: item for item in policy.definitions}
        self._blank = _blank(policy)
        self._has_arrival = any(
            e.FieldRef(record.name, field.name) == ARRIVAL and isinstance(field.type, Time)
            for record in policy.records
            for field in record.fields
        )
        self._found: dict[tuple[e.Expr, bool], list[Chosen]] = {}
        aimed_at = [
            *(_whole(policy, rule) for rule in policy.rules),
            *conditions(replace(policy, rules=())),
            *(guarantee.condition for guarantee in policy.guarantees),
        ]
        self._targets = [condition for condition in aimed_at if condition is not None]

    def aim(self, dice: Dice) -> Chosen:
        """What makes one of the conditions true, or now and then false, as far as it can be told."""
        chosen: Chosen = {}
        if self._targets:
            self._satisfy(dice.pick(self._targets), not dice.chance(15), dice, chosen)
        return chosen

    def _satisfy(self, expr: e.Expr, want: bool, dice: Dice, chosen: Chosen) -> None:
        match expr:
            case e.All(operands) | e.Any(operands):
                needs_all = isinstance(expr, e.All) is want
                for operand in operands if needs_all else [dice.pick(operands)]:
                    self._satisfy(operand, want, dice, chosen)
            case e.Not(operand):
                self._satisfy(operand, not want, dice, chosen)
            case e.SegmentRef(name) | e.LetRef(name):
                self._satisfy(body_of(self._definitions[name]), want, dice, chosen)
            case _:
                fitting = [
                    found
                    for found in self._combinations(expr, want)
                    if all(chosen.get(ref, value) == value for ref, value in found.items())
                ]
                if fitting:
                    chosen.update(dice.pick(fitting))

    def _combinations(self, test: e.Expr, want: bool) -> list[Chosen]:
        """Values for what a test reads, by which it comes out as wanted."""
        key = (test, want)
        if key not in self._found:
            self._found[key] = list(self._search(test, want))
        return self._found[key]

    def _search(self, test: e.Expr, want: bool) -> Iterator[Chosen]:
        refs = list(dict.fromkeys(self._read_by(test)))
        needed = {node.name for node in self._all_nodes(test) if isinstance(node, e.LetRef | e.SegmentRef)}
        small = replace(
            self._policy,
            definitions=tuple(item for item in self._policy.definitions if item.name in needed),
        )
        kept = 0
        for chosen in self._tries(refs):
            if Scope(small, self._facts(chosen)).value(test) is want:
                yield chosen
                kept += 1
                if kept == MOST_KEPT:
                    return

    def _tries(self, refs: list[ValueRef]) -> Iterator[Chosen]:
        if not refs:
            return
        dice = seeded(0)
        values = [self._values(ref) for ref in refs]
        if prod(map(len, values)) <= MOST_TRIES:
            every = list(product(*values))
            for combination in dice.some(every, len(every), len(every)):
                yield dict(zip(refs, combination, strict=True))
            return
        for _ in range(MOST_TRIES):
            yield {ref: dice.pick(of_ref) for ref, of_ref in zip(refs, values, strict=True)}

    def _all_nodes(self, expr: e.Expr) -> Iterator[e.Expr]:
        for node in e.parts(expr):
            yield node
            if isinstance(node, e.LetRef | e.SegmentRef):
                yield from self._all_nodes(body_of(self._definitions[node.name]))

    def _read_by(self, expr: e.Expr) -> Iterator[ValueRef]:
        for node in self._all_nodes(expr):
            if isinstance(node, e.FieldRef | e.SignalRef):
                yield node
            elif isinstance(node, e.Now) and self._has_arrival:
                yield ARRIVAL

    def _facts(self, chosen: Chosen) -> Facts:
        fields, signals = dict(self._blank.fields), dict(self._blank.signals)
        for ref, value in chosen.items():
            if isinstance(ref, e.FieldRef):
                fields[ref.record, ref.field] = value
            else:
                signals[ref.queue, ref.signal] = value
        arrival = chosen.get(ARRIVAL) if self._has_arrival else None
        return Facts(fields, signals, (), arrival if isinstance(arrival, datetime) else MONDAY, ())


def _blank(policy: CheckedPolicy) -> Facts:
    """A contact of which nothing is known."""
    fields = {
        (record.name, field.name): field.default for record in policy.records for field in record.fields
    }
    signals = {(queue, field.name): field.default for queue in policy.queues for field in policy.live}
    return Facts(fields, signals, (), MONDAY, ())


def _whole(policy: CheckedPolicy, rule: Rule) -> e.Expr | None:
    """All that a rule needs to decide: that its queue is open, and its condition."""
    calendar = policy.queues[rule.body.queue].calendar if isinstance(rule.body, Outcome) else None
    opened = None if calendar is None else e.CalendarOpen(calendar, e.Now())
    parts = tuple(part for part in (opened, rule.condition) if part is not None)
    return e.All(parts) if parts else None

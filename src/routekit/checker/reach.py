"""Rules that no contact can reach, as far as one earlier rule, or the rule itself, shows it.

A condition joined by ``and`` is a box: for each value that it tests against constants, what it leaves of
it, and beside that the tests that are no such thing. A rule is taken by an earlier one whose box holds
its own. (That several earlier rules take it together is for the solver to find.)
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from routekit.policy.expressions import Compare, Constant, Expr, InRange, InSet
from routekit.policy.model import OTHERWISE, Queue, Rule
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import conjuncts
from routekit.schema.types import Choice, Scalar

__all__ = ["Unreachable", "unreachable"]

MOST_COMPARISONS = 200_000

Edge: TypeAlias = tuple[Any, int] | None
"""A bound and whether it is inside (0), or the values begin above (1) or end below (-1) it."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A rule that nothing reaches; ``taker`` is the earlier rule that takes its contacts, if it is that."""

    rule: Rule
    taker: Rule | None


@dataclass(frozen=True, slots=True)
class _Domain:
    """What tests leave of one value: some values, or all between two edges."""

    values: frozenset[Scalar] | None = None
    low: Edge = None
    high: Edge = None
    order: Choice | None = None

    def narrowed(self, other: "_Domain") -> "_Domain":
        values = self.values if other.values is None else other.values
        if self.values is not None and other.values is not None:
            values = self.values & other.values
        low = max((edge for edge in (self.low, other.low) if edge is not None), default=None)
        high = min((edge for edge in (self.high, other.high) if edge is not None), default=None)
        domain = _Domain(values, low, high, self.order or other.order)
        if values is None or (low is None and high is None):
            return domain
        return _Domain(frozenset(value for value in values if domain._spans(value)), order=domain.order)

    def _spans(self, value: Scalar) -> bool:
        place = (self.order.rank[str(value)] if self.order else value, 0)
        return (self.low is None or self.low <= place) and (self.high is None or place <= self.high)

    @property
    def is_empty(self) -> bool:
        if self.values is not None:
            return not self.values
        return self.low is not None and self.high is not None and self.low > self.high

    def holds(self, other: "_Domain") -> bool:
        """Whether every value that the other leaves is left by this one."""
        if other.values is not None:
            if self.values is not None:
                return other.values <= self.values
            wide = _Domain(None, self.low, self.high, self.order or other.order)
            return all(wide._spans(value) for value in other.values)
        if self.values is not None:
            return False
        return (self.low is None or (other.low is not None and other.low >= self.low)) and (
            self.high is None or (other.high is not None and other.high <= self.high)
        )


@dataclass(frozen=True, slots=True)
class _Box:
    domains: Mapping[int, _Domain]
    others: frozenset[int]

    @property
    def is_empty(self) -> bool:
        return any(domain.is_empty for domain in self.domains.values())

    def holds(self, other: "_Box") -> bool:
        return self.others <= other.others and all(
            operand in other.domains and domain.holds(other.domains[operand])
            for operand, domain in self.domains.items()
        )

    def own_keys(self) -> list[Hashable]:
        """The most telling things that any box within this one shares with it; one of each list is enough."""
        if self.others:
            return [next(iter(self.others))]
        for operand, domain in self.domains.items():
            if domain.values is not None:
                return [(operand, value) for value in domain.values]
        return [next(iter(self.domains))]

    def search_keys(self) -> Iterable[Hashable]:
        """All keys under which a box that holds this one can be found."""
        yield from self.others
        for operand, domain in self.domains.items():
            yield operand
            if domain.values:
                yield (operand, next(iter(domain.values)))


def unreachable(rules: tuple[Rule, ...], queues: Mapping[str, Queue]) -> Iterable[Unreachable]:
    """The rules that no contact reaches, in their order."""
    boxes: dict[Hashable, list[tuple[_Box, Rule]]] = {}
    taker: Rule | None = None
    comparisons = 0
    number_of = _Numbers()
    for rule in rules:
        if rule.name == OTHERWISE:
            continue
        box = _box(rule.condition, number_of)
        if box.is_empty:
            yield Unreachable(rule, None)
            continue
        found = taker
        if found is None and comparisons < MOST_COMPARISONS:
            for key in box.search_keys():
                candidates = boxes.get(key, ())
                comparisons += len(candidates)
                found = next((earlier for other, earlier in candidates if other.holds(box)), None)
                if found is not None:
                    break
        if found is not None:
            yield Unreachable(rule, found)
            continue
        if any(queues[outcome.queue].calendar is not None for outcome in outcomes_of(rule.body)):
            continue  # it passes contacts on while its queue is closed
        if not box.domains and not box.others:
            taker = rule
            continue
        for key in box.own_keys():
            boxes.setdefault(key, []).append((box, rule))


class _Numbers:
    """A number for each expression, the same for equal ones; one that stands in many rules is hashed once."""

    def __init__(self) -> None:
        self._by_value: dict[Expr, int] = {}
        self._by_identity: dict[int, tuple[Expr, int]] = {}

    def __call__(self, expr: Expr) -> int:
        known = self._by_identity.get(id(expr))
        if known is None:
            known = expr, self._by_value.setdefault(expr, len(self._by_value))
            self._by_identity[id(expr)] = known
        return known[1]


def _box(condition: Expr | None, number_of: _Numbers) -> _Box:
    domains: dict[int, _Domain] = {}
    others: set[int] = set()
    for part in conjuncts(condition):
        found = _domain(part)
        if found is None:
            others.add(number_of(part))
        else:
            operand, domain = number_of(found[0]), found[1]
            domains[operand] = domains[operand].narrowed(domain) if operand in domains else domain
    return _Box(domains, frozenset(others))


def _domain(part: Expr) -> tuple[Expr, _Domain] | None:
    match part:
        case InSet(operand, values):
            return operand, _Domain(values)
        case Compare("is", operand, Constant(value)) if not isinstance(value, frozenset):
            return operand, _Domain(frozenset({value}))
        case Compare(operator, operand, Constant(value), order):
            place = order.rank[str(value)] if order else value
            return operand, {
                "<": _Domain(high=(place, -1), order=order),
                "<=": _Domain(high=(place, 0), order=order),
                ">": _Domain(low=(place, 1), order=order),
                ">=": _Domain(low=(place, 0), order=order),
            }[operator]
        case InRange(operand, Constant(low), Constant(high), order):
            bottom, top = (order.rank[str(low)], order.rank[str(high)]) if order else (low, high)
            return operand, _Domain(low=(bottom, 0), high=(top, 0), order=order)
        case _:
            return None

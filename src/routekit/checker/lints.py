"""What is legal but surely not meant, as far as it can be seen without a solver."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from routekit.checker.context import Context
from routekit.diagnostics import Label
from routekit.policy.expressions import Compare, Constant, Expr, FieldRef, InRange, InSet
from routekit.policy.model import HISTORY, OTHERWISE, Feature, Queue, Rule
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import conjuncts
from routekit.schema.types import Choice, Scalar

__all__ = ["lint"]


def lint(
    context: Context, rules: tuple[Rule, ...], queues: Mapping[str, Queue], history: tuple[Feature, ...]
) -> None:
    """Reports unused segments, queues that nothing feeds and rules that nothing reaches."""
    for name, node in context.names.segments.items():
        if name not in context.used_segments:
            context.reporter.report(
                "RK402",
                f"nobody uses the segment `{name}`",
                node.name.span,
                help="use it, or remove it",
            )
    # the last queue of a customer is one to which something else has led before
    given = [(rule, outcome) for rule in rules for outcome in outcomes_of(rule.body)]
    fed: set[str | None] = {outcome.queue for rule, outcome in given if not _leads_back(rule, history)}
    fed.update(step.queue for _, outcome in given for step in outcome.plan)
    for name, queue in context.names.queues.items():
        if name not in fed:
            context.reporter.report(
                "RK403",
                f"no rule feeds the queue `{name}`",
                queue.name.span,
                help="send contacts to it, or remove it",
            )
    _lint_reach(context, rules, queues)


def _lint_reach(context: Context, rules: tuple[Rule, ...], queues: Mapping[str, Queue]) -> None:
    """Reports the rules that nothing reaches; of one whose queue a field chooses, no queue is reached."""
    left = Counter(rule.name for rule in rules)
    takers: dict[str, dict[str, Rule]] = {}
    for found in _unreachable(rules, queues):
        rule, taken_by = found.rule, takers.setdefault(found.rule.name, {})
        if found.taker is not None:
            taken_by[found.taker.name] = found.taker
        left[rule.name] -= 1
        if left[rule.name] or rule.span is None:
            continue
        if not taken_by:
            message = f"no contact reaches `{rule.name}`: its tests exclude each other"
            context.reporter.report("RK401", message, rule.span)
            continue
        names = ", ".join(f"`{name}`" for name in taken_by)
        verb = "takes" if len(taken_by) == 1 else "take"
        context.reporter.report(
            "RK401",
            f"no contact reaches `{rule.name}`: {names} {verb} all of its contacts",
            rule.span,
            others=[Label(taker.span, "decided here already") for taker in taken_by.values() if taker.span],
            help="move it up, or make the earlier one narrower",
        )


def _leads_back(rule: Rule, history: tuple[Feature, ...]) -> bool:
    """Whether a rule leads to the queue in which the customer was last."""
    last = {feature.name for feature in history if feature.what == "queue"}
    return (
        isinstance(rule.chosen_by, FieldRef)
        and rule.chosen_by.record == HISTORY
        and rule.chosen_by.field in last
    )


# ── what no contact reaches ─────────────────────────────────────────────────────


MOST_COMPARISONS = 200_000

Edge: TypeAlias = tuple[Any, int] | None
"""A bound and whether it is inside (0), or the values begin above (1) or end below (-1) it."""


@dataclass(frozen=True, slots=True)
class _Unreachable:
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


def _unreachable(rules: tuple[Rule, ...], queues: Mapping[str, Queue]) -> Iterable[_Unreachable]:
    """The rules that no contact reaches, in their order."""
    boxes: dict[Hashable, list[tuple[_Box, Rule]]] = {}
    taker: Rule | None = None
    comparisons = 0
    number_of = _Interner()
    for rule in rules:
        if rule.name == OTHERWISE:
            continue
        box = _box(rule.condition, number_of)
        if box.is_empty:
            yield _Unreachable(rule, None)
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
            yield _Unreachable(rule, found)
            continue
        if any(queues[outcome.queue].calendar is not None for outcome in outcomes_of(rule.body)):
            continue  # it passes contacts on while its queue is closed
        if not box.domains and not box.others:
            taker = rule
            continue
        for key in box.own_keys():
            boxes.setdefault(key, []).append((box, rule))


class _Interner:
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


def _box(condition: Expr | None, number_of: _Interner) -> _Box:
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

"""What is legal but surely not meant, as far as it can be seen without a solver."""

from collections import Counter
from collections.abc import Iterable

from routekit.checker.context import Context
from routekit.diagnostics import Label
from routekit.policy.expressions import All, Compare, Constant, Expr, InRange, InSet
from routekit.policy.model import OTHERWISE, Outcome, Queue, Rule
from routekit.schema.types import Choice

__all__ = ["lint"]

MOST_COMPARISONS = 2_000_000
"""Looking for rules that take each other's contacts is given up past so many."""


def lint(context: Context, rules: tuple[Rule, ...], queues: dict[str, Queue]) -> None:
    """Reports unused segments, queues that nothing feeds and rules that nothing reaches."""
    for name, node in context.names.segments.items():
        if name not in context.used_segments:
            context.reporter.report(
                "RK402", f"nobody uses the segment `{name}`", node.name.span, help="use it, or remove it"
            )
    fed = {queue for rule in rules for outcome in _outcomes(rule) for queue in _queues(outcome)}
    for name, queue in context.names.queues.items():
        if name not in fed:
            context.reporter.report(
                "RK403", f"no rule feeds the queue `{name}`", queue.name.span, help="send contacts to it, or remove it"
            )
    _report_unreachable(context, rules, queues)


def _outcomes(rule: Rule) -> tuple[Outcome, ...]:
    if isinstance(rule.body, Outcome):
        return (rule.body,)
    return tuple(arm.outcome for arm in rule.body.arms)


def _queues(outcome: Outcome) -> Iterable[str]:
    yield outcome.queue
    yield from (step.queue for step in outcome.plan if step.queue is not None)


# ── rules that no contact can reach ───────────────────────────────────────────


def _report_unreachable(context: Context, rules: tuple[Rule, ...], queues: dict[str, Queue]) -> None:
    parts = [frozenset(_conjuncts(rule.condition)) for rule in rules]
    common = Counter(part for conjuncts in parts for part in conjuncts)
    by_rarest: dict[Expr, list[int]] = {}
    taker: Rule | None = None
    comparisons = 0
    for number, (rule, conjuncts) in enumerate(zip(rules, parts, strict=True)):
        if rule.name == OTHERWISE or rule.span is None:
            continue
        earlier = taker
        if earlier is None and comparisons < MOST_COMPARISONS:
            for part in conjuncts:
                candidates = by_rarest.get(part, [])
                comparisons += len(candidates)
                found = next((other for other in candidates if parts[other] <= conjuncts), None)
                if found is not None:
                    earlier = rules[found]
                    break
        if earlier is not None:
            context.reporter.report(
                "RK401",
                f"no contact reaches `{rule.name}`: `{earlier.name}` takes all of its contacts",
                rule.span,
                others=[Label(earlier.span, "decided here already")] if earlier.span else (),
                help="move it up, or make the earlier one narrower",
            )
            continue
        if not _can_hold(conjuncts):
            context.reporter.report(
                "RK401", f"no contact reaches `{rule.name}`: its tests exclude each other", rule.span
            )
            continue
        if not all(queues[outcome.queue].calendar is None for outcome in _outcomes(rule)):
            continue
        if not conjuncts:
            taker = rule
        else:
            by_rarest.setdefault(min(conjuncts, key=lambda part: common[part]), []).append(number)


def _conjuncts(condition: Expr | None) -> Iterable[Expr]:
    if isinstance(condition, All):
        for operand in condition.operands:
            yield from _conjuncts(operand)
    elif condition is not None:
        yield condition


def _can_hold(conjuncts: frozenset[Expr]) -> bool:
    """Whether tests of one value against constants leave it any value at all."""
    allowed: dict[Expr, frozenset[object]] = {}
    low: dict[Expr, float] = {}
    high: dict[Expr, float] = {}
    for part in conjuncts:
        match part:
            case InSet(operand, values):
                allowed[operand] = allowed.get(operand, frozenset(values)) & values
            case Compare("is", operand, Constant(value)):
                allowed[operand] = allowed.get(operand, frozenset({value})) & {value}
            case Compare(operator, operand, Constant(value), order):
                _narrow(low, high, operand, operator, _place(value, order))
            case InRange(operand, Constant(bottom), Constant(top), order):
                _narrow(low, high, operand, ">=", _place(bottom, order))
                _narrow(low, high, operand, "<=", _place(top, order))
    if any(not values for values in allowed.values()):
        return False
    return all(low[operand] <= high[operand] for operand in low.keys() & high.keys()) and all(
        _some_within(values, operand, conjuncts, low, high) for operand, values in allowed.items()
    )


def _place(value: object, order: Choice | None) -> float | None:
    if order is not None:
        return order.rank.get(str(value))
    return value if isinstance(value, int | float) else None


def _narrow(
    low: dict[Expr, float], high: dict[Expr, float], operand: Expr, operator: str, place: float | None
) -> None:
    if place is None:
        return
    if operator in (">", ">="):
        low[operand] = max(low.get(operand, place), place)
    else:
        high[operand] = min(high.get(operand, place), place)


def _some_within(
    values: frozenset[object],
    operand: Expr,
    conjuncts: frozenset[Expr],
    low: dict[Expr, float],
    high: dict[Expr, float],
) -> bool:
    order = next(
        (part.order for part in conjuncts if isinstance(part, Compare | InRange) and part.order
         and operand in (getattr(part, "left", None), getattr(part, "operand", None))),
        None,
    )
    places = [_place(value, order) for value in values]
    return any(
        place is None or low.get(operand, place) <= place <= high.get(operand, place)
        for place in places
    )

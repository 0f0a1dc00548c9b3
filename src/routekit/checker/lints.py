"""What is legal but surely not meant, as far as it can be seen without a solver."""

from collections import Counter
from collections.abc import Mapping

from routekit.checker.context import Context
from routekit.checker.reach import unreachable
from routekit.diagnostics import Label
from routekit.policy.expressions import FieldRef
from routekit.policy.model import HISTORY, Feature, Queue, Rule
from routekit.policy.outcomes import outcomes_of

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
    for found in unreachable(rules, queues):
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

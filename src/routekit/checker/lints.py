"""What is legal but surely not meant, as far as it can be seen without a solver."""

from collections.abc import Mapping

from routekit.checker.context import Context
from routekit.checker.reach import outcomes, unreachable
from routekit.diagnostics import Label
from routekit.policy.model import Queue, Rule

__all__ = ["lint"]


def lint(context: Context, rules: tuple[Rule, ...], queues: Mapping[str, Queue]) -> None:
    """Reports unused segments, queues that nothing feeds and rules that nothing reaches."""
    for name, node in context.names.segments.items():
        if name not in context.used_segments:
            context.reporter.report(
                "RK402",
                f"nobody uses the segment `{name}`",
                node.name.span,
                help="use it, or remove it",
            )
    fed = {outcome.queue for rule in rules for outcome in outcomes(rule)}
    fed.update(
        step.queue
        for rule in rules
        for outcome in outcomes(rule)
        for step in outcome.plan
        if step.queue is not None
    )
    for name, queue in context.names.queues.items():
        if name not in fed:
            context.reporter.report(
                "RK403",
                f"no rule feeds the queue `{name}`",
                queue.name.span,
                help="send contacts to it, or remove it",
            )
    for found in unreachable(rules, queues):
        if found.rule.span is None:
            continue
        if found.taker is None:
            context.reporter.report(
                "RK401",
                f"no contact reaches `{found.rule.name}`: its tests exclude each other",
                found.rule.span,
            )
            continue
        context.reporter.report(
            "RK401",
            f"no contact reaches `{found.rule.name}`: `{found.taker.name}` takes all of its contacts",
            found.rule.span,
            others=[Label(found.taker.span, "decided here already")] if found.taker.span else (),
            help="move it up, or make the earlier one narrower",
        )

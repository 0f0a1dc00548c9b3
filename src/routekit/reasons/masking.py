"""A decision without what a private field put into it."""

from dataclasses import replace

from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcomes import expressions_of, outcomes_of
from routekit.reasons.words import HIDDEN, Words

__all__ = ["masked"]


def masked(decision: Decision, policy: CheckedPolicy, words: Words) -> Decision:
    """The decision without what private fields give, such as the agent, where their values are not said."""
    body = policy.rule_of(decision.rule, decision.queue).body
    outcome = outcomes_of(body)[(decision.arm or 1) - 1]
    hidden = {
        name: HIDDEN
        for name, expr in expressions_of(outcome).items()
        if getattr(decision, name) is not None and words.hides(expr)
    }
    return replace(decision, **hidden) if hidden else decision  # type: ignore[arg-type]  # they are texts

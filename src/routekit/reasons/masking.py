"""A decision without what a private field put into it."""

from dataclasses import replace

from routekit.policy.decision import Decision
from routekit.policy.expressions import Expr
from routekit.policy.model import CheckedPolicy, Outcome
from routekit.reasons.words import HIDDEN, Words

__all__ = ["masked"]


def masked(decision: Decision, policy: CheckedPolicy, words: Words) -> Decision:
    """The decision, without the agent that a private field names, where such values are not said."""
    if decision.agent is None:
        return decision
    agent = _agent(decision, policy)
    return replace(decision, agent=HIDDEN) if agent is not None and words.hides(agent) else decision


def _agent(decision: Decision, policy: CheckedPolicy) -> Expr | None:
    body = policy.rule_of(decision.rule, decision.queue).body
    if isinstance(body, Outcome):
        return body.agent
    return body.arms[(decision.arm or 1) - 1].outcome.agent

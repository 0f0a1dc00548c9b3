"""What of a decision is worked out from the clock, so that it is another one at any other time."""

from collections.abc import Iterator

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, SetData
from routekit.policy.outcomes import expressions_in, expressions_of, outcome_of, worked_out_later
from routekit.policy.references import defined, parts_through

__all__ = ["ClockValues"]


class ClockValues:
    """Knows one policy; an instance is called with its decisions."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._defined = defined(policy)
        self._outcome_of = outcome_of(policy)

    def __call__(self, decision: Decision) -> bool:
        """Whether it holds an instant, or a value that it gives or orders its offers by asks for the time."""
        has_instant = any(step.callback_by is not None for step in decision.plan)
        parts = parts_through(self._worked_out(decision), self._defined)
        return has_instant or any(isinstance(part, e.Now) for part in parts)

    def _worked_out(self, decision: Decision) -> Iterator[e.Expr]:
        outcome = self._outcome_of(decision)
        yield from expressions_of(outcome).values()
        yield from worked_out_later(outcome)
        yield from (act.expr for step in outcome.plan for act in step.actions if isinstance(act, SetData))
        for adjustment in self._policy.adjustments:
            yield from expressions_in(adjustment.changes).values()
        if len(decision.offers) > 1:
            made = (offer.worth for offer in self._policy.offers if offer.name in decision.offers)
            yield from (worth for worth in made if worth is not None)

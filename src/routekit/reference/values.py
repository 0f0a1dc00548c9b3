"""The value of an expression for one contact; None is a missing value, and of a condition: unknown."""

from routekit.policy import expressions as e
from routekit.policy.algebra import TRUTHS, fold
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.operators.registry import meaning_of
from routekit.schema.types import Value

__all__ = ["Scope"]


class Scope:
    """One contact under one policy: its facts, and all that is worked out of them.

    ``outcome`` is the decision that a guarantee speaks of; who ``is_called_back`` meets a person.
    """

    def __init__(
        self,
        policy: CheckedPolicy,
        facts: Facts,
        outcome: Decision | None = None,
        *,
        is_called_back: bool = False,
    ) -> None:
        self.policy = policy
        self.facts = facts
        self.outcome = outcome
        self.is_called_back = is_called_back
        self.lets: dict[str, Value | None] = {}
        self.segments: dict[str, bool] = {}
        for definition in policy.definitions:
            if isinstance(definition, Let):
                self.lets[definition.name] = self.value(definition.expr)
            else:
                self.segments[definition.name] = self.is_true(definition.condition)

    def is_true(self, condition: e.Expr | None) -> bool:
        """Whether a condition holds; one that is left out always does, one that is unknown does not."""
        return condition is None or self.value(condition) is True

    def value(self, expr: e.Expr) -> Value | None:
        match expr:
            case e.Constant(value):
                return value
            case e.FieldRef(record, field):
                return self.facts.fields[record, field]
            case e.SignalRef(queue, signal):
                return self.facts.signals[queue, signal]
            case e.LetRef(name):
                return self.lets[name]
            case e.SegmentRef(name):
                return self.segments[name]
            case e.Now():
                return self.facts.now
            case e.OutcomeRef(part):
                return self._outcome(part)
            case e.DataRef(name):
                assert self.outcome is not None
                return self.outcome.data[name]
            case e.IsAssisted(assisted):
                assert self.outcome is not None
                meets_person = self.is_called_back or self.policy.channels[self.outcome.channel].assisted
                return meets_person is assisted
            case e.Not() | e.All() | e.Any() | e.IsKnown() | e.Else() | e.Cases():
                return fold(expr, self.value, TRUTHS)
            case _:
                return self._strict(expr)

    def _strict(self, expr: e.Strict) -> Value | None:
        """The expressions that are missing as soon as one of their operands is."""
        operands = [self.value(operand) for operand in e.children(expr)]
        return None if None in operands else meaning_of(expr, self.policy)(*operands)

    def _outcome(self, part: str) -> Value | None:
        assert self.outcome is not None
        value: Value | tuple[str, ...] | None = getattr(self.outcome, part)
        return frozenset(value) if isinstance(value, tuple) else value

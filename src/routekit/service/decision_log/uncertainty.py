"""What of a decision might have been otherwise, had values been there that a log leaves out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.algebra import TRUTH_SETS, fold
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import Change, CheckedPolicy, Outcome, SetData, Split
from routekit.policy.outcome_parts import LOGGED_PARTS, PART, Kind, leading
from routekit.policy.outcomes import expressions_in, expressions_of, outcomes_of, worked_out_later
from routekit.policy.references import ARRIVAL, INBOUND, Reads, ValueRef, defined, path_of
from routekit.reference import Scope
from routekit.reference.decide import chosen_arm, is_queue_open
from routekit.schema.types import Value

__all__ = ["ARRIVAL", "INBOUND", "TOLD", "Uncertainty", "uncertainty_of"]

TOLD = leading((part for part in LOGGED_PARTS if part.kind is not Kind.DATA), "rule", "queue")
"""The parts of every decision, the most telling first."""

_Truths: TypeAlias = frozenset[Value | None]
_ANY: _Truths = frozenset((True, False, None))
_ONE: dict[bool | None, _Truths] = {truth: frozenset((truth,)) for truth in (True, False, None)}


@dataclass(slots=True)
class Uncertainty:
    """The keys of a decision that are in doubt, and the paths of the values that they depend on."""

    keys: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)

    def add(self, keys: Iterable[str], because: Iterable[ValueRef]) -> None:
        self.keys.update(keys)
        self.paths.update(map(path_of, because))


def uncertainty_of(
    policy: CheckedPolicy,
    reads: Reads,
    facts: Facts,
    decision: Decision,
    hidden: frozenset[ValueRef],
    unsaid: frozenset[ValueRef],
) -> Uncertainty:
    """Tells what may be otherwise under any values of the hidden fields, for which others stand in the facts.

    A key that is not in doubt is the same whatever was hidden. The ``decision`` is that by these facts;
    ``unsaid`` are those hidden fields of which it is known that the policy itself does not write them.
    """
    return _Inquiry(policy, reads, facts, decision, hidden, unsaid).run()


class _Inquiry:
    """A condition comes to a set of answers: those that it may have under some values of what is hidden."""

    def __init__(
        self,
        policy: CheckedPolicy,
        reads: Reads,
        facts: Facts,
        decision: Decision,
        hidden: frozenset[ValueRef],
        unsaid: frozenset[ValueRef],
    ) -> None:
        self._policy = policy
        self._reads = reads
        self._scope = Scope(policy, facts)
        self._decision = decision
        self._hidden = hidden
        self._unsaid = unsaid
        self._defined = defined(policy)
        self._known: dict[int, _Truths] = {}
        self._found = Uncertainty()
        self._all = (
            *(part.name for part in TOLD),
            *(f"{SetData.part}.{field.name}" for field in policy.data),
        )

    def run(self) -> Uncertainty:
        if ARRIVAL in self._hidden:  # all that asks for the time, the hours of queues too
            self._found.add(self._all, (ARRIVAL,))
            return self._found
        outcome = self._route()
        if outcome is None:
            return self._found
        if outcome.channel is None and INBOUND in self._hidden:
            self._found.add(("channel", "offers"), (INBOUND,))
        for name, expr in expressions_of(outcome).items():
            if not isinstance(expr, e.FieldRef):  # which stands in for itself
                self._doubt((name,), expr)
        self._plan(outcome)
        for adjustment in self._policy.adjustments:
            if not self._is_touched(adjustment.condition, *expressions_in(adjustment.changes).values()):
                continue
            applies = self._applies(adjustment.condition)
            later = {"plan"} if any(_reaches(outcome, change) for change in adjustment.changes) else set()
            if len(applies) > 1:
                self._doubt(later.union(map(_key_of, adjustment.changes)), adjustment.condition)
            if True in applies:
                for name, expr in expressions_in(adjustment.changes).items():
                    if not isinstance(expr, e.FieldRef):
                        self._doubt({name} | later, expr)
        self._offers()
        return self._found

    def _plan(self, outcome: Outcome) -> None:
        for step in outcome.plan:
            if len(self._applies(step.condition)) > 1:
                self._doubt(("plan",), step.condition)
        settings = (act.expr for step in outcome.plan for act in step.actions if isinstance(act, SetData))
        for expr in (*worked_out_later(outcome), *settings):
            if not isinstance(expr, e.FieldRef):
                self._doubt(("plan",), expr)

    def _route(self) -> Outcome | None:
        """What the rule gives that decides, or None where another one may decide.

        Of a rule that reads nothing hidden it is known whether it decides: by the decision there is.
        """
        for rule in self._policy.rules:
            key = rule.body.key if isinstance(rule.body, Split) else None
            if rule.name != self._decision.rule and not self._is_touched(rule.condition, key):
                continue
            applies = self._applies(rule.condition)
            is_open = any(is_queue_open(self._scope, outcome.queue) for outcome in outcomes_of(rule.body))
            if True not in applies or not is_open:
                continue
            if len(applies) > 1 or self._read(key):
                self._doubt(self._all, rule.condition, key)
                return None
            outcome, _ = chosen_arm(self._scope, rule.body)
            if is_queue_open(self._scope, outcome.queue):
                return outcome
        return None

    def _doubt(self, keys: Iterable[str], *exprs: e.Expr | None) -> None:
        """The keys depend on these expressions, wherever something hidden is read by them."""
        because = self._read(*exprs)
        if because:
            self._found.add(keys, because)

    def _offers(self) -> None:
        offers = self._policy.offers
        asked = [expr for offer in offers for expr in (offer.condition, offer.worth)]
        if not self._is_touched(*asked, *(never.condition for never in self._policy.nevers)):
            return
        channel = None if "channel" in self._found.keys else self._decision.channel
        possible = [
            offer
            for offer in offers
            if True in self._applies(offer.condition)
            and (offer.channels is None or channel is None or channel in offer.channels)
        ]
        nevers = [(never.condition, self._applies(never.condition)) for never in self._policy.nevers]
        if not possible or any(applies == {True} for _, applies in nevers):
            return
        for condition, applies in nevers:
            if len(applies) > 1:
                self._doubt(("offers",), condition)
        for offer in possible:
            if len(self._applies(offer.condition)) > 1:
                self._doubt(("offers",), offer.condition)
            self._doubt(("offers",), offer.worth)

    def _applies(self, condition: e.Expr | None) -> frozenset[bool]:
        """Whether a rule applies, of which unknown means that it does not."""
        if condition is None:
            return frozenset((True,))
        return frozenset(truth is True for truth in self._truths(condition))

    def _is_touched(self, *exprs: e.Expr | None) -> bool:
        """Whether something hidden is read."""
        return any(expr is not None and not self._reads(expr).isdisjoint(self._hidden) for expr in exprs)

    def _read(self, *exprs: e.Expr | None) -> set[ValueRef]:
        read = (self._reads(expr) for expr in exprs if expr is not None)
        return {leaf for leaves in read for leaf in leaves & self._hidden}

    def _truths(self, expr: e.Expr) -> _Truths:
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = self._worked_out(expr)
        return known

    def _worked_out(self, expr: e.Expr) -> _Truths:
        match expr:
            case _ if self._reads(expr).isdisjoint(self._hidden):
                return _settled(self._scope.value(expr))
            case e.Not() | e.All() | e.Any():
                return fold(expr, self._truths, TRUTH_SETS)
            case e.SegmentRef():
                return frozenset(self._applies(self._defined[expr]))
            case e.LetRef():
                return self._truths(self._defined[expr])
            case _ if not self._is_settled(expr):
                return _ANY
            case _:
                return _settled(self._scope.value(expr))

    def _is_settled(self, expr: e.Expr) -> bool:
        """Whether what stands in for a hidden value answers a test as that would."""
        match expr:
            case e.IsKnown(e.FieldRef() | e.SignalRef() as leaf):
                return self._scope.value(leaf) is not None
            case e.Compare("is", leaf, e.Constant()) | e.InSet(leaf, named=""):
                return leaf in self._unsaid
            case _:
                return False


def _settled(value: Value | None) -> _Truths:
    """The one answer that a condition may have."""
    return _ONE[value if isinstance(value, bool) else None]


def _reaches(outcome: Outcome, change: Change) -> bool:
    """Whether what an adjustment changes can change steps of an outcome too."""
    if isinstance(change, SetData):
        actions = (action for step in outcome.plan for action in step.actions)
        return any(isinstance(action, SetData) and action.name == change.name for action in actions)
    return bool(outcome.plan) and PART[change.part].reaches_steps


def _key_of(change: Change) -> str:
    """The key of a decision that an adjustment changes."""
    return f"{change.part}.{change.name}" if isinstance(change, SetData) else change.part

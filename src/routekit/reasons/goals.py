"""What one may want instead: this rule, another queue, that offer."""

from collections.abc import Iterable
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.doubt import Doubt, Unread
from routekit.policy.model import Adjustment, CheckedPolicy, Offer, Outcome, Rule
from routekit.policy.references import INBOUND
from routekit.reasons.counterfactuals import OffersShown, Situation, Variable
from routekit.reasons.search import Blocking
from routekit.reasons.tests_by_field import Index
from routekit.reasons.trace import Fact, Trace
from routekit.reference import Scope, chosen_arm, is_queue_open, times_shown

__all__ = ["Adjusts", "Decides", "Elsewhere", "Offered", "queue_is", "route_of", "rule_of"]


def rule_of(policy: CheckedPolicy, decision: Decision) -> Rule:
    """Returns the rule of a decision."""
    return policy.rule_of(decision.rule, decision.queue)


def queue_is(trace: Trace, queue: str) -> tuple[Fact, ...]:
    """Returns the fact that a queue is open, or closed; none for a queue that is always open."""
    calendar = trace.scope.policy.queues[queue].calendar
    if calendar is None:
        return ()
    return (Fact(e.CalendarOpen(calendar, e.Now()), is_queue_open(trace.scope, queue), (e.Now(),)),)


def _trace(situation: Situation) -> Trace:
    return Trace(situation.model.definitions, situation.scope())


def _deciding(trace: Trace, rule: Rule, index: Index) -> Blocking:
    """What a rule that decides rests on."""
    outcome, _ = chosen_arm(trace.scope, rule.body)
    facts = (*trace.why(rule.condition), *queue_is(trace, outcome.queue))
    return Blocking(facts, () if isinstance(rule.body, Outcome) else tuple(index.variables(rule.body.key)))


def _would_decide(trace: Trace, rule: Rule) -> bool:
    outcome, _ = chosen_arm(trace.scope, rule.body)
    return trace.scope.is_true(rule.condition) and is_queue_open(trace.scope, outcome.queue)


def _joined(blockings: Iterable[Blocking]) -> Blocking:
    """What rests on all of them."""
    found = list(blockings)
    facts = dict.fromkeys(fact for each in found for fact in each.facts)
    variables = dict.fromkeys(variable for each in found for variable in each.variables)
    return Blocking(tuple(facts), tuple(variables))


def _passed_over(trace: Trace, rule: Rule, index: Index) -> Blocking:
    """What it rests on that a rule does not decide."""
    if not trace.scope.is_true(rule.condition):
        return Blocking(trace.why(rule.condition))
    return _deciding(trace, rule, index)


@dataclass(frozen=True, slots=True)
class Decides:
    """That a rule decides, which is several where a field chooses its queue."""

    rules: tuple[Rule, ...]
    index: Index

    def is_met(self, situation: Situation, decision: Decision) -> bool:  # noqa: ARG002 - as goals are asked
        return decision.rule == self.rules[0].name

    def blocking(self, situation: Situation, decision: Decision) -> Blocking:
        trace = _trace(situation)
        if any(_would_decide(trace, rule) for rule in self.rules):
            return _deciding(trace, rule_of(trace.scope.policy, decision), self.index)
        return _joined(_passed_over(trace, rule, self.index) for rule in self.rules)

    def aim(self, decision: Decision) -> object:
        return decision.rule


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """That the contact is led to another queue, or is served on another channel."""

    queue: str
    channel: str
    index: Index

    def is_met(self, situation: Situation, decision: Decision) -> bool:  # noqa: ARG002
        return (decision.queue, decision.channel) != (self.queue, self.channel)

    def blocking(self, situation: Situation, decision: Decision) -> Blocking:
        return route_of(situation, decision, self.index)

    def aim(self, decision: Decision) -> object:
        return decision.queue, decision.channel


def route_of(situation: Situation, decision: Decision, index: Index) -> Blocking:
    """Returns all that the queue and the channel of a decision rest on."""
    trace = _trace(situation)
    policy = trace.scope.policy
    tried = policy.rules[: policy.rules.index(rule_of(policy, decision)) + 1]
    blocking = _joined(_passed_over(trace, rule, index) for rule in tried)
    inbound = (INBOUND,) if INBOUND in situation.model.fields else ()
    return Blocking(blocking.facts, tuple(dict.fromkeys((*inbound, *blocking.variables))), broad=True)


@dataclass(frozen=True, slots=True)
class Adjusts:
    """That a rule of ``adjust`` applies."""

    adjustment: Adjustment

    def is_met(self, situation: Situation, decision: Decision) -> bool:  # noqa: ARG002
        return situation.scope().is_true(self.adjustment.condition)

    def blocking(self, situation: Situation, decision: Decision) -> Blocking:  # noqa: ARG002
        return Blocking(_trace(situation).why(self.adjustment.condition))

    def aim(self, decision: Decision) -> object:  # noqa: ARG002
        return self.adjustment.name


@dataclass(frozen=True, slots=True)
class Offered:
    """That an offer is made."""

    offer: Offer
    index: Index

    def is_met(self, situation: Situation, decision: Decision) -> bool:  # noqa: ARG002
        return self.offer.name in decision.offers

    def blocking(self, situation: Situation, decision: Decision) -> Blocking:
        trace = _trace(situation)
        scope, policy = trace.scope, trace.scope.policy
        for never in policy.nevers:
            if scope.is_true(never.condition):
                return Blocking(trace.why(never.condition))
        if unread := self._unread(scope):
            variables = (situation.model.variable(source) for source in unread)
            return Blocking((), tuple(dict.fromkeys(variables)), broad=True)
        if not scope.is_true(self.offer.condition):
            return Blocking(trace.why(self.offer.condition))
        if self.offer.channels is not None and decision.channel not in self.offer.channels:
            return route_of(situation, decision, self.index)
        if any(times_shown(scope, self.offer, cap) >= cap.most for cap in self.offer.caps):
            return Blocking((), (OffersShown(), situation.model.clock))
        return self._beaten(situation, trace, decision)

    def _unread(self, scope: Scope) -> dict[Unread, None]:
        """The values that could not be read, because of which it is not made."""
        policy, facts = scope.policy, scope.facts
        if self.offer.name not in (doubt := Doubt(policy)).withheld(facts):
            return {}
        asked: list[tuple[e.Expr | None, bool]] = [(never.condition, True) for never in policy.nevers]
        asked.append((self.offer.condition, False))
        left_open = (expr for expr, truth in asked if doubt.can_be(expr, truth, facts))
        return dict.fromkeys(leaf for expr in left_open for leaf in doubt.unreadable_in(expr, facts))

    def _beaten(self, situation: Situation, trace: Trace, decision: Decision) -> Blocking:
        """What it rests on that others are worth more."""
        facts: list[Fact] = []
        variables: dict[Variable, None] = {}
        if any(cap.is_shared for cap in self.offer.caps):  # with what was shown before, others use it up
            variables |= dict.fromkeys((OffersShown(), situation.model.clock))
        for offer in trace.scope.policy.offers:
            if offer.name in decision.offers:
                beats = e.Compare(">", _worth(self.offer), _worth(offer))
                facts += [*trace.why(offer.condition), Fact(beats, False, trace.sources(beats))]
                variables |= self.index.variables(beats)
                if offer.channels is not None:
                    route = route_of(situation, decision, self.index)
                    facts += route.facts
                    variables |= dict.fromkeys(route.variables)
        return Blocking(tuple(dict.fromkeys(facts)), tuple(variables), broad=True)

    def aim(self, decision: Decision) -> object:  # noqa: ARG002
        return self.offer.name


def _worth(offer: Offer) -> e.Expr:
    return e.Constant(0) if offer.worth is None else e.Else(offer.worth, e.Constant(0))

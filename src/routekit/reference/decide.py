"""The decision for one contact: first match, adjustments, plan, offers."""

from datetime import timedelta

from routekit.policy.calendars import is_open
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.facts import Facts
from routekit.policy.model import (
    LOWEST_PRIORITY,
    TOP_PRIORITY,
    AddSkills,
    AnyAgent,
    Callback,
    CheckedPolicy,
    Guarantee,
    Offer,
    Outcome,
    RemoveSkills,
    Rule,
    Say,
    SetPriority,
    SetSkills,
    ShiftPriority,
    Split,
    Step,
    ToQueue,
)
from routekit.policy.splits import point
from routekit.reference.values import Scope

__all__ = ["chosen_arm", "decide", "holds", "is_queue_open", "planned", "times_shown", "worth_of"]


def decide(policy: CheckedPolicy, facts: Facts) -> Decision:
    """The decision of a policy for a contact's facts."""
    scope = Scope(policy, facts)
    rule, outcome, arm = _first_match(scope)
    channel = _channel(scope, outcome)
    priority, skills, message = _adjust(scope, outcome)
    return Decision(
        policy=policy.name,
        revision=policy.revision,
        rule=rule.name,
        channel=channel,
        queue=outcome.queue,
        agent=_agent(scope, outcome),
        priority=priority,
        skills=skills,
        offers=_offers(scope, channel),
        message=message,
        plan=_plan(scope, outcome.plan),
        arm=arm,
        because=rule.because,
        problems=facts.problems,
    )


def holds(policy: CheckedPolicy, guarantee: Guarantee, facts: Facts) -> bool:
    """Whether a contact keeps a guarantee: where its ``when`` is true, its ``then`` is true."""
    scope = Scope(policy, facts, decide(policy, facts))
    return not scope.is_true(guarantee.condition) or scope.is_true(guarantee.promise)


def _first_match(scope: Scope) -> tuple[Rule, Outcome, int | None]:
    for rule in scope.policy.rules:
        if scope.is_true(rule.condition):
            outcome, arm = chosen_arm(scope, rule.body)
            if is_queue_open(scope, outcome.queue):
                return rule, outcome, arm
    raise AssertionError("`otherwise` decides where no rule does")


def chosen_arm(scope: Scope, body: Outcome | Split) -> tuple[Outcome, int | None]:
    """What a rule gives this contact, and by which arm where it splits."""
    if isinstance(body, Outcome):
        return body, None
    key = scope.value(body.key)
    if key is None or isinstance(key, frozenset):
        return body.arms[-1].outcome, len(body.arms)
    place = point(body.seed, key)
    number = next(number for number, arm in enumerate(body.arms, start=1) if place < arm.up_to)
    return body.arms[number - 1].outcome, number


def is_queue_open(scope: Scope, queue: str, after: timedelta = timedelta(0)) -> bool:
    """Whether a queue takes contacts some time after now."""
    calendar = scope.policy.queues[queue].calendar
    if calendar is None:
        return True
    return is_open(scope.policy.calendars[calendar], scope.facts.now, scope.policy.timezone, after)


def _channel(scope: Scope, outcome: Outcome) -> str:
    served = scope.policy.queues[outcome.queue].channels
    inbound = scope.facts.fields.get(("contact", "channel"))
    if outcome.channel is not None:
        return outcome.channel
    return inbound if isinstance(inbound, str) and inbound in served else served[0]


def _agent(scope: Scope, outcome: Outcome) -> str | None:
    agent = None if outcome.agent is None else scope.value(outcome.agent)
    return agent if isinstance(agent, str) else None


def _clamp(priority: int) -> int:
    return min(max(priority, TOP_PRIORITY), LOWEST_PRIORITY)


def _adjust(scope: Scope, outcome: Outcome) -> tuple[int, frozenset[str], str | None]:
    priority, skills, message = outcome.priority, outcome.skills, outcome.message
    for adjustment in scope.policy.adjustments:
        if not scope.is_true(adjustment.condition):
            continue
        for change in adjustment.changes:
            match change:
                case SetPriority(value):
                    priority = value
                case ShiftPriority(by):
                    priority += by
                case AddSkills(added):
                    skills |= added
                case RemoveSkills(removed):
                    skills -= removed
                case Say(name):
                    message = name
    return _clamp(priority), skills, message


def _plan(scope: Scope, steps: tuple[Step, ...]) -> tuple[PlanStep, ...]:
    return tuple(
        planned(step) for step in steps if step.queue is None or is_queue_open(scope, step.queue, step.after)
    )


def planned(step: Step) -> PlanStep:
    """A step of a plan as a decision has it."""
    done: dict[str, object] = {}
    for action in step.actions:
        match action:
            case ToQueue(queue):
                done["queue"] = queue
            case AnyAgent():
                done["any_agent"] = True
            case Callback(within):
                done["callback_within"] = within
            case SetPriority(priority):
                done["priority"] = _clamp(priority)
            case SetSkills(skills):
                done["skills"] = skills
            case Say(message):
                done["message"] = message
    return PlanStep(after=step.after, **done)  # type: ignore[arg-type]


def _offers(scope: Scope, channel: str) -> tuple[str, ...]:
    if any(scope.is_true(never.condition) for never in scope.policy.nevers):
        return ()
    eligible = [offer for offer in scope.policy.offers if _is_eligible(scope, offer, channel)]
    eligible.sort(key=lambda offer: worth_of(scope, offer), reverse=True)
    return tuple(offer.name for offer in eligible[: scope.policy.show])


def _is_eligible(scope: Scope, offer: Offer, channel: str) -> bool:
    if offer.channels is not None and channel not in offer.channels:
        return False
    return scope.is_true(offer.condition) and not any(
        times_shown(scope, offer.name, cap.per) >= cap.most for cap in offer.caps
    )


def times_shown(scope: Scope, offer: str, window: timedelta) -> int:
    """How often the offer was shown in a window that ends now; its beginning is outside it."""
    now = scope.facts.now
    return sum(
        1
        for shown in scope.facts.shown
        if shown.offer == offer and shown.at <= now and now - shown.at < window
    )


def worth_of(scope: Scope, offer: Offer) -> float:
    """By what offers are ordered; 0 where it is missing."""
    worth = None if offer.worth is None else scope.value(offer.worth)
    return worth if isinstance(worth, int | float) else 0

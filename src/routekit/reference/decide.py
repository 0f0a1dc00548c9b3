"""The decision for one contact: first match, adjustments, plan, offers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from routekit.policy.decision import Decision
from routekit.policy.doubt import Doubt
from routekit.policy.facts import Facts
from routekit.policy.model import (
    Cap,
    Change,
    CheckedPolicy,
    Guarantee,
    Offer,
    Outcome,
    Rule,
    Split,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_data import set_by, sources_of, work_out
from routekit.policy.outcomes import adjusted, called_back, computed_by, given_by, planned
from routekit.policy.splits import point
from routekit.reference.caps import times_used
from routekit.reference.moments import channel_of, first_break
from routekit.reference.values import Scope

__all__ = ["asks", "chosen_arm", "decide", "holds", "is_queue_open", "times_shown", "worth_of"]


def decide(policy: CheckedPolicy, facts: Facts) -> Decision:
    """The decision of a policy for a contact's facts."""
    scope = Scope(policy, facts)
    rule, outcome, arm = _first_match(scope)
    channel = _channel(scope, outcome)
    changes = [
        change
        for adjustment in policy.adjustments
        if scope.is_true(adjustment.condition)
        for change in adjustment.changes
    ]
    given = adjusted(given_by(outcome), changes)
    worked_out = {name: scope.value(expr) for name, expr in computed_by(outcome).items()}
    return Decision(
        policy=policy.name,
        revision=policy.revision,
        rule=rule.name,
        channel=channel,
        offers=_offers(scope, channel),
        data=work_out(policy, sources_of(outcome.data, changes), scope.value),
        plan=planned(_steps(scope, outcome, changes), given, changes),
        arm=arm,
        because=rule.because,
        problems=facts.problems,
        **(given | worked_out),  # type: ignore[arg-type]  # by the checker
    )


def holds(policy: CheckedPolicy, guarantee: Guarantee, facts: Facts) -> bool:
    """Whether a contact keeps a guarantee: where its ``when`` is true, its ``then`` is, each time it must."""
    return first_break(policy, guarantee, facts, decide(policy, facts)) is None


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
    return scope.policy.calendars[calendar].is_open(scope.facts.now, after)


def _channel(scope: Scope, outcome: Outcome) -> str:
    return outcome.channel or channel_of(scope.policy, scope.facts, outcome.queue)


def _steps(
    scope: Scope, outcome: Outcome, changes: Sequence[Change]
) -> Iterator[tuple[Step, Mapping[str, object]]]:
    """The steps that this contact has, each with what is worked out for it."""
    for step in outcome.plan:
        called = called_back(scope.policy, step, scope.facts.now)
        leads = step.queue is None or is_queue_open(scope, step.queue, step.after)
        if called is not None and leads and scope.is_true(step.condition):
            parts = (action for action in step.actions if isinstance(action, WorkOutPart))
            data = work_out(scope.policy, set_by(step, changes), scope.value, whole=False)
            yield step, called | {action.part: scope.value(action.expr) for action in parts} | {"data": data}


def asks(scope: Scope, step: Step) -> bool:
    """Whether the condition of a step is asked: its queue is open by then, its callback can be made."""
    is_led = step.queue is None or is_queue_open(scope, step.queue, step.after)
    return is_led and called_back(scope.policy, step, scope.facts.now) is not None


def _offers(scope: Scope, channel: str) -> tuple[str, ...]:
    if any(scope.is_true(never.condition) for never in scope.policy.nevers):
        return ()
    withheld = Doubt(scope.policy).withheld(scope.facts)
    offers = [offer for offer in scope.policy.offers if offer.name not in withheld]
    eligible = [offer for offer in offers if _is_eligible(scope, offer, channel)]
    eligible.sort(key=lambda offer: worth_of(scope, offer), reverse=True)
    made: list[str] = []
    for offer in eligible:
        if not any(times_shown(scope, offer, cap, made) >= cap.most for cap in offer.caps):
            made.append(offer.name)
    return tuple(made[: scope.policy.show])


def _is_eligible(scope: Scope, offer: Offer, channel: str) -> bool:
    if offer.channels is not None and channel not in offer.channels:
        return False
    return scope.is_true(offer.condition)


def times_shown(scope: Scope, offer: Offer, cap: Cap, made: Iterable[str] = ()) -> float:
    """How often a cap of an offer was made use of; ``made`` are the better offers that are made now."""
    return times_used(cap, offer.name, scope.facts.shown, scope.facts.now, made)


def worth_of(scope: Scope, offer: Offer) -> float:
    """By what offers are ordered; 0 where it is missing."""
    worth = None if offer.worth is None else scope.value(offer.worth)
    return worth if isinstance(worth, int | float) else 0

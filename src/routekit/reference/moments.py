"""How a decision stands as time goes by: at arrival, after each step, when a customer is called back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from routekit.policy.decision import Data, Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Guarantee
from routekit.policy.outcome_parts import STEP_PARTS
from routekit.policy.references import INBOUND
from routekit.reference.values import Scope

__all__ = ["Moment", "channel_of", "first_break", "moments"]

_CARRIED = tuple(part.name for part in STEP_PARTS if part.of_decision)


@dataclass(frozen=True, slots=True)
class Moment:
    """A decision as it stands so long after arrival, with what steps have changed until then.

    A customer who ``is_called_back`` meets a person, whatever the channel.
    """

    after: timedelta
    decision: Decision
    is_called_back: bool = False


def moments(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Moment]:
    """Yields how a decision stands at arrival and after each of its steps, then when callbacks are due."""
    standing = Moment(timedelta(0), decision)
    stood = [standing]
    yield standing
    for step in decision.plan:
        changed = {name: value for name in _CARRIED if (value := getattr(step, name)) is not None}
        changed["data"] = Data({**standing.decision.data, **step.data})
        if step.any_agent:
            changed["agent"] = None
        if step.queue is not None:
            changed["channel"] = channel_of(policy, facts, step.queue)
        standing = Moment(step.after, replace(standing.decision, **changed))
        stood.append(standing)
        yield standing
    for step in decision.plan:
        if step.callback_within is not None:
            due = step.after + step.callback_within
            last = [moment for moment in stood if moment.after <= due][-1]
            yield Moment(due, last.decision, is_called_back=True)


def channel_of(policy: CheckedPolicy, facts: Facts, queue: str) -> str:
    """The channel on which a queue serves a contact, where none is named outright."""
    served = policy.queues[queue].channels
    inbound = facts.fields.get((INBOUND.record, INBOUND.field))
    return inbound if isinstance(inbound, str) and inbound in served else served[0]


def first_break(
    policy: CheckedPolicy, guarantee: Guarantee, facts: Facts, decision: Decision
) -> Moment | None:
    """Returns the moment at which a contact breaks a guarantee first; None where it keeps it.

    What must come within a time is broken at arrival.
    """
    if not Scope(policy, facts).is_true(guarantee.condition):
        return None
    arrival, *others = moments(policy, facts, decision)
    held = guarantee.held
    looked_at = [arrival]
    if held.throughout:
        looked_at += [moment for moment in others if not moment.is_called_back]
    elif held.within is not None:
        looked_at += [moment for moment in others if moment.after <= held.within]
    broken = [moment for moment in looked_at if not _keeps(policy, guarantee, facts, moment)]
    if held.within is not None and len(broken) < len(looked_at):
        return None
    return broken[0] if broken else None


def _keeps(policy: CheckedPolicy, guarantee: Guarantee, facts: Facts, moment: Moment) -> bool:
    scope = Scope(policy, facts, moment.decision, is_called_back=moment.is_called_back)
    return scope.is_true(guarantee.promise)

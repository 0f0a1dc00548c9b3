"""What the contact map says of one contact: its matters, where they are solved, and what goes wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from routekit.policy.contact_map import Matter
from routekit.policy.decision import Decision
from routekit.policy.expressions import FieldRef
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcomes import outcome_of
from routekit.policy.references import INBOUND
from routekit.reference.decide import is_queue_open
from routekit.reference.moments import Moment, moments
from routekit.reference.values import Scope

__all__ = ["Fault", "FaultKind", "callers", "faults", "has_matter", "is_solved", "solved_when"]

FaultKind: TypeAlias = Literal["blind", "misplaced", "loop", "handoff", "moved"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong for a contact, of which ``rule`` decides.

    ``matter`` is the one that is ``blind`` or ``misplaced``. ``queue`` is the one that a ``loop`` comes back
    to, or that asks again for ``fields`` that ``channel`` did not hand over, ``after`` so long.
    """

    kind: FaultKind
    rule: str
    matter: str = ""
    queue: str = ""
    channel: str = ""
    fields: tuple[FieldRef, ...] = ()
    after: timedelta = timedelta(0)


def faults(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Fault]:
    """Yields all that is wrong for a contact, as it is decided."""
    yield from _blind(policy, facts, decision)
    yield from _misplaced(policy, facts, decision)
    yield from _loops(policy, facts, decision)
    yield from _handoffs(policy, facts, decision)
    yield from _moved(policy, facts, decision)


# ── matters ───────────────────────────────────────────────────────────────────


def has_matter(scope: Scope, matter: Matter) -> bool:
    """Tells whether a contact comes about a matter."""
    return scope.is_true(matter.condition)


def is_solved(scope: Scope, matter: Matter, channels: Sequence[str]) -> bool:
    """Tells whether one of some channels solves a matter for a contact."""
    return any(item.channel in channels and scope.is_true(item.condition) for item in matter.solved)


def callers(policy: CheckedPolicy, queue: str) -> tuple[str, ...]:
    """The channels on which a customer who waits in a queue may be called back.

    These are the assisted ones of the queue, or, where it is served by machines alone, of the whole policy;
    nobody is called back face to face.
    """

    def calls(name: str) -> bool:
        return policy.channels[name].assisted and not policy.channels[name].in_person

    own = tuple(filter(calls, policy.queues[queue].channels))
    return own or tuple(filter(calls, policy.channels))


def solved_when(
    policy: CheckedPolicy, facts: Facts, decision: Decision, matter: Matter
) -> Literal["at arrival", "later", "never"]:
    """Tells when a matter of a contact is solved: at arrival, after a step or a call back, or never."""
    scope = Scope(policy, facts)
    arrival, *others = moments(policy, facts, decision)
    if is_solved(scope, matter, _met(policy, arrival)):
        return "at arrival"
    return "later" if any(is_solved(scope, matter, _met(policy, each)) for each in others) else "never"


def _met(policy: CheckedPolicy, moment: Moment) -> tuple[str, ...]:
    """The channels on which a contact is served at a moment."""
    if moment.is_called_back:
        return callers(policy, moment.decision.queue)
    return (moment.decision.channel,)


def _blind(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Fault]:
    """No channel, at arrival or after a step, solves a matter that the contact has."""
    scope = Scope(policy, facts)
    for matter in policy.contact_map.matters:
        if has_matter(scope, matter) and solved_when(policy, facts, decision, matter) == "never":
            yield Fault("blind", decision.rule, matter.name)


def _misplaced(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Fault]:
    """It is led, at arrival, to a channel that does not solve its matter, though an open queue is on one."""
    scope = Scope(policy, facts)
    for matter in policy.contact_map.matters:
        if not has_matter(scope, matter) or is_solved(scope, matter, (decision.channel,)):
            continue
        if any(
            is_queue_open(scope, queue.name) and is_solved(scope, matter, queue.channels)
            for queue in policy.queues.values()
        ):
            yield Fault("misplaced", decision.rule, matter.name)


# ── ways ──────────────────────────────────────────────────────────────────────


def _loops(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Fault]:
    """A step leads back to a queue that the contact has left, and no person was between."""
    found = [*moments(policy, facts, decision)]
    stands = [moment for moment in found if not moment.is_called_back]
    calls = [moment for moment in found if moment.is_called_back]
    for number, here in enumerate(stands):
        queue = here.decision.queue
        before = [place for place in range(number) if stands[place].decision.queue == queue]
        between = stands[before[-1] + 1 : number] if before else []
        if not between:
            continue
        assisted = any(policy.channels[each.decision.channel].assisted for each in between)
        called = any(between[0].after <= call.after <= here.after for call in calls)
        if not assisted and not called:
            yield Fault("loop", decision.rule, queue=queue, after=here.after)


def _handoffs(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Fault]:
    """A queue asks for what was known until the contact left a channel that does not hand it over."""
    lost: dict[FieldRef, str] = {}
    channel = _inbound(policy, facts)
    for moment in moments(policy, facts, decision):
        if moment.is_called_back:
            continue
        now = moment.decision
        if channel is not None and now.channel != channel:
            for ref in _known(policy, facts):
                handed_over = policy.channels[channel].hands_over
                if handed_over is not None and ref not in handed_over:
                    lost[ref] = channel
        channel = now.channel
        asked = [ref for ref in policy.queues[now.queue].asks_for if ref in lost]
        for left in dict.fromkeys(lost[ref] for ref in asked):
            again = tuple(ref for ref in asked if lost[ref] == left)
            yield Fault("handoff", decision.rule, "", now.queue, left, again, moment.after)
        for ref in asked:
            del lost[ref]  # it has been told once more


def _moved(policy: CheckedPolicy, facts: Facts, decision: Decision) -> Iterator[Fault]:
    """It came by an assisted channel and is served on another, and the outcome does not say on which."""
    inbound = _inbound(policy, facts)
    if inbound is None or inbound == decision.channel or not policy.channels[inbound].assisted:
        return
    if outcome_of(policy)(decision).channel is None:
        yield Fault("moved", decision.rule, channel=inbound)


def _inbound(policy: CheckedPolicy, facts: Facts) -> str | None:
    """The channel by which a contact came in, if the policy has it."""
    name = facts.fields.get((INBOUND.record, INBOUND.field))
    return name if isinstance(name, str) and name in policy.channels else None


def _known(policy: CheckedPolicy, facts: Facts) -> list[FieldRef]:
    """The fields that the contact came with and that some queue asks for."""
    asked = dict.fromkeys(ref for queue in policy.queues.values() for ref in queue.asks_for)
    return [ref for ref in asked if facts.fields[ref.record, ref.field] is not None]

"""The rules that can have to do with a change: what is decided by any other is decided so in both versions.

A contact that is treated differently by its rule meets a rule that only one version has. So rules that no
such contact meets, told by plain boxes, are left out of both before anything is worked out. Nothing that is
said of a difference depends on them.
"""

from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from routekit.diff.boxes import box_of, overlap
from routekit.diff.joined_policy import Joined
from routekit.policy.model import CheckedPolicy, Queue, Rule
from routekit.policy.outcomes import names_given, outcomes_of
from routekit.policy.references import defined

__all__ = ["Nearby", "nearby"]

FEWEST = 200
"""With fewer rules it is not worth while."""

LEAST_SHARE = 0.5
"""The share of the rules that must be far from any change."""

_MOST_CHANGED = 60


@dataclass(frozen=True, slots=True)
class Nearby:
    """Two versions with the rules that matter alone, and the pairs of equal rules that were left out."""

    old: CheckedPolicy
    new: CheckedPolicy
    joined: Joined
    others: tuple[tuple[Rule, Rule], ...]
    whole: tuple[CheckedPolicy, CheckedPolicy]


def nearby(old: CheckedPolicy, new: CheckedPolicy, joined: Joined) -> Nearby | None:
    """The rules around those that changed; None where any rule may matter, or most of them do."""
    one, other = joined.old, joined.new
    count = min(len(one.rules), len(other.rules))
    if count < FEWEST or joined.limits or joined.inbound[0] != joined.inbound[1]:
        return None
    if _finishing(one) != _finishing(other):
        return None
    pairs = _equal(one, other)
    if len(one.rules) + len(other.rules) - 2 * len(pairs) > _MOST_CHANGED:
        return None
    matched = {a for a, _ in pairs}, {b for _, b in pairs}
    definitions = defined(joined.policy)
    changed = [
        box_of(rule.condition, definitions)
        for policy, known in zip((one, other), matched, strict=True)
        for place, rule in enumerate(policy.rules)
        if place not in known
    ]
    boxes = [box_of(rule.condition, definitions) for rule in one.rules]
    far = [(a, b) for a, b in pairs if not any(overlap(boxes[a], box) for box in changed)]
    if len(far) < LEAST_SHARE * count:
        return None
    left_out = {a for a, _ in far}, {b for _, b in far}
    return Nearby(
        _without(old, left_out[0]),
        _without(new, left_out[1]),
        replace(joined, old=_without(one, left_out[0]), new=_without(other, left_out[1])),
        tuple((old.rules[a], new.rules[b]) for a, b in far),
        (old, new),
    )


def _without(policy: CheckedPolicy, places: set[int]) -> CheckedPolicy:
    return replace(
        policy, rules=tuple(rule for place, rule in enumerate(policy.rules) if place not in places)
    )


def _finishing(policy: CheckedPolicy) -> object:
    """All that makes an outcome of what a rule gives."""
    return (
        [(item.condition, item.changes) for item in policy.adjustments],
        [replace(item, title="", span=None) for item in policy.offers],
        [item.condition for item in policy.nevers],
        policy.show,
        {name: channel.assisted for name, channel in policy.channels.items()},
    )


def _equal(one: CheckedPolicy, other: CheckedPolicy) -> list[tuple[int, int]]:
    """The places of rules that say the same, in one order."""
    numbers: dict[object, int] = {}
    first, second = (
        [numbers.setdefault(_key(rule, policy), len(numbers)) for rule in policy.rules]
        for policy in (one, other)
    )
    return [
        (block.a + step, block.b + step)
        for block in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    ]


def _key(rule: Rule, policy: CheckedPolicy) -> object:
    """All that makes a rule decide as it does."""
    queues = [policy.queues[name] for name in sorted(names_given(outcomes_of(rule.body), "queue"))]
    return rule.condition, rule.body, tuple(map(_serving, queues))


def _serving(queue: Queue) -> object:
    return queue.name, queue.channels, queue.calendar

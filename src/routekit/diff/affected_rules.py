"""The rules that can have to do with a change: what is decided by any other is decided so in both versions.

A contact that is treated differently by its rule meets a rule that only one version has. So rules that no
such contact meets, told by plain boxes, are left out of both before anything is worked out. Nothing that is
said of a difference depends on them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from routekit.diff.align_rules import decisive, pairs_of
from routekit.diff.joined_policy import Joined
from routekit.policy import expressions as e
from routekit.policy.constraints import Region, operand_of, region_of
from routekit.policy.model import CheckedPolicy, Queue, Rule
from routekit.policy.outcomes import names_given, outcomes_of
from routekit.policy.references import conjuncts, defined

__all__ = ["Affected", "affected", "box_of", "overlap"]

FEWEST = 200
"""With fewer rules it is not worth while."""

LEAST_SHARE = 0.5
"""The share of the rules that must be far from any change."""

_MOST_CHANGED = 60


@dataclass(frozen=True, slots=True)
class Affected:
    """Two versions with the rules that matter alone, and the pairs of equal rules that were left out."""

    old: CheckedPolicy
    new: CheckedPolicy
    joined: Joined
    others: tuple[tuple[Rule, Rule], ...]
    whole: tuple[CheckedPolicy, CheckedPolicy]


def affected(old: CheckedPolicy, new: CheckedPolicy, joined: Joined) -> Affected | None:
    """Leaves out the rules that no change can affect; None where any rule may matter, or most of them do."""
    one, other = joined.old, joined.new
    count = min(len(one.rules), len(other.rules))
    if count < FEWEST or joined.limits or joined.inbound[0] != joined.inbound[1]:
        return None
    if decisive(one) != decisive(other):
        return None
    pairs = pairs_of(*([_key(rule, policy) for rule in policy.rules] for policy in (one, other)))
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
    return Affected(
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


def _key(rule: Rule, policy: CheckedPolicy) -> object:
    """All that makes a rule decide as it does."""
    queues = [policy.queues[name] for name in sorted(names_given(outcomes_of(rule.body), "queue"))]
    return rule.condition, rule.body, tuple(map(_serving, queues))


def _serving(queue: Queue) -> object:
    return queue.name, queue.channels, queue.calendar


# ── boxes ─────────────────────────────────────────────────────────────────────

Box: TypeAlias = Mapping[e.Expr, Region]
"""For some fields, all the values with which the rule may apply."""


def box_of(condition: e.Expr | None, definitions: Mapping[e.Expr, e.Expr]) -> Box:
    """Gives the box of a condition: whoever meets it lies in there; who lies in there need not meet it.

    >>> value = e.FieldRef("customer", "value")
    >>> box_of(e.InRange(value, e.Constant(1), e.Constant(2)), {})[value]
    Region(values=None, low=(1, 0), high=(2, 0), order=None)
    """
    found: dict[e.Expr, Region] = {}
    for part in conjuncts(condition, definitions):
        base, region = operand_of(part), region_of(part)
        if region is None or region.order is not None or not isinstance(base, e.FieldRef):
            continue  # the two versions may put names in different orders
        found[base] = found[base].narrowed(region) if base in found else region
    return found


def overlap(one: Box, other: Box) -> bool:
    """Tells whether a contact may lie in both.

    >>> low, high = Region(high=(3, -1)), Region(low=(3, 0))
    >>> overlap({e.Now(): low}, {e.Now(): high}), overlap({e.Now(): low}, {})
    (False, True)
    """
    return not any(base in other and region.narrowed(other[base]).is_empty for base, region in one.items())

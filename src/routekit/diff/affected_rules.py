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
from routekit.policy.model import CheckedPolicy, Queue, Rule
from routekit.policy.outcomes import names_given, outcomes_of
from routekit.policy.references import conjuncts, defined
from routekit.schema.types import Value

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

_Allowed: TypeAlias = "frozenset[Value] | tuple[float, float]"

Box: TypeAlias = Mapping[e.Expr, _Allowed]
"""For some fields, all the values, or the least and the most, with which the rule may apply."""

_ANY = (float("-inf"), float("inf"))


def box_of(condition: e.Expr | None, definitions: Mapping[e.Expr, e.Expr]) -> Box:
    """Gives the box of a condition: whoever meets it lies in there; who lies in there need not meet it.

    >>> value = e.FieldRef("customer", "value")
    >>> box_of(e.InRange(value, e.Constant(1), e.Constant(2)), {})[value]
    (1, 2)
    """
    found: dict[e.Expr, _Allowed] = {}
    for part in conjuncts(condition, definitions):
        asked = _asked(part)
        if asked is not None:
            base, allowed = asked
            found[base] = _narrowed(found.get(base, _ANY), allowed)
    return found


def overlap(one: Box, other: Box) -> bool:
    """Tells whether a contact may lie in both.

    >>> overlap({e.Now(): (1, 2)}, {e.Now(): (3, 4)}), overlap({e.Now(): (1, 2)}, {})
    (False, True)
    """
    return all(base not in other or _intersect(allowed, other[base]) for base, allowed in one.items())


def _asked(test: e.Expr) -> tuple[e.Expr, _Allowed] | None:
    least, most = _ANY
    match test:
        case e.Compare("is", e.FieldRef() as base, e.Constant(value)) if not isinstance(value, frozenset):
            return base, frozenset({value})
        case e.InSet(e.FieldRef() as base, values):
            return base, values
        case e.InRange(e.FieldRef() as base, e.Constant(low), e.Constant(high)):
            return _between(base, low, high)
        case e.Compare(">=" | ">", e.FieldRef() as base, e.Constant(low)):
            return _between(base, low, most)
        case e.Compare("<=" | "<", e.FieldRef() as base, e.Constant(high)):
            return _between(base, least, high)
        case _:
            return None


def _between(base: e.Expr, low: Value, high: Value) -> tuple[e.Expr, _Allowed] | None:
    if isinstance(low, int | float) and isinstance(high, int | float):
        return base, (low, high)
    return None


def _narrowed(one: _Allowed, other: _Allowed) -> _Allowed:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return max(one[0], other[0]), min(one[1], other[1])
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one & other
    return one if isinstance(one, frozenset) else other


def _intersect(one: _Allowed, other: _Allowed) -> bool:
    if isinstance(one, frozenset):
        return any(_is_in(value, other) for value in one)
    if isinstance(other, frozenset):
        return any(_is_in(value, one) for value in other)
    return one[0] <= other[1] and other[0] <= one[1]


def _is_in(value: Value, allowed: _Allowed) -> bool:
    if isinstance(allowed, frozenset):
        return value in allowed
    return not isinstance(value, int | float) or allowed[0] <= value <= allowed[1]

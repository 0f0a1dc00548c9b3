"""The rules that can have to do with a change: what is decided by any other is decided so in both versions.

A contact that is treated differently by its rule meets a rule that only one version has. So rules that no
such contact meets, told by plain boxes, are left out of both before anything is worked out. Nothing that is
said of a difference depends on them. A rule that moved past others which take none of its contacts is put
back where it stood; behind a rule that takes all of what another one and a changed one share, that one does
not matter.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias, TypeVar

from routekit.diff.align_rules import decisive, pairs_of
from routekit.diff.joined_policy import Joined
from routekit.diff.moved_rules import put_back
from routekit.policy import expressions as e
from routekit.policy.constraints import Region, operand_of, region_of
from routekit.policy.model import CheckedPolicy, Outcome, Queue, Rule
from routekit.policy.outcomes import names_given, outcomes_of
from routekit.policy.references import conjuncts, defined

__all__ = ["Affected", "affected", "box_of", "overlap"]

FEWEST = 200
"""With fewer rules it is not worth while."""

LEAST_SHARE = 0.5
"""The share of the rules that must be far from any change."""

_MOST_CHANGED = 60


Box: TypeAlias = Mapping[e.Expr, Region]
"""For some fields, all the values with which the rule may apply."""

Field = TypeVar("Field", e.Expr, int)
Numbered: TypeAlias = Mapping[int, Region]
"""The same by the numbers of fields."""


@dataclass(frozen=True, slots=True)
class Affected:
    """Two versions with the rules that matter alone, and the pairs of equal rules that were left out.

    ``moved`` are rules of the new version that stand elsewhere than in the old one and change nothing by it.
    """

    old: CheckedPolicy
    new: CheckedPolicy
    joined: Joined
    others: tuple[tuple[Rule, Rule], ...]
    whole: tuple[CheckedPolicy, CheckedPolicy]
    moved: frozenset[str] = frozenset()


def affected(old: CheckedPolicy, new: CheckedPolicy, joined: Joined) -> Affected | None:
    """Leaves out the rules that no change can affect; None where any rule may matter, or most of them do."""
    one, other = joined.old, joined.new
    count = min(len(one.rules), len(other.rules))
    if count < FEWEST or joined.limits or joined.inbound[0] != joined.inbound[1]:
        return None
    if decisive(one) != decisive(other):
        return None
    definitions = defined(joined.policy)
    numbers: dict[e.Expr, int] = {}
    was, is_ = (Ruled(policy, definitions, numbers) for policy in (one, other))
    order, moved = put_back(was.keys, is_.keys, lambda a, b: not overlap(is_.boxes[a], is_.boxes[b]))
    is_ = is_.ordered(order)
    pairs = pairs_of(was.keys, is_.keys)
    if len(was.keys) + len(is_.keys) - 2 * len(pairs) > _MOST_CHANGED:
        return None
    matter = _mattering(was, is_, pairs)
    far = [(a, b) for a, b in pairs[:-1] if a not in matter]  # there always is a last rule
    if len(far) < LEAST_SHARE * count and not moved:
        return None
    left_out = {a for a, _ in far}, {order[b] for _, b in far}
    kept = [place for place in order if place not in left_out[1]]
    return Affected(
        _only(old, [place for place in range(len(old.rules)) if place not in left_out[0]]),
        _only(new, kept),
        replace(
            joined,
            old=_only(one, [place for place in range(len(one.rules)) if place not in left_out[0]]),
            new=_only(other, kept),
        ),
        tuple((old.rules[a], new.rules[order[b]]) for a, b in far),
        (old, new),
        frozenset(new.rules[place].name for place in moved),
    )


def _only(policy: CheckedPolicy, places: Sequence[int]) -> CheckedPolicy:
    return replace(policy, rules=tuple(policy.rules[place] for place in places))


class Ruled:
    """The rules of a version, each with what makes it decide as it does and its box."""

    def __init__(
        self, policy: CheckedPolicy, definitions: Mapping[e.Expr, e.Expr], numbers: dict[e.Expr, int]
    ) -> None:
        """Takes the ``numbers`` that fields have, and gives others to those that have none yet."""
        self.keys = [_key(rule, policy) for rule in policy.rules]
        self.boxes: list[Numbered] = [
            {numbers.setdefault(field, len(numbers)): region for field, region in box.items()}
            for box in (box_of(rule.condition, definitions) for rule in policy.rules)
        ]
        self.are_plain = [_is_plain(rule, policy, definitions) for rule in policy.rules]
        """Whether a rule takes all contacts in its box."""

    def ordered(self, order: Sequence[int]) -> "Ruled":
        """The same rules in another order."""
        found = copy(self)
        found.keys = [self.keys[place] for place in order]
        found.boxes = [self.boxes[place] for place in order]
        found.are_plain = [self.are_plain[place] for place in order]
        return found


def _mattering(was: Ruled, is_: Ruled, pairs: Sequence[tuple[int, int]]) -> set[int]:
    """The places of equal rules in the first that may decide for a contact whom a changed rule takes."""
    matched = {a for a, _ in pairs}, {b for _, b in pairs}
    gone = [place for place in range(len(was.keys)) if place not in matched[0]]
    come = [place for place in range(len(is_.keys)) if place not in matched[1]]
    twins = _twins(was, is_, gone, come)
    boxes: list[Numbered] = []
    for box in (*(was.boxes[place] for place in gone), *(is_.boxes[place] for place in come)):
        if box not in boxes:
            boxes.append(box)
    return set().union(*(_met(box, was, pairs, twins) for box in boxes))


def _twins(was: Ruled, is_: Ruled, gone: Sequence[int], come: Sequence[int]) -> list[tuple[int, int]]:
    """Changed rules that take the same contacts as before: behind both, nothing matters to these."""
    return [
        (a, b)
        for a, b in product(gone, come)
        if was.are_plain[a] and is_.are_plain[b] and was.boxes[a] == is_.boxes[b]
    ]


def _met(
    box: Numbered, was: Ruled, pairs: Sequence[tuple[int, int]], twins: Sequence[tuple[int, int]]
) -> set[int]:
    """The rules that meet a box where no other takes all of that before, in both versions."""
    found: set[int] = set()
    takers: list[tuple[int, Numbered]] = []
    """Each with the fields that it asks for, as bits: most ask for one that another box leaves free."""
    waiting = list(twins)
    for a, b in pairs:
        for twin in [twin for twin in waiting if twin[0] < a and twin[1] < b]:
            waiting.remove(twin)
            takers.append(_beyond(was.boxes[twin[0]], box))
        if takers and not takers[-1][1]:  # all of the box is taken by now
            break
        mine = was.boxes[a]
        if not overlap(mine, box):
            continue
        shared = {
            field: region.narrowed(box[field]) if field in box else region for field, region in mine.items()
        }
        free = ~sum(1 << field for field in shared)
        if any(not asked & free and _holds(taker, shared) for asked, taker in takers):
            continue
        found.add(a)
        if was.are_plain[a]:
            takers.append(_beyond(mine, box))
    return found


def _beyond(one: Numbered, box: Numbered) -> tuple[int, Numbered]:
    """What one box asks beyond what another does, and of which fields."""
    found = {
        field: region for field, region in one.items() if field not in box or not region.holds(box[field])
    }
    return sum(1 << field for field in found), found


def _holds(taker: Numbered, shared: Numbered) -> bool:
    """Whether all that lies in a box lies in another that asks for none but its fields."""
    return all(region.holds(shared[field]) for field, region in taker.items())


def _is_plain(rule: Rule, policy: CheckedPolicy, definitions: Mapping[e.Expr, e.Expr]) -> bool:
    """Whether a rule takes all contacts in its box."""
    if not isinstance(rule.body, Outcome) or policy.queues[rule.body.queue].calendar is not None:
        return False
    return all(_asked(part) is not None for part in conjuncts(rule.condition, definitions))


def _key(rule: Rule, policy: CheckedPolicy) -> object:
    """All that makes a rule decide as it does."""
    queues = [policy.queues[name] for name in sorted(names_given(outcomes_of(rule.body), "queue"))]
    return rule.condition, rule.body, tuple(map(_serving, queues))


def _serving(queue: Queue) -> object:
    return queue.name, queue.channels, queue.calendar


# ── boxes ─────────────────────────────────────────────────────────────────────


def box_of(condition: e.Expr | None, definitions: Mapping[e.Expr, e.Expr]) -> Box:
    """Gives the box of a condition: whoever meets it lies in there; who lies in there need not meet it.

    >>> value = e.FieldRef("customer", "value")
    >>> box_of(e.InRange(value, e.Constant(1), e.Constant(2)), {})[value]
    Region(values=None, low=(1, 0), high=(2, 0), order=None)
    """
    found: dict[e.Expr, Region] = {}
    for part in conjuncts(condition, definitions):
        asked = _asked(part)
        if asked is not None:
            base, region = asked
            found[base] = found[base].narrowed(region) if base in found else region
    return found


def _asked(test: e.Expr) -> tuple[e.FieldRef, Region] | None:
    """The values of a field of which a test is true; the two versions may put names in different orders."""
    match test:
        case e.FieldRef():
            return test, Region(frozenset({True}))
        case e.Not(e.FieldRef() as flag):
            return flag, Region(frozenset({False}))
    base, region = operand_of(test), region_of(test)
    if region is None or region.order is not None or not isinstance(base, e.FieldRef):
        return None
    return base, region


def overlap(one: Mapping[Field, Region], other: Mapping[Field, Region]) -> bool:
    """Tells whether a contact may lie in both.

    >>> low, high = Region(high=(3, -1)), Region(low=(3, 0))
    >>> overlap({e.Now(): low}, {e.Now(): high}), overlap({e.Now(): low}, {})
    (False, True)
    """
    for field, region in one.items():
        theirs = other.get(field)
        if theirs is not None and not region.meets(theirs):
            return False
    return True

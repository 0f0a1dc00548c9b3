"""Which rules of two policies are the same, so that only the others have to be looked at.

Rules that are the same are matched in one order. So where a contact is treated differently by its rule,
a rule without a match decides in one policy or the other: were both deciders matched, the one that comes
first would have taken the contact in both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from routekit.diff.changed_parts import Side
from routekit.diff.declared_parts import goes_beyond
from routekit.diff.joined_policy import Joined
from routekit.policy.model import CheckedPolicy, Rule
from routekit.policy.references import INBOUND, declared
from routekit.prover.sat.formula import FALSE
from routekit.translation import plural

__all__ = [
    "Alignment",
    "align",
    "changed_in_text",
    "decisive",
    "finishing",
    "is_same_text",
    "lemma",
    "notes_of",
    "pairs_of",
    "names_changed",
]


@dataclass(frozen=True, slots=True)
class Alignment:
    """``pairs`` are places of equal rules in both; ``gone`` and ``come`` those of all others."""

    pairs: tuple[tuple[int, int], ...]
    gone: tuple[int, ...]
    come: tuple[int, ...]


def align(old: Side, new: Side) -> Alignment:
    """Matches the rules by all that makes them decide as they do; names and texts do not count."""
    pairs = pairs_of(old.keys, new.keys)
    matched_old, matched_new = {a for a, _ in pairs}, {b for _, b in pairs}
    return Alignment(
        tuple(pairs),
        tuple(place for place in range(len(old.keys)) if place not in matched_old),
        tuple(place for place in range(len(new.keys)) if place not in matched_new),
    )


def pairs_of(one: Sequence[object], other: Sequence[object]) -> list[tuple[int, int]]:
    """Pairs the places of equal keys, in one order.

    >>> pairs_of("abcd", "axcd")
    [(0, 0), (2, 2), (3, 3)]
    """
    numbers: dict[object, int] = {}
    first, second = ([numbers.setdefault(key, len(numbers)) for key in keys] for keys in (one, other))
    return [
        (block.a + step, block.b + step)
        for block in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    ]


def lemma(old: Side, new: Side, alignment: Alignment) -> int:
    """Tells where no rule without a match decides, and adds what follows of it for the others."""
    gates = old.outcomes.gates
    changed = [old.decides[place] for place in alignment.gone] + [
        new.decides[place] for place in alignment.come
    ]
    same = gates.all(-literal for literal in changed)
    if same == FALSE:
        return same
    for one, other in alignment.pairs:
        for mine, theirs in zip(old.ways_of(one), new.ways_of(other), strict=True):
            if mine.decides != theirs.decides:
                gates.add((-same, -mine.decides, theirs.decides))
                gates.add((-same, mine.decides, -theirs.decides))
    return same


def finishing(side: Side) -> object:
    """Gathers what makes an outcome of what a rule gives: adjustments, offers, who answers on a channel."""
    policy = side.outcomes.policy
    true = side.outcomes.space.true
    return (
        tuple((true(item.condition), item.changes) for item in policy.adjustments),
        tuple((o.name, true(o.condition), o.worth, o.channels, o.caps) for o in policy.offers),
        frozenset(true(item.condition) for item in policy.nevers),
        policy.show if policy.show is not None and policy.show < len(policy.offers) else None,
        policy.data,
        frozenset((name, channel.assisted) for name, channel in policy.channels.items()),
    )


def changed_in_text(
    old: Side,
    new: Side,
    alignment: Alignment,
    others: Sequence[tuple[Rule, Rule]],
    put_back: Iterable[str],
) -> tuple[int, int, int]:
    """Counts how many equal rules have another name, stand elsewhere among the others, or say it otherwise.

    ``others`` are pairs of equal rules beside those that were looked at, and rules that were ``put_back``
    had moved.
    """
    was, is_ = old.policy.rules, new.policy.rules
    moved_keys = [old.keys[place] for place in alignment.gone]
    moved = set(put_back)
    for place in alignment.come:
        # those of a queue that a field names stand in the order of the queues
        if new.keys[place] in moved_keys and is_[place].chosen_by is None:
            moved_keys.remove(new.keys[place])
            moved.add(is_[place].name)
    renamed, texts = _said_otherwise([*((was[a], is_[b]) for a, b in alignment.pairs), *others])
    return renamed, len(moved), texts


def decisive(policy: CheckedPolicy) -> object:
    """Gathers all that makes an outcome of what a rule gives, as it is written."""
    return (
        [(item.condition, item.changes) for item in policy.adjustments],
        [replace(item, title="", span=None) for item in policy.offers],
        [item.condition for item in policy.nevers],
        policy.show,
        policy.data,
        {name: channel.assisted for name, channel in policy.channels.items()},
    )


def is_same_text(joined: Joined) -> bool:
    """Tells whether the two say the same word for word, in all that decides."""
    fields = joined.fields
    alike = all(leaf == said for leaf, said in (*fields.old.items(), *fields.new.items()))
    alike = alike and (INBOUND in declared(joined.old)) is (INBOUND in declared(joined.new))
    return (
        not joined.limits
        and alike
        and _told(joined.old) == _told(joined.new)
        and not any(goes_beyond(item, joined.old, joined.new) for item in joined.new.guarantees)
    )


def _told(policy: CheckedPolicy) -> object:
    """All of a policy that decides, and what it promises."""
    return (
        [(rule.condition, rule.body) for rule in policy.rules],
        decisive(policy),
        {name: (queue.channels, queue.calendar) for name, queue in policy.queues.items()},
        [(item.name, item.condition, item.promise, item.held) for item in policy.guarantees],
        [replace(item, title="") for item in policy.samenesses],
    )


def names_changed(old: CheckedPolicy, new: CheckedPolicy) -> tuple[int, int, int]:
    """Counts the same for policies that are the same word for word."""
    renamed, texts = _said_otherwise(zip(old.rules, new.rules, strict=True))
    return renamed, 0, texts


def _said_otherwise(pairs: Iterable[tuple[Rule, Rule]]) -> tuple[int, int]:
    """How many rules, as they are written, have another name, and how many another title or reason."""
    renamed, texts = set(), set()
    for one, other in pairs:
        if _base(one) != _base(other):
            renamed.add(other.name)
        if (one.title, one.because) != (other.title, other.because):
            texts.add(other.name)
    return len(renamed), len(texts)


def _base(rule: Rule) -> str:
    return rule.name if rule.table is None else rule.table


def notes_of(counts: tuple[int, int, int]) -> tuple[str, ...]:
    """Says what changed in the rules without any consequence: names, places, and titles or reasons."""
    renamed, moved, said = counts
    told = (
        (renamed, plural("{number} rule was renamed", "{number} rules were renamed", renamed)),
        (moved, plural("{number} rule was moved", "{number} rules were moved", moved)),
        (
            said,
            plural(
                "{number} rule was given another title or reason",
                "{number} rules were given another title or reason",
                said,
            ),
        ),
    )
    return tuple(text for number, text in told if number)

"""The difference of two policies against looking at every contact there is."""

import re
import sys
from collections import defaultdict

import pytest
from hypothesis import given

from routekit import Engine, Policy, PolicyError
from routekit.analysis import Difference, diff
from routekit.diff import Comparer, Key, affected_rules
from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy
from routekit.prover.domains.terms import NOON
from routekit.reference import Scope
from routekit.testing.choices import Dice, seeded
from routekit.testing.contact_generator import Callers
from tests.properties.edits import edited, rewritten, widened_contacts
from tests.properties.small import write_small
from tests.strategies import policy_texts, seeds, slow

MARKED = re.compile(r"\((before|now)\)")
CONTACTS = widened_contacts()


def versions(dice: Dice) -> tuple[Policy, Policy]:
    """A small policy, and the same with a few edits."""
    text = write_small(dice)
    for _ in range(20):
        try:
            return Policy.from_text(text), Policy.from_text(edited(text, dice))
        except PolicyError:
            continue
    return Policy.from_text(text), Policy.from_text(text)


def look(old: Policy, new: Policy) -> dict[Key, list[dict[str, object]]]:
    """All contacts that are treated differently, by what changes."""
    one, other, comparer = Engine(old), Engine(new), Comparer(old.checked, new.checked)
    found: dict[Key, list[dict[str, object]]] = defaultdict(list)
    for contact in CONTACTS:
        before, after = one.decide(contact, now=NOON), other.decide(contact, now=NOON)
        changes = comparer.changes(before, after)
        if changes:
            found[comparer.key(before, after, changes)].append(contact)
    return found


def compare(old: Policy, new: Policy) -> Difference:
    difference, seen = diff(old, new), look(old, new)
    assert not difference.unknown
    assert not difference.more
    found = {group.key: group for group in difference.groups}
    assert set(found) >= set(seen), "a difference was missed"
    comparer, engines = Comparer(old.checked, new.checked), (Engine(old), Engine(new))
    for key, group in found.items():
        before, after = group.witness.before, group.witness.decision
        assert engines[0].decide(group.witness.contact, now=NOON) == before
        assert engines[1].decide(group.witness.contact, now=NOON) == after
        changes = comparer.changes(before, after)
        assert comparer.key(before, after, changes) == key
        for contact in seen[key][:: len(seen[key]) // 40 + 1]:
            check_told(comparer, *engines, group.changes, group.more, contact)
        if declares_alike(old.checked, new.checked) and not MARKED.search(group.who.condition):
            check_condition(new, group.who.condition, group.who.exact, bool(group.who.share), seen[key])
    if difference.answer == "same":
        assert not seen
    return difference


def check_told(
    comparer: Comparer,
    old: Engine,
    new: Engine,
    told: tuple[object, ...],
    more: tuple[str, ...],
    contact: dict[str, object],
) -> None:
    """All that changes for a contact is told of its group, and what is said of all is so."""
    before, after = old.decide(contact, now=NOON), new.decide(contact, now=NOON)
    changes = comparer.changes(before, after)
    assert all(change in told or change.part in more for change in changes)
    assert all(change in changes for change in told if change.always)  # type: ignore[attr-defined]


def declares_alike(old: CheckedPolicy, new: CheckedPolicy) -> bool:
    return old.records == new.records


def check_condition(
    policy: Policy, condition: str, exact: bool, dealt: bool, members: list[dict[str, object]]
) -> None:
    """Every contact of a group meets its condition; where it is exact, nobody else does."""
    asked = policy.question(f"can {condition} reach queue is desk").condition
    intake = Intake(policy.checked)

    def meets(contact: dict[str, object]) -> bool:
        return Scope(policy.checked, intake.read(contact, NOON)).is_true(asked)

    assert all(meets(contact) for contact in members[:: len(members) // 40 + 1])
    if exact and not dealt:
        known = {str(contact) for contact in members}
        assert all(str(contact) in known for contact in CONTACTS[::23] if meets(contact))


@slow
@given(seeds)
def test_differences_agree_with_every_contact(seed: int) -> None:
    compare(*versions(seeded(seed)))


def test_a_group_whose_shares_differ_is_not_said_to_be_exact() -> None:
    compare(*versions(seeded(597)))


def test_values_that_a_split_deals_alike_are_listed() -> None:
    compare(*versions(seeded(500622)))


@slow
@given(seeds)
def test_what_is_far_from_a_change_makes_no_difference(seed: int) -> None:
    old, new = versions(seeded(seed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(affected_rules, "FEWEST", 0)
        patch.setattr(affected_rules, "LEAST_SHARE", 0)
        compare(old, new)


@slow
@given(seeds)
def test_the_solver_of_our_own_agrees_too(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pysat.solvers", None)
        compare(*versions(seeded(seed)))


@slow
@given(seeds)
def test_other_words_for_the_same_are_no_difference(seed: int) -> None:
    dice = seeded(seed)
    text = write_small(dice)
    old, new = Policy.from_text(text), Policy.from_text(rewritten(text, dice))
    difference = compare(old, new)
    assert not difference.groups
    assert not difference.settings


@slow
@given(policy_texts(), seeds)
def test_whole_policies_are_the_same_as_themselves(text: str, seed: int) -> None:
    policy = Policy.from_text(text)
    assert diff(policy, policy).answer == "same"


@slow
@given(policy_texts(), policy_texts(), seeds)
def test_no_contact_refutes_what_is_said_of_whole_policies(text: str, other: str, seed: int) -> None:
    old, new = Policy.from_text(text), Policy.from_text(other)
    difference = diff(old, new, timeout=5)
    comparer, dice = Comparer(old.checked, new.checked), seeded(seed)
    for group in difference.groups:
        before, after = group.witness.before, group.witness.decision
        assert comparer.key(before, after, comparer.changes(before, after)) == group.key
    if difference.unknown or difference.more:
        return
    keys = {group.key for group in difference.groups}
    callers = Callers(new.checked, dice)
    for number in range(40):
        contact, now = callers.valid(dice) if number % 4 else callers.corrupted(dice), callers.clock(dice)
        before, after = Engine(old).decide(contact, now=now), Engine(new).decide(contact, now=now)
        changes = comparer.changes(before, after)
        assert not changes or comparer.key(before, after, changes) in keys

"""The difference of two policies against looking at every contact there is."""

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given

from routekit import Decision, Engine, Policy, PolicyError
from routekit.analysis import Difference, diff
from routekit.diff import Comparer, Description, Key, affected_rules
from routekit.diff.joined_fields import AFTER, BEFORE, raw_name
from routekit.diff.joined_policy import join
from routekit.diff.results import Version
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.model import HISTORY, Field, Let
from routekit.policy.references import defined
from routekit.prover.domains.terms import NOON
from routekit.reasons.words import Words
from routekit.reference import Scope
from routekit.schema.writing import as_text, type_text
from routekit.testing.choices import seeded
from routekit.testing.contact_generator import Callers
from tests.generate.contacts import widened_contacts
from tests.generate.edits import rewritten, versions
from tests.generate.policies import Author
from tests.generate.settings import SMALL
from tests.strategies import policy_texts, seeds, slow

MARKED = re.compile(r" \((before|now)\)")
CONTACTS = widened_contacts()


Seen: TypeAlias = Mapping[Key, list[dict[str, object]]]


class Deciding:
    """Decides contacts of which what a version cannot read is missing for it.

    Differences are those of good input: a value that only the other version knows is none for this one, but
    does not keep offers back either, as bad input does.
    """

    def __init__(self, policy: Policy) -> None:
        self._engine, self._intake = Engine(policy), Intake(policy.checked)

    def decide(self, contact: Mapping[str, object]) -> Decision:
        return self._engine.decide(self._readable(contact), now=NOON)

    def _readable(self, contact: Mapping[str, object]) -> Mapping[str, object]:
        unreadable = self._intake.read(contact, NOON).unreadable
        if not unreadable:
            return contact
        without = {name: dict(values) for name, values in contact.items() if isinstance(values, dict)}
        for ref in unreadable:
            assert isinstance(ref, e.FieldRef)
            del without[ref.record][ref.field]
        return without


def look(old: Policy, new: Policy) -> Seen:
    """All contacts that are treated differently, by what changes."""
    one, other, comparer = Deciding(old), Deciding(new), Comparer(old.checked, new.checked)
    found: dict[Key, list[dict[str, object]]] = defaultdict(list)
    for contact in CONTACTS:
        before, after = one.decide(contact), other.decide(contact)
        changes = comparer.changes(before, after)
        if changes:
            found[comparer.key(before, after, changes)].append(contact)
    return dict(found)


def compare(old: Policy, new: Policy, seen: Seen | None = None) -> Difference:
    """Compares a difference with what was seen, if it was looked for already."""
    difference, seen = diff(old, new), look(old, new) if seen is None else seen
    assert not difference.unknown
    assert not difference.more
    found = {group.key: group for group in difference.groups}
    assert set(found) >= set(seen), "a difference was missed"
    comparer, engines = Comparer(old.checked, new.checked), (Engine(old), Engine(new))
    deciding = Deciding(old), Deciding(new)
    for key, group in found.items():
        before, after = group.witness.before, group.witness.decision
        assert engines[0].decide(group.witness.contact, now=NOON) == before
        assert engines[1].decide(group.witness.contact, now=NOON) == after
        changes = comparer.changes(before, after)
        assert comparer.key(before, after, changes) == key
        members = seen.get(key, [])
        for contact in members[:: len(members) // 40 + 1]:
            check_told(comparer, *deciding, group.changes, group.more, contact)
    conditions = Conditions(old, new)
    everybody = [contact for members in seen.values() for contact in members]
    conditions.check(difference.common, everybody)
    for key, group in found.items():
        exact = group.who.exact and not group.who.share
        conditions.check(group.who, seen.get(key, []), exact=exact)
    if difference.answer == "same":
        assert not seen
    return difference


def check_told(
    comparer: Comparer,
    old: Deciding,
    new: Deciding,
    told: tuple[object, ...],
    more: tuple[str, ...],
    contact: dict[str, object],
) -> None:
    """All that changes for a contact is told of its group, and what is said of all is so."""
    before, after = old.decide(contact), new.decide(contact)
    changes = comparer.changes(before, after)
    assert all(change in told or change.part in more for change in changes)
    assert all(change in changes for change in told if change.always)  # type: ignore[attr-defined]


class Reading:
    """The contacts as a policy reads them, of which conditions in its words are asked."""

    def __init__(self, policy: Policy, contacts: Iterable[Mapping[str, object]]) -> None:
        self._policy, self._definitions = policy, defined(policy.checked)
        intake = Intake(policy.checked)
        self._facts = [intake.read(contact, NOON) for contact in contacts]

    def check(self, condition: str, wanted: set[int], *, exact: bool) -> None:
        """Every contact that is wanted meets a condition; where it is exact, nobody else does."""
        asked = None
        if condition:
            asked = self._policy.question(f"can {condition} reach queue is desk").condition
        read = dict.fromkeys(self._read(asked))
        known: dict[object, bool] = {}  # contacts with the same values of all that it asks are alike
        for contact, facts in zip(CONTACTS, self._facts, strict=True):
            if exact or id(contact) in wanted:
                values = tuple(facts.fields[path] for path in read)
                if values not in known:
                    known[values] = Scope(self._policy.checked, facts).is_true(asked)
                assert known[values] is (id(contact) in wanted), (condition, contact)

    def _read(self, expr: e.Expr | None) -> Iterator[tuple[str, str]]:
        """The fields that a condition asks for, by the definitions that it names too."""
        for part in () if expr is None else e.parts(expr):
            if isinstance(part, e.FieldRef):
                yield part.record, part.field
            elif part in self._definitions:
                yield from self._read(self._definitions[part])


class Conditions:
    """Reads the conditions that are told of two versions again, and asks contacts.

    Each is read in the names of both, and as it stands by the versions whose words it is said to be in.
    """

    def __init__(self, old: Policy, new: Policy) -> None:
        self._joined = join(old.checked, new.checked)
        marked = [self._marked(contact) for contact in CONTACTS]
        self._both = Reading(Policy.from_text(self._text()), marked)
        self._alone: dict[Version, Reading] = {"old": Reading(old, CONTACTS), "new": Reading(new, CONTACTS)}

    def check(self, who: Description, members: list[dict[str, object]], *, exact: bool = False) -> None:
        """Every contact of a group meets its condition; where it is exact, nobody else does."""
        wanted = {id(contact) for contact in members}
        assert not MARKED.search(who.condition)
        self._both.check(self._in_names_of_both(who), wanted, exact=exact)
        for version in who.versions:
            self._alone[version].check(who.condition, wanted, exact=exact)

    def _in_names_of_both(self, who: Description) -> str:
        text = who.condition
        names = self._names()
        for item in who.meant:
            marked = item.name + {"old": BEFORE, "new": AFTER, "neither": ""}[item.version]
            name = plain(marked) if marked in names else item.name
            text = re.sub(rf"(?<![\w.]){re.escape(item.written)}(?![\w.])", name, text)
        return text

    def _names(self) -> set[str]:
        policy = self._joined.policy
        fields = {f"{record.name}.{field.name}" for record in policy.records for field in record.fields}
        return fields | {item.name for item in policy.definitions}

    def _text(self) -> str:
        """What both versions declare, so that any condition about them can be read."""
        joined, words = self._joined, Words(self._joined.policy, whole=True)
        text = "policy joined\nhistory { loyal open incident }\n"
        for record in joined.policy.records:
            if record.name != HISTORY:
                fields = "\n".join(map(declaration, record.fields))
                text += f"record {record.name} {{\n{fields}\n}}\n"
        for item in joined.policy.definitions:
            if isinstance(item, Let):
                text += f"let {item.name} {as_let(item, words)}\n"
            else:
                text += f"segment {item.name} when {words.expr(item.condition)}\n"
        text += "".join(f"channel {name} {{ assisted }}\n" for name in joined.policy.channels)
        return plain(f"{text}queue desk {{ on voice, web }}\nroute {{ otherwise queue desk }}\n")

    def _marked(self, contact: Mapping[str, object]) -> dict[str, dict[str, object]]:
        """The contact with the values of fields that the versions read in two ways under both names."""
        found: dict[str, dict[str, object]] = {}
        for record in self._joined.policy.records:
            values = contact[record.name]
            assert isinstance(values, dict)
            names = [(field.name, raw_name(field.name)) for field in record.fields]
            found[record.name] = {plain(name): values[raw] for name, raw in names if raw in values}
        return found


def plain(text: str) -> str:
    """A text in which what is marked as of one version has a name that can be declared."""
    return MARKED.sub(r"_\1", text)


def as_let(item: Let, words: Words) -> str:
    """What stands behind the name of a let; its type is written where it bounds the value."""
    text = words.expr(item.expr)
    match item.expr:
        case e.Cases("first"):
            return f"{type_text(item.type)} {text}"
        case e.Cases():
            return text
        case e.Bounded():
            return f"{type_text(item.type)} = {text}"
        case _:
            return f"= {text}"


def declaration(field: Field) -> str:
    default = "" if field.default is None else f" = {as_text(field.default, field.type, UTC)}"
    return f"  {field.name} {type_text(field.type)}{default or (' ?' if field.optional else '')}"


@slow
@given(seeds)
def test_differences_agree_with_every_contact(seed: int) -> None:
    """As they are found, and by the solver of our own where what is far from a change is left out."""
    old, new = versions(seeded(seed))
    seen = look(old, new)
    compare(old, new, seen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pysat.solvers", None)
        patch.setattr(affected_rules, "FEWEST", 0)
        patch.setattr(affected_rules, "LEAST_SHARE", 0)
        compare(old, new, seen)


@pytest.mark.parametrize(
    "name",
    [
        "shares_differ",  # a group whose shares differ is not said to be exact
        "shares_alike",  # values that a split deals alike are listed
    ],
)
def test_differences_that_were_once_told_wrongly(name: str) -> None:
    kept = Path(__file__).parent / "kept"
    compare(Policy.from_path(kept / f"{name}.before.route"), Policy.from_path(kept / f"{name}.route"))


@slow
@given(seeds)
def test_other_words_for_the_same_are_no_difference(seed: int) -> None:
    dice = seeded(seed)
    draft = Author(dice, SMALL).draft
    old, new = Policy.from_text(draft.text()), Policy.from_text(rewritten(draft, dice))
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
    comparer, dice = Comparer(old.checked, new.checked, difference.renames), seeded(seed)
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


@slow
@given(policy_texts(), seeds)
def test_new_names_move_nobody(text: str, seed: int) -> None:
    dice = seeded(seed)
    old = Policy.from_text(text)
    names = [*old.checked.queues, *old.checked.messages, *(offer.name for offer in old.checked.offers)]
    name = dice.pick(names)
    try:
        new = Policy.from_text(re.sub(rf"(?<![\w\"]){re.escape(name)}(?![\w\"])", f"{name}_anew", text))
    except PolicyError:  # it is the name of something else too
        return
    difference = diff(old, new, timeout=5)
    if not difference.renames or any(item.sent for item in difference.renames):
        return
    assert not difference.groups
    comparer = Comparer(old.checked, new.checked, difference.renames)
    callers = Callers(old.checked, dice)
    for _ in range(20):
        contact, now = callers.valid(dice), callers.clock(dice)
        before, after = Engine(old).decide(contact, now=now), Engine(new).decide(contact, now=now)
        assert not comparer.changes(before, after)

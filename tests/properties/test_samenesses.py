"""What is promised whatever differs, against looking at every two contacts that differ in it alone."""

from collections import defaultdict

from hypothesis import given

from routekit import Engine, Policy
from routekit.analysis import prove
from routekit.intake import Intake
from routekit.policy.decision import Decision
from routekit.policy.expressions import FieldRef
from routekit.policy.facts import Facts
from routekit.policy.model import Sameness
from routekit.prover.domains.terms import NOON
from routekit.prover.witness import Pair
from routekit.reference import Scope
from routekit.testing.choices import seeded
from tests.generate.contacts import every_contact, facts_of_every_contact
from tests.generate.policies import Author
from tests.generate.settings import SMALL
from tests.strategies import seeds, slow

CONTACTS = list(every_contact())


def parts_of(item: Sameness, decision: Decision) -> tuple[object, ...]:
    """What must be the same of a decision."""
    return tuple(
        decision.data[name.removeprefix("data.")] if name.startswith("data.") else getattr(decision, name)
        for name in item.parts
    )


def is_about(policy: Policy, item: Sameness, facts: Facts) -> bool:
    """Whether a contact is one of those of whom it is promised."""
    return Scope(policy.checked, facts).is_true(item.condition) and all(
        varied.values is None or facts.fields[varied.ref.record, varied.ref.field] in varied.values
        for varied in item.varied
        if isinstance(varied.ref, FieldRef)
    )


def apart(item: Sameness, facts: Facts) -> tuple[object, ...]:
    """All of a contact but what may differ."""
    varied = {(each.ref.record, each.ref.field) for each in item.varied if isinstance(each.ref, FieldRef)}
    return tuple(value for path, value in facts.fields.items() if path not in varied)


def broken(policy: Policy) -> set[str]:
    """The promises that two contacts break, found by looking at all there are."""
    engine, found = Engine(policy), set[str]()
    decided = [engine.decide(contact, now=NOON) for contact in CONTACTS]
    for item in policy.checked.samenesses:
        seen: dict[tuple[object, ...], set[tuple[object, ...]]] = defaultdict(set)
        for facts, decision in zip(facts_of_every_contact(), decided, strict=True):
            if not facts.problems and is_about(policy, item, facts):
                seen[apart(item, facts)].add(parts_of(item, decision))
        found |= {item.name} if any(len(parts) > 1 for parts in seen.values()) else set()
    return found


@slow
@given(seeds)
def test_promises_of_the_same_agree_with_every_two_contacts(seed: int) -> None:
    author = Author(seeded(seed), SMALL)
    author.samenesses(3)
    policy = Policy.from_text(author.draft.text())
    engine, intake = Engine(policy), Intake(policy.checked)
    items = {item.name: item for item in policy.checked.samenesses}
    answers = {promise.name: promise for promise in prove(policy).guarantees if promise.name in items}
    assert answers.keys() == items.keys()
    expected = broken(policy)
    for name, promise in answers.items():
        is_open = promise.answer == "unknown" and "plan" in items[name].parts  # of what its steps set
        assert is_open or promise.answer == ("counterexample" if name in expected else "proved")
        if promise.answer != "counterexample":
            continue
        assert isinstance(promise.witness, Pair)
        item, pair = items[name], (promise.witness.contact, promise.witness.other)
        facts = [intake.read(contact, NOON) for contact in pair]
        assert apart(item, facts[0]) == apart(item, facts[1])
        assert all(is_about(policy, item, each) and not each.problems for each in facts)
        assert len({parts_of(item, engine.decide(contact, now=NOON)) for contact in pair}) == 2

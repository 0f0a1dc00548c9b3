"""The rule packs that the project ships are what it says they are."""

import json

import pytest

from routekit import Engine, InvalidContact, Policy
from routekit.engine.examples import mismatches
from tests.properties.packs import PACKS, RULES, pack, sample_contacts

packs = pytest.mark.parametrize("name", PACKS)


def test_there_are_four() -> None:
    assert PACKS == ("airline", "bank", "telecom", "utility")


@packs
def test_a_pack_is_read_without_a_warning(name: str) -> None:
    assert Policy.from_path(RULES / f"{name}.route").warnings == ()


@packs
def test_a_pack_shows_what_the_language_can_do(name: str) -> None:
    policy = pack(name).checked
    assert len(policy.examples) >= 8
    assert len(policy.guarantees) >= 2
    assert any(rule.table for rule in policy.rules)
    assert any(hasattr(rule.body, "arms") for rule in policy.rules)
    assert any(offer.caps for offer in policy.offers)
    assert policy.nevers
    assert policy.live


@packs
def test_the_examples_of_a_pack_come_true(name: str) -> None:
    engine = Engine(pack(name))
    wrong = {example.title: mismatches(engine, example)[1] for example in engine.policy.checked.examples}
    assert {title: found for title, found in wrong.items() if found} == {}


@packs
def test_the_sample_contacts_of_a_pack_reach_much_of_it(name: str) -> None:
    engine, reached = Engine(pack(name)), set()
    for contact in sample_contacts(name):
        decision = engine.decide(contact)
        reached.add(decision.rule)
        json.dumps(decision.to_dict(), allow_nan=False)
    rules = {rule.name for rule in engine.policy.checked.rules}
    assert reached <= rules
    assert len(reached) >= len(rules) / 2


@packs
def test_some_of_the_sample_contacts_are_as_wrong_as_in_life(name: str) -> None:
    engine = Engine(pack(name))
    wrong = [contact for contact in sample_contacts(name) if engine.decide(contact).problems]
    assert 0 < len(wrong) < len(sample_contacts(name)) / 3
    for contact in wrong:
        with pytest.raises(InvalidContact):
            engine.decide(contact, strict=True)

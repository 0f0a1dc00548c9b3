"""Conversations about generated policies: the same decisions as the engine's, and nothing breaks them."""

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.policy.model import Given
from routekit.repl import Conversation, Session
from routekit.repl.completion import completions
from routekit.repl.wording import visible
from routekit.schema.times import parse_time, zone
from routekit.testing import contacts
from tests.strategies import any_text, policy_texts, slow, token_soup

NOW = "2026-05-11 10:00"


def _conversation(folder: str, text: str) -> Conversation:
    path = Path(folder) / "policy.route"
    path.write_text(text, encoding="utf-8")
    conversation = Conversation(Session.of(path))
    assert conversation.answer(f"now {NOW}").ok
    return conversation


@slow
@given(data=st.data(), text=policy_texts())
def test_a_contact_is_decided_as_the_engine_decides_it_and_so_is_its_example(
    data: st.DataObject, text: str
) -> None:
    policy = Policy.from_text(text)
    contact = data.draw(contacts(policy))
    now = parse_time(NOW, zone(policy.checked.timezone))
    with tempfile.TemporaryDirectory() as folder:
        conversation = _conversation(folder, text)
        session = conversation.session
        assert conversation.answer(json.dumps(contact)).ok
        decided = session.decide()
        assert decided == Engine(policy).decide(contact, now=now)
        answer = conversation.answer('save "as it was"')
        if not answer.ok:
            assert session.versions.path.read_text(encoding="utf-8") == text
            return
        example = session.version.policy.checked.examples[-1]
        assert example.title == "as it was"
        assert conversation.answer("test as it was").ok
        expected = {item.what: item.value for item in example.expected}
        if "decided otherwise" not in answer.text:
            assert expected["queue"] == decided.queue
            assert expected["rule"] == decided.rule


@slow
@given(data=st.data(), text=policy_texts())
def test_facts_that_are_typed_one_by_one_come_to_the_same(data: st.DataObject, text: str) -> None:
    policy = Policy.from_text(text)
    contact = data.draw(contacts(policy))
    with tempfile.TemporaryDirectory() as folder:
        whole, typed = _conversation(folder, text), _conversation(folder, text)
        whole.answer(json.dumps(contact))
        for path, given_ in whole.session.facts.items():
            name = ".".join(path)
            value = whole.session.written(Given(path, given_.live, given_.value)).removeprefix(f"{name} ")
            if typed.answer(f"{name} = {value}").ok:
                assert typed.session.facts[path] == given_
            assert typed.answer(name).ok
        if typed.session.facts == whole.session.facts and not whole.session.shown:
            typed.session.clock = whole.session.clock
            assert typed.session.decide() == whole.session.decide()


@slow
@given(text=policy_texts(), lines=st.lists(any_text() | token_soup(), max_size=5))
def test_no_line_breaks_a_conversation(text: str, lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        conversation = _conversation(folder, text)
        for line in lines:
            said = conversation.answer(line).text
            assert said == visible(said)
            for end in (len(line), len(line) // 2):
                completions(conversation.session, line[:end])

"""A changed fact reaches every channel in one revision, and the agent in full."""

import json
from datetime import UTC, datetime
from pathlib import Path

from routekit import Policy
from routekit.service import Router
from routekit.service.policies import Acceptance, PolicySource, Signature, document, sign
from routekit.service.policies.bundle import Document
from tests.service.versions import eventually

_POLICY = """
policy answers "What is said"
timezone Asia/Shanghai
record contact { channel one of voice, web, sms  at time ?  intent one of bill, fault, other = other }
channel voice { assisted }
channel web { self_service }
channel sms { self_service }
queue general { on voice, web, sms }
matter bill "Questions about the bill" when contact.intent in {bill, fault} { solved on web }
matter fault when contact.intent is fault { solved on voice }
facts from "facts/facts.csv"
message late_bill about bill {
  voice "It costs {late_fee} more."
  web "It costs {late_fee} more, see {pay_url}."
  sms "Pay, else {late_fee}."
}
message repair about fault { voice "We come within {repair_days} days." }
message hello { voice "Hello, {late_fee}!" }
route { otherwise queue general, message hello }
"""
_FACTS = """name,value,from,until
late_fee,{fee},,2026-12-31
late_fee,9 EUR,2027-01-01,
repair_days,2,,2026-11-30
"""
_NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def _written(folder: Path) -> Path:
    (folder / "facts").mkdir()
    (folder / "facts" / "facts.csv").write_text(_FACTS.format(fee="3 EUR"))
    path = folder / "answers.route"
    path.write_text(_POLICY)
    return path


def _contact(channel: str, intent: str = "bill") -> dict[str, object]:
    return {"contact": {"channel": channel, "intent": intent}}


def test_a_changed_fact_reaches_every_channel_in_one_revision(tmp_path: Path) -> None:
    path = _written(tmp_path)
    source = PolicySource(path, acceptance=Acceptance(guarantees="off"), poll=0.05, settle=0.01)
    with Router(source) as router:

        def told() -> dict[str, tuple[str, str]]:
            decisions = {
                name: router.route_sync(_contact(name), now=_NOW) for name in ("voice", "web", "sms")
            }
            return {name: (each.revision, each.answers[0].said.text) for name, each in decisions.items()}

        before = told()
        assert {text for _, text in before.values()} == {
            "It costs 3 EUR more.",
            "It costs 3 EUR more, see {pay_url}.",
            "Pay, else 3 EUR.",
        }
        (tmp_path / "facts" / "facts.csv").write_text(_FACTS.format(fee="4 EUR"))
        eventually(lambda: source.serving.current.serial == 2)
        after = told()
    assert {text for _, text in after.values()} == {
        "It costs 4 EUR more.",
        "It costs 4 EUR more, see {pay_url}.",
        "Pay, else 4 EUR.",
    }
    assert len({revision for revision, _ in before.values()}) == 1
    assert len({revision for revision, _ in after.values()} | {before["web"][0]}) == 2


def test_an_agent_has_the_answers_about_what_the_contact_came_for(tmp_path: Path) -> None:
    with Router(Policy.from_path(_written(tmp_path))) as router:
        fault = router.route_sync(_contact("voice", "fault"), now=_NOW)
        other = router.route_sync(_contact("voice", "other"), now=_NOW)
        later = {"contact": {"channel": "voice", "intent": "bill", "at": "2026-12-31T16:00:00Z"}}
        new_year = router.route_sync(later, now=_NOW)
        later["contact"]["intent"] = "other"  # the caller goes on to use what he sent
    assert [(each.matter.name, each.said.text, each.said.expired) for each in fault.answers] == [
        ("bill", "It costs 3 EUR more.", ()),
        ("fault", "We come within {repair_days} days.", ("repair_days",)),
    ]
    assert other.answers == ()
    assert other.said is not None
    assert other.said.text == "Hello, 3 EUR!"
    assert [each.said.text for each in new_year.answers] == ["It costs 9 EUR more."]
    told = json.loads(json.dumps(fault.to_dict()))
    assert [each["text"] for each in told["answers"]] == [each.said.text for each in fault.answers]
    assert told["said"]["text"] == "Hello, 3 EUR!"


def test_the_file_of_facts_is_published_and_signed(tmp_path: Path) -> None:
    path = _written(tmp_path)
    key = Signature.hmac(b"sixteen bytes, or a few more")
    published = document(path, revision=1, sign=key)
    assert "facts/facts.csv" in json.loads(published)["files"]
    forged = Document.from_json(published.replace("3 EUR", "1 EUR").encode())
    assert forged.signature is not None
    assert not key.verify(forged.signed_bytes(), forged.signature)
    sign(path, key)
    with PolicySource(
        path, acceptance=Acceptance(guarantees="off"), signature=key, poll=0.05, settle=0.01
    ) as source:
        (tmp_path / "facts" / "facts.csv").write_text(_FACTS.format(fee="1 EUR"))
        eventually(lambda: source.status()["refused"] is not None)
        assert source.serving.current.serial == 1

"""The Twilio webhooks: started as the README says, asked in Twilio's own words, signed as Twilio signs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from examples.services.twiml import signature, twiml, verb
from tests.service.running import Running, eventually, policy_in, running

TOKEN = "12345"
PUBLIC = "https://calls.example.com"
WORKFLOW = "WW0123456789abcdef0123456789abcdef"
CALL = {
    "CallSid": "CA1234567890abcdef1234567890abcdef",
    "AccountSid": "AC1234567890abcdef1234567890abcdef",
    "From": "+8613800001001",
    "To": "+18005551212",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "FromCountry": "CN",
    "FromCity": "",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PUBLIC_URL": PUBLIC, "TWILIO_WORKFLOW_SID": WORKFLOW}
    with running("twilio_webhook", tmp_path_factory.mktemp("twilio"), settings) as service:
        eventually(lambda: service.client.get("/health").is_success)
        yield service


def ask(service: Running, path: str, **fields: str) -> httpx.Response:
    """A request as Twilio makes it."""
    signed = signature(TOKEN, f"{PUBLIC}{path}", list(fields.items()))
    return service.client.post(path, data=fields, headers={"X-Twilio-Signature": signed})


def answer(service: Running, path: str, **fields: str) -> Element:
    response = ask(service, path, **fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/xml")
    return fromstring(response.content)


def task(response: Element) -> tuple[Element, dict[str, object]]:
    found = response.find("Enqueue/Task")
    assert found is not None
    assert found.text is not None
    return found, json.loads(found.text)


# ── calls ─────────────────────────────────────────────────────────────────────


def test_a_call_is_asked_what_it_is_about(service: Running) -> None:
    asked = answer(service, "/twilio/voice", **CALL)
    assert [verb.tag for verb in asked] == ["Gather", "Redirect"]
    assert asked[0].get("numDigits") == "1"
    assert asked[0][0].tag == "Say"
    assert asked[1].text == asked[0].get("action")


def test_a_key_leads_to_the_queue_of_the_policy_with_what_the_agent_needs(service: Running) -> None:
    routed = answer(service, "/twilio/voice?asked=1", **CALL, Digits="6")
    enqueue = routed.find("Enqueue")
    assert enqueue is not None
    assert enqueue.get("workflowSid") == WORKFLOW
    element, attributes = task(routed)
    assert attributes["channel"] == "voice"
    assert attributes["rule"] in ("high_value_first", "high_value_after_hours")  # by the hour of the test
    priority = attributes["priority"]
    assert isinstance(priority, int)
    assert element.get("priority") == str(10 - priority)
    assert attributes["decision"]
    assert len(json.dumps(attributes)) < 4096


def test_who_presses_nothing_is_not_asked_again(service: Running) -> None:
    _, attributes = task(answer(service, "/twilio/voice?asked=1", **CALL))
    assert attributes["queue"]


def test_a_customer_led_online_gets_the_link_and_a_way_to_a_person(service: Running) -> None:
    led = answer(service, "/twilio/voice?asked=1", **{**CALL, "From": "+8613800001015"}, Digits="3")
    assert [verb.tag for verb in led] == ["Say", "Sms", "Pause", "Enqueue"]
    assert "https://portal.example.com" in (led[1].text or "")
    _, attributes = task(led)
    assert (attributes["channel"], attributes["queue"]) == ("web", "general")


def test_a_customer_led_to_the_menu_reaches_a_person_by_any_key(service: Running) -> None:
    menu = answer(service, "/twilio/voice?asked=1", **{**CALL, "From": "+8613800001002"}, Digits="3")
    assert [verb.tag for verb in menu] == ["Gather", "Redirect"]
    assert "zero for a person" in (menu[0][0].text or "")
    assert menu[1].text == menu[0].get("action")
    assert answer(service, menu[1].text or "", **CALL, Digits="0").find("Enqueue") is not None


def test_a_caller_from_abroad_is_answered_by_somebody_who_speaks_english(service: Running) -> None:
    abroad = {**CALL, "From": "+441632960006", "FromCountry": "GB"}
    _, attributes = task(answer(service, "/twilio/voice?asked=1", **abroad, Digits="2"))
    skills = attributes["skills"]
    assert isinstance(skills, list)
    assert "english" in skills


# ── messages ──────────────────────────────────────────────────────────────────


def test_a_message_is_answered_in_the_words_of_the_policy(service: Running) -> None:
    sent = {"MessageSid": "SM1", "From": "+8613800001002", "To": "+18005551212", "Body": "my bill <is> & odd"}
    answered = answer(service, "/twilio/message", **sent)
    said = answered.find("Message")
    assert said is not None
    assert said.text is not None
    assert "https://portal.example.com" in said.text
    assert "{" not in said.text


def test_a_message_that_a_person_answers_gets_no_words_of_a_machine(service: Running) -> None:
    sent = {"MessageSid": "SM2", "From": "+8613800001004", "To": "+18005551212", "Body": "hello"}
    assert len(answer(service, "/twilio/message", **sent)) == 0


# ── TaskRouter ────────────────────────────────────────────────────────────────


def test_a_reserved_worker_takes_the_call(service: Running) -> None:
    assigned = ask(service, "/twilio/assignment", TaskSid="WT1", WorkerSid="WK1", ReservationSid="WR1")
    assert assigned.json() == {"instruction": "dequeue"}


def test_what_becomes_of_a_task_is_told_to_the_next_agent(service: Running) -> None:
    call = {**CALL, "From": "+8613800001003"}
    _, first = task(answer(service, "/twilio/voice?asked=1", **call, Digits="1"))
    event = {
        "EventType": "task.completed",
        "TaskAttributes": json.dumps(first),
        "TaskCompletedReason": "a credit was given",
    }
    assert ask(service, "/twilio/events", **event).status_code == 204
    _, then = task(answer(service, "/twilio/voice?asked=1", **call, Digits="1"))
    assert "a credit was given" in json.dumps(then["context"])
    accepted = {**event, "EventType": "reservation.accepted", "WorkerName": "anna"}
    assert ask(service, "/twilio/events", **accepted, TimestampMs="1790000000000").status_code == 204
    for odd in (
        {},
        {**accepted, "TimestampMs": "9" * 40},
        {"EventType": "task.completed", "TaskAttributes": "[" * 9_000},
        {"EventType": "worker.created"},
    ):
        assert ask(service, "/twilio/events", **odd).status_code == 204


# ── who may ask ───────────────────────────────────────────────────────────────


def test_a_signature_is_that_of_twilios_own_documentation() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, list(form.items())) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_what_twilio_did_not_sign_is_refused(service: Running) -> None:
    path = "/twilio/voice"
    right = signature(TOKEN, f"{PUBLIC}{path}", list(CALL.items()))
    ways = [
        service.client.post(path, data=CALL),
        service.client.post(path, data=CALL, headers={"X-Twilio-Signature": "x"}),
        service.client.post(path, data=CALL, headers=[(b"X-Twilio-Signature", b"\xff")]),
        service.client.post(path, data={**CALL, "From": "+1"}, headers={"X-Twilio-Signature": right}),
        service.client.post(f"{path}?intent=x", data=CALL, headers={"X-Twilio-Signature": right}),
    ]
    assert [way.status_code for way in ways] == [403] * len(ways)
    assert service.client.post(path, content=b"\xff").status_code == 400
    assert service.client.post(path, content=urlencode({"Body": "x" * 100_000})).status_code == 413


def test_xml_holds_whatever_a_policy_says() -> None:
    said = 'a < b & "c" \x00\x1b\ud800 ü'
    read = fromstring(twiml(verb("Say", said, language=said)))
    assert read[0].text == 'a < b & "c"  ü'
    assert read[0].get("language") == 'a < b & "c"  ü'


# ── bad days ──────────────────────────────────────────────────────────────────


def test_without_settings_and_without_a_policy_callers_still_reach_a_person(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    good = policy.read_text(encoding="utf-8")
    policy.write_text("policy", encoding="utf-8")
    with running("twilio_webhook", tmp_path, {"ROUTEKIT_POLICY": str(policy)}) as service:
        assert service.client.get("/health").status_code == 503
        waiting = fromstring(service.client.post("/twilio/voice?asked=1", data=CALL).content)
        assert [verb.tag for verb in waiting] == ["Enqueue"]
        assert waiting[0].text == "general"
        assert service.client.post("/twilio/message", data=CALL).status_code == 503
        policy.write_text(good, encoding="utf-8")
        eventually(lambda: service.client.get("/health").is_success)
        routed = service.client.post("/twilio/voice?asked=1", data={**CALL, "Digits": "6"}).text
        assert re.search(r"<Enqueue>(dedicated|general)</Enqueue>", routed)

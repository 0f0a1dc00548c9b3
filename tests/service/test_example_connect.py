"""The Lambda function for Amazon Connect: invoked over the loopback, by the protocol of Lambda."""

import base64
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from examples.services.connect_event import MOST_BYTES, answer_of
from routekit import Decision
from tests.service.running import Running, policy_in, running

PATH = "/2015-03-31/functions/function/invocations"
ARN = "arn:aws:connect:eu-west-2:111111111111:instance/i/queue/retention"


def event(phone: str = "+8613800001001", channel: str = "VOICE", **attributes: str) -> dict[str, object]:
    """What Connect sends."""
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": attributes,
                "Channel": channel,
                "ContactId": "4a573372-1f28-4e26-b97b-000000000000",
                "CustomerEndpoint": {"Address": phone, "Type": "TELEPHONE_NUMBER"},
                "InitiationMethod": "INBOUND",
                "LanguageCode": "zh-CN",
                "Queue": None,
                "SystemEndpoint": {"Address": "+18005551212", "Type": "TELEPHONE_NUMBER"},
            },
            "Parameters": {"contact.at": "2026-11-23T10:00:00+08:00"},
        },
    }


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {"CONNECT_QUEUES": json.dumps({"retention": ARN})}
    with running("connect_lambda", tmp_path_factory.mktemp("connect"), settings) as service:
        yield service


def invoke(service: Running, sent: object) -> dict[str, str]:
    response = service.client.post(PATH, content=json.dumps(sent))
    assert response.status_code == 200
    assert "x-amz-function-error" not in response.headers, response.text
    answer = response.json()
    assert all(isinstance(value, str) for value in answer.values())
    assert len(response.content) < MOST_BYTES
    return dict(answer)


def test_a_caller_goes_where_the_policy_says(service: Running) -> None:
    answer = invoke(service, event(intent="cancel"))
    assert (answer["rule"], answer["queue"], answer["queue_arn"]) == ("keep_high_value", "retention", ARN)
    assert (answer["channel"], answer["priority"], answer["skills"]) == ("voice", "2", "retention")
    assert answer["problems"] == ""
    assert json.loads(answer["plan"]) == [{"after": 180, "callback_within": 3600}]


def test_attributes_are_read_by_the_types_of_their_fields(service: Running) -> None:
    attributes = {
        "intent": "fault",
        "customer.senior": "true",
        "customer.tenure": "40",
        "customer.internet": "dsl",
    }
    answer = invoke(service, event("+8613800009999", **attributes, other="left alone"))
    assert (answer["rule"], answer["problems"]) == ("fault_desk[3]", "")
    wrong = invoke(service, event("+8613800009999", intent="fault", **{"customer.tenure": "long"}))
    assert wrong["problems"] == "customer.tenure is text, not a whole number"


def test_what_is_said_and_sent_comes_in_the_words_of_the_policy(service: Running) -> None:
    answer = invoke(service, event("+8613800001002", intent="how_to"))
    assert (answer["rule"], answer["channel"]) == ("low_end_menu", "ivr")
    assert answer["sms"].endswith("https://portal.example.com")
    assert answer["say"]


def test_the_next_agent_knows_what_became_of_the_contact_before(service: Running) -> None:
    first = invoke(service, event("+8613800001005", intent="cancel"))
    told = {"decision": first["decision"], "outcome": "resolved", "note": "stays for a lower price"}
    assert invoke(service, {"Details": {"Parameters": told}}) == {"decision": first["decision"]}
    assert "stays for a lower price" in invoke(service, event("+8613800001005", intent="cancel"))["context"]


def test_contact_records_tell_what_happened(service: Running) -> None:
    first = invoke(service, event("+8613800001001", intent="cancel"))
    record = {
        "Attributes": {"decision": first["decision"]},
        "Queue": {"Name": "retention", "EnqueueTimestamp": "2026-11-23T10:00:00Z"},
        "DisconnectTimestamp": "2026-11-23T10:03:00Z",
    }
    data = base64.b64encode(json.dumps(record).encode()).decode()
    batch = {"Records": [{"kinesis": {"data": data}}, {"kinesis": {"data": "none"}}]}
    assert invoke(service, batch) == {"events": "2"}
    assert "abandoned" in invoke(service, event("+8613800001001", intent="cancel"))["context"]


@pytest.mark.parametrize(
    "sent", [None, [], 3, {}, {"Details": 3}, {"Details": {"ContactData": {"Attributes": []}}}]
)
def test_any_event_gets_an_answer(service: Running, sent: object) -> None:
    answer = invoke(service, sent)
    assert answer["queue"] == "general"
    assert answer["problems"]


def test_what_is_no_event_is_a_failure_of_the_function_alone(service: Running) -> None:
    failed = service.client.post(PATH, content=b"{")
    assert failed.headers["x-amz-function-error"] == "Unhandled"
    assert failed.json()["errorType"] == "JSONDecodeError"
    assert service.client.post("/elsewhere", json={}).status_code == 404
    assert invoke(service, event(intent="cancel"))["queue"] == "retention"


def test_an_answer_is_never_too_long_for_connect() -> None:
    decision = Decision("care", "1", "otherwise", "voice", "general", agent="ü" * 40_000)
    answer = answer_of(decision, {"context": "x" * 40_000, "say": "please wait"})
    assert len(json.dumps(answer)) <= MOST_BYTES
    assert (answer["agent"], answer["context"], answer["say"]) == ("", "", "please wait")


def test_each_decision_is_written_down_before_the_answer(tmp_path: Path) -> None:
    with running("connect_lambda", tmp_path, {"ROUTEKIT_FLUSH": "20"}) as service:
        answer = invoke(service, event(intent="cancel"))
        service.process.send_signal(signal.SIGKILL)  # Lambda freezes an instance, and may never thaw it
        lines = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["id"] for line in lines] == [answer["decision"]]


def test_a_policy_broken_while_it_runs_changes_nothing(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    with running("connect_lambda", tmp_path, {"ROUTEKIT_POLICY": str(policy)}) as service:
        first = invoke(service, event(intent="cancel"))
        policy.write_text("policy", encoding="utf-8")
        for _ in range(20):
            assert invoke(service, event(intent="cancel"))["revision"] == first["revision"]


def test_a_cold_start_without_a_policy_says_why(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    policy.write_text("policy", encoding="utf-8")
    with (
        pytest.raises(RuntimeError, match="RK0"),
        running("connect_lambda", tmp_path, {"ROUTEKIT_POLICY": str(policy)}),
    ):
        pass


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with running("connect_lambda", tmp_path) as service:
        service.stop()
        assert service.process.returncode == 0
        assert "Traceback" not in service.told()
        with pytest.raises(httpx.HTTPError):
            service.client.post(PATH, json={})

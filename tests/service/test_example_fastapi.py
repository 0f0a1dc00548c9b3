"""The FastAPI service: started as its README says, talked to over the loopback, on good days and bad ones."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from examples.services.settings import Settings
from tests.service.running import Running, eventually, policy_in, running
from tests.service.servers import RedisServer, redis_server

__all__ = ["redis_server"]

MONDAY = "2026-11-23T10:00:00+08:00"


def contact(customer: str | None = None, **fields: object) -> dict[str, object]:
    told: dict[str, object] = {"contact": {"channel": "voice", "intent": "cancel", "at": MONDAY, **fields}}
    return told if customer is None else {**told, "customer": {"id": customer}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests that leave it as it was."""
    with running("fastapi_app", tmp_path_factory.mktemp("fastapi")) as service:
        eventually(lambda: service.client.get("/health").is_success)
        yield service


# ── contacts ──────────────────────────────────────────────────────────────────


def test_a_customer_of_the_directory_is_decided_by_what_it_knows(service: Running) -> None:
    known = service.client.post("/contacts", json=contact("c-1001")).json()
    assert (known["rule"], known["queue"], known["priority"]) == ("keep_high_value", "retention", 2)
    assert known["problems"] == []
    nobody = service.client.post("/contacts", json=contact("c-9999")).json()
    assert (nobody["rule"], nobody["queue"]) == ("otherwise", "general")
    assert known["id"] != nobody["id"]


def test_what_is_wrong_is_named_and_decided_all_the_same(service: Running) -> None:
    wrong = {**contact(intent="leave"), "customer": {"value": 101}}
    answer = service.client.post("/contacts", json=wrong)
    assert answer.status_code == 200
    assert [problem["path"] for problem in answer.json()["problems"]] == ["contact.intent", "customer.value"]


def test_who_asks_for_strictness_is_told_in_the_same_words(service: Running) -> None:
    wrong = {**contact(intent="leave"), "customer": {"value": 101}}
    lenient = service.client.post("/contacts", json=wrong).json()
    strict = service.client.post("/contacts?strict=true", json=wrong)
    assert strict.status_code == 422
    assert strict.json()["problems"] == lenient["problems"]
    assert service.client.post("/contacts?strict=true", json=contact("c-1001")).status_code == 200
    assert service.client.post("/contacts?strict=true", json=[]).status_code == 422
    assert (
        service.client.post("/contacts?strict=true", json={**contact(), "customer": None}).status_code == 422
    )


@pytest.mark.parametrize(
    "body", ["[]", "null", "3", '"x"', "{}", '{"contact": 3}', '{"live": {"general": []}}']
)
def test_any_json_gets_a_decision(service: Running, body: str) -> None:
    answer = service.client.post("/contacts", content=body)
    assert answer.status_code == 200
    assert answer.json()["queue"] == "general"
    assert answer.json()["problems"]


def test_what_is_no_json_or_too_long_is_refused(service: Running) -> None:
    assert service.client.post("/contacts", content="{").status_code == 400
    assert service.client.post("/contacts", content="[" * 100_000).status_code == 400
    assert service.client.post("/contacts", content=b"\xff").status_code == 400
    assert service.client.post("/contacts", content=" " * 2_000_000).status_code == 413


def test_the_description_has_the_fields_of_the_policy(service: Running) -> None:
    description = service.client.get("/openapi.json").json()
    schemas = description["components"]["schemas"]
    body = description["paths"]["/contacts"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    routed = schemas[body["$ref"].removeprefix("#/components/schemas/")]
    inner = schemas[routed["properties"]["contact"]["$ref"].removeprefix("#/components/schemas/")]
    assert "top_up" in inner["properties"]["intent"]["enum"]
    assert service.client.get("/docs").is_success


# ── how it is ─────────────────────────────────────────────────────────────────


def test_health_status_and_metrics_tell_how_it_is(service: Running) -> None:
    service.client.post("/contacts", json=contact("c-1001"))
    assert service.client.get("/health").json()["ready"] is True
    status = service.client.get("/status").json()
    assert status["policy"]["refused"] is None
    assert status["log"]["dropped"] == 0
    figures = service.client.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert 'rule="keep_high_value"' in figures.text


def test_a_queue_that_fills_up_changes_who_goes_where(service: Running) -> None:
    asked = contact(intent="how_to")
    before = service.client.post("/contacts", json=asked).json()
    assert service.client.put("/live/general", json={"longest_wait": "6m"}).status_code == 204
    try:
        busy = service.client.post("/contacts", json=asked).json()
        assert (before["rule"], busy["rule"]) == ("menu_trial", "busy_lines")
    finally:
        service.client.put("/live/general", json={"longest_wait": None})
    assert service.client.put("/live/generla", json={"waiting": 3}).status_code == 404
    assert service.client.put("/live/general", json={"wating": 3}).status_code == 422


def test_the_next_agent_knows_what_came_before_until_the_customer_is_erased(service: Running) -> None:
    first = service.client.post("/contacts", json=contact("c-1004", channel="email", intent="billing")).json()
    told = {"result": "resolved", "note": "the bill was explained"}
    assert service.client.post(f"/decisions/{first['id']}/outcome", json=told).status_code == 202
    happened = {"kind": "rated", "score": 5, "at": "2026-11-23T10:00:00Z"}
    for _ in range(2):
        assert service.client.post(f"/decisions/{first['id']}/events", json=happened).status_code == 202
    odd = {"kind": "vanished"}
    assert service.client.post(f"/decisions/{first['id']}/events", json=odd).status_code == 422
    incident = service.client.post(
        "/incidents", json={"customer": "c-1004", "title": "bill of October"}
    ).json()
    then = service.client.post("/contacts", json=contact("c-1004")).json()
    assert "the bill was explained" in json.dumps(then["context"])
    assert "bill of October" in json.dumps(then["context"])
    assert service.client.post(f"/incidents/{incident['id']}/close").status_code == 202
    assert service.client.delete("/customers/c-1004").json()["erased"] > 0
    after = service.client.post("/contacts", json=contact("c-1004")).json()
    assert "the bill was explained" not in json.dumps(after)


def test_two_callers_at_once_are_not_both_shown_the_last_offer(service: Running) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda _: service.client.post("/contacts", json=contact("c-1006")), range(64))
        shown = [answer.json() for answer in answers if "loyalty_gift" in answer.json()["offers"]]
    assert len(shown) == 1


ODD: list[tuple[str, str, str]] = [
    ("POST", "/decisions/x/outcome", '{"result": "\\ud800"}'),
    ("POST", "/decisions/x/outcome", "[]"),
    ("POST", "/incidents", '{"customer": "\\u0000"}'),
    ("POST", "/incidents", '{"customer": "c", "title": "\\ud800"}'),
    ("DELETE", "/customers/%00", ""),
    ("PUT", "/live/general", '{"\\ud800": 1}'),
    ("PUT", "/live/general", '{"waiting": []}'),
    ("POST", "/contacts?strict=maybe", "{}"),
    ("POST", "/policy/rollback?serial=x", ""),
]


@pytest.mark.parametrize(("method", "path", "body"), ODD)
def test_what_is_not_understood_is_refused_and_its_values_are_not_repeated(
    service: Running, method: str, path: str, body: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = service.client.request(method, path, content=body, headers=headers)
    assert answer.status_code == 422
    assert "maybe" not in answer.text
    assert "Traceback" not in service.told()


def test_a_customer_whose_id_has_a_slash_can_be_erased(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path) as service:
        sent = {"contact": {"channel": "voice"}, "customer": {"id": "crm/7"}}
        assert service.client.post("/contacts", json=sent).is_success
        assert service.client.delete("/customers/crm/7").json()["erased"] > 0


# ── administration ────────────────────────────────────────────────────────────


def test_a_token_guards_the_administration_and_nothing_else(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path, {"ROUTEKIT_ADMIN_TOKEN": "a secret"}) as service:
        assert service.client.post("/contacts", json=contact()).is_success
        guarded: list[tuple[str, str]] = [
            ("POST", "/policy/reload"),
            ("POST", "/policy/rollback"),
            ("POST", "/policy/promote"),
            ("POST", "/policy/withdraw"),
            ("DELETE", "/customers/c-1001"),
            ("POST", "/decisions/x/outcome"),
        ]
        for method, path in guarded:
            assert service.client.request(method, path).status_code == 401
            wrong = {"Authorization": "Bearer another"}
            assert service.client.request(method, path, headers=wrong).status_code == 401
        right = {"Authorization": "Bearer a secret"}
        assert service.client.post("/policy/reload", headers=right).is_success


@pytest.mark.parametrize("name", ["ROUTEKIT_POLICY_KEY", "ROUTEKIT_POLICY_TOKEN", "ROUTEKIT_ADMIN_TOKEN"])
def test_a_secret_that_is_empty_is_an_error(name: str) -> None:
    with pytest.raises(SystemExit, match=f"{name}: is empty"):
        Settings.from_environment({name: ""})
    secret = "a secret of sixteen bytes or more"
    assert secret in Settings.from_environment({name: secret}).model_dump().values()


# ── bad days ──────────────────────────────────────────────────────────────────


def test_a_policy_that_cannot_be_read_at_first_is_read_once_it_can(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    good = policy.read_text(encoding="utf-8")
    policy.write_text(good.replace("\nqueue retention ", "\nqueue retenton "), encoding="utf-8")
    with running("fastapi_app", tmp_path, {"ROUTEKIT_POLICY": str(policy)}) as service:
        health = service.client.get("/health")
        assert health.status_code == 503
        assert "retenton" in health.json()["reason"]
        assert service.client.post("/contacts", json=contact()).status_code == 503
        assert service.client.get("/status").json()["ready"] is False
        assert service.client.get("/openapi.json").is_success
        policy.write_text(good, encoding="utf-8")
        eventually(lambda: service.client.get("/health").is_success)
        assert service.client.post("/contacts", json=contact("c-1001")).json()["queue"] == "retention"


def test_a_policy_broken_while_it_runs_changes_nothing_until_it_is_mended(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    good = policy.read_text(encoding="utf-8")
    settings = {"ROUTEKIT_POLICY": str(policy), "ROUTEKIT_HISTORY": "off"}  # the same contact again and again
    with running("fastapi_app", tmp_path, settings) as service:
        first = service.client.post("/contacts", json=contact("c-1001")).json()
        policy.write_text(good[: len(good) // 2], encoding="utf-8")
        refused = eventually(lambda: service.client.get("/status").json()["policy"]["refused"])
        assert "RK" in json.dumps(refused)
        assert service.client.get("/health").json()["status"] == "degraded"
        still = service.client.post("/contacts", json=contact("c-1001")).json()
        assert (still["queue"], still["revision"]) == (first["queue"], first["revision"])

        policy.write_text(
            good.replace("priority 2, skills {retention}", "priority 1, skills {retention}"), "utf-8"
        )

        def changed() -> dict[str, object] | None:
            answer: dict[str, object] = service.client.post("/contacts", json=contact("c-1001")).json()
            return answer if answer["revision"] != first["revision"] else None

        assert eventually(changed)["priority"] == 1
        assert service.client.post("/policy/rollback").json()["changed"] is True
        assert (
            service.client.post("/contacts", json=contact("c-1001")).json()["revision"] == first["revision"]
        )
        assert service.client.post("/policy/promote").status_code == 409
        assert service.client.post("/policy/rollback?serial=99").status_code == 409


def test_a_canary_is_met_by_a_share_until_it_is_promoted(tmp_path: Path) -> None:
    policy = policy_in(tmp_path)
    settings = {"ROUTEKIT_POLICY": str(policy), "ROUTEKIT_CANARY": "50%"}
    with running("fastapi_app", tmp_path, settings) as service:

        def revisions() -> set[str]:
            asked = [contact(f"c-{number}") for number in range(40)]
            return {service.client.post("/contacts", json=one).json()["revision"] for one in asked}

        assert len(revisions()) == 1
        text = policy.read_text(encoding="utf-8")
        policy.write_text(
            text.replace("priority 2, skills {retention}", "priority 1, skills {retention}"), "utf-8"
        )
        eventually(lambda: len(revisions()) == 2)
        assert service.client.post("/policy/promote").json()["changed"] is True
        assert len(revisions()) == 1


def test_a_directory_that_is_too_slow_is_not_waited_for(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path, {"ROUTEKIT_CUSTOMERS_DELAY": "30"}) as service:
        answer = service.client.post("/contacts", json=contact("c-1001"), timeout=10).json()
        assert answer["queue"] == "general"
        assert [problem["path"] for problem in answer["problems"]] == ["customer"]


def test_a_standard_output_that_nobody_reads_holds_up_no_decision(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path, {"ROUTEKIT_LOG": "-"}, unread=True) as service:
        with ThreadPoolExecutor(8) as pool:
            asked = list(
                pool.map(lambda _: service.client.post("/contacts", json=contact("c-1001")), range(1500))
            )
        assert {answer.status_code for answer in asked} == {200}
        sink = service.client.get("/status").json()["log"]["sinks"][0]
        assert sink["waiting"] > 0
        service.stop()


def test_a_history_that_is_down_or_hangs_is_gone_without_until_it_is_back(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with running("fastapi_app", tmp_path, {"ROUTEKIT_HISTORY": redis_server.url}) as service:

        def remembered() -> bool:
            return bool(service.client.post("/contacts", json=contact("c-1005")).json()["context"]["touches"])

        eventually(remembered)
        for down, up in ((redis_server.stop, redis_server.start), (redis_server.pause, redis_server.resume)):
            down()
            answer = service.client.post("/contacts", json=contact("c-1005"), timeout=10).json()
            assert answer["queue"] == "retention"
            assert "history" in {problem["path"] for problem in answer["problems"]}
            assert service.client.get("/health").json()["ready"] is True
            up()
            eventually(
                lambda: not service.client.post("/contacts", json=contact("c-1005")).json()["problems"]
            )


def test_it_starts_while_the_history_is_down(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path, {"ROUTEKIT_HISTORY": "redis://127.0.0.1:1/0"}) as service:
        answer = service.client.post("/contacts", json=contact("c-1001")).json()
        assert answer["queue"] == "retention"
        assert answer["offers"] == []  # whether it was shown before is not known, so it is not shown


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"ROUTEKIT_CUSTOMERS_DELAY: .*number"),
        running("fastapi_app", tmp_path, {"ROUTEKIT_CUSTOMERS_DELAY": "long"}),
    ):
        pass


# ── its end ───────────────────────────────────────────────────────────────────


def test_it_ends_with_all_that_it_decided_written_down(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path) as service:
        ids = [service.client.post("/contacts", json=contact("c-1001")).json()["id"] for _ in range(50)]
        service.stop()
        lines = (tmp_path / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["id"] for line in lines] == ids
        assert "Traceback" not in service.told()
        with pytest.raises(httpx.HTTPError):
            service.client.get("/health")

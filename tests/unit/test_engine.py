"""The engine and the policy as a service holds them."""

import json
import logging
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routekit import Engine, InvalidContact, Policy, PolicyError
from tests.markdown import CASES

RULES = CASES.parent.parent / "rules"

POLICY = """
policy care "Care"
timezone Asia/Shanghai
record contact { channel one of voice, web  at time ? }
record customer { value integer 0..100 = 0 }
channel voice { assisted }
channel web { self_service }
queue general { on voice }
queue portal { on web }
message hello { web "Hello {name}" }
segment rich when customer.value >= 80
route {
  rule night when hour(now) >= 22 then queue portal, message hello
  rule best when rich then queue general, priority 1
  otherwise queue general
}
"""

ENGINE = Engine(Policy.from_text(POLICY))
VOICE = {"contact": {"channel": "voice"}}


def test_the_clock_can_be_fixed_and_the_contact_knows_better() -> None:
    night = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert ENGINE.decide(VOICE, now=night).rule == "night"
    assert ENGINE.decide(VOICE, now=datetime(2026, 11, 23, 22)).rule == "night"
    at_noon = {"contact": {"channel": "voice", "at": "2026-11-23T12:00"}}
    assert ENGINE.decide(at_noon, now=night).rule == "otherwise"


def test_a_clock_beyond_the_ends_of_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no usable time"):
        ENGINE.decide(VOICE, now=datetime.max)


def test_strict_raises_what_would_have_been_a_problem() -> None:
    contact = {"contact": {"channel": "fax"}, "customer": {"value": 101}}
    with pytest.raises(InvalidContact) as refused:
        ENGINE.decide(contact, strict=True)
    assert refused.value.problems == ENGINE.decide(contact).problems
    assert str(refused.value) == "contact.channel is not one of voice, web; customer.value is outside 0..100"
    assert ENGINE.decide(VOICE, strict=True).problems == ()


def test_the_segments_of_a_contact_are_told() -> None:
    assert ENGINE.segments({"customer": {"value": 80}}) == ("rich",)
    assert ENGINE.segments({}) == ()


def test_a_message_has_its_words_for_each_channel() -> None:
    assert ENGINE.policy.wording("hello", "web") == "Hello {name}"
    assert ENGINE.policy.wording("hello", "voice") is None
    with pytest.raises(KeyError):
        ENGINE.policy.wording("goodbye", "web")


def test_the_revision_follows_the_text_and_not_the_place(tmp_path: Path) -> None:
    (tmp_path / "a.route").write_text(POLICY)
    (tmp_path / "b.route").write_text(POLICY + "# more\n")
    same, other = Policy.from_path(tmp_path / "a.route"), Policy.from_path(tmp_path / "b.route")
    assert same.revision == ENGINE.policy.revision != other.revision


def test_a_policy_survives_the_way_to_another_process() -> None:
    policy = Policy.from_path(RULES / "bank.route")
    copy = pickle.loads(pickle.dumps(policy))
    contact = {"contact": {"channel": "voice", "intent": "fraud"}}
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert Engine(copy).decide(contact, now=now) == Engine(policy).decide(contact, now=now)


def test_many_threads_share_an_engine() -> None:
    engine = Engine(Policy.from_path(RULES / "telecom.route"))
    lines = (RULES.parent / "examples" / "contacts" / "telecom.jsonl").read_text().splitlines()
    contacts = [json.loads(line) for line in lines]
    now = datetime(2026, 11, 23, tzinfo=UTC)
    alone = [engine.decide(contact, now=now) for contact in contacts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda contact: engine.decide(contact, now=now), contacts * 4))
    assert together == alone * 4


def test_policies_are_logged_where_somebody_listens(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="routekit"):
        policy = Policy.from_text(POLICY)
        with pytest.raises(PolicyError):
            Policy.from_text("policy")
    read, refused = caplog.records
    assert (read.message.split(":")[0], read.levelname) == ("policy read", "INFO")
    assert (read.__dict__["policy"], read.__dict__["revision"]) == ("care", policy.revision)
    assert (refused.message.split(":")[0], refused.levelname) == ("policy refused", "WARNING")
    assert f"revision={policy.revision}" in read.message, "a formatter shows what there is to know"


def test_a_process_that_does_not_listen_reads_nothing_on_its_streams() -> None:
    code = (
        f"from routekit import Policy\nPolicy.from_text({POLICY!r})\n"
        "try: Policy.from_text('policy')\nexcept Exception: pass"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


@pytest.mark.parametrize(
    "module", ["pydantic", "lark", "structlog", "holidays", "re2", "rich", "click", "hypothesis", "pyarrow"]
)
def test_importing_the_library_imports_nothing_heavy(module: str) -> None:
    code = f"import sys; from routekit import *; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_public_names_are_there_and_no_others() -> None:
    code = (
        "import routekit; assert all(getattr(routekit, name).__name__ == name for name in routekit.__all__);"
        "assert set(routekit.__all__) <= set(dir(routekit)); assert not hasattr(routekit, 'Polcy')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

"""The compiled evaluator: contacts that pretend to be others, and what its code promises."""

import ast
import linecache
import re
import traceback
from datetime import UTC, datetime, timedelta

import pytest

from routekit import Policy
from routekit.compiled import Compiled
from routekit.intake import Intake
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.reference import decide

CLOCK = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

SMALL = """
policy small "Small"
record contact {
  channel one of voice, web
  intent one of buy, help ?
  note text ?
  at time ?
}
record customer { value integer 0..100 = 0   score number ?   vip flag = no   tags set of text = {} }
live queue { waiting integer 0.. = 0 }
channel voice { assisted cost 1 }
channel web { self_service cost 1 }
calendar office { open Mon-Fri 08:00-20:00 }
queue desk { on voice open office }
queue general { on voice, web }
segment rich when customer.value >= 80 or customer.score > 2.5
route {
  rule first when rich and contact.intent is buy then queue desk
  rule second when contact.note in {"now", "soon"} and not rich then queue general, priority 1
  rule third when customer.tags has "a" and customer.score * 2 > customer.value then queue general, priority 2
  rule fourth when general.waiting > 5 and contact.intent is not help then queue general, priority 3
  otherwise queue general
}
"""


def small() -> CheckedPolicy:
    return Policy.from_text(SMALL).checked


def expect_same(
    policy: CheckedPolicy, compiled: Compiled, contact: object, clock: datetime = CLOCK
) -> Decision:
    expected = decide(policy, Intake(policy).read(contact, clock))
    found = compiled.decide(contact, clock)
    assert found == expected
    return found


class Overriding(dict[str, object]):
    """A dict that says something else than it holds."""

    def __getitem__(self, key: str) -> object:
        return "web"

    def get(self, key: str, default: object = None) -> object:
        return "web"


class Equal(str):
    """A text that is equal to all others."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("voice")


class Rude(str):
    """A key that raises where it is compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        return str.__hash__(self)


@pytest.mark.parametrize(
    "contact",
    [
        {"contact": {"channel": Equal("web")}},
        {"contact": Overriding(channel="voice")},
        Overriding(contact={"channel": "voice"}),
        {"contact": {Rude("channel"): "voice"}},
        {Rude("contact"): {"channel": "voice"}},
        {"contact": {"channel": "voice", "note": "n" * 1_000_001}},
        {"contact": {"channel": "voice", "at": "2026-11-23T24:00:00+00:00"}},
        {"contact": {"channel": "voice", "at": "2026-W48-1T10:00:00+00:00"}},
        {"contact": {"channel": "voice", "at": "9999-12-31T23:59:59+00:00"}},
        {"contact": {"channel": "voice"}, "customer": {"tags": ["a"] * 1_000_000}},
    ],
    ids=range(10),
)
def test_whatever_is_sent_is_decided_as_the_reference_does(contact: object) -> None:
    policy = small()
    expect_same(policy, Compiled(policy), contact)


def test_a_decision_with_nothing_of_its_own_is_shared() -> None:
    compiled = Compiled(small())
    contact = {"contact": {"channel": "web"}}
    assert compiled.decide(contact, CLOCK) is compiled.decide(dict(contact), CLOCK)


def test_opening_hours_are_kept_to_the_minute() -> None:
    text = SMALL.replace('"Small"', '"Small"\ntimezone America/New_York')
    policy = Policy.from_text(text).checked
    compiled = Compiled(policy)
    contact = {"contact": {"channel": "voice", "intent": "buy"}, "customer": {"value": 90}}
    start = datetime(2026, 10, 30, tzinfo=UTC)
    rules = {
        expect_same(policy, compiled, contact, start + minute * timedelta(minutes=1)).rule
        for minute in range(0, 4 * 24 * 60, 7)
    }
    assert rules == {"first", "otherwise"}
    for seconds in (-1, 0, 1):
        expect_same(
            policy, compiled, contact, datetime(2026, 11, 2, 13, tzinfo=UTC) + timedelta(seconds=seconds)
        )


def test_the_clock_is_asked_only_where_it_matters() -> None:
    def clock() -> datetime:
        raise AssertionError

    calm = SMALL.replace(" open office", "")
    contact = {"contact": {"channel": "web"}}
    assert Compiled(Policy.from_text(calm).checked).decide(contact, clock).rule == "otherwise"
    asked = {"contact": {"channel": "voice", "intent": "buy"}, "customer": {"value": 90}}
    with pytest.raises(AssertionError):
        Compiled(small()).decide(asked, clock)


OUR_NAMES = {
    *(
        "contact",
        "now",
        "strict",
        "handed_over",
        "given",
        "clock",
        "trusted",
        "slow",
        "finish",
        "frame",
        "found",
        "live",
    ),
    *(
        "shown",
        "mask",
        "extras",
        "place",
        "decision",
        "type",
        "len",
        "dict",
        "str",
        "int",
        "float",
        "Exception",
    ),
}
HOSTILE = """
policy p
record contact { channel one of voice, web }
record lambda { if integer 0..100 = 0  None text ?  __class__ flag ?  客户 one of import, del ? }
channel voice { assisted }
queue exec { on voice }
queue decide { on voice }
segment eval when lambda.if > 3 or lambda.__class__
let __builtins__ = lambda.None else "__import__('os').system('true')\\n"
route {
  rule return when eval and lambda.客户 is del then queue exec
  rule globals when __builtins__ contains "decide_1" then queue decide
  otherwise queue decide
}
"""


@pytest.mark.parametrize("text", [SMALL, HOSTILE], ids=["small", "hostile"])
def test_names_of_a_policy_are_but_hints_in_the_code(text: str) -> None:
    source = Compiled(Policy.from_text(text).checked).source
    code = "\n".join(line for line in source.splitlines() if not line.startswith("#"))
    nodes = list(ast.walk(ast.parse(code)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    assert all(re.fullmatch("[a-z][a-z0-9_]*_[0-9]+", name) for name in names - OUR_NAMES)
    assert not [
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    owned = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert owned <= {"get", "isascii", "bit_length", "startswith", "endswith", "isdisjoint", "astimezone"}


def test_values_are_named_after_their_fields() -> None:
    source = Compiled(small()).source
    assert re.search(r"customer_value_\d+ = customer_\d+\.get\(value_\d+\)", source)
    assert source.count("def decide") == 1


def test_a_traceback_shows_the_generated_line() -> None:
    def clock() -> datetime:
        raise RuntimeError

    asked = {"contact": {"channel": "voice", "intent": "buy"}, "customer": {"value": 90}}
    with pytest.raises(RuntimeError) as raised:
        Compiled(small()).decide(asked, clock)
    frames = [
        frame for frame in traceback.extract_tb(raised.value.__traceback__) if "policy" in frame.filename
    ]
    lines = [linecache.getline(frame.filename, frame.lineno or 0) for frame in frames]
    assert any(line.strip() for line in lines)


def test_segments_may_stand_upon_one_another_in_thousands() -> None:
    chain = "\n".join(
        f"segment s{place} when not s{place - 1} or customer.score > {place}" for place in range(1, 3000)
    )
    text = SMALL.replace(
        "route {", f"segment s0 when customer.vip\n{chain}\nroute {{ rule deep when s2999 then queue general"
    )
    policy = Policy.from_text(text).checked
    compiled = Compiled(policy)
    for vip in (True, False):
        for score in (0, 5000, None):
            expect_same(
                policy, compiled, {"contact": {"channel": "web"}, "customer": {"vip": vip, "score": score}}
            )


@pytest.mark.parametrize("seconds", [-1, 0, 1, 3_600, 3_601, -(10**20), 10**20])
@pytest.mark.parametrize("bounds", ["", "0s..", "..1h", "1s..1h"])
def test_a_duration_that_nothing_asks_for_is_held_to_its_bounds(bounds: str, seconds: int) -> None:
    record = f"{{ channel one of voice  wait duration {bounds} = 1s }}"
    policy = Policy.from_text(
        f"policy p record contact {record} channel voice {{ assisted }}\n"
        "queue general { on voice }\nroute { otherwise queue general }"
    ).checked
    contact = {"contact": {"channel": "voice", "wait": seconds}}
    expected = decide(policy, Intake(policy).read(contact, CLOCK))
    assert Compiled(policy).decide(contact, CLOCK) == expected

"""Splits: the published hash never changes, and a larger share keeps everybody who was in it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.intake import Intake
from routekit.policy.splits import WHOLE, key_text, point
from routekit.reference import decide
from routekit.schema.types import Scalar

VECTORS: list[tuple[str, Scalar, int]] = [
    ("bot-7", "c-1", 3_362_723),
    ("bot-7", "c-2", 67_177_509),
    ("bot-7", "", 51_782_018),
    ("", "c-1", 64_736_114),
    ("telecom-menu-1", "c-1", 99_549_371),
    ("bot-7", "客户", 34_139_844),
    ("种子", "c-1", 13_129_778),
    ("bot-7", 7, 25_585_182),
    ("bot-7", 7.0, 25_585_182),
    ("bot-7", "7", 25_585_182),
    ("bot-7", 0.1, 6_668_742),
    ("bot-7", -0.0, 92_087_663),
    ("bot-7", 0, 92_087_663),
    ("bot-7", True, 87_398_593),
    ("bot-7", date(2026, 11, 23), 43_597_479),
    ("bot-7", datetime(2026, 11, 23, 2, tzinfo=UTC), 10_386_839),
    ("bot-7", timedelta(minutes=90), 65_312_118),
]
"""Published: a change of any of these moves customers who take part in a running experiment."""

SPLIT = """
    policy p "Splits"
    record contact {{ channel one of voice }}
    record customer {{ id {type} ? }}
    channel voice {{ assisted cost 1 }}
    queue general {{ on voice }}
    queue special {{ on voice }}
    route {{
      rule trial when contact.channel is voice split by customer.id seed "{seed}" {{ {arms} }}
      otherwise queue general
    }}
"""


@pytest.mark.parametrize(("seed", "key", "expected"), VECTORS)
def test_the_hash_is_the_published_one(seed: str, key: Scalar, expected: int) -> None:
    assert point(seed, key) == expected


def _arms(shares: list[str], seed: str = "s", type_: str = "text") -> Engine:
    arms = " ".join(
        f"{share}% queue general, priority {number}" for number, share in enumerate(shares, start=1)
    )
    return Engine(Policy.from_text(SPLIT.format(type=type_, seed=seed, arms=arms)))


def _arm(engine: Engine, key: object) -> int | None:
    return engine.decide({"contact": {"channel": "voice"}, "customer": {"id": key}}).arm


CUSTOMERS = [f"c-{number}" for number in range(3_000)]


@pytest.mark.parametrize(
    ("small", "large"), [("10", "20"), ("0", "1"), ("33.3", "33.4"), ("99", "100"), ("50", "50.000001")]
)
def test_a_raised_share_moves_nobody_out_of_the_first_arm(small: str, large: str) -> None:
    def first(share: str) -> set[str]:
        rest = f"{100 - float(share):.6f}"
        engine = _arms([share, rest])
        return {customer for customer in CUSTOMERS if _arm(engine, customer) == 1}

    before, after = first(small), first(large)
    assert before <= after
    assert abs(len(before) - len(CUSTOMERS) * float(small) / 100) < 80  # five standard deviations and more


@pytest.mark.parametrize(("share", "arm"), [("3.362723", 2), ("3.362724", 1)])
def test_an_arm_ends_before_the_first_point_of_the_next(share: str, arm: int) -> None:
    """The point of this key, 3,362,723, is the last of the larger share and the first behind the smaller."""
    engine = _arms([share, f"{100 - float(share):.6f}"], seed="bot-7")
    contact = {"contact": {"channel": "voice"}, "customer": {"id": "c-1"}}
    facts = Intake(engine.policy.checked).read(contact, datetime(2026, 1, 1, tzinfo=UTC))
    assert decide(engine.policy.checked, facts).arm == engine.decide(contact).arm == arm


def test_other_seeds_divide_the_customers_otherwise() -> None:
    one, other = _arms(["50", "50"], "one"), _arms(["50", "50"], "other")
    same = sum(_arm(one, customer) == _arm(other, customer) for customer in CUSTOMERS)
    assert 1_350 < same < 1_650


def test_a_missing_key_takes_the_last_arm() -> None:
    assert _arm(_arms(["98", "1", "1"]), None) == 3
    assert _arm(_arms(["100"]), None) == 1


def test_an_arm_of_nothing_is_never_taken() -> None:
    engine = _arms(["0", "100", "0"])
    assert {_arm(engine, customer) for customer in CUSTOMERS[:500]} == {2}


def test_a_number_is_one_key_however_it_is_sent() -> None:
    engine = _arms(["20", "20", "20", "20", "20"], type_="number")
    assert _arm(engine, 92) == _arm(engine, 92.0)


@given(
    seed=st.text(st.characters(codec="utf-8"), max_size=20),
    key=st.text(st.characters(codec="utf-8"))
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False),
)
def test_every_key_has_a_point_on_the_line(seed: str, key: str | float) -> None:
    assert 0 <= point(seed, key) < WHOLE


@pytest.mark.parametrize("key", [timedelta.min, timedelta.max, date.min, 5e-324, -1.7e308])
def test_keys_at_the_ends_can_be_written(key: Scalar) -> None:
    assert key_text(key)

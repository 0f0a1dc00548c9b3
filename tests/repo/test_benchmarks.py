"""What the benchmark compares routekit with does the same as routekit, and the policies are whole ones."""

import pytest

from benchmarks import by_zen
from benchmarks.by_hand import BY_HAND
from benchmarks.packs import asked_of_zen, differences
from benchmarks.prove import edited
from benchmarks.trades import TRADES
from routekit import Policy


@pytest.mark.parametrize("pack", BY_HAND)
def test_the_packs_by_hand_decide_as_the_reference_does(pack: str) -> None:
    assert not differences(pack, more=100)


def test_zen_decides_what_it_can_say_of_a_pack_as_the_reference_does() -> None:
    pytest.importorskip("zen", reason="zen-engine is not installed")
    decide = by_zen.loaded()
    for contact, expected in asked_of_zen():
        answer = decide(contact)
        assert {**answer, "skills": sorted(answer["skills"])} == expected


@pytest.mark.parametrize(
    ("trade", "rules"),
    {"telecom": 400, "bank": 600, "airline": 300, "retailer": 500, "insurer": 1000}.items(),
)
def test_the_policies_of_trades_check_without_warnings_whole_and_edited(trade: str, rules: int) -> None:
    text = TRADES[trade]()
    whole, other = Policy.from_text(text), Policy.from_text(edited(text))
    assert len(whole.checked.rules) == len(other.checked.rules) == rules
    assert not whole.warnings + other.warnings
    assert sum(old != new for old, new in zip(text.splitlines(), edited(text).splitlines(), strict=True)) >= 9

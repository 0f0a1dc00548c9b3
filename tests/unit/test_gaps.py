"""All that no row of a table is for, in boxes that together are exactly that."""

import json
from itertools import product

import pytest

from routekit import Engine, Policy
from routekit.analysis import Finding, prove
from routekit.prover.report import proof_as_json, proof_lines

HEAD = """
policy p "A small policy"
record contact { channel one of voice }
record customer {
  season one of spring, summer, autumn, winter ?
  temp   integer -3..3 ?
  vip    flag = no
  tags   set of text = {}
}
channel voice { assisted }
queue a { on voice }
queue z { on voice }
"""
SEASONS = """
route {
  table t (customer.season, customer.temp) {
    summer  | > 0 -> queue a
    summer  | < 1 -> queue z
    winter  | _   -> queue z
    missing | _   -> queue z
  }
  otherwise queue z
}
"""


def gap_of(text: str) -> Finding:
    (finding,) = (item for item in prove(Policy.from_text(HEAD + text)).findings if item.kind == "gap")
    return finding


def test_all_gaps_are_told_at_once_and_once() -> None:
    finding = gap_of(SEASONS)
    assert [gap.condition for gap in finding.gaps] == [
        "customer.season in {spring, autumn}",
        "customer.season is summer and customer.temp is missing",
    ]
    assert finding.are_all


def test_each_gap_has_the_smallest_contact_and_one_in_which_all_is_known() -> None:
    first, second = gap_of(SEASONS).gaps
    assert first.witness is not None
    assert first.known is not None
    assert second.known is not None
    assert first.witness.contact == {"contact": {"channel": "voice"}, "customer": {"season": "spring"}}
    assert first.known.contact == {
        "contact": {"channel": "voice"},
        "customer": {"season": "spring", "temp": 0, "vip": False, "tags": []},
    }
    assert first.all_known
    assert not second.all_known
    assert second.known.contact["customer"] == {"season": "summer", "vip": False, "tags": []}


@pytest.mark.parametrize(
    "table",
    [
        SEASONS,
        "route { table t (customer.season, customer.vip) { spring | yes -> queue a  _ | no -> queue z }"
        " otherwise queue z }",
        "route { rule first when customer.temp < 0 then queue a  table t (customer.temp) { 1..2 -> queue a }"
        " otherwise queue z }",
        "segment warm when customer.temp > 0 or customer.vip\n"
        "route { group hot when customer.season is summer { table t (warm, customer.temp, customer.tags) {"
        ' yes | _ | has "x" -> queue a  no | in -2..3 | _ -> queue z } } otherwise queue z }',
        "let mean = customer.temp + customer.temp\n"
        "route { table t (mean, customer.season) {"
        " > 2 | spring, summer -> queue a  < -2 | not in {winter} -> queue a } otherwise queue z }",
    ],
)
def test_the_boxes_are_exactly_the_gap(table: str) -> None:
    policy = Policy.from_text(HEAD + table)
    finding = gap_of(table)
    assert finding.are_all
    assert all(gap.witness and gap.known for gap in finding.gaps)
    falls = Engine(policy)
    boxes = " or ".join(f"({gap.condition})" if gap.condition else "yes is yes" for gap in finding.gaps)
    inside = table.replace("otherwise queue z", f"rule gap when {boxes} then queue a otherwise queue z")
    told = Engine(Policy.from_text(HEAD + inside))
    customers = product(
        [None, "spring", "summer", "autumn", "winter"], [None, *range(-3, 4)], [True, False], [[], ["x"]]
    )
    for season, temp, vip, tags in customers:
        values = {"season": season, "temp": temp, "vip": vip, "tags": tags}
        contact = {"contact": {"channel": "voice"}, "customer": values}
        is_gap = falls.decide(contact).rule == "otherwise"
        if "group" in table and season != "summer":
            continue
        assert (told.decide(contact).rule == "gap") is is_gap, values


def test_a_let_with_a_table_tells_all_its_gaps_too() -> None:
    finding = gap_of(
        "let load integer { table (customer.vip, customer.temp) { yes | _ -> 1  no | < 0 -> 2 } }\n"
        "route { rule a when load > 1 then queue a otherwise queue z }"
    )
    assert finding.subject == "load"
    assert [gap.condition for gap in finding.gaps] == [
        "customer.vip is no and (customer.temp >= 0 or customer.temp is missing)"
    ]


def test_gaps_for_people_and_for_machines() -> None:
    proof = prove(Policy.from_text(HEAD + SEASONS))
    lines = [line for _, line in proof_lines(proof)]
    assert lines[4:8] == [
        "  no row is for:",
        "    customer.season in {spring, autumn}",
        '      such as: {"contact": {"channel": "voice"}, "customer": {"season": "spring"}}',
        '      all known: {"contact": {"channel": "voice"}, '
        '"customer": {"season": "spring", "temp": 0, "vip": false, "tags": []}}',
    ]
    (found,) = json.loads(json.dumps(proof_as_json(proof)))["findings"]
    assert found["all_gaps"] is True
    assert found["gaps"][1]["condition"] == "customer.season is summer and customer.temp is missing"
    assert found["gaps"][1]["all_known"] is False
    assert found["gaps"][1]["known"]["decision"]["rule"] == "otherwise"


def test_more_gaps_than_can_be_looked_at_are_said_to_be_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.prover.regions._MOST_BOXES", 1)
    finding = gap_of(SEASONS)
    assert len(finding.gaps) == 1
    assert not finding.are_all
    proof = prove(Policy.from_text(HEAD + SEASONS))
    assert "  no row is for these, and for others:" in [line for _, line in proof_lines(proof)]


def test_the_largest_parts_of_a_gap_are_shown_with_contacts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.prover.gaps._MOST_WITH_CONTACTS", 1)
    first, second = gap_of(SEASONS).gaps
    assert first.witness is not None
    assert (second.condition, second.witness, second.known) == (
        "customer.season is summer and customer.temp is missing",
        None,
        None,
    )

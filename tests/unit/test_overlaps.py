"""Rules, rows and cases that hold together and differ; and what may go without changing what anybody gets."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.analysis import Finding, prove
from routekit.cli.prove import command

HEAD = """
policy p "A small policy"
record contact { channel one of voice }
record customer {
  season one of spring, summer, autumn, winter ?
  temp   integer -3..3 ?
  vip    flag = no
}
channel voice { assisted }
queue a { on voice }
queue b { on voice }
queue z { on voice }
"""


def found(kind: str, text: str) -> list[Finding]:
    proof = prove(Policy.from_text(HEAD + text), overlaps=True, redundant=True)
    assert not [item for item in proof.findings if item.kind == "unknown"]
    return [item for item in proof.findings if item.kind == kind]


TABLE = """
route {
  table t (customer.season, customer.temp) {
    summer | > 1  -> queue a
    summer | < 3  -> queue b
    winter | _    -> queue b
    _      | _    -> queue z, priority 5
  }
  otherwise queue z
}
"""


def test_rows_that_hold_together_and_differ_are_shown_by_a_contact() -> None:
    first, *others = found("overlap", TABLE)
    assert first.message == (
        "row `t[1]` and row `t[2]` hold together and differ (queue a and b): the first decides"
    )
    assert first.taken_by == ("t[2]",)
    assert first.witness is not None
    assert first.witness.contact["customer"] == {"season": "summer", "temp": 2}
    assert [(item.subject, *item.taken_by) for item in others] == [
        ("t[1]", "t[4]"),
        ("t[2]", "t[4]"),
        ("t[3]", "t[4]"),
    ]


def test_an_overlap_that_an_earlier_rule_takes_is_none() -> None:
    text = """
    route {
      rule hot when customer.temp > 0 then queue z
      rule warm when customer.temp >= 0 then queue a
      rule mild when customer.temp > 0 or customer.vip and customer.temp < 0 then queue b
      otherwise queue z
    }
    """
    assert [(item.subject, *item.taken_by) for item in found("overlap", text)] == [
        ("hot", "warm"),
        ("hot", "mild"),
    ]


def test_cases_of_a_let_overlap_and_may_go_too() -> None:
    text = """
    let load integer {
      table (customer.vip, customer.temp) {
        yes | > 0 -> 1
        yes | < 2 -> 2
        no  | 1   -> 3
        no  | _   -> 3
        _   | _   -> 3
      }
    }
    route { rule a when load > 1 then queue a otherwise queue z }
    """
    overlap, *_ = found("overlap", text)
    assert overlap.message == (
        "row 1 of `load` and row 2 of `load` hold together and differ (1 and 2): the first decides"
    )
    assert [item.message for item in found("redundant", text)] == [
        "row 3 of `load` may go: `row 5` gives its contacts the same",
        "row 4 of `load` may go: `row 5` gives its contacts the same",
    ]


def test_otherwise_holds_beside_all_others_on_purpose() -> None:
    text = """
    let load integer { when customer.vip then 1  when customer.temp > 3 then 1  otherwise 2 }
    route { rule a when load > 1 then queue a otherwise queue z }
    """
    assert found("overlap", text) == []


def test_what_may_go_is_said_with_what_carries_it() -> None:
    text = """
    route {
      rule hot  when customer.temp > 1 then queue a
      rule rich when customer.vip then queue b
      rule warm when customer.temp > 0 then queue a
      rule rest when customer.temp < -1 then queue z
      otherwise queue z
    }
    """
    (rest,) = found("redundant", text)
    assert rest.message == "rule `rest` may go: `otherwise` gives its contacts the same"
    swapped = text.replace("when customer.vip then queue b", "when customer.vip then queue a")
    names = [(item.subject, item.taken_by) for item in found("redundant", swapped)]
    assert names == [("hot", ("rich", "warm")), ("rest", ("otherwise",))]


def test_a_rule_that_is_not_always_carried_stays() -> None:
    text = """
    route {
      rule a when customer.temp > 0 then queue b
      rule b when customer.vip then queue b
      otherwise queue z
    }
    """
    assert found("redundant", text) == []


def test_of_two_that_carry_each_other_one_stays() -> None:
    text = """
    route {
      rule one when customer.temp > 0 then queue a
      rule two when customer.temp > 0 or customer.vip then queue a
      otherwise queue z
    }
    guarantee early when customer.vip then priority <= 5
    guarantee again when customer.vip then priority <= 5
    guarantee less when customer.vip and customer.temp > 0 then priority in 0..9
    """
    assert [(item.subject, item.taken_by) for item in found("redundant", text)] == [
        ("one", ("two",)),
        ("again", ("early",)),
    ]


@pytest.mark.parametrize(
    ("promise", "carried"),
    [
        ("priority <= 6", True),
        ("priority < 6", True),
        ("priority < 5", False),
        ("queue in {a, z}", False),
        ("priority <= 5 and queue is not b", False),
    ],
)
def test_a_guarantee_that_says_less_is_carried_by_one_that_says_more(promise: str, carried: bool) -> None:
    text = f"""
    route {{ otherwise queue a }}
    guarantee more when customer.temp < 2 then priority <= 5
    guarantee most when customer.temp >= 1 then priority <= 4 and queue is a
    guarantee less when customer.temp is known then {promise}
    """
    names = [(item.subject, item.taken_by) for item in found("redundant", text) if item.subject == "less"]
    assert names == ([("less", ("more", "most"))] if carried else [])


def test_a_rule_that_is_asked_for_by_name_stays() -> None:
    text = "route { rule a when customer.temp > 0 then queue z  otherwise queue z }\n"
    assert len(found("redundant", text)) == 1
    assert found("redundant", text + "guarantee g when customer.temp > 0 then rule is a") == []


def test_the_command_looks_for_them_only_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "p.route"
    rules = "rule a when customer.temp > 0 then queue a  rule b when customer.vip then queue b"
    path.write_text(f"{HEAD} route {{ {rules} otherwise queue z }}")
    plain = CliRunner().invoke(command, [str(path)])
    asked = CliRunner().invoke(command, [str(path), "--overlaps", "--redundant"])
    assert (plain.exit_code, asked.exit_code) == (0, 1)
    assert "hold together" not in plain.output
    assert "rule `a` and rule `b` hold together and differ (queue a and b)" in asked.output

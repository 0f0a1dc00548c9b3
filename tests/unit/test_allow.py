"""Warnings that a policy silences in place, with a reason."""

import json
from pathlib import Path

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics.render import RENDERERS
from routekit.layout import laid_out

POLICY = """policy care "Care"
record contact {{ channel one of voice, chat }}
record customer {{ tier ordered silver < gold ? }}
channel voice {{ assisted }}
queue general {{ on voice }}
{queue}
route {{
  rule low
    {rule}
    then queue general
  otherwise queue general
}}
"""
SPECIAL = "queue special { on voice }"
LOW = "when not (customer.tier >= gold)"


def _codes(queue: str = "", rule: str = "") -> tuple[list[str], list[tuple[str, str]]]:
    """The codes of the warnings, and of the allowed ones with their reasons."""
    policy = Policy.from_text(POLICY.format(queue=queue, rule=rule))
    return [item.code for item in policy.warnings], [(item.code, item.allowed) for item in policy.allowed]


@pytest.mark.parametrize(
    "queue",
    [
        f"{SPECIAL}  # allow RK403: fed by hand",
        f"# allow RK403: fed by hand\n{SPECIAL}",
        f"#allow RK403 : fed by hand \n{SPECIAL}",
        f"# Allow: RK403: fed by hand\r\n{SPECIAL}",
        f"# allow RK403: fed by hand\n# which the night team does\n{SPECIAL}",
        f"{SPECIAL}  ## allow RK403: fed by hand",
        f"# allow RK403: fed by hand\n\n{SPECIAL}",
        "queue special { on  # allow RK403: fed by hand\n  voice }",
        "queue  # allow RK403: fed by hand\n  special { on voice }",
    ],
)
def test_a_warning_of_what_the_comment_stands_in_or_above_is_silenced(queue: str) -> None:
    assert _codes(queue) == ([], [("RK403", "fed by hand")])


@pytest.mark.parametrize(
    "queue",
    [
        f"queue other {{ on voice }}  # allow RK403: fed by hand\n{SPECIAL}",
        f"{SPECIAL}\n# allow RK403: fed by hand",
    ],
)
def test_a_warning_elsewhere_is_not(queue: str) -> None:
    warnings, _ = _codes(queue)
    assert "RK403" in warnings


def test_several_codes_and_several_comments_speak_of_one_item() -> None:
    both = "queue speci\u0430l { on voice }"
    reasons = [("RK403", "for the autumn"), ("RK405", "for the autumn")]
    assert (_codes(f"# allow RK403, RK405: for the autumn\n{both}")) == ([], reasons)
    assert _codes(f"# allow RK403 and RK405: one\n{both}")[0] == []
    one_each = f"# allow RK405: one\n# allow RK403: two\n{both}"
    assert _codes(one_each)[1] == [("RK403", "two"), ("RK405", "one")]


def test_of_two_reasons_for_one_warning_the_first_is_told() -> None:
    both = f"# allow RK403: first\n# allow RK403: second\n{SPECIAL}"
    assert _codes(both) == (["RK453"], [("RK403", "first")])


def test_of_two_items_on_a_line_only_one_is_meant() -> None:
    both = f"{SPECIAL} segment idle when customer.tier is gold"
    assert _codes(f"# allow RK403: by hand\n{both}") == (["RK402"], [("RK403", "by hand")])
    assert _codes(f"{both}  # allow RK402: soon") == (["RK403"], [("RK402", "soon")])


def test_the_layout_changes_nothing_of_what_is_silenced() -> None:
    """A comment at each place between two tokens of a rule, and on a line of its own there."""
    words = [
        "rule",
        "late",
        '"Late"',
        "when",
        "not",
        "(",
        "customer.tier",
        ">=",
        "gold",
        ")",
        "then",
        "queue",
        "general",
    ]
    text = POLICY.format(queue="", rule="when customer.tier is silver").replace(
        "otherwise", "{}\n  otherwise"
    )
    for place in range(len(words)):
        for before in (" ", "\n"):
            head, tail = " ".join(words[: place + 1]), " ".join(words[place + 1 :])
            written = text.replace("{}", f"{head}{before}# allow RK406: known\n{tail}", 1)
            policy, laid = Policy.from_text(written), Policy.from_text(laid_out(written))
            assert (
                [item.code for item in policy.warnings]
                == [item.code for item in laid.warnings]
                == ([] if tail or before == " " else ["RK406", "RK453"])
            ), written


def test_a_warning_within_a_condition_is_silenced_where_it_stands() -> None:
    assert _codes(rule=f"# allow RK406: gold is always known\n    {LOW}")[0] == []
    assert _codes(rule=f"{LOW}  # allow RK406: gold is always known")[0] == []


def test_only_the_codes_that_are_named_are_silenced() -> None:
    assert _codes(f"{SPECIAL}  # allow RK402: no") == (["RK403", "RK453"], [])


def test_within_quotes_nothing_is_a_comment() -> None:
    text = POLICY.format(queue=SPECIAL, rule='when customer.tier is gold  because "x"').replace(
        '"Care"', '"Care # allow RK403: no"'
    )
    with pytest.raises(PolicyError):
        Policy.from_text(text)  # `because` stands behind the outcome
    policy = Policy.from_text(text.replace('  because "x"', ""))
    assert [item.code for item in policy.warnings] == ["RK403"]


def test_with_errors_it_is_not_said_that_an_allow_silences_nothing() -> None:
    """Not all warnings are looked for in a policy with errors."""
    text = POLICY.format(queue=f"{SPECIAL}  # allow RK403: fed by hand", rule="when customer.teir is gold")
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(text)
    assert [item.code for item in refused.value.diagnostics] == ["RK102"]


def test_an_allowed_warning_of_a_refused_policy_is_allowed_all_the_same() -> None:
    text = POLICY.format(queue="", rule=f"{LOW} and customer.teir is gold  # allow RK406: known")
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(text)
    assert [item.code for item in refused.value.diagnostics] == ["RK102"]
    assert [item.code for item in refused.value.allowed] == ["RK406"]


def test_an_allow_holds_in_the_file_in_which_it_stands(tmp_path: Path) -> None:
    (tmp_path / "more.route").write_text(f"# allow RK403: fed by hand\n{SPECIAL}\n")
    path = tmp_path / "care.route"
    path.write_text(POLICY.format(queue='use "more.route"', rule=""))
    policy = Policy.from_path(path)
    assert ([item.code for item in policy.warnings], len(policy.allowed)) == ([], 1)


def test_machines_are_told_of_what_is_allowed_and_people_are_not() -> None:
    policy = Policy.from_text(POLICY.format(queue=f"{SPECIAL}  # allow RK403: fed by hand", rule=LOW))
    found = (*policy.warnings, *policy.allowed)
    assert [item.code for item in found] == ["RK406", "RK403"]
    for name in ("pretty", "plain", "compact", "github"):
        assert "RK403" not in RENDERERS[name](found)
    document = json.loads(RENDERERS["json"](found))
    assert (document["warnings"], len(document["diagnostics"])) == (1, 1)
    assert [(item["code"], item["reason"]) for item in document["allowed"]] == [("RK403", "fed by hand")]
    (run,) = json.loads(RENDERERS["sarif"](found))["runs"]
    assert [result["suppressions"] for result in run["results"]] == [
        [],
        [{"kind": "inSource", "justification": "fed by hand"}],
    ]


@pytest.mark.parametrize(
    "comment",
    [
        "# allow RK403" + " " * 200_000 + "x",
        "# allow" + " " * 200_000 + "x",
        "# allow " + "RK403 " * 50_000 + "x",
        "# allow R" + "K" * 200_000,
        "#" * 200_000 + " allow RK403: much",
    ],
)
def test_a_long_comment_costs_no_more_than_its_length(comment: str) -> None:
    """With an expression that backtracks each of these would take minutes."""
    Policy.from_text(POLICY.format(queue=f"{comment}\n{SPECIAL}", rule=""))

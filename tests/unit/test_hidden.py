"""Characters that hide a part of a policy from whoever reviews it."""

import pytest

from routekit import Policy, PolicyError

TEXT = """policy care
record contact {{ channel one of voice  vip flag = no }}
channel voice {{ assisted }}
queue best {{ on voice }}
queue general {{ on voice }}
route {{
  # our best first{end}  rule vip when contact.vip then queue best
  rule loud when contact.channel is voice then queue best
  otherwise queue general
}}
"""


@pytest.mark.parametrize("end", ["\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_an_end_of_line_that_only_editors_show_is_refused(end: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(TEXT.format(end=end))
    assert [item.code for item in refused.value.diagnostics] == ["RK003"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_end_of_any_system_is_one(end: str) -> None:
    text = TEXT.format(end="\n").replace("\n", end)
    assert Policy.from_text(text).checked.rule_names == ("vip", "loud", "otherwise")


@pytest.mark.parametrize("shown", ["❤️", "1️⃣", "#️⃣", "*︎⃣", "ℹ️", "‼️", "↔️"])
def test_a_selector_that_picks_a_picture_is_welcome(shown: str) -> None:
    assert "\ufe0f" in shown or "\ufe0e" in shown
    text = TEXT.format(end="\n") + f'list shown = {{"{shown}"}}'
    assert Policy.from_text(text).checked.name == "care"


@pytest.mark.parametrize(
    "hidden", ["1\ufe0f", "a\ufe0f\u20e3", "\ufe0f\u20e3", "1\ufe0f\ufe0f\u20e3", "x\ufe0f"]
)
def test_a_selector_that_shows_nothing_is_refused(hidden: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(TEXT.format(end="\n") + f'list shown = {{"{hidden}"}}')
    assert {item.code for item in refused.value.diagnostics} == {"RK003"}


@pytest.mark.parametrize("shown", ["👨‍👩‍👧", "👩🏽‍🚀", "❤️‍🔥", "🏴‍☠️", "🙂‍↔️", "🧑‍🤝‍🧑", "🐻‍❄️"])
def test_pictures_that_are_joined_to_one_are_welcome(shown: str) -> None:
    assert "\u200d" in shown
    policy = Policy.from_text(TEXT.format(end="\n").replace("policy care", f'policy care "{shown}"'))
    assert policy.checked.title == shown


@pytest.mark.parametrize(
    "hidden",
    [
        "a\u200db",
        "👨\u200d",
        "\u200d👨",
        "👨\u200d\u200d👩",
        "👨\u200da",
        "©\u200d®",
        "👨\u200c👩",
        "🏴\U000e0067",
    ],
)
def test_a_joiner_that_shows_nothing_is_refused(hidden: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(TEXT.format(end="\n").replace("policy care", f'policy care "{hidden}"'))
    assert {item.code for item in refused.value.diagnostics} == {"RK003"}

"""Lines for a terminal of few columns, and with letters of two columns."""

import re

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.diagnostics.folding import fold
from routekit.diagnostics.render import pretty, width_of
from routekit.reasons.text import to_text

POLICY = """policy 客服 "客服中心的路由"
record contact { channel one of voice, chat }
record 客户 { 等级 ordered 银 < 金 ?  价值 integer 0..100 = 0 }
channel voice { assisted }
queue 普通客服队列 { on voice }
queue 贵宾专席 { on voice }
segment 高价值客户 when 客户.价值 >= 80 and 客户.等级 is 金
route {
  rule 贵宾优先 when 高价值客户 then queue 贵宾专席
  rule 贵 when 客户.等级 is 金 and 客户.价值 in 60..70 then queue 贵宾专席
  otherwise queue 普通客服队列
}
"""


@pytest.mark.parametrize("width", [40, 60, 110])
def test_an_explanation_is_folded_once_to_the_columns_that_there_are(width: int) -> None:
    explanation = Engine(Policy.from_text(POLICY)).explain(
        {"contact": {"channel": "voice"}, "客户": {"价值": 9}}
    )
    text = to_text(explanation, width=width)
    assert max(map(width_of, text.splitlines())) <= width
    names = re.findall(r"^  贵\S* +", text.partition("rule\n")[2], re.MULTILINE)
    assert len(names) == 2
    assert len(set(map(width_of, names))) == 1, "the reasons stand in one column"


def test_a_fold_loses_nothing_and_begins_no_line_with_a_comma() -> None:
    text = "客户的价值太低，所以没有队列 queue general on voice, priority 5 适用；请检查。" * 3
    for width in range(4, 80):
        lines = fold(text, width, "  ", "    ")
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert not [line for line in lines if line.strip()[0] in "，；。"]


def test_what_has_no_space_stands_out_whole() -> None:
    assert fold("a customer.balance_of_last_year b", 10) == ["a", "customer.balance_of_last_year", "b"]
    assert fold("", 10, "  ") == []


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_finding_is_folded_and_its_marks_stand_below_what_they_mean(width: int) -> None:
    wrong = POLICY.replace("客户.等级 is 金\nroute", "客户.登级 is 金\nroute")
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(wrong, name="客服.route")
    lines = pretty(refused.value.diagnostics[0], width=width).splitlines()
    assert max(map(width_of, lines)) <= width
    place = next(number for number, line in enumerate(lines) if "^" in line)
    assert width_of(lines[place - 1].partition("客户.登级")[0]) == width_of(lines[place].partition("^")[0])

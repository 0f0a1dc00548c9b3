import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.diagnostics.folding import width_of
from routekit.diagnostics.render import pretty
from routekit.translation import (
    UnknownLanguageError,
    from_environment,
    in_language,
    language,
    plural,
    t,
    use_language,
)

POLICY = """
policy care "Care"
record contact { channel one of voice, chat  intent text ? }
record customer { 等级 ordered 普通 < 金卡 ? }
channel voice { assisted }
channel chat { assisted }
queue general { on voice, chat }
queue special { on voice }
route {
  rule gold when customer.等级 >= 金卡 then queue special
  otherwise queue general
}
"""
BROKEN = POLICY.replace(">= 金卡 then", ">= 钻石 then")


def _refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(text)
    return refused.value


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "routekit", *arguments],
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_finding_is_said_in_the_language_of_its_moment() -> None:
    with in_language("zh"):
        chinese = _refused(BROKEN)
    assert chinese.diagnostics[0].message == "`钻石` 不在可选值 `普通`、`金卡` 之中"
    assert _refused(BROKEN).diagnostics[0].message == "`钻石` is not one of the values `普通`, `金卡`"


def test_reasons_are_said_in_chinese_with_the_words_of_the_policy_as_they_are() -> None:
    engine = Engine(Policy.from_text(POLICY))
    with in_language("zh"):
        told = engine.explain({"contact": {"channel": "voice"}, "customer": {"等级": "金卡"}}).summary
    assert told == "转到队列 special（渠道 voice，优先级 5），由规则 gold 决定，因为 customer.等级 为 金卡。"


def test_each_thread_has_its_language_and_the_process_one_for_all_others() -> None:
    def said(name: str) -> str:
        with in_language(name):
            return t("an unknown name")

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(said, ["zh", "en"] * 8)) == ["未知的名称", "an unknown name"] * 8
        use_language("zh")
        try:
            assert threads.submit(language).result() == "zh"
        finally:
            use_language("en")
        assert threads.submit(language).result() == "en"


def test_a_number_chooses_the_form_of_its_language() -> None:
    assert [plural("{number} rule was moved", "{number} rules were moved", n) for n in (1, 2)] == [
        "1 rule was moved",
        "2 rules were moved",
    ]
    with in_language("zh"):
        assert plural("{number} rule was moved", "{number} rules were moved", 1) == "1 条规则移动了位置"


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({"LANG": "de_DE", "ROUTEKIT_LANG": "zh-CN"}, "zh"),
    ],
)
def test_the_environment_says_the_language(environment: dict[str, str], code: str) -> None:
    assert from_environment(environment) == code


def test_a_language_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownLanguageError, match="`xx`; there are `en`, `zh`"):
        use_language("xx")
    refused = _run("check", ROUTEKIT_LANG="xx")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no language `xx`" in refused.stderr


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_command_takes_its_language_wherever_it_stands(place: int, tmp_path: Path) -> None:
    (tmp_path / "broken.route").write_text(BROKEN, encoding="utf-8")
    arguments = ["check", str(tmp_path / "broken.route")]
    arguments[place:place] = ["--lang", "zh"]
    found = _run(*arguments)
    assert found.returncode == 1
    assert "错误[RK105]：`钻石` 不在可选值 `普通`、`金卡` 之中" in found.stderr
    assert "已检查 1 个策略：1 个错误，0 个警告" in found.stdout + found.stderr


def test_complaints_and_help_of_a_command_follow_the_language() -> None:
    wrong = _run("check", "--foo", ROUTEKIT_LANG="zh")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "错误：没有选项 `--foo`\n  用法见 `routekit check --help`\n",
    )
    told = _run("prove", "--help", LANG="zh_CN.UTF-8").stdout
    assert told.startswith("用法：routekit prove")
    assert max(map(width_of, told.splitlines())) <= 80


@pytest.mark.parametrize("width", [40, 60, 100])
def test_chinese_findings_keep_within_the_terminal_with_their_marks_below_the_word(width: int) -> None:
    with in_language("zh"):
        shown = pretty(_refused(BROKEN).diagnostics[0], width=width)
    lines = shown.splitlines()
    assert max(map(width_of, lines)) <= width
    place = next(number for number, line in enumerate(lines) if re.search(r"│ +\^+", line))
    policy, marks = lines[place - 1], lines[place]
    assert width_of(policy[: policy.index("钻石")]) == marks.index("^")
    assert marks.count("^") == width_of("钻石")

"""``routekit test`` as its users call it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner

from routekit.cli.main import _routekit
from routekit.cli.watch import watch
from tests.properties.packs import RULES
from tests.unit.test_cli import Ran

POLICY = """policy care "Care"
record contact {{ channel one of voice, web }}
record customer {{ value integer 0..100 = 0  name text ? }}
channel voice {{ assisted }}
queue general {{ on voice }}
queue vip {{ on voice }}
segment rich when customer.value >= 80
route {{
  rule best "The best" when rich and contact.channel is voice then queue vip
    because "worth it"
  otherwise queue general
}}
{examples}
"""
PASSES = """
example "a rich caller" given contact.channel voice, customer.value 90 expect rule best, queue vip
example "a rich visitor" given contact.channel web, customer.value 90 expect queue general
example "anybody" given contact.channel voice expect queue general
"""
FAILS = 'example "a poor <caller> & \'friends\'" given contact.channel voice, customer.name "b\\"q" expect rule best, queue vip, agent "x"\n'  # noqa: E501


def routekit(*arguments: object) -> Ran:
    result = CliRunner().invoke(_routekit, ["test", *map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def _write(path: Path, examples: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(POLICY.format(examples=examples))
    return path


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return _write(tmp_path / "care.route", PASSES)


def test_a_policy_whose_examples_come_true(policy: Path) -> None:
    ran = routekit(policy)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == f"{policy}: 3 examples passed\n  covered 100.0%: rules 2 of 2, conditions 2 of 2\n"


def test_a_failure_shows_expected_and_actual_and_why(policy: Path) -> None:
    _write(policy, PASSES + FAILS)
    ran = routekit(policy)
    assert ran.status == 1
    assert ran.out.splitlines()[:9] == [
        "failed: a poor <caller> & 'friends'",
        f"  {policy}:17",
        "         expected  actual",
        "  rule   best      otherwise",
        "  queue  vip       general",
        '  agent  "x"       missing',
        '  given contact.channel voice, customer.name "b\\"q"',
        "  Sent to queue general on voice, priority 5, because no rule applies.",
        "  not by best: it does not decide: not rich – customer.value is 0, not 80 or more",
    ]
    assert f"{policy}: 3 examples passed, 1 failed" in ran.out


def test_what_is_expected_behind_the_deciding_rule_is_told_apart(policy: Path) -> None:
    _write(policy, 'example "e" given contact.channel voice, customer.value 90 expect rule otherwise')
    out = routekit(policy).out
    assert "because customer.value is 90 (80 or more, rich)" in out
    assert "the rule says: worth it" in out
    assert "not by otherwise: it is not reached: its condition holds, but best comes first" in out
    assert "it would decide with customer.value = 79 instead of 90" in out


def test_problems_of_the_contact_are_part_of_why(policy: Path) -> None:
    _write(policy, 'example "e" expect queue vip')
    assert "wrong with the contact: contact.channel is required and missing" in routekit(policy).out


def test_a_row_is_shown_with_what_it_is_about(policy: Path) -> None:
    _write(policy, 'example "by value" table (customer.value -> queue) {\n1 -> vip because "why not"\n}')
    out = routekit(policy).out
    assert "failed: by value [1]\n" in out
    assert f"{policy}:14\n  why not\n" in out


def test_a_policy_without_examples_is_a_finding(policy: Path) -> None:
    _write(policy, "")
    ran = routekit(policy)
    assert ran.status == 1
    assert f"{policy}: the policy has no examples" in ran.err
    assert "expect queue" in ran.err


def test_a_policy_with_errors_is_shown_as_check_shows_it_and_the_others_run(
    policy: Path, tmp_path: Path
) -> None:
    broken = _write(tmp_path / "broken.route", 'example "e" expect queue vipp')
    ran = routekit(broken, policy)
    assert ran.status == 2
    assert "error[RK104]: unknown queue `vipp`" in ran.err
    assert f"{policy}: 3 examples passed" in ran.out
    assert f"{broken}: 1 error, its examples were not run" in ran.out
    assert "2 policies tested: 3 passed, 0 failed, 1 policy with errors" in ran.out


def test_a_policy_that_is_not_there(tmp_path: Path) -> None:
    ran = routekit(tmp_path / "none.route")
    assert ran.status == 2
    assert "cannot be read: no such file or directory" in ran.err


def test_examples_are_selected_by_the_words_of_their_titles(policy: Path) -> None:
    ran = routekit(policy, "-k", "RICH a")
    assert (ran.status, ran.out) == (0, f"{policy}: 2 examples passed, 1 not selected\n")
    ran = routekit(policy, "-k", "nobody")
    assert ran.status == 1
    assert "no example has a title with the words `nobody`" in ran.err


def test_too_little_coverage_is_a_finding_that_says_how_much_is_missing(policy: Path) -> None:
    assert routekit(policy, "--min-coverage", 100).status == 0
    _write(policy, 'example "e" given contact.channel voice, customer.value 90 expect queue vip')
    assert routekit(policy, "--min-coverage", 25).status == 0
    ran = routekit(policy, "--min-coverage", 26)
    assert ran.status == 1
    assert "cover 25.0% (1 of 4), 1 point less than the 26% that are asked for" in ran.err
    assert "cover 1 more" in ran.err


@pytest.mark.parametrize("share", ["-1", "101", "nan", "much"])
def test_a_share_that_is_none_is_bad_usage(policy: Path, share: str) -> None:
    assert routekit(policy, "--min-coverage", share).status == 2


def test_what_is_not_covered_is_named_all_of_it_if_asked() -> None:
    path = RULES / "airline.route"
    few, everything = routekit(path), routekit(path, "--uncovered")
    assert "more: `--uncovered` names all" in few.out
    assert "more: `--uncovered` names all" not in everything.out
    assert few.out.splitlines()[:10] == everything.out.splitlines()[:10]


# ── folders ───────────────────────────────────────────────────────────────────


def test_the_policies_of_a_folder_are_run_and_not_what_they_bring_in(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    _write(folder / "care.route", f'use "parts/more.route"\n{PASSES}')
    _write(folder / "sub" / "deep.route", PASSES)
    _write(folder / ".hidden" / "not.route", FAILS)
    (folder / "parts").mkdir()
    (folder / "parts" / "more.route").write_text(
        'use "../parts/types.route"\nexample "more" expect queue general\n'
    )
    (folder / "parts" / "types.route").write_text("type score = integer 0..100\n")
    (folder / "empty.route").write_text("# nothing yet\n")
    (folder / "notes.txt").write_text("policy")
    ran = routekit(folder)
    assert ran.status == 0
    assert [line for line in ran.out.splitlines() if "passed" in line] == [
        f"{folder}/care.route: 4 examples passed",
        f"{folder}/sub/deep.route: 3 examples passed",
        "2 policies tested: 7 passed, 0 failed",
    ]


@pytest.mark.parametrize("text", ['example "e" expect queue general\n', "segment s when\n"])
def test_a_file_that_nothing_brings_in_is_not_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "lost.route").write_text(text)
    ran = routekit(tmp_path)
    assert ran.status == 2
    assert "lost.route" in ran.err


def test_a_folder_without_policies_is_a_finding(tmp_path: Path) -> None:
    ran = routekit(tmp_path)
    assert ran.status == 1
    assert "no policy found" in ran.err


def test_a_policy_that_is_named_twice_runs_once(policy: Path) -> None:
    assert routekit(policy, policy.parent).out.count("3 examples passed") == 1


# ── machines ──────────────────────────────────────────────────────────────────


def test_results_as_json(policy: Path, tmp_path: Path) -> None:
    _write(policy, PASSES + FAILS)
    broken = _write(tmp_path / "broken.route", 'example "e" expect queue vipp')
    ran = routekit(policy, broken, "--format", "json")
    report = json.loads(ran.out)
    assert ran.status == 2
    assert (report["format_version"], report["passed"], report["failed"], report["broken"]) == (1, 3, 1, 1)
    first, second = report["policies"]
    assert second["diagnostics"][0]["code"] == "RK104"
    failed = first["examples"][3]
    assert (failed["title"], failed["file"], failed["line"]) == (
        "a poor <caller> & 'friends'",
        str(policy),
        17,
    )
    assert failed["mismatches"][0] == {"what": "rule", "expected": "best", "actual": "otherwise"}
    assert failed["decision"]["queue"] == "general"
    assert report["coverage"]["kinds"]["rules"] == {"covered": 2, "total": 2}
    assert first["coverage"]["gaps"] == []


def test_gaps_in_json_have_their_place(policy: Path) -> None:
    _write(policy, 'example "e" given contact.channel voice expect queue general')
    gaps = json.loads(routekit(policy, "--format", "json").out)["policies"][0]["coverage"]["gaps"]
    assert gaps[0] == {
        "kind": "rules", "name": "best", "part": "rule best", "file": str(policy), "line": 9,
        "text": "rule best is decided by no example",
    }  # fmt: skip


def test_results_as_junit(policy: Path, tmp_path: Path) -> None:
    _write(policy, PASSES + FAILS)
    broken = _write(tmp_path / "broken.route", 'example "e" expect queue vipp')
    without = _write(tmp_path / "without.route", "")
    ran = routekit(policy, broken, without, "--format", "junit", "--output", tmp_path / "out.xml")
    assert ran.status == 2
    assert "3 examples passed, 1 failed" in ran.out
    root = Xml.fromstring((tmp_path / "out.xml").read_bytes())
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors")) == (
        "testsuites",
        "6",
        "2",
        "1",
    )
    first, second, third = root
    assert [case.get("name") for case in first][3] == "a poor <caller> & 'friends'"
    failure = first[3].find("failure")
    assert failure is not None
    assert "queue general instead of vip" in str(failure.get("message"))
    assert f"{policy}:17" in str(failure.text)
    assert second[0].find("error") is not None
    assert third[0].find("failure") is not None


def test_xml_never_holds_what_xml_cannot(policy: Path) -> None:
    from routekit.trials.reports import _clean

    cleaned = _clean("a\x00b\x1b[31m\ud800\ufffe\tc\U0001f600")
    assert cleaned == "ab[31m\tc\U0001f600"
    Xml.fromstring(f"<a>{cleaned}</a>")


def test_the_page_is_written_beside_the_report(policy: Path, tmp_path: Path) -> None:
    ran = routekit(policy, "--coverage-html", tmp_path / "page.html")
    assert ran.status == 0
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("option", ["--output", "--coverage-html"])
def test_a_file_that_cannot_be_written(policy: Path, tmp_path: Path, option: str) -> None:
    ran = routekit(policy, option, tmp_path / "none" / "report")
    assert ran.status == 2
    assert "cannot be written" in ran.err


def test_colours_are_for_terminals(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(policy, FAILS)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in routekit(policy).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in routekit(policy).out


# ── watching ──────────────────────────────────────────────────────────────────


def test_watching_runs_again_after_each_change_and_ends_with_the_last_status(tmp_path: Path) -> None:
    file, new, ran = tmp_path / "a.route", tmp_path / "new.route", []
    file.write_text("1")

    def changes() -> Iterator[None]:
        yield  # nothing has changed
        file.write_text("")
        yield
        file.write_text("22")  # the change is over only now
        yield
        yield
        file.unlink()
        yield
        yield
        new.write_text("x")
        yield
        yield
        raise KeyboardInterrupt

    change = changes()

    def run() -> int:
        ran.append(file.exists())
        return len(ran)

    status = watch(run, lambda: [file], lambda: tmp_path.glob("*.route"), lambda: next(change))
    assert ran == [True, True, False, False]
    assert status == 4


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent by a signal")
def test_a_watched_policy_may_be_broken_and_mended(tmp_path: Path) -> None:
    folder = shutil.copytree(RULES, tmp_path / "rules")
    path, listed = folder / "telecom.route", folder / "telecom_do_not_disturb.txt"
    whole = path.read_text(encoding="utf-8")
    command = [sys.executable, "-m", "routekit.cli.main", "test", "rules/telecom.route", "--watch"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    assert process.stdout is not None

    def until_it_waits() -> str:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or not lines[-1].startswith("watching"):
            line = process.stdout.readline()
            assert line, "".join(lines)
            lines.append(line)
        return "".join(lines)

    try:
        assert "29 examples passed" in until_it_waits()
        path.write_text(
            whole.replace("rule otherwise", "").replace("segment loud", "segmant loud"), encoding="utf-8"
        )
        assert "error[RK001]" in until_it_waits()
        path.write_text(whole, encoding="utf-8")
        assert "29 examples passed" in until_it_waits()
        listed.write_text("nobody\n")
        assert "1 failed" in until_it_waits()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
        assert (process.returncode, "Traceback" in out) == (1, False)
    finally:
        process.kill()
        process.wait()

"""``.route`` files under pytest."""

import subprocess
import sys
from xml.etree import ElementTree as Xml

import pytest

pytest_plugins = ["pytester"]

POLICY = """policy care "Care"
record contact { channel one of voice, web }
record customer { value integer 0..100 = 0 }
channel voice { assisted }
queue general { on voice }
queue vip { on voice }
route {
  rule best when customer.value >= 80 then queue vip
  otherwise queue general
}
"""
EXAMPLES = """
example "a rich caller" given contact.channel voice, customer.value 90 expect queue vip
example "the rest :: all of it" given contact.channel voice expect queue vip, priority 5
example "the rest :: all of it" given contact.channel voice expect queue general
example "" expect queue general
example "von ä bis 日本" expect queue general
example "by value" given contact.channel voice
  table (customer.value -> queue) {
    79 -> general
    80 -> vip      because "the mark"
    81 -> general  because "beyond the mark"
  }
"""


def _route(pytester: pytest.Pytester, **files: str) -> None:
    for name, text in files.items():
        path = pytester.path / f"{name.replace('__', '/')}.route"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def care(pytester: pytest.Pytester) -> pytest.Pytester:
    _route(pytester, rules__care=POLICY + EXAMPLES)
    return pytester


def test_each_example_is_a_test_named_by_its_title(care: pytest.Pytester) -> None:
    ran = care.runpytest("--collect-only", "-q", "rules")
    assert ran.outlines[:8] == [
        "rules/care.route::a rich caller",
        "rules/care.route::the rest : all of it",
        "rules/care.route::the rest : all of it (2)",
        "rules/care.route::example in line 15",
        "rules/care.route::von ä bis 日本",
        "rules/care.route::by value (1)",
        "rules/care.route::by value (2)",
        "rules/care.route::by value (3)",
    ]


def test_a_failure_is_told_in_the_words_of_the_policy(care: pytest.Pytester) -> None:
    ran = care.runpytest("rules", "-p", "no:cacheprovider")
    ran.assert_outcomes(passed=6, failed=2)
    ran.stdout.fnmatch_lines(
        [
            "rules/care.route:13: the rest :: all of it",
            "       expected  actual",
            "queue  vip       general",
            "given contact.channel voice",
            "Sent to queue general on voice, priority 5, because no rule applies.",
            "rules/care.route:21: by value *3*",
            "beyond the mark",
            "queue  general   vip",
        ]
    )
    ran.stdout.no_fnmatch_line("*Traceback*")
    ran.stdout.no_fnmatch_line("*ExampleFailedError*")


@pytest.mark.parametrize(
    "which",
    ["rules/care.route::by value (2)", "rules/care.route::von ä bis 日本", "rules/care.route::a rich caller"],
)
def test_one_example_is_run_by_its_name(care: pytest.Pytester, which: str) -> None:
    care.runpytest(which).assert_outcomes(passed=1)


def test_examples_are_selected_and_run_again_as_any_test(care: pytest.Pytester) -> None:
    care.runpytest("rules", "-k", "value and 2").assert_outcomes(passed=1, deselected=7)
    care.runpytest("rules").assert_outcomes(passed=6, failed=2)
    care.runpytest("rules", "--lf").assert_outcomes(failed=2)


def test_examples_run_on_many_workers(care: pytest.Pytester) -> None:
    care.runpytest("rules", "-n", "2").assert_outcomes(passed=6, failed=2)


def test_results_go_into_junit_xml(care: pytest.Pytester) -> None:
    care.runpytest("rules", "--junitxml=out.xml")
    cases = list(Xml.parse(care.path / "out.xml").iter("testcase"))
    assert [case.get("name") for case in cases][:2] == ["a rich caller", "the rest : all of it"]
    failure = cases[1].find("failure")
    assert failure is not None
    assert "queue  vip       general" in str(failure.text)


def test_a_policy_with_errors_is_an_error_of_the_collection(pytester: pytest.Pytester) -> None:
    _route(
        pytester,
        care=POLICY + 'example "e" given customer.valeu 3 expect queue vip\n',
        fine=POLICY + EXAMPLES,
    )
    ran = pytester.runpytest("--continue-on-collection-errors")
    ran.assert_outcomes(passed=6, failed=2, errors=1)
    ran.stdout.fnmatch_lines(["error*RK102*unknown field `customer.valeu`", "*did you mean `value`?"])
    ran.stdout.no_fnmatch_line("*Traceback*")


def test_files_that_are_brought_in_are_not_collected_by_themselves(pytester: pytest.Pytester) -> None:
    _route(
        pytester,
        rules__care=f'{POLICY}use "parts/examples.route"\n',
        rules__parts__examples='use "types.route"\nexample "e" expect queue general\n',
        rules__parts__types="type score = integer 0..100\n",
        rules__parts__unused="type score = integer 0..100\n",
        rules__parts__empty="",
    )
    ran = pytester.runpytest("--collect-only", "-q")
    assert [line for line in ran.outlines if "::" in line] == ["rules/care.route::e"]
    assert pytester.runpytest("rules/parts/types.route").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_policy_without_a_head_is_not_passed_over(pytester: pytest.Pytester) -> None:
    _route(pytester, headless=POLICY.partition("\n")[2])
    ran = pytester.runpytest()
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*the policy has no name*"])


def test_a_file_that_is_not_utf_8_is_an_error_of_the_collection(pytester: pytest.Pytester) -> None:
    (pytester.path / "care.route").write_bytes(b'policy care "\xff"')
    ran = pytester.runpytest()
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*the file is not UTF-8*"])


def test_the_plugin_can_be_left_out(care: pytest.Pytester) -> None:
    assert care.runpytest("rules", "-p", "no:routekit").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_pytest_starts_without_importing_routekit() -> None:
    code = "import sys, pytest_routekit.plugin; sys.exit('routekit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

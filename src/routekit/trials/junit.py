"""What came of trials as JUnit XML, as CI systems read it."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from routekit.diagnostics.render import compact
from routekit.trials.reports import NO_EXAMPLES, Outcome
from routekit.trials.results import Result, as_text
from routekit.trials.trial import Broken
from routekit.trials.words import place_of, title_of

__all__ = ["as_junit"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(outcomes: Sequence[Outcome]) -> str:
    """A test suite for each policy, a test case for each example, as CI systems read them."""
    root = Xml.Element("testsuites", name="routekit")
    for outcome in outcomes:
        _suite(root, outcome)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.6f}")
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}'


def _suite(root: Xml.Element, outcome: Outcome) -> None:
    suite = Xml.SubElement(root, "testsuite", name=_clean(outcome.path))
    if isinstance(outcome, Broken):
        errors = "\n".join(compact(found) for found in outcome.diagnostics)
        _case(suite, outcome.path, "policy", 0.0, ("error", "the policy has errors", errors))
    elif not outcome.results and not outcome.skipped:
        _case(suite, outcome.path, "examples", 0.0, ("failure", NO_EXAMPLES, NO_EXAMPLES))
    else:
        for result in outcome.results:
            name = title_of(result.example)
            _case(suite, outcome.path, name, result.seconds, _failure(result))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in suite)))
    suite.set("errors", str(sum(case.find("error") is not None for case in suite)))
    suite.set("skipped", "0")
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite):.6f}")


def _failure(result: Result) -> tuple[str, str, str] | None:
    if result.passed:
        return None
    file, line = place_of(result.example)
    message = ", ".join(map(str, result.mismatches))
    because = f"\n{result.example.because}" if result.example.because else ""
    return "failure", message, f"{file}:{line}{because}\n{as_text(result)}"


def _case(
    suite: Xml.Element, path: str, name: str, seconds: float, fault: tuple[str, str, str] | None
) -> None:
    case = Xml.SubElement(suite, "testcase", classname=_clean(path), name=_clean(name), time=f"{seconds:.6f}")
    if fault is not None:
        kind, message, text = fault
        Xml.SubElement(case, kind, message=_clean(message), type=kind).text = _clean(text)


def _clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)

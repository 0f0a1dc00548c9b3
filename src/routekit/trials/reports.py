"""What came of trials as JSON and as JUnit has it, for machines that keep it."""

import json
import re
from collections.abc import Sequence
from math import floor
from typing import TypeAlias
from xml.etree import ElementTree as Xml

from routekit.diagnostics.render import compact, to_json
from routekit.translation import msgid, t
from routekit.trials.coverage import Coverage, joined
from routekit.trials.trial import Broken, Result, Trial, as_text, place_of, title_of

__all__ = ["FORMAT_VERSION", "NO_EXAMPLES", "Tried", "as_json", "as_junit", "rounded"]

FORMAT_VERSION = 1
NO_EXAMPLES = msgid("the policy has no examples")

Tried: TypeAlias = Trial | Broken


def rounded(percent: float) -> float:
    """Returns a percentage with one digit behind the point, never more than it is.

    >>> rounded(89.99), rounded(100.0)
    (89.9, 100.0)
    """
    return floor(percent * 10 + 1e-9) / 10


def as_json(outcomes: Sequence[Tried]) -> str:
    """Writes everything as one JSON document with a ``format_version``."""
    trials = [outcome for outcome in outcomes if isinstance(outcome, Trial)]
    results = [result for trial in trials for result in trial.results]
    document = {
        "format_version": FORMAT_VERSION,
        "passed": sum(result.passed for result in results),
        "failed": sum(not result.passed for result in results),
        "broken": len(outcomes) - len(trials),
        "coverage": _coverage(joined(trial.coverage for trial in trials)),
        "policies": [_policy(outcome) for outcome in outcomes],
    }
    return json.dumps(document, ensure_ascii=True, indent=2)


def _policy(outcome: Tried) -> dict[str, object]:
    if isinstance(outcome, Broken):
        return {"file": outcome.path, "diagnostics": json.loads(to_json(outcome.diagnostics))["diagnostics"]}
    return {
        "file": outcome.path,
        "policy": outcome.policy.name,
        "revision": outcome.policy.revision,
        "skipped": outcome.skipped,
        "examples": [_example(result) for result in outcome.results],
        "coverage": {
            **_coverage(outcome.coverage),
            "gaps": [
                {
                    "kind": unit.kind,
                    "name": unit.name,
                    "part": unit.part,
                    "file": unit.span.source.name if unit.span else "",
                    "line": unit.span.line if unit.span else 0,
                    "text": unit.gap,
                }
                for unit in outcome.coverage.gaps
            ],
        },
    }


def _example(result: Result) -> dict[str, object]:
    file, line = place_of(result.example)
    return {
        "title": title_of(result.example),
        "because": result.example.because,
        "file": file,
        "line": line,
        "passed": result.passed,
        "seconds": round(result.seconds, 6),
        "mismatches": [
            {
                "what": mismatch.what,
                "expected": mismatch.as_written(mismatch.expected),
                "actual": mismatch.as_written(mismatch.actual),
            }
            for mismatch in result.mismatches
        ],
        "why": result.why,
        "decision": result.decision.to_dict(),
    }


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "percent": rounded(coverage.percent),
        "covered": coverage.covered,
        "total": len(coverage.units),
        "kinds": {
            kind: {"covered": covered, "total": total}
            for kind, (covered, total) in coverage.by_kind().items()
        },
    }


# ── as JUnit has it ────────────────────────────────────────────────────────────


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(outcomes: Sequence[Tried]) -> str:
    """Returns a test suite for each policy, a test case for each example, as CI systems read them."""
    root = Xml.Element("testsuites", name="routekit")
    for outcome in outcomes:
        _suite(root, outcome)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.6f}")
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}'


def _suite(root: Xml.Element, outcome: Tried) -> None:
    suite = Xml.SubElement(root, "testsuite", name=_clean(outcome.path))
    if isinstance(outcome, Broken):
        errors = "\n".join(compact(found) for found in outcome.diagnostics)
        _case(suite, outcome.path, "policy", 0.0, ("error", t("the policy has errors"), errors))
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

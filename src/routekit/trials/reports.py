"""What came of trials as JSON, for machines that keep it."""

import json
from collections.abc import Sequence
from math import floor
from typing import TypeAlias

from routekit.diagnostics.render import to_json
from routekit.trials.coverage import Coverage, joined
from routekit.trials.results import Result
from routekit.trials.trial import Broken, Trial
from routekit.trials.words import place_of, title_of

__all__ = ["FORMAT_VERSION", "NO_EXAMPLES", "Outcome", "as_json", "rounded"]

FORMAT_VERSION = 1
NO_EXAMPLES = "the policy has no examples"

Outcome: TypeAlias = Trial | Broken


def rounded(percent: float) -> float:
    """A percentage with one digit behind the point, never more than it is.

    >>> rounded(89.99), rounded(100.0)
    (89.9, 100.0)
    """
    return floor(percent * 10 + 1e-9) / 10


def as_json(outcomes: Sequence[Outcome]) -> str:
    """Everything, as one JSON document with a ``format_version``."""
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


def _policy(outcome: Outcome) -> dict[str, object]:
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

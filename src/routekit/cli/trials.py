"""What came of the examples, for people: what failed and why, and what the examples do not reach."""

from collections.abc import Iterator

import click

from routekit.cli.output import paint
from routekit.translation import clauses, plural, t
from routekit.trials.coverage import Coverage
from routekit.trials.reports import NO_EXAMPLES, rounded
from routekit.trials.trial import Broken, Result, Trial, as_text, place_of, title_of

__all__ = ["coverage_lines", "lines_of", "summary"]

MOST_GAPS = 15
"""As many parts that are not covered are named, unless all are asked for."""

_INDENT = "  "


def lines_of(outcome: Trial | Broken, *, colour: bool) -> Iterator[str]:
    """Yields a policy's failures, and in one line how many examples passed."""
    if isinstance(outcome, Broken):
        count = len(outcome.diagnostics)
        yield t(
            "{path}: {errors}, its examples were not run",
            path=outcome.path,
            errors=_bad(plural("{number} error", "{number} errors", count), colour),
        )
        return
    for result in outcome.failed:
        yield from _failure(result, colour)
        yield ""
    passed = len(outcome.results) - len(outcome.failed)
    parts = []
    if outcome.failed:
        parts.append(_bad(t("{count} failed", count=len(outcome.failed)), colour))
    if outcome.skipped:
        parts.append(t("{skipped} not selected", skipped=outcome.skipped))
    said = (
        plural("{number} example passed", "{number} examples passed", passed)
        if outcome.results or outcome.skipped
        else t(NO_EXAMPLES)
    )
    yield t("{path}: {said}", path=outcome.path, said=clauses([said, *parts]))


def _failure(result: Result, colour: bool) -> Iterator[str]:
    file, line = place_of(result.example)
    yield t("{head}: {text}", head=_bad(t("failed"), colour), text=title_of(result.example))
    where = f"{file}:{line}"
    yield _INDENT + (click.style(where, fg="blue") if colour else where)
    if result.example.because:
        yield f"{_INDENT}{result.example.because}"
    yield from (_INDENT + text for text in as_text(result).splitlines())


def coverage_lines(coverage: Coverage, *, everything: bool) -> Iterator[str]:
    """Tells how much of each kind is covered, and what is not, by name with its line."""
    kinds = (
        t("{kind} {covered} of {total}", kind=t(kind), covered=covered, total=total)
        for kind, (covered, total) in coverage.by_kind().items()
    )
    yield _INDENT + t(
        "covered {rounded}%: {listed}",
        rounded=rounded(coverage.percent),
        listed=t(", ").join(kinds),
    )
    gaps = coverage.gaps if everything else coverage.gaps[:MOST_GAPS]
    for unit in gaps:
        yield f"{_INDENT}{unit.where}  {unit.gap}"
    left = len(coverage.gaps) - len(gaps)
    if left:
        yield _INDENT + t(
            "… and {left} more: `--uncovered` names all, `--coverage-html FILE` shows them",
            left=left,
        )


def summary(outcomes: list[Trial | Broken]) -> str:
    """Returns all policies in one line."""
    trials = [outcome for outcome in outcomes if isinstance(outcome, Trial)]
    failed = sum(len(trial.failed) for trial in trials)
    passed = sum(len(trial.results) for trial in trials) - failed
    broken = len(outcomes) - len(trials)
    parts = [
        t(
            "{policies} tested: {passed} passed, {failed} failed",
            policies=_policies(len(outcomes)),
            passed=passed,
            failed=failed,
        )
    ]
    if broken:
        parts.append(t("{broken} with errors", broken=_policies(broken)))
    return clauses(parts)


def _policies(number: int) -> str:
    return plural("{number} policy", "{number} policies", number)


def _bad(text: str, colour: bool) -> str:
    return paint("error", text) if colour else text

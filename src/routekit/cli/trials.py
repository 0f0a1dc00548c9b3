"""What came of the examples, for people: what failed and why, and what the examples do not reach."""

from collections.abc import Iterator

import click

from routekit.cli.output import paint
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
        yield f"{outcome.path}: {_bad(_count(count, 'error'), colour)}, its examples were not run"
        return
    for result in outcome.failed:
        yield from _failure(result, colour)
        yield ""
    passed = len(outcome.results) - len(outcome.failed)
    parts = []
    if outcome.failed:
        parts.append(_bad(f"{len(outcome.failed)} failed", colour))
    if outcome.skipped:
        parts.append(f"{outcome.skipped} not selected")
    said = f"{_count(passed, 'example')} passed" if outcome.results or outcome.skipped else NO_EXAMPLES
    yield f"{outcome.path}: {', '.join([said, *parts])}"


def _failure(result: Result, colour: bool) -> Iterator[str]:
    file, line = place_of(result.example)
    yield f"{_bad('failed', colour)}: {title_of(result.example)}"
    where = f"{file}:{line}"
    yield _INDENT + (click.style(where, fg="blue") if colour else where)
    if result.example.because:
        yield f"{_INDENT}{result.example.because}"
    yield from (_INDENT + text for text in as_text(result).splitlines())


def coverage_lines(coverage: Coverage, *, everything: bool) -> Iterator[str]:
    """Tells how much of each kind is covered, and what is not, by name with its line."""
    kinds = (f"{kind} {covered} of {total}" for kind, (covered, total) in coverage.by_kind().items())
    yield f"{_INDENT}covered {rounded(coverage.percent)}%: {', '.join(kinds)}"
    gaps = coverage.gaps if everything else coverage.gaps[:MOST_GAPS]
    for unit in gaps:
        yield f"{_INDENT}{unit.where}  {unit.gap}"
    left = len(coverage.gaps) - len(gaps)
    if left:
        yield f"{_INDENT}… and {left} more: `--uncovered` names all, `--coverage-html FILE` shows them"


def summary(outcomes: list[Trial | Broken]) -> str:
    """Returns all policies in one line."""
    trials = [outcome for outcome in outcomes if isinstance(outcome, Trial)]
    failed = sum(len(trial.failed) for trial in trials)
    passed = sum(len(trial.results) for trial in trials) - failed
    broken = len(outcomes) - len(trials)
    parts = [f"{_policies(len(outcomes))} tested: {passed} passed, {failed} failed"]
    if broken:
        parts.append(f"{_policies(broken)} with errors")
    return ", ".join(parts)


def _policies(number: int) -> str:
    return "1 policy" if number == 1 else f"{number} policies"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _bad(text: str, colour: bool) -> str:
    return paint("error", text) if colour else text

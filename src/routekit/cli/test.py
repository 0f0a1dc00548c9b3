"""``routekit test``."""

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import (
    FINDINGS,
    UNABLE,
    Finite,
    configured,
    fail,
    plain_option,
    policies_or_configured,
    print_diagnostics,
    print_error,
    reason,
    say,
    uses_colour,
    with_progress,
    write,
    write_file,
)
from routekit.cli.prove import seconds_option, years_option
from routekit.cli.trials import coverage_lines, lines_of, summary
from routekit.cli.watch import watch as run_again
from routekit.prover.limits import Years
from routekit.translation import msgid, t
from routekit.trials.coverage import Coverage, joined
from routekit.trials.finding import SUFFIX, files_of, policies_at
from routekit.trials.reports import NO_EXAMPLES, Tried, as_json, rounded
from routekit.trials.trial import Broken, Running, Trial, start

__all__ = ["command"]


def _as_junit(outcomes: Sequence[Tried]) -> str:
    from routekit.trials.reports import as_junit

    return as_junit(outcomes)


_MACHINES = {"json": as_json, "junit": _as_junit}


@click.command()
@click.argument("paths", nargs=-1, metavar="[POLICY…]", shell_complete=complete_policies)
@click.option(
    "-k",
    "words",
    default="",
    metavar="WORDS",
    help=msgid("Run the examples whose titles hold all of these words."),
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["pretty", *_MACHINES]),
    default="pretty",
    show_default=True,
    help=msgid("How the results are written."),
)
@click.option(
    "--output", metavar="FILE", help=msgid("Write the report to a file; the terminal shows it for people.")
)
@click.option(
    "--uncovered", is_flag=True, help=msgid("Name everything that is not covered, however much it is.")
)
@click.option("--coverage-html", "html", metavar="FILE", help=msgid("Write the coverage as one HTML page."))
@click.option(
    "--min-coverage",
    "least",
    type=Finite(0, 100),
    metavar="PERCENT",
    help=msgid("Fail where the examples cover less than this of all that is counted."),
)
@click.option("--watch", is_flag=True, help=msgid("Run again after each change of a file; Ctrl-C ends."))
@click.option(
    "--propose",
    is_flag=True,
    help=msgid(
        "Print an example for everything that is not covered, with what is decided today for you to judge."
    ),
)
@seconds_option
@years_option
@plain_option
def command(
    paths: tuple[str, ...],
    words: str,
    format_: str,
    output: str | None,
    uncovered: bool,
    html: str | None,
    least: float | None,
    watch: bool,
    propose: bool,
    timeout: float,
    years: Years,
) -> None:
    """Run the examples of policies, and say what of the policies they cover.

    POLICY is the first file of a policy, or a folder: then all policies in it, but not the files that they
    bring in. Without POLICY those of the project are tested, with its `min-coverage`; both stand in
    `[tool.routekit]` of its pyproject.toml.
    Coverage counts rules, rows of tables, arms of splits, rules of adjust, offers, nevers, and the single
    conditions in them, each of which examples should have seen true and false.
    `--propose` looks for the contacts that nobody has thought of: the smallest one for each of these, found
    by the prover within `--timeout` and `--years`, as an example that can be appended to the policy.
    Exit status: 0 all passed, 1 an example failed, a policy has none, or too little is covered, 2 a policy
    has errors or cannot be read.

    \b
    Examples:
      routekit test rules/telecom.route
      routekit test rules -k "gold cancel" --watch
      routekit test rules --format junit --output results.xml --min-coverage 80
      routekit test rules/bank.route --propose > proposed.route
    """
    paths = policies_or_configured(paths)
    if propose:
        raise click.exceptions.Exit(_propose(paths, timeout, years, words or watch or format_ != "pretty"))
    if least is None and not words:
        least = configured().min_coverage
    session = _Session(paths, words, format_, output, uncovered, html, least)
    status = run_again(session.run, session.files, session.listing) if watch else session.run()
    raise click.exceptions.Exit(status)


def _propose(paths: Sequence[str], timeout: float, years: Years, with_others: object) -> int:
    policies = list(dict.fromkeys(found for path in paths for found in policies_at(path)))
    if with_others or len(policies) != 1:
        raise fail(
            t(
                "`--propose` takes one policy with all its examples, and only `--timeout` and "
                "`--years` beside"
            ),
            t("name the policy: `routekit test rules/telecom.route --propose`"),
        )
    from routekit.cli.proposing import propose

    return propose(policies[0], timeout, years)


class _Session:
    """One call of the command, whose run may be repeated."""

    def __init__(
        self,
        paths: tuple[str, ...],
        words: str,
        format_: str,
        output: str | None,
        uncovered: bool,
        html: str | None,
        least: float | None,
    ) -> None:
        self._paths = paths
        self._words = words
        self._format = format_
        self._output = output
        self._uncovered = uncovered
        self._html = html
        self._least = least

    def files(self) -> set[Path]:
        """The files on which the results depend."""
        return {file for path in self._policies() for file in (Path(path), *files_of(Path(path)))}

    def listing(self) -> set[Path]:
        """The files that lie in the folders, policies or not."""
        folders = (Path(path) for path in self._paths)
        return {file for folder in folders if folder.is_dir() for file in folder.rglob(f"*{SUFFIX}")}

    def run(self) -> int:
        """Runs the examples and reports; the exit status."""
        policies = self._policies()
        if not policies:
            folders = ", ".join(f"`{path}`" for path in self._paths)
            return _find(
                t("no policy found in {folders}", folders=folders),
                t("policies are files that end in `{suffix}`", suffix=SUFFIX),
            )
        try:
            outcomes = self._outcomes(policies)
            self._report(outcomes)
        except click.exceptions.Exit as failed:
            return failed.exit_code
        return self._status(outcomes)

    def _policies(self) -> list[str]:
        return list(dict.fromkeys(found for path in self._paths for found in policies_at(path)))

    def _outcomes(self, policies: list[str]) -> list[Trial | Broken]:
        outcomes: list[Trial | Broken] = []
        for path in policies:
            try:
                started = start(path, self._words)
            except OSError as error:
                raise fail(
                    t("the policy `{path}` cannot be read: {error}", path=path, error=reason(error)),
                    t("name the first file of a policy, such as rules/telecom.route, or a folder"),
                ) from None
            if isinstance(started, Broken):
                print_diagnostics(started.diagnostics)
                outcomes.append(started)
                continue
            _run(started)
            outcomes.append(started.trial())
        return outcomes

    def _report(self, outcomes: list[Trial | Broken]) -> None:
        trials = [outcome for outcome in outcomes if isinstance(outcome, Trial)]
        text = _MACHINES[self._format](outcomes) if self._format in _MACHINES else ""
        # the files first: whoever reads what is printed may leave before its end
        if self._output is not None:
            _write(self._output, text or "\n".join(self._for_people(outcomes, colour=False)))
        if self._html is not None:
            from routekit.trials.page import as_html

            _write(self._html, as_html(trials))
        if text and self._output is None:
            write(text)
            return
        for line in self._for_people(outcomes, colour=uses_colour(to_error=False)):
            say(line)

    def _for_people(self, outcomes: list[Trial | Broken], *, colour: bool) -> Iterator[str]:
        for outcome in outcomes:
            yield from lines_of(outcome, colour=colour)
            if (
                isinstance(outcome, Trial)
                and outcome.results
                and (not outcome.skipped or self._least is not None)
            ):
                yield from coverage_lines(outcome.coverage, everything=self._uncovered)
        if len(outcomes) > 1:
            yield summary(outcomes)

    def _status(self, outcomes: list[Trial | Broken]) -> int:
        trials = [outcome for outcome in outcomes if isinstance(outcome, Trial)]
        status = FINDINGS if any(trial.failed for trial in trials) else 0
        for trial in trials:
            if not trial.results and not trial.skipped:
                status = _find(
                    f"{trial.path}: {NO_EXAMPLES}",
                    t(
                        'say what must come of a contact: `example "a title" given contact.channel … '
                        "expect queue …`"
                    ),
                )
        if self._words and trials and not any(trial.results for trial in trials):
            status = _find(
                t("no example has a title with the words `{words}`", words=self._words),
                t("leave `-k` out to run all"),
            )
        if self._least is not None and trials:
            status = max(status, _compare(joined(trial.coverage for trial in trials), self._least))
        return UNABLE if len(trials) < len(outcomes) else status


def _compare(coverage: Coverage, least: float) -> int:
    """Whether enough is covered; said by how much it is not."""
    total = len(coverage.units)
    needed = ceil(least * total / 100 - 1e-9) - coverage.covered
    if needed <= 0:
        return 0
    short = ceil((least - coverage.percent) * 10 - 1e-9) / 10
    return _find(
        (
            t(
                "the examples cover {rounded}% ({covered} of {total}), {short:g} point less than "
                "the {least:g}% that are asked for",
                rounded=rounded(coverage.percent),
                covered=coverage.covered,
                total=total,
                short=short,
                least=least,
            )
            if short == 1
            else t(
                "the examples cover {rounded}% ({covered} of {total}), {short:g} points less "
                "than the {least:g}% that are asked for",
                rounded=rounded(coverage.percent),
                covered=coverage.covered,
                total=total,
                short=short,
                least=least,
            )
        ),
        t("cover {needed} more: `--uncovered` names what is not", needed=needed),
    )


def _find(message: str, hint: str) -> int:
    """Says what was found, and what to do."""
    print_error(message, hint)
    return FINDINGS


def _write(path: str, text: str) -> None:
    write_file(path, text if text.endswith("\n") else f"{text}\n")


def _run(running: Running) -> None:
    """Runs the examples; a long run shows on a terminal how far it is."""
    for _ in with_progress("testing", running.results(), len(running.selected)):
        pass

"""``routekit simulate``."""

import csv
import json
from io import StringIO
from pathlib import Path

import click

from routekit.batch.uses import uses_of
from routekit.cli.completion import complete_policies
from routekit.cli.inputs import input_option, open_for
from routekit.cli.output import (
    Finite,
    fail,
    plain_option,
    print_error,
    print_warning,
    read_policy,
    reason,
    say,
    write,
    write_file,
)
from routekit.cli.prove import Progress
from routekit.engine.policy import Policy
from routekit.policy.references import path_of
from routekit.service.contact_events import is_event
from routekit.simulation.errors import ScenarioError
from routekit.simulation.page import as_page
from routekit.simulation.reading import placed, scenario_of
from routekit.simulation.recording import log_of
from routekit.simulation.scenario import Scenario
from routekit.simulation.simulate import simulate
from routekit.simulation.study import Study, usual_jobs
from routekit.simulation.telling import Simulation
from routekit.testing.choices import seeded
from routekit.testing.contact_generator import WellFormed
from routekit.translation import msgid, plural, t

__all__ = ["command", "show_findings"]


@click.command()
@click.argument("policy_path", metavar="POLICY", shell_complete=complete_policies)
@click.option(
    "--against", "against_path", metavar="NEW", shell_complete=complete_policies,
    help=msgid("Another policy, before the same contacts."),
)  # fmt: skip
@click.option(
    "--scenario", "scenario_path", required=True, type=click.Path(), help=msgid("The scenario, a TOML file.")
)
@click.option(
    "--contacts", "contacts_path", type=click.Path(),
    help=msgid("Who may come, in place of the scenario's own file: contacts, or a decision log."),
)  # fmt: skip
@input_option
@click.option("--seed", type=int, default=1, show_default=True, help=msgid("Where all chance comes from."))
@click.option(
    "--replications", type=click.IntRange(1, 10_000),
    help=msgid("How often the scenario is run; by default 5 times, or as --until needs."),
)  # fmt: skip
@click.option(
    "--until", type=Finite(min=0.01, max=100), metavar="POINTS",
    help=msgid("Run on until the service level, or its difference, is known to so many points."),
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(1, 1024),
    help=msgid("Processes that run at a time; by default one a processor."),
)  # fmt: skip
@click.option(
    "--assumptions/--no-assumptions", default=True, show_default=True,
    help=msgid("Weigh what nobody measured, by a run for each."),
)  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(["text", "json", "csv", "html"]), default="text",
    show_default=True,
)  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False), help=msgid("Write the result to a file."))
@click.option(
    "--log", "log_path", type=click.Path(dir_okay=False),
    help=msgid("Also write the first run under POLICY as a decision log with outcomes."),
)  # fmt: skip
@plain_option
def command(
    policy_path: str,
    against_path: str | None,
    scenario_path: str,
    contacts_path: str | None,
    kind: str | None,
    seed: int,
    replications: int | None,
    until: float | None,
    jobs: int | None,
    assumptions: bool,
    format_: str,
    output: str | None,
    log_path: str | None,
) -> None:
    """Simulate a policy before the queues of a scenario: waiting, giving up, coming back, cost.

    Every contact is decided by the policy at its simulated moment, with the signals of its queues, and each
    step of its plan runs at its time. With --against the same contacts come under both policies, with the
    same patience and the same luck. Exit status: 0, or 2 where it could not run or the scenario cannot be.

    \b
    Examples:
      routekit simulate rules/telecom.route --scenario examples/november.toml
      routekit simulate rules/telecom.route --against released/telecom.route --scenario examples/november.toml
    """
    policy = read_policy(policy_path)
    against = None if against_path is None else read_policy(against_path)
    text, scenario = _scenario(scenario_path)
    contacts = _contacts(policy, scenario, scenario_path, contacts_path, kind, seed)
    progress = Progress()
    try:
        found = simulate(
            policy,
            scenario,
            contacts,
            against=against,
            seed=seed,
            replications=replications,
            until=until,
            jobs=jobs or usual_jobs(),
            assumptions=assumptions,
            progress=lambda done, total: progress.step(done, total, t("simulating")),
        )
        if log_path is not None:
            study = Study((policy.checked,), scenario, tuple(contacts), seed)
            with Path(log_path).open("wb") as log:
                log.writelines(log_of(study, (0, 0)))
    except ScenarioError as error:
        progress.clear()
        raise show_findings(error, text, scenario_path) from None
    progress.clear()
    if format_ == "text" and output is not None and Path(output).suffix in (".html", ".json", ".csv"):
        format_ = Path(output).suffix[1:]
    written = _written(found, format_, policy_path, against_path)
    if output is None:
        write(written) if format_ != "text" else say(written)
    else:
        write_file(output, written + "\n")


def _scenario(path: str) -> tuple[str, Scenario]:
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        raise fail(
            t("the scenario `{path}` cannot be read: {error}", path=path, error=reason(error))
        ) from None
    text = source.decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        return text, scenario_of(source)
    except ScenarioError as error:
        raise show_findings(error, None, path) from None


def show_findings(error: ScenarioError, text: str | None, path: str) -> click.exceptions.Exit:
    """Says why a scenario cannot be, each reason at its line; raise what it returns."""
    for finding in error.findings if text is None else placed(error.findings, text):
        head, *rest = str(finding).split("\n")
        place = path if finding.line is None else f"{path}:{finding.line}"
        print_error(t("{place}: {message}", place=place, message=head), "\n".join(rest).strip())
    return click.exceptions.Exit(2)


def _contacts(
    policy: Policy, scenario: Scenario, scenario_path: str, given: str | None, kind: str | None, seed: int
) -> list[object]:
    own = scenario.arrivals.contacts
    if given is None and own is None:
        if scenario.arrivals.generate is None:
            raise fail(
                t("no contacts were given"),
                t("name a file by `--contacts` or under `[arrivals]`, or write `generate = 1000` there"),
            )
        dice, made = seeded(seed), WellFormed(policy.checked)
        return [made.contact(dice) for _ in range(scenario.arrivals.generate)]
    path = given or str(Path(scenario_path).parent / str(own))
    asked = {path_of(ref) for ref, use in uses_of(policy.checked).items() if use.exact or use.compared}
    contacts: list[object] = []
    masked = 0
    for row in open_for(path, kind, policy).rows:
        if row.broken or is_event(row.contact):
            continue
        found, hidden = _told(row.contact)
        contacts.append(found)
        masked += bool(hidden & asked)
    if not contacts:
        raise fail(t("`{path}` holds no contacts that can be read", path=path))
    if masked:
        print_warning(
            plural(
                "{number} contact has masked values that the policy asks for; they count as missing",
                "{number} contacts have masked values that the policy asks for; they count as missing",
                masked,
            )
        )
    return contacts


def _told(read: object) -> tuple[object, frozenset[str]]:
    """The contact of a line, itself or that of a decision log, and the paths that are masked there."""
    told = read.get("contact") if isinstance(read, dict) and "format_version" in read else None
    if not isinstance(read, dict) or not isinstance(told, dict):
        return read, frozenset()
    own = told.get("contact")
    if isinstance(own, dict):
        own.setdefault("at", read.get("at"))  # when it was decided, where it says nothing itself
    masked = read.get("masked")
    return told, frozenset(map(str, masked if isinstance(masked, list) else ()))


def _written(found: Simulation, format_: str, policy_path: str, against_path: str | None) -> str:
    match format_:
        case "json":
            return json.dumps(found.to_dict(), indent=2)
        case "csv":
            return _as_csv(found).rstrip("\n")
        case "html":
            names = [Path(path).name for path in (policy_path, against_path) if path is not None]
            return as_page(found, t("Simulation: {policies}", policies=" → ".join(names))).rstrip("\n")
        case _:
            return str(found)


def _as_csv(found: Simulation) -> str:
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    parts = ("now", "new", "difference")
    rows.writerow(["measure", *(f"{part}{end}" for part in parts for end in ("", "_low", "_high"))])
    for measure in found.measures:
        told = (getattr(measure, part) for part in parts)
        cells = [None if each is None else each.to_dict() for each in told]
        rows.writerow(
            [
                measure.name,
                *(
                    "" if cell is None or cell[end] is None else cell[end]
                    for cell in cells
                    for end in ("mean", "low", "high")
                ),
            ]
        )
    return text.getvalue()

"""``routekit map``."""

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from routekit.analysis import contact_map
from routekit.cli.completion import complete_policies
from routekit.cli.inputs import clock, input_option, open_for, path_of, report_unknown
from routekit.cli.log_on_map import laid_over
from routekit.cli.output import (
    FINDINGS,
    console,
    fail,
    is_plain,
    plain_option,
    print_error,
    read_policy,
    say,
    with_progress,
    write,
    write_file,
)
from routekit.cli.prove import Progress, print_lines, seconds_option, years_option
from routekit.contact_map.counts import Counts
from routekit.contact_map.page import as_html
from routekit.contact_map.report import (
    BECOMES,
    CONTROL,
    finding_lines,
    map_as_csv,
    map_as_json,
    map_lines,
    matter_words,
    way_words,
)
from routekit.contact_map.results import KINDS, Becomes, Cell, DrawnMap, Finding, Kind
from routekit.diagnostics import MAP_CODES
from routekit.diagnostics.render import visible
from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.intake import Intake
from routekit.policy.contact_map import Touchpoint
from routekit.policy.model import CheckedPolicy
from routekit.prover.limits import Years
from routekit.prover.witness import Witness
from routekit.reasons.explanation import Explanation
from routekit.schema.times import utc_now
from routekit.translation import msgid, t

__all__ = ["command"]

_FORCED, _CHOSEN = "■", "□"
_SIGNS: dict[Becomes, tuple[str, str]] = {
    "solved": ("✓", "green"),
    "later": ("…", "yellow"),
    "blind": ("✗", "bold red"),
    "nobody": ("–", "dim"),
    "unknown": ("?", "yellow"),
}


def _kinds(context: click.Context, parameter: click.Parameter, value: str | None) -> frozenset[Kind] | None:
    """The kinds of findings that are named, ``too-long`` for ``too long``."""
    if value is None:
        return None
    named = {name.strip().lower().replace("-", " ").replace("_", " ") for name in value.split(",")}
    wrong = sorted(named - set(KINDS))
    if wrong:
        raise click.BadParameter(
            t(
                "there is no finding `{name}`; there are {listed}",
                name=wrong[0],
                listed=t(", ").join(kind.replace(" ", "-") for kind in KINDS),
            ),
            context,
            parameter,
        )
    return frozenset(kind for kind in KINDS if kind in named)


def _day(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        message = t("`{text}` is no day; write it like 2026-11-23", text=value)
        raise click.BadParameter(message, context, parameter) from None


def _fills(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    found = dict(each.partition("=")[::2] for each in value)
    if not all("=" in each for each in value):
        raise click.BadParameter(t("write it as NAME=TEXT"), context, parameter)
    return found


@click.command()
@click.argument("policy_path", metavar="POLICY", shell_complete=complete_policies)
@click.option(
    "--contacts",
    "contacts_path",
    type=click.Path(),
    help=msgid("Count these contacts (.jsonl, .csv, .parquet, or -) in the cells and on the ways."),
)
@click.option(
    "--log",
    "logs",
    multiple=True,
    metavar="LOG",
    type=click.Path(),
    help=msgid(
        "Lay this decision log over the map: its contacts are counted, and what is not on the map is named."
        " May be repeated."
    ),
)
@input_option
@click.option(
    "--now", "now_text", metavar="TIME", help=msgid("The clock for contacts without a time of their own.")
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help=msgid("How it is written."),
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help=msgid("Write it to this file, not to the screen.")
)
@click.option(
    "--on", "day", callback=_day, metavar="DATE", help=msgid("The day that counts as today, for facts.")
)
@click.option(
    "--fill",
    "fills",
    multiple=True,
    callback=_fills,
    metavar="NAME=TEXT",
    help=msgid("What is put into wordings for a place, at its longest; may be repeated."),
)
@click.option(
    "--fail-on",
    "fail_on",
    callback=_kinds,
    metavar="KINDS",
    help=msgid("End with 1 only for findings of these kinds: `blind,handoff`. By default for any."),
)
@seconds_option
@years_option
@plain_option
def command(
    policy_path: str,
    contacts_path: str | None,
    logs: tuple[str, ...],
    kind: str | None,
    now_text: str | None,
    format_: str,
    output: str | None,
    day: date | None,
    fills: dict[str, str],
    fail_on: frozenset[Kind] | None,
    timeout: float,
    years: Years,
) -> None:
    """Draw the contact map of a policy, and find where service breaks.

    Stages and touchpoints; for each matter and each channel that customers come by, where they are led and
    whether it is solved; the queues and the ways between them. Each finding comes with the smallest contact
    that shows it, decided by the reference evaluator: blind spots, misplaced contacts, loops, handoffs after
    which a customer tells it again, contacts moved unsaid. Stages, answers, wordings and facts are looked at
    too. A finding that could not be settled is unknown, and counts with those of its kind.
    Exit status: 0 nothing found, 1 findings, 2 it could not run.

    \b
    Examples:
      routekit map rules/airline.route
      routekit map rules/airline.route --fail-on blind,handoff --format json
      routekit map rules/telecom.route --contacts examples/contacts/telecom.csv --format html -o map.html
      routekit map rules/telecom.route --log decisions.jsonl
    """
    policy = read_policy(policy_path)
    now = clock(now_text, policy.checked.timezone)
    show = Progress()
    drawn = contact_map(policy, on=day, fills=fills, timeout=timeout, years=years, progress=show.step)
    show.clear()
    broken = False
    if contacts_path is not None:
        drawn, broken = _counted(policy, drawn, path_of(contacts_path, "routekit map"), kind, now)
    if logs:
        if contacts_path is not None:
            raise fail(t("the cells count contacts of a file or of a log: leave out --contacts or --log"))
        drawn, broken = laid_over(policy, drawn, logs)
    _give(policy, drawn, format_, output)
    if broken or any(_counts(finding, fail_on) for finding in drawn.findings):
        raise click.exceptions.Exit(FINDINGS)


def _counts(finding: Finding, kinds: frozenset[Kind] | None) -> bool:
    """Whether a finding is one of those asked for; one that could not be settled may be."""
    return kinds is None or finding.kind in kinds or finding.code in {MAP_CODES.get(kind) for kind in kinds}


def _counted(
    policy: Policy, drawn: DrawnMap, path: str, kind: str | None, now: datetime | None
) -> tuple[DrawnMap, bool]:
    """The map with the contacts of a file, and whether some could not be read."""
    contacts = open_for(path, kind, policy)
    engine, intake, counts = Engine(policy), Intake(policy.checked), Counts(policy.checked)
    broken = False
    for row in with_progress(t("counting"), contacts.rows, contacts.total, lambda item: item.size):
        if row.broken:
            print_error(f"{row.place}: {row.broken}")
            broken = True
            continue
        at = now or utc_now()
        counts.add(intake.read(row.contact, at), engine.decide(row.contact, now=at))
    report_unknown(contacts.unknown)
    return counts.on(drawn), broken


def _give(policy: Policy, drawn: DrawnMap, format_: str, output: str | None) -> None:
    """Prints the map, or writes it to a file."""
    if format_ == "text" and output is None:
        _print(policy.checked, drawn)
        return
    text = _written(policy, drawn, format_)
    if output is None:
        write(text, nl=not text.endswith("\n"))
        return
    write_file(output, text, errors="backslashreplace")
    say(t("written to {path}", path=output), err=True)
    if sys.stderr.isatty() or drawn.findings:
        say(finding_lines(drawn)[-1][1], err=True)


def _written(policy: Policy, drawn: DrawnMap, format_: str) -> str:
    match format_:
        case "json":
            return json.dumps(map_as_json(policy.checked, drawn), indent=2) + "\n"
        case "csv":
            return map_as_csv(drawn)
        case "html":
            engine = Engine(policy)

            def why(witness: Witness) -> Explanation:
                return engine.explain(witness.contact, now=witness.now)

            return as_html(drawn, why)
        case _:
            screen = Console(file=StringIO(), width=120, no_color=True, highlight=False)
            with screen.capture() as taken:
                _draw(screen, policy.checked, drawn)
            lines = [visible(text) for _, text in finding_lines(drawn)]
            return taken.get() + "\n".join(lines) + "\n"


# ── on the screen ─────────────────────────────────────────────────────────────


def _print(policy: CheckedPolicy, drawn: DrawnMap) -> None:
    if is_plain():
        print_lines(map_lines(policy, drawn))
        return
    _draw(console(), policy, drawn)
    print_lines(finding_lines(drawn))


def _draw(screen: Console, policy: CheckedPolicy, drawn: DrawnMap) -> None:
    """Draws all but the findings."""
    title = f' "{drawn.title}"' if drawn.title else ""
    screen.print(Text(visible(f"{drawn.policy}{title} {drawn.revision}"), style="bold"))
    if drawn.stages or drawn.touchpoints:
        screen.print(_touchpoints(drawn))
        screen.print(Text("   ".join((f"{_FORCED} {t('forced')}", f"{_CHOSEN} {t('chosen')}"))))
    for matter in drawn.matters:
        screen.print(Text(visible(f"{matter.name}: {matter_words(policy, matter)}")))
    if drawn.matters:
        screen.print(_matters(drawn))
        screen.print(Text("   ".join((*_key(), t("! findings; where each is led: `--plain`")))))
    screen.print(_queues(drawn))
    for move in drawn.moves:
        if move.kind != "arrival":
            screen.print(Text(visible(f"  {way_words(move)}")))
    if drawn.contacts is not None:
        screen.print(Text(t("{number:,} contacts were counted", number=drawn.contacts)))


def _touchpoints(drawn: DrawnMap) -> Table:
    controls = list(dict.fromkeys(item.control for item in drawn.touchpoints))
    table = _table(t("stage"), *(t(CONTROL[control]) for control in controls))
    for stage in drawn.stages:
        met = [item for item in drawn.touchpoints if stage in item.stages]
        cells = [[_touchpoint(item) for item in met if item.control == control] for control in controls]
        table.add_row(Text(stage, style="bold"), *(Text(visible("\n".join(cell))) for cell in cells))
    return table


def _touchpoint(item: Touchpoint) -> str:
    return f"{_FORCED if item.forced else _CHOSEN} {item.name}"


def _matters(drawn: DrawnMap) -> Table:
    table = _table(t("matter"), *drawn.channels, is_open=False)
    for matter in drawn.matters:
        cells = [cell for cell in drawn.cells if cell.matter == matter.name]
        table.add_row(Text(matter.name, style="bold"), *map(_cell, cells))
    return table


def _key() -> Iterator[str]:
    """What the signs of cells mean."""
    return (f"{sign} {t(BECOMES[becomes])}" for becomes, (sign, _) in _SIGNS.items())


def _cell(cell: Cell) -> Text:
    """A sign, with how many findings and contacts there are: in a narrow window no more can be read."""
    sign, style = _SIGNS[cell.becomes]
    said = [sign]
    if cell.findings:
        said.append(f"!{len(cell.findings)}")
    if cell.counted is not None and cell.counted.contacts:
        said.append(f"{cell.counted.contacts:,}")
    return Text(" ".join(said), style=style)


def _queues(drawn: DrawnMap) -> Table:
    table = _table(t("queue"), t("on"), t("asks for"), t("contacts come by"))
    for queue in drawn.queues:
        arrivals = [move for move in drawn.moves if move.kind == "arrival" and move.queue == queue.name]
        come = [
            move.origin if move.counted is None else f"{move.origin} [{move.counted:,}]" for move in arrivals
        ]
        cells = queue.channels, queue.asks_for, come
        table.add_row(Text(queue.name), *(Text(visible(t(", ").join(cell))) for cell in cells))
    return table


def _table(*headings: str, is_open: bool = True) -> Table:
    """A table; one that ``is_open`` has a line between its rows."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=is_open)
    for heading in headings:
        table.add_column(visible(heading), overflow="fold")
    return table

"""``routekit table``: tables of rules as spreadsheets, and back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import fail, print_diagnostics, read_policy, reason, say, write
from routekit.engine.errors import PolicyError
from routekit.engine.files import replace_file
from routekit.translation import msgid, t

if TYPE_CHECKING:
    from routekit.engine.policy import Policy
    from routekit.rule_tables.exporting import Marks

__all__ = ["command"]

_ROWS = ("unreachable-row", "unreachable-adjustment", "unreachable-case")


@click.group()
def command() -> None:
    """Write a table of rules as a spreadsheet, and take its rows back into the policy.

    \b
    Examples:
      routekit table export rules/bank.route lending_desk -o lending_desk.csv
      routekit table import rules/bank.route lending_desk lending_desk.csv --print
    """


@command.command("export")
@click.argument("policy", metavar="POLICY", shell_complete=complete_policies)
@click.argument("table", metavar="TABLE")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=msgid("Where it goes, .xlsx or .csv; by default CSV to standard output."),
)
@click.option("--plain", "is_plain", is_flag=True, help=msgid("Colour no rows, which takes a proof."))
@click.option(
    "--timeout",
    type=float,
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help=msgid("How long to look for rows that never decide."),
)
def export(policy: str, table: str, output: Path | None, is_plain: bool, timeout: float) -> None:
    """Write a table as a spreadsheet.

    TABLE is the name of a table of `route` or `adjust`, of a `let` with a table, or the title of a table of
    examples; `adjust NAME` where several are called so. A workbook has a drop-down of the names that a column
    lists, notes of the types on its headings, and colours: red for a row that can never decide, yellow for
    one that no example covers. What is written comes back as it was by `routekit table import`.
    Exit status: 0, 2 where the policy has errors, has no such table, or it cannot be written.

    \b
    Examples:
      routekit table export rules/bank.route lending_desk -o lending_desk.xlsx
      routekit table export rules/bank.route lending_desk -o lending_desk.csv
      routekit table export rules/bank.route lending_desk | head -3
    """
    from routekit.rule_tables import TableError, export_table

    is_book = output is not None and output.suffix.lower() != ".csv"
    if output is not None and output.suffix.lower() not in (".csv", ".xlsx"):
        raise fail(
            t("`{file}` is no kind of file that tables are written to", file=output),
            t("call it .xlsx or .csv"),
        )
    try:
        read = read_policy(policy)
        marks = _marks(policy, read, timeout) if is_book and not is_plain else {}
        data = export_table(policy, table, "xlsx" if is_book else "csv", marks=marks)
    except TableError as error:
        raise fail(str(error), error.hint) from None
    except PolicyError as error:
        raise _refused(error) from None
    if output is None:
        write(data.decode("utf-8-sig").replace("\r\n", "\n"), nl=False)
        return
    output.write_bytes(data)
    say(t("wrote the table `{table}` to `{output}`", table=table, output=output.as_posix()), err=True)


def _marks(path: str, policy: "Policy", timeout: float) -> "Marks":
    """What proofs and examples say of rows."""
    from routekit.analysis import prove
    from routekit.rule_tables import Mark
    from routekit.trials import start
    from routekit.trials.trial import Broken

    marks = {}
    running = start(path)
    if not isinstance(running, Broken):
        for _ in running.results():
            pass
        for unit in running.trial().coverage.gaps:
            if unit.span is not None and unit.kind in ("rows", "cases", "adjustments"):
                marks[unit.span.source.name, unit.span.start] = Mark("uncovered", unit.gap)
    for finding in prove(policy, timeout=timeout).findings:
        if finding.span is not None and finding.kind in _ROWS:
            marks[finding.span.source.name, finding.span.start] = Mark("never", finding.message)
    return marks


@command.command("import")
@click.argument("policy", metavar="POLICY", shell_complete=complete_policies)
@click.argument("table", metavar="TABLE")
@click.argument("file", metavar="FILE")
@click.option("--sheet", metavar="NAME", help=msgid("The sheet of FILE, where it has several."))
@click.option(
    "--print",
    "is_printed",
    is_flag=True,
    help=msgid("Write nothing; print the file of the policy as it would be."),
)
def import_(policy: str, table: str, file: str, sheet: str | None, is_printed: bool) -> None:
    """Take the rows of a spreadsheet into a table of the policy.

    FILE is an .xlsx, .ods or .csv whose first row are the columns. Its rows take the place of those of TABLE
    in the file of the policy that has it, laid out as `routekit fmt` does. Where the table names a file,
    its rows stand in the policy from then on. Nothing is written where the policy would have errors.
    Exit status: 0, 1 where the policy would have errors, 2 where there is no such table or file.

    \b
    Examples:
      routekit table export rules/bank.route lending_desk -o lending_desk.csv
      routekit table import rules/bank.route lending_desk lending_desk.csv
      routekit table import rules/bank.route lending_desk lending_desk.csv --print
    """
    from routekit.rule_tables import TableError, import_table

    try:
        imported = import_table(policy, table, file, sheet=sheet)
    except TableError as error:
        raise fail(str(error), error.hint) from None
    except PolicyError as error:
        raise _refused(error) from None
    if is_printed:
        write(imported.text, nl=False)
        return
    try:
        before = imported.path.read_bytes().decode("utf-8-sig")
        has_crlf = "\r\n" in before and before.count("\n") == before.count("\r\n")
        replace_file(
            imported.path, (imported.text.replace("\n", "\r\n") if has_crlf else imported.text).encode()
        )
    except OSError as error:
        raise fail(
            t(
                "the policy `{path}` cannot be written: {error}",
                path=imported.path.as_posix(),
                error=reason(error),
            )
        ) from None
    path = imported.path.as_posix()
    say(
        t("the table `{table}` in `{path}` has the rows of `{file}`", table=table, path=path, file=file),
        err=True,
    )


def _refused(error: PolicyError) -> click.exceptions.Exit:
    print_diagnostics(found for found in error.diagnostics if found.severity == "error")
    return click.exceptions.Exit(1)

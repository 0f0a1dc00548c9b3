"""Results as tables, for the commands that decide contacts: where they go, and which columns they have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from routekit.cli.output import fail, reason, say
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.readers import Contacts, Row
from routekit.translation import msgid, t
from routekit.writers import KINDS, DecisionColumns, TextStyle, Writer, WriterError, kind_of, open_table

__all__ = ["KINDS", "Results", "format_of", "keep_option", "open_results", "output_option"]

output_option = click.option(
    "-o",
    "--output",
    "output",
    type=click.Path(),
    help=msgid("Write to this file; its ending tells the format: .csv, .xlsx or .parquet."),
)
keep_option = click.option(
    "--keep",
    metavar="FIELD,…",
    help=msgid("The contact's columns of a table, or all; by default those that are not private."),
)
_ALL = "all"


def format_of(format_: str | None, output: str | None) -> str | None:
    """Returns the format of results: the one asked for, or that of the file they go to."""
    if format_ is None and output is not None:
        format_ = kind_of(output)
        if format_ is None:
            raise fail(
                t("`{path}` ends like no table", path=output),
                t("name its format with --format {listed}", listed="|".join(KINDS)),
            )
    if format_ in ("xlsx", "parquet") and output is None:
        raise fail(
            t("{format} is no text for a terminal", format=format_),
            t("name a file: -o FILE.{kind}", kind=format_),
        )
    if format_ not in KINDS and output is not None:
        raise fail(
            t("only a table is written to a file: {listed}", listed=", ".join(KINDS)),
            t("send the rest there by `> {path}`", path=output),
        )
    return format_


class Results:
    """Takes decisions one after the other, as rows of a table."""

    def __init__(self, columns: DecisionColumns, writer: Writer) -> None:
        self._columns, self._writer = columns, writer

    def add(self, row: Row, decision: Decision, why: str = "") -> None:
        """Writes one decision; ``why`` is its reason, where the table has one."""
        self._writer.write(self._columns.row(row.number, row.contact, decision, why))

    def add_undecided(self, row: Row, why: str) -> None:
        """Writes that a line could not be decided."""
        self._writer.write(self._columns.undecided(row.number, why))


@contextmanager
def open_results(
    output: str | None,
    format_: str,
    keep: str | None,
    policy: CheckedPolicy,
    contacts: Contacts,
    path: str,
    *,
    with_reason: bool = False,
) -> Iterator[Results]:
    """Opens the table that results go to; ``path`` is where the contacts come from."""
    if output is not None and path != "-" and Path(output).exists() and Path(output).samefile(path):
        raise fail(t("`{path}` is the file of contacts itself", path=output), t("name another one"))
    columns = DecisionColumns(policy, _kept(keep, policy, contacts), with_reason=with_reason)
    style = TextStyle(contacts.separator, contacts.decimal)
    try:
        with open_table(
            output, format_, columns.columns, timezone=policy.timezone, title=t("decisions"), style=style
        ) as writer:
            yield Results(columns, writer)
    except WriterError as error:
        raise fail(str(error), error.hint) from None
    except OSError as error:
        if output is None:
            raise
        raise fail(t("`{path}` cannot be written: {error}", path=output, error=reason(error))) from None


def _kept(keep: str | None, policy: CheckedPolicy, contacts: Contacts) -> list[str]:
    """The fields that stand before the decision: those asked for, or what the contacts have."""
    private = {
        f"{record.name}.{field.name}": field.private for record in policy.records for field in record.fields
    }
    fields = [*private, *(f"live.{queue}.{signal.name}" for queue in policy.queues for signal in policy.live)]
    there = [field for field in fields if field in contacts.headings] if contacts.headings else [*private]
    if keep == _ALL:
        return there
    if keep is None:
        left_out = [field for field in there if private.get(field)]
        if left_out:
            listed = t(", ").join(left_out)
            say(t("left out as private: {listed}; --keep all writes them too", listed=listed), err=True)
        return [field for field in there if not private.get(field)]
    by_heading = {heading: field for field, heading in contacts.headings.items()}
    asked = [name.strip() for name in keep.split(",") if name.strip()]
    kept = [by_heading.get(name, name) for name in asked]
    for name in kept:
        if name not in fields:
            raise fail(
                t("--keep: `{name}` is no field of the policy", name=name),
                t("there are {listed}", listed=t(", ").join(there)),
            )
    return [*dict.fromkeys(kept)]

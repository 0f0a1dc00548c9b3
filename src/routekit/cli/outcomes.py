"""``routekit outcomes``: what became of contacts, from where no router saw them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from routekit.cli.history import open_history
from routekit.cli.output import FINDINGS, fail, print_error, print_warning, reason, say, with_progress, write
from routekit.translation import msgid, plural, t

if TYPE_CHECKING:
    from routekit.performance.call_records import Imported, Importer
    from routekit.service.history import HistoryStore

__all__ = ["command"]

_AT_ONCE = 500
_SHOWN = 20
_LEAST_KEY = 16


@click.group()
def command() -> None:
    """Bring in what became of contacts, from where no router saw them.

    \b
    Examples:
      routekit outcomes import calls.csv --map columns.toml -o calls.jsonl
    then, as with a decision log by rules/telecom.route:
      routekit score calls.jsonl
    """


@command.command("import")
@click.argument("records", metavar="FILE", type=click.Path())
@click.option(
    "--map",
    "map_path",
    metavar="COLUMNS",
    required=True,
    type=click.Path(),
    help=msgid("A TOML file that says which column is what."),
)
@click.option(
    "-o",
    "--output",
    metavar="LOG",
    type=click.Path(),
    help=msgid("The log that is written; by default standard output, unless --history is given."),
)
@click.option("--force", is_flag=True, help=msgid("Write over LOG where there is one."))
@click.option(
    "--history",
    metavar="STORE",
    help=msgid("A history to remember the contacts in: a file, postgresql://… or redis://…"),
)
@click.option(
    "--pseudonyms",
    metavar="FILE",
    type=click.Path(),
    help=msgid("A file with the secret key of pseudonyms, that of the decision log, of 16 bytes at least."),
)
def import_(
    records: str, map_path: str, output: str | None, force: bool, history: str | None, pseudonyms: str | None
) -> None:
    """Bring in the call detail records of a switch, as a log that score and journeys read.

    FILE is CSV or Parquet. Each row becomes a contact and what happened to it, by COLUMNS: which column is
    its id, time, customer, channel and queue, and which tell of an event. Customers and agents are
    written by pseudonyms alone, unless COLUMNS says otherwise. Rows that cannot be read are named and left
    out; a contact told twice comes in once.
    Exit status: 0, 1 where rows could not be read, 2 where it could not run.

    \b
    Examples:
      routekit outcomes import calls.csv --map columns.toml -o calls.jsonl --pseudonyms key.txt
      routekit outcomes import calls.parquet --map columns.toml --history history.db
    What columns.toml says is in docs/whatif.md; a policy such as rules/telecom.route is not needed.
    """
    from routekit.performance.call_records import Importer, UnreadableRecordsError, open_records
    from routekit.performance.call_records_map import MapError, read_map

    key = None if pseudonyms is None else _key(pseudonyms)
    try:
        columns = read_map(_text(map_path))
        opened = open_records(records)
        importer = Importer(columns, opened.names, Path(records).name, key)
    except MapError as error:
        raise fail(t("the map `{path}`: {error}", path=map_path, error=error)) from None
    except UnreadableRecordsError as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise fail(t("`{path}` cannot be read: {error}", path=records, error=reason(error))) from None
    with ExitStack() as stack:
        stream = _stream(stack, output, force=force)
        store = None if history is None else stack.enter_context(open_history(history, makes=True))
        try:
            _bring_in(importer, with_progress(t("importing"), opened.rows, None), stream, store)
        except UnreadableRecordsError as error:
            raise fail(str(error)) from None
    _tell(importer, key)
    if importer.tally.broken:
        raise click.exceptions.Exit(FINDINGS)


def _bring_in(
    importer: "Importer",
    rows: Iterator[tuple[str, object]],
    stream: IO[str] | None,
    store: "HistoryStore | None",
) -> None:
    from routekit.performance.log_entries import Broken

    waiting: list[Imported] = []
    for place, row in rows:
        importer.tally.rows += 1
        try:
            if isinstance(row, Broken):
                raise ValueError(row.message)
            found = importer(row)  # type: ignore[arg-type]  # a row is a record where it is not broken
        except ValueError as error:
            importer.tally.broken += 1
            if importer.tally.broken <= _SHOWN:
                print_error(f"{place} {error}")
            continue
        lines = [found.contact] if found.contact is not None else []
        lines += [importer.line_of(event) for event in found.events]
        for line in lines:
            text = json.dumps(line, separators=(",", ":"))
            if stream is not None:
                stream.write(f"{text}\n")
            elif store is None:
                write(text)
        waiting.append(found)
        if len(waiting) >= _AT_ONCE:
            _remember(store, waiting)
            waiting.clear()
    _remember(store, waiting)


def _remember(store: "HistoryStore | None", found: "list[Imported]") -> None:
    if store is None:
        return
    store.record([one.touch for one in found if one.touch is not None])
    store.happened([event for one in found for event in one.events])  # type: ignore[attr-defined]  # all of ours


def _stream(stack: ExitStack, output: str | None, *, force: bool) -> IO[str] | None:
    if output is None:
        return None
    try:
        return stack.enter_context(Path(output).open("w" if force else "x", encoding="utf-8", newline="\n"))
    except FileExistsError:
        raise fail(
            t("`{path}` is there already", path=output),
            t("add --force to write over it, or name another file"),
        ) from None
    except OSError as error:
        raise fail(t("`{path}` cannot be written: {error}", path=output, error=reason(error))) from None


def _tell(importer: "Importer", key: bytes | None) -> None:
    tally = importer.tally
    events = sum(tally.events.values())
    say(
        t(
            "{rows:,} rows: {contacts:,} contacts and {events:,} events",
            rows=tally.rows,
            contacts=tally.contacts,
            events=events,
        ),
        err=True,
    )
    if tally.doubled:
        print_warning(
            plural(
                "{number:,} row tells of a contact that came in before: its events are added",
                "{number:,} rows tell of contacts that came in before: their events are added",
                tally.doubled,
            )
        )
    if tally.unnamed:
        print_warning(
            plural(
                "{number:,} contact names no customer",
                "{number:,} contacts name no customer",
                tally.unnamed,
            )
        )
    if tally.broken > _SHOWN:
        print_error(t("{number:,} more rows cannot be read", number=tally.broken - _SHOWN))
    if key is None and tally.contacts > tally.unnamed and not importer.writes_customers:
        print_warning(
            t("customers are left out, so that nobody knows who came back: give a key by --pseudonyms")
        )


def _key(path: str) -> bytes:
    try:
        key = Path(path).read_bytes().strip()
    except OSError as error:
        raise fail(t("`{path}` cannot be read: {error}", path=path, error=reason(error))) from None
    if len(key) < _LEAST_KEY:
        raise fail(t("the key in `{path}` is too short: it takes 16 bytes at least", path=path))
    return key


def _text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")

"""What the commands that take contacts have in common: where these come from, and the clock."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from routekit.cli.config import ConfigError, mapped_columns
from routekit.cli.output import configured, fail, print_error, print_warning, reason, say
from routekit.engine.policy import Policy
from routekit.intake.cells import Columns, columns_of
from routekit.intake.unknown import UnknownFields
from routekit.readers import (
    KINDS,
    Contacts,
    Part,
    Row,
    SettingError,
    TableSettings,
    UnreadableContactsError,
    date_pattern,
    open_contacts,
)
from routekit.schema.times import parse_time, zone
from routekit.translation import msgid, t

__all__ = ["clock", "input_option", "open_for", "path_of", "report_unknown"]

Item = TypeVar("Item", Row, Part)
Command = TypeVar("Command", bound=Callable[..., Any])

_MOST_NAMED = 20

_OPTIONS = (
    click.option(
        "--input",
        "kind",
        type=click.Choice(KINDS),
        help=msgid("The kind of CONTACTS, where its name does not tell."),
    ),
    click.option(
        "--map",
        "map_path",
        metavar="FILE",
        type=click.Path(),
        help=msgid('Fields by the headings of a table, in TOML: "Kundenwert" = "customer.value".'),
    ),
    click.option("--sheet", metavar="NAME", help=msgid("The sheet of a workbook.")),
    click.option(
        "--separator", metavar="SIGN", help=msgid("What parts the cells of a table of text; `tab` is one.")
    ),
    click.option("--encoding", metavar="NAME", help=msgid("How a table of text is encoded, such as cp1252.")),
    click.option(
        "--decimal",
        type=click.Choice([",", "."]),
        help=msgid("What parts the decimals of a table's numbers."),
    ),
    click.option(
        "--dates", metavar="ORDER", help=msgid("How a table writes dates: dd.mm.yyyy, mm/dd/yyyy, dd/mm/yy.")
    ),
)
_SETTINGS = "routekit.tables"


def input_option(command: Command) -> Command:
    """Gives a command what says how contacts are read: ``kind``, and what :func:`open_for` follows itself."""

    @wraps(command)
    def taking(
        *args: Any,
        map_path: str | None,
        sheet: str | None,
        separator: str | None,
        encoding: str | None,
        decimal: str | None,
        dates: str | None,
        **given: Any,
    ) -> Any:
        try:
            settings = TableSettings(
                "\t" if separator in ("tab", "\\t") else separator or "",
                encoding or "",
                decimal or "",
                date_pattern(dates) if dates else None,
                sheet or "",
                {} if map_path is None else mapped_columns(Path(map_path)),
            )
        except (SettingError, ConfigError) as error:
            raise fail(str(error), getattr(error, "hint", "")) from None
        click.get_current_context().meta[_SETTINGS] = settings
        return command(*args, **given)

    taken: Command = taking  # type: ignore[assignment]
    for option in reversed(_OPTIONS):
        taken = option(taken)
    return taken


def _settings(columns: Columns) -> TableSettings:
    """What was asked for; of the project's columns those count that are fields of the policy."""
    asked: TableSettings = click.get_current_context().meta.get(_SETTINGS, TableSettings())
    of_project = {
        name: field for name, field in configured().columns.items() if not field or field in columns
    }
    return replace(asked, columns={**of_project, **asked.columns})


def path_of(given: str | None, command: str) -> str:
    """Returns the file of contacts, or standard input where something is piped into it."""
    path = given or ("-" if not sys.stdin.isatty() else None)
    if path is None:
        raise fail(t("no contacts were given"), t("name a file: `{command} CONTACTS.jsonl`", command=command))
    return path


def clock(text: str | None, timezone: str) -> datetime | None:
    """Returns the clock that ``--now`` sets."""
    if text is None:
        return None
    moment = parse_time(text, zone(timezone))
    if moment is None:
        raise fail(
            t("`{text}` is no time", text=text),
            t("write it like 2026-11-23T10:00 or 2026-11-23T10:00:00+08:00"),
        )
    return moment


def open_for(path: str, kind: str | None, *policies: Policy) -> Contacts:
    """Returns the contacts of a file, its columns read by the fields of the policies, the last one's first.

    How the file is read is said where that had to be found out; a file that is damaged ends the command.
    """
    columns = {name: cell for policy in policies for name, cell in columns_of(policy.checked).items()}
    try:
        contacts = open_contacts(path, kind, columns, _settings(columns))
    except OSError as error:
        raise fail(
            t("the contacts `{path}` cannot be read: {error}", path=path, error=reason(error))
        ) from None
    except UnreadableContactsError as error:
        raise fail(str(error), error.hint) from None
    click.get_current_context().call_on_close(contacts.close)
    for note in contacts.notes:
        say(note, err=True)
    parts = None if contacts.parts is None else _readable(contacts.parts, path)
    return replace(contacts, rows=_readable(contacts.rows, path), parts=parts)


def _readable(items: Iterator[Item], path: str) -> Iterator[Item]:
    try:
        yield from items
    except UnreadableContactsError as error:
        raise fail(str(error), error.hint) from None
    except OSError as error:
        raise fail(
            t("the contacts `{path}` cannot be read: {error}", path=path, error=reason(error))
        ) from None


def report_unknown(unknown: UnknownFields, *, strict: bool = False) -> bool:
    """Names the fields that contacts brought and the policy does not have; whether that is a finding."""
    found = unknown.found()
    tell = print_error if strict else print_warning
    for field in found[:_MOST_NAMED]:
        tell(str(field))
    if len(found) > _MOST_NAMED:
        tell(
            t("{number:,} more fields of the contacts are not in the policy", number=len(found) - _MOST_NAMED)
        )
    return strict and bool(found)

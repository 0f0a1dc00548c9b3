"""What the commands that take contacts have in common: where these come from, and the clock."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import click

from routekit.cli.output import fail, print_error, print_warning, reason, say
from routekit.engine.policy import Policy
from routekit.intake.cells import columns_of
from routekit.intake.unknown import UnknownFields
from routekit.readers import KINDS, Contacts, Part, Row, UnreadableContactsError, open_contacts
from routekit.schema.times import parse_time, zone
from routekit.translation import msgid, t

__all__ = ["clock", "input_option", "open_for", "path_of", "report_unknown"]

Item = TypeVar("Item", Row, Part)

_MOST_NAMED = 20

input_option = click.option(
    "--input",
    "kind",
    type=click.Choice(KINDS),
    help=msgid("The kind of CONTACTS, where its name does not tell."),
)


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
        contacts = open_contacts(path, kind, columns)
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

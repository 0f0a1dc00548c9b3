"""What the commands that take contacts have in common: where these come from, and the clock."""

import sys
from datetime import datetime

from routekit.cli.contacts import Contacts, UnreadableContactsError, open_contacts
from routekit.cli.output import fail, reason
from routekit.engine.policy import Policy
from routekit.intake.cells import columns_of
from routekit.schema.times import parse_time, zone

__all__ = ["clock", "open_for", "path_of"]


def path_of(given: str | None, command: str) -> str:
    """The file of contacts, or standard input where something is piped into it."""
    path = given or ("-" if not sys.stdin.isatty() else None)
    if path is None:
        raise fail("no contacts were given", f"name a file: `{command} CONTACTS.jsonl`")
    return path


def clock(text: str | None, timezone: str) -> datetime | None:
    """The clock that ``--now`` sets."""
    if text is None:
        return None
    moment = parse_time(text, zone(timezone))
    if moment is None:
        raise fail(f"`{text}` is no time", "write it like 2026-11-23T10:00 or 2026-11-23T10:00:00+08:00")
    return moment


def open_for(path: str, kind: str | None, *policies: Policy) -> Contacts:
    """The contacts of a file, its columns read by the fields of the policies, the last one's first."""
    columns = {name: cell for policy in policies for name, cell in columns_of(policy.checked).items()}
    try:
        return open_contacts(path, kind, columns)
    except OSError as error:
        raise fail(f"the contacts `{path}` cannot be read: {reason(error)}") from None
    except UnreadableContactsError as error:
        raise fail(str(error)) from None

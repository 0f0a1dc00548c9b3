"""What the commands that take decision logs have in common."""

from collections.abc import Iterator, Sequence
from itertools import islice

from routekit.cli.output import fail, print_error, reason
from routekit.readers import Row
from routekit.readers.logs import read_log, size_of
from routekit.service.contact_events import is_event
from routekit.service.decision_log.replay import Logged, NotARecordError, is_imported, read_record
from routekit.translation import t

__all__ = ["is_log", "log_lines", "log_size", "logged"]

_LOOKED_AT = 20
"""Lines by which a log is told from contacts."""


def is_log(path: str) -> bool:
    """Tells whether a file is a decision log, by its first lines: a decision is among them, or an event."""
    if path == "-" or not path.removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json", ".log")):
        return False
    try:
        return any(map(_is_logged, islice(read_log(path), _LOOKED_AT)))
    except OSError:
        return False  # which cannot be read is told by who reads it


def _is_logged(row: Row) -> bool:
    try:
        return is_event(row.contact) or is_imported(row.contact) or bool(read_record(row.contact))
    except NotARecordError:
        return False


def logged(rows: Iterator[Row], broken: list[str]) -> Iterator[Logged]:
    """Yields the decisions of a log; lines that are none are told, and put into ``broken`` by their places.

    A decision that stands in it twice is taken once.
    """
    seen: set[int] = set()
    for row in rows:
        try:
            if row.broken:
                raise NotARecordError(row.broken)
            if is_event(row.contact) or is_imported(row.contact):
                continue
            found = read_record(row.contact)
        except NotARecordError as error:
            print_error(f"{row.place} {error}")
            broken.append(row.place)
            continue
        key = hash(found.id)
        if key not in seen:
            seen.add(key)
            yield found


def log_lines(paths: Sequence[str]) -> Iterator[Row]:
    """Yields the lines of logs; one that cannot be opened ends the command."""
    for path in paths:
        try:
            yield from read_log(path)
        except OSError as error:
            raise fail(
                t("the log `{path}` cannot be read: {error}", path=path, error=reason(error))
            ) from None


def log_size(paths: Sequence[str]) -> int | None:
    """Returns the bytes of all logs, None where that is not to be known."""
    try:
        return size_of(paths)
    except OSError:
        return None  # which one cannot be read is told when its turn comes

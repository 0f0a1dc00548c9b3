"""How far a long run is, on a terminal."""

from collections.abc import Iterator
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from routekit.cli.contacts import Contacts, Row

__all__ = ["with_progress"]

SHOWN_AFTER = 1.0
"""Seconds that a run may take before it shows its progress."""


def with_progress(contacts: Contacts) -> Iterator[Row]:
    """The rows, with a bar on standard error once they take long."""
    started, done = monotonic(), 0
    progress = Progress(
        TextColumn("deciding"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if contacts.total else "{task.completed:,.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task: TaskID | None = None
    try:
        for row in contacts.rows:
            yield row
            done += row.size
            if task is not None:
                progress.update(task, completed=done)
            elif monotonic() - started > SHOWN_AFTER:
                task = progress.add_task("", total=contacts.total, completed=done)
                progress.start()
    finally:
        progress.stop()

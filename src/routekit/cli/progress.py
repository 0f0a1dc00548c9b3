"""How far a long run is, on a terminal."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = ["with_progress"]

SHOWN_AFTER = 1.0
"""Seconds that a run may take before it shows its progress."""


Item = TypeVar("Item")


def with_progress(
    doing: str, items: Iterator[Item], total: int | None, size: Callable[[Item], int] = lambda _: 1
) -> Iterator[Item]:
    """The items, with a bar on standard error once they take long; ``size`` is the part of an item."""
    started, done = monotonic(), 0
    progress = Progress(
        TextColumn(doing),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%" if total else "{task.completed:,.0f}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task: TaskID | None = None
    try:
        for item in items:
            yield item
            done += size(item)
            if task is not None:
                progress.update(task, completed=done)
            elif monotonic() - started > SHOWN_AFTER:
                task = progress.add_task("", total=total, completed=done)
                progress.start()
    finally:
        progress.stop()

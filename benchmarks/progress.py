"""Where a run stands, on standard error: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["Step", "progress"]

Step = Callable[[str], None]
"""Called with what begins now."""


@contextmanager
def progress(total: int) -> Iterator[Step]:
    """Counts the steps of a run.

    >>> with progress(1) as step:
    ...     step("loading")
    """
    if not sys.stderr.isatty():
        yield _Lines(total)
        return
    columns = (
        TextColumn("{task.description:<44}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=total)
        begun = False

        def step(what: str) -> None:
            nonlocal begun
            bar.update(task, description=what, advance=int(begun))
            begun = True

        yield step
        bar.update(task, completed=total)


class _Lines:
    """One line for each step."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def __call__(self, what: str) -> None:
        self._done += 1
        print(f"[{self._done}/{self._total}] {what}", file=sys.stderr, flush=True)

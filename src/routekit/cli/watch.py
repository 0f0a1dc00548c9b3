"""Running something again whenever a file changes."""

from collections.abc import Callable, Iterable
from pathlib import Path
from time import sleep
from typing import TypeAlias

from routekit.cli.output import say
from routekit.translation import t

__all__ = ["snapshot", "watch"]

INTERVAL = 0.4
"""Seconds between two looks at the files."""

Snapshot: TypeAlias = dict[Path, tuple[int, int] | None]


def snapshot(files: Iterable[Path]) -> Snapshot:
    """Tells when each file was last changed, and its size; None for one that is not there."""
    seen: Snapshot = {}
    for file in files:
        try:
            state = file.stat()
        except OSError:
            seen[file] = None
        else:
            seen[file] = (state.st_mtime_ns, state.st_size)
    return seen


def watch(
    run: Callable[[], int],
    files: Callable[[], Iterable[Path]],
    listing: Callable[[], Iterable[Path]],
    wait: Callable[[], None] = lambda: sleep(INTERVAL),
) -> int:
    """Runs, and runs again after each change of a file, until Ctrl-C; the exit status of the last run.

    ``files`` says before each run on what it depends; ``listing``, which is asked at each look, what new
    files would matter. ``wait`` passes the time between two looks.
    """
    status = 0
    try:
        while True:
            depends = set(files())
            before = snapshot(depends.union(listing()))
            status = run()
            say(t("watching for changes, Ctrl-C ends"), err=True)
            while (seen := snapshot(depends.union(listing()))) == before:
                wait()
            while True:  # an editor may empty a file before it writes it
                wait()
                last, seen = seen, snapshot(depends.union(listing()))
                if seen == last:
                    break
            say("", err=True)
    except KeyboardInterrupt:
        say("", err=True)
        return status

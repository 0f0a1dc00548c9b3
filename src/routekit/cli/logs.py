"""What the commands that take decision logs have in common."""

from collections.abc import Iterator, Sequence

from routekit.cli.output import fail, reason
from routekit.readers import Row
from routekit.readers.logs import read_log, size_of
from routekit.translation import t

__all__ = ["log_lines", "log_size"]


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

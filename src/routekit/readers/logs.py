"""Decision logs: lines of JSON, also compressed."""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from routekit.readers.json_text import json_lines
from routekit.readers.rows import Row
from routekit.translation import t

__all__ = ["read_log", "size_of"]

_GZIP = b"\x1f\x8b"


def read_log(path: str) -> Iterator[Row]:
    """Yields the lines of a log in their order; ``-`` is standard input.

    Raises ``OSError`` for a file that cannot be opened; a compressed one that breaks off is told by a broken
    row.
    """
    if path == "-":
        yield from _rows(sys.stdin.buffer, "<standard input>")
    else:
        with Path(path).open("rb") as stream:
            yield from _rows(stream, path)


def _rows(stream: BinaryIO, name: str) -> Iterator[Row]:
    buffered = BufferedReader(cast("RawIOBase", stream))
    try:
        if not buffered.peek(2).startswith(_GZIP):
            yield from json_lines(buffered, name)
            return
        with gzip.open(buffered) as lines:
            yield from json_lines(cast("BinaryIO", lines), name)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        yield Row(name, 0, 0, broken=t("is compressed and breaks off before its end"))
    finally:
        buffered.detach()  # whoever opened the stream closes it


def size_of(paths: Sequence[str]) -> int | None:
    """Returns the bytes of all files; None where it is not to be known how many lines they hold.

    Raises ``OSError`` for a file that cannot be looked at.
    """
    if any(path == "-" or path.endswith(".gz") for path in paths):
        return None
    return sum(Path(path).stat().st_size for path in paths)

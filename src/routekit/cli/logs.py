"""Decision logs from files: JSON lines, compressed or not, several one behind the other."""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from routekit.readers import Row, json_lines

__all__ = ["read_logs", "size_of"]

_GZIP = b"\x1f\x8b"


def read_logs(paths: Sequence[str]) -> Iterator[Row]:
    """The lines of the files, in their order; ``-`` is standard input. Raises ``OSError`` for a file that
    cannot be opened; a compressed one that breaks off is told by a broken row."""
    for path in paths:
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
        yield Row(name, 0, 0, broken="is compressed and breaks off before its end")
    finally:
        buffered.detach()  # whoever opened the stream closes it


def size_of(paths: Sequence[str]) -> int | None:
    """The bytes of all files, None where it is not to be known how many lines they hold."""
    if any(path == "-" or path.endswith(".gz") for path in paths):
        return None
    return sum(Path(path).stat().st_size for path in paths)

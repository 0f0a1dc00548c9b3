"""Files of tables: they are there as a whole, or not at all."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from routekit.schema.times import zone as zone_named
from routekit.writers.columns import Column, TextStyle, Writer
from routekit.writers.delimited import Delimited
from routekit.writers.parquet import Parquet
from routekit.writers.workbook import Workbook

__all__ = ["KINDS", "kind_of", "open_table"]

KINDS = ("csv", "xlsx", "parquet")
_SUFFIXES = {".csv": "csv", ".xlsx": "xlsx", ".parquet": "parquet"}


def kind_of(path: str) -> str | None:
    """Returns the kind of table that a file is by its ending; None for no such file.

    >>> kind_of("decisions.xlsx"), kind_of("decisions.txt")
    ('xlsx', None)
    """
    return _SUFFIXES.get(Path(path).suffix.lower())


@contextmanager
def open_table(
    path: str | None,
    kind: str,
    columns: Sequence[Column],
    *,
    timezone: str,
    title: str,
    style: TextStyle | None = None,
) -> Iterator[Writer]:
    """Opens a table to be written, ``title`` being its sheet; without ``path`` text goes to standard output.

    The file stands under its name once all is written, with a mark of UTF-8 where it is text. Raises
    ``OSError`` where it cannot be written, :class:`routekit.writers.WriterError` where a package is missing.
    """
    local, style = zone_named(timezone), style or TextStyle()
    if path is None:
        out = TextIOWrapper(sys.stdout.buffer, "utf-8", "backslashreplace", newline="", write_through=False)
        try:
            writer = Delimited(out, columns, style, local, timezone)
            yield writer
            writer.close()
        finally:
            out.detach()
        return
    target = Path(path)
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            opened = _opened(file.file, kind, columns, style, timezone, title)  # type: ignore[arg-type]
            yield opened
            opened.close()
            file.close()
            _publish(Path(file.name), target)
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise


def _opened(
    file: BinaryIO, kind: str, columns: Sequence[Column], style: TextStyle, timezone: str, title: str
) -> Writer:
    local = zone_named(timezone)
    if kind == "xlsx":
        return Workbook(file, columns, local, timezone, title)
    if kind == "parquet":
        return Parquet(file, columns, timezone)
    text = TextIOWrapper(file, "utf-8-sig", "backslashreplace", newline="")
    return Delimited(text, columns, style, local, timezone)


def _publish(made: Path, target: Path) -> None:
    """Puts a file in its place, with the rights that new files have here."""
    mask = os.umask(0)
    os.umask(mask)
    made.chmod(0o666 & ~mask)
    made.replace(target)

"""The parts of a workbook, which is a zip archive: looked at before anything of it is unpacked."""

from collections.abc import Callable
from typing import IO, BinaryIO, TypeAlias
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - the module names it so

from routekit.sheets.cells import SheetError
from routekit.sheets.limits import (
    MOST_INFLATED,
    MOST_RATIO,
    MOST_SHARED,
    MOST_TOKEN,
    SMALL_INFLATED,
)
from routekit.translation import t

__all__ = ["Archive", "End", "Start", "local_name"]

Start: TypeAlias = Callable[[str, dict[str, str]], object]
"""Takes the name of an element, its namespace before a blank, and its attributes."""
End: TypeAlias = Callable[[str], object]

_CHUNK = 1 << 18


def local_name(name: str) -> str:
    """Returns the name of an element or attribute without its namespace.

    >>> local_name("http://schemas.openxmlformats.org/spreadsheetml/2006/main row")
    'row'
    """
    return name.rpartition(" ")[2]


class Archive:
    """A zip archive whose parts are of a reasonable size, have different names and are not encrypted.

    Raises :class:`SheetError` where they are not.
    """

    def __init__(self, stream: BinaryIO) -> None:
        try:
            self._zip = ZipFile(stream)
            parts = self._zip.infolist()
        except (BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
            raise _damaged() from None
        if any(part.flag_bits & 1 for part in parts):
            raise SheetError(t("is encrypted"), t("save it without a password"))
        names = {part.filename for part in parts}
        if len(names) != len(parts):
            raise _damaged()
        too_large = sum(part.file_size for part in parts) > MOST_INFLATED or any(
            part.file_size > SMALL_INFLATED and part.file_size > MOST_RATIO * part.compress_size
            for part in parts
        )
        if too_large:
            raise _bomb()
        self.names = frozenset(names)

    def read(self, name: str, most: int = MOST_SHARED) -> bytes:
        """Returns a small part; nothing where it is not there."""
        if name not in self.names:
            return b""
        if self._zip.getinfo(name).file_size > most:
            raise _bomb()
        try:
            with self._zip.open(name) as stream:
                return stream.read()
        except (BadZipFile, OSError, EOFError, ValueError, NotImplementedError, ZlibError):
            raise _damaged() from None

    def scan(
        self,
        name: str,
        start: Start | None = None,
        end: End | None = None,
        *,
        most: int = MOST_INFLATED,
        parser: "expat.XMLParserType | None" = None,
    ) -> None:
        """Goes through a part that is XML, to its end, never holding more of it than one tag.

        A document type, without which there are no entities, is refused.
        """
        if name not in self.names:
            return
        if self._zip.getinfo(name).file_size > most:
            raise _bomb()
        parser = parser or expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse_doctype
        if start is not None:
            parser.StartElementHandler = start
        if end is not None:
            parser.EndElementHandler = end
        try:
            with self._zip.open(name) as stream:
                _feed(parser, stream, name)
        except (BadZipFile, OSError, EOFError, ValueError, NotImplementedError, ZlibError):
            raise _damaged() from None
        except LookupError:  # the encoding that it says it has
            raise _damaged() from None
        except expat.ExpatError as error:
            raise SheetError(
                t("is damaged: `{part}` is no XML in line {line}", part=name, line=error.lineno),
                t("save it anew in a spreadsheet program"),
            ) from None


def _feed(parser: "expat.XMLParserType", stream: IO[bytes], name: str) -> None:
    taken = 0
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk, False)
        taken += len(chunk)
        if taken - parser.CurrentByteIndex > MOST_TOKEN:
            raise SheetError(t("holds a text in `{part}` that is too long", part=name))
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise SheetError(
        t("declares entities, which no spreadsheet program writes"),
        t("save it anew in a spreadsheet program"),
    )


def _damaged() -> SheetError:
    return SheetError(t("is damaged, or no workbook"), t("save it anew in a spreadsheet program"))


def _bomb() -> SheetError:
    return SheetError(
        t("unpacks to far more than a table has"), t("save the sheet that counts in a file of its own")
    )

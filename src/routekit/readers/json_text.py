"""Contacts as JSON: one a line, or one list of them."""

import json
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from itertools import chain
from typing import BinaryIO

from routekit.intake.unknown import UnknownFields
from routekit.readers.rows import Contacts, Row
from routekit.sheets.encodings import as_text, encoding_of, told
from routekit.translation import msgid, t

__all__ = ["json_lines", "read_json"]

_BLANK = " \t\r\n"
_CHUNK = 1 << 16
_LONGEST_WORD = 16
"""Characters within which every word and number of JSON that counts ends; an error before them is no matter
of more text."""
_TOO_LARGE = msgid("holds a number or a nesting that is too large")


def read_json(stream: BinaryIO, name: str, unknown: UnknownFields) -> Contacts:
    """Reads contacts that stand one a line, in one list, or one behind the other over several lines."""
    start = b""
    while not start.strip(b" \t\r\n\xef\xbb\xbf") and (line := stream.readline()):
        start += line
    encoding = encoding_of(start)
    first = start.decode(encoding, "replace").strip()
    notes = (
        ()
        if encoding == "utf-8-sig"
        else (t("{name}: read as {encoding}", name=name, encoding=told(encoding)),)
    )
    if first.startswith("[") or first == "{" or name.lower().endswith(".json"):
        rows = _values(as_text(start, stream), name)
    elif notes:
        rows = _parsed((line.encode("utf-8", "surrogatepass") for line in as_text(start, stream)), name)
    else:
        rows = _parsed(chain(start.splitlines(keepends=True), stream), name)
    return Contacts(_noting(rows, unknown), None, unknown, notes=notes)


def _noting(rows: Iterator[Row], unknown: UnknownFields) -> Iterator[Row]:
    for row in rows:
        unknown.note(row.contact)
        yield row


def json_lines(stream: BinaryIO, name: str) -> Iterator[Row]:
    """Tells what the lines of a stream hold, each a row; ``name`` is how the stream is called."""
    return _parsed(stream, name)


def _parsed(lines: Iterable[bytes], name: str) -> Iterator[Row]:
    source = f"{name}:"
    for number, line in enumerate(lines, start=1):
        content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not content.strip():
            continue
        try:
            contact = json.loads(content.decode("utf-8"))
        except UnicodeDecodeError:
            yield Row(source, number, len(line), broken=t("is not UTF-8"))
        except json.JSONDecodeError as error:
            broken = t("is not JSON: {error} in column {column}", error=error.msg.lower(), column=error.colno)
            yield Row(source, number, len(line), broken=broken)
        except (ValueError, RecursionError):
            yield Row(source, number, len(line), broken=t(_TOO_LARGE))
        else:
            yield Row(source, number, len(line), contact)


def _values(text: TextIOWrapper, name: str) -> Iterator[Row]:
    """The values of a text, those of a list in its place; never more of it in memory than one of them.

    Behind a mistake within a list nothing is read any more: nobody knows where the next contact begins.
    Outside of one the next line is gone on with.
    """
    source, number = t("{name}: contact ", name=name), 0
    ahead = _Ahead(text)
    within, needs_comma = False, False
    while letter := ahead.letter():
        if within and letter == "]":
            within = False
            ahead.skip()
            continue
        if within and needs_comma and letter == ",":
            needs_comma = False
            ahead.skip()
            continue
        if not within and letter == "[":
            within, needs_comma = True, False
            ahead.skip()
            continue
        number += 1
        before = ahead.taken
        try:
            if within and needs_comma:
                raise json.JSONDecodeError(t("expecting ',' delimiter"), ahead.text, ahead.position)
            contact = ahead.value()
        except UnicodeDecodeError:
            yield Row(source, number, 0, broken=t("is not UTF-8, and nothing behind it can be read"))
            return
        except json.JSONDecodeError as error:
            where = t("line {line}", line=ahead.line(error.pos))
            more = t("; nothing behind it can be read") if within else ""
            yield Row(
                source,
                number,
                0,
                broken=t(
                    "is not JSON: {error} in {where}{more}", error=error.msg.lower(), where=where, more=more
                ),
            )
            if within or not ahead.next_line():
                return
        except RecursionError:
            yield Row(
                source,
                number,
                0,
                broken=t("holds a number or a nesting that is too large; nothing behind it can be read"),
            )
            return
        else:
            needs_comma = within
            yield Row(source, number, ahead.taken - before, contact)
    if within:
        yield Row(source, number + 1, 0, broken=t("is missing: the list breaks off before its end"))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 400 else float(digits)


class _Ahead:
    """A text, as much of it as has been looked at and not been taken yet."""

    def __init__(self, stream: TextIOWrapper) -> None:
        self._stream = stream
        self._decoder = json.JSONDecoder(parse_int=_whole)
        self._lines = 1
        self._dropped = 0
        self._ended = False
        self.text = ""
        self.position = 0

    @property
    def taken(self) -> int:
        return self._dropped + self.position

    def _more(self) -> bool:
        """Reads on, as much again as there is; whether there was more."""
        more = "" if self._ended else self._stream.read(max(_CHUNK, len(self.text)))
        self._ended = not more
        self.text += more
        return bool(more)

    def _drop(self) -> None:
        self._lines += self.text.count("\n", 0, self.position)
        self._dropped += self.position
        self.text, self.position = self.text[self.position :], 0

    def letter(self) -> str:
        """The next character that is no blank; nothing at the end."""
        while True:
            while self.position < len(self.text) and self.text[self.position] in _BLANK:
                self.position += 1
            if self.position < len(self.text):
                return self.text[self.position]
            self._drop()
            if not self._more():
                return ""

    def skip(self) -> None:
        self.position += 1

    def line(self, position: int) -> int:
        """The number of the line at a position of the text."""
        return self._lines + self.text.count("\n", 0, position)

    def next_line(self) -> bool:
        """Goes to the next line; whether there is one."""
        while (end := self.text.find("\n", self.position)) < 0:
            self.position = len(self.text)
            self._drop()
            if not self._more():
                return False
        self.position = end + 1
        return True

    def value(self) -> object:
        """The next value. Raises ``json.JSONDecodeError`` where there is none."""
        if self.position > _CHUNK:
            self._drop()
        while True:
            try:
                value, end = self._decoder.raw_decode(self.text, self.position)
            except json.JSONDecodeError as error:
                open_ended = error.msg.startswith(("Unterminated", "Invalid"))
                if not open_ended and error.pos < len(self.text) - _LONGEST_WORD:
                    raise
                if not self._more():
                    raise
                continue
            if end < len(self.text) or self.text[end - 1] in '}]"' or not self._more():
                self.position = end
                return value

"""Tells the encoding of a text by its first bytes."""

from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import BinaryIO

__all__ = ["as_text", "encoding_of", "told"]

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def encoding_of(start: bytes) -> str:
    """Returns the encoding of a text that begins so, by its mark or, without one, by where zeros stand in it.

    >>> encoding_of(b"contact"), encoding_of("contact".encode("utf-16")), encoding_of(b"c\\0o\\0")
    ('utf-8-sig', 'utf-16', 'utf-16-le')
    """
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    zeros = tuple(byte == 0 for byte in start[:4])
    if zeros == (False, True, False, True):
        return "utf-16-le"
    return "utf-16-be" if zeros == (True, False, True, False) else "utf-8-sig"


def told(encoding: str) -> str:
    """Returns an encoding as people call it.

    >>> told("utf-8-sig"), told("utf-16-le")
    ('UTF-8', 'UTF-16')
    """
    return "-".join(encoding.split("-")[:2]).upper()


class _Rejoined(RawIOBase):
    """A stream of which the start was taken already, whole again; whoever opened it closes it."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._start = start
        self._read = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._start[: len(buffer)] or self._read(len(buffer))
        self._start = self._start[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def as_text(start: bytes, rest: BinaryIO) -> TextIOWrapper:
    """Returns the text of a stream, of which the start was taken already; line ends stay as they are.

    Bytes that are no text become lone surrogates, which no reader of a value takes; only where such a byte
    leaves it open where the next character begins does reading raise ``UnicodeDecodeError``.
    """
    encoding = encoding_of(start)
    whole = BufferedReader(_Rejoined(start, rest), 1 << 16)
    errors = "surrogateescape" if encoding == "utf-8-sig" else "surrogatepass"
    return TextIOWrapper(whole, encoding=encoding, errors=errors, newline="")

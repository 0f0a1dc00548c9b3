"""Tells the encoding of a text by its first bytes."""

import re
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import BinaryIO

__all__ = ["as_text", "encoding_of", "is_utf8", "legacy_page", "told"]

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


def is_utf8(start: bytes) -> bool:
    """Tells whether a text that begins so may be UTF-8; behind its last line end it may be cut.

    >>> is_utf8("Zoë\\nZoë".encode()[:-1]), is_utf8("Zoë".encode("cp1252"))
    (True, False)
    """
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(start) - 3 and error.start > start.rfind(b"\n") >= 0
    return True


_WESTERN = "cp1252"
_WORD = re.compile(r"[^\W\d_]+")
_WESTERN_SIGNS = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿŒœ€–—‘’“”„…«»°§·©®¿¡²³½£\u00a0"
)
_MOST_CHAOS, _LEAST_COHERENCE, _FEWEST_LETTERS = 0.08, 0.2, 16
_MOST_LOOKED_AT = 1 << 16


def legacy_page(start: bytes) -> str | None:
    """Returns the page in which a text that is no UTF-8 was written, where that is certain; else None.

    It is certain where all pages in which the text makes sense read it alike, and as a known language, or
    where its letters stand among plain ones, as those of western languages do. Without charset-normalizer
    nothing is.
    """
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return None
    start = start[:_MOST_LOOKED_AT]
    found = from_bytes(start)
    sensible = [match for match in found if match.chaos <= _MOST_CHAOS]
    if any(_WESTERN in match.could_be_from_charset for match in sensible) and _is_western(start):
        return _WESTERN
    if len({str(match) for match in sensible}) != 1:
        return None
    (best, *_) = sensible
    letters = sum(not letter.isascii() for letter in str(best))
    return best.encoding if best.coherence >= _LEAST_COHERENCE and letters >= _FEWEST_LETTERS else None


def _is_western(start: bytes) -> bool:
    try:
        text = start.decode(_WESTERN)
    except UnicodeDecodeError:
        return False
    if any(not letter.isascii() and letter not in _WESTERN_SIGNS for letter in text):
        return False
    return all(2 * sum(not letter.isascii() for letter in word) <= len(word) for word in _WORD.findall(text))


def told(encoding: str) -> str:
    """Returns an encoding as people call it.

    >>> told("utf-8-sig"), told("utf-16-le")
    ('UTF-8', 'UTF-16')
    """
    if encoding.startswith("cp125"):
        return f"Windows-{encoding[2:]}"
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


def as_text(start: bytes, rest: BinaryIO, encoding: str = "") -> TextIOWrapper:
    """Returns the text of a stream, of which the start was taken already; line ends stay as they are.

    The encoding is told by the start where none is given. Bytes that are no text become lone surrogates,
    which no reader of a value takes; only where such a byte leaves it open where the next character begins
    does reading raise ``UnicodeDecodeError``.
    """
    encoding = encoding or encoding_of(start)
    whole = BufferedReader(_Rejoined(start, rest), 1 << 16)
    errors = (
        "surrogatepass"
        if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
        else "surrogateescape"
    )
    return TextIOWrapper(whole, encoding=encoding, errors=errors, newline="")

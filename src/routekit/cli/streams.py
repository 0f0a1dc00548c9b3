"""The standard streams of a command: what they cannot show is written otherwise, and what breaks is told."""

import codecs
import os
import sys
from io import BytesIO, TextIOWrapper

__all__ = ["abandon_output", "prepare"]

_INSTEAD = {
    "→": "->", "←": "<-", "…": "...", "–": "-", "—": "-", "×": "x", "µ": "u", "≤": "<=", "≥": ">=", "·": ".",
    "│": "|", "─": "-", "┌": "+", "└": "+", "├": "+", "┤": "+", "┐": "+", "┘": "+", "█": "#", "•": "*",
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "≠": "!=",
}  # fmt: skip
"""Drawings and signs of the commands in letters that every terminal has."""


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_INSTEAD.get(letter, f"\\u{{{ord(letter):x}}}") for letter in text), error.end


def prepare() -> bool:
    """Makes the streams fit to be written to, whatever terminal is behind them; false without an output."""
    codecs.register_error("routekit", _instead)
    if sys.stdin is None:
        sys.stdin = TextIOWrapper(BytesIO())
    if sys.stderr is None:
        sys.stderr = TextIOWrapper(BytesIO())
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="routekit")
    return sys.stdout is not None


def abandon_output() -> None:
    """Lets what is not written yet go nowhere, so that the end of the process does not stumble over it."""
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(sink, stream.fileno())
    os.close(sink)

"""Reads JSON as it lies in repositories: with the placeholders of templates, comments, a comma too many."""

import json
import re
from dataclasses import dataclass

__all__ = ["NotJsonError", "has_placeholder", "read_json"]

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|%\{[^}]*\}|\{\{.*?\}\}|^<[^<>]+>$", re.DOTALL)
_PIECE = re.compile(
    r"""
      (?P<SPACE>\s+)
    | (?P<COMMENT>//[^\n]*|/\*.*?\*/)
    | (?P<DIRECTIVE>%\{[^}]*\})
    | (?P<MUSTACHE>\{\{.*?\}\})
    | (?P<ANGLE><[^<>\n]*>)
    | (?P<OTHER>[^\s"]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


class NotJsonError(ValueError):
    """The text does not read as JSON; ``line`` and ``column`` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class Read:
    """A JSON value, and the directives of a template that were left out of it."""

    value: object
    directives: tuple[str, ...] = ()


def has_placeholder(text: str) -> bool:
    """Checks whether a text holds something that a template is to fill in.

    >>> has_placeholder("${QUEUE}"), has_placeholder("a {{b}}"), has_placeholder("WQ12")
    (True, True, False)
    """
    return _PLACEHOLDER.search(text) is not None


def read_json(text: str) -> Read:
    """Returns a JSON text, or a template of one; raises :class:`NotJsonError`.

    A placeholder outside of quotes is read as a text.

    >>> read_json('{"queue": ${QUEUE}, "timeout": 30,}').value
    {'queue': '${QUEUE}', 'timeout': 30}
    """
    try:
        return Read(_loads(text))
    except NotJsonError as strict:
        rewritten, directives = _rewritten(text)
        try:
            return Read(_loads(rewritten), tuple(directives))
        except NotJsonError:
            raise strict from None


def _loads(text: str) -> object:
    try:
        value: object = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise NotJsonError(error.msg.lower(), error.lineno, error.colno) from None
    except RecursionError:
        raise NotJsonError("nested too deeply", 1, 1) from None
    except ValueError:
        raise NotJsonError("a number with too many digits", 1, 1) from None
    return value


def _rewritten(text: str) -> tuple[str, list[str]]:
    """The text as JSON: placeholders quoted, directives and comments left out, commas mended."""
    out: list[str] = []
    directives: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == '"':
            end = _end_of_string(text, position)
            piece = _requoted(text[position:end])
        elif text.startswith("${", position):
            end = _end_of_braces(text, position + 1)
            piece = json.dumps(text[position:end])
        else:
            match = _PIECE.match(text, position)
            assert match is not None
            end, piece = match.end(), match.group()
            if match.lastgroup == "DIRECTIVE":
                directives.append(piece)
            if match.lastgroup in ("DIRECTIVE", "COMMENT", "SPACE"):
                piece = ""
            elif match.lastgroup in ("MUSTACHE", "ANGLE"):
                piece = json.dumps(piece)
        position = end
        if not piece:
            continue
        if piece in ("}", "]") and out and out[-1] == ",":
            out.pop()
        elif piece == "{" and out and out[-1] == "}":
            out.append(",")
        out.append(piece)
    return "".join(out), directives


def _end_of_string(text: str, start: int) -> int:
    """Behind the closing quote; quotes within ``${…}`` close nothing."""
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text.startswith("${", position):
            position = _end_of_braces(text, position + 1)
        elif text[position] == '"':
            return position + 1
        else:
            position += 1
    return len(text)


def _end_of_braces(text: str, start: int) -> int:
    """Behind the brace that closes the one at ``start``; the end of its line where none does."""
    depth, position = 0, start
    while position < len(text) and text[position] != "\n":
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        position += 1
        if depth == 0:
            break
    return position


def _requoted(string: str) -> str:
    """A string whose inner quotes, those of placeholders, are escaped."""
    return '"' + re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', string[1:-1]) + '"'

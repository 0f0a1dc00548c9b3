"""The object within ``jsonencode({…})`` of a Terraform file, as JSON."""

import json
import re

__all__ = ["encoded_objects"]

_CALL = re.compile(r"\bjsonencode\s*\(\s*(?=[{\[])")
_PIECE = re.compile(
    r"""
      (?P<COMMENT>\#[^\n]*|//[^\n]*|/\*.*?\*/)
    | (?P<SPACE>[ \t\r]+)
    | (?P<END>\n)
    | (?P<HEREDOC><<-?[ \t]*(?P<mark>\w+)[ \t]*\n(?P<lines>.*?)\n[ \t]*(?P=mark)(?=[ \t\r]*(?:\n|$)))
    | (?P<NUMBER>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
    | (?P<NAME>[^\W\d][\w.\-]*)
    | (?P<SIGN>=>?|[:,{}\[\]()])
    | (?P<OTHER>[^\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS = ("true", "false", "null")


def encoded_objects(text: str) -> list[str]:
    """Returns the objects of a text that Terraform encodes as JSON, as far as they can be read.

    What Terraform works out itself, a reference or a call, is a placeholder: a text in ``${…}``.

    >>> encoded_objects('configuration = jsonencode({ queue = q.sid, list = [1, true,] })')
    ['{"queue":"${q.sid}","list":[1,true]}']
    """
    found = (_json(text, match.end()) for match in _CALL.finditer(text))
    return [each for each in found if each is not None]


def _json(text: str, position: int) -> str | None:
    out: list[str] = []
    depth = 0
    while position < len(text):
        if text[position] == '"':
            end = _end_of_string(text, position)
            kind, piece = "TEXT", text[position:end]
        else:
            match = _PIECE.match(text, position)
            assert match is not None
            end, kind, piece = match.end(), match.lastgroup or "", match.group()
            if kind == "lines" or match["HEREDOC"]:
                kind, piece = "TEXT", json.dumps(match["lines"] + "\n")
        position = end
        if kind in ("COMMENT", "SPACE"):
            continue
        if kind == "END":
            _separate(out)
        elif kind == "NAME" and piece not in _CONSTANTS and not _is_key(text, position):
            position = _end_of_expression(text, position)
            _add(out, json.dumps(f"${{{text[end - len(piece) : position].strip()}}}"))
        elif kind == "NAME" and piece not in _CONSTANTS:
            _add(out, json.dumps(piece))
        elif kind in ("NAME", "NUMBER", "TEXT"):
            _add(out, piece)
        elif piece in ("=", "=>", ":"):
            out.append(":")
        elif piece == ",":
            _separate(out)
        elif piece in "{[":
            depth += 1
            _add(out, piece)
        elif piece in "}]":
            depth -= 1
            if out and out[-1] == ",":
                out.pop()
            out.append(piece)
            if not depth:
                return "".join(out)
        else:
            return None
    return None


def _add(out: list[str], piece: str) -> None:
    """Puts a value behind what stands there already."""
    if out and out[-1] not in ("{", "[", ",", ":"):
        out.append(",")
    out.append(piece)


def _separate(out: list[str]) -> None:
    """Ends a value, where one stands there."""
    if out and out[-1] not in ("{", "[", ",", ":"):
        out.append(",")


def _is_key(text: str, position: int) -> bool:
    return re.compile(r"[ \t]*(?:=(?!=)|:)").match(text, position) is not None


def _end_of_expression(text: str, start: int) -> int:
    """Behind an expression that Terraform works out: up to a comma, a line's end or another's brace."""
    depth, position = 0, start
    while position < len(text):
        letter = text[position]
        if letter == '"':
            position = _end_of_string(text, position)
            continue
        if not depth and letter in ",}])\n":
            break
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(letter, 0)
        position += 1
    return position


def _end_of_string(text: str, start: int) -> int:
    """Behind the closing quote; quotes within ``${…}`` close nothing."""
    depth, position = 0, start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 2
            continue
        if text.startswith("${", position):
            depth, position = depth + 1, position + 2
            continue
        if text[position] == "}" and depth:
            depth -= 1
        elif text[position] == '"' and not depth:
            return position + 1
        position += 1
    return len(text)

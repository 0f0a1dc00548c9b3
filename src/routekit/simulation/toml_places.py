"""On which line of a TOML text each value stands, which the parser does not tell."""

import re
from collections.abc import Iterator, Mapping

from routekit.simulation.errors import Path

__all__ = ["line_of", "lines_of"]

_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)


def lines_of(text: str) -> dict[Path, int]:
    """Maps the path of each key of a valid TOML text to its line, from 1 on.

    >>> lines_of("begin = 2026-11-02\\n[[staff]]\\nname = 'all'\\n[staff.at_once]\\nchat = 3")[
    ...     ("staff", 0, "at_once", "chat")
    ... ]
    5
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(text):
        if line.startswith("["):
            is_list = line.startswith("[[")
            path: Path = ()
            keys = [*_keys(line.strip("[] \t"))]
            for place, key in enumerate(keys):
                path = (*path, key)
                if is_list and place == len(keys) - 1:
                    counts[path] = counts.get(path, -1) + 1
                if path in counts:
                    found.setdefault(path, number)
                    path = (*path, counts[path])
            table = path
            found.setdefault(table, number)
        else:
            path = table
            for key in _keys(line):
                path = (*path, key)
                found.setdefault(path, number)
    return found


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Returns the line of a value, or of the nearest table around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return lines.get(path)


def _keys(text: str) -> Iterator[str]:
    """The parts of a key that stands at the beginning of a text."""
    place = 0
    while match := _KEY.match(text, place):
        yield next(group for group in match.groups() if group is not None)
        place = match.end()
        if text[place : place + 1] != ".":
            return
        place += 1


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The first lines of what may run over several: keys with their values, heads of tables."""
    plain = _STRING.sub(_hidden, text)
    depth = 0
    for number, (line, bare) in enumerate(zip(text.split("\n"), plain.split("\n"), strict=True), start=1):
        code = bare.partition("#")[0]
        if depth == 0 and code.strip():
            yield number, line.strip()
            if code.strip().startswith("["):
                continue
        depth += sum((letter in "[{") - (letter in "]}") for letter in code)


def _hidden(match: re.Match[str]) -> str:
    """A text of as many lines, without letters that mean something."""
    return re.sub(r"[^\n]", "_", match[0])

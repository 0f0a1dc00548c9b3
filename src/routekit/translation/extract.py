"""Collects the texts of the code into the catalogues: ``python -m routekit.translation.extract``.

What a catalogue says stays; a new text gets an empty place, and one that no code says any more goes.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from routekit.translation.catalogue import Entry, entries, written
from routekit.translation.languages import ENGLISH, LANGUAGES

__all__ = ["Said", "catalogue_of", "main", "said_in", "texts"]

SOURCES = Path(__file__).parents[1]
_CALLS = {"t": 1, "msgid": 1, "plural": 2}
"""The functions that say a text, and how many of their arguments are texts."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a module says, and its plural."""

    text: str
    plural: str
    line: int


def said_in(source: str) -> Iterator[Said]:
    """Yields the texts that a module says, in its order, those of commands' help among them.

    >>> [said.text for said in said_in('t("no queue `{name}`", name=name)')]
    ['no queue `{name}`']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            text = ast.get_docstring(node)
            if text:
                yield Said(text, "", node.lineno)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "msgids" and node.args:
            yield from _said_of(node.args[0])
            continue
        said = [
            argument.value
            for argument in node.args[: _CALLS.get(node.func.id, 0)]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if said:
            yield Said(said[0], said[1] if len(said) > 1 else "", node.lineno)


def _said_of(table: ast.expr) -> Iterator[Said]:
    """The texts of a tuple that is written out, and the values of a dict."""
    parts = table.values if isinstance(table, ast.Dict) else getattr(table, "elts", [])
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield Said(part.value, "", part.lineno)


def _is_command(decorator: ast.expr) -> bool:
    """Whether a decorator makes a command of click of a function, whose docstring is its help."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in ("command", "group")


def texts(sources: Path = SOURCES) -> list[Entry]:
    """Returns all texts of the code, each once, module by module, with the modules that say it."""
    found: dict[str, Entry] = {}
    for path in sorted(sources.rglob("*.py")):
        place = path.relative_to(sources).as_posix()
        for said in sorted(said_in(path.read_text(encoding="utf-8")), key=lambda said: said.line):
            entry = found.setdefault(said.text, Entry(said.text, said.plural))
            if place not in entry.places:
                found[said.text] = replace(
                    entry, plural=entry.plural or said.plural, places=(*entry.places, place)
                )
    return list(found.values())


def catalogue_of(language: str) -> Path:
    """Returns the file of a language's catalogue."""
    return SOURCES / "translation" / f"{language}.po"


def main() -> None:
    """Brings all catalogues up to date, and tells what they do not say yet."""
    wanted = texts()
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        path = catalogue_of(language)
        there = {entry.text: entry for entry in entries(path.read_text(encoding="utf-8"))}
        merged = [
            replace(entry, said=there[entry.text].said) if entry.text in there else entry for entry in wanted
        ]
        path.write_text(written(there[""].said[0], merged), encoding="utf-8")
        empty = [entry for entry in merged if not all(entry.said)]
        print(f"{path.name}: {len(merged)} texts, {len(empty)} without a translation")
        for entry in empty:
            print(f"  {', '.join(entry.places)}: {entry.text!r}")


if __name__ == "__main__":
    main()

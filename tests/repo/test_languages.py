"""What people read is said in every language, with the same places and the same code in it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from routekit.diagnostics.codes import CODES
from routekit.translation import LANGUAGES
from routekit.translation.catalogue import Entry, entries
from routekit.translation.extract import SOURCES, catalogue_of, texts

OTHERS = [language for language in LANGUAGES if language != "en"]
TEXTS = texts()


def _catalogue(language: str) -> dict[str, Entry]:
    found = entries(catalogue_of(language).read_text(encoding="utf-8"))
    return {entry.text: entry for entry in found if entry.text}


def _places(text: str) -> set[str]:
    """The places of a template with how each is written; none of a text that is never filled."""
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        return set()
    return {f"{name}!{conversion}:{spec}" for _, name, spec, conversion in parsed if name is not None}


def _code(text: str) -> set[str]:
    """What stands in backticks, and words of the language and of commands with it."""
    return set(re.findall(r"`[^`]*`", text))


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_the_texts_of_the_code_and_no_other(language: str) -> None:
    catalogue = _catalogue(language)
    assert [(entry.text, entry.plural, entry.places) for entry in catalogue.values()] == [
        (entry.text, entry.plural, entry.places) for entry in TEXTS
    ], "run `make texts`"


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_says_each_text_with_its_places_and_its_code(language: str) -> None:
    wrong = []
    for entry in _catalogue(language).values():
        for said in entry.said:
            if not said:
                wrong.append(f"nothing is said for {entry.text!r}")
            elif _places(said) not in (_places(entry.text), _places(entry.plural)):
                wrong.append(f"other places: {entry.text!r} and {said!r}")
            elif _code(entry.text) != _code(said):
                wrong.append(f"other words in backticks: {entry.text!r} and {said!r}")
    assert not wrong, "\n".join(wrong)


# ── the pages of the codes ──────────────────────────────────────────────────────


_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PAGES = SOURCES / "diagnostics" / "pages"


@pytest.mark.parametrize("language", OTHERS)
def test_every_page_of_a_code_has_its_twin_and_no_other_is_there(language: str) -> None:
    assert {path.name for path in (PAGES / language).iterdir()} == {f"{code}.md" for code in CODES}


@pytest.mark.parametrize("language", OTHERS)
def test_a_page_says_the_same_code_in_every_language(language: str) -> None:
    catalogue = _catalogue(language)
    for code in CODES:
        english = (PAGES / f"{code}.md").read_text(encoding="utf-8")
        other = (PAGES / language / f"{code}.md").read_text(encoding="utf-8")
        title, _, prose = other.partition("\n")
        assert title == f"# {code}：{catalogue[CODES[code].summary].said[0]}"
        assert _BLOCK.findall(other) == _BLOCK.findall(english), f"{code}: other policies"
        assert len(re.findall("^## ", other, re.MULTILINE)) == len(re.findall("^## ", english, re.MULTILINE))
        assert _code(_BLOCK.sub("", prose)) == _code(_BLOCK.sub("", english.partition("\n")[2])), code


# ── nothing is said past the catalogues ─────────────────────────────────────────


SPEAKING = (
    "checker", "cli", "diagnostics", "diff", "engine", "intake", "prover", "readers", "reasons", "repl",
    "reference", "schema", "syntax", "trials",
)  # fmt: skip
"""The rooms all of whose texts are translated."""

QUIET = {
    "diagnostics/machine.py": "what machines read",
    "engine/live.py": "refusals of a service's own calls, and its log",
    "engine/models.py": "models of pydantic, in the words of the policy",
    "prover/sat/": "solvers, which say nothing",
    "schema/times.py": "durations as a policy writes them",
    "schema/writing.py": "values as a policy writes them",
    "syntax/automaton.py": "the parser, which says nothing",
    "syntax/builder/": "words of the language",
    "syntax/generate.py": "what only developers see",
    "syntax/kinds.py": "words of the language",
    "syntax/lexer.py": "words of the language",
    "syntax/tree/": "nodes of the tree",
}
"""Modules of these rooms that speak the language of policies, to machines, or not at all."""

CODE = Path(__file__).with_name("texts_that_are_code.txt")
"""Texts that are words of the language, patterns or names of things, each behind its module."""

_SAYING = {"t", "plural", "msgid", "msgids"}
_SILENT_CALLS = {"re.compile", "cast", "TypeVar", "Literal", "logger", "getattr"}


def _is_prose(text: str, *, is_filled: bool) -> bool:
    """Whether a text reads as English: words beside each other, or beside a place; a path does not."""
    if re.fullmatch(r"[\w{}/.-]*[/.][\w{}/.-]*", text):
        return False  # a path
    bare = re.sub(r"`[^`]*`|\{[^{}]*\}", " ", text)
    if not re.search(r"[a-z]{2}", bare):
        return False
    return is_filled or " " in text.strip()


def _text_of(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case _:
            return None


def unsaid(source: str) -> Iterator[tuple[int, str]]:
    """Yields the texts of a module that read as English and that no catalogue knows, with their lines."""
    tree = ast.parse(source)
    skipped = {id(part) for node in ast.walk(tree) for part in _silent(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or id(node) in skipped:
            continue
        text = _text_of(node)
        if text is not None and _is_prose(text, is_filled=isinstance(node, ast.JoinedStr)):
            yield node.lineno, text


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that nobody reads as a sentence, or that a catalogue knows."""
    match node:
        case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield from (each.value for each in node.body if isinstance(each, ast.Expr))
        case ast.JoinedStr(values=values):
            yield from values
        case ast.Call(func=func, args=args) if ast.unparse(func) in _SAYING | _SILENT_CALLS:
            yield from (part for each in args for part in ast.walk(each))
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError"), args=args)):
            yield from args
        case ast.Assert(msg=ast.expr() as message):
            yield message
        case ast.Compare(left=left, comparators=others):
            yield from (left, *others)
        case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
            yield from ast.walk(annotation)
        case ast.MatchValue(value=value):
            yield value
        case ast.Dict(keys=keys):
            yield from (key for key in keys if key is not None)
        case _:
            pass
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        yield from ast.walk(node.returns)


@cache
def found() -> tuple[tuple[str, int, str], ...]:
    """All texts of the rooms that speak which no catalogue knows."""
    return tuple(_found())


def _found() -> Iterator[tuple[str, int, str]]:
    for room in SPEAKING:
        for path in sorted((SOURCES / room).rglob("*.py")):
            place = path.relative_to(SOURCES).as_posix()
            if not place.startswith(tuple(QUIET)):
                for line, text in unsaid(path.read_text(encoding="utf-8")):
                    yield place, line, text


def test_no_text_that_people_read_is_outside_the_catalogues() -> None:
    code = set(CODE.read_text(encoding="utf-8").splitlines())
    wrong = [f"{place}:{line}: {text!r}" for place, line, text in found() if f"{place}: {text!r}" not in code]
    assert not wrong, "say these by `t`, or list what is code in " + CODE.name + ":\n" + "\n".join(wrong)


def test_what_is_listed_as_code_is_there() -> None:
    there = {f"{place}: {text!r}" for place, _, text in found()}
    assert sorted(set(CODE.read_text(encoding="utf-8").splitlines()) - there) == []


def test_a_text_outside_the_catalogues_is_seen() -> None:
    said = 't("no queue `{name}`", name=name)\nplural("{number} rule", "{number} rules", 2)\n'
    assert list(unsaid(said)) == []
    assert [text for _, text in unsaid('report(f"no queue `{name}`", help="name another one")')] == [
        "no queue `{}`",
        "name another one",
    ]

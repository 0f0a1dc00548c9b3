"""No modules of the library need each other in a circle, wherever in them they import."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"


def imports_of(source: str, name: str, is_package: bool, known: frozenset[str]) -> set[str]:
    """The modules that the source of one imports, those aside that only a type checker reads."""
    found: set[str] = set()
    for node in _read(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = name.split(".")[
                    : None if is_package and node.level == 1 else -node.level + is_package
                ]
                base = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.update(module for module in (inner if inner in known else base,) if module in known)
    return found - {name}


def _read(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name("TYPE_CHECKING"), orelse=otherwise):
                for statement in otherwise:
                    yield from _read(statement)
            case _:
                yield from _read(child)


def circle_in(modules: dict[str, tuple[str, bool]]) -> list[str]:
    """A circle of modules, each of which imports the next; empty where there is none."""
    known = frozenset(modules)
    graph = {name: imports_of(source, name, package, known) for name, (source, package) in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {}
    for path in SOURCES.rglob("*.py"):
        parts = path.relative_to(SOURCES).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        modules[".".join(parts[:-1] if is_package else parts)] = path.read_text(encoding="utf-8"), is_package
    assert circle_in(modules) == []


@pytest.mark.parametrize(
    "second",
    [
        "import a.one",
        "from a.one import x",
        "from a import one",
        "from . import one",
        "def f():\n    from .one import x",
        "if x:\n    import a.one",
    ],
)
def test_a_circle_is_found_however_it_is_imported(second: str) -> None:
    modules = {"a": ("", True), "a.one": ("from a.two import y", False), "a.two": (second, False)}
    assert set(circle_in(modules)) == {"a.one", "a.two"}


def test_what_only_a_type_checker_reads_closes_no_circle() -> None:
    second = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a.one"
    modules = {"a": ("", True), "a.one": ("from a.two import y", False), "a.two": (second, False)}
    assert circle_in(modules) == []

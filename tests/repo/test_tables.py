"""The parser's tables are those of the grammar; a grammar that has changed is read by tables of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files

import pytest

from routekit.diagnostics import Reporter, Source
from routekit.syntax import tables as module
from routekit.syntax.automaton import text_of
from routekit.syntax.builder import Builder
from routekit.syntax.generate import generate, rendered
from routekit.syntax.parser import parse
from tests.markdown import CASES

KEPT = (files("routekit.syntax") / "tables.json").read_text(encoding="utf-8")


@pytest.fixture
def _new_tables() -> Iterator[None]:
    module.tables.cache_clear()
    yield
    module.tables.cache_clear()


def test_the_kept_tables_are_those_of_the_grammar() -> None:
    assert rendered(generate()) == KEPT, "grammar.lark has changed: run `make tables`"


def test_every_rule_has_something_that_builds_it() -> None:
    methods = {method for _, _, method, _ in json.loads(KEPT)["rules"]}
    assert {method for method in methods if not hasattr(Builder, method)} <= {"$root_start"}


@pytest.mark.usefixtures("_new_tables")
def test_a_grammar_without_kept_tables_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (CASES.parent.parent / "rules" / "telecom.route").read_text(encoding="utf-8")
    by_kept = parse(Source("a.route", text), Reporter())
    read = text_of
    stale = json.dumps({**json.loads(KEPT), "grammar": "of another grammar", "states": [], "rules": []})
    monkeypatch.setattr(module, "text_of", lambda name: stale if name == "tables.json" else read(name))
    module.tables.cache_clear()
    assert parse(Source("a.route", text), Reporter()) == by_kept


def test_reading_a_policy_needs_no_lark() -> None:
    code = (
        "import sys; from routekit import Policy; Policy.from_path('rules/telecom.route');"
        "sys.exit(bool({'lark', 'rich', 'click', 'pydantic', 'structlog'} & set(sys.modules)))"
    )
    root = CASES.parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0

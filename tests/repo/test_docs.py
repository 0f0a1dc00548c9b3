"""What the documentation shows is true: its policies check, its programs run, its links lead somewhere."""

import ast
import contextlib
import io
import re
import tokenize
from pathlib import Path

import pytest

from routekit import Policy
from routekit.diagnostics import Diagnostic, Reporter, Source
from routekit.engine.engine import Engine
from routekit.engine.examples import mismatches
from routekit.policy.splits import point
from routekit.syntax.parser import parse

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
    if page.exists()
]

_BLOCK = re.compile(r"^(`{3,})([^\n]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CONTEXTS = ("{}", "route {{\n{}\n}}", "segment x when {}", "record x {{\n{}\n}}", "offers {{\n{}\n}}")
"""Where a fragment may stand."""


def _blocks(page: Path, info: str) -> list[tuple[int, str]]:
    """The code blocks of a page that are opened by exactly this, with the line on which each begins."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start(3)) + 1, match[3])
        for match in _BLOCK.finditer(text)
        if match[2].strip() == info
    ]


def _all_blocks(info: str) -> list[object]:
    return [
        pytest.param(text, id=f"{page.name}:{line}") for page in PAGES for line, text in _blocks(page, info)
    ]


def test_every_policy_is_marked_as_whole_or_as_a_fragment() -> None:
    marks = {
        match[2].strip() for page in PAGES for match in _BLOCK.finditer(page.read_text(encoding="utf-8"))
    }
    assert {mark for mark in marks if mark.startswith("route")} <= {"route", "route fragment"}


@pytest.mark.parametrize("text", _all_blocks("route"))
def test_a_whole_policy_checks_without_any_finding(text: str) -> None:
    policy = Policy.from_text(text, folder=ROOT / "rules")
    assert policy.warnings == ()
    engine = Engine(policy)
    for example in policy.checked.examples:
        assert mismatches(engine, example)[1] == (), example.title


@pytest.mark.parametrize("text", _all_blocks("route fragment"))
def test_a_fragment_reads_as_part_of_a_policy(text: str) -> None:
    findings: list[list[Diagnostic]] = []
    for context in _CONTEXTS:
        reporter = Reporter()
        parse(Source("fragment", context.format(text)), reporter)
        findings.append(reporter.found)
    assert [] in findings, findings[0]


# ── programs ──────────────────────────────────────────────────────────────────


def _comments(program: str) -> dict[int, str]:
    """The comment of each line that has one."""
    tokens = tokenize.generate_tokens(io.StringIO(program).readline)
    return {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _is_print(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id == "print"
    )


def _literal(comment: str) -> tuple[object, ...] | None:
    """The values that a comment gives; None where it is prose."""
    try:
        values = ast.literal_eval(f"({comment},)")
    except (ValueError, SyntaxError):
        return None
    return values if isinstance(values, tuple) else None


def _shows_output(program: str) -> bool:
    """Whether a program says what comes of it, by an assertion or a comment behind a value."""
    body, comments = ast.parse(program).body, _comments(program)
    return any(isinstance(node, ast.Assert) for statement in body for node in ast.walk(statement)) or any(
        isinstance(statement, ast.Expr)
        and statement.end_lineno in comments
        and (_is_print(statement) or _literal(comments[statement.end_lineno]) is not None)
        for statement in body
    )


def _run(program: str, scope: dict[str, object], name: str) -> None:
    """Runs a program; the comment behind a value or a ``print`` is what must come of it."""
    comments = _comments(program)
    for statement in ast.parse(program).body:
        comment = comments.get(statement.end_lineno or 0)
        if not isinstance(statement, ast.Expr) or comment is None:
            exec(compile(ast.Module([statement], []), name, "exec"), scope)
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = eval(compile(ast.Expression(statement.value), name, "eval"), scope)
        expected = _literal(comment)
        if _is_print(statement):
            assert printed.getvalue().strip() == comment
        elif expected is not None:
            assert value == (expected if len(expected) > 1 else expected[0])


def _programs(page: Path) -> list[tuple[int, str]]:
    """The programs of a page up to the last one that shows its output; ``python fragment`` is left out."""
    programs = _blocks(page, "python")
    shown = [place for place, (_, program) in enumerate(programs) if _shows_output(program)]
    return programs[: shown[-1] + 1] if shown else []


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES if _programs(page)])
def test_the_programs_of_a_page_give_what_they_say(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    scope: dict[str, object] = {"__name__": "page"}
    for line, program in _programs(page):
        _run("\n" * (line - 1) + program, scope, str(page))


# ── links ─────────────────────────────────────────────────────────────────────


def _prose(page: Path) -> str:
    return re.sub(r"`[^`\n]*\]\([^`\n]*`", "", _BLOCK.sub("", page.read_text(encoding="utf-8")))


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING.findall(_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [pytest.param(page, id=page.name) for page in PAGES])
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in _anchors(target), link


# ── the hash of splits ────────────────────────────────────────────────────────


def test_the_vectors_of_the_split_hash_are_those_of_the_code() -> None:
    text = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    _, _, rows = text.partition("| seed | key | point |\n|---|---|---|\n")
    vectors = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (\d+) \|$", rows.partition("\n\n")[0], re.MULTILINE)
    assert len(vectors) >= 3
    assert [(seed, key, int(place)) for seed, key, place in vectors] == [
        (seed, key, point(seed, key)) for seed, key, _ in vectors
    ]

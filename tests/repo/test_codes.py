"""Every code has a page with a wrong policy and a right one, and both do what the page says."""

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics import MAP_CODES, Diagnostic
from routekit.diagnostics.codes import CODES
from tests.markdown import Case

_BLOCK = re.compile(r"^```(\S+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]+)\}")

NOT_READ = frozenset({"RK005", "RK006", "RK007"})
"""Limits at which a text is not read at all, so that its parts may be called missing too."""


def _page(code: str) -> str:
    return (files("routekit.diagnostics") / "pages" / f"{code}.md").read_text(encoding="utf-8")


def _sections(code: str) -> tuple[str, str, str]:
    """What stands above ``## Wrong``, in it, and in ``## Right``."""
    head, _, rest = _page(code).partition("\n## Wrong\n")
    wrong, _, right = rest.partition("\n## Right\n")
    return head, wrong, right


def _models(scope: Mapping[str, object]) -> Any:
    return scope.get("records")


def _findings(
    code: str, section: str, folder: Path, scope: dict[str, object], wanted: str
) -> tuple[Diagnostic, ...]:
    """What is found in a section's policy.

    A recipe leaves it, as text or bytes, under the wanted name, or ``files`` of bytes that lie beside it.
    """
    case = Case(code)
    data: str | bytes | None = None
    for kind, info, text in _BLOCK.findall(section):
        file = re.search(r"file=(\S+)", info)
        if kind == "python":
            exec(compile(text, f"{code}.md", "exec"), scope)
            data = cast("str | bytes | None", scope.get(wanted))
        elif file:
            case.files[file.group(1)] = text
        else:
            assert kind == "route", f"{code}: an unknown block `{kind} {info}`"
            case.policy = (
                _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "escapes" in info else text
            )
    assert data is not None or case.policy, f"{code}: no policy under `{wanted}`"
    path = case.write(folder)
    for name, held in cast("Mapping[str, bytes]", scope.get("files", {})).items():
        (path.parent / name).write_bytes(held)
    if data is not None:
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    try:
        return Policy.from_path(path, records=_models(scope)).warnings
    except PolicyError as refused:
        return refused.diagnostics


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    folder = files("routekit.diagnostics") / "pages"
    pages = {page.name.removesuffix(".md") for page in folder.iterdir() if page.name.endswith(".md")}
    assert pages == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_what_its_code_means_and_what_to_do(code: str) -> None:
    head, wrong, right = _sections(code)
    title, _, prose = head.partition("\n")
    assert title == f"# {code}: {CODES[code].summary}"
    assert len(prose.split()) > 20, "two or three sentences: what it means, why it matters, what to do"
    assert wrong.strip()
    assert right.strip()


@pytest.mark.parametrize("code", CODES)
def test_the_wrong_policy_of_a_page_gives_its_code_and_the_right_one_nothing(
    code: str, tmp_path: Path
) -> None:
    _, wrong, right = _sections(code)
    scope: dict[str, object] = {"__name__": "page"}
    found = [item.code for item in _findings(code, wrong, tmp_path / "wrong", scope, "wrong")]
    allowed = {code, "RK301"} if code in NOT_READ else {code}
    assert code in found or code in MAP_CODES.values(), "`check` is not asked for what `map` finds"
    assert set(found) <= allowed
    assert _findings(code, right, tmp_path / "right", scope, "right") == ()

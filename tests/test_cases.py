"""Every case in ``cases/``, against every evaluator."""

from datetime import datetime
from pathlib import Path

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.diagnostics import Diagnostic
from tests.markdown import CASES, Case, read_cases

ALL = [case for path in sorted(CASES.glob("*.md")) for case in read_cases(path)]
REFUSED = [case for case in ALL if any(mark.severity == "error" for mark in case.marks)]
READ = [case for case in ALL if case not in REFUSED]


def _ids(cases: list[Case]) -> list[str]:
    return [case.name for case in cases]


def _expect_marks(case: Case, found: tuple[Diagnostic, ...], folder: Path) -> None:
    prefix = f"{folder.as_posix()}/"
    open_marks = list(case.marks)
    for diagnostic in found:
        file = diagnostic.span.source.name.removeprefix(prefix)
        text = " ".join((diagnostic.message, diagnostic.label, diagnostic.help)).lower()
        match = next(
            (
                mark
                for mark in open_marks
                if (mark.file, mark.line, mark.severity) == (file, diagnostic.span.line, diagnostic.severity)
                and mark.words.strip("`").lower() in text.replace("`", "")
            ),
            None,
        )
        if match is not None:
            open_marks.remove(match)
        else:
            assert diagnostic.severity == "warning", f"not expected: {diagnostic}"
    assert not open_marks, f"not reported: {open_marks}\nreported: {found}"


@pytest.mark.parametrize("case", REFUSED, ids=_ids(REFUSED))
def test_a_wrong_policy_is_refused_with_the_right_words(case: Case, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_path(case.write(tmp_path))
    _expect_marks(case, refused.value.diagnostics, tmp_path)


@pytest.mark.parametrize("case", READ, ids=_ids(READ))
def test_a_policy_decides_as_its_case_says(case: Case, tmp_path: Path) -> None:
    policy = Policy.from_path(case.write(tmp_path))
    _expect_marks(case, policy.warnings, tmp_path)
    engine = Engine(policy)
    now = datetime.fromisoformat(case.now) if case.now else None
    assert len(case.contacts) == len(case.decisions)
    for contact, expected in zip(case.contacts, case.decisions, strict=True):
        decided = engine.decide(contact, now=now).to_dict()
        actual = {key: decided[key] for key in expected}
        if "problems" in expected:
            actual["problems"] = [{"path": problem["path"]} for problem in decided["problems"]]  # type: ignore[attr-defined]
        assert actual == expected, f"for {contact}"

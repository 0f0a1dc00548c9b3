"""A new version that serves only once somebody has approved its difference from the one that serves."""

from pathlib import Path

import pytest

from routekit import Policy
from routekit.analysis import diff
from routekit.diff.approvals import Approval, approval_of, read_approvals
from routekit.schema.times import utc_now
from routekit.service.policies import Acceptance, PolicyRefused, PolicySource
from tests.service.versions import queue, replace, version


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy" / "care.route"
    path.parent.mkdir()
    path.write_text(version(1))
    return path


def approve(path: Path, old: str, new: str) -> Approval:
    approval = approval_of(diff(Policy.from_text(old), Policy.from_text(new)), "A. Weber", utc_now())
    path.write_text(approval.to_json())
    return approval


def served(path: Path, acceptance: Acceptance) -> PolicySource:
    return PolicySource(path, acceptance=acceptance, poll=60, settle=0)


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_version_that_nobody_approved_is_refused_until_somebody_does(
    path: Path, tmp_path: Path, is_folder: bool
) -> None:
    approvals = tmp_path / ("approvals" if is_folder else "approval.json")
    file = approvals / "monday.json" if is_folder else approvals
    file.parent.mkdir(exist_ok=True)
    acceptance = Acceptance(guarantees="off", require_approval=approvals)
    with served(path, acceptance) as source:
        replace(path, version(2))
        assert not source.refresh()
        refused = source.status()["refused"]
        assert isinstance(refused, dict)
        assert "nobody has approved the change from revision" in str(refused["reasons"])
        approve(file, version(3), version(2))
        assert not source.refresh(), "of another pair of revisions"
        approve(file, version(2), version(1))
        assert not source.refresh(), "of the way back"
        approve(file, version(1), version(2))
        assert source.refresh()
        assert queue(source) == "q2"


def test_what_can_not_be_read_approves_nothing(path: Path, tmp_path: Path) -> None:
    approvals = tmp_path / "approval.json"
    with served(path, Acceptance(guarantees="off", require_approval=str(approvals))) as source:
        for text in ("", "[]", '{"format_version": 9}'):
            approvals.write_text(text)
            replace(path, version(2))
            assert not source.refresh()
            assert "cannot be read" in str(source.status()["refused"])


def test_a_function_may_approve(path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def approves(old: Policy, new: Policy) -> bool:
        asked.append((old.revision, new.revision))
        return "q3" in new.checked.queues

    with served(path, Acceptance(guarantees="off", require_approval=approves)) as source:
        replace(path, version(2))
        assert not source.refresh()
        replace(path, version(3))
        assert source.refresh()
    revisions = [Policy.from_text(version(number)).revision for number in (1, 2, 3)]
    assert set(asked) == {(revisions[0], revisions[1]), (revisions[0], revisions[2])}


def test_a_function_that_fails_approves_nothing(path: Path) -> None:
    def approves(_old: Policy, _new: Policy) -> bool:
        raise OSError("the office is closed")

    with served(path, Acceptance(guarantees="off", require_approval=approves)) as source:
        replace(path, version(2))
        assert not source.refresh()
        assert queue(source) == "q1"


def test_the_first_version_takes_the_place_of_none(path: Path, tmp_path: Path) -> None:
    with served(path, Acceptance(guarantees="off", require_approval=tmp_path / "nothing")) as source:
        assert queue(source) == "q1"


def test_an_approval_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "approval.json"
    written = approve(file, version(1), version(2))
    assert list(read_approvals(file)) == [written]
    (tmp_path / "other.json").write_text("no approval")
    assert list(read_approvals(tmp_path)) == [written]
    assert written.by == "A. Weber"
    assert any("edited" in line for line in written.summary)


def test_refused_is_what_a_bad_version_is(path: Path, tmp_path: Path) -> None:
    path.write_text("policy")
    with pytest.raises(PolicyRefused):
        served(path, Acceptance(require_approval=tmp_path)).start()

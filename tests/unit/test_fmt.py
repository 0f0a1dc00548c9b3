"""``routekit fmt`` as its users call it: what it writes where, and how it exits."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.cli.main import _routekit
from tests.unit.test_cli import Ran, routekit

BEFORE = 'policy p "P"\nsegment a when x==1   # one\nsegment bb when y\n'
AFTER = 'policy p "P"\nsegment a   when x is 1  # one\nsegment bb  when y\n'
MINIMAL = """policy care "Care"

record contact {
  channel  one of voice
}

channel voice { assisted }

queue general { on voice }

route {
  otherwise queue general
}
"""
BROKEN = 'policy p "P"\nsegment a when\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file to be laid out, one that is, one below it, and others that are no policies."""
    for name, text in {
        "a.route": BEFORE,
        "b.route": AFTER,
        "below/c.route": BEFORE,
        "below/list.txt": BEFORE,
        ".hidden/d.route": BEFORE,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
    return tmp_path


def _texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _outcome(ran: Ran) -> tuple[int, str, str]:
    return ran.status, ran.out, ran.err


def test_a_folder_stands_for_its_policies(folder: Path) -> None:
    ran = routekit("fmt", folder)
    assert _outcome(ran) == (0, "2 files laid out, 1 left as it is\n", "")
    texts = _texts(folder)
    assert texts["a.route"] == texts["below/c.route"] == AFTER
    assert texts["below/list.txt"] == texts[".hidden/d.route"] == BEFORE
    assert len(texts) == 5, "no draft is left behind"


def test_what_is_laid_out_is_not_written_again(folder: Path) -> None:
    path = folder / "b.route"
    path.chmod(0o640)
    before = path.stat()
    assert routekit("fmt", path, path).out == "0 files laid out, 1 left as it is\n"
    after = path.stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such permissions")
def test_permissions_and_links_are_kept(folder: Path) -> None:
    path, link = folder / "a.route", folder / "link.route"
    path.chmod(0o604)
    link.symlink_to(path)
    assert routekit("fmt", link).status == 0
    assert link.is_symlink()
    assert path.read_text() == AFTER
    assert path.stat().st_mode & 0o777 == 0o604


def test_check_names_the_files_and_writes_nothing(folder: Path) -> None:
    texts = _texts(folder)
    ran = routekit("fmt", folder, "--check")
    assert (ran.status, ran.err) == (1, "2 files to be laid out, 1 left as it is\n")
    assert ran.out.splitlines() == [str(folder / "a.route"), str(folder / "below" / "c.route")]
    assert _texts(folder) == texts
    assert routekit("fmt", folder / "b.route", "--check").status == 0


def test_diff_shows_the_change_and_writes_nothing(folder: Path) -> None:
    path = folder / "a.route"
    ran = routekit("fmt", path, "--diff")
    assert ran.status == 1
    assert ran.out.startswith(f"--- {path}\n+++ {path}\n@@ ")
    assert "\n-segment a when x==1   # one\n" in ran.out
    assert "\n+segment a   when x is 1  # one\n" in ran.out
    assert path.read_text() == BEFORE
    assert _outcome(routekit("fmt", folder / "b.route", "--diff"))[:2] == (0, "")


def test_diff_tells_of_a_missing_last_newline(folder: Path) -> None:
    path = folder / "a.route"
    path.write_bytes(AFTER.rstrip().encode())
    assert "\\ No newline at end of file\n" in routekit("fmt", path, "--diff").out


def test_diff_is_in_colours_where_they_are_wanted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = routekit("fmt", folder / "a.route", "--diff").out
    monkeypatch.setenv("NO_COLOR", "1")
    plain = routekit("fmt", folder / "a.route", "--diff").out
    assert "\x1b[31m-segment" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


@pytest.mark.parametrize("given", [BEFORE, BEFORE.replace("\n", "\r\n"), "\ufeff" + BEFORE.rstrip()])
def test_standard_input_goes_to_standard_output(given: str) -> None:
    assert _outcome(routekit("fmt", "-", given=given.encode())) == (0, AFTER, "")


def test_standard_input_can_be_checked() -> None:
    assert routekit("fmt", "-", "--check", given=BEFORE).status == 1
    assert _outcome(routekit("fmt", "-", "--check", given=AFTER)) == (0, "", "")
    assert "+segment bb  when y" in routekit("fmt", "-", "--diff", given=BEFORE).out
    assert routekit("fmt", "-", "other.route", given=BEFORE).status == 2


def test_standard_input_with_errors_gives_no_output() -> None:
    ran = routekit("fmt", "-", given=BROKEN)
    assert (ran.status, ran.out) == (2, "")
    assert "error[RK001]" in ran.err


def test_a_file_with_errors_is_left_and_the_others_are_done(folder: Path) -> None:
    (folder / "aa.route").write_text(BROKEN)
    (folder / "ab.route").write_bytes(b"policy p \xff\n")
    ran = routekit("fmt", folder, folder / "nowhere.route")
    assert ran.status == 2
    assert ran.out == "2 files laid out, 1 left as it is, 3 with errors\n"
    assert f"{folder / 'aa.route'}:3:1" in ran.err
    assert "is not UTF-8: line 1" in ran.err
    assert "nowhere.route` cannot be read: no such file" in ran.err
    assert (folder / "aa.route").read_text() == BROKEN
    assert (folder / "below" / "c.route").read_text() == AFTER


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    ran = routekit("fmt", tmp_path)
    assert ran.status == 2
    assert "holds no .route files" in ran.err


def test_a_file_that_cannot_be_replaced_is_left_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    texts = _texts(folder)
    ran = routekit("fmt", folder / "a.route")
    assert (ran.status, ran.out) == (2, "0 files laid out, 0 left as they are, 1 with errors\n")
    assert "cannot be written: permission denied" in ran.err
    assert _texts(folder) == texts


def test_help_shows_how_to_use_it() -> None:
    result = CliRunner().invoke(_routekit, ["fmt", "--help"])
    assert "routekit fmt rules --check" in result.output


def test_a_checkout_with_other_line_ends_is_laid_out_and_the_same_policy(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    for text, others in ((MINIMAL, 0), (MINIMAL.replace("on voice", "on   voice"), 1)):
        revisions = set()
        for end in ("\n", "\r\n"):
            path.write_bytes(text.replace("\n", end).encode())
            revisions.add(Policy.from_path(path).revision)
            ran = routekit("fmt", "--check", path)
            assert ran.status == others
            assert "\\u{" not in routekit("fmt", "--diff", path).out
            routekit("fmt", path)
            assert path.read_bytes() == MINIMAL.replace("\n", end).encode()
        assert len(revisions) == 1
    path.write_bytes(MINIMAL.replace("\n", "\r\n", 1).encode())
    assert routekit("fmt", "--check", path).status == 1

"""Every edit in ``diffs.md``, with the difference as whoever must approve it reads it.

``python -m tests.test_diffs`` writes what is told anew; look at each line that changes, as an approver would.
"""

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from routekit import Policy
from routekit.analysis import diff
from routekit.diff.brief import brief_lines

ROOT = Path(__file__).parent.parent
DIFFS = Path(__file__).parent / "diffs.md"
MOST_LINES = 18

_EDIT = re.compile(r"^```edit ([^\n ]+)( of [^\n]+)?\n(.*?)\n=>\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_TOLD = re.compile(r"^```told\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECTIONS = re.split(r"^(?=## )", DIFFS.read_text(encoding="utf-8"), flags=re.MULTILINE)
CASES = [pytest.param(text, id=text.splitlines()[0][3:]) for text in _SECTIONS[1:]]


def told(case: str, folder: Path) -> list[str]:
    """Edits a pack as a case says, every place where the text stands, and tells the difference."""
    shutil.copytree(ROOT / "rules", folder / "rules")
    pack = ""
    for name, of, before, after in _EDIT.findall(case):
        pack = of.removeprefix(" of ") or pack or name
        path = folder / "rules" / name
        text = path.read_text(encoding="utf-8")
        found = re.compile(rf"(?<!\w){re.escape(before)}(?!\w)")
        assert found.search(text), f"{name} no longer says: {before}"
        path.write_text(found.sub(after.replace("\\", r"\\"), text), encoding="utf-8")
    policies = (Policy.from_path(place / "rules" / pack) for place in (ROOT, folder))
    return [text for _, text in brief_lines(diff(*policies))][1:]  # the first line has revisions


@pytest.mark.parametrize("case", CASES)
def test_a_difference_is_read_in_a_few_lines(case: str, tmp_path: Path) -> None:
    lines = told(case, tmp_path)
    (expected,) = _TOLD.findall(case)
    assert lines == expected.splitlines()
    assert len(lines) < MOST_LINES


def _write() -> None:
    for number, case in enumerate(_SECTIONS[1:], start=1):
        with TemporaryDirectory() as folder:
            lines = "\n".join(told(case, Path(folder)))
        (before, after) = _TOLD.split(case)[::2]
        _SECTIONS[number] = f"{before}```told\n{lines}\n```{after}"
        DIFFS.write_text("".join(_SECTIONS), encoding="utf-8")


if __name__ == "__main__":
    _write()

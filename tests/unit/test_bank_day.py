"""The example that turns a bank's call log into a spreadsheet of decisions."""

import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from examples import bank_day

LOG = """vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,outcome
AA0101,33116,9664491.0,2,PS,990131,10:30:00,10:30:04,AGENT
AA0101,33117,0.0,0,NW,990131,11:34:14,11:34:20,HANG
AA0101,33118,27997683.0,1,NE,990201,9:52:10,9:52:20,AGENT
AA0101,33119,27997683.0,1,NE,,,,
"""


def test_a_day_becomes_a_spreadsheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "january.csv").write_text(LOG)
    out = tmp_path / "day.xlsx"
    said = bank_day.main([str(tmp_path / "january.csv"), str(out)])
    assert said.startswith(f"2 calls of 1999-01-31 decided, to {out}: ")
    assert "january.csv:5 has no date and time of a call" in capsys.readouterr().err
    header, good, stranger = openpyxl.load_workbook(out).active.iter_rows(values_only=True)
    assert header[:6] == ("contact.at (America/New_York)", *bank_day.KEPT[1:], "line")
    assert [cell and str(cell) for cell in good[:6]] == [
        "1999-01-31 10:30:00", "voice", "balance", "9664491", "90", "2",
    ]  # fmt: skip
    assert stranger[3:6] == (None, 0, 3)


def test_another_day_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "january.csv").write_text(LOG.replace(",", ";"))
    said = bank_day.main([str(tmp_path / "january.csv"), str(tmp_path / "day.xlsx"), "1999-02-01"])
    assert said.startswith("1 calls of 1999-02-01 decided")


def test_without_a_log_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_day, "LOGS", tmp_path)
    with pytest.raises(ValueError, match=r"name one: python examples/bank_day.py CALLS.csv"):
        bank_day.main([])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    ran = subprocess.run(
        [sys.executable, bank_day.__file__, tmp_path / "other.csv"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, "it has no column `customer_id`" in ran.stderr) == (2, True)

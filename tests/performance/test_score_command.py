"""``routekit score``: what it prints, and what it says where it cannot."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit.cli.score import command
from tests.performance.planted import Log


@pytest.fixture
def path(tmp_path: Path) -> str:
    log = Log()
    for number in range(80):
        channel = "voice" if number % 2 else "chat"
        id = log.served(f"c-{number}", number, waits=number, channel=channel, resolved=number % 8 > 0)
        if number < 10:
            log.event(id, "rated", number, 900, score=5 if number else 1)
    log.served("last", 24 * 30, matter="=other")
    return log.written(tmp_path / "decisions.jsonl")


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_text_tells_of_all_groups_and_of_those_hidden(path: str) -> None:
    status, told, _ = run(path, "--by", "channel,matter", "--plain")
    assert status == 0
    assert "channel chat, matter billing: contacts 40; cost –; waited, p50 38;" in told
    assert "satisfied 80.0 % (37.6–96.4); responded 12.5 %" in told
    assert "all: contacts 81" in told or "channel all: contacts 81" in told
    assert "1 group of fewer than 20 contacts is hidden, with 1 contacts" in told
    assert "chat against voice: resolved at first contact −25.0" in told.replace("-25.0", "−25.0")
    status, told, _ = run(path, "--by", "channel")
    assert status == 0
    assert "effect" in told


def test_json_says_how_each_figure_is_known(path: str) -> None:
    status, told, _ = run(path, "--format", "json")
    found = json.loads(told)
    assert status == 0
    assert found["format_version"] == 1
    assert found["by"] == ["channel", "matter"]
    assert found["figures"]["cost"]["known"] == "unknown"
    assert found["figures"]["abandoned"]["known"] == "measured"
    assert found["figures"]["worth"]["known"] == "unknown"
    assert found["groups"][0]["key"] == {"channel": "chat", "matter": "billing"}
    assert found["groups"][0]["figures"]["resolved_first"]["hits"] == 30
    assert found["hidden"] == {"groups": 1, "contacts": 1}


def test_csv_has_no_cell_that_is_a_formula(path: str) -> None:
    status, told, _ = run(path, "--format", "csv", "--least", "1")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert status == 0
    assert [row["matter"] for row in rows] == ["'=other", "billing", "billing"]
    assert rows[1]["resolved_first"] == "0.75"


def test_html_is_one_page_that_asks_nobody(path: str, tmp_path: Path) -> None:
    page = tmp_path / "score.html"
    status, told, _ = run(path, "--format", "html", "-o", str(page))
    assert (status, told) == (0, "")
    written = page.read_text(encoding="utf-8")
    assert "http" not in written.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert "What became of contacts" in written
    assert "resolved at first contact: chat against voice" in written


def test_what_cannot_be_read_ends_with_a_finding_or_an_error(path: str, tmp_path: Path) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write("{\n")
    status, _, error = run(path, "--format", "json")
    assert status == 1
    assert f"{path}:325 is not JSON" in error
    assert run(str(tmp_path / "none"))[0] == 2
    status, _, error = run(path, "--by", "chanel")
    assert status == 2
    assert "did you mean `channel`" in error
    assert run(path, "--within", "soon")[0] == 2

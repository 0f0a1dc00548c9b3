"""Commands whose terminal, disk, folder or reader is not as they would like it: a sentence, never a crash."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from routekit.cli.main import _COMMANDS, main

POLICY = """
policy care "Care"
record contact { channel one of voice, web }
record customer { name text = ""  value integer 0..100 = 0  bought time ? }
channel voice { assisted cost 4 }
channel web { self_service cost 1 }
queue general { on voice, web }
queue vip { on voice }
route {
  rule best "The best" when customer.value >= 80 or customer.name is "…" then queue vip because "rich"
  otherwise queue general
}
offers { offer gift "A [bold] gift [/x]" when customer.value >= 90 }
message thanks { web "Thanks — really" }
matter bill "Bills — « all »" when customer.value >= 5 { solved on voice, web }
message late about bill { web "Pay — “soon”" }
care {
  reach thank "« thanks »" after customer.bought by 1d for 2d on web then message thanks at most 1 per 9d
}
guarantee at_vip "a best one is at vip" when customer.value >= 95 then queue is vip
example "a call" given contact.channel voice expect queue general
example "wrong" given contact.channel voice, customer.value 90 expect queue general
"""
LOGGED = (
    '{"format_version": 1, "id": "d1", "at": "2026-11-23T10:00:00+00:00", "contact": {"contact": '
    '{"channel": "voice"}}, "decision": {}}\n'
)
WORKFLOW = """{"task_routing": {
  "filters": [{"filter_friendly_name": "é", "expression": "a == 1",
               "targets": [{"queue": "WQ1", "expression": "worker.x == 1"}]}],
  "default_filter": {"queue": "WQ2"}}}
"""
SCENARIO = """
begin = 2026-11-23
days = 1
[arrivals]
contacts = "contacts.jsonl"
[arrivals.per_half_hour]
"Mon-Sun 09:00-10:00" = 2
[[staff]]
name = "all"
queues = ["general", "vip"]
on_duty = { "Mon-Sun" = 2 }
[handling]
default = { exponential = "5m" }
[patience]
default = { exponential = "2m" }
"""
PROGRAM = "from routekit.__main__ import run\nprint('!', flush=True)\nrun()"
CALLS = (
    "--help",
    "--version",
    "check care.route",
    "check care.route --format json",
    "check care.route --format sarif",
    "check broken.route --format github",
    "check broken.route --fix --diff",
    "decide care.route contacts.jsonl",
    "decide care.route contacts.csv",
    "decide care.route contacts.csv --format table",
    "decide care.route contacts.csv --format table --plain",
    "explain care.route contacts.jsonl",
    "explain care.route contacts.jsonl --format json",
    "explain care.route contacts.jsonl --format html",
    "test care.route",
    "test care.route --format json",
    "test care.route --format junit",
    "prove care.route",
    "prove care.route --format json",
    "diff care.route other.route",
    "diff care.route other.route --format json --contacts contacts.csv",
    "diff care.route other.route --format markdown",
    "ask care.route 'can customer.value > 90 reach queue vip?'",
    "ask care.route 'can customer.value > 90 reach queue vip?' --format json",
    "outline care.route",
    "outline care.route --format markdown",
    "outline care.route --format json",
    "care care.route contacts.jsonl",
    "care care.route contacts.jsonl --format pretty --why",
    "test care.route --propose",
    "repl care.route",
    "fmt care.route",
    "fmt care.route --check",
    "fmt care.route --diff",
    "fmt -",
    "publish care.route --revision 1",
    "replay log.jsonl --policy care.route",
    "replay log.jsonl --policy care.route --format json",
    "history erase history.db c-1",
    "history expire history.db 400d",
    "map care.route",
    "map care.route --plain",
    "map care.route --format json --contacts contacts.csv",
    "answers care.route",
    "answers care.route --format csv",
    "backtest care.route other.route contacts.csv",
    "backtest care.route other.route log.jsonl --format json",
    "score log.jsonl",
    "score log.jsonl --format json",
    "journeys log.jsonl",
    "journeys log.jsonl --format csv",
    "outcomes --help",
    "scenario schema",
    "scenario from log.jsonl",
    "simulate care.route --scenario month.toml",
    "table --help",
    "export --help",
    "bench care.route --seconds 0.05",
    "bench care.route --seconds 0.05 --plain",
    "bench care.route --seconds 0.05 --format json",
    "import twilio workflow.json",
    "import twilio workflow.json --format json -o imported.route",
    "init project",
    "explain-code",
    "explain-code RK102",
    "explain-code RK102 --format json",
    "completion bash",
)
DOCUMENTS = {
    "fmt -",
    "publish care.route --revision 1",
    "import twilio workflow.json",
    "explain care.route contacts.jsonl --format html",
    "diff care.route other.route --format markdown",
    "test care.route --format junit",
    "test care.route --propose",
    "outline care.route --format markdown",
    "answers care.route --format csv",
    "journeys log.jsonl --format csv",
    "scenario schema",
    "scenario from log.jsonl",
}
"""Those that print a document, which is UTF-8 wherever it goes."""


def _words(call: str) -> list[str]:
    import shlex

    return shlex.split(call)


def test_every_command_is_called_here() -> None:
    assert {_words(call)[0] for call in CALLS} >= set(_COMMANDS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the calls name."""
    files = {
        "care.route": POLICY,
        "other.route": POLICY.replace(">= 80", ">= 81"),
        "broken.route": POLICY.replace("customer.value >= 80", "customer.valeu >= 80"),
        "contacts.jsonl": '{"contact": {"channel": "voice"}, "customer": {"value": 92, "name": "é→…"}}\n' * 2,
        "contacts.csv": "contact.channel,customer.value\nvoice,92\nfax,1\n",
        "log.jsonl": LOGGED,
        "workflow.json": WORKFLOW,
        "month.toml": SCENARIO,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "history.db").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Ran:
    status: object
    out: bytes
    err: str


def run(
    call: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    out: io.TextIOWrapper | None = None,
    encoding: str = "utf-8",
    given: str = "",
) -> Ran:
    """Calls the command line in this process, with streams of its own."""
    given = given or (POLICY if call == "fmt -" else "contact.channel = voice\ncustomer.value = 92\nwhy\n")
    written, said = io.BytesIO(), io.BytesIO()
    streams = {
        "stdin": io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8"),
        "stdout": out if out is not None else io.TextIOWrapper(written, encoding=encoding),
        "stderr": io.TextIOWrapper(said, encoding=encoding),
    }
    with monkeypatch.context() as patch:
        for name, stream in streams.items():
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as left:
            main(_words(call))
    return Ran(left.value.code, written.getvalue(), said.getvalue().decode(encoding))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("call", CALLS)
def test_a_full_disk_is_told_in_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    with suppress(OSError), Path("/dev/full").open("w", encoding="utf-8") as full:
        ran = run(call, monkeypatch, out=full)
        assert ran.status == 2
        *_, last = ran.err.splitlines()
        assert last == "error: the standard output cannot be written: no space left on device"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("call", CALLS)
def test_a_terminal_shows_what_it_has_letters_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, encoding: str
) -> None:
    as_ever = run(call, monkeypatch)
    for name in ("imported.route", "project"):
        with suppress(FileNotFoundError):
            (folder / name).rename(folder / f"{name} before")
    ran = run(call, monkeypatch, encoding=encoding)
    assert ran.status == as_ever.status
    if call in DOCUMENTS:
        ran.out.decode("utf-8")
    else:
        ran.out.decode(encoding)


def test_documents_are_utf_8_whatever_the_terminal_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in ("import twilio workflow.json", "fmt -", "explain care.route contacts.jsonl --format html"):
        ran = run(call, monkeypatch, encoding="cp1252", given=POLICY)
        assert any(sign in ran.out.decode("utf-8") for sign in "é…→")


def test_lines_are_drawn_in_what_the_terminal_has(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run("check broken.route", monkeypatch, encoding="ascii").err
    assert "    +- broken.route:10:29" in found
    assert "did you mean `value`?" in found
    table = run("decide care.route contacts.csv --format table", monkeypatch, encoding="ascii").out.decode()
    assert "########" in table
    assert "A [bold] gift [/x]" in table


def test_a_closed_output_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", None)
        patch.setattr(sys, "stdout", None)
        patch.setattr(sys, "stderr", said)
        with pytest.raises(SystemExit) as left:
            main(["check", "care.route"])
    assert (left.value.code, said.getvalue()) == (2, "error: the standard output is closed\n")


@pytest.mark.parametrize("call", [call for call in CALLS if "care.route" in call and "fmt" not in call])
def test_a_reader_who_leaves_ends_the_command_in_silence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with suppress(BrokenPipeError), os.fdopen(writer, "w", encoding="utf-8") as out:
        ran = run(call, monkeypatch, out=out)
        assert ran.status == 1
        assert "Traceback" not in ran.err
        assert "error: the standard" not in ran.err


def test_files_are_written_though_nobody_reads_what_is_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with suppress(BrokenPipeError), os.fdopen(writer, "w", encoding="utf-8") as out:
        run("test care.route --coverage-html cover.html --output out.txt", monkeypatch, out=out)
    assert (folder / "cover.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "1 example passed" in (folder / "out.txt").read_text(encoding="utf-8")


# what a policy says is shown, never obeyed


HOSTILE = (
    POLICY.replace('"Care"', r'"Care\u{1b}[31m"')
    .replace('"The best"', r'"\u{1b}[8mhidden\u{7}"')
    .replace('because "rich"', r'because "\u{1b}]0;x\u{7}"')
    .replace("A [bold] gift", r"\u{9b}1A gift")
    .replace("a call", r"\u{1b}[2Ja call")
    .replace('"wrong"', r'"\u{1b}[2Jwrong"')
    .replace('"a best one is at vip"', r'"\u{1b}[1mvip\u{8}"')
    .replace('name is "…"', r'name is "\u{1b}[5m"')
)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_no_text_of_a_file_reaches_a_terminal_as_an_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, colour: bool
) -> None:
    (folder / "care.route").write_text(HOSTILE)
    (folder / "other.route").write_text(HOSTILE.replace(">= 80", ">= 81"))
    (folder / "contacts.csv").write_text(
        "contact.channel,customer.name,\x1b[2J\nvoice,\x1b[5m,1\nfax,\x07,1\n"
    )
    (folder / "contacts.jsonl").write_text(
        '{"contact": {"channel": "voice"}, "customer": {"name": "\\u001b[5m"}, "\\u001b[2J": 1}\n'
    )
    if colour:
        monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "" if colour else "1")
    ran = run(call, monkeypatch, given=r'customer.name = "\u{1b}[5m"' + "\nwhy\nexamples\n")
    shown = ran.out.decode() + ran.err
    for order in (
        "\x1b[31mq",
        "\x1b[8m",
        "\x1b]",
        "\x1b[2J",
        "\x1b[5m",
        "\x9b",
        "\x07",
        "\x08",
        "\x1b[1mvip",
    ):
        if colour or "RK102" not in call:
            assert order not in shown
    if not colour:
        assert "\x1b" not in shown


@pytest.mark.parametrize("call", CALLS)
def test_colours_are_the_orders_of_commands_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = run(call, monkeypatch)
    assert "\\u{1b}" not in ran.out.decode() + ran.err


# odd folders and numbers


def _loop(folder: Path) -> str:
    (folder / "loop.route").symlink_to("loop.route")
    return "loop.route"


def _long(folder: Path) -> str:
    return "x" * 300 + ".route"


def _closed(folder: Path) -> str:
    (folder / "closed").mkdir()
    (folder / "closed" / "care.route").write_text(POLICY)
    (folder / "closed").chmod(0)
    return "closed/care.route"


def _within_a_file(folder: Path) -> str:
    return "care.route/care.route"


@pytest.mark.parametrize("odd", [_loop, _long, _closed, _within_a_file])
@pytest.mark.parametrize(
    "call",
    [
        "check {}", "check {} --fix", "decide {} contacts.csv", "decide care.route {} --input jsonl",
        "explain care.route {} --input csv", "decide care.route {} --input parquet", "test {}", "prove {}",
        "diff {} care.route", "diff care.route {}", "diff care.route care.route --contacts {} --input csv",
        "ask {} 'can customer.value > 1 reach a machine'", "repl {}", "fmt {}", "publish {} --revision 1",
        "publish care.route --revision 1 -o {}/x", "publish care.route --revision 1 --key-file {}",
        "replay {} --policy care.route", "replay log.jsonl --policy {}", "history erase {} c-1", "bench {}",
        "import twilio {}", "import twilio workflow.json -o {}/x", "init {}/x",
        "test care.route --output {}/x --format json", "test care.route --coverage-html {}/x",
    ],
)  # fmt: skip
def test_an_odd_path_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, odd: Callable[[Path], str]
) -> None:
    if odd is _closed and os.geteuid() == 0:
        pytest.skip("root may read what is closed")
    try:
        ran = run(call.format(odd(folder)), monkeypatch)
    finally:
        with suppress(FileNotFoundError):
            (folder / "closed").chmod(0o700)
    assert ran.status == 2
    assert ran.err.count("error: ") == 1


@pytest.mark.parametrize("call", [call for call in CALLS if call.split()[0] not in ("init", "repl")])
def test_a_folder_that_is_gone_hinders_nobody_who_names_his_files_in_full(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    as_ever = run(call, monkeypatch)
    with suppress(FileNotFoundError):
        (folder / "imported.route").unlink()
    gone = folder / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    words = [
        str(folder / word) if (folder / word).exists() or word == "imported.route" else word
        for word in _words(call)
    ]
    import shlex

    ran = run(shlex.join(words), monkeypatch)
    assert ran.status == as_ever.status


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1", "1e999", "", "x"])
@pytest.mark.parametrize(
    "call",
    [
        "bench care.route --seconds={}",
        "prove care.route --timeout={}",
        "diff care.route other.route --timeout={}",
        "ask care.route 'can customer.value > 1 reach a machine' --timeout={}",
        "test care.route --min-coverage={}",
        "explain care.route contacts.csv --limit={}",
        "publish care.route --revision={}",
    ],
)
def test_a_number_that_is_none_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: str
) -> None:
    ran = run(call.format(number), monkeypatch)
    assert (ran.status, ran.out) == (2, b"")
    assert "Invalid value for" in ran.err


# Ctrl-C


def _interrupted() -> Iterator[float]:
    yield from (0.06, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("call", ["repl care.route", "decide care.route -", "fmt -", "check -h"])
def test_control_c_ends_a_command_at_any_moment_without_a_word(folder: Path, call: str) -> None:
    for moment in _interrupted():
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *_words(call)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "!\n"
        time.sleep(moment - 0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        assert process.returncode in ((130, 0) if call == "check -h" else (130,))

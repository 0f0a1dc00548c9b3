"""``routekit repl`` at a terminal: what is completed, which keys do what, and what is kept."""

import fcntl
import os
import pty
import re
import select
import signal
import stat
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from routekit.repl import Conversation, Session
from routekit.repl.terminal import PolicyCompleter, history, talk
from tests.unit.test_repl import POLICY

CONTROL_C, CONTROL_D = "\x03", "\x04"
PROMPT_ENDS = "\x1b[?2004l"


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = Path("care.route")
    path.write_text(POLICY, encoding="utf-8")
    return path


# ── completion ────────────────────────────────────────────────────────────────


def _completed(session: Session, before: str) -> list[str]:
    """The whole texts that the line before the cursor may become."""
    found = PolicyCompleter(session).get_completions(Document(before), CompleteEvent())
    return [before[: len(before) + item.start_position] + item.text for item in found]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("why", ["why", "whynot"]),
        ("customer.t", ["customer.tier", "customer.tags"]),
        ("customer.tier = ", ["bronze", "silver", "gold", "platinum", "missing"]),
        ("customer.tier = g", ["gold"]),
        ("customer.tier >= ", ["bronze", "silver", "gold", "platinum", "missing"]),
        ("contact.intent in {b", ["billing"]),
        ("contact.intent in {billing, c", ["cancel"]),
        ("contact.intent is ", ["billing", "cancel", "other", "missing", "known"]),
        ("given contact.channel voice, customer.ti", ["customer.tier"]),
        ("customer.verified = ", ["yes", "no", "missing"]),
        ("general.", ["general.waiting", "general.longest_wait"]),
        ("live.general.w", ["live.general.waiting"]),
        ("whynot by", ["by_tier[1]", "by_tier[2]"]),
        ("whynot g", ["gift"]),
        ("shown ", ["gift"]),
        ("unset c", ["customer.tier"]),
        ("help wh", ["why", "whynot"]),
        ("hig", ["high_value"]),
        ("high_value and off", ["office"]),
        ("high_value and pot", ["potential"]),
        ("load c", ["care.route"]),
        ("tier", ["customer.tier"]),
        ("customer.id star", ["starts with", "starts with any"]),
        ("customer.tags ha", ["has", "has any", "has all"]),
        ('customer.id = "w', []),
        ("zzz", []),
        ("ask ", ["can", "who"]),
        ("ask can high_value reach que", ["queue"]),
        ("ask who reaches queue r", ["retention"]),
        ("ask who reaches queue is not r", ["retention"]),
        ("ask who reaches offers has any {g", ["gift"]),
        ("ask can customer.ti", ["customer.tier"]),
    ],
)
def test_what_may_stand_at_the_cursor(policy: Path, before: str, after: list[str]) -> None:
    session = Session.of(policy)
    Conversation(session).answer("customer.tier = gold")
    kept = re.match(r".*[ {]|", before)
    assert kept is not None
    assert _completed(session, before) == [kept.group() + text for text in after]


def test_switches_and_declared_parts_are_completed(policy: Path) -> None:
    policy.write_text(f'{POLICY}\nswitch storm "A storm"\noutcome {{ sla duration = 5m }}\n')
    session = Session.of(policy)
    assert _completed(session, "given switch ") == ["given switch storm"]
    assert _completed(session, "given switch storm ") == ["given switch storm yes", "given switch storm no"]
    assert _completed(session, "switch.") == ["switch.storm"]
    assert _completed(session, "ask who reaches outcome.") == ["ask who reaches outcome.sla"]


def test_queues_are_completed_only_where_they_have_signals(policy: Path) -> None:
    assert "retention." in _completed(Session.of(policy), "ret")
    without = re.sub(r"(live queue|  rule busy).*?\n(\}|\n)\n?", "", POLICY, flags=re.DOTALL)
    policy.write_text(without)
    assert _completed(Session.of(policy), "ret") == []


def test_completion_follows_the_policy_and_survives_a_broken_one(policy: Path) -> None:
    session = Session.of(policy)
    policy.write_text("policy care\nqueue")
    os.utime(policy, (1, 1))
    Conversation(session).answer("")
    assert _completed(session, "customer.ti") == ["customer.tier"]
    assert _completed(Session.of(policy), "cust") == []
    assert _completed(Session.of(policy), "wh") == ["why", "whynot"]


# ── keys ──────────────────────────────────────────────────────────────────────


def _typed(policy: Path, keys: str, capsys: pytest.CaptureFixture[str], *, simple: bool = False) -> str:
    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        talk(Conversation(Session.of(policy)), colour=False, simple=simple, keys=pipe, screen=DummyOutput())
    return capsys.readouterr().out


def test_ctrl_c_clears_the_line_and_ctrl_d_leaves(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _typed(policy, f"customer.value = 9{CONTROL_C}customer.value\r{CONTROL_D}", capsys)
    assert said.splitlines()[0] == 'care: "Who gets which service"'
    assert said.splitlines()[-1] == "0"


def test_quit_leaves(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _typed(policy, "quit\rcustomer.value\r", capsys).splitlines()[-1].endswith("Tab completes.")


def test_enter_goes_on_while_a_bracket_is_open(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _typed(policy, f"contact.intent in {{billing,\rother}}\r{CONTROL_D}", capsys)
    assert said.splitlines()[-1] == "yes: contact.intent is other"


def test_tab_completes_what_is_the_only_one(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = _typed(policy, f"customer.ti\t = go\t\rcustomer.tier\r{CONTROL_D}", capsys)
    assert said.splitlines()[-1] == "gold"


def test_long_lines_break_between_words(
    policy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = _typed(policy, f"now 2026-11-23 10:00\rwhynot keep\r{CONTROL_D}", capsys, simple=True)
    assert max(map(len, said.splitlines())) <= 40
    assert "customer.tier is missing" in " ".join(said.split())


# ── history ───────────────────────────────────────────────────────────────────


def test_history_is_kept_for_its_owner_alone(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _typed(policy, f'customer.id = "c-1"\r{CONTROL_D}', capsys)
    file = Path("state/routekit/history")
    assert 'customer.id = "c-1"' in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(history().load_history_strings()) == ['customer.id = "c-1"']


def test_history_that_cannot_be_kept_stops_nobody(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("state").write_text("a file, where a folder would have to be")
    assert isinstance(history(), InMemoryHistory)
    assert _typed(policy, f"customer.value\r{CONTROL_D}", capsys).splitlines()[-1] == "0"


def test_history_that_goes_away_stops_nobody(policy: Path) -> None:
    kept = history()
    file = Path("state/routekit/history")
    file.unlink()
    file.mkdir()
    kept.append_string("why")
    assert list(kept.load_history_strings()) == []


# ── a real terminal ───────────────────────────────────────────────────────────


class Terminal:
    """A process at a pseudo-terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            program = f"from routekit.cli.main import main\nmain({list(arguments)!r})"
            os.execv(sys.executable, [sys.executable, "-c", program])
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.output = ""
        self._read = 0

    def until(self, wanted: str, seconds: float = 30) -> str:
        """What is printed until something is there, which the next call starts behind.

        Answers where the cursor is when it is asked.
        """
        begun, end = self._read, time.monotonic() + seconds
        while wanted not in self.output[begun:]:
            assert time.monotonic() < end, self.output
            if select.select([self._end], [], [], 0.2)[0]:
                data = os.read(self._end, 65536).decode(errors="replace")
                self.output += data
                for _ in range(data.count("\x1b[6n")):
                    self.type("\x1b[1;1R")
        self._read = self.output.index(wanted, begun) + len(wanted)
        return self.output[begun : self._read]

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def status(self, seconds: float = 30) -> int:
        """How it ended; a process that does not end fails the test instead of holding it up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if select.select([self._end], [], [], 0.05)[0]:
                with suppress(OSError):  # its end of the terminal is closed
                    self.output += os.read(self._end, 65536).decode(errors="replace")
        raise AssertionError(f"it goes on: {self.output}")

    def close(self) -> None:
        os.close(self._end)
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            return


@pytest.fixture
def terminal(policy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.delenv("NO_COLOR", raising=False)
    started = Terminal("repl", str(policy))
    yield started
    started.close()


def test_a_whole_conversation_at_a_terminal(terminal: Terminal, policy: Path) -> None:
    terminal.until("Tab completes.")
    terminal.type("contact.channel = voice\r")
    terminal.until("no rule applies")
    terminal.type("customer.ti\t = go\t\r")
    terminal.until("as before:")
    terminal.type("high_value\r")
    terminal.until("\x1b[32myes\x1b[0m: customer.tier is gold")
    text = policy.read_text()
    policy.write_text(text.replace("customer.tier >= gold", "customer.teir >= gold"))
    terminal.type("high_value\r")
    assert "still answering with the policy as it was at" in terminal.until(": customer.tier is gold")
    policy.write_text(text)
    terminal.type('save "from a terminal"\r')
    terminal.until("and it passes")
    terminal.until("> ")
    terminal.type("half a line" + CONTROL_C)
    terminal.until(PROMPT_ENDS)
    terminal.until("> ")
    terminal.type(CONTROL_D)
    assert terminal.status() == 0
    assert 'example "from a terminal"' in policy.read_text()


@pytest.mark.parametrize(("variable", "option"), [("NO_COLOR", None), (None, "--plain")])
def test_no_colours_where_none_are_wanted(
    policy: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, option: str | None
) -> None:
    if variable:
        monkeypatch.setenv(variable, "1")
    started = Terminal("repl", str(policy), *([option] if option else []))
    try:
        started.until("Tab completes.")
        started.type("customer.tier = gold\r")
        started.until("still needed")
        started.type("quit\r")
        assert started.status() == 0
        assert not re.search(r"\x1b\[[0-9;]*[39][0-9]m", started.output)
    finally:
        started.close()


def test_what_to_install_is_said_where_it_is_not(policy: Path) -> None:
    program = (
        "import sys, importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'prompt_toolkit' else found(name, *a)\n"
    )
    pid, end = pty.fork()
    if pid == 0:
        code = f"{program}from routekit.cli.main import main\nmain(['repl', {str(policy)!r}])"
        os.execv(sys.executable, [sys.executable, "-c", code])
    output = ""
    while True:
        try:
            data = os.read(end, 65536).decode()
        except OSError:
            break
        if not data:
            break
        output += data
    os.close(end)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    assert "install `routekit[repl]`, or pipe the lines in" in output

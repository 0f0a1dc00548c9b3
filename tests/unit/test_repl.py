"""``routekit repl``: scripts with what comes of them, a policy that is edited, examples that are saved."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.cli.main import _routekit
from routekit.repl import Conversation, Session
from routekit.repl.conversation import play
from routekit.repl.wording import visible

PAGE = Path(__file__).parents[1] / "repl.md"
_BLOCK = re.compile(r"^## ([^\n]+)\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TEXT = PAGE.read_text(encoding="utf-8")
POLICY = _TEXT.partition("```route\n")[2].partition("```")[0]
SESSIONS = [pytest.param(match[2], id=match[1]) for match in _BLOCK.finditer(_TEXT)]


def _script(transcript: str) -> list[str]:
    return [line[2:] for line in transcript.splitlines() if line.startswith(("> ", ". "))]


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("care.route")
    path.write_text(POLICY, encoding="utf-8")
    return path


def transcript_of(path: Path, lines: list[str]) -> str:
    """What a script says; times of the wall clock are blotted out."""
    said: list[str] = []
    play(Conversation(Session.of(path)), lines, said.append)
    text = re.sub(r"as it was at \d\d:\d\d", "as it was at HH:MM", "\n".join(said) + "\n")
    text = re.sub(
        r"now is \w{3} [-\d]+ [:\d]+ in (\S+), the real time", r"now is … in \1, the real time", text
    )
    return re.sub(r"\b[0-9a-f]{12}\b", "0123456789ab", text)


@pytest.mark.parametrize("transcript", SESSIONS)
def test_a_session(policy: Path, transcript: str) -> None:
    assert transcript_of(policy, _script(transcript)) == transcript


def test_the_page_has_what_a_script_would_print(policy: Path) -> None:
    result = CliRunner().invoke(_routekit, ["repl", str(policy)], input="contact.channel = voice\nhelp sav\n")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "> contact.channel = voice",
        "queue general on voice, priority 5: no rule applies",
    ]
    assert result.stderr == ""


def test_another_policy_is_compared(policy: Path) -> None:
    text = policy.read_text(encoding="utf-8")
    Path("other.route").write_text(text.replace("priority 2", "priority 3"), encoding="utf-8")
    Path("broken.route").write_text("policy care\nqueue", encoding="utf-8")
    lines = [
        "compare care.route",
        "compare other.route",
        "compare broken.route",
        "compare none.route",
        "compare",
    ]
    said = transcript_of(policy, lines)
    assert "proved the same: every contact there can be is treated as before" in said
    assert "priority 3 → 2" in said
    assert "error: `broken.route` has errors: `routekit check` lists them" in said
    assert "error: `none.route` cannot be read: No such file or directory" in said
    assert "error: name another policy: `compare released/telecom.route`" in said


# ── a policy that is edited ───────────────────────────────────────────────────


def _edit(path: Path, change: Callable[[str], str]) -> None:
    """Writes a file as an editor does, at another time than before."""
    before = path.stat().st_mtime_ns
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def _talk(path: Path, *lines: str) -> Conversation:
    conversation = Conversation(Session.of(path))
    for line in ("now 2026-11-23 10:00", "given contact.channel voice, contact.intent cancel", *lines):
        assert conversation.answer(line).ok, line
    return conversation


def test_a_changed_policy_is_read_before_the_next_line(policy: Path) -> None:
    conversation = _talk(policy, "customer.value = 85")
    _edit(policy, lambda text: text.replace("value >= 80", "value >= 90"))
    answer = conversation.answer("customer.value")
    assert answer.ok
    lines = answer.text.splitlines()
    assert lines[0].startswith("the policy was read again: care ")
    assert lines[1].startswith("changed: queue retention → general")
    assert lines[2] == "85"
    assert conversation.answer("customer.value").text == "85"


def test_a_broken_policy_leaves_the_last_good_one_answering(policy: Path) -> None:
    conversation = _talk(policy, "customer.tier = gold")
    _edit(policy, lambda text: text.replace("customer.tier >= gold", "customer.teir >= gold"))
    answer = conversation.answer("high_value")
    assert answer.ok
    assert "unknown field `customer.teir`" in answer.text
    assert "did you mean `tier`?" in answer.text
    assert re.search(r"still answering with the policy as it was at \d\d:\d\d", answer.text)
    assert answer.text.splitlines()[-1] == "yes: customer.tier is gold (high_value)"
    assert conversation.answer("high_value").text == "yes: customer.tier is gold (high_value)", "told once"

    reloaded = conversation.answer("reload")
    assert not reloaded.ok
    assert "unknown field `customer.teir`" in reloaded.text
    assert "+segment high_value  when customer.value >= 80 or customer.teir >= gold" in (
        conversation.answer("diff").text
    )
    saved = conversation.answer('save "x"')
    assert not saved.ok
    assert 'example "x"' not in policy.read_text()

    _edit(policy, lambda text: text.replace("customer.teir", "customer.tier"))
    assert conversation.answer("").text.startswith("the policy was read again")
    assert conversation.answer('save "x"').ok


@pytest.mark.parametrize("become", [Path.unlink, lambda path: path.write_bytes(b"\xff\xfe")])
def test_a_policy_that_goes_away_leaves_the_last_good_one(
    policy: Path, become: Callable[[Path], None]
) -> None:
    conversation = _talk(policy)
    become(policy)
    answer = conversation.answer("contact.channel")
    assert answer.ok
    assert "still answering" in answer.text
    assert answer.text.splitlines()[-1] == "voice"


def test_a_policy_that_is_broken_from_the_start_answers_once_it_is_mended(policy: Path) -> None:
    good = policy.read_text()
    policy.write_text("policy care\nqueue")
    conversation = Conversation(Session.of(policy))
    greeting = conversation.greeting()
    assert not greeting.ok
    assert "expected a name" in greeting.text
    for line in ("why", "customer.value = 3", "customer.value", '{"contact": {}}', "test", 'save "x"'):
        answer = conversation.answer(line)
        assert not answer.ok
        assert "there is no policy to answer with yet" in answer.text
    assert conversation.answer("help").ok
    _edit(policy, lambda _: good)
    assert conversation.answer("contact.channel = voice").ok


def test_facts_that_the_edited_policy_does_not_know_are_forgotten_and_named(policy: Path) -> None:
    conversation = _talk(policy, "customer.value = 85", "customer.mood = 0.5")
    _edit(policy, lambda text: text.replace("  mood      number -1..1 ?\n", "").replace("0..100", "0..200"))
    answer = conversation.answer("customer.value")
    assert "forgotten: customer.mood, which does not fit the policy any more" in answer.text
    assert answer.text.splitlines()[-1] == "85"


def test_the_files_that_a_policy_brings_in_are_watched_too(policy: Path) -> None:
    _edit(policy, lambda text: text + 'list friends from "friends.txt"\nuse "more.route"\n')
    Path("friends.txt").write_text("c-1\n")
    Path("more.route").write_text("segment friend when customer.id in friends\n")
    conversation = _talk(policy, 'customer.id = "c-2"')
    assert conversation.answer("friend").text.startswith("no")
    _edit(Path("friends.txt"), lambda text: text + "c-2\n")
    assert conversation.answer("friend").text.splitlines()[-1].startswith("yes")
    assert "+c-2" in conversation.answer("diff").text
    _edit(Path("more.route"), lambda text: text.replace("in friends", "is known"))
    assert conversation.answer("friend").text.splitlines()[-1] == 'yes: customer.id is known ("c-2", friend)'
    Path("more.route").unlink()
    assert "more.route" in conversation.answer("").text


def test_the_difference_shows_text_and_both_decisions(policy: Path) -> None:
    conversation = _talk(policy, "customer.value = 85")
    assert conversation.answer("diff").text.startswith("the policy is as it was at")
    _edit(policy, lambda text: text.replace("value >= 80", "value >= 90"))
    text = conversation.answer("diff").text
    assert "-segment high_value  when customer.value >= 80 or customer.tier >= gold" in text
    assert "+segment high_value  when customer.value >= 90 or customer.tier >= gold" in text
    assert "before: queue retention" in text
    assert "now:    queue general" in text
    conversation.answer("customer.tier = gold")
    assert "this contact is decided as before: queue retention" in conversation.answer("diff").text
    conversation.answer('save "x"')
    assert conversation.answer("diff").text.startswith("the policy is as it was at")


def test_failing_examples_are_told_and_fail_the_line(policy: Path) -> None:
    conversation = _talk(policy)
    _edit(policy, lambda text: text + 'example "wrong" given contact.channel voice expect queue portal\n')
    answer = conversation.answer("test")
    assert not answer.ok
    assert "failed: wrong  care.route:" in answer.text
    assert answer.text.endswith("error: 1 of 2 examples failed")


def test_the_guarantees_are_proved(policy: Path) -> None:
    _edit(policy, lambda text: f"{text}guarantee fine then priority <= 10\n")
    said = _talk(policy).answer("prove").text
    assert "proved: guarantee fine" in said
    assert "1 of 1 guarantees proved" in said


# ── examples that are saved ───────────────────────────────────────────────────


def test_what_is_saved_is_an_example_that_passes(policy: Path) -> None:
    before = policy.read_text()
    conversation = _talk(policy, "customer.tier = gold", 'customer.id = "a\\"b\\\\c"')
    assert conversation.answer('save "the \\"best\\" \\\\ # {customer}"').ok
    after = policy.read_text()
    assert after.startswith(before)
    example = Policy.from_path(policy).checked.examples[-1]
    assert example.title == 'the "best" \\ # {customer}'
    assert {given.path: given.value for given in example.given}[("customer", "id")] == 'a"b\\c'
    assert {item.what for item in example.expected} == {"rule", "queue", "channel", "priority", "offers"}
    assert conversation.answer("test best").text == "passed: 1 example"


def test_declared_parts_are_saved(policy: Path) -> None:
    text = policy.read_text().replace("otherwise queue", "otherwise sla = 2m, queue")
    policy.write_text(f"{text}\noutcome {{ sla duration = 5m  tags set of text = {{}} }}\n")
    conversation = _talk(policy, "contact.channel = voice")
    assert conversation.answer('save "plain"').ok
    example = Policy.from_path(policy).checked.examples[-1]
    assert [str(item.value) for item in example.expected if item.what == "data.sla"] == ["0:02:00"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_saving_keeps_line_ends_and_byte_order_mark(policy: Path, mark: bytes, end: str) -> None:
    policy.write_bytes(mark + POLICY.rstrip().replace("\n", end).encode())
    assert _talk(policy).answer('save "x"').ok
    data = policy.read_bytes()
    assert data.startswith(mark + b"policy")
    assert data.count(b"\r\n") == (data.count(b"\n") if end == "\r\n" else 0)
    assert data.endswith(f"priority 5, offers {{}}{end}".encode())


def test_a_file_that_changed_meanwhile_is_not_written_over(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = _talk(policy)
    _edit(policy, lambda text: text + "# a note of somebody else\n")
    monkeypatch.setattr(conversation.session.versions, "have_changed", lambda: False)
    answer = conversation.answer('save "x"')
    assert not answer.ok
    assert "changed meanwhile" in answer.text
    assert policy.read_text().endswith("# a note of somebody else\n")
    assert sorted(path.name for path in Path().iterdir()) == ["care.route"]


def test_the_time_is_saved_only_where_it_matters(policy: Path) -> None:
    conversation = Conversation(Session.of(policy))
    conversation.answer("contact.channel = voice")
    conversation.answer('save "whenever"')
    assert [given.path for given in Policy.from_path(policy).checked.examples[-1].given] == [
        ("contact", "channel")
    ]
    conversation.answer("now 2026-11-23 10:00")
    conversation.answer('save "then"')
    assert ("contact", "at") in [given.path for given in Policy.from_path(policy).checked.examples[-1].given]


def test_without_a_time_in_the_contact_the_example_says_what_its_clock_makes_of_it(policy: Path) -> None:
    _edit(policy, lambda text: text.replace("  at       time ?\n", ""))
    conversation = _talk(policy, "customer.tier = gold", "now 2026-11-22 10:00")
    answer = conversation.answer('save "on a Sunday"')
    assert answer.ok
    assert "note: an example that says no time runs at 2026-01-01 12:00" in answer.text
    assert "expect rule keep, queue retention" in answer.text


# ── hostile input ─────────────────────────────────────────────────────────────

_HOSTILE = [
    "\x1b[31mred",
    'customer.id = "\x1b[31m"',
    '{"contact": {"channel": "\\u001b[2J"}, "\\u001b]0;x\\u0007": 1}',
    '{"customer": {"id": "\\u001b[31m\\u202e"}}',
    '{"customer": {"id": "\\ud800"}}',
    '{"a": ' + "[" * 5000,
    '{"customer": {"value": ' + "9" * 5000 + "}}",
    "(" * 5000 + ")" * 5000,
    "not " * 5000,
    "customer.value " + "+ 1" * 3000,
    "customer.value = " + "9" * 5000,
    "x" * 200_000,
    "load \x00",
    "load \x1b[31m",
    "unset \x1b[31m",
    "shown \x1b[31m",
    "shown gift 999999999d ago",
    "now 0001-01-01 00:00",
    "now 9999-12-31 23:59",
    "whynot \x1b[31m",
    "help \x1b[31m",
    'save "\x1b[31m"',
    'save "\u202e"',
    "test \x1b[31m",
    "facts \u202e",
    "=",
    "a.b.c.d = 3",
    'customer.id = "x',
    'customer.id matches "(a+)+$"',
    'customer.id matches "("',
    "let x = 3",
    "customer.value = 3 expect queue general",
    'customer.value = 3\nexample "y" expect queue general',
    "\ufeffwhy",
]


@pytest.mark.parametrize("line", _HOSTILE, ids=range(len(_HOSTILE)))
def test_any_line_is_answered_with_nothing_that_a_terminal_would_obey(policy: Path, line: str) -> None:
    said: list[str] = []
    play(Conversation(Session.of(policy)), [line, "facts", "decide", "customer.id", "why"], said.append)
    text = "\n".join(said)
    assert text == visible(text)
    assert policy.read_text() == POLICY


# ── the command ───────────────────────────────────────────────────────────────


def _run(policy: Path, script: str, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{code}\nfrom routekit.cli.main import main\nmain(['repl', *{[str(policy), *arguments]!r}])"
    return subprocess.run(
        [sys.executable, "-c", program], input=script, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_script_without_a_failing_line_exits_with_0(policy: Path) -> None:
    ran = _run(policy, "\nnow\n\ncustomer.tier = gold", "--now", "2026-11-23 10:00")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(
        "> now\nnow is Mon 2026-11-23 10:00 in Asia/Shanghai\n> customer.tier = gold\n"
    )


def test_a_script_needs_no_optional_package(policy: Path) -> None:
    code = "import sys; sys.modules['prompt_toolkit'] = sys.modules['pygments'] = None"
    ran = _run(policy, "contact.channel = voice\n", code=code)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), ("policy x\nqueue", "has errors"), ("policy", "expected a name")],
)
def test_what_cannot_run_exits_with_2(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "x.route"
    if content is not None:
        path.write_text(content)
    ran = _run(path, "why\n")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert said in ran.stderr


def test_bytes_that_are_no_text_are_answered(policy: Path) -> None:
    program = ["-c", f"from routekit.cli.main import main\nmain(['repl', {str(policy)!r}])"]
    ran = subprocess.run(
        [sys.executable, *program], input=b"\xff\xfe\nwhy\n", capture_output=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == b""


def test_an_unclosed_bracket_at_the_end_of_a_script_is_told(policy: Path) -> None:
    ran = _run(policy, "contact.intent in {billing,\n")
    assert ran.returncode == 1
    assert "error: a `{` is not closed" in ran.stdout


# ── what the README shows ─────────────────────────────────────────────────────

ROOT = Path(__file__).parents[2]


def test_the_session_of_the_readme_is_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(
        r"^```text\n\$ routekit repl (\S+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S
    )
    assert shown is not None
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    monkeypatch.chdir(tmp_path)
    assert transcript_of(Path(shown[1]), _script(shown[2])) == shown[2]


def test_a_field_called_at_need_not_be_a_time(policy: Path) -> None:
    _edit(policy, lambda text: text.replace("  at       time ?", "  at       text ?"))
    conversation = _talk(policy, 'contact.at = "home"')
    assert conversation.answer("now").text == "now is Mon 2026-11-23 10:00 in Asia/Shanghai"
    assert conversation.answer("now 11:00").ok
    assert conversation.answer('save "at home"').ok


def test_columns_of_a_decision_keep_apart_in_colours(policy: Path) -> None:
    conversation = Conversation(Session.of(policy), lambda _, text: f"<{text}>")
    for line in (
        "now 2026-11-23T10:00+08:00",
        "contact.channel = voice",
        "customer.tier = gold",
        "contact.intent = cancel",
    ):
        conversation.answer(line)
    lines = conversation.answer("decide").text.splitlines()
    assert any(line.startswith("<plan    >  after") for line in lines)

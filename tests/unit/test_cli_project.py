"""What is around the commands: a new project, its settings, pages of codes, completion, ways of output."""

import json
import re
from pathlib import Path
from shutil import copytree

import pytest

from routekit import Policy
from routekit.cli.config import ConfigError, Settings, read_settings
from routekit.cli.main import _COMMANDS
from routekit.diagnostics import CODES
from tests.unit.test_cli import POLICY, ROOT, routekit

WRONG = POLICY.replace("customer.loyal", "customer.loyel")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _set(folder: Path, *lines: str) -> None:
    (folder / "pyproject.toml").write_text("\n".join(("[tool.routekit]", *lines)))


# init


def test_a_new_project_is_checked_and_decides_its_contacts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = routekit("init", "my_policy")
    assert (made.status, made.err) == (0, "")
    monkeypatch.chdir(folder / "my_policy")
    assert routekit("check").out == "1 policy checked: nothing found\n"
    decided = routekit("decide", "contacts.jsonl")
    assert (decided.status, decided.err) == (0, "")
    assert {decision["rule"] for decision in decided.decisions} == {"our_best", "online", "otherwise"}
    assert all(decision["problems"] == [] for decision in decided.decisions)
    policy = Policy.from_path("policy.route")
    assert policy.checked.guarantees
    tested = routekit("test")
    assert (tested.status, "4 examples passed" in tested.out) == (0, True)
    assert routekit("fmt", "--check").status == 0
    _set(Path(), 'policies = ["policy.route"]', "min-coverage = 99")
    text = Path("policy.route").read_text(encoding="utf-8")
    more = "  rule new when contact.intent is fault then queue general\n  otherwise"
    Path("policy.route").write_text(text.replace("  otherwise", more, 1), encoding="utf-8")
    assert "less than the 99% that are asked for" in routekit("test").err


def test_a_new_project_says_what_to_do_next_and_its_program_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = routekit("init").out
    commands = re.findall(r"^  routekit (.+)$", told, re.MULTILINE)
    assert len(commands) == 3
    assert [routekit(*command.split()).status for command in commands] == [0, 0, 0]
    (program,) = re.findall(r"```python\n(.*?)```", Path("README.md").read_text(), re.DOTALL)
    exec(program, {})
    assert capsys.readouterr().out


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / "README.md").write_text("mine")
    (folder / "contacts.jsonl").symlink_to("nowhere")
    ran = routekit("init")
    assert ran.status == 2
    assert "`contacts.jsonl`, `README.md` would be overwritten" in ran.err
    assert sorted(each.name for each in folder.iterdir()) == ["README.md", "contacts.jsonl"]
    assert (folder / "README.md").read_text() == "mine"


def test_the_settings_of_a_project_that_has_some_stay(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[project]\nname = 'mine'\n")
    ran = routekit("init")
    assert ran.status == 0
    assert "pyproject.toml stays as it is" in ran.out
    assert (folder / "pyproject.toml").read_text() == "[project]\nname = 'mine'\n"


def test_a_folder_that_cannot_be_made_is_named(folder: Path) -> None:
    (folder / "file").write_text("")
    ran = routekit("init", "file/within")
    assert ran.status == 2
    assert "file" in ran.err


# settings


def test_the_settings_are_those_of_the_nearest_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(folder, 'policies = ["rules/a.route"]', "min-coverage = 80", 'format = "json"', "errors-only = true")
    below = folder / "rules" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert read_settings() == Settings(("../a.route",), True, "json", 80.0)
    (below / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('polices = ["a.route"]', "`[tool.routekit]` has no setting `polices`"),
        ('policies = "a.route"', "`policies` in `[tool.routekit]` is a list of paths"),
        ("policies = [1]", "`policies` in `[tool.routekit]` is a list of paths"),
        ("errors-only = 1", "`errors-only` in `[tool.routekit]` is true or false"),
        ('format = "jsn"', "did you mean `json`?"),
        ("format = 3", "`format` in `[tool.routekit]` is one of pretty"),
        ("min-coverage = 101", "is a number of percent, from 0 to 100"),
        ("min-coverage = nan", "is a number of percent, from 0 to 100"),
        ("min-coverage = true", "is a number of percent, from 0 to 100"),
        ("=", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(folder: Path, line: str, words: str) -> None:
    _set(folder, line)
    with pytest.raises(ConfigError) as error:
        read_settings()
    assert words in str(error.value)
    assert "pyproject.toml" in str(error.value)
    ran = routekit("check", "a.route")
    assert ran.status == 2
    assert words in ran.err


def test_the_commands_take_the_policies_of_the_project(folder: Path) -> None:
    (folder / "care.route").write_text(POLICY)
    _set(folder, 'policies = ["care.route"]')
    assert routekit("check").out == "1 policy checked: nothing found\n"
    assert routekit("decide", given='{"contact": {"channel": "voice"}}\n').status == 0
    (folder / "contacts.csv").write_text("contact.channel\nvoice\n")
    assert len(routekit("decide", "contacts.csv").decisions) == 1
    _set(folder, 'policies = ["care.route", "other.route"]')
    ran = routekit("decide", given="{}\n")
    assert ran.status == 2
    assert "name one of care.route, other.route" in ran.err


def test_without_a_policy_a_command_says_where_to_name_one(folder: Path) -> None:
    ran = routekit("check")
    assert ran.status == 2
    assert "list it under `policies` of `[tool.routekit]`" in ran.err


def test_what_is_said_on_the_command_line_wins(folder: Path) -> None:
    (folder / "care.route").write_text(POLICY + "segment nobody when customer.value > 3\n")
    _set(folder, 'policies = ["nope.route"]', 'format = "json"', "errors-only = true")
    assert json.loads(routekit("check", "care.route").out)["warnings"] == 0
    assert routekit("check", "care.route", "--all").status == 1
    assert "warning[RK402]" in routekit("check", "care.route", "--all", "--format", "compact").err


# check --fix


def test_fixing_says_what_was_changed_and_what_is_left(folder: Path) -> None:
    path = folder / "care.route"
    path.write_text(WRONG.replace("customer.value >= 80", "customer.value == 80"))
    line = POLICY[: POLICY.index("customer.loyal")].count("\n") + 1
    shown = routekit("check", "care.route", "--fix", "--diff")
    assert (shown.status, shown.out.count("\n+ "), shown.out.count("\n- ")) == (1, 1, 1)
    assert "customer.loyel" in path.read_text()
    ran = routekit("check", "care.route", "--fix")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"mended: care.route:{line}: `loyel` → `loyal`",
        "written in words: 1 comparison by `==` or `!=`",
        "1 policy checked: nothing found",
    ]
    assert path.read_text() == POLICY.replace("customer.value >= 80", "customer.value is 80")
    assert routekit("check", "care.route", "--fix").out == "1 policy checked: nothing found\n"


def test_fixing_leaves_standard_output_to_the_format(folder: Path) -> None:
    (folder / "care.route").write_text(WRONG + "segment nobody when customer.value > 3\n")
    ran = routekit("check", "care.route", "--fix", "--format", "json")
    assert ran.status == 1
    assert [item["code"] for item in json.loads(ran.out)["diagnostics"]] == ["RK402"]
    assert "mended" in ran.err


def test_fixing_several_policies_changes_what_they_share_once(folder: Path) -> None:
    (folder / "more.route").write_text("segment good when customer.loyel\n")
    text = POLICY.replace("customer.loyal or", "customer.loyal or good or") + 'use "more.route"\n'
    (folder / "a.route").write_text(text)
    (folder / "b.route").write_text(text)
    ran = routekit("check", "a.route", "b.route", "--fix")
    assert ran.out == "mended: more.route:1: `loyel` → `loyal`\n2 policies checked: nothing found\n"


def test_fixing_what_is_not_there_exits_2(folder: Path) -> None:
    ran = routekit("check", "nope.route", "--fix")
    assert ran.status == 2
    assert "cannot be read" in ran.err


# pages of codes


def test_a_report_ends_with_where_to_read_more_and_that_works(folder: Path) -> None:
    (folder / "care.route").write_text(WRONG)
    last = [line for line in routekit("check", "care.route").err.splitlines() if "for more" in line]
    assert last == ["for more about an error: routekit explain-code RK102"]
    assert routekit(*last[0].split("routekit ")[1].split()).out.startswith("# RK102: an unknown field\n")


@pytest.mark.parametrize("written", ["RK102", "rk102", "102", "error[RK102]", "[RK102]"])
def test_a_code_is_known_as_it_is_copied(written: str) -> None:
    document = json.loads(routekit("explain-code", written, "--format", "json").out)
    assert (document["format_version"], document["code"], document["severity"]) == (1, "RK102", "error")
    assert "## Wrong" in document["page"]


def test_all_codes_are_listed() -> None:
    lines = routekit("explain-code").out.splitlines()
    assert [line.split()[0] for line in lines] == list(CODES)
    codes = json.loads(routekit("explain-code", "--format", "json").out)["codes"]
    assert [code["code"] for code in codes] == list(CODES)


@pytest.mark.parametrize("code", ["RK199", "XX", "", "102102", "RK１０２"])
def test_an_unknown_code_exits_2(code: str) -> None:
    ran = routekit("explain-code", code)
    assert (ran.status, ran.out) == (2, "")
    assert f"there is no code `{code}`" in ran.err


# ways of output


def test_for_a_screen_reader_a_finding_is_a_sentence(folder: Path) -> None:
    (folder / "care.route").write_text(WRONG)
    err = routekit("check", "care.route", "--plain").err
    line = POLICY[: POLICY.index("customer.loyal")].count("\n") + 1
    assert err.startswith(f"error RK102 in care.route, line {line}, column ")
    assert "help: did you mean `loyal`?" in err
    assert not set(err) & set("│┌─^\x1b")
    assert routekit("decide", "care.route", "-", "--plain", given="{}\n").err.startswith("error RK102 in")


def test_for_a_screen_reader_the_summary_is_in_sentences(folder: Path) -> None:
    (folder / "care.route").write_text(POLICY)
    lines = '{"contact": {"channel": "voice"}, "customer": {"value": 92}}\n{}\n'
    out = routekit("decide", "care.route", "-", "--format", "table", "--plain", given=lines).out
    assert "rule best, queue vip, channel voice: 1 contact, 50.0%\n" in out
    assert "problem in the input, contact.channel is required and missing: 1 contact, 50.0%\n" in out
    assert not set(out) & set("│─█\x1b")


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "0"}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, (), True),
        ({"FORCE_COLOR": "1"}, ("--plain",), False),
    ],
)
def test_colours_are_shown_where_they_are_wanted(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: tuple[str, ...],
    coloured: bool,
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (folder / "care.route").write_text(WRONG)
    assert ("\x1b[" in routekit("check", "care.route", *arguments).err) is coloured
    assert ("\x1b[" in routekit("explain-code", "RK102", *arguments).out) is coloured


# completion and hooks


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_for_completions(shell: str) -> None:
    ran = routekit("completion", shell)
    assert (ran.status, ran.err) == (0, "")
    assert f"_ROUTEKIT_COMPLETE={shell}_complete" in ran.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("routekit expl", ["explain", "explain-code"]),
        ("routekit check rules/t", ["rules/telecom.route"]),
        ("routekit check ./rules/t", ["./rules/telecom.route"]),
        ("routekit decide rules/common/c", ["rules/common/calendars.route"]),
        ("routekit explain-code rk45", ["RK451", "RK452", "RK453"]),
        ("routekit check --format sa", ["sarif"]),
    ],
)
def test_names_are_completed(monkeypatch: pytest.MonkeyPatch, words: str, expected: list[str]) -> None:
    from click.shell_completion import ShellComplete

    from routekit.cli.main import _routekit

    monkeypatch.chdir(ROOT)
    *before, begun = words.split()[1:]
    found = ShellComplete(_routekit, {}, "routekit", "_ROUTEKIT_COMPLETE").get_completions(before, begun)
    assert [item.value for item in found] == expected


def test_a_misspelt_command_is_answered_with_the_likely_one() -> None:
    ran = routekit("chek")
    assert ran.status == 2
    assert "did you mean `check`?" in ran.err


@pytest.mark.parametrize("command", list(_COMMANDS))
def test_every_command_that_is_listed_can_be_called(command: str) -> None:
    ran = routekit(command, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert "Examples:" in ran.out


def test_the_hooks_for_pre_commit_have_an_entry_each() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert re.findall(r"^- id: (\S+)$", text, re.MULTILINE) == [
        "routekit-fmt",
        "routekit-check",
        "routekit-test",
    ]
    assert re.findall(r"^  entry: (.+)$", text, re.MULTILINE) == [
        "routekit fmt",
        "routekit check",
        "routekit test",
    ]


# packs and folders


@pytest.mark.parametrize("pack", ["airline", "bank", "telecom", "utility"])
def test_a_pack_is_a_project_that_checks_clean(pack: str, tmp_path: Path) -> None:
    ran = routekit("init", tmp_path / "a", "--pack", pack)
    assert ran.status == 0
    assert f"routekit check rules/{pack}.route" in ran.out
    checked = routekit("check", tmp_path / "a")
    assert (checked.status, checked.out.split(",")[0].strip()) == (0, "1 policy checked: nothing found")
    contacts = tmp_path / "a" / "examples" / "contacts" / f"{pack}.jsonl"
    assert routekit("decide", tmp_path / "a" / "rules" / f"{pack}.route", contacts).out.count("\n") == 200


def test_a_folder_stands_for_its_policies_and_not_for_what_they_bring_in(tmp_path: Path) -> None:
    copytree("rules", tmp_path / "rules")
    assert routekit("check", tmp_path).out.startswith("4 policies checked: nothing found")
    assert routekit("check", tmp_path, tmp_path / "rules" / "bank.route").out.startswith("4 policies")
    (tmp_path / "empty").mkdir()
    ran = routekit("check", tmp_path / "empty")
    assert (ran.status, "no policy found" in ran.err) == (2, True)


def test_a_fix_that_would_help_nothing_is_told_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.route"
    path.write_text(POLICY.replace("customer.loyal", "customer.loyel > 3"))
    ran = routekit("check", "--fix", path)
    assert ran.status == 1
    assert "not mended, since no fewer errors would be left" in ran.out

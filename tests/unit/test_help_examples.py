"""Every example in the help of a command runs, in a folder that `init` made."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree

import pytest

from routekit.cli.main import _COMMANDS
from routekit.service.history import SQLiteStore
from tests.performance.test_call_records import CALLS, KEY, MAP
from tests.unit.test_cli import routekit

_GROUPS = {
    "history": ("erase", "expire", "accept-loss"),
    "import": ("twilio", "dmn"),
    "export": ("dmn",),
    "table": ("export", "import"),
}
_ELSEWHERE = re.compile(r"redis://|postgresql://|^twilio |~/|--watch|^echo 'eval|\| less")
"""What needs a server, another program, a person, or the home folder."""

_SHORT = {
    "routekit bench": "routekit bench --seconds 0.1",
    "routekit simulate": "routekit simulate --replications 2",
}
"""What would draw for long, made to draw less."""

COMMANDS = [
    (),
    *((name,) for name in _COMMANDS),
    *((group, name) for group, names in _GROUPS.items() for name in names),
]


def _examples(command: tuple[str, ...]) -> list[str]:
    """The lines under `Examples:` of a command's help."""
    _, _, behind = routekit(*command, "--help").out.partition("Examples:\n")
    lines = (line.strip() for line in behind.splitlines())
    return [line for line in lines if line.split(" ")[0] in ("routekit", "echo", "cat", "printf", "zcat")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two packs and whatever else the examples name."""
    folder = tmp_path_factory.mktemp("project")
    for pack in ("telecom", "bank", "airline"):
        made = tmp_path_factory.mktemp(pack) / pack
        assert routekit("init", made, "--pack", pack).status == 0
        copytree(made, folder, dirs_exist_ok=True)
    copytree(folder / "rules", folder / "released")
    for name in ("old.route", "new.route"):
        assert routekit("init", folder / name.removesuffix(".route")).status == 0
        copy(folder / name.removesuffix(".route") / "policy.route", folder / name)
    for name in ("follow_up.route", "follow_up.jsonl"):
        there = folder / "examples" / "services" / name
        there.parent.mkdir(parents=True, exist_ok=True)
        copy(Path("examples", "services", name), there)
    for name in ("answers.route", "facts.csv", "november.toml"):
        copy(Path("examples", name), folder / "examples" / name)
    for name, text in {"calls.csv": CALLS, "columns.toml": MAP, "key.txt": KEY}.items():
        (folder / name).write_text(text, encoding="utf-8")
    as_parquet(folder / "calls.csv", folder / "calls.parquet")
    (folder / "yesterday.csv").write_text("contact.channel\nvoice\n")
    copy("tests/golden/given/log.jsonl", folder / "decisions.jsonl")
    (folder / "workflow.json").write_text(
        '{"task_routing": {"filters": [], "default_filter": {"queue": "everyone"}}}'
    )
    copy("tests/golden/given/approval.dmn", folder / "approval.dmn")
    store = SQLiteStore(folder / "history.db")
    store.erase("c-1")
    store.close()
    for arguments in (("init", "-q", "-b", "main"), ("add", "rules"), ("commit", "-q", "-m", "rules")):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)
    _run("gzip -k decisions.jsonl && mv decisions.jsonl.gz decisions.jsonl.1.gz", folder)
    return folder


def as_parquet(source: Path, target: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    options = pyarrow.csv.ParseOptions(delimiter=";")
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(source, parse_options=options), target)


def _run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    source = str(Path("src").resolve())
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, "PYTHONPATH": source},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_examples_of_a_command_run(command: tuple[str, ...], project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    if command == ("init",):
        folder.mkdir()
    else:
        copytree(project, folder)
    for line in _examples(command):
        if _ELSEWHERE.search(line):
            continue
        for whole, short in _SHORT.items():
            line = line.replace(whole, short)
        ran = _run(line, folder)
        assert ran.returncode in (0, 1), f"{line}\n{ran.stdout[-500:]}\n{ran.stderr}"
        assert "error: " not in ran.stderr, f"{line}\n{ran.stderr}"

"""Each recipe of CONTRIBUTING.md, followed to the letter on a copy of the project, ends where it says."""

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_COPIED = (
    "src",
    "tests",
    "docs",
    "rules",
    "examples",
    "benchmarks",
    "pyproject.toml",
    "mkdocs.yml",
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile"),
)
_RECIPE = re.compile(r"^### (.+)\n((?:(?!^### ).*\n?)*)", re.MULTILINE)
_PART = re.compile(
    r"(?P<new>[Aa] new file )?`(?P<path>[\w./-]+)`"
    r"(?:, (?P<where>behind|before|in place of) (?P<quote>`+)(?P<anchor>.+?)(?P=quote)| at its end)?"
    r":\s*\n\s*\n"
    r"(?P<indent> *)(?P<fence>`{3,})[^\n]*\n(?P<text>.*?)\n(?P=indent)(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_RUN = re.compile(r"^ *```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_TOOLS = {"make": {"tables": ["-m", "routekit.syntax.generate"], "types": ["-m", "mypy"]}}


@dataclass(frozen=True)
class Recipe:
    """A recipe as it is written: its steps, each a change of one file, and the commands behind them."""

    title: str
    text: str

    @property
    def steps(self) -> list[re.Match[str]]:
        return list(_PART.finditer(self.text))

    @property
    def commands(self) -> list[tuple[list[str], str]]:
        """Each command behind the steps, with the beginnings of the lines that it must print."""
        found = []
        for block in _RUN.findall(self.text):
            for shown in re.split(r"^ *\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, output = shown.partition("\n")
                found.append((shlex.split(line, comments=True), output))
        return found


def _recipes() -> list[Recipe]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, recipes = text.partition("\n## Recipes\n")
    return [Recipe(match[1], match[2]) for match in _RECIPE.finditer(recipes)]


RECIPES = _recipes()


def _copy(folder: Path) -> Path:
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / name)
    return folder


def _apply(step: re.Match[str], folder: Path) -> None:
    path = folder / step["path"]
    indent = step["indent"]
    text = "\n".join(line.removeprefix(indent) for line in step["text"].split("\n"))
    if step["new"]:
        assert not path.exists(), f"{step['path']} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
        return
    before = path.read_text(encoding="utf-8")
    if step["where"] is None:
        path.write_text(f"{before.rstrip()}\n{text}\n", encoding="utf-8")
        return
    lines = before.split("\n")
    places = [number for number, line in enumerate(lines) if line.strip() == step["anchor"].strip()]
    assert len(places) == 1, f"`{step['anchor']}` stands {len(places)} times in {step['path']}"
    begin, end = {
        "behind": (places[0] + 1, places[0] + 1),
        "before": (places[0], places[0]),
        "in place of": (places[0], places[0] + 1),
    }[step["where"]]
    lines[begin:end] = text.split("\n")
    path.write_text("\n".join(lines), encoding="utf-8")


def _run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    tool, *rest = words
    if tool == "make":
        arguments = [argument for target in rest for argument in _TOOLS["make"][target]]
    elif tool == "routekit":
        arguments = ["-m", "routekit.cli.main", *rest]
    else:
        assert tool == "pytest", f"a recipe calls make, routekit and pytest, not {tool}"
        arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *rest]
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
    )  # fmt: skip


@pytest.mark.parametrize("recipe", [pytest.param(recipe, id=recipe.title) for recipe in RECIPES])
def test_a_recipe_ends_where_it_says(recipe: Recipe, tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    assert recipe.steps
    assert recipe.commands
    for step in recipe.steps:
        _apply(step, folder)
    for words, output in recipe.commands:
        run = _run(words, folder)
        told = run.stdout + run.stderr
        if words[0] == "routekit":
            assert run.returncode in (0, 1), told
        else:
            assert run.returncode == 0, told
        for line in output.splitlines():
            assert line.strip() in told, told


def test_there_is_a_recipe_for_all_that_is_often_added() -> None:
    wanted = {"test of texts", "outcome", "diagnostic", "command", "store", "sink", "importer"}
    told = " ".join(recipe.title.lower() for recipe in RECIPES)
    assert {word for word in wanted if word not in told} == set()

"""The documentation as a site: it builds without a warning, shows what is public, and asks no other host."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_FOREIGN = re.compile(
    r'<(?:script|img|iframe|link rel="(?:stylesheet|preload|icon)")[^>]*(?:src|href)="(?:https?:)?//[^"]+"'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: pip install routekit[docs]")
    folder = tmp_path_factory.mktemp("site")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout + run.stderr) == (0, "")
    return folder


def test_no_page_asks_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    assert {str(page): found for page in pages if (found := _FOREIGN.findall(page.read_text("utf-8")))} == {}


def test_examples_and_roles_of_docstrings_are_rendered(site: Path) -> None:
    text = (site / "api.html").read_text("utf-8")
    assert 'class="gp">&gt;&gt;&gt; ' in text
    assert ":meth:" not in text


@pytest.mark.parametrize(
    "module", ["routekit", "routekit.analysis", "routekit.service", "routekit.testing", "routekit.layout"]
)
def test_every_public_name_stands_in_the_reference(module: str, site: Path) -> None:
    text = (site / "api.html").read_text("utf-8")
    missing = [name for name in importlib.import_module(module).__all__ if f'.{name}"' not in text]
    assert missing == []

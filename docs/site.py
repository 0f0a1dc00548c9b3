"""What the site holds beside ``docs/``: the files of the repository that its pages lead to.

The pages link to each other as files of the repository do, so that they can be read wherever it is shown.
Here each such link becomes one within the site, and whatever it leads to becomes a page of the site.
"""

import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
CODES = "src/routekit/diagnostics/pages"
NAMED = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    CODES: "codes.md",
}
"""What has a place of its own in the site, by its path in the repository."""

_BLOCK = re.compile(r"(^(`{3,})[^\n]*\n.*?^\2$|`[^`\n]*`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s#:]+)((?:#[^)\s]*)?\))")
_PICTURES = (".svg", ".png")
_LANGUAGES = {".py": "python", ".route": "route", ".toml": "toml", ".json": "json", ".txt": "text"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds every file of the repository that a page leads to, and those that such files lead to."""
    pending = [*NAMED, *(f"docs/{file.src_uri}" for file in files if file.src_uri.endswith(".md"))]
    known = set(pending)
    while pending:
        origin = pending.pop()
        if not origin.startswith("docs/"):
            files.append(_file(origin, config))
        for target in _targets(origin):
            if target not in known:
                known.add(target)
                pending.append(target)
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turns links between files of the repository into links between pages of the site."""
    here = page.file.src_uri
    origin = _ORIGINS.get(here, f"docs/{here}")

    def moved(match: re.Match[str]) -> str:
        target = _resolved(origin, match[2])
        return f"{match[1]}{posixpath.relpath(_place(target), posixpath.dirname(here) or '.')}{match[3]}"

    return _outside_code(markdown, lambda text: _LINK.sub(moved, text))


_ORIGINS: dict[str, str] = {}


def _place(path: str) -> str:
    """Where a file of the repository stands in the site."""
    if path in NAMED:
        return NAMED[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith(f"{CODES}/"):
        return f"codes/{posixpath.basename(path)}"
    if (ROOT / path).is_dir():
        return f"files/{path}/index.md"
    return f"files/{path}" if Path(path).suffix in (".md", *_PICTURES) else f"files/{path}.md"


def _file(path: str, config: MkDocsConfig) -> File:
    place = _place(path)
    _ORIGINS[place] = path
    if path.endswith(_PICTURES):
        return File.generated(config, place, abs_src_path=str(ROOT / path))
    return File.generated(config, place, content=_markdown(path))


def _markdown(path: str) -> str:
    """A file as a page: prose as it is, code as a block, a folder as the list of what is in it."""
    whole = ROOT / path
    if path == CODES:
        pages = sorted(whole.glob("*.md"))
        rows = [f"- [{_heading(page)}]({_relative(path, page)})" for page in pages]
        return "# Codes\n\nWhat each finding means, with a wrong policy and the mended one.\n\n" + "\n".join(
            rows
        )
    if whole.is_dir():
        found = [entry for entry in sorted(whole.iterdir()) if entry.is_file() and entry.suffix == ".route"]
        rows = [f"- [{entry.name}]({_relative(path, entry)})" for entry in found]
        return f"# {path}\n\n" + "\n".join(rows)
    text = whole.read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    return f"# {path}\n\n````{_LANGUAGES.get(whole.suffix, 'text')}\n{text}\n````\n"


def _relative(origin: str, target: Path) -> str:
    return posixpath.relpath(target.relative_to(ROOT).as_posix(), origin)


def _heading(page: Path) -> str:
    return page.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").replace("`", "")


def _targets(origin: str) -> list[str]:
    found: list[str] = []
    if origin.endswith(".md") or (ROOT / origin).is_dir():
        text = _markdown(origin) if not origin.startswith("docs/") else (ROOT / origin).read_text("utf-8")
        _outside_code(text, lambda part: found.extend(match[2] for match in _LINK.finditer(part)) or part)
    return [_resolved(origin, link) for link in found]


def _resolved(origin: str, link: str) -> str:
    folder = origin if (ROOT / origin).is_dir() else posixpath.dirname(origin)
    return posixpath.normpath(posixpath.join(folder, link))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if number % 3 else change(part) for number, part in enumerate(_split(text)))


def _split(text: str) -> list[str]:
    """A text as prose, code, and what marks the code, in turn."""
    parts: list[str] = []
    end = 0
    for match in _BLOCK.finditer(text):
        parts += [text[end : match.start()], match[0], ""]
        end = match.end()
    return [*parts, text[end:]]

"""Which files of a folder are policies to be tried, and which files a policy is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from routekit.checker import Workspace
from routekit.diagnostics import Reporter, Source
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.outside import named_files
from routekit.syntax.parser import parse

__all__ = ["SUFFIX", "files_of", "is_policy", "policies_at", "policies_in"]

SUFFIX = ".route"


@dataclass(frozen=True, slots=True)
class _Outline:
    """What tells a policy from a file that is only brought in."""

    has_head: bool
    has_matter: bool


def policies_in(folder: Path) -> list[Path]:
    """Returns the policies in a folder and below it, in the order of their paths.

    A file is one where it has a ``policy`` head; or where it has a ``route`` or examples, or cannot be
    read to its end, and no policy there brings it in. Folders that begin with a dot are passed over.
    """
    files = sorted(
        path
        for path in folder.rglob(f"*{SUFFIX}")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts[:-1])
    )
    outlines = {path: _outline(path) for path in files}
    used = _brought_in(path for path, outline in outlines.items() if outline.has_head)
    return [path for path, outline in outlines.items() if _stands_alone(path, outline, used)]


def policies_at(path: str) -> list[str]:
    """Returns the policies that a path stands for: those in a folder, else the path itself.

    >>> policies_at("rules/telecom.route")
    ['rules/telecom.route']
    """
    folder = Path(path)
    return [file.as_posix() for file in policies_in(folder)] if folder.is_dir() else [path]


def is_policy(path: Path, top: Path) -> bool:
    """Checks whether one file is a policy to be tried, as :func:`policies_in` says of all.

    What might bring it in is looked for in its own folder and those above it, up to ``top``.
    """
    outline = _outline(path)
    if outline.has_head or not outline.has_matter:
        return outline.has_head
    folders = [folder for folder in path.parents if folder == top or folder.is_relative_to(top)]
    beside = (file for folder in folders or [path.parent] for file in sorted(folder.glob(f"*{SUFFIX}")))
    used = _brought_in(file for file in beside if file != path and _outline(file).has_head)
    return _stands_alone(path, outline, used)


def files_of(path: Path) -> set[Path]:
    """Returns the files that a policy is made of, lists, tables and those that are not there included."""
    files = {path}
    workspace = _workspace(path)
    for file in workspace.files:
        name = Path(file.source.name)
        files.add(name)
        files |= {name.parent / unquote(path.text) for path in named_files(file)}
    return files


def _stands_alone(path: Path, outline: _Outline, used: set[Path]) -> bool:
    return outline.has_head or (outline.has_matter and path.resolve() not in used)


def _brought_in(policies: Iterable[Path]) -> set[Path]:
    """The files, other than the first, of which policies are made."""
    return {file.resolve() for path in policies for file in files_of(path) if file != path}


def _workspace(path: Path) -> Workspace:
    workspace = Workspace.of(path.parent, Reporter())
    workspace.load(_read(path), path.name)
    return workspace


def _outline(path: Path) -> _Outline:
    file = parse(_read(path), Reporter())
    kinds = {type(declaration) for declaration in file.declarations}
    matter = {tree.Route, tree.ExampleNode, tree.ExampleTableNode}
    return _Outline(tree.PolicyNode in kinds, bool(kinds & matter) or not file.is_whole)


def _read(path: Path) -> Source:
    """The text of a file, as much as is ever read; empty where it cannot be."""
    try:
        with path.open("rb") as file:
            data = file.read(4 * MOST_CHARACTERS)
    except OSError:
        data = b""
    return Source(path.as_posix(), data.decode("utf-8-sig", "replace"))

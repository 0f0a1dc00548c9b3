"""A policy in a file or a folder: read once, as it was at one moment."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import TypeAlias

from routekit.checker.workspace import DiskFolder, Workspace, path_beside
from routekit.diagnostics import Reporter
from routekit.engine.errors import PolicyError
from routekit.engine.policy import source_of
from routekit.service.policies.bundle import Bundle
from routekit.service.policies.errors import PolicyRefused, SourceUnreachable
from routekit.syntax import tree
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.parser import parse

__all__ = ["SIGNED", "Reading", "Stamp", "read_bundle", "stamp"]

SIGNED = ".sig"
"""What stands behind the name of the first file in that of its signature."""

_MOST_BYTES = 4 * MOST_CHARACTERS

Stamp: TypeAlias = tuple[int, int, int, int] | None


def stamp(path: Path) -> Stamp:
    """What changes whenever a file does; None where there is none."""
    try:
        state = path.stat()
    except (OSError, ValueError):  # a broken policy may name files that no system has
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns


@dataclass(slots=True)
class Reading:
    """A folder whose files are read once each, with what they looked like before."""

    disk: DiskFolder
    files: dict[str, bytes] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    trouble: str | None = None

    @classmethod
    def of(cls, path: Path) -> "Reading":
        """The reading of a policy's file or folder, which need not be there."""
        return cls(DiskFolder.at(path if path.is_dir() else path.parent))

    def shown(self, path: str) -> str:
        return self.disk.shown(path)

    def locate(self, path: str, beside: str) -> str | None:
        is_inside = self.disk.locate(path, beside) is not None  # wherever its links lead
        return path_beside(path, beside) if is_inside else None

    def read(self, path: str, limit: int) -> bytes:
        if path not in self.files:
            file = self.disk.root / path
            self.stamps[file] = stamp(file)
            try:
                self.files[path] = _content(file, limit)
            except FileNotFoundError:
                raise
            except OSError as error:
                self.trouble = f"the file `{self.shown(path)}` cannot be read: {_reason(error)}"
                raise
        self.used.add(path)
        return self.files[path][:limit]

    def is_of_one_moment(self) -> bool:
        """Whether nothing has changed since it was read."""
        return all(stamp(file) == before for file, before in self.stamps.items())

    def whole(self, path: Path) -> Bundle:
        """The policy in the file or folder that this is the reading of."""
        return self.load(self.first_of_folder() if path.is_dir() else path.name)

    def load(self, first: str) -> Bundle:
        """The first file, all that it brings in, and the lists."""
        self.used = set()
        try:
            source = source_of(self.read(first, _MOST_BYTES + 1), self.shown(first))
        except OSError as error:
            raise SourceUnreachable(
                f"the file `{self.shown(first)}` cannot be read: {_reason(error)}"
            ) from None
        except PolicyError:
            return self._bundle(first)  # said when it is checked
        workspace = Workspace(self, Reporter())
        workspace.load(source, first)
        for file in workspace.files:
            for node in file.declarations:
                if isinstance(node, tree.ListNode) and node.file is not None:
                    workspace.read_list(node, file)
        if self.trouble is not None:
            raise SourceUnreachable(self.trouble)
        return self._bundle(first)

    def _bundle(self, first: str) -> Bundle:
        return Bundle(first, {path: self.files[path] for path in sorted(self.used)}, self.disk.prefix)

    def first_of_folder(self) -> str:
        """The file with a ``policy`` head that no other such file brings in."""
        heads = [path for path in self._listing() if self._has_head(path)]
        used = (
            {file for head in heads for file in self.load(head).files if file != head} if heads[1:] else set()
        )
        firsts = [head for head in heads if head not in used]
        if len(firsts) == 1:
            return firsts[0]
        folder = self.disk.root.as_posix()
        if not heads:
            raise PolicyRefused(f"the folder `{folder}` has no file that begins with `policy NAME`")
        raise PolicyRefused(
            f"the folder `{folder}` has more than one policy, or none that no other brings in: "
            f"{', '.join(f'`{self.shown(path)}`' for path in firsts or heads)}; name the file instead"
        )

    def _listing(self) -> list[str]:
        """The files with policies in the folder and below it; hidden folders are passed over."""
        found = []
        for folder, below, names in os.walk(self.disk.root):
            below[:] = sorted(name for name in below if not name.startswith("."))
            self.stamps[Path(folder)] = stamp(Path(folder))
            found += [Path(folder, name) for name in names if name.endswith(".route") and name[0] != "."]
        return sorted(path.relative_to(self.disk.root).as_posix() for path in found)

    def _has_head(self, path: str) -> bool:
        data = self.read(path, _MOST_BYTES + 1)
        if b"policy" not in data:
            return False
        try:
            file = parse(source_of(data, self.shown(path)), Reporter())
        except PolicyError:
            return False
        return any(isinstance(node, tree.PolicyNode) for node in file.declarations)


def read_bundle(path: Path) -> Bundle:
    """The files of the policy in a file or a folder, as they are now.

    Raises :class:`SourceUnreachable` where one cannot be read, :class:`PolicyRefused` for a folder that has
    no first file, or more than one.
    """
    return Reading.of(path).whole(path)


def _content(file: Path, limit: int) -> bytes:
    if not S_ISREG(file.stat().st_mode):  # a pipe would be waited for
        raise OSError("it is no regular file")
    with file.open("rb") as opened:
        return opened.read(limit)


def _reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else str(error)

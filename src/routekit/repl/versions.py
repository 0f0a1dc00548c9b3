"""A policy on disk, read again when one of its files changes; the last good version goes on answering."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from os.path import normpath
from pathlib import Path
from typing import TypeAlias

from routekit.checker import Workspace, check
from routekit.checker.adhoc_expressions import AdhocParser
from routekit.diagnostics import Diagnostic, Reporter, Source, Span
from routekit.engine.engine import Engine
from routekit.engine.errors import PolicyError
from routekit.engine.files import Origin, read_source
from routekit.engine.policy import Policy
from routekit.intake import Intake
from routekit.translation import t
from routekit.trials.finding import files_of

__all__ = ["Version", "Versions", "read_version"]

Stamp: TypeAlias = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Version:
    """A policy without errors, ready to be asked, with the texts that it was read from, by file."""

    policy: Policy
    engine: Engine
    intake: Intake
    adhoc: AdhocParser
    texts: Mapping[str, str]
    read_at: datetime


def read_version(path: Path, text: str | None = None) -> Version:
    """Returns the policy on disk, or as it would be if its first file held another text.

    Raises ``OSError`` and ``PolicyError`` as ``Policy.from_path`` does.
    """
    source = read_source(path) if text is None else Source(path.as_posix(), text)
    workspace = Workspace.of(path.parent, Reporter())
    workspace.load(source, path.name)
    checked = check(workspace)
    if checked.policy is None:
        raise PolicyError(checked.diagnostics, checked.allowed)
    origin = Origin(source, path.name, workspace.folder, None)
    policy = Policy(checked.policy, checked.diagnostics, checked.allowed, origin)
    texts = {file.source.name: file.source.text for file in workspace.files}
    texts |= {
        item.name: "".join(f"{value}\n" for _, value in item.values) for item in workspace.lists.values()
    }
    texts |= {name: source.text for name, source in workspace.fact_files.items()}
    texts |= {table.file.source.name: table.file.source.text for table in workspace.tables}
    now = datetime.now().astimezone()
    return Version(policy, Engine(policy), Intake(policy.checked), AdhocParser(workspace), texts, now)


class Versions:
    """The versions of one policy: the good one that answers, what is wrong with the newest, and a base.

    ``base`` is what differences are told against.
    """

    def __init__(self, path: Path) -> None:
        """Reads the policy. Raises ``OSError`` where its first file cannot be read."""
        self.path = path
        self.good: Version | None = None
        self.base: Version | None = None
        self.errors: tuple[Diagnostic, ...] = ()
        self._stamps: dict[Path, Stamp] = {}
        path.open("rb").close()
        self.read()

    def have_changed(self) -> bool:
        """Checks whether a file of the policy is another one than when it was read."""
        return any(_stamp(file) != stamp for file, stamp in self._stamps.items())

    def read(self) -> None:
        """Reads the policy as it is on disk."""
        before = _stamp(self.path)
        try:
            files = {self.path, *files_of(self.path)}
        except (OSError, ValueError):
            files = {self.path}
        brought_in = (Path(normpath(file)) for file in files if file != self.path)
        self._stamps = {self.path: before, **{file: _stamp(file) for file in brought_in}}
        try:
            self.good, self.errors = read_version(self.path), ()
            self.base = self.base or self.good
        except PolicyError as error:
            self.errors = tuple(found for found in error.diagnostics if found.severity == "error")
        except OSError as error:
            self.errors = _unreadable(self.path, error)

    def texts_now(self) -> Mapping[str, str]:
        """Returns the texts of the policy's files as they are on disk, broken ones too."""
        good = self.good.texts if self.good else {}
        texts = dict(good)
        for file in self._stamps:
            name = file.as_posix()
            if name.endswith(self.path.suffix):
                try:
                    texts[name] = read_source(file).text
                except (OSError, ValueError, PolicyError):
                    texts.pop(name, None)
        return texts


def _stamp(file: Path) -> Stamp:
    try:
        state = file.stat()
    except (OSError, ValueError):  # a broken policy may name files that no system has
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _unreadable(path: Path, error: OSError) -> tuple[Diagnostic, ...]:
    reporter, source = Reporter(), Source(path.as_posix(), "")
    reason = (error.strerror or str(error)).lower()
    reporter.report(
        "RK010",
        t("the file `{path}` cannot be read: {reason}", path=path.as_posix(), reason=reason),
        Span(source, 0, 0),
    )
    return tuple(reporter.found)

"""The files of one policy: the first, those it brings in, and its lists; never outside its folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from errno import ENOENT
from os import strerror
from pathlib import Path
from posixpath import dirname, join, normpath
from stat import S_ISREG
from typing import TYPE_CHECKING, Protocol

from routekit.checker.fact_files import read_facts
from routekit.diagnostics import Reporter, Source, Span
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.outside import file_tables
from routekit.syntax.parser import parse
from routekit.syntax.tree import FactNode, FactsFile, File, ListNode, Literal, Use
from routekit.translation import t

if TYPE_CHECKING:
    from routekit.checker.table_grid import Grid

__all__ = [
    "DiskFolder",
    "FilledTable",
    "Folder",
    "ListFile",
    "MemoryFolder",
    "TableFile",
    "TextFolder",
    "Workspace",
    "path_beside",
    "read_regular",
]

MOST_FILES = 500
MOST_LIST_VALUES = 1_000_000
MOST_LIST_BYTES = 64_000_000
MOST_FACTS = 10_000
MOST_TABLE_BYTES = 64_000_000


class Folder(Protocol):
    """Where a policy's files are; paths are relative to it, with ``/``."""

    def shown(self, path: str) -> str:
        """Returns the name by which people know a file."""

    def read(self, path: str, limit: int) -> bytes:
        """Reads ``limit`` bytes of a file at most; ``OSError`` where it cannot be read."""

    def locate(self, path: str, beside: str) -> str | None:
        """Returns the path of a file named by another one; None where it leaves the folder."""


def read_regular(file: Path, limit: int) -> bytes:
    """Gives the beginning of a file; raises ``OSError`` for a pipe or a device, which would be waited for."""
    if not S_ISREG(file.stat().st_mode):
        raise OSError(t("it is no regular file"))
    with file.open("rb") as opened:
        return opened.read(limit)


@dataclass(frozen=True, slots=True)
class DiskFolder:
    """A folder on disk; links that lead out of it are not followed."""

    root: Path
    prefix: str

    @classmethod
    def at(cls, root: Path) -> "DiskFolder":
        """Returns a folder whose files are shown as they are reached from here."""
        return cls(root, "" if root == Path() else f"{root.as_posix()}/")

    def shown(self, path: str) -> str:
        return self.prefix + path

    def read(self, path: str, limit: int) -> bytes:
        return read_regular(self.root / path, limit)

    def locate(self, path: str, beside: str) -> str | None:
        root = self.root.resolve()
        try:
            target = (root / beside).parent.joinpath(path).resolve()
        except (OSError, ValueError, RuntimeError):
            return None
        return target.relative_to(root).as_posix() if target.is_relative_to(root) else None


@dataclass(frozen=True, slots=True)
class TextFolder:
    """No folder at all, for a policy that is only a text."""

    def shown(self, path: str) -> str:
        return path

    def read(self, path: str, limit: int) -> bytes:  # noqa: ARG002 - there is nothing to read
        raise OSError(t("the policy is a text without a folder"))

    def locate(self, path: str, beside: str) -> str | None:  # noqa: ARG002 - nothing is beside a text
        return path


@dataclass(frozen=True, slots=True)
class MemoryFolder:
    """A folder whose files have been read already, all that there are."""

    files: Mapping[str, bytes]
    prefix: str = ""

    def shown(self, path: str) -> str:
        return self.prefix + path

    def read(self, path: str, limit: int) -> bytes:
        if path not in self.files:
            raise FileNotFoundError(ENOENT, strerror(ENOENT))
        return self.files[path][:limit]

    def locate(self, path: str, beside: str) -> str | None:
        return path_beside(path, beside)


def path_beside(path: str, beside: str) -> str | None:
    """Returns the path of a file named by another one, by the names alone; None where it leaves the folder.

    >>> path_beside("../types.route", "words/telecom.route"), path_beside("../types.route", "telecom.route")
    ('types.route', None)
    """
    target = normpath(join(dirname(beside), path))
    return None if target.startswith(("../", "/")) or target in (".", "..") else target


@dataclass(frozen=True, slots=True)
class ListFile:
    """The values of a list's file with the lines they stand on."""

    name: str
    values: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    """The rows of a table's file, as people know it, and the sheet of it that the policy names."""

    name: str
    sheet: str
    grid: "Grid"


@dataclass(frozen=True, slots=True)
class FilledTable:
    """A table that was read from a file: what names the file, and what it says as a file of a policy.

    ``body`` is where the text behind the table's name begins: its columns and its rows.
    """

    named: tree.FromFile
    file: File
    body: int


@dataclass(slots=True)
class Workspace:
    """Reads the files of one policy, each once, and reports what cannot be read."""

    folder: Folder
    reporter: Reporter
    files: list[File] = field(default_factory=list)
    lists: dict[str, ListFile] = field(default_factory=dict)
    fact_files: dict[str, Source] = field(default_factory=dict)
    facts: list[FactNode] = field(default_factory=list)
    table_files: dict[Span, TableFile] = field(default_factory=dict)
    tables: list[FilledTable] = field(default_factory=list)
    _paths: dict[int, str] = field(default_factory=dict)
    _characters: int = 0

    @classmethod
    def of(cls, folder: Path, reporter: Reporter) -> "Workspace":
        """Returns the workspace of a folder on disk."""
        return cls(DiskFolder.at(folder), reporter)

    def load(self, first: Source, path: str) -> None:
        """Reads the first file and all that it brings in, in the order of the ``use`` lines."""
        chain: list[str] = []
        seen: set[str] = set()
        pending: list[tuple[str, Source | None, Span | None]] = [(path, first, None)]
        while pending:
            path, source, wanted_at = pending.pop()
            if path == "":  # all that the last of the chain brings in has been read
                chain.pop()
                continue
            if path in seen:
                if path in chain and wanted_at is not None:
                    self._report_cycle([*chain[chain.index(path) :], path], wanted_at)
                continue
            seen.add(path)
            source = source or self._source(path, wanted_at, len(seen))
            if source is None:
                continue
            self._characters += len(source.text)
            if self._characters > MOST_CHARACTERS and wanted_at is not None:
                self.reporter.report(
                    "RK005",
                    t(
                        "the policy's files have more than {most_characters:,} characters together",
                        most_characters=MOST_CHARACTERS,
                    ),
                    wanted_at,
                )
                continue
            file = parse(source, self.reporter)
            self._paths[id(file)] = path
            self.files.append(file)
            chain.append(path)
            pending.append(("", None, None))
            uses = [item for item in file.declarations if isinstance(item, Use)]
            for use in reversed(uses):
                target = self._locate(use.path.text, path, use.path.span)
                if target is not None:
                    pending.append((target, None, use.path.span))

    def read_others(self) -> None:
        """Reads what the files of the policy take from other files: lists, facts and the rows of tables."""
        for file in self.files:
            for node in file.declarations:
                if isinstance(node, ListNode) and node.file is not None:
                    self._read_list(node, node.file, file)
                elif isinstance(node, FactsFile):
                    self._read_facts(node, file)
            for named in file_tables(file):
                self._read_table(named, file)

    def _read_facts(self, node: FactsFile, file: File) -> None:
        target = self._locate(node.file.text, self._paths[id(file)], node.file.span)
        if target is None:
            return
        name = self.folder.shown(target)
        if name in self.fact_files:
            self.reporter.report(
                "RK103", t("the facts of `{name}` are brought in twice", name=name), node.file.span
            )
            return
        data = self._bytes(target, node.file.span, 4 * MOST_CHARACTERS)
        text = None if data is None else self._decoded(data, node.file.span)
        if text is None:
            return
        source = Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))
        facts = read_facts(source, self.reporter)
        if len(facts) > MOST_FACTS:
            self.reporter.report(
                "RK008",
                t(
                    "{count:,} facts in one file; {most:,} at most are taken",
                    count=len(facts),
                    most=MOST_FACTS,
                ),
                node.file.span,
            )
            return
        self.fact_files[name] = source
        self.facts += facts

    def _read_list(self, node: ListNode, wanted: Literal, file: File) -> None:
        beside = self._paths[id(file)]
        target = self._locate(wanted.text, beside, wanted.span)
        if target is None:
            return
        data = self._bytes(target, wanted.span, MOST_LIST_BYTES)
        text = None if data is None else self._decoded(data, wanted.span)
        if text is None:
            return
        values = []
        for number, line in enumerate(text.splitlines(), start=1):
            value = line.strip()
            if "#" in value:
                value = "" if value.startswith("#") else value.split(" #")[0].rstrip()
            if value:
                values.append((number, value))
        if len(values) > MOST_LIST_VALUES:
            self.reporter.report(
                "RK005",
                t(
                    "the list has {count:,} values, {most_list_values:,} at most are read",
                    count=len(values),
                    most_list_values=MOST_LIST_VALUES,
                ),
                wanted.span,
            )
            return
        self.lists[node.name.name] = ListFile(self.folder.shown(target), tuple(values))

    def _read_table(self, named: tree.FromFile, file: File) -> None:
        from routekit.checker.table_grid import read_grid  # most policies have no such tables
        from routekit.sheets import SheetError

        target = self._locate(named.path.text, self._paths[id(file)], named.path.span)
        data = None if target is None else self._bytes(target, named.path.span, MOST_TABLE_BYTES)
        if target is None or data is None:
            return
        name, sheet = self.folder.shown(target), None if named.sheet is None else unquote(named.sheet.text)
        try:
            grid = read_grid(data, name, sheet)
        except SheetError as error:
            place = f"{name}:{error.place}" if error.place else name
            message = t("the file `{place}` {reason}", place=place, reason=str(error))
            self.reporter.report("RK017", message, named.span, help=error.hint)
            return
        self.table_files[named.span] = TableFile(name, sheet or "", grid)

    def path_of(self, file: File) -> str:
        """Returns where a file lies in the folder."""
        return self._paths[id(file)]

    def put(self, place: int, file: File) -> None:
        """Puts a file in the place of another, of which it was made."""
        self._paths[id(file)] = self._paths.pop(id(self.files[place]))
        self.files[place] = file

    def _source(self, path: str, wanted_at: Span | None, count: int) -> Source | None:
        assert wanted_at is not None
        if count > MOST_FILES:
            self.reporter.report(
                "RK008", t("more than {most_files} files in one policy", most_files=MOST_FILES), wanted_at
            )
            return None
        data = self._bytes(path, wanted_at, 4 * MOST_CHARACTERS)
        text = None if data is None else self._decoded(data, wanted_at)
        if text is None:
            return None
        return Source(self.folder.shown(path), text)

    def _locate(self, quoted: str, beside: str, span: Span) -> str | None:
        path = unquote(quoted)
        target = self.folder.locate(path, beside) if path and "\0" not in path else None
        if target is None:
            self.reporter.report(
                "RK012",
                t("the path `{path}` leaves the policy's folder", path=path),
                span,
                help=t("keep the file in the folder of the first file, or below it"),
            )
        return target

    def _bytes(self, path: str, span: Span, limit: int) -> bytes | None:
        try:
            data = self.folder.read(path, limit + 1)
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else str(error)
            self.reporter.report(
                "RK010",
                t("the file `{path}` cannot be read: {reason}", path=self.folder.shown(path), reason=reason),
                span,
            )
            return None
        if len(data) > limit:
            self.reporter.report(
                "RK005",
                t(
                    "the file `{path}` has more than {limit:,} bytes",
                    path=self.folder.shown(path),
                    limit=limit,
                ),
                span,
            )
            return None
        return data

    def _decoded(self, data: bytes, span: Span) -> str | None:
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.reporter.report(
                "RK004", t("the file is not UTF-8: line {line} holds other bytes", line=line), span
            )
            return None

    def _report_cycle(self, paths: list[str], span: Span) -> None:
        shown = " → ".join(self.folder.shown(path) for path in paths)
        self.reporter.report(
            "RK011",
            t("these files bring in each other: {shown}", shown=shown),
            span,
            help=t("remove this `use`"),
        )

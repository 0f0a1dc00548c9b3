"""Applies the fixes that findings carry, as long as they make a policy better."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import unified_diff
from pathlib import Path

from routekit.checker import Workspace, check
from routekit.checker.workspace import DiskFolder
from routekit.diagnostics import Diagnostic, Edit, Fix, Reporter, Source, Span
from routekit.diagnostics.diagnostic import without_overlaps
from routekit.engine.errors import PolicyError
from routekit.engine.files import read_source, replace_file
from routekit.syntax.lexer import RAW_TOKEN
from routekit.syntax.parser import parse
from routekit.syntax.tree import File, Node, Test
from routekit.translation import t

__all__ = ["FileChange", "Fixed", "fix_policies"]

MOST_TRIALS = 40
"""Times that fixes are tried on one policy, each of which checks it anew."""

MOST_STEPS = 4
"""Fixes one behind another that may come before there are fewer errors: one mistake can hide the next."""


UNREAD = frozenset({"RK001", "RK002", "RK003", "RK009", "RK014"})
"""Codes of what stops a text from being read, up to the next item."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file as it was and as it should be."""

    path: Path
    before: str
    after: str

    def diff(self) -> str:
        """Returns the change as a unified diff."""
        name = self.path.as_posix()
        lines = unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), name, name
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def write(self) -> None:
        """Puts the new text into the place of the old one, whole or not at all.

        Raises ``OSError`` where that cannot be done.
        """
        target = self.path.resolve()
        data = target.read_bytes()
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        if data != mark + self.before.encode("utf-8"):
            raise OSError(t("the file has changed meanwhile"))
        replace_file(target, mark + self.after.encode("utf-8"))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What came of fixing: the changes, the fixes behind them, and what is left.

    ``edits`` mend findings, in the order in which they were applied; ``worded`` counts the comparisons by
    ``==`` and ``!=`` that are written in words now.
    """

    changes: tuple[FileChange, ...]
    edits: tuple[Edit, ...]
    worded: int
    left: tuple[Diagnostic, ...]


def fix_policies(paths: Iterable[Path]) -> Fixed:
    """Mends policies, each with the files that it brings in; nothing is written.

    A fix that leaves no fewer errors than there were is not applied, unless with it more of the text is read.
    Raises ``OSError`` where the first
    file of a policy cannot be read.
    """
    desk = _Desk()
    paths = list(paths)
    edits: list[Edit] = []
    worded = 0
    for path in paths:
        state = _mended(desk, path)
        desk.keep(state)
        edits += state.edits
        worded += desk.put_into_words(state)
    left = [item for path in paths for item in desk.state(path).found]
    return Fixed(desk.changes(), tuple(edits), worded, tuple(dict.fromkeys(left)))


@dataclass(frozen=True, slots=True)
class _State:
    """A policy with some texts of its files replaced, and what is found in it."""

    path: Path
    texts: dict[str, str]
    found: tuple[Diagnostic, ...]
    files: tuple[File, ...]
    edits: tuple[Edit, ...] = ()

    @property
    def fixable(self) -> tuple[Diagnostic, ...]:
        return tuple(item for item in self.found if item.fix is not None and not item.allowed)

    @property
    def unread(self) -> int:
        """How often the texts stop to read as a policy, which hides what else is wrong there."""
        return sum(item.code in UNREAD for item in self.found)

    def count(self, severity: str) -> int:
        return sum(item.severity == severity and not item.allowed for item in self.found)


@dataclass(frozen=True, slots=True)
class _EditedFolder:
    """A folder on disk, some of whose files have other texts."""

    disk: DiskFolder
    texts: dict[str, str]

    def shown(self, path: str) -> str:
        return self.disk.shown(path)

    def read(self, path: str, limit: int) -> bytes:
        text = self.texts.get(self.shown(path))
        return self.disk.read(path, limit) if text is None else text.encode("utf-8")[:limit]

    def locate(self, path: str, beside: str) -> str | None:
        return self.disk.locate(path, beside)


@dataclass(slots=True)
class _Desk:
    """The texts of all files that have been read, as they were and as they are."""

    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    trials: int = 0

    def state(self, path: Path, texts: dict[str, str] | None = None) -> _State:
        """Returns a policy with the texts as they are, or with others."""
        texts = self.after if texts is None else texts
        name = path.as_posix()
        if name not in self.before:
            try:
                self.before[name] = read_source(path).text
            except PolicyError as error:
                return _State(path, {}, error.diagnostics, ())
        workspace = Workspace.of(path.parent, Reporter())
        disk = workspace.folder
        assert isinstance(disk, DiskFolder)
        workspace.folder = _EditedFolder(disk, texts)
        workspace.load(Source(name, texts.get(name, self.before[name])), path.name)
        for file in workspace.files:
            self.before.setdefault(file.source.name, file.source.text)
        checked = check(workspace)
        return _State(path, texts, (*checked.diagnostics, *checked.allowed), tuple(workspace.files))

    def with_fixes(self, state: _State, fixes: Sequence[Fix]) -> _State:
        """Returns the policy with fixes applied to it."""
        self.trials += 1
        edits = [edit for fix in fixes for edit in fix.edits]
        after = self.state(state.path, _edited(self.before, state.texts, edits))
        return replace(after, edits=(*state.edits, *edits))

    def keep(self, state: _State) -> None:
        self.after.update(state.texts)

    def put_into_words(self, state: _State) -> int:
        """Writes `==` and `!=` as words in the policy's files; how many there were."""
        count = 0
        for file in state.files:
            edits = in_words(file)
            count += len(edits)
            self.after.update(_edited(self.before, self.after, edits))
        return count

    def changes(self) -> tuple[FileChange, ...]:
        return tuple(
            FileChange(Path(name), self.before[name], text)
            for name, text in self.after.items()
            if text != self.before[name]
        )


def _edited(before: dict[str, str], texts: dict[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    edited = dict(texts)
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        name = edit.span.source.name
        text = edited.get(name, before[name])
        edited[name] = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return edited


def _mended(desk: _Desk, path: Path) -> _State:
    state = desk.state(path)
    given_up: set[str] = set()
    desk.trials = 0
    while True:
        open_ = [item for item in state.fixable if _key(item) not in given_up]
        better = _together(desk, state, open_)
        for item in open_ if better is None else ():
            if desk.trials >= MOST_TRIALS:
                break
            better = _step_by_step(desk, state, item)
            if better is not None:
                break
            given_up.add(_key(item))
        if better is None:
            return state
        state = better


def _key(item: Diagnostic) -> str:
    assert item.fix is not None
    return "; ".join(map(str, item.fix.edits))


def _together(desk: _Desk, state: _State, items: Sequence[Diagnostic]) -> _State | None:
    """As many fixes as take their findings away and bring no other; None where only one is left of them.

    Errors come first: while there are any, not all warnings are looked for, so that new ones tell nothing.
    """
    errors = [item for item in items if item.severity == "error"]
    severity, items = ("error", errors) if errors else ("warning", items)
    while desk.trials < MOST_TRIALS:
        fixes = without_overlaps(item.fix for item in items if item.fix is not None)
        if len(fixes) < 2:
            return None
        after = desk.with_fixes(state, fixes)
        brought = [item for item in _brought(after, state) if item.severity == "error" or not errors]
        if not brought and state.count(severity) - after.count(severity) >= len(fixes):
            return after
        bad = {(item.span.source.name, item.span.line) for item in brought}
        good = [item for item in items if (item.span.source.name, item.span.line) not in bad]
        items = good if len(good) < len(items) else items[: len(items) // 2]
    return None


def _brought(after: _State, before: _State) -> list[Diagnostic]:
    """What is found after that was not found before."""
    known = set(map(_what, before.found))
    return [item for item in after.found if _what(item) not in known]


def _what(item: Diagnostic) -> tuple[str, str, str]:
    return item.code, item.message, item.span.source.name


def _step_by_step(desk: _Desk, state: _State, item: Diagnostic) -> _State | None:
    """One fix, and those of what it brings to light, until there are fewer errors than before."""
    after = state
    fixes = [item.fix] if item.fix is not None else []
    for _ in range(MOST_STEPS):
        before, after = after, desk.with_fixes(after, fixes)
        if _is_better(after, state, item):
            return after
        fixes = without_overlaps(each.fix for each in _brought(after, before) if each.fix is not None)
        if not fixes:
            return None
    return None


def _is_better(after: _State, before: _State, item: Diagnostic) -> bool:
    """Whether there is less to mend; what only comes to light where a text is read again was there before."""
    if item.severity == "error":
        return (after.unread, after.count("error")) < (before.unread, before.count("error"))
    return after.count("error") == before.count("error") and after.count("warning") < before.count("warning")


# ── signs as words ─────────────────────────────────────────────────────────────

# The language also has `==` and `!=`, and nobody should have to read them.

_WORDS = {"==": "is", "!=": "is not"}


def in_words(file: File) -> list[Edit]:
    """Returns the edits that write such signs of a file as words, without a change of what it says."""
    edits = [edit for node in _nodes(file.declarations) if isinstance(node, Test) for edit in _signs(node)]
    if not edits or not file.is_whole:
        return []
    text, end = "", 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        text += file.source.text[end : edit.span.start] + edit.text
        end = edit.span.end
    again = parse(Source(file.source.name, text + file.source.text[end:]), Reporter())
    return edits if again == file else []


def _signs(test: Test) -> Iterator[Edit]:
    source = test.span.source
    for match in RAW_TOKEN.finditer(source.text, test.left.span.end, test.right.span.start):
        if match.group() in _WORDS:
            fix = Fix.words(Span(source, match.start(), match.end()), _WORDS[match.group()])
            yield from fix.edits


def _nodes(root: object) -> Iterator[Node]:
    pending = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(item)
        elif isinstance(item, Node):
            yield item
            pending.extend(getattr(item, each.name) for each in fields(item))

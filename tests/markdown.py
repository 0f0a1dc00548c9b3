"""Cases written in Markdown: a policy, contacts, and the decisions or diagnostics that must come of them.

A case is a heading of the second level with code blocks under it:

- ``route``            the policy; ``route escapes`` replaces ``\\u{…}`` by the character;
- ``route file=NAME``, ``text file=NAME``   files that lie beside it;
- ``jsonl contacts`` and ``jsonl decisions``   a contact a line, and of each decision the keys to compare;
- ``now``              the clock for all its contacts.

A policy that must be refused, or warned of, marks each such line: ``# error: words``, ``# warning: words``,
where the message must hold the words.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CASES", "Case", "Mark", "read_cases"]

CASES = Path(__file__).parent / "cases"

_BLOCK = re.compile(r"^```(\S+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"#\s*(error|warning):\s*(.+?)\s*$")
_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]+)\}")


@dataclass(frozen=True)
class Mark:
    """A line on which a diagnostic is expected, and words that it must hold."""

    file: str
    line: int
    severity: str
    words: str


@dataclass
class Case:
    name: str
    policy: str = ""
    files: dict[str, str] = field(default_factory=dict)
    contacts: list[object] = field(default_factory=list)
    decisions: list[dict[str, object]] = field(default_factory=list)
    now: str | None = None

    @property
    def marks(self) -> list[Mark]:
        texts = {"main.route": self.policy, **self.files}
        return [
            Mark(file, number, *match.groups())
            for file, text in texts.items()
            for number, line in enumerate(text.splitlines(), start=1)
            if (match := _MARK.search(line))
        ]

    def write(self, folder: Path) -> Path:
        """Lays the policy and its files into a folder; the path of the policy."""
        for name, text in {"main.route": self.policy, **self.files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder / "main.route"


def read_cases(path: Path) -> list[Case]:
    """The cases of a Markdown file, in its order."""
    cases = []
    sections = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for section in sections:
        case = Case(f"{path.stem}: {section.splitlines()[0]}")
        for kind, info, text in _BLOCK.findall(section):
            _add(case, kind, info, text)
        cases.append(case)
    return cases


def _add(case: Case, kind: str, info: str, text: str) -> None:
    if "escapes" in info:
        text = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)), text)
    file = re.search(r"file=(\S+)", info)
    match kind, info:
        case _, _ if file:
            case.files[file.group(1)] = text
        case "route", _:
            case.policy = text
        case "jsonl", "contacts":
            case.contacts = [json.loads(line) for line in text.splitlines() if line.strip()]
        case "jsonl", "decisions":
            case.decisions = [json.loads(line) for line in text.splitlines() if line.strip()]
        case "now", _:
            case.now = text.strip()
        case _:
            raise AssertionError(f"{case.name}: an unknown block `{kind} {info}`")

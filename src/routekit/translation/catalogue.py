"""Catalogues of gettext, as text: what a language says for each text of the code."""

import gettext
import pkgutil
import re
from ast import literal_eval
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Catalogue", "Entry", "entries", "read", "written"]

_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])? (".*")$')
_PLURAL_FORMS = re.compile(r"^Plural-Forms:.*?plural=([^;\n]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A text with its plural, what is said for it (a form for each kind of number), and its places."""

    text: str
    plural: str = ""
    said: tuple[str, ...] = ("",)
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one language says."""

    said: dict[str, tuple[str, ...]]
    form: Callable[[int], int]

    def text(self, text: str) -> str:
        """Returns what is said for a text; the text itself where the catalogue has none."""
        return self.said.get(text, (text,))[0]

    def plural(self, text: str, number: int, otherwise: str) -> str:
        """Returns what is said of so many; ``otherwise`` where the catalogue has nothing."""
        forms = self.said.get(text, (otherwise,))
        return forms[min(self.form(number), len(forms) - 1)]


def read(language: str) -> Catalogue:
    """Reads the catalogue of a language that is there.

    >>> read("zh").text("an unknown name")
    '未知的名称'
    """
    data = pkgutil.get_data("routekit.translation", f"{language}.po")
    assert data is not None
    found = list(entries(data.decode("utf-8")))
    head = next((entry.said[0] for entry in found if not entry.text), "")
    forms = _PLURAL_FORMS.search(head)
    return Catalogue(
        {entry.text: entry.said for entry in found if entry.text and all(entry.said)},
        gettext.c2py(forms[1]) if forms else lambda number: int(number != 1),
    )


def entries(text: str) -> Iterator[Entry]:
    """Reads the entries of a catalogue, its head, whose text is empty, among them.

    >>> [entry.said for entry in entries('msgid "a queue"\\nmsgstr "队列"\\n')]
    [('队列',)]
    """
    for block in re.split(r"\n\s*\n", text):
        entry = _entry(block)
        if entry is not None:
            yield entry


def _entry(block: str) -> Entry | None:
    parts: dict[tuple[str, int], list[str]] = {}
    places: list[str] = []
    current: list[str] = []
    for line in block.splitlines():
        found = _KEYWORD.match(line)
        if line.startswith("#:"):
            places += line[2:].split()
        elif found:
            current = parts.setdefault((found[1], int(found[2] or 0)), [])
            current.append(literal_eval(found[3]))
        elif line.startswith('"'):
            current.append(literal_eval(line))
    if ("msgid", 0) not in parts:
        return None
    texts = {key: "".join(pieces) for key, pieces in parts.items()}
    said = tuple(texts[key] for key in sorted(texts) if key[0] == "msgstr")
    return Entry(texts["msgid", 0], texts.get(("msgid_plural", 0), ""), said, tuple(places))


def written(head: str, all_entries: Iterable[Entry]) -> str:
    """Writes a catalogue: its head, and the entries as they come.

    >>> print(written("", [Entry("a queue", said=("队列",))]).splitlines()[-2])
    msgid "a queue"
    """
    blocks = [_block(entry) for entry in (Entry("", said=(head,)), *all_entries)]
    return "\n".join(blocks)


def _block(entry: Entry) -> str:
    lines = [f"#: {place}" for place in entry.places]
    lines.append(f"msgid {_quoted(entry.text)}")
    if entry.plural:
        lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines += [f"msgstr[{number}] {_quoted(said)}" for number, said in enumerate(entry.said)]
    else:
        lines.append(f"msgstr {_quoted(entry.said[0])}")
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    """A text as gettext has it: of several lines one string each."""
    lines = text.splitlines(keepends=True)
    quoted = [f'"{_escaped(line)}"' for line in lines] or ['""']
    return quoted[0] if len(quoted) == 1 else "\n".join(['""', *quoted])


def _escaped(text: str) -> str:
    for letter, code in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\b", "\\b")):
        text = text.replace(letter, code)
    return text

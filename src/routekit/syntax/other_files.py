"""Files of another kind that were given as a policy: tables, workbooks, JSON, YAML and web pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from routekit.syntax.lexer import DECLARATIONS
from routekit.translation import msgid, t

__all__ = ["OtherKind", "kind_of_bytes", "kind_of_text"]

_TABLE = msgid(
    "contacts are decided by `routekit decide POLICY contacts.csv`; the values of a list are brought in by "
    '`list NAME from "FILE"`, the rows of a table by `table NAME from "FILE"`'
)
_SAVED = msgid("save the policy as plain text, in UTF-8")


@dataclass(frozen=True, slots=True)
class OtherKind:
    """What a file is instead of a policy, and what to do with it."""

    name: str
    help: str
    besides: str = ""

    def said(self) -> str:
        """Returns what to do with it."""
        return "; ".join(t(text) for text in (self.help, self.besides) if text)


_FIRST_BYTES: Mapping[bytes, OtherKind] = {
    b"PK\x03\x04": OtherKind(msgid("a workbook or another packed file"), _SAVED, _TABLE),
    b"\xd0\xcf\x11\xe0": OtherKind(msgid("a workbook or document of Office"), _SAVED, _TABLE),
    b"PAR1": OtherKind(
        msgid("a Parquet file"), msgid("contacts are decided by `routekit decide POLICY contacts.parquet`")
    ),
    b"%PDF": OtherKind(msgid("a PDF document"), _SAVED),
    b"{\\rtf": OtherKind(msgid("a document in rich text"), _SAVED),
}
_JSON = OtherKind("JSON", msgid("contacts are decided by `routekit decide POLICY contacts.jsonl`"))
_YAML = OtherKind(
    "YAML", msgid("a policy has no `:`, and its blocks stand in `{ }`; `routekit init` makes one")
)
_MARKUP = OtherKind(msgid("a page in HTML or XML"), _SAVED)
_CELL = r'(?:"[^"\n]*"|[^\n"{}()#|<>=,;\t]*)'


def kind_of_bytes(data: bytes) -> OtherKind | None:
    """Tells what a file is whose first bytes give it away.

    >>> kind_of_bytes(b"PAR1\\x15\\x04").name
    'a Parquet file'
    """
    return next((kind for mark, kind in _FIRST_BYTES.items() if data.startswith(mark)), None)


def kind_of_text(text: str) -> OtherKind | None:
    """Tells what a text is instead of a policy; None where nothing gives it away.

    >>> kind_of_text("name;tier\\nAda;gold\\n").name
    'a table (CSV)'
    >>> kind_of_text('policy care "Care"')
    """
    lines = [line for line in text.splitlines() if line.strip()][:3]
    if not lines:
        return None
    first = lines[0].strip()
    if first.startswith(("{", "[")):
        return _JSON
    if re.match(r"<(?:!|\?|[a-zA-Z])", first):
        return _MARKUP
    if first.split()[0] not in DECLARATIONS:
        for mark in ",;\t":
            row = re.compile(rf"{_CELL}(?:{mark}{_CELL})+")
            if all(mark in line and row.fullmatch(line) for line in lines):
                return OtherKind(t("a table (CSV)"), _TABLE)
    if first == "---" or re.match(r"[\w.-]+:(?:\s|$)", first):
        return _YAML
    return None

"""Names that the policy language takes, unique among their kind, and texts that it can hold."""

import re
import unicodedata
from dataclasses import dataclass, field

from routekit.syntax.hidden import hidden_in
from routekit.syntax.limits import MOST_TEXT

__all__ = ["WHOLE", "Names", "slug", "visible", "writable"]

LONGEST_NAME = 60
WHOLE = 1_000_000
"""Of a text that is told as it was written, for there is nothing else left of it."""
_ALWAYS_VALUES = frozenset(
    {"yes", "no", "now", "and", "or", "not", "when", "then", "because", "missing", "known"}
)


@dataclass(slots=True)
class Names:
    """Gives out names, each once."""

    taken: set[str] = field(default_factory=set)

    def unique(self, wanted: str) -> str:
        """Returns the name itself, or with the first number that makes it another than all before."""
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name


def slug(text: str, otherwise: str, *, keep_case: bool = False) -> str:
    """Returns a name made of a text, ``otherwise`` where it has no letters to make one of.

    >>> slug("Assign To Queue - Sales", "rule"), slug("3rd line", "rule"), slug("--", "rule")
    ('assign_to_queue_sales', 'rule_3rd_line', 'rule')
    >>> slug("RiskCategory", "field")
    'risk_category'
    >>> slug("callBackData", "record", keep_case=True)
    'callBackData'
    """
    text = unicodedata.normalize("NFKC", text)
    if not keep_case:
        text = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", text)
    name = re.sub(r"[\W_]+", "_", text if keep_case else text.lower()).strip("_")
    if keep_case and re.fullmatch(r"[^\W\d]\w*", text):
        name = text
    name = name[:LONGEST_NAME].rstrip("_")
    if not name or not re.search(r"[^\W_]", name):
        return otherwise
    if name in _ALWAYS_VALUES or not re.match(r"[^\W\d]", name):
        name = f"{otherwise}_{name}"
    return name


def writable(text: str) -> bool:
    """Checks whether the language can hold a text as it is."""
    return (
        len(text) <= MOST_TEXT and not any(letter in "\r\n" for letter in text) and not any(hidden_in(text))
    )


def visible(text: str, longest: int = 400) -> str:
    """Returns a text in one line, for a comment, a title or a reason: nothing hidden, nothing endless."""
    hidden = {found.start() for found in hidden_in(text)}
    shown = "".join(
        " " if letter.isspace() else "�" if place in hidden else letter for place, letter in enumerate(text)
    )
    shown = re.sub(" +", " ", shown).strip()
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"

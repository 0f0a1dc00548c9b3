"""What the five trades are written with: declarations as they stand, and rules that are counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Draft", "joined", "one_of"]


@dataclass
class Draft:
    """A policy that is being written; ``rules`` counts its rules, rows of tables included.

    >>> draft = Draft("policy small")
    >>> draft.rule("first", "contact.channel is voice", "queue general")
    >>> draft.table("desk", ["contact.channel"], [("chat", "queue general")])
    >>> draft.rules
    2
    """

    head: str
    rules: int = 0
    route: list[str] = field(default_factory=list)
    adjust: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    guarantees: list[str] = field(default_factory=list)

    def rule(self, name: str, when: str, then: str, title: str = "") -> None:
        """Adds a rule of the route; ``then`` may be a whole split."""
        body = then if then.startswith("split ") else f"then {then}"
        self.route.append(f"rule {name}{_titled(title)} when {when} {body}")
        self.rules += 1

    def table(self, name: str, columns: Sequence[str], rows: Iterable[tuple[str, str]]) -> None:
        """Adds a table of the route, of rows each with its cells and its outcome."""
        written = [f"{cells} -> {outcome}" for cells, outcome in rows]
        self.route.append("\n".join([f"table {name} ({', '.join(columns)}) {{", *written, "}"]))
        self.rules += len(written)

    def adjusts(self, name: str, when: str, then: str) -> None:
        """Adds a rule of the adjustments, which is not counted."""
        self.adjust.append(f"rule {name} when {when} then {then}")

    def offer(self, name: str, when: str, worth: str, rest: str = "") -> None:
        """Adds an offer."""
        self.offers.append(f"offer {name} when {when} worth {worth} {rest}")

    def never(self, when: str) -> None:
        """Adds a condition in which nothing is offered."""
        self.offers.append(f"never when {when}")

    def guarantee(self, name: str, when: str, then: str, title: str = "") -> None:
        """Adds a promise."""
        self.guarantees.append(f"guarantee {name}{_titled(title)} when {when} then {then}")

    def text(self, otherwise: str) -> str:
        """Returns the policy as text."""
        sections = [
            self.head,
            "route {",
            *self.route,
            f"otherwise {otherwise}",
            "}",
            "adjust {",
            *self.adjust,
            "}",
            "offers { show 3 by worth",
            *self.offers,
            "}",
            *self.guarantees,
        ]
        return "\n".join(sections) + "\n"


def joined(tests: Iterable[str]) -> str:
    """Returns the tests that must all hold, without those that are empty."""
    return " and ".join(test for test in tests if test)


def one_of(names: Iterable[str]) -> str:
    """Returns the names as a set is written."""
    return f"{{{', '.join(names)}}}"


def _titled(title: str) -> str:
    return f' "{title}"' if title else ""

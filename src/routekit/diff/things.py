"""What a thing of a policy says, part by part, so that two versions of it can be compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.model import Field

__all__ = ["Bit", "Name", "Said", "Thing", "present", "texts", "thing"]


@dataclass(frozen=True, slots=True)
class Bit:
    """A value of a part: equal to another where it means the same, however it is written."""

    text: str = field(compare=False)
    key: object

    @classmethod
    def of(cls, text: str) -> "Bit":
        """Makes one that is what it says."""
        return cls(text, text)


Said: TypeAlias = e.Expr | tuple[Bit, ...]
Name: TypeAlias = tuple[str, str]
"""The kind of a thing (``queue``, ``rule``) and its name."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Its parts by their labels, those left out that are not there; ``text`` is the whole, in one line."""

    parts: Mapping[str, Said]
    text: str = ""
    field: Field | None = None


def texts(*said: str) -> tuple[Bit, ...]:
    """Makes a part of texts, without those that are empty."""
    return tuple(Bit.of(text) for text in said if text)


def present(parts: Mapping[str, Said]) -> dict[str, Said]:
    """Returns the parts that are there: a tuple of nothing is none."""
    return {label: said for label, said in parts.items() if said != ()}


def thing(parts: Mapping[str, Said]) -> Thing:
    """Makes a thing that is told by its parts."""
    shown = present(parts)
    said = (
        f"{label} {', '.join(bit.text for bit in said)}".strip()
        for label, said in shown.items()
        if isinstance(said, tuple) and label != "title"
    )
    return Thing(shown, ", ".join(said))

"""Tests of texts, a row each; one that is added here is known to every evaluator, reason and proof."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from routekit.policy.operators import Operator
from routekit.policy.patterns import compile_pattern, likely_matches, one_of
from routekit.schema.types import Value

__all__ = ["TEXT_TESTS", "Takes", "TextTest"]

Place: TypeAlias = Literal["start", "anywhere", "end"]


class Takes(Enum):
    """What may stand behind a test: any text, a pattern in quotes, or a set of texts or a named list."""

    TEXT = "a text"
    PATTERN = "a pattern"
    TEXTS = "a set of texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTest(Operator):
    """``text NAME argument``.

    ``denied`` is the name with ``does not`` in front of it. ``pattern`` gives, of an argument, the RE2
    pattern that is found in exactly the texts that pass; ``samples`` some texts that pass, ``place`` where
    in a longer one they may stand. Proofs know a test by its pattern alone: one without is unknown to them,
    and nothing that rests on it is called proved. ``prepared`` is the meaning against an argument that is
    written out, for tests that are better made ready once.
    """

    takes: Takes
    denied: str
    pattern: Callable[[Value], str] | None = None
    samples: Callable[[Value], Iterable[str]] = lambda _: ()
    place: Place | None = None
    prepared: Callable[[Value], Callable[[str], bool]] | None = None


def _contains(text: str, part: str) -> bool:
    return part in text


def _starts_with(text: str, part: str) -> bool:
    return text.startswith(part)


def _ends_with(text: str, part: str) -> bool:
    return text.endswith(part)


def _matches(text: str, pattern: str) -> bool:
    return compile_pattern(pattern)(text)


def _texts(argument: Value) -> list[str]:
    """The texts of an argument, which is one, or a set of some."""
    return sorted(map(str, argument)) if isinstance(argument, frozenset) else [str(argument)]


def _one_of(argument: Value) -> str:
    return one_of(_texts(argument))


TEXT_TESTS: dict[str, TextTest] = {
    row.name: row
    for row in (
        TextTest(
            name="contains",
            takes=Takes.TEXT,
            meaning=_contains,
            code="right in left",
            denied="does not contain",
            pattern=_one_of,
            samples=_texts,
            place="anywhere",
        ),
        TextTest(
            name="starts with",
            takes=Takes.TEXT,
            meaning=_starts_with,
            code="left.startswith(right)",
            denied="does not start with",
            pattern=lambda argument: rf"\A{_one_of(argument)}",
            samples=_texts,
            place="start",
        ),
        TextTest(
            name="ends with",
            takes=Takes.TEXT,
            meaning=_ends_with,
            code="left.endswith(right)",
            denied="does not end with",
            pattern=lambda argument: rf"{_one_of(argument)}\z",
            samples=_texts,
            place="end",
        ),
        TextTest(
            name="matches",
            takes=Takes.PATTERN,
            meaning=_matches,
            prepared=lambda pattern: compile_pattern(str(pattern)),
            denied="does not match",
            pattern=str,
            samples=lambda pattern: likely_matches(str(pattern)),
        ),
    )
}

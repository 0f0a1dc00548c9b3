"""Tests of texts, a row each; one that is added here is known to every evaluator, reason and proof."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
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
    in a longer one they may stand. Where a test asks no more than that one of some ``words`` stands there,
    these are faster to look for. Proofs know a test by its pattern and words alone: one without a pattern is
    unknown to them, and nothing that rests on it is called proved. ``prepared`` is the meaning against an
    argument that is written out, for tests that are better made ready once.
    """

    takes: Takes
    denied: str
    pattern: Callable[[Value], str] | None = None
    samples: Callable[[Value], Iterable[str]] = lambda _: ()
    place: Place | None = None
    words: Callable[[Value], Collection[str]] | None = None
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


def _contains_any(text: str, parts: Iterable[str]) -> bool:
    return any(part in text for part in parts)


def _starts_with_any(text: str, parts: Iterable[str]) -> bool:
    return text.startswith(tuple(parts))


def _ends_with_any(text: str, parts: Iterable[str]) -> bool:
    return text.endswith(tuple(parts))


def _of_any(
    row: TextTest, meaning: Callable[..., bool], prepared: Callable[[Value], Callable[[str], bool]]
) -> TextTest:
    """The test that asks the same of any of some texts."""
    name, denied = f"{row.name} any", f"{row.denied} any of"
    return replace(
        row, name=name, takes=Takes.TEXTS, meaning=meaning, code="", denied=denied, prepared=prepared
    )


def _any_contained(parts: Value) -> Callable[[str], bool]:
    texts = tuple(_texts(parts))
    return lambda text: _contains_any(text, texts)


def _any_start(parts: Value) -> Callable[[str], bool]:
    texts = tuple(_texts(parts))
    return lambda text: text.startswith(texts)


def _any_end(parts: Value) -> Callable[[str], bool]:
    texts = tuple(_texts(parts))
    return lambda text: text.endswith(texts)


_CONTAINS = TextTest(
    name="contains",
    takes=Takes.TEXT,
    meaning=_contains,
    code="right in left",
    denied="does not contain",
    pattern=_one_of,
    samples=_texts,
    place="anywhere",
    words=_texts,
)
_STARTS_WITH = TextTest(
    name="starts with",
    takes=Takes.TEXT,
    meaning=_starts_with,
    code="left.startswith(right)",
    denied="does not start with",
    pattern=lambda argument: rf"\A{_one_of(argument)}",
    samples=_texts,
    place="start",
    words=_texts,
)
_ENDS_WITH = TextTest(
    name="ends with",
    takes=Takes.TEXT,
    meaning=_ends_with,
    code="left.endswith(right)",
    denied="does not end with",
    pattern=lambda argument: rf"{_one_of(argument)}\z",
    samples=_texts,
    place="end",
    words=_texts,
)

TEXT_TESTS: dict[str, TextTest] = {
    row.name: row
    for row in (
        _CONTAINS,
        _STARTS_WITH,
        _ENDS_WITH,
        _of_any(_CONTAINS, _contains_any, _any_contained),
        _of_any(_STARTS_WITH, _starts_with_any, _any_start),
        _of_any(_ENDS_WITH, _ends_with_any, _any_end),
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

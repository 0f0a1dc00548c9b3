"""Conditions of the policy that is being written: tests joined by ``and`` and ``or``, and their text."""

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Condition", "FALSE", "Junction", "TRUE", "Test", "all_of", "any_of", "text_of"]


@dataclass(frozen=True, slots=True)
class Test:
    """One test as the policy says it."""

    text: str


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by one ``word``, ``and`` or ``or``; none at all is true or false."""

    word: str
    parts: tuple["Condition", ...]


Condition: TypeAlias = Test | Junction
TRUE: Condition = Junction("and", ())
FALSE: Condition = Junction("or", ())


def all_of(*parts: Condition) -> Condition:
    """Joins parts into a condition that is true where every one is.

    >>> all_of(Test("a"), TRUE)
    Test(text='a')
    """
    return _joined("and", parts, TRUE, FALSE)


def any_of(*parts: Condition) -> Condition:
    """Joins parts into a condition that is true where one is."""
    return _joined("or", parts, FALSE, TRUE)


def _joined(word: str, parts: tuple[Condition, ...], neutral: Condition, decisive: Condition) -> Condition:
    flat: dict[Condition, None] = {}
    for part in parts:
        if part == decisive:
            return decisive
        for inner in part.parts if isinstance(part, Junction) and part.word == word else (part,):
            flat[inner] = None
    flat.pop(neutral, None)
    return next(iter(flat)) if len(flat) == 1 else Junction(word, tuple(flat))


def text_of(condition: Condition) -> str:
    """Returns the condition in one line, with the brackets that it needs.

    >>> text_of(all_of(any_of(Test("a"), Test("b")), Test("c")))
    '(a or b) and c'
    """
    match condition:
        case Test(text):
            return text
        case Junction(word, parts):
            return f" {word} ".join(_bracketed(part) for part in parts)


def _bracketed(condition: Condition) -> str:
    return text_of(condition) if isinstance(condition, Test) else f"({text_of(condition)})"

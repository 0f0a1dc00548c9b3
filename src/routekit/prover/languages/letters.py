"""Letters that some languages tell apart: a class of each kind, of which any letter does as well."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

__all__ = ["Letters", "Spelling", "Symbol", "is_among", "symbols"]

Letters: TypeAlias = tuple[tuple[int, int], ...]
"""Code points in their order, as spans with both ends inside."""

Spelling: TypeAlias = Callable[[str], str]
"""Spells a text otherwise, each letter for itself but a final sigma."""

_NICE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -_.,:;!?@#/()'\"+*&%$="
_SURROGATES = 0xD800, 0xDFFF
_BEHIND = 0x110000
_BLOCK = 0x100
_FINAL = "Σ", "ς"
"""A capital that is spelled so too, at the end of a word."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter, how it is spelled in each way, and all that the languages do not tell from it."""

    letter: str
    spelled: tuple[str, ...]
    spans: Letters = ()
    without: frozenset[int] = frozenset()
    others: tuple[str, ...] = ()

    def alike(self) -> Iterator[str]:
        """The letters of its kind, itself first."""
        yield self.letter
        yield from (letter for letter in _NICE if letter != self.letter and self._spans(ord(letter)))
        yield from (letter for letter in self.others if letter != self.letter)
        for low, high in self.spans:
            for letter in map(chr, range(low, high + 1)):
                if letter != self.letter and letter not in _NICE and ord(letter) not in self.without:
                    yield letter

    def _spans(self, code: int) -> bool:
        return is_among(code, self.spans) and code not in self.without


def is_among(code: int, letters: Letters) -> bool:
    """Whether a code point lies in one of some spans.

    >>> [code for code in range(9) if is_among(code, ((1, 2), (7, 8)))]
    [1, 2, 7, 8]
    """
    place = bisect_right(letters, (code, _BEHIND)) - 1
    return place >= 0 and code <= letters[place][1]


@lru_cache(maxsize=1024)
def symbols(sets: Sequence[frozenset[Letters]], spellings: tuple[Spelling | None, ...]) -> tuple[Symbol, ...]:
    """The letters that languages tell apart; each of ``sets`` is asked of the letters in one spelling.

    A spelling of None leaves a letter as it is.

    >>> digits = frozenset({((48, 57),)})
    >>> [symbol.letter for symbol in symbols((digits,), (None,))]
    ['a', '0']
    """
    listed = [sorted(each) for each in sets]
    changed = _changed(frozenset(spelling for spelling in spellings if spelling is not None))
    found: dict[object, tuple[str, list[tuple[int, int]]]] = {}

    def kind(spelled: Iterable[str]) -> tuple[object, ...]:
        return tuple(
            tuple(tuple(is_among(ord(letter), letters) for letters in asked) for letter in part)
            for part, asked in zip(spelled, listed, strict=True)
        )

    def plain(letter: str) -> tuple[object, ...]:
        return kind([letter] * len(spellings))

    for letter in _NICE:
        if ord(letter) not in changed:
            found.setdefault(plain(letter), (letter, []))
    for low, behind in _stretches(listed):
        first = next((code for code in range(low, behind) if code not in changed), None)
        if first is not None:
            found.setdefault(plain(chr(first)), (chr(first), []))[1].append((low, behind - 1))
    ways: dict[object, list[tuple[str, tuple[str, ...]]]] = {}
    for code in sorted(changed, key=lambda code: (chr(code) not in _NICE, code)):
        for spelled in _ways(chr(code), spellings):
            ways.setdefault(kind(spelled), []).append((chr(code), spelled))
    made = []
    for key in dict.fromkeys((*found, *ways)):
        more = ways.get(key, [])
        others = tuple(letter for letter, _ in more)
        if key in found:
            letter, spans = found[key]
            made.append(Symbol(letter, (letter,) * len(spellings), tuple(spans), changed, others))
        else:
            made.append(Symbol(*more[0], others=others))
    return tuple(made)


def _stretches(listed: Sequence[Sequence[Letters]]) -> Iterator[tuple[int, int]]:
    """Code points that no set tells apart, from the first to behind the last."""
    cuts = {0, _SURROGATES[0], _SURROGATES[1] + 1}
    for letters in (letters for asked in listed for letters in asked):
        for low, high in letters:
            cuts |= {low, high + 1}
    ordered = sorted(cut for cut in cuts if cut < _BEHIND)
    for low, behind in zip(ordered, [*ordered[1:], _BEHIND], strict=True):
        if not _SURROGATES[0] <= low <= _SURROGATES[1]:
            yield low, behind


def _ways(letter: str, spellings: Sequence[Spelling | None]) -> Iterator[tuple[str, ...]]:
    """How a letter may be spelled within a text."""
    spelled = tuple(letter if spelling is None else spelling(letter) for spelling in spellings)
    yield spelled
    if letter == _FINAL[0]:
        yield tuple(
            part if spelling is None else _FINAL[1] for part, spelling in zip(spelled, spellings, strict=True)
        )


@lru_cache(maxsize=16)
def _changed(spellings: frozenset[Spelling]) -> frozenset[int]:
    """The code points that are spelled otherwise by one of these."""
    blocks = [range(low, low + _BLOCK) for low in range(0, _BEHIND, _BLOCK)]
    return frozenset(
        code
        for block in blocks
        if not _SURROGATES[0] <= block[0] <= _SURROGATES[1]
        for spell in spellings
        if spell(whole := "".join(map(chr, block))) != whole  # most blocks have no capitals
        for code in block
        if spell(chr(code)) != chr(code)
    )

"""Texts cut into cells: those that the policy names, and what its patterns tell apart among all others."""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.constraints import Constraint, Region, TextsThat, constants_in, constraint_of
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.patterns import one_of
from routekit.prover.domains.cells import Cell, OneOf, Unlisted
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator, walk
from routekit.prover.languages.language import PatternLanguage
from routekit.prover.languages.patterns import WORD, Automaton, UnreadPatternError, read_pattern

__all__ = ["Kept", "constants_of", "cut_text", "more_like", "only_compares", "others"]

_MOST_STATES = 20_000
_MOST_CELLS = 1_500
_SAMPLES = 3
_MOST_LETTERS = 1_000
_NICE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ -_.,:;!?@#/()'\"+*&%$="


class _TooManyError(Exception):
    """More states than are looked at."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which texts there are; ``by_letter``: just those whose letters are all texts that there are."""

    holds: Callable[[str], bool]
    by_letter: bool


_ANY_TEXT = Kept(lambda _: True, True)


def cut_text(
    base: Base, tests: Sequence[Atom], evaluator: Evaluator, kept: Kept = _ANY_TEXT
) -> tuple[list[Cell], set[Atom]]:
    """The cells of a text, and the tests that they do not settle."""
    named: dict[str, list[int]] = {}
    automata: list[Automaton] = []
    searching: list[Atom] = []
    worked_out: list[Atom] = []
    left: set[Atom] = set()
    for number, test in enumerate(tests):
        constraint = None if isinstance(test, ArmOf) else constraint_of(test)
        match test, constraint:
            case _, Constraint(operand, Region(frozenset() as values)) if operand == base:
                for value in sorted(map(str, values)):
                    named.setdefault(value, []).append(number)
            case e.IsKnown(operand), _ if operand == base:
                pass
            case _, Constraint() if (pattern := _pattern_of(constraint, base)) is not None:
                try:
                    automata.append(read_pattern(pattern))
                    searching.append(test)
                except (UnreadPatternError, ValueError, IndexError, RecursionError):
                    left.add(test)
            case _:
                named.update({text: named.get(text, []) for text in constants_of(test)})
                if only_compares(test):
                    worked_out.append(test)
                else:
                    left.add(test)
    groups: dict[object, list[str]] = {}
    for text, places in named.items():
        if not kept.holds(text):
            continue
        telling = [*searching, *worked_out]
        scope = evaluator.at({base: text}) if telling else None
        key = (tuple(places), *(evaluator.truth(test, scope) for test in telling if scope is not None))
        groups.setdefault(key, []).append(text)
    cells = [_of_named(sorted(texts, key=lambda text: (len(text), text))) for texts in groups.values()]
    if not searching:
        return [Cell(tuple(others(named)), Unlisted(False)), *cells], left
    try:
        return _others_by_pattern(base, automata, searching, named, evaluator, kept) + cells, left
    except _TooManyError:
        return [Cell(tuple(others(named)), Unlisted(False)), *cells], left | set(searching)


def more_like(text: str, most: int) -> Iterator[str]:
    """Texts that may well lie in the same cell."""
    for number in range(1, most // 2):
        yield f"c-{number}"
        yield f"{text}{number}"


def _of_named(texts: list[str]) -> Cell:
    domain = OneOf(frozenset(texts)) if len(texts) <= 256 else Unlisted(False)
    return Cell(tuple(texts[:_SAMPLES]), domain)


def others(named: Collection[str]) -> list[str]:
    """Returns a few texts that are not named."""
    candidates = ("x", "y", "other", *(f"x{number}" for number in range(len(named) + _SAMPLES)))
    return [text for text in candidates if text not in named][:_SAMPLES]


def constants_of(test: Atom) -> list[str]:
    """Returns the texts that a test names."""
    written = (value for part in walk(test) for value in sorted(constants_in(part), key=str))
    return [value for value in written if isinstance(value, str)]


_COMPARING = (
    *(e.Constant, e.FieldRef, e.SignalRef, e.Else, e.IsKnown, e.InSet, e.Compare),
    *(e.Not, e.All, e.Any),
)


def only_compares(test: Atom) -> bool:
    """Returns whether a test asks no more of a text than which of the named ones it is."""
    return all(isinstance(part, _COMPARING) for part in walk(test))


def _pattern_of(constraint: Constraint, base: Base) -> str | None:
    """Returns the pattern that is found in the texts that a test of a base allows, where one is known."""
    match constraint:
        case Constraint(operand, TextsThat() as texts) if operand == base:
            return texts.pattern
        case Constraint(e.Call(function, (operand,)), Region() as region) if operand == base:
            return _of_length(region) if FUNCTIONS[function].known is Known.LENGTH else None
        case _:
            return None


def _of_length(region: Region) -> str | None:
    """Returns the pattern of texts of as many letters as lie in a region; None where they are too many."""
    counted = max((ceil(edge) for edge in region.constants if isinstance(edge, int | float)), default=0) + 1
    if counted > _MOST_LETTERS:
        return None
    lengths = [length for length in range(counted + 1) if length in region]
    if lengths and lengths[-1] == counted:
        return rf"\A(?s:.{{{lengths[0]},}})\z" if len(lengths) == counted + 1 - lengths[0] else None
    each = "|".join(rf"(?s:.{{{length}}})" for length in lengths)
    return rf"\A(?:{each})\z" if lengths else one_of(())


_State: TypeAlias = tuple[str | None, tuple[frozenset[int], ...]]
"""How far a text runs along those that are named, and where each search stands."""


def _others_by_pattern(
    base: Base,
    automata: list[Automaton],
    searching: list[Atom],
    named: dict[str, list[int]],
    evaluator: Evaluator,
    kept: Kept,
) -> list[Cell]:
    searches = [PatternLanguage(automaton) for automaton in automata]
    letters = _alphabet(automata, named, evaluator.hurry, kept)
    prefixes = {text[:end] for text in named for end in range(len(text) + 1)} if len(named) <= 200 else set()
    begin: _State = ("" if prefixes else None), tuple(search.begin() for search in searches)
    seen = {begin}
    waiting: deque[tuple[_State, str]] = deque([(begin, "")])
    samples: dict[tuple[bool | None, ...], list[str]] = {}
    while waiting:
        evaluator.hurry()
        (trie, places), text = waiting.popleft()
        if text not in named:
            hand = tuple(search.accepts(states) for search, states in zip(searches, places, strict=True))
            known = samples.setdefault(hand, [])
            if len(known) < _SAMPLES and kept.holds(text):
                scope = evaluator.at({base: text})
                if tuple(evaluator.truth(test, scope) for test in searching) != hand:
                    raise _TooManyError  # the pattern was read otherwise than RE2 does
                known.append(text)
            if len(samples) > _MOST_CELLS:
                raise _TooManyError
        for letter in letters:
            evaluator.hurry()
            longer = None if trie is None or trie + letter not in prefixes else trie + letter
            following: _State = (
                longer,
                tuple(search.step(states, letter) for search, states in zip(searches, places, strict=True)),
            )
            if following not in seen:
                seen.add(following)
                if len(seen) > _MOST_STATES:
                    raise _TooManyError
                waiting.append((following, text + letter))
    if len(named) > 200 or not all(samples.values()):
        raise _TooManyError
    return [Cell(tuple(texts), Unlisted(False)) for texts in samples.values()]


def _alphabet(
    automata: list[Automaton], named: dict[str, list[int]], hurry: Callable[[], None], kept: Kept
) -> list[str]:
    """A letter of each kind that the patterns tell apart, and that is a text there is, if one is."""
    sets = {letters for automaton in automata for moves in automaton.moves for letters, _ in moves}
    if any(automaton.asks_for_words for automaton in automata):
        sets.add(WORD)
    if len(named) <= 200:
        sets |= {((ord(letter), ord(letter)),) for text in named for letter in text}
    listed = sorted(sets)
    cuts = sorted(
        {0, *(low for letters in listed for low, _ in letters), *(h + 1 for ls in listed for _, h in ls)}
    )
    nice = list(_NICE)
    found: dict[tuple[bool, ...], str] = {}
    first: dict[tuple[bool, ...], str] = {}

    def look(code: int) -> bool:
        hurry()
        key = tuple(any(low <= code <= high for low, high in letters) for letters in listed)
        first.setdefault(key, chr(code))
        if key not in found and kept.holds(chr(code)):
            found[key] = chr(code)
        return key in found

    for letter in nice:
        look(ord(letter))
    for low, behind in zip(cuts, [*cuts[1:], 0x110000], strict=True):
        codes = (code for code in range(low, behind) if not 0xD800 <= code <= 0xDFFF)
        any(look(code) for code in codes)  # up to the first that is a text there is
    return list(found.values() if kept.by_letter else (first | found).values())

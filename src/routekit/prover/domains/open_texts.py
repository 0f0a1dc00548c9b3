"""Texts that no list of cells can tell apart: one is looked for where it is known how its tests come out.

Most questions are answered by a sample of one test, or by samples of some put together. Else a shortest text
is walked for in the languages that it has to lie in, without those that it must not; of these only the ones
that a text was found in so far. What is refused is proved, and says by which few tests.
"""

from bisect import insort
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import combinations, islice

from routekit.policy.operators.functions import FUNCTIONS
from routekit.policy.splits import WHOLE, point
from routekit.prover.domains.terms import ArmOf, Atom
from routekit.prover.domains.text_tests import Asked, spelled
from routekit.prover.languages.language import Lengths, PatternLanguage, WordsLanguage
from routekit.prover.languages.letters import Spelling, Symbol
from routekit.prover.languages.patterns import read_pattern
from routekit.prover.languages.product import Demand, Product, TooManyStatesError
from routekit.schema.types import Scalar
from routekit.translation import t

__all__ = ["OpenTexts", "OpenedTexts", "Refused", "Share", "Undecided"]

_MOST_STATES, _FEW_STATES = 20_000, 2_000
_MOST_LETTERS = 65_536
_MOST_POOL = 4_000
_MOST_SKIPPED = 500
_AT_ONCE = 3
_MOST_PAIRS = 60
_TRIES_OF_A_KEY, _MOST_TRIES = 30, 400_000
_MOST_SPELLED, _MOST_COUNTED = 64, 150
"""Letters of texts of which all are tried, and of those of which some are."""

_MARKS = "\N{COMBINING ACUTE ACCENT}\N{COMBINING DIAERESIS}\N{COMBINING CEDILLA}\N{SOFT HYPHEN}"
_SPACED = r"\A(?:[^ ]+(?: [^ ]+)*)?\z"
"""Texts in which folding leaves all spaces."""


@dataclass(frozen=True, slots=True)
class Share:
    """The keys that fall on a point of a split's hash from ``low`` up to, not including, ``high``."""

    key: Callable[[str], Scalar]
    seed: str
    low: int
    high: int

    def holds(self, text: str) -> bool:
        return self.low <= point(self.seed, self.key(text)) < self.high


@dataclass(frozen=True, slots=True)
class Refused:
    """It is proved that no text comes out so in these tests, a bit each; ``by_share``: and in a share."""

    tests: int
    by_share: bool = False


@dataclass(frozen=True, slots=True)
class Undecided:
    """Why neither a text was found nor refused."""

    reason: str


class _SkippedError(Exception):
    """There may be a text, but those that were walked do not come out as their languages say."""


def _any(symbol: Symbol) -> Symbol | None:
    return symbol


class OpenTexts:
    """The texts of one field, but for those that are ``named``; of tests the n-th has the n-th bit."""

    def __init__(
        self, asked: Sequence[Asked], named: Collection[str], hurry: Callable[[], None], name: str
    ) -> None:
        self.asked = tuple(asked)
        self._named = frozenset(named)
        self._hurry = hurry
        self._name = name
        self.pool: list[tuple[int, str, int]] = []
        """Texts, the shortest first: the length, the text, and the tests that it passes."""
        self._pooled: set[str] = set()
        self._spellings = tuple(dict.fromkeys(test.spelling for test in asked))
        self._unnamed = Demand(WordsLanguage(sorted(self._named), "whole"), False)
        for text in ("", "x", "other", *(text for test in asked for text in test.samples)):
            self.learn(text)

    # ── what is known of a text ───────────────────────────────────────────────

    def truths(self, text: str) -> int:
        """The tests that a text passes."""
        self._hurry()
        ways = {spelling: spelled(text, spelling) for spelling in self._spellings}
        found = 0
        for place, test in enumerate(self.asked):
            if test.holds(ways[test.spelling]):
                found |= 1 << place
        return found

    def learn(self, text: str) -> None:
        """Keeps a text, so that it need not be found again."""
        if text in self._pooled or text in self._named or len(self.pool) >= _MOST_POOL:
            return
        self._pooled.add(text)
        insort(self.pool, (len(text), text, self.truths(text)))

    def is_met(self, text: str, yes: int, no: int) -> bool:
        if text in self._named or len(text) > _MOST_LETTERS:
            return False
        truths = self.truths(text)
        return truths & yes == yes and not truths & no

    # ── questions ─────────────────────────────────────────────────────────────

    def meet(self, yes: int, no: int, shares: Sequence[Share] = ()) -> str | Refused | Undecided:
        """A text that passes some tests and fails others, and whose keys fall on some shares."""
        for _, text, truths in self.pool:
            if truths & yes == yes and not truths & no and all(share.holds(text) for share in shares):
                return text
        found = self._text(yes, no)
        if isinstance(found, str):
            self.learn(found)
            if shares:
                found = self._shared(found, yes, no, shares)
        return found

    def more(self, yes: int, no: int, first: str, most: int) -> Iterator[str]:
        """More such texts, not in any order; none where they are hard to find."""
        known = [text for _, text, truths in self.pool if truths & yes == yes and not truths & no]
        yield from known
        for text in islice(_around(first), most):
            if self.is_met(text, yes, no):
                yield text

    def _text(self, yes: int, no: int) -> str | Refused | Undecided:
        for text in self._joined(yes, no):
            if self.is_met(text, yes, no):
                return text
        try:
            return self._searched(yes, no, _MOST_STATES)
        except TooManyStatesError:
            return self._refused_by_few(yes, no) or Undecided(
                t(
                    "texts of {name} that pass so many of its tests at once are too many to look through",
                    name=self._name,
                )
            )
        except _SkippedError:
            return Undecided(
                t(
                    "the tests of {name} in several spellings could be neither met nor refused",
                    name=self._name,
                )
            )

    def _joined(self, yes: int, no: int) -> Iterator[str]:
        """Samples of tests, one behind the other, and as long as is asked for."""
        parts = {"start": "", "anywhere": "", "end": ""}
        for separator in (" ", ""):
            for test in self._of(yes):
                if isinstance(test.language, Lengths) or not test.samples:
                    continue
                where = getattr(test.language, "where", "anywhere")
                where = "start" if where == "whole" else where
                sample = test.samples[0]
                if sample not in parts[where]:
                    parts[where] += (separator if parts[where] else "") + sample
            text = separator.join(filter(None, parts.values()))
            yield text
            yield from self._of_length(text, yes, no)
            parts = dict.fromkeys(parts, "")

    def _of_length(self, text: str, yes: int, no: int) -> Iterator[str]:
        """A text made longer, so that tests of the length come out as wanted."""
        bounds = [
            (test.language.accepted, wanted)
            for tests, wanted in ((yes, True), (no, False))
            for test in self._of(tests)
            if isinstance(test.language, Lengths)
        ]
        if not bounds:
            return
        for length in range(len(text), 1 + max(len(accepted) for accepted, _ in bounds)):
            if all(accepted[min(length, len(accepted) - 1)] is wanted for accepted, wanted in bounds):
                for letter in "x ":
                    filler = letter * (length - len(text))
                    yield text + filler
                    yield filler + text
                break

    # ── searches ──────────────────────────────────────────────────────────────

    def _of(self, tests: int) -> Iterator[Asked]:
        return (self.asked[place] for place in _places(tests))

    def _searched(self, yes: int, no: int, most: int) -> str | Refused:
        """Takes in what must not be as far as texts are found in it."""
        refused, named = 0, False
        while True:
            text = self._walked(yes, refused, named, most)
            if text is None:
                return Refused(self._few(yes | refused, yes, named))
            violated = self.truths(text) & no & ~refused
            if text in self._named:
                named = True
            elif not violated:
                return text
            for place in islice(_places(violated), _AT_ONCE):
                refused |= 1 << place

    def _few(self, core: int, yes: int, named: bool) -> int:
        """Of tests that refuse all texts a few that do."""
        for place in _places(core):
            fewer = core & ~(1 << place)
            try:
                if self._walked(fewer & yes, fewer & ~yes, named, _FEW_STATES) is None:
                    core = fewer
            except (TooManyStatesError, _SkippedError):
                continue
        return core

    def _refused_by_few(self, yes: int, no: int) -> Refused | None:
        """Whether one or two of many tests refuse all texts already."""
        places = list(_places(yes))
        subsets = [*((place,) for place in places), *islice(combinations(places, 2), _MOST_PAIRS)]
        for subset in subsets:
            if len(subset) == len(places):
                continue
            try:
                found = self._searched(sum(1 << place for place in subset), no, _FEW_STATES)
            except (TooManyStatesError, _SkippedError):
                continue
            if isinstance(found, Refused):
                return found
        return None

    def _walked(self, yes: int, no: int, named: bool, most: int) -> str | None:
        """A text that comes out so in these tests, and is not ``named``; None where there is none."""
        spellings = {test.spelling for test in self._of(yes | no)} | ({None} if named else set())
        whole = {spelling for spelling in spellings if spelling is not None and not _goes_by_letter(spelling)}
        if not whole:
            return self._agreed(self._product(yes, no, named, most).shortest(), yes, no)
        if len(whole) > 1:
            raise _SkippedError
        (spelling,) = whole
        if len(spellings) == 1:
            return self._spelled(spelling, yes, no, most)
        for wanted in (True, False):  # by the tests of each spelling alone
            apart = sum(
                1 << place
                for place in _places(yes | no)
                if (self.asked[place].spelling == spelling) is wanted
            )
            if self._walked(yes & apart, no & apart, named and not wanted, most) is None:
                return None
        return self._in_plain_letters(spelling, yes, no, named, most)

    def _product(
        self,
        yes: int,
        no: int,
        named: bool,
        most: int,
        letters: Callable[[Symbol], Symbol | None] = _any,
        in_ascii: str | None = None,
    ) -> Product:
        """``in_ascii``: a function that goes by more than letters is asked of plain letters alone."""
        demands = [
            Demand(
                test.language,
                wanted,
                str.lower if in_ascii and test.spelling == in_ascii else _by_letter(test.spelling),
            )
            for tests, wanted in ((yes, True), (no, False))
            for test in self._of(tests)
        ]
        if named:
            demands.append(self._unnamed)
        if letters is not _any:
            demands.append(Demand(_spaced(), True))
        return Product(demands, self._hurry, most, letters)

    def _agreed(self, texts: Iterator[str], yes: int, no: int) -> str | None:
        """The first text that comes out as it should; raises ``_SkippedError`` where only others do not."""
        skipped = 0
        for text in texts:
            truths = self.truths(text)
            if truths & yes == yes and not truths & no:
                return text
            skipped += 1
            if skipped > _MOST_SKIPPED:
                break
        if skipped:
            raise _SkippedError
        return None

    def _spelled(self, spelling: str, yes: int, no: int, most: int) -> str | None:
        """A text that is spelled so already."""

        def stays(symbol: Symbol) -> Symbol | None:
            letter = next((x for x in islice(symbol.alike(), _MOST_SKIPPED) if _stays(x, spelling)), None)
            return None if letter is None else Symbol(letter, (letter,))

        try:
            found = self._agreed(self._product(yes, no, False, most, stays).shortest(), yes, no)
        except _SkippedError:
            found = None
        return (
            found
            if found is not None
            else self._agreed(self._product(yes, no, False, most).shortest(), yes, no)
        )

    def _in_plain_letters(self, spelling: str, yes: int, no: int, named: bool, most: int) -> str:
        """A text of ASCII, which any function spells by letter, but for spaces that fall away."""

        def plain(symbol: Symbol) -> Symbol | None:
            for letter in islice(symbol.alike(), 2 * _MOST_SKIPPED):
                if letter.isascii() and (letter == " " or not letter.isspace()) and letter.isprintable():
                    return Symbol(letter, symbol.spelled)
            return None

        try:
            found = self._agreed(self._product(yes, no, named, most, plain, spelling).shortest(), yes, no)
        except _SkippedError:
            found = None
        return self._with_marks(spelling, yes, no, named, most) if found is None else found

    def _with_marks(self, spelling: str, yes: int, no: int, named: bool, most: int) -> str:
        """A text with marks that a letter takes in, or that fall away, as it is spelled."""
        apart = sum(1 << place for place in _places(yes | no) if self.asked[place].spelling != spelling)
        for text in islice(self._product(yes & apart, no & apart, named, most).shortest(), _AT_ONCE):
            for place in range(min(len(text), _MOST_SPELLED) + 1):
                for mark in _MARKS:
                    marked = f"{text[:place]}{mark}{text[place:]}"
                    if self.is_met(marked, yes, no):
                        return marked
        raise _SkippedError

    # ── shares ────────────────────────────────────────────────────────────────

    def _shared(self, first: str, yes: int, no: int, shares: Sequence[Share]) -> str | Refused | Undecided:
        """A text whose keys fall on the shares; that there is none is proved by trying all."""
        width = 1.0
        for share in shares:
            width *= (share.high - share.low) / WHOLE
        tries = min(_MOST_TRIES, int(_TRIES_OF_A_KEY / width) if width else _MOST_TRIES)
        near = sum(self.is_met(text, yes, no) for text in islice(_around(first), _TRIES_OF_A_KEY))
        if near * 3 > _TRIES_OF_A_KEY:
            for text in islice(_around(first), 2 * tries):
                self._hurry()
                if all(share.holds(text) for share in shares) and self.is_met(text, yes, no):
                    self.learn(text)
                    return text
        undecided = Undecided(
            t("no text of {name} was found that falls on an arm of a split", name=self._name)
        )
        spellings = {test.spelling for test in self._of(yes | no)}
        if any(not _goes_by_letter(spelling) for spelling in spellings):
            return undecided
        try:
            product = self._product(
                yes, no if no.bit_count() <= _AT_ONCE else self._needed(yes, no), False, _MOST_STATES
            )
            longest = product.longest()
        except TooManyStatesError:
            return undecided
        all_of_them = longest is not None and longest <= _MOST_SPELLED
        few = product.every(_MOST_COUNTED, lambda symbol: (symbol.letter,))
        every = product.every(longest if all_of_them and longest is not None else _MOST_COUNTED)
        for most, texts in ((tries, few), (_MOST_TRIES if all_of_them else tries, every)):
            for text in islice(texts, most):
                self._hurry()
                if all(share.holds(text) for share in shares) and self.is_met(text, yes, no):
                    self.learn(text)
                    return text
        if all_of_them and next(every, None) is None:
            return Refused(yes | no, by_share=True)
        return undecided

    def _needed(self, yes: int, no: int) -> int:
        """The tests to be failed that hold for some of the pool that passes what it should."""
        found = 0
        for _, _, truths in self.pool:
            if truths & yes == yes:
                found |= truths & no
        return sum(1 << place for place in islice(_places(found), 2 * _AT_ONCE))


@dataclass(frozen=True, slots=True)
class OpenedTexts:
    """Texts, with the bit of each test that is asked of them, and the keys of arms of splits."""

    texts: OpenTexts
    places: Mapping[Atom, int]
    keys: Mapping[ArmOf, Callable[[str], Scalar]]

    def __contains__(self, atom: Atom) -> bool:
        return atom in self.places or atom in self.keys


def _places(tests: int) -> Iterator[int]:
    while tests:
        lowest = tests & -tests
        yield lowest.bit_length() - 1
        tests ^= lowest


def _goes_by_letter(spelling: str | None) -> bool:
    return spelling is None or FUNCTIONS[spelling].by_letter


@cache
def _by_letter(spelling: str | None) -> Spelling | None:
    """How letters are spelled by a function that goes by letter; by others they are taken as they are."""
    if spelling is None or not _goes_by_letter(spelling):
        return None
    return partial(spelled, spelling=spelling)


def _stays(letter: str, spelling: str) -> bool:
    return letter == " " or spelled(letter, spelling) == letter


def _spaced() -> PatternLanguage:
    return PatternLanguage(read_pattern(_SPACED))


def _around(text: str) -> Iterator[str]:
    """Texts that may well pass the same tests."""
    number = 1
    while True:
        yield f"{text}{number}"
        yield f"{text} {number}"
        yield f"{number}{text}"
        number += 1

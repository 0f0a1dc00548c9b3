"""What one test asks of a text, as a language: of the text as it is written, or of how it is spelled."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from math import ceil

from routekit.policy import expressions as e
from routekit.policy.constraints import Region, TextsThat, constraint_of
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.operators.registry import is_total
from routekit.prover.domains.terms import Base, put, walk
from routekit.prover.languages.language import Language, Lengths, PatternLanguage, WordsLanguage
from routekit.prover.languages.patterns import UnreadPatternError, read_pattern

__all__ = ["Asked", "asked_of", "known_at", "spelled", "spelling_in"]

_MOST_LETTERS = 65_536
_SAMPLES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A test: whether a text ``holds``, once a function has spelled it, and the language of those that do."""

    holds: Callable[[str], bool]
    language: Language
    spelling: str | None
    samples: tuple[str, ...]

    def passes(self, text: str) -> bool:
        """Whether a text that is not spelled yet comes out true."""
        return self.holds(spelled(text, self.spelling))


def spelled(text: str, spelling: str | None) -> str:
    """Returns how a function spells a text.

    >>> spelled("Fax", "lower"), spelled("Fax", None)
    ('fax', 'Fax')
    """
    return text if spelling is None else str(FUNCTIONS[spelling].meaning(text))


def known_at(expr: e.Expr, base: Base) -> e.Expr:
    """The expression as it is where a base is known: ``x else "none"`` is ``x``.

    >>> text = e.FieldRef("contact", "text")
    >>> known_at(e.IsKnown(e.Else(text, e.Constant("none"))), text) == e.IsKnown(text)
    True
    """
    for part in list(walk(expr)):
        if isinstance(part, e.Else) and _is_known_with(part.first, base):
            return known_at(put(expr, part, part.first), base)
    return expr


def _is_known_with(expr: e.Expr, base: Base) -> bool:
    """Whether an expression has a value wherever a base has one."""
    match expr:
        case e.Call(_, arguments):
            return is_total(expr) and all(
                isinstance(part, e.Constant) or _is_known_with(part, base) for part in arguments
            )
        case _:
            return expr == base


def spelling_in(expr: e.Expr, base: Base) -> tuple[bool, str | None]:
    """Whether an expression is a base, maybe spelled otherwise, and how it is spelled."""
    if expr == base:
        return True, None
    match expr:
        case e.Call(name, (operand,)) if operand == base and FUNCTIONS[name].known is Known.SPELLING:
            return True, name
        case _:
            return False, None


def asked_of(test: e.Expr, base: Base) -> Asked | None:
    """What a test asks of a text; None where it asks anything else, or cannot be taken apart."""
    constraint = constraint_of(test)
    if constraint is None:
        return None
    operand, allows = constraint.operand, constraint.allows
    if isinstance(operand, e.Call) and FUNCTIONS[operand.function].known is Known.LENGTH:
        is_text, spelling = spelling_in(operand.arguments[0], base)
        return _of_length(allows, spelling) if is_text and isinstance(allows, Region) else None
    is_text, spelling = spelling_in(operand, base)
    if not is_text:
        return None
    if isinstance(allows, Region):
        return None if allows.values is None else _of_values(allows.values, spelling)
    return _of_texts(allows, spelling)


def _of_values(values: Iterable[object], spelling: str | None) -> Asked:
    texts = frozenset(map(str, values))
    ordered = sorted(texts, key=lambda text: (len(text), text))
    return Asked(texts.__contains__, WordsLanguage(ordered, "whole"), spelling, tuple(ordered[:_SAMPLES]))


def _of_texts(allows: TextsThat, spelling: str | None) -> Asked | None:
    row, argument = allows.row, allows.argument
    if row.words is not None and row.place is not None:
        language: Language = WordsLanguage(row.words(argument), row.place)
    else:
        pattern = allows.pattern
        if pattern is None:
            return None
        try:
            language = PatternLanguage(read_pattern(pattern))
        except (UnreadPatternError, ValueError, IndexError, RecursionError):
            return None
    holds = (
        row.prepared(argument) if row.prepared is not None else lambda text: bool(row.meaning(text, argument))
    )
    return Asked(holds, language, spelling, tuple(islice(row.samples(argument), _SAMPLES)))


def _of_length(region: Region, spelling: str | None) -> Asked | None:
    edges = [edge for edge in region.constants if isinstance(edge, int | float)]
    most = max(0, *map(ceil, edges), 0) + 1
    if most > _MOST_LETTERS:
        return None
    accepted = [length in region for length in range(most + 1)]
    first = next((length for length, inside in enumerate(accepted) if inside), None)
    return Asked(
        lambda text: len(text) in region,
        Lengths(accepted),
        spelling,
        () if first is None else ("x" * first,),
    )

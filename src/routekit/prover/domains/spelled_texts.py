"""Texts that are asked for in another spelling, ``folded(x) is "fax"``: cut by what the spelling tells apart.

What a function of spelling gives stays as it is when it is spelled again. So tests of it cut the texts that
are spelled so already, and a text lies in the cell in which its spelling does.
"""

from collections.abc import Iterator, Sequence

from routekit.policy import expressions as e
from routekit.policy.operators.functions import FUNCTIONS, Function, Known
from routekit.prover.domains.cells import Cell, OneOf, Unlisted
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator, bases_of, put, walk
from routekit.prover.domains.texts import Kept, cut_text

__all__ = ["cut_texts"]

_SAMPLES = 3
_SPELLED = e.FieldRef("", "spelled")


def cut_texts(base: Base, tests: Sequence[Atom], evaluator: Evaluator) -> tuple[list[Cell], set[Atom]]:
    """The cells of a text, and the tests that they do not settle."""
    calls = {part for test in tests for part in walk(test) if _is_spelling(part, base)}
    if len(calls) == 1:
        (call,) = calls
        assert isinstance(call, e.Call)
        found = _cut_by(call, base, tests, evaluator)
        if found is not None:
            return found
    return cut_text(base, tests, evaluator)


def _is_spelling(part: e.Expr, base: Base) -> bool:
    return (
        isinstance(part, e.Call)
        and FUNCTIONS[part.function].known is Known.SPELLING
        and part.arguments == (base,)
    )


def _cut_by(
    call: e.Call, base: Base, tests: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], set[Atom]] | None:
    """Cells by tests of the spelling, and by texts that are named beside it; None where more is asked."""
    function = FUNCTIONS[call.function]
    spelled: dict[Atom, Atom] = {}
    named: set[str] = set()
    for test in tests:
        texts = _named(test, base)
        if texts is not None:
            named |= texts
            continue
        inner = _SPELLED if isinstance(test, ArmOf) else put(test, call, _SPELLED)
        if isinstance(test, ArmOf) or base in bases_of(inner):
            return None
        spelled[put(inner, _SPELLED, base)] = test
    kept = Kept(lambda text: function.meaning(text) == text, function.by_letter)
    parts, left = cut_text(base, list(spelled), evaluator, kept)
    cells = []
    for part in parts:
        samples = [text for sample in part.samples for text in _spelled_so(str(sample), function)]
        samples = [text for text in dict.fromkeys(samples) if text not in named]
        if not samples:
            return None
        cells.append(Cell(tuple(samples[:_SAMPLES]), Unlisted(False)))
    return [*cells, *_apart(base, tests, sorted(named), evaluator)], {spelled[test] for test in left}


def _named(test: Atom, base: Base) -> set[str] | None:
    """The texts that a test compares a base itself with, if it does no more than that."""
    match test:
        case e.IsKnown(operand) if operand == base:
            return set()
        case e.Compare("is", operand, e.Constant(str(text))) if operand == base:
            return {text}
        case e.Compare("is", e.Constant(str(text)), operand) if operand == base:
            return {text}
        case e.InSet(operand, values) if operand == base:
            return set(map(str, values))
        case _:
            return None


def _spelled_so(text: str, function: Function) -> Iterator[str]:
    """Texts that are so in the spelling."""
    for way in (text, text.upper(), text.title(), f" {text}", f"{text} "):
        if function.meaning(way) == text:
            yield way


def _apart(base: Base, tests: Sequence[Atom], named: list[str], evaluator: Evaluator) -> Iterator[Cell]:
    """The texts that are named themselves, those together that no test tells apart."""
    groups: dict[tuple[bool | None, ...], list[str]] = {}
    for text in named:
        scope = evaluator.at({base: text})
        groups.setdefault(tuple(evaluator.truth(test, scope) for test in tests), []).append(text)
    for texts in groups.values():
        yield Cell(tuple(texts[:_SAMPLES]), OneOf(frozenset(texts)))

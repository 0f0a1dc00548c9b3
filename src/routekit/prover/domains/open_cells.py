"""Texts cut into those that are named, each by itself, and all others, which are left open."""

from collections.abc import Callable, Sequence
from functools import partial

from routekit.policy import expressions as e
from routekit.policy.constraints import region_of
from routekit.prover.domains.cells import Cell, OneOf, Unlisted
from routekit.prover.domains.open_texts import OpenedTexts, OpenTexts
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator
from routekit.prover.domains.text_tests import Asked, asked_of, known_at, spelled, spelling_in
from routekit.prover.domains.texts import constants_of, only_compares, others
from routekit.schema.types import Scalar

__all__ = ["cut_openly", "is_better_open"]

_MOST_TOGETHER = 6
"""Tests whose combinations are all looked at, a cell each."""
_MOST_CELLS = 1_000


def is_better_open(tests: Sequence[Atom], arms: Sequence[ArmOf]) -> bool:
    """Whether texts are better left open than cut by all ways in which tests of them can come out."""
    asking = sum(not _compares(test) for test in tests)
    return asking > _MOST_TOGETHER or (asking > 0 and bool(arms))


def _compares(test: Atom) -> bool:
    return isinstance(test, e.IsKnown) or (not isinstance(test, ArmOf) and only_compares(test))


def cut_openly(
    base: Base, atoms: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], OpenedTexts, set[Atom]]:
    """The cells, that of all others first, what is asked of these, and the tests that are left."""
    asked: dict[Atom, Asked] = {}
    keys: dict[ArmOf, Callable[[str], Scalar]] = {}
    named: dict[str, None] = {}
    left: set[Atom] = set()
    told: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, ArmOf):
            key = _key(known_at(atom.key, base), base)
            if key is None:
                left.add(atom)
            else:
                keys[atom] = key
            continue
        test = known_at(atom, base)
        found = None if _compares(test) else asked_of(test, base)
        if found is not None:
            asked[atom] = found
        elif _compares(test):
            named |= dict.fromkeys(constants_of(test))
            told.append(atom)
        else:
            left.add(atom)
    cells = _cells_of(base, list(named), [*told, *keys], list(asked.values()), evaluator)
    if len(cells) > _MOST_CELLS:
        by_value = [atom for atom in told if region_of(known_at(atom, base)) is not None]  # type: ignore[arg-type]
        left |= {atom for atom in told if atom not in by_value and not isinstance(atom, e.IsKnown)}
        for atom in by_value:
            found = asked_of(known_at(atom, base), base)  # type: ignore[arg-type]
            if found is None:
                left.add(atom)
            else:
                asked[atom] = found
        named, cells = {}, []
    opened = OpenedTexts(
        OpenTexts(list(asked.values()), named, evaluator.hurry, f"`{_name(base)}`"),
        {atom: place for place, atom in enumerate(asked)},
        keys,
    )
    return [Cell(tuple(others(named)), Unlisted(False)), *cells], opened, left


def _cells_of(
    base: Base, named: Sequence[str], atoms: Sequence[Atom], asked: Sequence[Asked], evaluator: Evaluator
) -> list[Cell]:
    """Those of some texts together that no test tells apart."""
    groups: dict[tuple[bool | None, ...], list[str]] = {}
    for text in sorted(named, key=lambda text: (len(text), text)):
        scope = evaluator.at({base: text})
        hand = (*(evaluator.truth(atom, scope) for atom in atoms), *(test.passes(text) for test in asked))
        groups.setdefault(hand, []).append(text)
        if len(groups) > _MOST_CELLS:
            break
    return [Cell(tuple(texts[:3]), OneOf(frozenset(texts))) for texts in groups.values()]


def _key(expr: e.Expr, base: Base) -> Callable[[str], Scalar] | None:
    is_text, spelling = spelling_in(expr, base)
    if not is_text:
        return None
    return partial(spelled, spelling=spelling)


def _name(base: Base) -> str:
    match base:
        case e.FieldRef(record, field):
            return f"{record}.{field}"
        case e.SignalRef(queue, signal):
            return f"{queue}.{signal}"
        case _:
            return "now"

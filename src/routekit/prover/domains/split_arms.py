"""Cells cut again by the arms of splits on which their values fall."""

from collections.abc import Iterable, Mapping, Sequence

from routekit.policy import expressions as e
from routekit.policy.ordinals import is_coarse, rank, unrank
from routekit.policy.splits import WHOLE
from routekit.prover.domains.cells import Cell, Domain, OneOf, Range
from routekit.prover.domains.terms import ArmOf, Atom, Base, Evaluator
from routekit.prover.domains.texts import more_like
from routekit.schema.types import Value

__all__ = ["deal"]

_MOST_KEYS = 20_000
_FEW_KEYS = 50
_SAMPLES = 3
_FEW_VALUES = 4_096
_MOST_CELLS = 2_000


def deal(
    base: Base,
    cells: list[Cell],
    direct: Mapping[Atom, tuple[int, int]],
    arms: Sequence[ArmOf],
    tests: Sequence[Atom],
    evaluator: Evaluator,
    left: set[Atom],
) -> tuple[list[Cell], dict[Atom, tuple[int, int]]]:
    """The cells cut again by the arms on which their values fall."""
    wanted = _ways_to_fall(arms)
    dealt: list[Cell] = []
    origin: list[int] = []
    for place, cell in enumerate(cells):
        hands: dict[tuple[bool | None, ...], list[Value | None]] = {}
        complete, is_small = False, isinstance(cell.domain, OneOf) or _is_small(cell.domain)
        is_even = isinstance(cell.domain, OneOf) or (
            isinstance(cell.domain, Range) and cell.domain.parts is None
        )
        kind: list[bool | None] | None = None
        keys: set[Value | None] = set()
        for number, value in enumerate(_members(cell)):
            scope = evaluator.at({base: value})
            if not is_even:  # not all that lies between its ends is in the cell
                hand_of_tests = [evaluator.truth(test, scope) for test in tests]
                if kind is None:
                    kind = hand_of_tests
                elif kind != hand_of_tests:
                    continue
            keys |= {scope.value(arm.key) for arm in arms}
            if not is_small and number >= 1_000 and len(keys) < _FEW_KEYS * len(arms):
                break
            hand = tuple(evaluator.truth(arm, scope) for arm in arms)
            known = hands.setdefault(hand, [])
            if len(dealt) + len(hands) > _MOST_CELLS:
                left.update(arms)
                return cells, dict(direct)
            if len(known) < _SAMPLES or is_small:
                known.append(value)
            if len(hands) >= wanted and number >= 16 and not is_small:
                complete = True
                break
        for values in hands.values():
            domain = OneOf(frozenset(values)) if is_small else cell.domain
            dealt.append(Cell(tuple(values[:_SAMPLES]), domain))
            origin.append(place)
        if not complete and not is_small:
            left.update(arms)
    places: dict[int, int] = {}
    for number, place in enumerate(origin):
        places[place] = places.get(place, 0) | 1 << number
    moved = {
        atom: tuple(sum(mask for place, mask in places.items() if old >> place & 1) for old in masks)
        for atom, masks in direct.items()
    }
    return dealt, moved  # type: ignore[return-value]


def _ways_to_fall(arms: Sequence[ArmOf]) -> int:
    """In how many ways a key can fall on arms: those of one key and seed are ranges of the same points."""
    alike: dict[tuple[e.Expr, str], list[ArmOf]] = {}
    for arm in arms:
        alike.setdefault((arm.key, arm.seed), []).append(arm)
    ways = 1
    for ranges in alike.values():
        places = {0, *(edge for arm in ranges for edge in (arm.low, arm.high))} - {WHOLE}
        ways *= len({tuple(arm.low <= place < arm.high for arm in ranges) for place in places})
    return ways


def _is_small(domain: Domain) -> bool:
    if not isinstance(domain, Range) or is_coarse(domain.low) or is_coarse(domain.high):
        return False
    return rank(domain.high) - rank(domain.low) < _FEW_VALUES


def _members(cell: Cell) -> Iterable[Value | None]:
    """Values of a cell: all where there are few, else the simplest and many more."""
    if isinstance(cell.domain, Range):
        low, high, like = rank(cell.domain.low), rank(cell.domain.high), cell.domain.low
        if not cell.samples or isinstance(cell.samples[0], str):
            return
        start = rank(cell.samples[0])  # type: ignore[arg-type]
        if isinstance(like, float) and not _is_small(cell.domain):
            yield from cell.samples
            whole = int(cell.domain.low) if cell.domain.low > -(1 << 50) else 0  # type: ignore[arg-type,operator]
            for number in range(whole + 1, whole + _MOST_KEYS):
                if cell.domain.low <= float(number) <= cell.domain.high:  # type: ignore[operator]
                    yield float(number)
            return
        for place in range(start, min(high, start + _MOST_KEYS) + 1):
            yield unrank(place, like)
        for place in range(start - 1, max(low, start - _MOST_KEYS) - 1, -1):
            yield unrank(place, like)
    elif isinstance(cell.domain, OneOf):
        yield from dict.fromkeys([*cell.samples, *sorted(cell.domain.values, key=str)])
    else:
        yield from cell.samples
        if cell.samples and isinstance(cell.samples[0], str):
            yield from more_like(cell.samples[0], _MOST_KEYS)

"""The values of one base cut into cells, none of which a test of the policy can tell apart."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routekit.analysis.enclose import Domain, Few, Range, Unlisted, enclose
from routekit.analysis.ordinals import Ordered, ends_of, rank, simplest, unrank
from routekit.analysis.terms import NOTHING, ArmOf, Atom, Base, Evaluator, walk
from routekit.policy import expressions as e
from routekit.schema.types import Choice, Date, Flag, Text, Time, Type, Value

__all__ = ["Cell", "Cells", "cut"]

_MOST_PIECES = 2_000
_MOST_KEYS = 20_000
_FEW_KEYS = 50
_SAMPLES = 3
_FEW_VALUES = 4_096


@dataclass(frozen=True, slots=True)
class Cell:
    """``samples`` are values of it, the simplest first; none where it is not known whether there is one."""

    samples: tuple[Value | None, ...]
    domain: Domain


MISSING = Cell((None,), Few(frozenset({None})))


@dataclass(slots=True)
class Cells:
    """The cells in their order, that of the missing value last, and where each test is true and false.

    Masks have a bit for each cell. ``left`` are tests that these cells do not settle.
    """

    cells: list[Cell]
    true: dict[Atom, int]
    false: dict[Atom, int]
    left: set[Atom]

    @property
    def all(self) -> int:
        return (1 << len(self.cells)) - 1


def cut(
    base: Base, type_: Type, may_miss: bool, atoms: Sequence[Atom], evaluator: Evaluator, timezone: str
) -> Cells:
    """The cells of a base, as the tests that speak of it alone tell them apart."""
    from routekit.analysis.days import cut_time, needs_days
    from routekit.analysis.texts import cut_text

    arms = [atom for atom in atoms if isinstance(atom, ArmOf)]
    tests = [atom for atom in atoms if not isinstance(atom, ArmOf)]
    left: set[Atom] = set()
    direct: dict[Atom, tuple[int, int]] = {}
    match type_:
        case Choice(names):
            cells = [Cell((name,), Few(frozenset({name}))) for name in names]
            direct = _listed(base, tests, names)
        case Flag():
            cells = [Cell((value,), Few(frozenset({value}))) for value in (False, True)]
        case Text():
            cells, left = cut_text(base, tests, evaluator)
        case Time() | Date() if needs_days(tests):
            cells = cut_time(base, type_, tests, evaluator, timezone)
        case _:
            cells, direct, left = _cut_ordered(base, type_, tests, evaluator)
    if arms:
        cells, direct = _deal(base, cells, direct, arms, tests, evaluator, left)
    present = len(cells)
    if may_miss:
        cells.append(MISSING)
    true, false = dict.fromkeys(atoms, 0), dict.fromkeys(atoms, 0)
    for atom, (yes, no) in direct.items():
        true[atom], false[atom] = yes, no
    others = [atom for atom in atoms if atom not in direct and atom not in left]
    if may_miss:
        missing_only = list(dict.fromkeys([*direct, *others]))
        _mark(base, cells, range(present, len(cells)), missing_only, evaluator, true, false)
    _mark(base, cells, range(present), others, evaluator, true, false)
    return Cells(cells, true, false, left)


def _mark(
    base: Base,
    cells: Sequence[Cell],
    places: Iterable[int],
    atoms: Sequence[Atom],
    evaluator: Evaluator,
    true: dict[Atom, int],
    false: dict[Atom, int],
) -> None:
    for place in places:
        if not cells[place].samples:
            continue
        scope = evaluator.at({base: cells[place].samples[0]})
        for atom in atoms:
            truth = evaluator.truth(atom, scope)
            if truth is True:
                true[atom] |= 1 << place
            elif truth is False:
                false[atom] |= 1 << place


# ── listed names ──────────────────────────────────────────────────────────────


def _listed(base: Base, tests: Sequence[Atom], names: tuple[str, ...]) -> dict[Atom, tuple[int, int]]:
    place = {name: number for number, name in enumerate(names)}
    everywhere = (1 << len(names)) - 1
    found: dict[Atom, tuple[int, int]] = {}
    for test in tests:
        match test:
            case e.Compare("is", operand, e.Constant(str(value))) if operand == base:
                yes = 1 << place[value] if value in place else 0
            case e.InSet(operand, values) if operand == base:
                yes = sum((1 << place[str(value)]) for value in values if value in place)
            case _:
                continue
        found[test] = yes, everywhere & ~yes
    return found


# ── values with an order ──────────────────────────────────────────────────────


def _cut_ordered(
    base: Base, type_: Type, tests: Sequence[Atom], evaluator: Evaluator
) -> tuple[list[Cell], dict[Atom, tuple[int, int]], set[Atom]]:
    ends = ends_of(type_)
    if ends is None:
        return [Cell((), Unlisted(False))], {}, set(tests)
    low, high = rank(ends[0]), rank(ends[1])
    like = ends[0]
    cuts = {low}
    left: set[Atom] = set()
    for test in tests:
        edges = _edges(test, base)
        if edges is None:
            found = _changes(test, base, ends, evaluator)
            if found is None:
                left.add(test)
            else:
                cuts |= found
        else:
            for edge in edges:
                at = _rank_from(edge, like)
                cuts |= {at, at + 1 if unrank_is(at, edge, like) else at}
    starts = sorted(place for place in cuts if low <= place <= high)
    ends_ = [*(place - 1 for place in starts[1:]), high]
    cells = []
    for start, end in zip(starts, ends_, strict=True):
        first, last = unrank(start, like), unrank(end, like)
        best = simplest(first, last)
        samples = tuple(dict.fromkeys((best, first, last)))
        domain: Domain = Few(frozenset({first})) if start == end else Range(first, last)
        cells.append(Cell(samples, domain))
    direct = {}
    for test in tests:
        if test not in left:
            masks = _between(test, base, starts, like)
            if masks is not None:
                direct[test] = masks
    return cells, direct, left


def unrank_is(place: int, edge: Ordered, like: Ordered) -> bool:
    """Whether a place is that of a value itself, not of the next above it."""
    return unrank(place, like) == edge


def _rank_from(edge: Ordered, like: Ordered) -> int:
    """The place of the least value not less than one."""
    if isinstance(like, float):
        return rank(float(edge))  # type: ignore[arg-type]
    if isinstance(edge, float):
        return -(int(-edge // 1))
    return rank(edge)


def _edges(test: Atom, base: Base) -> list[Ordered] | None:
    """The values that a test compares a base with; None where it does more than that."""
    if any(part == NOTHING for part in walk(test)):
        return None
    match test:
        case e.Compare(_, operand, e.Constant(value), None) | e.Compare(
            _, e.Constant(value), operand, None
        ) if operand == base:
            return [value]  # type: ignore[list-item]
        case e.InRange(operand, e.Constant(low), e.Constant(high), None) if operand == base:
            return [low, high]  # type: ignore[list-item]
        case e.InSet(operand, values) if operand == base:
            return list(values)  # type: ignore[arg-type]
        case e.IsKnown(operand) if operand == base:
            return []
        case _:
            return None


def _between(test: Atom, base: Base, starts: list[int], like: Ordered) -> tuple[int, int] | None:
    everywhere = (1 << len(starts)) - 1
    if any(part == NOTHING for part in walk(test)):
        return None

    def before(value: Value) -> int:
        return (1 << bisect_left(starts, _rank_from(value, like))) - 1  # type: ignore[arg-type]

    def until(value: Value) -> int:
        at = _rank_from(value, like)  # type: ignore[arg-type]
        if not unrank_is(at, value, like):  # type: ignore[arg-type]
            return before(value)
        return (1 << bisect_right(starts, at)) - 1

    match test:
        case e.Compare(operator, operand, e.Constant(value), None) if operand == base:
            yes = {
                "is": until(value) & ~before(value),
                "<": before(value),
                "<=": until(value),
                ">": everywhere & ~until(value),
                ">=": everywhere & ~before(value),
            }[operator]
        case e.InRange(operand, e.Constant(low), e.Constant(high), None) if operand == base:
            yes = until(high) & ~before(low)
        case _:
            return None
    return yes, everywhere & ~yes


def _changes(test: Atom, base: Base, ends: tuple[Ordered, Ordered], evaluator: Evaluator) -> set[int] | None:
    """The places where a test of one base comes out otherwise than before; None where they are too many."""
    like = ends[0]
    found: set[int] = set()
    waiting = [(rank(ends[0]), rank(ends[1]))]
    pieces = 0
    last: object = "none yet"
    while waiting:
        low, high = waiting.pop()
        pieces += 1
        if pieces > _MOST_PIECES:
            return None
        first = unrank(low, like)
        domain: Domain = Few(frozenset({first})) if low == high else Range(first, unrank(high, like))
        truths = enclose(test, {base: domain}, evaluator.value)
        if isinstance(truths, Few) and len(truths.values) == 1:
            (truth,) = truths.values
            if truth is not last or last == "none yet":
                found.add(low)
            last = truth
        elif low == high:
            return None
        else:
            middle = (low + high) // 2
            waiting += [(middle + 1, high), (low, middle)]
    return found


# ── splits ────────────────────────────────────────────────────────────────────


def _deal(
    base: Base,
    cells: list[Cell],
    direct: Mapping[Atom, tuple[int, int]],
    arms: Sequence[ArmOf],
    tests: Sequence[Atom],
    evaluator: Evaluator,
    left: set[Atom],
) -> tuple[list[Cell], dict[Atom, tuple[int, int]]]:
    """The cells cut again by the arms on which their values fall."""
    bounds: dict[tuple[e.Expr, str], set[int]] = {}
    for arm in arms:
        bounds.setdefault((arm.key, arm.seed), set()).update((arm.low, arm.high))
    wanted = 1
    for edges in bounds.values():
        wanted *= max(1, len(edges) - 1)
    dealt: list[Cell] = []
    origin: list[int] = []
    for place, cell in enumerate(cells):
        hands: dict[tuple[bool | None, ...], list[Value | None]] = {}
        complete, is_small = False, isinstance(cell.domain, Few) or _is_small(cell.domain)
        kind: list[bool | None] | None = None
        keys: set[Value | None] = set()
        for number, value in enumerate(_members(cell)):
            scope = evaluator.at({base: value})
            if isinstance(value, str):
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
            if len(known) < _SAMPLES or is_small:
                known.append(value)
            if len(hands) >= wanted and number >= 16 and not is_small:
                complete = True
                break
        for values in hands.values():
            domain = Few(frozenset(values)) if is_small else cell.domain
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


def _is_small(domain: Domain) -> bool:
    return isinstance(domain, Range) and rank(domain.high) - rank(domain.low) < _FEW_VALUES


def _members(cell: Cell) -> Iterable[Value | None]:
    """Values of a cell: all where there are few, else the simplest and many more."""
    if isinstance(cell.domain, Range):
        low, high, like = rank(cell.domain.low), rank(cell.domain.high), cell.domain.low
        if isinstance(cell.samples[0], str) or not cell.samples:
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
    elif isinstance(cell.domain, Few):
        yield from dict.fromkeys([*cell.samples, *sorted(cell.domain.values, key=str)])
    else:
        yield from cell.samples
        if cell.samples and isinstance(cell.samples[0], str):
            from routekit.analysis.texts import more_like

            yield from more_like(cell.samples[0], _MOST_KEYS)

"""Regions of contacts as few boxes: what each field, or each test, may be, all at once.

A contact of the region is found, and the box around it is grown as long as the solver proves that nothing
else gets in; so on with what is left. Boxes that others cover go, and what two hold stays in the larger.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.prover.encoding.space import Found, Space
from routekit.prover.wording import condition_of, merged, refused
from routekit.schema.types import Time

__all__ = ["Box", "Regions"]

_MOST_CELLS = 64
_MOST_BOXES = 100
_MOST_QUESTIONS = 30_000
_MOST_SEARCHES = 300
"""Questions that the clauses alone do not answer: past these a box is left as it is."""


@dataclass(frozen=True, slots=True)
class Box:
    """Contacts for which ``literals`` hold; ``condition`` says so, None where it holds always."""

    literals: tuple[int, ...]
    condition: e.Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """A field in its cells, or a test in two: where it is true, and where it is not.

    There is one for each, so that it is itself that is compared, and not the expression in it.
    """

    of: e.Expr
    size: int
    is_field: bool = False

    @property
    def all(self) -> int:
        return (1 << self.size) - 1

    def places(self, mask: int) -> Iterator[int]:
        return (1 << place for place in range(self.size) if mask >> place & 1)


_Masks = Mapping[_Axis, int]


class Regions:
    """Divides regions by the tests that a policy asks there."""

    def __init__(self, space: Space, tests: Iterable[e.Expr]) -> None:
        """``tests`` tell the contacts of the region from others; each was met before the space closed."""
        self.space = space
        self._conditions: dict[tuple[_Axis, int], e.Expr | None] = {}
        axes: dict[tuple[e.Expr, bool], _Axis] = {}
        for test in dict.fromkeys(tests):
            axis = self._field(test) or _Axis(test, 2)
            axes.setdefault((axis.of, axis.is_field), axis)
        self._axes = tuple(axes.values())
        self._questions = self._searches = 0

    def boxes(self, inside: Sequence[int], region: int) -> tuple[list[Box], bool]:
        """The boxes that make up a region, and whether these are all.

        ``inside`` are literals of the contacts that are spoken of; what a box says of others does not count.
        """
        self._questions = self._searches = 0
        found: list[_Masks] = []
        left: list[int] = [*inside, region]
        while len(found) < _MOST_BOXES and not self._is_spent():
            point = self._point(left)
            if point is None:
                break
            box = max(self._grown([*inside, -region], point), key=self._size)
            found.append(box)
            left.append(-self._literal(box))
        self._searches = 0
        are_all = self._is_nobody(left)
        kept = self._apart(inside, self._needed([*inside, region], found))
        kept.sort(key=self._size, reverse=True)
        return [Box(tuple(self._literals(box)), self._condition(box)) for box in kept], are_all

    # ── axes ──────────────────────────────────────────────────────────────────

    def _field(self, test: e.Expr) -> _Axis | None:
        """The field that a test asks of, where its cells settle the test and can be said."""
        space = self.space
        bases = list(space.terms.bases(test))
        if isinstance(test, e.SegmentRef) or len(bases) != 1 or (base := bases[0]) not in space.cells:
            return None
        cells = space.cells[base]
        if isinstance(base, e.Now) or isinstance(space.fields[base].type, Time):
            return None
        if cells.left or cells.opened is not None or not 1 < len(cells.cells) <= _MOST_CELLS:
            return None
        axis = _Axis(base, len(cells.cells), is_field=True)
        return axis if all(self._said(axis, cell) is not None for cell in axis.places(axis.all)) else None

    def _said(self, axis: _Axis, mask: int) -> e.Expr | None:
        """The condition that something lies in these cells; None where it takes many words."""
        if (axis, mask) not in self._conditions:
            self._conditions[axis, mask] = self._worded(axis, mask)
        return self._conditions[axis, mask]

    def _worded(self, axis: _Axis, mask: int) -> e.Expr | None:
        base = axis.of
        if axis.is_field and isinstance(base, e.FieldRef | e.SignalRef):
            return condition_of(base, self.space.fields[base].type, self.space.cells[base], mask)
        return base if mask == 1 else refused(self.space, base)

    def _in(self, axis: _Axis, mask: int) -> int:
        """The literal that holds where something lies in these cells."""
        base = axis.of
        if axis.is_field and isinstance(base, e.FieldRef | e.SignalRef):
            return self.space.within(base, mask)
        yes = self.space.true(base)
        return yes if mask == 1 else -yes

    # ── boxes ─────────────────────────────────────────────────────────────────

    def _literals(self, box: _Masks) -> list[int]:
        return [self._in(axis, mask) for axis, mask in box.items()]

    def _literal(self, box: _Masks) -> int:
        return self.space.gates.all(self._literals(box))

    def _condition(self, box: _Masks) -> e.Expr | None:
        said = [
            expr for axis in self._axes if axis in box and (expr := self._said(axis, box[axis])) is not None
        ]
        exprs = merged(said)
        return None if not exprs else exprs[0] if len(exprs) == 1 else e.All(tuple(exprs))

    def _size(self, box: _Masks) -> float:
        """Which part of all combinations a box holds."""
        size = 1.0
        for axis, mask in box.items():
            size *= mask.bit_count() / axis.size
        return size

    # ── questions ─────────────────────────────────────────────────────────────

    def _is_spent(self) -> bool:
        return self._questions > _MOST_QUESTIONS or self.space.late()

    def _is_nobody(self, wanted: Sequence[int]) -> bool:
        """Whether it is proved that no contact has all of these."""
        self._questions += 1
        if self.space.is_refuted(wanted):
            return True
        if self.space.is_plain(wanted) or self._searches >= _MOST_SEARCHES:
            return False
        self._searches += 1
        return self.space.possible(wanted) is False

    def _point(self, wanted: Sequence[int]) -> _Masks | None:
        """The cells of one contact; None where there is none, or none can be told."""
        if not isinstance(self.space.find(wanted), Found):
            return None
        held = {
            axis: [cell for cell in axis.places(axis.all) if self.space.solver.holds(self._in(axis, cell))]
            for axis in self._axes
        }
        kept, point = list(wanted), dict[_Axis, int]()
        for axis in self._axes:
            for cell in dict.fromkeys((*held[axis], *axis.places(axis.all))):
                if self.space.possible([*kept, self._in(axis, cell)]) is True:
                    point[axis] = cell
                    kept.append(self._in(axis, cell))
                    break
            else:
                return None
        return point

    def _grown(self, outside: Sequence[int], point: _Masks) -> Iterator[_Masks]:
        """Boxes around a point into which nobody of ``outside`` gets, each grown along another axis first."""
        for first in self._axes or (None,):
            box = dict(point)
            for axis in sorted(self._axes, key=lambda other: other is not first):
                others = [self._in(other, mask) for other, mask in box.items() if other is not axis]
                if self._is_nobody([*outside, *others]):
                    del box[axis]
                    continue
                for cell in axis.places(axis.all & ~box[axis]):
                    wider = box[axis] | cell
                    if wider == axis.all or self._said(axis, wider) is None:
                        continue
                    if self._is_nobody([*outside, *others, self._in(axis, cell)]):
                        box[axis] = wider
            yield box
            if self._is_spent():
                return

    def _needed(self, inside: Sequence[int], found: Sequence[_Masks]) -> list[_Masks]:
        """The boxes without those that the others cover, the smallest first."""
        kept = sorted(found, key=self._size)
        for box in list(kept):
            others = [other for other in kept if other is not box]
            covered = [-self._literal(other) for other in others]
            if others and self._is_nobody([*inside, self._literal(box), *covered]):
                kept = others
        return kept

    def _apart(self, inside: Sequence[int], found: Sequence[_Masks]) -> list[_Masks]:
        """The boxes, the smallest first, each without the cells that others hold as well."""
        kept = list(found)
        for number, box in enumerate(kept):
            others = [-self._literal(other) for other in kept if other is not box]
            less = dict(box)
            for axis, mask in box.items():
                for cell in axis.places(mask):
                    fewer = less[axis] & ~cell
                    if not fewer or self._said(axis, fewer) is None:
                        continue
                    if self._is_nobody([*inside, self._literal({**less, axis: cell}), *others]):
                        less[axis] = fewer
            kept[number] = less
        return kept

"""Fields as columns: in which bounds they lie, in one of their cells and in all of them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeGuard

from routekit.policy import expressions as e
from routekit.policy.operators.registry import is_total
from routekit.prover.arithmetic.quantities import ends_of, finite, kind_of, present
from routekit.prover.arithmetic.search import Column
from routekit.prover.arithmetic.sums import Kind, SumReader
from routekit.prover.arithmetic.tableau import Quantity
from routekit.prover.domains.cells import Cell, Cells, Domain, OneOf, Range, Unlisted, may_be_missing
from routekit.prover.domains.intervals import combined, enclose
from routekit.prover.domains.terms import NOTHING, Base, Evaluator, bases_of

__all__ = ["Fields", "InCells", "is_base"]

_Ends = tuple[Quantity | None, Quantity | None]


def is_base(expr: e.Expr) -> TypeGuard[Base]:
    """Whether an expression is a field, a signal or the clock itself."""
    return isinstance(expr, e.FieldRef | e.SignalRef | e.Now)


class Fields:
    """The fields by their cells; masks have a bit for each cell."""

    def __init__(self, cells: Mapping[Base, Cells], evaluator: Evaluator) -> None:
        """``evaluator`` may raise ``TimeUpError``."""
        self._cells = cells
        self.evaluator = evaluator
        self.reader = SumReader(self.kind)
        self._ends: dict[Base, list[tuple[Quantity, Quantity] | None]] = {}
        self._anywhere: dict[e.Expr, Domain] = {}
        self._limited: dict[e.Expr, bool] = {}

    def cell(self, base: Base, place: int) -> Cell:
        """One of the cells of a field."""
        return self._cells[base].cells[place]

    def kind(self, name: e.Expr) -> Kind | None:
        """What a field is counted in; None where it is no quantity, or not known."""
        if not is_base(name) or name not in self._cells:
            return None
        kinds = {kind_of(cell.domain) for cell in self._cells[name].cells if not _is_missing(cell)}
        return kinds.pop() if len(kinds) == 1 else None

    # ── masks ─────────────────────────────────────────────────────────────────

    def everywhere(self, base: Base) -> int:
        """All cells."""
        return self._cells[base].all

    def there(self, base: Base) -> int:
        """The cells in which a field is there."""
        cells = self._cells[base]
        return cells.all >> 1 if _is_missing(cells.cells[-1]) else cells.all

    def is_missing(self, base: Base, place: int) -> bool:
        """Whether a cell is that of the missing value."""
        return not self.there(base) >> place & 1

    def like(self, base: Base, place: int) -> int:
        """The cells in which a field is there, or not, as it is in this one."""
        there = self.there(base)
        return there if there >> place & 1 else self.everywhere(base) & ~there

    def within(self, base: Base, place: int, room: Quantity, *, is_upper: bool) -> tuple[int, Quantity]:
        """The cells within a bound of one, or beyond it by less than there is room for; and how far."""
        ends = self.ends(base)
        mine = ends[place]
        assert mine is not None, "a missing value has no bounds"
        mask, used = 0, Fraction(0)
        for other, there in enumerate(ends):
            if there is not None:
                beyond = there[1] - mine[1] if is_upper else mine[0] - there[0]
                if beyond <= 0 or beyond < room:
                    mask |= 1 << other
                    used = max(used, Fraction(beyond))
        return mask, used

    # ── bounds ────────────────────────────────────────────────────────────────

    def ends(self, base: Base) -> list[tuple[Quantity, Quantity] | None]:
        """The least and the largest value of each cell; None of the cell for a missing value."""
        if base not in self._ends:
            self._ends[base] = [ends_of(cell.domain) for cell in self._cells[base].cells]
        return self._ends[base]

    def column(self, base: Base, place: int) -> Column:
        """The bounds of a field, in one of its cells and in all."""
        ends = self.ends(base)
        there = [item for item in ends if item is not None]
        least, most = finite(min(low for low, _ in there)), finite(max(high for _, high in there))
        mine = ends[place]
        assert mine is not None, "a missing value is no column"
        return Column(self.kind(base) is not Kind.FLOAT, finite(mine[0]), finite(mine[1]), least, most)

    def anywhere(self, expr: e.Expr) -> Domain:
        """What an expression can come to where its fields are there."""
        if expr not in self._anywhere:
            box = {base: self._hull(base) for base in bases_of(expr)}
            self._anywhere[expr] = enclose(expr, box, self.evaluator.meaning)
        return self._anywhere[expr]

    def here(self, expr: e.Expr, places: Mapping[Base, int]) -> Domain:
        """What an expression can come to in some cells of its fields."""
        box = {base: self.cell(base, places[base]).domain for base in bases_of(expr)}
        return enclose(expr, box, self.evaluator.meaning)

    def _hull(self, base: Base) -> Domain:
        domains = [cell.domain for cell in self._cells[base].cells if not _is_missing(cell)]
        values = [value for domain in domains if isinstance(domain, OneOf) for value in domain.values]
        ranges = [domain for domain in domains if isinstance(domain, Range)]
        if any(isinstance(domain, Unlisted) for domain in domains):
            return Unlisted(False)
        if not ranges:
            return OneOf(frozenset(values))
        ends = [end for domain in ranges for end in (domain.low, domain.high)] + values
        return Range(min(ends), max(ends))  # type: ignore[type-var, arg-type]

    # ── what has a value ──────────────────────────────────────────────────────

    def is_total(self, expr: e.Expr, known: Mapping[e.Expr, Set[int]], by: set[int]) -> bool:
        """Whether an expression has a value wherever its fields, and what is ``known``, have one.

        Puts into ``by`` the tests by which what it rests on is known.
        """
        if expr in known:
            by |= known[expr]
            return True
        match expr:
            case _ if expr == NOTHING:
                return False
            case e.Constant() | e.FieldRef() | e.SignalRef() | e.Now():
                return True
            case e.Compare() | e.InRange() | e.InSet():
                pass
            case e.Else(_, second):
                return self.is_total(second, known, by)
            case e.Arithmetic():
                if not self._is_within_limits(expr):
                    return False
            case e.Call():
                if not is_total(expr):
                    return False
            case _:
                return False
        return all(self.is_total(child, known, by) for child in e.children(expr))

    def _is_within_limits(self, expr: e.Arithmetic) -> bool:
        """Whether arithmetic has a result wherever its sides have one."""
        if expr not in self._limited:
            sides = [present(self.anywhere(side)) for side in (expr.left, expr.right)]
            result = combined(expr, sides, self.evaluator.meaning)
            self._limited[expr] = not may_be_missing(result)
        return self._limited[expr]


@dataclass(frozen=True, slots=True)
class InCells:
    """The columns in some cells; ``is_refuting``: what is not taken apart, only as it is in all cells."""

    fields: Fields
    places: Mapping[Base, int]
    is_refuting: bool

    def column(self, name: e.Expr) -> Column:
        """The bounds of a column."""
        if is_base(name):
            return self.fields.column(name, self.places[name])
        least, most = _finite_ends(self.fields.anywhere(name))
        low, high = (least, most) if self.is_refuting else _finite_ends(self.fields.here(name, self.places))
        read = self.fields.reader.read(name)
        return Column(read is not None and read.kind is not Kind.FLOAT, low, high, least, most)


def _finite_ends(domain: Domain) -> _Ends:
    ends = ends_of(domain)
    return (None, None) if ends is None else (finite(ends[0]), finite(ends[1]))


def _is_missing(cell: Cell) -> bool:
    return cell.samples == (None,)

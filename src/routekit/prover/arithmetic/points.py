"""Values for the columns of a search that was solved: the plainest that leave the others theirs."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice, product
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.ordinals import rounded
from routekit.prover.arithmetic.fields import Fields, is_base
from routekit.prover.arithmetic.quantities import as_value, exactly
from routekit.prover.arithmetic.search import Search
from routekit.prover.arithmetic.sums import quantity
from routekit.prover.arithmetic.tableau import Quantity
from routekit.prover.domains.cells import Cell
from routekit.prover.domains.terms import Base, bases_of
from routekit.schema.types import Value

__all__ = ["Point", "Points"]

Point: TypeAlias = dict[Base, Value | None]

_MOST_SAMPLES = 8


class Points:
    """Chooses values in some cells; what it chose stands in ``point``."""

    def __init__(self, fields: Fields, places: Mapping[Base, int], search: Search) -> None:
        self._fields = fields
        self._places = places
        self._search = search
        self.point: Point = {}

    def choose(self) -> bool:
        """Gives values to all fields of the columns; False where it finds none."""
        names = [name for name in self._search.names if not is_base(name)]
        ages = [name for name in names if isinstance(name, e.Call) and name.function == "years"]
        if not all(self._settle(name) for name in names if name not in ages):
            return False
        waiting = {base for age in ages for base in bases_of(age)}
        for base in self._places:
            if base in self._search.names and base not in self.point and base not in waiting:
                self._give(base)
        return all(map(self._born, ages))

    def rest(self) -> Iterator[Point]:
        """Yields the point with samples for all other fields."""
        free = [base for base in self._places if base not in self.point]
        samples = [self._cell(base).samples or (None,) for base in free]
        for values in islice(product(*samples), _MOST_SAMPLES):
            yield {**self.point, **dict(zip(free, values, strict=True))}

    def _cell(self, base: Base) -> Cell:
        return self._fields.cell(base, self._places[base])

    # ── fields ────────────────────────────────────────────────────────────────

    def _give(self, base: Base) -> bool:
        """Gives a field the plainest value that leaves the others theirs."""
        cell = self._cell(base)
        beside = self._beside(self._search.value(base), cell)
        for value in dict.fromkeys((*cell.samples[:1], *beside, *cell.samples)):
            if value is not None and self._search.tried(base, exactly(value)):
                self.point[base] = value
                return True
        return False

    @staticmethod
    def _beside(value: Quantity, cell: Cell) -> Iterator[Value]:
        like = cell.samples[0]
        if like is None or isinstance(like, bool | str | frozenset):
            return
        found = as_value(value, like)
        if found is not None:
            yield from rounded(found)
            yield found

    # ── what is not taken apart ───────────────────────────────────────────────

    def _settle(self, name: e.Expr) -> bool:
        """Gives values to the fields within it, for which all can still hold."""
        inside = [base for base in bases_of(name) if base not in self.point]
        samples = [self._cell(base).samples for base in inside]
        for values in islice(product(*samples), _MOST_SAMPLES):
            trial = dict(zip(inside, values, strict=True))
            found = self._worked_out(name, trial)
            if found is None or quantity(found) is None:
                continue
            mark = self._search.tableau.mark()
            if self._search.tried(name, exactly(found)) and all(
                base not in self._search.names or self._search.tried(base, exactly(value))
                for base, value in trial.items()
                if value is not None
            ):
                self.point.update(trial)
                return True
            self._search.tableau.back_to(mark)
        return False

    def _worked_out(self, name: e.Expr, trial: Point) -> Value | None:
        evaluator = self._fields.evaluator
        known = {base: self.point[base] for base in bases_of(name) if base in self.point}
        return evaluator.at({**known, **trial}).value(name)

    def _born(self, age: e.Call) -> bool:
        """Gives a date to who is of an age, and the clock a time."""
        born, today = age.arguments
        others = [base for base in bases_of(age) if base != born and base not in self.point]
        for base in others:
            if base not in self._search.names:
                self.point[base] = self._cell(base).samples[0]
            elif not self._give(base):
                return False
        if not is_base(born) or born in self.point:
            return self._settle(age)
        wanted = self._search.value(age)
        day = self._worked_out(today, {})
        birthdays = _birthdays(day, int(wanted)) if isinstance(day, date) else iter(())
        for value in (*self._cell(born).samples, *birthdays):
            if self._worked_out(age, {born: value}) == wanted and (
                born not in self._search.names or self._search.tried(born, exactly(value))
            ):
                self.point[born] = value
                return True
        return False


def _birthdays(today: date, years: int) -> Iterator[date]:
    for month, day in ((1, 1), (today.month, min(today.day, 28)), (12, 31)):
        for year in (today.year - years, today.year - years - 1):
            if year >= date.min.year:
                yield date(year, month, day)

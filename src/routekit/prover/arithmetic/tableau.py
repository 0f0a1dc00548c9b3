"""Whether sums can keep to bounds: the general simplex of Dutertre and de Moura, in exact fractions.

Each row says what a basic variable is in terms of the others. The others keep to their bounds at all times;
basic variables that do not are exchanged for others until all do, or until a row shows that they cannot.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

__all__ = ["Conflict", "Held", "Quantity", "Tableau", "add", "over", "size"]

Quantity: TypeAlias = int | Fraction
"""Exact; whole numbers are no fractions where that is easily seen, since they are much faster."""


@dataclass(frozen=True, slots=True)
class Held:
    """A bound that takes part in a conflict, so many times, and why it is there."""

    why: Hashable
    times: Quantity
    is_upper: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Bounds that cannot be kept together; they miss by ``gap``, by 0 where that is not known."""

    bounds: Sequence[Held]
    gap: Quantity = 0


class Tableau:
    """Variables with bounds, and rows that say which of them are sums of others.

    >>> tableau = Tableau()
    >>> x, y = tableau.variable(), tableau.variable()
    >>> sum_ = tableau.row({x: 1, y: 1})
    >>> tableau.at_least(x, 3, "x"), tableau.at_least(y, 4, "y"), tableau.at_most(sum_, 6, "sum")
    (None, None, None)
    >>> [held.why for held in tableau.check().bounds]
    ['sum', 'x', 'y']
    """

    def __init__(self, hurry: Callable[[], None] = lambda: None) -> None:
        """``hurry`` is called before each exchange; it may raise ``TimeUpError``."""
        self.values: list[Quantity] = []
        self._hurry = hurry
        self._rows: dict[int, dict[int, Quantity]] = {}
        self._columns: list[set[int]] = []
        """For each variable that is not basic, the rows that it stands in."""
        self._bounds: tuple[list[Quantity | None], list[Quantity | None]] = [], []
        self._reasons: tuple[list[Hashable], list[Hashable]] = [], []
        self._trail: list[tuple[int, int, Quantity | None, Hashable]] = []
        self._loose: set[int] = set()
        """Basic variables that may not keep to their bounds."""

    def variable(self) -> int:
        """Adds a variable without bounds."""
        self.values.append(0)
        self._columns.append(set())
        for side in (0, 1):
            self._bounds[side].append(None)
            self._reasons[side].append(None)
        return len(self.values) - 1

    def row(self, parts: Mapping[int, Quantity]) -> int:
        """Adds a variable that is a sum of others."""
        made = self.variable()
        row: dict[int, Quantity] = {}
        for variable, times in parts.items():
            inner = self._rows.get(variable)
            add(row, {variable: 1} if inner is None else inner, times)
        self._rows[made] = row
        for variable in row:
            self._columns[variable].add(made)
        self.values[made] = sum((times * self.values[variable] for variable, times in row.items()), 0)
        return made

    # ── bounds ────────────────────────────────────────────────────────────────

    def at_least(self, variable: int, bound: Quantity, why: Hashable) -> Conflict | None:
        """Bounds a variable from below; a conflict where it contradicts the bound from above."""
        return self._bound(variable, 0, bound, why)

    def at_most(self, variable: int, bound: Quantity, why: Hashable) -> Conflict | None:
        """Bounds a variable from above."""
        return self._bound(variable, 1, bound, why)

    def _bound(self, variable: int, side: int, bound: Quantity, why: Hashable) -> Conflict | None:
        known, other = self._bounds[side][variable], self._bounds[1 - side][variable]
        if known is not None and (known <= bound if side else known >= bound):
            return None
        if other is not None and (bound < other if side else bound > other):
            held = Held(why, 1, bool(side)), Held(self._reasons[1 - side][variable], 1, not side)
            return Conflict(held, other - bound if side else bound - other)
        self._trail.append((variable, side, known, self._reasons[side][variable]))
        self._bounds[side][variable], self._reasons[side][variable] = bound, why
        value = self.values[variable]
        if value > bound if side else value < bound:
            if variable in self._rows:
                self._loose.add(variable)
            else:
                self._move(variable, bound - value)
        return None

    def mark(self) -> int:
        """Remembers the bounds that there are."""
        return len(self._trail)

    def back_to(self, mark: int) -> None:
        """Takes back the bounds that were added since."""
        while len(self._trail) > mark:
            variable, side, bound, why = self._trail.pop()
            self._bounds[side][variable], self._reasons[side][variable] = bound, why

    # ── values ────────────────────────────────────────────────────────────────

    def check(self) -> Conflict | None:
        """Finds values that keep to all bounds, or bounds that cannot be kept together."""
        low, high = self._bounds
        while self._loose:
            variable = min(self._loose)  # the least first, so that it comes to an end
            value = self.values[variable]
            least, most = low[variable], high[variable]
            if least is not None and value < least:
                side, goal = 0, least
            elif most is not None and value > most:
                side, goal = 1, most
            else:
                self._loose.discard(variable)
                continue
            self._hurry()
            other = self._with_room(variable, rises=side == 0)
            if other is None:
                return self._conflict(variable, side, goal)
            self._exchange(variable, other, goal)
        return None

    def _with_room(self, variable: int, *, rises: bool) -> int | None:
        """The least of the variables of a row that can move so that the basic one rises, or falls."""
        low, high = self._bounds
        found = None
        for other, times in self._rows[variable].items():
            if found is not None and other > found:
                continue
            bound = (high if (times > 0) is rises else low)[other]
            if bound is None or self.values[other] != bound:
                found = other
        return found

    def _conflict(self, variable: int, side: int, goal: Quantity) -> Conflict:
        gap = goal if side == 0 else -goal
        held = [Held(self._reasons[side][variable], 1, bool(side))]
        for other, times in self._rows[variable].items():
            other_side = 1 if (times > 0) is (side == 0) else 0
            bound = self._bounds[other_side][other]
            assert bound is not None
            held.append(Held(self._reasons[other_side][other], size(times), bool(other_side)))
            gap -= times * bound if side == 0 else -times * bound
        return Conflict(held, gap)

    def _move(self, variable: int, by: Quantity) -> None:
        self.values[variable] += by
        for basic in self._columns[variable]:
            self.values[basic] += self._rows[basic][variable] * by
            self._loose.add(basic)

    def _exchange(self, basic: int, other: int, goal: Quantity) -> None:
        """Makes a basic variable, which gets a value, one of the others, and another one basic."""
        row = self._rows[basic]
        by = over(goal - self.values[basic], row[other])
        self.values[basic] = goal
        self.values[other] += by
        for place in self._columns[other]:
            if place != basic:
                self.values[place] += self._rows[place][other] * by
                self._loose.add(place)
        self._loose.discard(basic)
        self._loose.add(other)
        del self._rows[basic]
        times = row.pop(other)
        new = {name: over(-part, times) for name, part in row.items()}
        new[basic] = over(1, times)
        places = self._columns[other]
        places.discard(basic)
        self._columns[other] = set()
        for name in row:
            self._columns[name].discard(basic)
        for place in places:
            self._put_in(place, other, new)
        self._rows[other] = new
        for name in new:
            self._columns[name].add(other)

    def _put_in(self, place: int, other: int, new: Mapping[int, Quantity]) -> None:
        """Writes out what a variable is, which has become basic, in another row."""
        row = self._rows[place]
        times = row.pop(other)
        for name, part in new.items():
            added = row.get(name, 0) + times * part
            if added:
                row[name] = added
                self._columns[name].add(place)
            else:
                del row[name]
                self._columns[name].discard(place)


def add(row: dict[int, Quantity], other: Mapping[int, Quantity], times: Quantity) -> None:
    """Adds a multiple of a row to one; what comes to nothing leaves it.

    >>> row = {1: 2, 2: 1}
    >>> add(row, {1: 1, 3: 1}, -2)
    >>> row
    {2: 1, 3: -2}
    """
    for name, part in other.items():
        added = row.get(name, 0) + times * part
        if added:
            row[name] = added
        else:
            row.pop(name, None)


def size(quantity: Quantity) -> Quantity:
    """Tells how large it is, whatever its sign."""
    return quantity if quantity >= 0 else -quantity


def over(one: Quantity, other: Quantity) -> Quantity:
    """Divides exactly.

    >>> over(6, 3), over(1, 3)
    (2, Fraction(1, 3))
    """
    if other == 1:
        return one
    found = Fraction(one, other)
    return found.numerator if found.denominator == 1 else found

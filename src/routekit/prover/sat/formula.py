"""Formulas as gates over variables, written down as clauses.

A literal is a variable's number, or minus it; 1 stands for true. Equal gates are made once. What a literal
means is written down when it is asked for, and only that way round: what follows where it holds. Most
gates are never asked for, and hardly any both ways.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from operator import neg
from typing import TypeAlias, TypeVar

__all__ = ["FALSE", "NO", "TRUE", "UNKNOWN", "YES", "Formula", "Pair"]

K = TypeVar("K")
TRUE, FALSE = 1, -1

Pair: TypeAlias = tuple[int, int]
"""Where a condition is true, and where it is false; where neither holds it is unknown."""

_FEW = 8

UNKNOWN: Pair = FALSE, FALSE
YES: Pair = TRUE, FALSE
NO: Pair = FALSE, TRUE


class Formula:
    """Variables, the conjunctions made of them, and the clauses that say what each means.

    >>> gates = Formula(clauses.append) if (clauses := []) else Formula(lambda clause: None)
    >>> a, b = gates.variable(), gates.variable()
    >>> gates.both(a, b) == gates.both(b, a), gates.both(a, -a) == FALSE
    (True, True)
    """

    def __init__(self, add: Callable[[Sequence[int]], None]) -> None:
        self.count = 1
        self.parts: dict[int, tuple[int, ...]] = {}
        self._add = add
        self._made: dict[tuple[int, ...], int] = {}
        self._written: set[int] = set()
        self._refused: dict[int, tuple[int, ...]] = {}
        self._small: set[int] = set()
        """Formula of a few literals that are no gates; these are written in their place."""
        self._bound: set[int] = set()
        self._held: list[Sequence[int]] = []
        add((TRUE,))

    def restart(self, add: Callable[[Sequence[int]], None]) -> None:
        """Begins to write anew, for ``add``: gates that are asked for no more cost nothing there."""
        self._add = add
        self._written.clear()
        add((TRUE,))
        for clause in self._held:
            self.write(clause)
            add(clause)

    def add(self, clause: Sequence[int]) -> None:
        """Holds all that follows to a clause."""
        self._held.append(clause)
        self.write(clause)
        self._add(clause)
        if len(clause) > 2 or any(abs(literal) in self.parts for literal in clause):
            self._bound.update(map(abs, clause))

    def cone(self, literals: Iterable[int]) -> set[int]:
        """The variables that literals depend on; where these have values, there are some for all others.

        So it is since gates follow from their parts, and clauses of two literals that are no gates hold
        or follow; what other clauses speak of belongs to every cone.
        """
        written = self._written
        found = self._within({*map(abs, literals), *self._bound})
        return {variable for variable in found if variable in written or -variable in written}

    def _within(self, found: set[int]) -> set[int]:
        """Variables with all that their gates are made of."""
        waiting = list(found)
        while waiting:
            for part in self.parts.get(waiting.pop(), ()):
                variable = abs(part)
                if variable not in found:
                    found.add(variable)
                    waiting.append(variable)
        return found

    def write(self, literals: Iterable[int]) -> None:
        """Writes down what follows where these literals hold, as far as it is not yet."""
        written, parts_of, add = self._written, self.parts, self._add
        waiting = [literal for literal in literals if literal not in written]
        while waiting:
            literal = waiting.pop()
            if literal in written:
                continue
            written.add(literal)
            for part in parts_of.get(literal, ()) if literal > 0 else (literal,):
                if -part in parts_of:
                    follows: Sequence[int] = self._refusals(-part)
                    add((-literal, *follows))
                elif part in self._small:
                    follows = parts_of[part]
                    for inner in follows:
                        add((-literal, inner))
                elif part != literal:
                    follows = (part,)
                    add((-literal, part))
                else:
                    continue
                waiting += follows

    def _refusals(self, gate: int) -> tuple[int, ...]:
        """The literals of which one holds where a gate does not."""
        known = self._refused.get(gate)
        if known is None:
            found: list[int] = []
            for part in self.parts[gate]:
                found += map(neg, self.parts[part]) if part in self._small else (-part,)
            known = self._refused[gate] = tuple(found)
        return known

    def variable(self) -> int:
        self.count += 1
        return self.count

    def both(self, *literals: int) -> int:
        return self.all(literals)

    def either(self, *literals: int) -> int:
        return self.any(literals)

    def all(self, literals: Iterable[int]) -> int:
        """The literal that holds where all do."""
        parts = set(literals)
        parts.discard(TRUE)
        if len(parts) <= 1:
            return parts.pop() if parts else TRUE
        if FALSE in parts or not parts.isdisjoint(map(neg, parts)):
            return FALSE
        key = tuple(sorted(parts))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self.variable()
            if len(key) <= _FEW and self.parts.keys().isdisjoint(map(abs, key)):
                self._small.add(made)
            self.parts[made] = key
        return made

    def any(self, literals: Iterable[int]) -> int:
        """The literal that holds where one does."""
        return -self.all(map(neg, literals))

    def gathered(self, pairs: Iterable[tuple[K, int]]) -> dict[K, int]:
        """For each thing the literal that holds where one of its literals does."""
        found: dict[K, list[int]] = {}
        for thing, literal in pairs:
            found.setdefault(thing, []).append(literal)
        return {thing: self.any(literals) for thing, literals in found.items()}

    def xor(self, one: int, other: int) -> int:
        """The literal that holds where one of two does, but not both."""
        if one == other:
            return FALSE
        return self.either(self.both(one, -other), self.both(-one, other))

    def choose(self, test: int, then: int, other: int) -> int:
        return self.either(self.both(test, then), self.both(-test, other))

    def at_least(self, literals: Sequence[int], least: int) -> int:
        """The literal that holds where so many do."""
        if least <= 0:
            return TRUE
        counts = [FALSE] * least
        for literal in literals:
            for place in range(least - 1, 0, -1):
                counts[place] = self.either(counts[place], self.both(counts[place - 1], literal))
            counts[0] = self.either(counts[0], literal)
        return counts[-1]

    def reasons(self, wanted: Iterable[int], holds: Callable[[int], bool], plain: Container[int]) -> set[int]:
        """Literals true in a model, which alone make the wanted ones true.

        They are of variables that are no gates, or of ``plain`` ones.
        """
        leaves: set[int] = set()
        seen: set[int] = set()
        waiting = list(wanted)
        while waiting:
            literal = waiting.pop()
            if literal in seen or literal == TRUE:
                continue
            seen.add(literal)
            variable = abs(literal)
            parts = None if variable in plain else self.parts.get(variable)
            if parts is None:
                leaves.add(literal)
            elif literal > 0:
                waiting += parts
            elif seen.isdisjoint(map(neg, parts)):
                waiting.append(-next(part for part in parts if self._fails(part, holds)))
        return leaves

    def _fails(self, part: int, holds: Callable[[int], bool]) -> bool:
        if part in self._small:
            return any(map(holds, map(neg, self.parts[part])))
        return holds(-part)

    def holds(self, literal: int, plain: Callable[[int], bool]) -> bool:
        """Whether a literal holds by those that are no gates; a gate that was put in place has no value."""
        if abs(literal) not in self.parts:
            return plain(literal)
        return bool(self.holding((literal,), plain))

    def is_written(self, literal: int) -> bool:
        """Whether what follows where a literal holds is written down; a gate put in place has no value."""
        return literal in self._written

    def holding(self, literals: Iterable[int], plain: Callable[[int], bool]) -> set[int]:
        """Those of some literals that hold, as ``holds`` tells of each."""
        literals = set(literals)
        values: dict[int, bool] = {}
        for variable in sorted(self._within({*map(abs, literals)})):
            parts = self.parts.get(variable)
            values[variable] = (
                plain(variable) if parts is None else all(values[abs(part)] is (part > 0) for part in parts)
            )
        return {literal for literal in literals if values[abs(literal)] is (literal > 0)}

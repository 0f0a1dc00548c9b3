"""What a policy asks of each base, noted before anything is cut: tests of scalars, elements of sets."""

from collections.abc import Iterable, Mapping

from routekit.policy import expressions as e
from routekit.policy.model import Field
from routekit.prover.domains.terms import Atom, Base, bases_of
from routekit.prover.sat.formula import FALSE, TRUE, UNKNOWN, Pair
from routekit.schema.types import SetOf, Value

__all__ = ["TestsByField"]


class TestsByField:
    """Stands in for the literals of tests and sets as long as there are none."""

    def __init__(self, fields: Mapping[Base, Field]) -> None:
        self.sets = {base for base, item in fields.items() if isinstance(item.type, SetOf)}
        self.tests: dict[Base, dict[Atom, None]] = {}
        self.elements: dict[Base, set[Value]] = {}

    def test(self, atom: Atom) -> Pair:
        bases = bases_of(atom)
        among_sets = not bases.isdisjoint(self.sets)
        for base in bases:
            if base in self.sets:
                self.elements.setdefault(base, set())
            else:
                tests = self.tests.setdefault(base, {})
                if len(bases) == 1 and not among_sets:
                    tests[atom] = None
        return UNKNOWN

    def side(self, base: Base, atom: Atom, _: bool) -> int:
        """Takes note of a test of one base."""
        self.tests.setdefault(base, {})[atom] = None
        return FALSE

    def members(self, field: e.FieldRef, values: Iterable[Value]) -> tuple[int, dict[Value, int], int]:
        self.elements.setdefault(field, set()).update(values)
        return TRUE, dict.fromkeys(values, FALSE), FALSE

    def named(self, field: e.FieldRef) -> set[Value]:
        return self.elements.get(field, set())

    def overlap(self, _: int, __: int) -> int:
        return FALSE

    def either_way(self, _: object, __: str) -> Pair:
        return UNKNOWN

    def free(self, _: object) -> int:
        return FALSE

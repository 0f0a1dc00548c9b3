"""The values of one base as cells, none of which a test of the policy can tell apart."""

from collections.abc import Iterable
from dataclasses import dataclass

from routekit.prover.domains.intervals import Domain, Few, Unlisted
from routekit.prover.domains.terms import Atom
from routekit.schema.types import Value

__all__ = ["MISSING", "Cell", "Cells", "uncut"]


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


def uncut(tests: Iterable[Atom]) -> Cells:
    """One cell of which nothing is known."""
    nowhere = dict.fromkeys(tests, 0)
    return Cells([Cell((), Unlisted(True))], nowhere, dict(nowhere), set(nowhere))

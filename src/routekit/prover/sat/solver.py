"""Whether clauses can hold: by python-sat where it is installed, else by the solver of our own."""

from collections.abc import Callable, Collection, Container, Iterable, Sequence
from typing import Any, Protocol

from routekit.prover.sat.cdcl import PlainSolver
from routekit.prover.sat.formula import Formula

__all__ = ["OnDemand", "Solver", "new_solver"]

_CONFLICTS_AT_ONCE = 1000


class Solver(Protocol):
    """Clauses and questions to them; ``core``: assumptions that cannot hold, ``holds``: the model."""

    core: tuple[int, ...]
    is_fast: bool

    def add(self, clause: Sequence[int]) -> None: ...

    def solve(self, assumptions: Sequence[int], late: Callable[[], bool]) -> bool | None: ...

    def holds(self, literal: int) -> bool: ...


class _FastSolver:
    is_fast = True

    def __init__(self, solver: Any) -> None:
        self._solver = solver
        self._true: set[int] | None = None
        self.add: Callable[[Sequence[int]], None] = solver.add_clause
        self.core: tuple[int, ...] = ()

    def solve(self, assumptions: Sequence[int], late: Callable[[], bool]) -> bool | None:
        self.core = ()
        while True:
            self._solver.conf_budget(_CONFLICTS_AT_ONCE)
            answer = self._solver.solve_limited(assumptions=list(assumptions))
            if answer is None:
                if late():
                    return None
                continue
            self._true = None
            if not answer:
                self.core = tuple(self._solver.get_core() or ())
            return bool(answer)

    def holds(self, literal: int) -> bool:
        if self._true is None:  # most answers are not looked into
            self._true = set(self._solver.get_model() or ())
        return literal in self._true


class OnDemand:
    """A solver that is told what literals of gates mean when they are asked for."""

    def __init__(self, solver: Solver, gates: Formula) -> None:
        self._solver = solver
        self._gates = gates
        self.is_fast = solver.is_fast

    @property
    def core(self) -> tuple[int, ...]:
        return self._solver.core

    def solve(self, assumptions: Sequence[int], late: Callable[[], bool]) -> bool | None:
        self._gates.write(assumptions)
        return self._solver.solve(assumptions, late)

    def holds(self, literal: int) -> bool:
        return self._gates.holds(literal, self._solver.holds)

    def holding(self, literals: Collection[int]) -> set[int]:
        """Those of some literals that hold in the model: some at least where one of them was asked for."""
        holds, is_written = self._solver.holds, self._gates.is_written
        found = {literal for literal in literals if is_written(literal) and holds(literal)}
        return found or self._gates.holding(literals, holds)

    def reasons(self, wanted: Sequence[int], plain: Container[int]) -> set[int]:
        """Literals that hold, are of no gates or of ``plain`` ones, and alone make the wanted ones hold."""
        return self._gates.reasons(wanted, self._solver.holds, plain)


def new_solver(cone: Callable[[Sequence[int]], Iterable[int]]) -> Solver:
    """A solver without clauses; ``cone`` gives the variables that literals depend on."""
    try:
        from pysat.solvers import Minisat22
    except ImportError:
        return PlainSolver(cone)
    return _FastSolver(Minisat22())

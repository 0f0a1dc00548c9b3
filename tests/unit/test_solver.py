"""Solvers and gates against trying every value of every variable."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.prover.sat.cdcl import PlainSolver
from routekit.prover.sat.formula import FALSE, TRUE, Formula
from routekit.prover.sat.solver import OnDemand, Solver, new_solver

VARIABLES = 7
LITERALS = st.integers(1, VARIABLES).flatmap(lambda number: st.sampled_from([number, -number]))
CLAUSES = st.lists(st.lists(LITERALS, min_size=1, max_size=4), max_size=30)
QUESTIONS = st.lists(st.tuples(CLAUSES, st.lists(LITERALS, max_size=4)), min_size=1, max_size=4)

Clauses = Iterable[Sequence[int]]


def never_late() -> bool:
    return False


def everything(_: Sequence[int]) -> range:
    return range(1, VARIABLES + 1)


def solver_of(kind: str, cone: Callable[[Sequence[int]], Iterable[int]]) -> Solver:
    if kind == "ours":
        return PlainSolver(cone)
    pytest.importorskip("pysat.solvers", reason="python-sat is not installed")
    return new_solver(cone)


both = pytest.mark.parametrize("kind", ["python-sat", "ours"])


def can_hold(clauses: Clauses, assumed: Iterable[int]) -> bool:
    wanted = [*clauses, *([literal] for literal in assumed)]
    return any(
        all(any(signs[abs(literal) - 1] == (literal > 0) for literal in clause) for clause in wanted)
        for signs in product((False, True), repeat=VARIABLES)
    )


@both
@given(questions=QUESTIONS)
def test_answers_models_and_cores_are_right(
    kind: str, questions: list[tuple[list[list[int]], list[int]]]
) -> None:
    solver, clauses = solver_of(kind, everything), [[number, -number] for number in range(1, VARIABLES + 1)]
    for clause in clauses:
        solver.add(clause)
    for more, assumed in questions:
        for clause in more:
            solver.add(clause)
        clauses += more
        answer = solver.solve(assumed, never_late)
        assert answer is can_hold(clauses, assumed)
        if answer:
            model = [number if solver.holds(number) else -number for number in range(1, VARIABLES + 1)]
            assert can_hold(clauses, [*model, *assumed])
        else:
            assert set(solver.core) <= set(assumed)
            assert not can_hold(clauses, solver.core)


def test_clauses_that_need_long_search_are_refuted_and_given_up_when_it_is_late() -> None:
    holes = 6

    def sits(pigeon: int, hole: int) -> int:
        return pigeon * holes + hole + 1

    def make() -> PlainSolver:
        solver = PlainSolver()
        for pigeon in range(holes + 1):
            solver.add([sits(pigeon, hole) for hole in range(holes)])
            for other in range(pigeon):
                for hole in range(holes):
                    solver.add([-sits(pigeon, hole), -sits(other, hole)])
        return solver

    assert make().solve([], never_late) is False
    assert make().solve([], lambda: True) is None


# ── gates ─────────────────────────────────────────────────────────────────────

LEAVES = 5
GATES = st.lists(
    st.tuples(st.booleans(), st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=4)),
    min_size=1,
    max_size=12,
)


@both
@given(made=GATES, asked=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=3), max_size=5))
def test_a_formula_is_asked_as_if_all_of_it_were_written_down(
    kind: str,
    made: list[tuple[bool, list[tuple[int, bool]]]],
    asked: list[list[int]],
) -> None:
    told = solver_of(kind, lambda wanted: gates.cone(wanted))
    gates = Formula(told.add)
    solver = OnDemand(told, gates)
    leaves = [gates.variable() for _ in range(LEAVES)]
    everywhere = list(product((False, True), repeat=LEAVES))
    known = {TRUE: [True] * len(everywhere)}
    known.update({leaf: [signs[place] for signs in everywhere] for place, leaf in enumerate(leaves)})

    def where(literal: int) -> list[bool]:
        values = known[abs(literal)]
        return values if literal > 0 else [not value for value in values]

    literals = [TRUE, *leaves]
    for is_all, chosen in made:
        parts = [literals[place % len(literals)] * (1 if sign else -1) for place, sign in chosen]
        literal = gates.all(parts) if is_all else gates.any(parts)
        test = all if is_all else any
        values = [test(where(part)[row] for part in parts) for row in range(len(everywhere))]
        assert where(literal) == values if abs(literal) in known else True
        known[abs(literal)] = values if literal > 0 else [not value for value in values]
        literals.append(literal)
    for places in asked:
        wanted = [literals[place % len(literals)] * (1 if place % 3 else -1) for place in places]
        rows = [row for row in range(len(everywhere)) if all(where(literal)[row] for literal in wanted)]
        answer = FALSE not in wanted and solver.solve(wanted, never_late)
        assert answer is bool(rows)
        if answer:
            assert all(map(solver.holds, wanted))
            reasons = solver.reasons(wanted, ())
            assert {abs(literal) for literal in reasons} <= set(leaves)
            for row in range(len(everywhere)):
                if all(where(literal)[row] for literal in reasons):
                    assert row in rows

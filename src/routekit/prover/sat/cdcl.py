"""A small solver of clauses in plain Python, for where no other is installed.

It learns from conflicts as MiniSat does: two watched literals a clause, the first unique implication
point, activities that decay, restarts, saved phases. What was assumed before and is assumed again stays
as it is, and only variables that a question depends on are decided.
"""

from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush

__all__ = ["PlainSolver"]

_DECAY = 1 / 0.95
_RESTART = 100
_LARGEST = 1e100
_CONFLICTS_AT_ONCE, _DECISIONS_AT_ONCE = 10, 1_000
"""After so many it is asked whether it got late."""


class PlainSolver:
    """Solves clauses under assumptions by conflict-driven clause learning.

    ``core`` and ``holds`` tell of the last answer.

    ``cone`` gives the variables that assumptions depend on: wherever these are decided and nothing is
    refuted, values of all others can be found too. Without it all variables are decided.
    """

    is_fast = False

    def __init__(self, cone: Callable[[Sequence[int]], Iterable[int]] | None = None) -> None:
        self._cone = cone
        self._values: list[int] = [0]
        self._levels: list[int] = [0]
        self._reasons: list[list[int] | None] = [None]
        self._phases: list[int] = [-1]
        self._activity: list[float] = [0.0]
        self._watches: dict[int, list[list[int]]] = {}
        self._trail: list[int] = []
        self._trail_limits: list[int] = []
        self._queue_head = 0
        self._order: list[tuple[float, int]] = []
        self._is_decision = bytearray(1)
        """The variables that are to be decided, and of those the ones that the heap lacks."""
        self._absent = bytearray(1)
        self._increment = 1.0
        self._is_unsat = False
        self._assumptions: list[int] = []
        """The assumptions of the last question; what follows of the first ones need not be found again."""
        self._model: list[int] = []
        self.core: tuple[int, ...] = ()

    def add(self, clause: Sequence[int]) -> None:
        """Adds a clause for good."""
        self._cancel_until(0)
        literals = list(dict.fromkeys(clause))
        for literal in literals:
            self._new_variables(abs(literal))
        if any(-literal in literals or self._value(literal) > 0 for literal in literals):
            return
        literals = [literal for literal in literals if self._value(literal) == 0]
        if not literals:
            self._is_unsat = True
        elif len(literals) == 1:
            self._enqueue(literals[0], None)
            self._is_unsat = self._is_unsat or self._propagate() is not None
        else:
            self._attach(literals)

    def holds(self, literal: int) -> bool:
        """Whether a literal is true in the model that was found."""
        value = self._model[abs(literal)] if abs(literal) < len(self._model) else -1
        return value == (1 if literal > 0 else -1)

    def solve(self, assumptions: Sequence[int], late: Callable[[], bool]) -> bool | None:
        """Whether the clauses can hold with the assumptions; None where it got late."""
        self.core = ()
        for literal in assumptions:
            self._new_variables(abs(literal))
        pairs = enumerate(zip(self._assumptions, assumptions, strict=False))
        shared = min(len(self._assumptions), len(assumptions))
        self._cancel_until(next((level for level, (before, now) in pairs if before != now), shared))
        self._assumptions = list(assumptions)
        if self._is_unsat:
            return False
        self._order.clear()
        self._is_decision, self._absent = bytearray(len(self._values)), bytearray(len(self._values))
        conflicts, decisions, until, is_ready = 0, 0, _RESTART, False
        while True:
            conflict = self._propagate()
            if conflict is not None:
                conflicts += 1
                if not self._trail_limits:
                    self._is_unsat = True
                    return False
                self._analyze(conflict)
                if conflicts % _CONFLICTS_AT_ONCE == 0 and late():
                    return None
                if conflicts >= until:
                    until = conflicts + int(_RESTART * 1.1 ** (conflicts / _RESTART))
                    self._cancel_until(len(assumptions))
                continue
            level = len(self._trail_limits)
            if level < len(assumptions):
                literal = assumptions[level]
                value = self._value(literal)
                if value < 0:
                    self.core = self._analyze_final(literal)
                    return False
                self._trail_limits.append(len(self._trail))
                if value == 0:
                    self._enqueue(literal, None)
                continue
            if not is_ready:
                self._rebuild_order(assumptions)
                is_ready = True
            variable = self._pick_branch_variable()
            if variable is None:
                self._model = self._values.copy()
                return True
            decisions += 1
            if decisions % _DECISIONS_AT_ONCE == 0 and late():
                return None
            self._trail_limits.append(len(self._trail))
            self._enqueue(variable * self._phases[variable], None)

    # ── the parts ─────────────────────────────────────────────────────────────

    def _new_variables(self, variable: int) -> None:
        while len(self._values) <= variable:
            fresh = len(self._values)
            self._values.append(0)
            self._levels.append(0)
            self._reasons.append(None)
            self._phases.append(-1)
            self._activity.append(0.0)
            self._watches[fresh], self._watches[-fresh] = [], []

    def _value(self, literal: int) -> int:
        return self._values[literal] if literal > 0 else -self._values[-literal]

    def _enqueue(self, literal: int, reason: list[int] | None) -> None:
        variable = abs(literal)
        self._values[variable] = 1 if literal > 0 else -1
        self._levels[variable] = len(self._trail_limits)
        self._reasons[variable] = reason
        self._trail.append(literal)

    def _attach(self, clause: list[int]) -> None:
        self._watches[-clause[0]].append(clause)
        self._watches[-clause[1]].append(clause)

    def _propagate(self) -> list[int] | None:
        values, watches = self._values, self._watches
        while self._queue_head < len(self._trail):
            literal = self._trail[self._queue_head]
            self._queue_head += 1
            watching = watches[literal]
            kept: list[list[int]] = []
            for place, clause in enumerate(watching):
                if clause[0] == -literal:
                    clause[0], clause[1] = clause[1], -literal
                first = clause[0]
                value = values[first] if first > 0 else -values[-first]
                if value > 0:
                    kept.append(clause)
                    continue
                for other in range(2, len(clause)):
                    found = clause[other]
                    if (values[found] if found > 0 else -values[-found]) >= 0:
                        clause[1], clause[other] = found, -literal
                        watches[-found].append(clause)
                        break
                else:
                    kept.append(clause)
                    if value < 0:
                        watches[literal] = kept + watching[place + 1 :]
                        self._queue_head = len(self._trail)
                        return clause
                    self._enqueue(first, clause)
            watches[literal] = kept
        return None

    def _analyze(self, conflict: list[int]) -> None:
        """Learns the clause of the first unique implication point, and jumps back to where it asserts."""
        level = len(self._trail_limits)
        seen: set[int] = set()
        learnt: list[int] = []
        open_, place, clause = 0, len(self._trail), conflict
        while True:
            for literal in clause:
                variable = abs(literal)
                if variable in seen or self._levels[variable] == 0 or self._value(literal) > 0:
                    continue
                seen.add(variable)
                self._bump_activity(variable)
                if self._levels[variable] == level:
                    open_ += 1
                else:
                    learnt.append(literal)
            while True:
                place -= 1
                if abs(self._trail[place]) in seen and self._levels[abs(self._trail[place])] == level:
                    break
            pivot = self._trail[place]
            open_ -= 1
            if open_ == 0:
                break
            clause = self._reasons[abs(pivot)] or []
        self._increment *= _DECAY
        learnt.sort(key=lambda literal: -self._levels[abs(literal)])
        self._cancel_until(self._levels[abs(learnt[0])] if learnt else 0)
        clause = [-pivot, *learnt]
        if learnt:
            self._attach(clause)
        self._enqueue(-pivot, clause if learnt else None)

    def _bump_activity(self, variable: int) -> None:
        self._activity[variable] += self._increment
        if self._activity[variable] > _LARGEST:
            self._activity = [activity / _LARGEST for activity in self._activity]
            self._increment /= _LARGEST
        if self._is_decision[variable]:
            heappush(self._order, (-self._activity[variable], variable))
            self._absent[variable] = 0

    def _rebuild_order(self, assumptions: Sequence[int]) -> None:
        """Finds what is to be decided."""
        among, absent, values, activity = self._is_decision, self._absent, self._values, self._activity
        for variable in range(1, len(values)) if self._cone is None else self._cone(assumptions):
            if variable < len(values) and not among[variable]:
                among[variable] = 1
                if values[variable]:
                    absent[variable] = 1
                else:
                    self._order.append((-activity[variable], variable))
        heapify(self._order)

    def _pick_branch_variable(self) -> int | None:
        while self._order:
            _, variable = heappop(self._order)
            self._absent[variable] = 1
            if self._values[variable] == 0:
                return variable
        return None

    def _analyze_final(self, literal: int) -> tuple[int, ...]:
        """The assumptions that cannot hold together with one."""
        core, seen = [literal], {abs(literal)}
        waiting = [abs(literal)]
        while waiting:
            variable = waiting.pop()
            if self._levels[variable] == 0:
                continue
            reason = self._reasons[variable]
            if reason is None:
                assumed = variable if self._values[variable] > 0 else -variable
                if assumed != -literal or assumed not in core:
                    core.append(assumed)
                continue
            for part in reason:
                if abs(part) not in seen:
                    seen.add(abs(part))
                    waiting.append(abs(part))
        return tuple(core)

    def _cancel_until(self, level: int) -> None:
        if len(self._trail_limits) <= level:
            return
        bottom = self._trail_limits[level]
        values, phases, absent = self._values, self._phases, self._absent
        heap, activity = self._order, self._activity
        for literal in self._trail[bottom:]:
            variable = abs(literal)
            phases[variable] = 1 if literal > 0 else -1
            values[variable] = 0
            if absent[variable]:
                absent[variable] = 0
                heappush(heap, (-activity[variable], variable))
        del self._trail[bottom:]
        del self._trail_limits[level:]
        self._queue_head = bottom

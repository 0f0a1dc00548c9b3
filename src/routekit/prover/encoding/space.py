"""Every contact there can be, as variables of a formula; and what a condition says of them.

First every condition is ``meet``, so that all tests are known. ``close`` cuts each field, signal and the
clock into cells by them. From then on a condition is a pair of literals, and contacts for which literals
hold can be asked for.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.references import ValueRef, declared
from routekit.prover.domains.cells import Cells, uncut
from routekit.prover.domains.cut import cut
from routekit.prover.domains.terms import ARRIVAL, NOON, ArmOf, Atom, Base, Evaluator, Guard, Terms
from routekit.prover.encoding.atoms import Atoms, SetBase, TestsByField
from routekit.prover.encoding.conditions import Conditions
from routekit.prover.encoding.field_variables import FieldVariables
from routekit.prover.encoding.multi_field_tests import JointTests
from routekit.prover.encoding.open_text_tests import OpenTextTests
from routekit.prover.encoding.population import Nature
from routekit.prover.encoding.refusals import Found, Refusal, Theory
from routekit.prover.encoding.sampling import SampledContacts
from routekit.prover.limits import YEARS, Deadline, TimeUpError, Years, span_of
from routekit.prover.sat.formula import FALSE, TRUE, Formula, Pair
from routekit.prover.sat.solver import OnDemand, Solver, new_solver
from routekit.prover.supported import TAKES
from routekit.schema.types import Time, Value
from routekit.translation import t

__all__ = ["Found", "Pair", "Space", "Unsettled", "time_up"]

_MOST_GUESSES = 20
_MOST_ROUNDS = 4_000
_MOST_CULPRITS = 100
_MOST_PASSES = 8


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Why there is no answer, and what it would take."""

    reason: str
    takes: str


def time_up() -> Unsettled:
    """Says that the time was up, and that more would help."""
    return Unsettled(t("the time was up"), t("more time: `--timeout SECONDS`"))


class Space:
    """The contacts of a policy. First every condition is ``meet``; then, after ``close``, asked for."""

    def __init__(
        self,
        policy: CheckedPolicy,
        deadline: Deadline,
        fields: Mapping[ValueRef, Field] | None = None,
        guards: Mapping[e.Expr, Guard] | None = None,
        *,
        years: Years = YEARS,
    ) -> None:
        """``fields`` are those of the policy, if no others are given; some may be ``guards`` of others."""
        self.policy = policy
        self.deadline = deadline
        self.years = years
        first, last = span_of(years)
        day = NOON.date() if first <= NOON.date() <= last else first
        self.noon = NOON.replace(year=day.year, month=day.month, day=day.day)
        """The clock where the time does not matter."""
        self.fields: dict[Base, Field] = dict((declared(policy) if fields is None else fields).items())
        self.guards: Mapping[e.Expr, Guard] = guards or {}
        self.terms = Terms(policy, {base: item.type for base, item in self.fields.items()})
        self.evaluator = Evaluator(policy)
        self._hurried = Evaluator(policy, deadline.check)
        solver = self._new_solver()
        self.gates = Formula(solver.add)
        self.solver = OnDemand(solver, self.gates)
        arrival = self.fields.get(ARRIVAL)
        self.has_arrival = arrival is not None and isinstance(arrival.type, Time)
        self.arrival_known = FALSE
        if arrival is not None and self.has_arrival:
            self.arrival_known = self.gates.variable() if arrival.default is None else TRUE
        self.places = FieldVariables(self.gates, self.evaluator)
        self.texts = OpenTextTests(self.gates, self.places)
        self.joint = JointTests(self.gates, self.places, self.texts, self._hurried)
        self._theories: tuple[Theory, ...] = (self.texts, self.joint)
        self.leaves = Atoms(self.gates, self.places, self.texts, self.joint)
        self._samples = SampledContacts(Nature(self.gates, self.places, self.texts, self.joint, deadline))
        self._plain = [True]
        self.registered: dict[int, e.Expr] = {}
        """By identity, since some are met for each rule."""
        self.is_closed = False
        self._survey = TestsByField(self.fields)
        self._conditions = self._over(self._survey)

    def _new_solver(self) -> Solver:
        return new_solver(lambda wanted: self.gates.cone(wanted))

    def _over(self, standing: TestsByField | Atoms) -> Conditions:
        arrival = self.arrival_known if self.has_arrival else None
        return Conditions(self.terms, self._hurried, self.gates, standing, arrival, self.guards)

    # ── before it is closed ───────────────────────────────────────────────────

    def register(self, expr: e.Expr | None) -> None:
        """Takes note of every test of a condition; raises ``TimeUpError`` when the time is up."""
        self.deadline.check()
        if expr is not None:
            self.registered[id(expr)] = expr
            self._conditions.side(expr, True)

    def close(self) -> None:
        """Cuts every base by the tests that were met; conditions can be asked for from now on."""
        bounds = self._bounds_of_arrival()
        for test in bounds:
            self.register(test)
        if self._survey.elements:
            named = -1
            for _ in range(_MOST_PASSES):  # once more: what one set may hold, another one is asked for
                if named == (named := sum(map(len, self._survey.elements.values()))):
                    break
                self._conditions = self._over(self._survey)
                for expr in self.registered.values():
                    self._conditions.side(expr, True)
        for base, tests in self._survey.tests.items():
            item = self.fields.get(base)
            cells = self._cut(base, list(tests))
            self.places.open(base, cells, None if item is None else item.default)
            if cells.opened is not None:
                self.texts.open(base, cells.opened)
        for base, elements in self._survey.elements.items():
            self.leaves.open_set(base, self.fields[base], elements)
        self.is_closed = True
        self._conditions = self._over(self.leaves)
        for test in bounds:
            self.gates.add((-self.arrival_known, self.true(test)))

    def _bounds_of_arrival(self) -> list[e.Expr]:
        """What the type of ``contact.at`` asks of ``now`` where a contact has it."""
        item = self.fields.get(ARRIVAL)
        if item is None or not isinstance(item.type, Time):
            return []
        ends = ((">=", item.type.low), ("<=", item.type.high))
        return [e.Compare(operator, e.Now(), e.Constant(end)) for operator, end in ends if end is not None]

    def _cut(self, base: Base, tests: Sequence[Atom]) -> Cells:
        item = self.fields.get(base)
        type_, may_miss = (Time(), False) if item is None else (item.type, item.may_be_missing)
        try:
            return cut(base, type_, may_miss, tests, self._hurried, self.policy.timezone, self.years)
        except TimeUpError:
            return uncut(tests)

    # ── conditions ────────────────────────────────────────────────────────────

    def true(self, condition: e.Expr | None) -> int:
        """The literal that holds where a condition is true; one that is left out always is."""
        return TRUE if condition is None else self._conditions.side(condition, True)

    def ask(self, expr: e.Expr) -> int:
        """Takes note of a condition as long as the space is open; then, where it is true."""
        if self.is_closed:
            return self.true(expr)
        self.register(expr)
        return FALSE

    def pair(self, expr: e.Expr) -> Pair:
        """Where a condition is true, and where it is false."""
        return self._conditions.pair(expr)

    def arm(self, arm: ArmOf) -> Pair:
        """Where a split takes an arm."""
        return self._conditions.arm(arm)

    def either_way(self, key: object, reason: str) -> Pair:
        """A test of which nothing is known, and why."""
        return self._conditions.standing.either_way(key, reason)

    # ── bases ─────────────────────────────────────────────────────────────────

    @property
    def cells(self) -> dict[Base, Cells]:
        """The cells of each base that is no set."""
        return self.places.cells

    @property
    def sets(self) -> dict[Base, SetBase]:
        """The literals of each set."""
        return self.leaves.sets

    def within(self, base: Base, mask: int) -> int:
        """The literal that holds where a base lies in one of these cells."""
        return self.places.within(base, mask)

    def usual(self) -> Iterator[int]:
        """Yields literals that hold where fields have their defaults, or optional ones are missing."""
        for base, item in self.fields.items():
            if not item.is_required and (base != ARRIVAL or not self.has_arrival):
                literal = self.left_out(base)
                if literal is not None:
                    yield literal

    def left_out(self, base: Base) -> int | None:
        """The literal that holds where nothing needs to be sent for a base; None where none tells that."""
        if base == ARRIVAL and self.has_arrival:
            return None if self.arrival_known == TRUE else -self.arrival_known
        default = self.fields[base].default
        if base in self.sets:
            there = self.sets[base]
            if not isinstance(default, frozenset):
                return -there.known
            named = [on if value in default else -on for value, on in there.has.items()]
            others = there.others if default - set(there.has) else -there.others
            return self.gates.all([*named, others])
        if base in self.cells and (place := self.place_of(base, default)) >= 0:
            return self.within(base, 1 << place)
        return None

    def place_of(self, base: Base, value: Value | None) -> int:
        """The cell of a value; -1 where it has none."""
        return self.places.place_of(base, value)

    def among(self, literals: set[int]) -> list[tuple[e.Expr, e.Expr]]:
        """The elements that a contact has in its sets though no test names them."""
        return [
            (key[1], key[2])
            for key, literal in self.leaves.fresh.items()
            if isinstance(key, tuple) and key[0] == "among" and literal in literals
        ]

    # ── search ────────────────────────────────────────────────────────────────

    def find(self, wanted: Sequence[int]) -> Found | Unsettled | None:
        """A contact for which all of these literals hold; None where it is proved that there is none."""
        if FALSE in wanted:
            return None
        guess = 0
        guesses = 0
        why = ""
        doubtful: Found | None = None
        for _ in range(_MOST_ROUNDS):
            if self.late():
                return self._time_up()
            asked = [*wanted, guess] if guess else list(wanted)
            answer = self.solver.solve(asked, self.late)
            if answer is None:
                return self._time_up()
            if not answer:
                if not guesses:
                    return None
                return doubtful or self._unsettled("some", why)
            found, turns = self._read(self.solver.reasons(wanted, self.places.meaning))
            try:
                refusal = self._met(found, turns)
            except TimeUpError:
                return self._time_up()
            if refusal is None:
                refusal = self._doubted(found)
                if refusal is None:
                    return found
                doubtful = doubtful or found
            if refusal.is_proved:
                self.gates.add(refusal.clause)
            else:
                guess = guess or self.gates.variable()
                guesses += 1
                why = why or refusal.why
                self.gates.add((-guess, *refusal.clause))
                if guesses >= _MOST_GUESSES:
                    break
        return doubtful or self._unsettled(t("too many"), why)

    def _met(self, found: Found, turns: Mapping[int, list[int]]) -> Refusal | None:
        """Has each theory put in its values; the first refusal, if there is one."""
        for number, theory in enumerate(self._theories):
            refusal = theory.solve(found, turns.get(number, ()), self.solver.holds)
            if refusal is not None:
                return refusal
        return None

    def _unsettled(self, many: str, why: str) -> Unsettled:
        if why:
            return Unsettled(why, t("simpler tests: fewer of one text, or all in the same spelling"))
        asking = ", ".join(f"`{name}`" for name in self.joint.undecided)
        tests = t("its tests of {asking} and others", asking=asking) if asking else t("its tests")
        return Unsettled(
            t("{many} combinations of {tests} could be neither met nor refused", many=many, tests=tests),
            t("simpler tests: arithmetic or patterns over fewer fields at once"),
        )

    def _doubted(self, found: Found) -> Refusal | None:
        """Has another contact looked for where one rests on tests of which nothing is known."""
        doubts = self.leaves.doubts
        resting = [literal for literal in found.literals if abs(literal) in doubts] if doubts else []
        if not resting:
            return None
        found.doubt = doubts[abs(resting[0])]
        return Refusal(tuple(-literal for literal in resting), is_proved=False)

    def late(self) -> bool:
        """Whether the time is up."""
        return self.deadline.is_past

    def _time_up(self) -> Unsettled:
        faster = "" if self.solver.is_fast else t(", or a faster solver: `pip install routekit[analysis]`")
        late = time_up()
        return replace(late, takes=f"{late.takes}{faster}")

    def _read(self, leaves: set[int]) -> tuple[Found, Mapping[int, list[int]]]:
        """What is told of a contact, and the literals that each theory is asked of."""
        found = Found()
        turns: dict[int, list[int]] = {}
        for literal in leaves:
            variable = abs(literal)
            if variable in self.places.meaning:
                base, mask = self.places.meaning[variable]
                everywhere = self.cells[base].all
                allowed = mask if literal > 0 else everywhere & ~mask
                found.masks[base] = found.masks.get(base, everywhere) & allowed
            elif (theory := self._theory_of(variable)) is not None:
                turns.setdefault(theory, []).append(literal)
            else:
                found.literals.add(literal)
        return found, turns

    def _theory_of(self, variable: int) -> int | None:
        return next(
            (number for number, theory in enumerate(self._theories) if variable in theory.meaning), None
        )

    def invite(self, aims: Iterable[int]) -> None:
        """Has contacts made up for which these literals may hold, so that less needs to be searched for."""
        flags = [self.arrival_known]
        for there in self.sets.values():
            flags += [there.known, there.others, *there.has.values()]
        self._samples.invite(aims, flags, list(self.usual()))

    def foresee(self, questions: Iterable[Sequence[int]]) -> None:
        """Has contacts made up, as far as there is time, that show of many questions that something can be.

        A question is some literals that are to hold together; it is best asked of all at once.
        """
        with suppress(TimeUpError):
            self._samples.foresee(questions)

    def begin_anew(self) -> None:
        """Begins a solver that knows nothing of what was asked, since that makes other questions slower."""
        solver = self._new_solver()
        self.gates.restart(solver.add)
        self.solver = OnDemand(solver, self.gates)

    def is_plain(self, wanted: Iterable[int]) -> bool:
        """Whether the formula says all there is of these literals: nothing else knows what they rest on."""
        plain, parts_of = self._plain, self.gates.parts
        if len(plain) <= self.gates.count:
            fresh = {abs(literal) for literal in self.leaves.fresh.values()}
            for variable in range(len(plain), self.gates.count + 1):  # the parts of a gate are made before it
                parts = parts_of.get(variable)
                plain.append(
                    variable not in fresh and self._theory_of(variable) is None
                    if parts is None
                    else all(plain[abs(part)] for part in parts)
                )
        return all(plain[abs(literal)] for literal in wanted)

    def holding(self, wanted: Sequence[int], literals: Collection[int]) -> set[int] | Unsettled | None:
        """Those of some literals that hold for one contact for which all the wanted ones do.

        None where it is proved that there is no such contact.
        """
        if self.is_plain(wanted) and FALSE not in wanted and not self.late():
            answer = self.solver.solve(wanted, self.late)
            if answer is not None:
                return self.solver.holding(literals) if answer else None
        found = self.find(wanted)
        if not isinstance(found, Found):
            return found
        return Unsettled(found.doubt, t(TAKES)) if found.doubt else self.solver.holding(literals)

    def possible(self, wanted: Sequence[int]) -> bool | Unsettled:
        """Whether there is a contact for which all of these literals hold."""
        try:
            if self._samples.has(wanted):
                return True
        except TimeUpError:
            return self._time_up()
        if self.is_plain(wanted) and FALSE not in wanted and not self.late():
            answer = self.solver.solve(wanted, self.late)
            if answer is not None:
                return answer
        found = self.find(wanted)
        if isinstance(found, Found) and found.doubt:
            return Unsettled(found.doubt, t(TAKES))
        return found if isinstance(found, Unsettled) else found is not None

    def is_sampled(self, wanted: Sequence[int]) -> bool:
        """Whether one of the contacts that were made up has all of these: quickly told, and of few."""
        return self._samples.has(wanted)

    def is_refuted(self, wanted: Sequence[int]) -> bool:
        """Whether the clauses alone refute it: quickly told, and not of all that is impossible."""
        return FALSE in wanted or self.solver.solve(wanted, self.late) is False

    def is_nobody(self, wanted: Sequence[int]) -> bool:
        """Whether it is proved that no contact has all of these."""
        return self.is_refuted(wanted) or (not self.is_plain(wanted) and self.possible(wanted) is False)

    def core(self, wanted: Sequence[int], culprits: Sequence[int]) -> list[int]:
        """Of literals that cannot hold together with the wanted ones, a few that cannot; each is needed."""
        try:
            core = self._samples.refusing(wanted, culprits)
        except TimeUpError:
            return list(culprits)
        if self.possible([*wanted, *core]) is not False:
            if self.possible([*wanted, *culprits]) is not False:
                return list(culprits)
            named = set(self.solver.core)
            core = [literal for literal in culprits if literal in named]
        for literal in list(core)[:_MOST_CULPRITS]:
            fewer = [other for other in core if other != literal]
            if self.possible([*wanted, *fewer]) is False:
                core = fewer
        return core

"""Every contact there can be, as variables of a formula; and what a condition says of them.

Each field, signal and the clock is cut into cells by all the tests at hand; a number's cells stand in
order, so that a range is two literals. A condition is a pair of literals: it is true, it is false; where
neither holds it is unknown. Tests of several fields at once are free variables, which ``search`` holds to
what there is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from routekit.analysis.cells import Cell, Cells, cut
from routekit.analysis.enclose import Domain, Few, Range, Unlisted
from routekit.analysis.gates import FALSE, TRUE, Gates
from routekit.analysis.solver import new_solver
from routekit.analysis.terms import (
    ARRIVAL,
    NOTHING,
    ArmOf,
    Atom,
    Base,
    Evaluator,
    Terms,
    TooLargeError,
    bases_of,
    put,
    walk,
)
from routekit.analysis.theory import Point, Want, is_refuted, search
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.references import declared
from routekit.schema.types import Choice, Flag, SetOf, Time, Type, Value

__all__ = ["Found", "Guard", "Pair", "Space", "Unsettled"]

_MOST_GUESSES = 20
_MOST_ROUNDS = 4_000
_MOST_CULPRITS = 100
_FEW_BOXES = 60

Pair = tuple[int, int]
_UNKNOWN: Pair = FALSE, FALSE
_YES: Pair = TRUE, FALSE
_NO: Pair = FALSE, TRUE


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Why there is no answer, and what it would take."""

    reason: str
    takes: str


@dataclass(frozen=True, slots=True)
class Guard:
    """A field that has the value of another where a test of that is true, and else is missing."""

    test: e.Expr
    inside: e.FieldRef | e.SignalRef


@dataclass(slots=True)
class Found:
    """A contact that was found: which cells its bases may lie in, chosen values, and the rest of it."""

    masks: dict[Base, int] = field(default_factory=dict)
    point: Point = field(default_factory=dict)
    literals: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SetBase:
    """A set field: whether it is known, whether it has each value that is named, and any other."""

    known: int
    has: dict[Value, int]
    others: int


class Space:
    """The contacts of a policy. First every condition is ``meet``; then, after ``close``, asked for."""

    def __init__(
        self, policy: CheckedPolicy, late: Callable[[], bool], guards: Mapping[e.Expr, Guard] | None = None
    ) -> None:
        self.policy = policy
        self.late = late
        self.guards: Mapping[e.Expr, Guard] = guards or {}
        self.terms = Terms(policy)
        self.evaluator = Evaluator(policy)
        self.solver = new_solver()
        self.gates = Gates(self.solver.add)
        self.fields: dict[Base, Field] = dict(declared(policy).items())
        arrival = self.fields.get(ARRIVAL)
        self.has_arrival = arrival is not None and isinstance(arrival.type, Time)
        self.arrival_known = self.gates.variable() if self.has_arrival else FALSE
        if arrival is not None and arrival.default is not None and self.has_arrival:
            self.arrival_known = TRUE
        self.cells: dict[Base, Cells] = {}
        self.sets: dict[Base, SetBase] = {}
        self.meaning: dict[int, tuple[Base, int]] = {}
        self.joint: dict[Atom, Pair] = {}
        self._joint_meaning: dict[int, tuple[Atom, bool]] = {}
        self._order: dict[Base, list[int]] = {}
        self._mask_literals: dict[tuple[Base, int], int] = {}
        self._tests: dict[Base, dict[Atom, None]] = {}
        self._elements: dict[Base, set[Value]] = {}
        self.is_closed = False
        self._pairs: dict[e.Expr, Pair] = {}
        self._names: dict[str, Pair] = {}
        self._fresh: dict[object, int] = {}
        self._places: dict[tuple[Base, Value | None, type], int] = {}
        self._undecided: set[tuple[frozenset[Want], frozenset[tuple[Base, int]]]] = set()
        self.met: list[e.Expr] = []

    # ── before it is closed ───────────────────────────────────────────────────

    def meet(self, expr: e.Expr | None) -> None:
        """Takes note of every test of a condition."""
        if expr is not None:
            self.met.append(expr)
            self.pair(expr)

    def close(self) -> None:
        """Cuts every base by the tests that were met; conditions can be asked for from now on."""
        self._pairs, self._names = {}, {}
        for expr in self.met:
            self.pair(expr)  # once more: by now all that sets may hold is known
        for base, tests in list(self._tests.items()):
            if base not in self.sets and not self._is_set(base):
                self._cut(base, list(tests))
        for base, elements in self._elements.items():
            self._open_set(base, elements)
        self.is_closed = True
        self._pairs, self._names, self._fresh = {}, {}, {}

    def _cut(self, base: Base, tests: Sequence[Atom]) -> None:
        type_, may_miss = self._type(base)
        found = cut(base, type_, may_miss, tests, self.evaluator, self.policy.timezone)
        self.cells[base] = found
        count = len(found.cells)
        order = [FALSE, *(self.gates.variable() for _ in range(count - 1)), TRUE]
        for place in range(1, count):
            self.meaning[order[place]] = base, (1 << place) - 1
            if place > 1:
                self.gates.add((-order[place - 1], order[place]))
        self._order[base] = order

    def _type(self, base: Base) -> tuple[Type, bool]:
        if isinstance(base, e.Now):
            return Time(), False
        item = self.fields[base]
        return item.type, item.may_be_missing

    def _is_set(self, base: Base) -> bool:
        return not isinstance(base, e.Now) and isinstance(self.fields[base].type, SetOf)

    def _open_set(self, base: Base, elements: set[Value]) -> None:
        item = self.fields[base]
        assert isinstance(item.type, SetOf)
        known = self.gates.variable() if item.may_be_missing else TRUE
        element = item.type.element
        listed: Sequence[Value] | None = None
        if isinstance(element, Choice):
            listed = element.names
        elif isinstance(element, Flag):
            listed = (True, False)
        has = {value: self.gates.variable() for value in sorted(elements, key=str)}
        others = self.gates.variable() if listed is None or not set(listed) <= elements else FALSE
        self.sets[base] = SetBase(known, has, others)

    # ── conditions ────────────────────────────────────────────────────────────

    def true(self, condition: e.Expr | None) -> int:
        """The literal that holds where a condition is true; one that is left out always is."""
        return TRUE if condition is None else self.pair(condition)[0]

    def pair(self, expr: e.Expr) -> Pair:
        """Where a condition is true, and where it is false."""
        known = self._pairs.get(expr)
        if known is None:
            known = self._pairs[expr] = self._pair(expr)
        return known

    def _pair(self, expr: e.Expr) -> Pair:
        gates = self.gates
        match expr:
            case e.Constant(value):
                return (_YES if value else _NO) if isinstance(value, bool) else _UNKNOWN
            case e.LetRef(name) | e.SegmentRef(name):
                return self._named(name)
            case e.Not(operand):
                yes, no = self.pair(operand)
                return no, yes
            case e.All(operands):
                pairs = [self.pair(operand) for operand in operands]
                return gates.all(yes for yes, _ in pairs), gates.any(no for _, no in pairs)
            case e.Any(operands):
                pairs = [self.pair(operand) for operand in operands]
                return gates.any(yes for yes, _ in pairs), gates.all(no for _, no in pairs)
            case e.IsKnown(operand):
                known = self._known(operand)
                return known, -known
            case e.Else(first, second) if self.terms.is_condition(first):
                (yes, no), (then_yes, then_no) = self.pair(first), self.pair(second)
                open_ = gates.both(-yes, -no)
                return gates.either(yes, gates.both(open_, then_yes)), gates.either(
                    no, gates.both(open_, then_no)
                )
            case e.Compare("is", left, right) if self._is_flag_test(left) or self._is_flag_test(right):
                (a, b), (c, d) = self.pair(left), self.pair(right)
                same = gates.either(gates.both(a, c), gates.both(b, d))
                return same, gates.either(gates.both(a, d), gates.both(b, c))
            case e.InSet(operand, values) if self.terms.is_condition(operand):
                yes, no = self.pair(operand)
                inside = gates.either(yes if True in values else FALSE, no if False in values else FALSE)
                outside = gates.either(FALSE if True in values else yes, FALSE if False in values else no)
                return inside, outside
            case e.Member(element, container):
                return self._member(element, container)
            case e.HasAny(operand, values):
                known, has, _ = self._set(operand, values)
                any_ = gates.any(has[value] for value in values)
                return gates.both(known, any_), gates.both(known, -any_)
            case e.HasAll(operand, values):
                known, has, _ = self._set(operand, values)
                all_ = gates.all(has[value] for value in values)
                return gates.both(known, all_), gates.both(known, -all_)
            case e.IsEmpty(operand):
                known, has, others = self._set(operand, ())
                filled = gates.either(others, *has.values())
                return gates.both(known, -filled), gates.both(known, filled)
            case e.Compare("is", left, e.Constant(frozenset() as listed)):
                known, has, others = self._set(left, listed)
                same = gates.both(-others, *(has[v] if v in listed else -has[v] for v in has))
                return gates.both(known, same), gates.both(known, -same)
            case _:
                return self._leaf(expr)

    def _is_flag_test(self, expr: e.Expr) -> bool:
        return self.terms.is_condition(expr)

    def _named(self, name: str) -> Pair:
        known = self._names.get(name)
        if known is None:
            definition = self.terms.definitions[name]
            inner = getattr(definition, "condition", None)
            if inner is None:
                known = self.pair(definition.expr)  # type: ignore[union-attr]
            else:
                yes = self.pair(inner)[0]
                known = yes, -yes
            self._names[name] = known
        return known

    def _known(self, expr: e.Expr) -> int:
        if self.terms.is_condition(expr):
            return self.gates.either(*self.pair(expr))
        match expr:
            case e.Constant():
                return FALSE if expr == NOTHING else TRUE
            case e.Else(first, second):
                return self.gates.either(self._known(first), self._known(second))
            case e.Call(_, argument):
                return self._known(argument)
            case e.LetRef(name):
                return self._known(self.terms.definitions[name].expr)  # type: ignore[union-attr]
            case e.FieldRef() if self._is_set(expr):
                return self._set(expr, ())[0]
            case _:
                return self._leaf(e.IsKnown(expr))[0]

    # ── tests of scalars ──────────────────────────────────────────────────────

    def _leaf(self, expr: e.Expr) -> Pair:
        try:
            return self.atom(self.terms.expand(expr))
        except TooLargeError:
            return self.either_way(expr)

    def atom(self, atom: Atom) -> Pair:
        """A test whose lets and segments are put in place."""
        if self.guards:
            guarded = next((part for part in walk(atom) if part in self.guards), None)
            if guarded is not None:
                return self._guarded(atom, guarded)
        if not self.has_arrival or ARRIVAL not in bases_of(atom):
            return self._test(atom)
        come, missing = (self._test(self._with_arrival(atom, new)) for new in (e.Now(), NOTHING))
        known, choose = self.arrival_known, self.gates.choose
        return choose(known, come[0], missing[0]), choose(known, come[1], missing[1])

    def _with_arrival(self, atom: Atom, new: e.Expr) -> Atom:
        return _put_in(atom, ARRIVAL, new)

    def _guarded(self, atom: Atom, ref: e.Expr) -> Pair:
        guard = self.guards[ref]
        there, missing = self.atom(_put_in(atom, ref, guard.inside)), self.atom(_put_in(atom, ref, NOTHING))
        holds = self.pair(guard.test)[0]
        return self._chosen(holds, there[0], missing[0]), self._chosen(holds, there[1], missing[1])

    def _chosen(self, test: int, then: int, other: int) -> int:
        """Where cells of one base say it all, so does the answer, whatever way it was come by."""
        known = [
            (*self.meaning[abs(literal)], literal) for literal in (test, then) if abs(literal) in self.meaning
        ]
        if other == FALSE and len(known) == 2 and known[0][0] == known[1][0]:
            base = known[0][0]
            one, another = (mask if literal > 0 else ~mask for _, mask, literal in known)
            return self.within(base, one & another)
        return self.gates.choose(test, then, other)

    def _test(self, atom: Atom) -> Pair:
        bases = bases_of(atom)
        if not bases:
            truth = self.evaluator.truth(atom, self.evaluator.at({}))
            return _UNKNOWN if truth is None else _YES if truth else _NO
        if not self.is_closed:
            if any(self._is_set(base) for base in bases):
                for base in bases:
                    self._elements.setdefault(base, set()) if self._is_set(base) else self._tests.setdefault(
                        base, {}
                    )
            elif len(bases) == 1:
                self._tests.setdefault(next(iter(bases)), {})[atom] = None
            else:
                for base in bases:
                    self._tests.setdefault(base, {})
            return FALSE, FALSE
        if len(bases) == 1:
            base = next(iter(bases))
            cells = self.cells.get(base)
            if cells is not None and atom not in cells.left and atom in cells.true:
                return self.within(base, cells.true[atom]), self.within(base, cells.false[atom])
        if any(self._is_set(base) for base in bases):
            return self.either_way(atom)
        return self._joined(atom)

    def either_way(self, key: object) -> Pair:
        """A test of which nothing is known; a contact that is found is replayed anyhow."""
        yes = self._free((key, "yes"))
        return yes, self.gates.both(-yes, self._free((key, "no")))

    def _joined(self, atom: Atom) -> Pair:
        known = self.joint.get(atom)
        if known is None:
            yes, no = self.gates.variable(), self.gates.variable()
            self.gates.add((-yes, -no))
            known = self.joint[atom] = yes, no
            self._joint_meaning[yes], self._joint_meaning[no] = (atom, True), (atom, False)
            self._open_joint(atom, yes, no)
        return known

    def _open_joint(self, atom: Atom, yes: int, no: int) -> None:
        """What is plain of a test of several bases: it is unknown where one of its operands is missing."""
        from routekit.analysis.enclose import enclose

        boxes: dict[Base, Domain] = {}
        for base in bases_of(atom):
            if base not in self.cells:
                return
            boxes[base] = Unlisted(True)
        for base in boxes:
            place = self._missing_place(base)
            if place is None:
                continue
            truths = enclose(atom, {**boxes, base: Few(frozenset({None}))}, self.evaluator.value)
            if isinstance(truths, Few):
                missing = self.within(base, 1 << place)
                if True not in truths.values:
                    self.gates.add((-missing, -yes))
                if False not in truths.values:
                    self.gates.add((-missing, -no))

    def _missing_place(self, base: Base) -> int | None:
        cells = self.cells[base].cells
        return len(cells) - 1 if cells[-1].samples == (None,) else None

    def within(self, base: Base, mask: int) -> int:
        """The literal that holds where a base lies in one of these cells."""
        everywhere = self.cells[base].all
        mask &= everywhere
        if mask in (0, everywhere):
            return TRUE if mask else FALSE
        key = base, mask
        known = self._mask_literals.get(key)
        if known is None:
            mirrored = self._mask_literals.get((base, everywhere & ~mask))
            known = self._mask_literals[key] = (
                -mirrored if mirrored is not None else self._new_mask(base, mask)
            )
        return known

    def _new_mask(self, base: Base, mask: int) -> int:
        order, count = self._order[base], len(self.cells[base].cells)
        runs: list[tuple[int, int]] = []
        place = 0
        while place < count:
            if mask >> place & 1:
                end = place
                while end < count and mask >> end & 1:
                    end += 1
                runs.append((order[place], order[end]))
                place = end
            place += 1
        if len(runs) == 1:
            low, high = runs[0]
            if low == FALSE:
                return high
            if high == TRUE:
                return -low
            literal = self.gates.variable()
            for clause in ((-literal, high), (-literal, -low), (literal, -high, low)):
                self.gates.add(clause)
        else:
            parts = []
            for low, high in runs:
                part = self.within(base, self._mask_of(order, low, high))
                parts.append(part)
            literal = self.gates.variable()
            self.gates.add((-literal, *parts))
            for part in parts:
                self.gates.add((literal, -part))
        self.meaning[literal] = base, mask
        return literal

    @staticmethod
    def _mask_of(order: list[int], low: int, high: int) -> int:
        first, behind = order.index(low), order.index(high)
        return (1 << behind) - (1 << first)

    # ── sets ──────────────────────────────────────────────────────────────────

    def _set(self, expr: e.Expr, values: Iterable[Value]) -> tuple[int, dict[Value, int], int]:
        """Whether a set is known, has each of these values (and each that is named of it), has others."""
        values = set(values)
        match expr:
            case e.Constant(frozenset() as members):
                named = values | members
                return TRUE, {value: TRUE if value in members else FALSE for value in named}, FALSE
            case e.LetRef(name):
                return self._set(self.terms.definitions[name].expr, values)  # type: ignore[union-attr]
            case e.Else(first, second):
                _, has, _ = self._set(first, values)
                then = self._set(second, {*values, *has})
                known, has, others = self._set(first, {*values, *then[1]})
                choose = self.gates.choose
                chosen = {value: choose(known, has[value], then[1][value]) for value in has}
                return self.gates.either(known, then[0]), chosen, choose(known, others, then[2])
            case e.FieldRef() if expr in self.guards:
                guard = self.guards[expr]
                known, has, others = self._set(guard.inside, values)
                return self.gates.both(known, self.pair(guard.test)[0]), has, others
            case e.FieldRef():
                if not self.is_closed:
                    self._elements.setdefault(expr, set()).update(values)
                    return TRUE, dict.fromkeys(values, FALSE), FALSE
                base = self.sets[expr]
                return base.known, {**dict.fromkeys(values, FALSE), **base.has}, base.others
            case e.OutcomeRef():
                raise AssertionError("what is decided is put in place before")
            case _:
                return (
                    self._free(("set", expr)),
                    {value: self._free((expr, value)) for value in values},
                    FALSE,
                )

    def _free(self, key: object) -> int:
        if not self.is_closed:
            return FALSE
        if key not in self._fresh:
            self._fresh[key] = self.gates.variable()
        return self._fresh[key]

    def _member(self, element: e.Expr, container: e.Expr) -> Pair:
        gates = self.gates
        if isinstance(element, e.Constant):
            known, has, _ = self._set(container, {element.value})
            return gates.both(known, has[element.value]), gates.both(known, -has[element.value])
        values = self._named_elements(container)
        inner = self.terms.expand(element)
        if isinstance(inner, e.FieldRef | e.SignalRef) and isinstance(self.terms.types[inner], Choice):
            values |= set(self.terms.types[inner].names)  # type: ignore[union-attr]
        known, has, others = self._set(container, values)
        is_known = self._known(element)
        tests = {value: self.pair(e.Compare("is", inner, e.Constant(value)))[0] for value in has}
        other = gates.both(is_known, *(-test for test in tests.values()))
        among = gates.both(self._free(("among", element, container)), others)
        inside = gates.either(*(gates.both(tests[v], has[v]) for v in has), gates.both(other, among))
        both = gates.both(known, is_known)
        return gates.both(both, inside), gates.both(both, -inside)

    def among(self, literals: set[int]) -> list[tuple[e.Expr, e.Expr]]:
        """The elements that a contact has in its sets though no test names them."""
        return [
            (key[1], key[2])
            for key, literal in self._fresh.items()
            if isinstance(key, tuple) and key[0] == "among" and literal in literals
        ]

    def _named_elements(self, container: e.Expr) -> set[Value]:
        """The values that are named of the sets within an expression, as far as they are known yet."""
        found: set[Value] = set()
        for part in walk(self.terms.expand(container)):
            if isinstance(part, e.FieldRef):
                found |= set(self.sets[part].has) if self.is_closed else self._elements.get(part, set())
            elif isinstance(part, e.Constant) and isinstance(part.value, frozenset):
                found |= part.value
        return found

    # ── search ────────────────────────────────────────────────────────────────

    def find(self, wanted: Sequence[int]) -> "Found | Unsettled | None":
        """A contact for which all of these literals hold; None where it is proved that there is none."""
        if FALSE in wanted:
            return None
        guess = 0
        guesses = 0
        for _ in range(_MOST_ROUNDS):
            if self.late():
                return Unsettled("the time was up", "more time: `--timeout SECONDS`")
            asked = [*wanted, guess] if guess else list(wanted)
            answer = self.solver.solve(asked, self.late)
            if answer is None:
                return Unsettled(
                    "the time was up", "more time, or the solver: `pip install routekit[analysis]`"
                )
            if not answer:
                if not guesses:
                    return None
                return Unsettled(
                    "some combinations of its tests could be neither met nor refused",
                    "simpler tests: arithmetic or patterns over fewer fields at once",
                )
            found, wants = self._read(self.gates.reasons(wanted, self.solver.holds))
            refusal = self._meet_joint(found, wants) if wants else None
            if refusal is None:
                return found
            clause, proved = refusal
            if proved:
                self.gates.add(clause)
            else:
                guess = guess or self.gates.variable()
                guesses += 1
                self.gates.add((-guess, *clause))
                if guesses >= _MOST_GUESSES:
                    break
        return Unsettled(
            "too many combinations of its tests could be neither met nor refused",
            "simpler tests: arithmetic or patterns over fewer fields at once",
        )

    @property
    def is_plain(self) -> bool:
        """Whether the formula says all there is, without tests of several bases or of an unknown kind."""
        return not self.joint and not self._fresh

    def possible(self, wanted: Sequence[int]) -> "bool | Unsettled":
        """Whether there is a contact for which all of these literals hold."""
        if self.is_plain and FALSE not in wanted and not self.late():
            answer = self.solver.solve(wanted, self.late)
            if answer is not None:
                return answer
        found = self.find(wanted)
        return found if isinstance(found, Unsettled) else found is not None

    def is_refuted(self, wanted: Sequence[int]) -> bool:
        """Whether the clauses alone refute it: quickly told, and not of all that is impossible."""
        return FALSE in wanted or self.solver.solve(wanted, self.late) is False

    def core(self, wanted: Sequence[int], culprits: Sequence[int]) -> list[int]:
        """Of literals that cannot hold together with the wanted ones, a few that cannot; each is needed."""
        if self.possible([*wanted, *culprits]) is not False:
            return list(culprits)
        named = set(self.solver.core)
        core = [literal for literal in culprits if literal in named]
        if self.possible([*wanted, *core]) is not False:
            core = list(culprits)
        for literal in list(core)[:_MOST_CULPRITS]:
            fewer = [other for other in core if other != literal]
            if self.possible([*wanted, *fewer]) is False:
                core = fewer
        return core

    def _read(self, leaves: set[int]) -> tuple[Found, list[tuple[Atom, bool, bool]]]:
        found = Found()
        wants: list[tuple[Atom, bool, bool]] = []
        for literal in leaves:
            variable = abs(literal)
            if variable in self.meaning:
                base, mask = self.meaning[variable]
                everywhere = self.cells[base].all
                allowed = mask if literal > 0 else everywhere & ~mask
                found.masks[base] = found.masks.get(base, everywhere) & allowed
            elif variable in self._joint_meaning:
                atom, yes = self._joint_meaning[variable]
                wants.append((atom, yes, literal > 0))
            else:
                found.literals.add(literal)
        return found, wants

    def _meet_joint(
        self, found: Found, wants: list[tuple[Atom, bool, bool]]
    ) -> tuple[tuple[int, ...], bool] | None:
        """Values for the tests of several bases; where none are found, the clause that says so, if proved."""
        groups = _groups(wants)
        for group in groups:
            truths: dict[Atom, frozenset[bool | None]] = {}
            for atom, yes, held in group:
                allowed: frozenset[bool | None] = (
                    frozenset({yes}) if held else frozenset({True, False, None}) - {yes}
                )
                truths[atom] = truths.get(atom, allowed) & allowed
            needed = [Want(atom, allowed) for atom, allowed in truths.items()]
            bases = {base for atom in truths for base in bases_of(atom) if base in self.cells}
            places = {base: self._place(base) for base in bases}
            chosen = {base: self.cells[base].cells[place] for base, place in places.items()}

            def fits(base: Base, value: Value | None, there: dict[Base, int] = places) -> bool:
                return self.place_of(base, value) == there[base]

            key = frozenset(needed), frozenset(places.items())
            if key in self._undecided:
                return self._refused(needed, {base: 1 << place for base, place in places.items()}), False
            point = search(needed, chosen, self.evaluator, fits)
            if point is not None:
                found.point.update(point)
                for base, place in places.items():
                    found.masks[base] = found.masks.get(base, self.cells[base].all) & 1 << place
                continue
            clause, proved = self._refusal(needed, places)
            if not proved:
                self._undecided.add(key)
            return clause, proved
        return None

    def _refusal(self, wants: list[Want], places: dict[Base, int]) -> tuple[tuple[int, ...], bool]:
        masks = {base: 1 << place for base, place in places.items()}
        proved = is_refuted(wants, self._boxes(masks), self.evaluator)
        if proved:
            for want in list(wants):
                fewer = [other for other in wants if other is not want]
                if fewer and is_refuted(fewer, self._boxes(masks), self.evaluator, _FEW_BOXES):
                    wants = fewer
            for base, place in places.items():
                everywhere = self.cells[base].all
                below = (1 << place + 1) - 1
                for wider in (everywhere, everywhere & ~(below >> 1), below):
                    if is_refuted(wants, self._boxes({**masks, base: wider}), self.evaluator, _FEW_BOXES):
                        masks[base] = wider
                        break
        return self._refused(wants, masks), proved

    def _refused(self, wants: list[Want], masks: dict[Base, int]) -> tuple[int, ...]:
        """The clause that tests do not come out so in these cells."""
        clause = [-self.within(base, mask) for base, mask in masks.items()]
        for want in wants:
            yes, no = self.joint[want.atom]
            if want.truths == {True}:
                clause.append(-yes)
            elif want.truths == {False}:
                clause.append(-no)
            else:
                clause += [
                    yes if True not in want.truths else FALSE,
                    no if False not in want.truths else FALSE,
                ]
        return tuple(literal for literal in clause if literal != FALSE)

    def _boxes(self, masks: dict[Base, int]) -> dict[Base, Domain]:
        boxes: dict[Base, Domain] = {}
        for base, mask in masks.items():
            cells = self.cells[base].cells
            boxes[base] = _hull([cell.domain for place, cell in enumerate(cells) if mask >> place & 1])
        return boxes

    def _place(self, base: Base) -> int:
        """The cell in which a base lies in the last model."""
        order = self._order[base]
        low, high = 0, len(order) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.solver.holds(order[middle]):
                high = middle
            else:
                low = middle
        return low

    def place_of(self, base: Base, value: Value | None) -> int:
        """The cell of a value: the first whose values no test tells from it."""
        key = base, value, type(value)  # yes is no 1
        known = self._places.get(key)
        if known is None:
            known = self._places[key] = self._place_of(base, value)
        return known

    def _place_of(self, base: Base, value: Value | None) -> int:
        cells = self.cells[base]
        tests = [test for test in cells.true if test not in cells.left]
        scope = self.evaluator.at({base: value})
        mask = cells.all
        for test in tests:
            truth = self.evaluator.truth(test, scope)
            yes, no = cells.true[test], cells.false[test]
            mask &= yes if truth is True else no if truth is False else ~(yes | no)
        if value is None:
            return len(cells.cells) - 1
        missing = self._missing_place(base)
        for place, cell in enumerate(cells.cells):
            if mask >> place & 1 and place != missing and _may_hold(cell, value):
                return place
        return -1


def _put_in(atom: Atom, old: e.Expr, new: e.Expr) -> Atom:
    if isinstance(atom, ArmOf):
        return ArmOf(put(atom.key, old, new), atom.seed, atom.low, atom.high)
    return put(atom, old, new)


def _may_hold(cell: Cell, value: Value) -> bool:
    match cell.domain:
        case Few(values):
            return value in values
        case Range(low, high, _, None):
            return low <= value <= high  # type: ignore[operator]
        case _:
            return True


def _groups(wants: list[tuple[Atom, bool, bool]]) -> list[list[tuple[Atom, bool, bool]]]:
    """The tests by the bases that hang together."""
    groups: list[tuple[set[Base], list[tuple[Atom, bool, bool]]]] = []
    for want in wants:
        bases = set(bases_of(want[0]))
        mine = [want]
        apart = []
        for others, members in groups:
            if bases & others:
                bases |= others
                mine += members
            else:
                apart.append((others, members))
        groups = [*apart, (bases, mine)]
    return [members for _, members in groups]


def _hull(domains: list[Domain]) -> Domain:
    values: set[Value | None] = set()
    ranges: list[Range] = []
    for domain in domains:
        if isinstance(domain, Few):
            values |= domain.values
        elif isinstance(domain, Range):
            ranges.append(domain)
        else:
            return Unlisted(True)
    if not ranges:
        return Few(frozenset(values))
    if len(ranges) == 1 and not values:
        return ranges[0]
    ends = [end for item in ranges for end in (item.low, item.high)] + [v for v in values if v is not None]
    return Range(min(ends), max(ends), None in values)  # type: ignore[arg-type]

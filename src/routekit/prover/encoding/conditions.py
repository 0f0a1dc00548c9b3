"""Conditions as pairs of literals, by the three-valued logic of the language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from operator import neg
from typing import Protocol, assert_never

from routekit.policy import expressions as e
from routekit.policy.algebra import Pairs, Sides, fold
from routekit.policy.model import Let
from routekit.policy.operators.registry import is_total
from routekit.policy.operators.sets import SET_TESTS
from routekit.policy.ordinals import all_values
from routekit.policy.splits import point
from routekit.prover.domains.terms import (
    ARRIVAL,
    NOTHING,
    ArmOf,
    Atom,
    Base,
    Evaluator,
    Guard,
    Terms,
    TooLargeError,
    bases_of,
    put,
    put_in,
    walk,
)
from routekit.prover.encoding.calls import CallTests
from routekit.prover.encoding.case_values import CaseValues, Chosen
from routekit.prover.sat.formula import FALSE, NO, TRUE, UNKNOWN, YES, Formula, Pair
from routekit.prover.supported import unsupported_in, unsupported_itself
from routekit.schema.types import Choice, Flag, SetOf, Value
from routekit.translation import msgid, t

__all__ = ["Conditions", "Standing"]

_Members = tuple[int, Mapping[Value, int], int]
"""Whether a set is known, has each of some values, has any other."""

_CONNECTIVES = (e.Not, e.All, e.Any, e.LetRef, e.SegmentRef, e.Cases)
"""What conditions are put together by, so that a test that is not understood leaves the others alone."""

_TOO_LARGE = msgid("a test is too large with its lets put in place")
_MOST_VALUES = 2_000
"""Of one let by cases."""

_MOST_COMBINED = 20_000
"""Values of lets by cases, of each with each, with which one test is tried."""


class Standing(Protocol):
    """What conditions stand on: while they are noted a ``TestsByField``, then ``Atoms``."""

    def test(self, atom: Atom) -> Pair: ...

    def side(self, base: Base, atom: Atom, truth: bool) -> int: ...

    def members(self, field: e.FieldRef, values: Iterable[Value]) -> _Members: ...

    def named(self, field: e.FieldRef) -> set[Value]: ...

    def overlap(self, one: int, other: int) -> int: ...

    def either_way(self, key: object, reason: str) -> Pair: ...

    def free(self, key: object) -> int: ...


class Conditions:
    """Each condition once, over what it stands on; ``arrival`` tells where ``contact.at`` is known."""

    def __init__(
        self,
        terms: Terms,
        evaluator: Evaluator,
        gates: Formula,
        standing: Standing,
        arrival: int | None,
        guards: Mapping[e.Expr, Guard],
    ) -> None:
        self.terms = terms
        self.evaluator = evaluator
        self.gates = gates
        self.standing = standing
        self.arrival = arrival
        self.guards = guards
        self._pairs: dict[int, tuple[e.Expr, Pair]] = {}
        """By identity: policies are deep, and a hash goes all the way down."""
        self._names: dict[str, Pair] = {}
        self._settled: set[str] = set()
        self._sides: dict[tuple[int, bool], tuple[e.Expr, int]] = {}
        self._both_sides = Pairs[int](gates.all, gates.any, neg)
        self._one_side = Sides[int](gates.all, gates.any, neg)
        self._calls = CallTests(self, terms, gates)
        self._case_values = CaseValues(gates, terms.types, self.side, self.known)
        self._chosen: dict[str, Chosen | None] = {}
        self._among: dict[e.Expr, dict[e.Expr, int]] = {}
        """For each set, the elements that it is asked for, and where they are among its other values."""

    def side(self, expr: e.Expr, truth: bool) -> int:
        """Where a condition is true, or where it is false, without literals for the other."""
        key = id(expr), truth
        known = self._sides.get(key)
        if known is None:
            self._settle(expr)
            known = self._sides[key] = expr, self._side(expr, truth)
        return known[1]

    def _side(self, expr: e.Expr, truth: bool) -> int:
        match expr:
            case e.Not() | e.All() | e.Any() if unsupported_itself(expr) is None:
                return fold(expr, lambda operand: partial(self.side, operand), self._one_side)(truth)
            case _:
                base = self.terms.base_of_plain(expr)
                guarded = base in self.guards or (base == ARRIVAL and self.arrival is not None)
                if base is None or guarded:
                    return self.pair(expr)[0 if truth else 1]
                return self.standing.side(base, expr, truth)

    def pair(self, expr: e.Expr) -> Pair:
        """Where a condition is true, and where it is false."""
        known = self._pairs.get(id(expr))
        if known is None:
            self._settle(expr)
            try:
                found = self._pair(expr)
            except TooLargeError:
                found = self.standing.either_way(expr, t(_TOO_LARGE))
            known = self._pairs[id(expr)] = expr, found
        return known[1]

    def _settle(self, expr: e.Expr) -> None:
        """Works out the definitions that an expression stands upon, each behind those that it needs itself.

        However many stand upon each other, each then finds at hand what it names.
        """
        if self.terms.are_shallow:
            return
        for name in self.terms.upon(expr, self._settled):
            self._settled.add(name)
            definition = self.terms.definitions[name]
            if not isinstance(definition, Let) or isinstance(definition.type, Flag):
                self._named(name)
            elif name in self.terms.by_cases:
                self._values(e.LetRef(name))

    def _pair(self, expr: e.Expr) -> Pair:
        gates = self.gates
        reason = unsupported_itself(expr) if isinstance(expr, _CONNECTIVES) else unsupported_in(expr)
        if reason is not None:
            return self.standing.either_way(expr, reason)
        match expr:
            case e.Constant(value):
                return (YES if value else NO) if isinstance(value, bool) else UNKNOWN
            case e.LetRef(name) | e.SegmentRef(name):
                return self._named(name)
            case e.Not() | e.All() | e.Any():
                return fold(expr, self.pair, self._both_sides)
            case e.Cases("first") if self._is_flag(expr):
                return fold(expr, self.pair, self._both_sides)
            case e.IsKnown(operand):
                known = self.known(operand)
                return known, -known
            case e.Else(first) if self.terms.is_condition(first):
                return fold(expr, self.pair, self._both_sides)
            case e.Compare("is", left, right) if self._is_flag(left) or self._is_flag(right):
                (a, b), (c, d) = self.pair(left), self.pair(right)
                same = gates.either(gates.both(a, c), gates.both(b, d))
                return same, gates.either(gates.both(a, d), gates.both(b, c))
            case e.InSet(operand, values) if self._is_flag(operand):
                yes, no = self.pair(operand)
                inside = gates.either(yes if True in values else FALSE, no if False in values else FALSE)
                outside = gates.either(FALSE if True in values else yes, FALSE if False in values else no)
                return inside, outside
            case e.Member(element, container):
                return self._member(element, container)
            case e.SetTest(operator, operand, values):
                known, has, _ = self._members(operand, values)
                enough = gates.any if SET_TESTS[operator].wants == "some" else gates.all
                holds = enough(has[value] for value in values)
                return gates.both(known, holds), gates.both(known, -holds)
            case e.IsEmpty(operand):
                known, has, others = self._members(operand, ())
                filled = gates.either(others, *has.values())
                return gates.both(known, -filled), gates.both(known, filled)
            case e.Compare("is", left, e.Constant(frozenset() as listed)):
                known, has, others = self._members(left, listed)
                same = gates.both(-others, *(has[v] if v in listed else -has[v] for v in has))
                return gates.both(known, same), gates.both(known, -same)
            case e.Compare() | e.InRange() | e.InSet() if (taken := self._calls.pair(expr)) is not None:
                return taken
            case (
                e.FieldRef()
                | e.SignalRef()
                | e.Now()
                | e.Compare()
                | e.InRange()
                | e.InSet()
                | e.TextTest()
                | e.CalendarOpen()
                | e.Arithmetic()
                | e.Else()
                | e.Call()
                | e.Bounded()
                | e.Cases()
            ):
                return self._leaf(expr)
            case e.OutcomeRef() | e.DataRef() | e.IsAssisted():
                return self.standing.either_way(expr, t("a part of the outcome stands within another test"))
            case _:
                assert_never(expr)

    def _is_flag(self, expr: e.Expr) -> bool:
        return self.terms.is_condition(expr)

    def _named(self, name: str) -> Pair:
        known = self._names.get(name)
        if known is None:
            definition = self.terms.definitions[name]
            if isinstance(definition, Let):
                known = self.pair(definition.expr)
            else:
                yes = self.side(definition.condition, True)
                known = yes, -yes
            self._names[name] = known
        return known

    def known(self, expr: e.Expr) -> int:
        """Where an expression has a value."""
        if self.terms.is_condition(expr):
            return self.gates.either(*self.pair(expr))
        match expr:
            case e.Constant():
                return FALSE if expr == NOTHING else TRUE
            case e.Else(first, second):
                return self.gates.either(self.known(first), self.known(second))
            case e.Call(_, arguments) if is_total(expr):
                return self.gates.both(*(self.known(argument) for argument in arguments))
            case e.LetRef(name) if name in self.terms.by_cases:
                return self._known_by_cases(expr)
            case e.LetRef(name):
                return self.known(self.terms.let(name).expr)
            case e.FieldRef() if isinstance(self.terms.types[expr], SetOf):
                return self._members(expr, ())[0]
            case _:
                return self._leaf(e.IsKnown(expr))[0]

    # ── tests ─────────────────────────────────────────────────────────────────

    def _leaf(self, expr: e.Expr) -> Pair:
        return self.atom(self.terms.expand(expr))

    def atom(self, atom: Atom) -> Pair:
        """A test whose lets and segments are put in place."""
        reason = unsupported_in(atom.key if isinstance(atom, ArmOf) else atom)
        if reason is not None:
            return self.standing.either_way(atom, reason)
        if isinstance(atom, ArmOf) and self.terms.is_condition(atom.key):
            return self._dealt_by(atom)
        by_cases = self.terms.cases_in(atom)
        if by_cases:
            return self._by_cases(atom, by_cases)
        guarded = (
            next((base for base in bases_of(atom) if base in self.guards), None) if self.guards else None
        )
        if guarded is not None:
            return self._guarded(atom, guarded)
        if self.arrival is None or ARRIVAL not in bases_of(atom):
            return self._test(atom)
        come, missing = (self._test(put_in(atom, ARRIVAL, new)) for new in (e.Now(), NOTHING))
        known, choose = self.arrival, self.gates.choose
        return choose(known, come[0], missing[0]), choose(known, come[1], missing[1])

    def arm(self, arm: ArmOf) -> Pair:
        """Where a split takes an arm; its key is as it is written."""
        try:
            return self.atom(replace(arm, key=self.terms.expand(arm.key)))
        except TooLargeError:
            return self.standing.either_way(arm, t(_TOO_LARGE))

    def _dealt_by(self, arm: ArmOf) -> Pair:
        """Where a split by a condition takes an arm: its key is yes, no or missing."""
        pair = self.pair(arm.key)
        falls = [arm.low <= point(arm.seed, key) < arm.high for key in (True, False)]
        inside, outside = (
            self.gates.any([literal for literal, fell in zip(pair, falls, strict=True) if fell is wanted])
            for wanted in (True, False)
        )
        return inside, outside

    def _guarded(self, atom: Atom, base: Base) -> Pair:
        """A test of a field that is read of another: beyond its guard it is missing."""
        guard = self.guards[base]
        holds = self.side(guard.test, True)
        there = self.atom(put_in(atom, base, guard.inside))
        missing = self.atom(put_in(atom, base, NOTHING))
        return self._where(holds, there[0], missing[0]), self._where(holds, there[1], missing[1])

    def _where(self, test: int, then: int, other: int) -> int:
        overlap = self.standing.overlap(test, then)
        return overlap if other == FALSE else self.gates.either(overlap, self.gates.both(-test, other))

    def _test(self, atom: Atom) -> Pair:
        if bases_of(atom):
            return self.standing.test(atom)
        truth = self.evaluator.truth(atom, self.evaluator.at({}))
        return UNKNOWN if truth is None else YES if truth else NO

    # ── values by cases ───────────────────────────────────────────────────────

    def _values(self, let: e.LetRef) -> Chosen | None:
        """The values that a let by cases can have, and where; lets by cases in them are put in place."""
        if let.name not in self._chosen:
            expr = self.terms.let(let.name).expr
            assert isinstance(expr, e.Cases)
            chosen = None if unsupported_itself(expr) else self._case_values.of(expr)
            self._chosen[let.name] = None if chosen is None else self._put_in_place(chosen)
        return self._chosen[let.name]

    def _put_in_place(self, chosen: Chosen) -> Chosen | None:
        """Values with each that lets by cases in them can have; None where these are too many or large."""
        found: dict[e.Expr, list[int]] = {}
        for value, where in chosen:
            self.evaluator.hurry()
            variants = self._variants(value, where)
            if variants is None or len(found) + len(variants) > _MOST_VALUES:
                return None
            for each, there in variants:
                found.setdefault(each, []).append(there)
        return [(value, self.gates.any(where)) for value, where in found.items()]

    def _variants(self, value: e.Expr, where: int) -> Chosen | None:
        try:
            value = self.terms.expand(value)
            variants: Chosen = [(value, where)]
            for let in self.terms.cases_in(value):
                inner = self._values(let)
                if inner is None or len(variants) * len(inner) > _MOST_VALUES:
                    return None
                variants = [
                    (put(each, let, other), both)
                    for each, on in variants
                    for other, there in inner
                    if (both := self.gates.both(on, there)) != FALSE
                ]
                if value != let:
                    variants = [(self.terms.expand(each), on) for each, on in variants]
        except TooLargeError:
            return None
        return variants

    def _by_cases(self, atom: Atom, lets: list[e.LetRef]) -> Pair:
        """A test of lets by cases: of each value, where they have it."""
        sizes = [len(self._values(let) or ()) for let in lets]
        if 0 in sizes or prod(sizes) > _MOST_COMBINED:
            name = lets[sizes.index(0)].name if 0 in sizes else lets[0].name
            return self.standing.either_way(
                atom, t("`{name}` comes to more values than can be told apart", name=name)
            )
        let = lets[0]
        yes, no = [], []
        for value, where in self._values(let) or ():
            holds, fails = self.atom(put_in(atom, let, value))
            yes.append(self.gates.both(where, holds))
            no.append(self.gates.both(where, fails))
        return self.gates.any(yes), self.gates.any(no)

    def _known_by_cases(self, let: e.LetRef) -> int:
        values = self._values(let)
        if values is None:
            return self._leaf(e.IsKnown(let))[0]
        return self.gates.any([self.gates.both(where, self.known(value)) for value, where in values])

    def _members_by_cases(self, let: e.LetRef, values: tuple[Value, ...]) -> _Members:
        every = self._values(let)
        if every is None:
            return self._unknown_members(let, values)
        chosen = [(value, where) for value, where in every if value != NOTHING]
        named = set(values)
        for value, _ in chosen:
            named |= self._members(value, values)[1].keys()
        sets = [(where, self._members(value, _in_order(named))) for value, where in chosen]
        any_, both = self.gates.any, self.gates.both
        has = {
            value: any_([both(where, inside.get(value, FALSE)) for where, (_, inside, _) in sets])
            for value in _in_order(named)
        }
        known = any_([both(where, there) for where, (there, _, _) in sets])
        return known, has, any_([both(where, others) for where, (_, _, others) in sets])

    # ── sets ──────────────────────────────────────────────────────────────────

    def _members(self, expr: e.Expr, values: Iterable[Value]) -> _Members:
        """Whether a set is known, has each of these values (and each that is named of it), has others."""
        values = _in_order(values)
        match expr:
            case e.Constant(frozenset() as members):
                named = _in_order((*values, *members))
                return TRUE, {value: TRUE if value in members else FALSE for value in named}, FALSE
            case _ if expr == NOTHING:
                return FALSE, dict.fromkeys(values, FALSE), FALSE
            case e.LetRef(name) if name in self.terms.by_cases:
                return self._members_by_cases(expr, values)
            case e.LetRef(name):
                return self._members(self.terms.let(name).expr, values)
            case e.Else(first, second):
                _, has, _ = self._members(first, values)
                then = self._members(second, (*values, *has))
                known, has, others = self._members(first, (*values, *then[1]))
                choose = self.gates.choose
                chosen = {value: choose(known, has[value], then[1][value]) for value in has}
                return self.gates.either(known, then[0]), chosen, choose(known, others, then[2])
            case e.FieldRef() if expr in self.guards:
                guard = self.guards[expr]
                known, has, others = self._members(guard.inside, values)
                return self.gates.both(known, self.side(guard.test, True)), has, others
            case e.FieldRef():
                return self.standing.members(expr, values)
            case _:
                return self._unknown_members(expr, values)

    def _unknown_members(self, expr: e.Expr, values: Iterable[Value]) -> _Members:
        reason = unsupported_in(expr) or t("a set is worked out in a way that is not taken apart")
        known, others = (self.standing.either_way((what, expr), reason)[0] for what in ("set", "others"))
        has = {value: self.standing.either_way((value, expr), reason)[0] for value in values}
        return known, has, others

    def _member(self, element: e.Expr, container: e.Expr) -> Pair:
        gates = self.gates
        if isinstance(element, e.Constant):
            known, has, _ = self._members(container, {element.value})
            return gates.both(known, has[element.value]), gates.both(known, -has[element.value])
        values = self.named_elements(container)
        inner = self.terms.expand(element)
        if isinstance(inner, e.FieldRef | e.SignalRef) and isinstance(
            type_ := self.terms.types[inner], Choice
        ):
            values |= set(type_.names)
        known, has, others = self._members(container, values)
        is_known = self.known(element)
        tests = {value: self.pair(e.Compare("is", inner, e.Constant(value)))[0] for value in has}
        other = gates.both(is_known, *(-test for test in tests.values()))
        among = gates.both(self._is_among(element, inner, container), others)
        inside = gates.either(*(gates.both(tests[v], has[v]) for v in has), gates.both(other, among))
        both = gates.both(known, is_known)
        return gates.both(both, inside), gates.both(both, -inside)

    def _is_among(self, element: e.Expr, inner: e.Expr, container: e.Expr) -> int:
        """Where an element is one of those that no test names: the same of two that are the same."""
        among = self.standing.free(("among", element, container))
        asked = self._among.setdefault(container, {})
        for other, beside in asked.items():
            if other != inner:
                same = self.pair(e.Compare("is", inner, other))[0]
                among = self.gates.choose(same, beside, among)
        return asked.setdefault(inner, among)

    def counted(self, container: e.Expr, named: Iterable[Value]) -> tuple[int, Sequence[int]]:
        """Where a set is known, and a literal for each value that is named of it, and for any other."""
        known, has, others = self._members(container, named)
        return known, (*has.values(), others)

    def named_elements(self, container: e.Expr) -> set[Value]:
        """The values that are named of the sets within an expression, as far as they are known yet."""
        found: set[Value] = set()
        for part in walk(self.terms.written_out(container)):
            if isinstance(part, e.FieldRef):
                inner = self.guards[part].inside if part in self.guards else part
                found |= self.standing.named(inner) if isinstance(inner, e.FieldRef) else set()
                type_ = self.terms.types.get(inner)
                found |= all_values(type_.element) if isinstance(type_, SetOf) else set()
            elif isinstance(part, e.Constant) and isinstance(part.value, frozenset):
                found |= part.value
        return found


def _in_order(values: Iterable[Value]) -> tuple[Value, ...]:
    """Values, each once, in an order that is the same in every process."""
    return tuple(sorted(set(values), key=str))

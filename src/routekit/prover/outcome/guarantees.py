"""Conditions that also speak of the outcome."""

from collections.abc import Callable, Mapping, Sequence
from operator import neg
from typing import assert_never

from routekit.policy import expressions as e
from routekit.policy.algebra import Pairs, fold
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.sets import SET_TESTS
from routekit.policy.outcome_parts import PART, Kind
from routekit.policy.outcomes import names_in, values_given, values_set
from routekit.prover.domains.terms import put, walk
from routekit.prover.encoding.space import Space
from routekit.prover.sat.formula import FALSE, TRUE, Pair
from routekit.prover.supported import unsupported_in
from routekit.schema.types import Value
from routekit.translation import t

__all__ = ["Promises"]

_Part = Callable[[str], Mapping[Value | None, int]]
"""For each value that a part of the outcome can have, where it has it."""

_Chosen = list[tuple[int, e.Expr]]
"""What gives the value of a part, each with the literal that holds where it does."""


class Promises:
    """What is promised, over the parts of the outcome and the names of what it holds several of."""

    def __init__(
        self,
        space: Space,
        policy: CheckedPolicy,
        part: _Part,
        names: Callable[[str], Mapping[str, int]],
        data: Callable[[str], Mapping[e.Expr, int]],
    ) -> None:
        self.space = space
        self.policy = policy
        self.gates = space.gates
        self._part = part
        self._names = names
        self._data = data

    def register(self, promise: e.Expr) -> None:
        """Takes note of a condition that also speaks of the outcome."""
        match promise:
            case _ if unsupported_in(promise) is not None:
                pass  # nothing is asked of it that could be noted
            case _ if not _speaks_of_outcome(promise):
                self.space.register(promise)
            case e.Not() | e.All() | e.Any():
                for child in e.children(promise):
                    self.register(child)
            case e.Member(element, e.OutcomeRef(part)):
                if not isinstance(element, e.Constant):
                    self.space.register(e.IsKnown(element))
                    for _, test in _equal(element, names_in(self.policy, PART[part])):
                        self.space.register(test)
            case _ if _set_in(promise) is None:
                for _, put_in in self._cases(promise, self._possible):
                    self.space.register(put_in)
            case _:
                pass

    def pair(self, expr: e.Expr) -> Pair:
        """Where a condition that also speaks of the outcome is true, and where it is false."""
        gates = self.gates
        reason = unsupported_in(expr)
        if reason is not None:
            return self.space.either_way(expr, reason)
        if not _speaks_of_outcome(expr):
            return self.space.pair(expr)
        match expr:
            case e.Not() | e.All() | e.Any():
                return fold(expr, self.pair, Pairs[int](gates.all, gates.any, neg))
            case _:
                return self._of_parts(expr)

    def _of_parts(self, expr: e.Expr) -> Pair:
        ref = _set_in(expr)
        if ref is not None:
            return self._of_set(expr, ref)
        gates = self.gates
        yes, no = [], []
        for where, put_in in self._cases(expr, self._chosen):
            truth = self.space.pair(put_in)
            yes.append(gates.both(where, truth[0]))
            no.append(gates.both(where, truth[1]))
        return gates.any(yes), gates.any(no)

    def _cases(
        self, expr: e.Expr, values: Callable[[e.OutcomeRef | e.DataRef], _Chosen]
    ) -> list[tuple[int, e.Expr]]:
        """A test for each value that the parts of the outcome in it can have."""
        ref = next((part for part in walk(expr) if isinstance(part, _OF_OUTCOME)), None)
        if ref is None:
            return [(TRUE, expr)]
        if isinstance(ref, e.IsAssisted):
            return self._cases(put(expr, ref, self._on_channels(ref.assisted)), values)
        return [
            (self.gates.both(where, inner), put_in)
            for where, value in values(ref)
            for inner, put_in in self._cases(put(expr, ref, value), values)
        ]

    def _on_channels(self, assisted: bool) -> e.Expr:
        """The test that the channel is one where a person answers, or none."""
        names = frozenset(name for name, item in self.policy.channels.items() if item.assisted is assisted)
        return e.InSet(e.OutcomeRef("channel"), names)

    def _chosen(self, ref: e.OutcomeRef | e.DataRef) -> _Chosen:
        """What gives a part its value, and where."""
        if isinstance(ref, e.DataRef):
            return [(on, expr) for expr, on in self._data(ref.name).items()]
        return [(on, e.Constant(value)) for value, on in self._part(ref.part).items()]  # type: ignore[arg-type]

    def _possible(self, ref: e.OutcomeRef | e.DataRef) -> _Chosen:
        """What may give a part its value, and perhaps some that no outcome gives."""
        if isinstance(ref, e.DataRef):
            return [(TRUE, expr) for expr in values_set(self.policy, ref.name)]
        return [(TRUE, e.Constant(value)) for value in self._values(ref.part)]  # type: ignore[arg-type]

    def _values(self, name: str) -> list[Value | None]:
        part = PART[name]
        missing: list[Value | None] = [None] if part.may_be_missing else []
        match part.kind:
            case Kind.NAME:
                return [*names_in(self.policy, part), *missing]
            case Kind.INTEGER if part.least is not None and part.most is not None:
                return [*range(part.least, part.most + 1), *missing]
            case Kind.INTEGER | Kind.TEXT | Kind.FLAG | Kind.DURATION:
                return list(values_given(self.policy, part))
            case Kind.TIME | Kind.NAMES | Kind.RANKING | Kind.DATA | Kind.VALUE | Kind.STEPS | Kind.PROBLEMS:
                raise AssertionError(f"`{name}` has no one value")
            case _:
                assert_never(part.kind)

    def _of_set(self, expr: e.Expr, ref: e.OutcomeRef) -> Pair:
        """A test of the skills or the offers."""
        gates, names = self.gates, names_in(self.policy, PART[ref.part])
        literals = self._names(ref.part)
        has = {name: literals.get(name, FALSE) for name in names}
        match expr:
            case e.Member(e.Constant(str(value)), e.OutcomeRef()):
                yes = has.get(value, FALSE)
            case e.SetTest(operator, e.OutcomeRef(), values):
                enough = gates.any if SET_TESTS[operator].wants == "some" else gates.all
                yes = enough(has.get(str(value), FALSE) for value in values)
            case e.IsEmpty(e.OutcomeRef()):
                yes = -gates.any(has.values())
            case e.IsKnown(e.OutcomeRef()):
                yes = TRUE
            case e.Compare("is", e.OutcomeRef(), e.Constant(frozenset() as values)) | e.Compare(
                "is", e.Constant(frozenset() as values), e.OutcomeRef()
            ):
                yes = gates.all(literal if name in values else -literal for name, literal in has.items())
                yes = gates.both(yes, TRUE if values <= set(names) else FALSE)
            case e.Member(element, e.OutcomeRef()):
                pairs = {name: self.space.pair(test) for name, test in _equal(element, names)}
                known = self.space.true(e.IsKnown(element))
                yes = gates.any(gates.both(pairs[name][0], has[name]) for name in names)
                return gates.both(known, yes), gates.both(known, -yes)
            case _:
                return self.space.either_way(expr, t("a test of the skills or offers is not taken apart"))
        return yes, -yes


def _equal(element: e.Expr, names: Sequence[str]) -> list[tuple[str, e.Expr]]:
    return [(name, e.Compare("is", element, e.Constant(name))) for name in names]


_OF_OUTCOME = e.OutcomeRef | e.DataRef | e.IsAssisted


def _speaks_of_outcome(expr: e.Expr) -> bool:
    return any(isinstance(part, _OF_OUTCOME) for part in walk(expr))


def _set_in(expr: e.Expr) -> e.OutcomeRef | None:
    """The set of the outcome that a test speaks of."""
    for part in walk(expr):
        if isinstance(part, e.OutcomeRef) and PART[part.part].is_set:
            return part
    return None

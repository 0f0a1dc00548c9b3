"""Tests in the cells of a model: what each asks of sums, and what it needs for that."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.prover.arithmetic.fields import Fields
from routekit.prover.arithmetic.inequalities import Clause, clauses_of
from routekit.prover.domains.cells import OneOf, may_be_missing
from routekit.prover.domains.terms import NOTHING, ArmOf, Atom, Base, bases_of, put, walk

__all__ = ["Asked", "Demands", "Reading"]

Asked: TypeAlias = tuple[Atom, frozenset[bool | None]]
"""A test, and the ways in which it may come out."""


@dataclass(slots=True)
class Reading:
    """What was made of tests; the ``held`` are told by their places among them."""

    held: list[tuple[int, Sequence[Clause]]] = field(default_factory=list)
    """What must hold."""
    hoped: list[Sequence[Clause]] = field(default_factory=list)
    """What may hold, or else its value is missing."""
    needs: dict[int, dict[Base, int]] = field(default_factory=dict)
    """In which cells fields must lie for a test to ask so, or to have a value."""
    because: dict[int, set[int]] = field(default_factory=dict)
    """The tests by which it is known that what a test asks about has a value."""

    @property
    def is_rounded(self) -> bool:
        """Whether any sum may be rounded."""
        every = [clauses for _, clauses in self.held] + self.hoped
        return any(
            not (inequality.of.left.sum.is_exact and inequality.of.right.sum.is_exact)
            for clauses in every
            for clause in clauses
            for together in clause
            for inequality in together
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A test whose fields are there, with what ``else`` comes to put in place."""

    number: int
    test: e.Expr
    truth: bool
    may_miss: bool
    needs: set[Base]
    by: set[int]
    """The tests by which it is known what ``else`` comes to."""
    is_open: bool
    """Whether there is some of which that is not known."""


class Demands:
    """Reads tests."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._made: dict[tuple[e.Expr, bool], list[Clause] | None] = {}

    def read(self, asked: Sequence[Asked], places: Mapping[Base, int]) -> Reading:
        """What tests ask of sums where fields lie in these cells; those that are not linear are left out."""
        reading, fields = Reading(), self._fields
        known: dict[e.Expr, set[int]] = {}
        wanted = list(self._wanted(asked, places, known))
        for each in wanted:
            cells = {base: fields.like(base, places[base]) for base in each.needs}
            if not each.may_miss:  # of one that asks nothing of sums too it is known that it has a value
                reading.needs[each.number] = cells
                reading.because[each.number] = each.by
            clauses = self._clauses(each.test, each.truth)
            if clauses is None:
                continue
            if each.may_miss:
                inside, by = bases_of(each.test), set(each.by)
                cells |= {base: fields.like(base, places[base]) for base in inside}
                if not fields.is_total(each.test, known, by):
                    if may_be_missing(fields.here(each.test, places)):
                        reading.hoped.append(clauses)
                        continue
                    cells |= {base: 1 << places[base] for base in inside}
                reading.because[each.number] = by
            reading.held.append((each.number, clauses))
            reading.needs[each.number] = cells
        return reading

    def _wanted(
        self, asked: Sequence[Asked], places: Mapping[Base, int], known: dict[e.Expr, set[int]]
    ) -> Iterator[_Wanted]:
        """Yields tests that ask something, those that have a value first; what they work out is ``known``."""
        missing = {base for base, place in places.items() if self._fields.is_missing(base, place)}
        waiting: dict[int, e.Expr] = {
            number: atom
            for number, (atom, truths) in enumerate(asked)
            if not isinstance(atom, ArmOf) and len(truths - {None}) == 1 and bases_of(atom) <= places.keys()
        }
        is_more = True
        while is_more:  # what one test works out may tell what `else` comes to in another
            is_more = False
            for each in list(self._read(asked, waiting, missing, known)):
                if not each.may_miss and not each.is_open:
                    is_more = True
                    del waiting[each.number]
                    for part in _worked_out(each.test):
                        known.setdefault(part, {each.number, *each.by})
                    yield each
        yield from self._read(asked, waiting, missing, known)

    def _read(
        self,
        asked: Sequence[Asked],
        waiting: Mapping[int, e.Expr],
        missing: set[Base],
        known: Mapping[e.Expr, set[int]],
    ) -> Iterator[_Wanted]:
        for number, atom in waiting.items():
            truths = asked[number][1]
            test, needs, by = self._decided(atom, truths, missing, known)
            if missing.isdisjoint(bases_of(test)):
                is_open = any(isinstance(part, e.Else) for part in walk(test))
                yield _Wanted(number, test, True in truths, None in truths, needs, by, is_open)

    def _clauses(self, test: e.Expr, truth: bool) -> list[Clause] | None:
        key = test, truth
        if key not in self._made:
            self._made[key] = clauses_of(test, truth, self._fields.reader)
        return self._made[key]

    def _decided(
        self,
        expr: e.Expr,
        truths: Set[bool | None],
        missing: set[Base],
        known: Mapping[e.Expr, set[int]],
    ) -> tuple[e.Expr, set[Base], set[int]]:
        """The expression with what ``else`` comes to, with the fields and the tests that tell.

        An ``else`` of which they do not stays as it is, a quantity like any other.
        """
        needs, by = set[Base](), set[int]()
        left: set[e.Expr] = set()
        while (part := _innermost(expr, left)) is not None:
            inside = set(bases_of(part.first))
            gone = inside & missing
            is_strict = not any(isinstance(inner, _LENIENT) for inner in walk(part.first))
            is_nothing = NOTHING in walk(part.first)
            if not is_strict or not (
                gone
                or is_nothing
                or self._fields.is_total(part.first, known, by)
                or self._is_the_first(expr, part, truths)
            ):
                left.add(part)
                continue
            if not is_nothing:
                needs |= gone or inside
            expr = put(expr, part, part.second if gone or is_nothing else part.first)
        return expr, needs, by

    def _is_the_first(self, test: e.Expr, part: e.Else, truths: Set[bool | None]) -> bool:
        """Whether a test cannot come out so where ``else`` comes to what stands behind it."""
        come_out = self._fields.anywhere(put(test, part, part.second))
        return None not in truths and isinstance(come_out, OneOf) and truths.isdisjoint(come_out.values)


_LENIENT = e.Not, e.All, e.Any, e.IsKnown, e.Cases
"""What may have a value where one of its fields is missing, beside ``else``."""


def _innermost(expr: e.Expr, left: Set[e.Expr]) -> e.Else | None:
    """An ``else`` that is not ``left`` as it is, with no other such within what comes before it."""
    for part in walk(expr):
        if isinstance(part, e.Else) and part not in left:
            inner = _innermost(part.first, left)
            return part if inner is None else inner
    return None


def _worked_out(test: e.Expr) -> Iterator[e.Expr]:
    """What has a value where a test comes out true or false."""
    pending = [test]
    while pending:
        part = pending.pop()
        yield part
        if isinstance(part, e.Compare | e.InRange | e.InSet | e.Arithmetic | e.Call | e.Bounded):
            pending += e.children(part)

"""What conditions are made of, as literals: tests of one base, tests of several, sets, and what is free."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.policy.model import Field
from routekit.policy.ordinals import another, may_be
from routekit.prover.domains.terms import Atom, Base, bases_of
from routekit.prover.encoding.field_variables import FieldVariables
from routekit.prover.encoding.multi_field_tests import JointTests
from routekit.prover.encoding.open_text_tests import OpenTextTests
from routekit.prover.sat.formula import FALSE, TRUE, UNKNOWN, Formula, Pair
from routekit.schema.types import SetOf, Value
from routekit.translation import t

__all__ = ["Atoms", "SetBase", "TestsByField"]


@dataclass(frozen=True, slots=True)
class SetBase:
    """A set field: whether it is known, whether it has each value that is named, and any other."""

    known: int
    has: dict[Value, int]
    others: int


class Atoms:
    """Literals of all that the gates of conditions stand on."""

    def __init__(
        self, gates: Formula, places: FieldVariables, texts: OpenTextTests, joint: JointTests
    ) -> None:
        self.gates = gates
        self.places = places
        self.texts = texts
        self.joint = joint
        self.sets: dict[Base, SetBase] = {}
        self.fresh: dict[object, int] = {}
        self.doubts: dict[int, str] = {}
        """Why nothing is known of the tests behind some variables."""

    def test(self, atom: Atom) -> Pair:
        """Where a test of bases is true, and where it is false."""
        bases = bases_of(atom)
        if len(bases) == 1:
            (base,) = bases
            cells = self.places.cells.get(base)
            if cells is not None and cells.opened is not None and atom in cells.opened:
                return self.texts.pair(base, atom)
            if cells is not None and atom in cells.true and atom not in cells.left:
                within = self.places.within
                return within(base, cells.true[atom]), within(base, cells.false[atom])
        if not bases.isdisjoint(self.sets):
            return self.either_way(atom, t("a test of a set speaks of other fields too"))
        return self.joint.pair(atom)

    def free(self, key: object) -> int:
        """A variable by its name."""
        if key not in self.fresh:
            self.fresh[key] = self.gates.variable()
        return self.fresh[key]

    def side(self, base: Base, atom: Atom, truth: bool) -> int:
        """Where a test of one base is true, or where it is false."""
        cells = self.places.cells.get(base)
        mask = None if cells is None else (cells.true if truth else cells.false).get(atom)
        if cells is None or mask is None or atom in cells.left or cells.opened is not None:
            return self.test(atom)[0 if truth else 1]
        return self.places.within(base, mask)

    def overlap(self, one: int, other: int) -> int:
        """Where both hold: as cells where both are cells of one base, whatever way they were come by."""
        meaning = self.places.meaning
        if abs(one) in meaning and abs(other) in meaning:
            (base, mask), (same, more) = meaning[abs(one)], meaning[abs(other)]
            if base == same:
                return self.places.within(base, (mask if one > 0 else ~mask) & (more if other > 0 else ~more))
        return self.gates.both(one, other)

    def either_way(self, key: object, reason: str) -> Pair:
        """A test of which nothing is known, and why: what rests on it is no proof that something can be."""
        yes, no = self.free((key, "yes")), self.free((key, "no"))
        self.doubts[yes] = self.doubts[no] = reason
        return yes, self.gates.both(-yes, no)

    # ── sets ──────────────────────────────────────────────────────────────────

    def open_set(self, base: Base, item: Field, elements: Iterable[Value]) -> None:
        """Makes the variables of a set field, of which these values are named."""
        assert isinstance(item.type, SetOf)
        known = self.gates.variable() if item.may_be_missing else TRUE
        element = item.type.element
        has = {
            value: self.gates.variable() if may_be(value, element) else FALSE
            for value in sorted(elements, key=str)
        }
        is_all = another(element, {value for value, on in has.items() if on != FALSE}) is None
        self.sets[base] = SetBase(known, has, FALSE if is_all else self.gates.variable())

    def members(self, field: e.FieldRef, values: Iterable[Value]) -> tuple[int, Mapping[Value, int], int]:
        """Whether a set is known, has each of these values and each that is named of it, has others."""
        base = self.sets[field]
        has = dict(base.has)
        for value in values:
            if value not in has:
                reason = t("it was not foreseen that a set is asked for this value")
                others = base.others
                has[value] = FALSE if others == FALSE else self.either_way((value, field), reason)[0]
        return base.known, has, base.others

    def named(self, field: e.FieldRef) -> set[Value]:
        """The values that are named of a set field."""
        return set(self.sets[field].has) if field in self.sets else set()


# ── while conditions are noted ─────────────────────────────────────────────────


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

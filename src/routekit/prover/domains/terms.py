"""Expressions as the analysis takes them: lets and segments put in place, and the bases they speak of.

A base is what a contact brings: a field, a signal of a queue, or the clock.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar
from routekit.policy.constraints import operand_of
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.operators.registry import Meaning, meaning_of
from routekit.policy.references import ARRIVAL, body_of, lets_by_cases
from routekit.policy.splits import point
from routekit.prover.supported import unsupported_in
from routekit.reference import Scope
from routekit.schema.types import Flag, SetOf, Type, Value

__all__ = [
    "ARRIVAL",
    "NOON",
    "NOTHING",
    "ArmOf",
    "Atom",
    "Base",
    "Evaluator",
    "Guard",
    "Terms",
    "bases_of",
    "put",
    "put_in",
    "walk",
]

Base: TypeAlias = e.FieldRef | e.SignalRef | e.Now

NOTHING = e.Constant(None)  # type: ignore[arg-type]
"""Stands for a value that is missing."""

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""The clock where the time does not matter: a Monday."""

_MOST_NODES = 20_000
_SHALLOW = 40
_MOST_DEPTH = 100
"""Of an expression whose lets are put in place: all that looks into it goes down level by level."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A field that has the value of another where a test of that is true, and else is missing."""

    test: e.Expr
    inside: e.FieldRef | e.SignalRef


@dataclass(frozen=True, slots=True)
class ArmOf:
    """Whether a split's key falls on a point from ``low`` up to, not including, ``high``."""

    key: e.Expr
    seed: str
    low: int
    high: int

    def holds(self, key: Value | None) -> bool | None:
        """Whether it does for a value of the key."""
        if key is None or isinstance(key, frozenset):
            return None
        return self.low <= point(self.seed, key) < self.high


Atom: TypeAlias = e.Expr | ArmOf


def walk(atom: Atom) -> Iterator[e.Expr]:
    """All the expressions within one."""
    return e.parts(atom.key if isinstance(atom, ArmOf) else atom)


@lru_cache(maxsize=1 << 16)
def bases_of(atom: Atom) -> Set[Base]:
    """The bases that a test depends on, in the order in which it names them."""
    named = (part for part in walk(atom) if isinstance(part, e.FieldRef | e.SignalRef | e.Now))
    return dict.fromkeys(named).keys()


def put(expr: e.Expr, old: e.Expr, new: e.Expr) -> e.Expr:
    """The expression with another in the place of one that it holds."""
    if expr == old:
        return new
    changed: dict[str, object] = {}
    for field in fields(expr):
        part = getattr(expr, field.name)
        if isinstance(expr, e.Cases) and field.name == "cases":
            put_in: object = tuple(
                replace(case, condition=put(case.condition, old, new), value=put(case.value, old, new))
                for case in expr.cases
            )
        elif isinstance(part, tuple):
            put_in = tuple(put(item, old, new) for item in part)
        elif field.name in (
            "operand",
            "left",
            "right",
            "low",
            "high",
            "first",
            "second",
            "argument",
            "at",
            "element",
            "container",
        ) and not isinstance(part, str):
            put_in = put(part, old, new)
        else:
            continue
        if put_in != part:
            changed[field.name] = put_in
    return replace(expr, **changed) if changed else expr  # type: ignore[arg-type]


def put_in(atom: Atom, old: e.Expr, new: e.Expr) -> Atom:
    """The test with another expression in the place of one that it holds."""
    if isinstance(atom, ArmOf):
        return ArmOf(put(atom.key, old, new), atom.seed, atom.low, atom.high)
    return put(atom, old, new)


class TooLargeError(Exception):
    """An expression whose lets, put in place, make more, or a deeper one, than can be looked at."""


@dataclass(frozen=True, slots=True)
class _Expanded:
    """An expression with its lets put in place, of how many nodes, and how deep."""

    expr: e.Expr
    size: int
    depth: int


class Terms:
    """The names of one policy: types of bases, lets and segments."""

    def __init__(self, policy: CheckedPolicy, types: Mapping[Base, Type]) -> None:
        self.policy = policy
        self.types: dict[e.Expr, Type] = dict(types.items())
        self.definitions = {definition.name: definition for definition in policy.definitions}
        self.by_cases = {let.name for let, _ in lets_by_cases(policy)}
        self._place = {definition.name: place for place, definition in enumerate(policy.definitions)}
        self._written: dict[int, tuple[e.Expr, e.Expr]] = {}
        self._expanded: dict[str, _Expanded | None] = {
            name: _Expanded(e.LetRef(name), 1, 1) for name in self.by_cases
        }
        """What stands for each definition, with all before it put in place; None where that is too large."""
        self._bases: dict[str, dict[Base, None]] = {}
        self.are_shallow = max(self._depths(), default=0) <= _SHALLOW
        """Whether to follow definitions from one to the next is no deeper than to look into an expression."""
        self._scalars = {base for base, type_ in self.types.items() if not isinstance(type_, SetOf)}
        self._plain: dict[int, tuple[e.Expr, Base | None]] = {}

    def base_of_plain(self, expr: e.Expr) -> Base | None:
        """The base that a test compares with constants; None where it does anything else, or is not known.

        Most tests are like that, and are spared what others need.
        """
        known = self._plain.get(id(expr))
        if known is None:
            known = self._plain[id(expr)] = expr, self._base_of_plain(expr)
        return known[1]

    def _base_of_plain(self, expr: e.Expr) -> Base | None:
        base = operand_of(expr)
        if isinstance(base, e.FieldRef | e.SignalRef) and base in self._scalars:
            return base if unsupported_in(expr) is None else None
        return None

    def let(self, name: str) -> Let:
        found = self.definitions[name]
        assert isinstance(found, Let)
        return found

    def cases_in(self, atom: Atom) -> list[e.LetRef]:
        """The lets by cases that a test speaks of, each once."""
        if not self.by_cases:
            return []
        return [*dict.fromkeys(part for part in walk(atom) if isinstance(part, e.LetRef))]

    def bases(self, expr: e.Expr) -> Set[Base]:
        """The bases that an expression depends on, those of its definitions included."""
        for name in self.upon(expr, self._bases):
            self._bases[name] = self._bases_in(body_of(self.definitions[name]))
        return self._bases_in(expr).keys()

    def _bases_in(self, expr: e.Expr) -> dict[Base, None]:
        found: dict[Base, None] = {}
        for part in e.parts(expr):
            if isinstance(part, e.FieldRef | e.SignalRef | e.Now):
                found[part] = None
            elif isinstance(part, e.LetRef | e.SegmentRef):
                found |= self._bases[part.name]
        return found

    def _depths(self) -> Iterator[int]:
        """How deep each definition is, with all in it followed to fields."""
        found: dict[str, int] = {}
        for item in self.policy.definitions:
            deepest, level = 0, 0
            parts: Sequence[e.Expr] = (body_of(item),)
            while parts:
                level += 1
                named = [part.name for part in parts if isinstance(part, e.LetRef | e.SegmentRef)]
                deepest = max(deepest, level, *(level + found[name] for name in named))
                parts = [child for part in parts for child in e.children(part)]
            found[item.name] = deepest
            yield deepest

    def upon(self, expr: e.Expr, settled: Container[str]) -> list[str]:
        """The definitions that an expression stands upon, but those that are settled.

        Each stands behind those that it needs itself.
        """
        found: set[str] = set()
        pending = [expr]
        while pending:
            for part in e.parts(pending.pop()):
                if not isinstance(part, e.LetRef | e.SegmentRef) or part.name in settled:
                    continue
                if part.name not in found:
                    found.add(part.name)
                    pending.append(body_of(self.definitions[part.name]))
        return sorted(found, key=self._place.__getitem__)

    def expand(self, expr: e.Expr) -> e.Expr:
        """The expression with segments and lets put in place, but for lets by cases.

        Raises ``TooLargeError`` where that makes more, or a deeper expression, than can be looked at.
        """
        known = self._written.get(id(expr))
        if known is None:
            for name in self.upon(expr, self._expanded):
                self._expanded[name] = self._definition(name)
            known = self._written[id(expr)] = expr, self._expand(expr).expr
        return known[1]

    def is_shallow(self, expr: e.Expr) -> bool:
        """Whether an expression can be followed through all its lets, one within the other."""
        for name in self.upon(expr, self._expanded):
            self._expanded[name] = self._definition(name)
        try:
            return self._expand(expr).depth <= _SHALLOW
        except TooLargeError:
            return False

    def written_out(self, expr: e.Expr) -> e.Expr:
        """The expression with lets by cases put in place too, to be worked out for one contact."""
        whole = self.expand(expr)
        for let in self.cases_in(whole):
            inner = self.let(let.name).expr
            assert isinstance(inner, e.Cases)
            cases = tuple(
                replace(case, condition=self.written_out(case.condition), value=self.written_out(case.value))
                for case in inner.cases
            )
            whole = put(whole, let, replace(inner, cases=cases))
        return whole

    def _definition(self, name: str) -> _Expanded | None:
        """A definition with those before it put in place; None where it is too large, or one of them is."""
        item = self.definitions[name]
        try:
            inner = self._expand(body_of(item))
        except TooLargeError:
            return None
        if isinstance(item, Let):
            return inner
        return _Expanded(e.Else(inner.expr, e.Constant(False)), inner.size + 2, inner.depth + 1)

    def _expand(self, expr: e.Expr) -> _Expanded:
        if isinstance(expr, e.LetRef | e.SegmentRef):
            known = self._expanded[expr.name]
            if known is None:
                raise TooLargeError
            return known if known.expr != expr else replace(known, expr=expr)
        size, depth = 1, 0
        for child in e.children(expr):
            inner = self._expand(child)
            size += inner.size
            depth = max(depth, inner.depth)
            if size > _MOST_NODES or depth >= _MOST_DEPTH:
                raise TooLargeError
            if inner.expr is not child:
                expr = put(expr, child, inner.expr)
        return _Expanded(expr, size, depth + 1)

    def is_condition(self, expr: e.Expr) -> bool:
        """Whether an expression is a yes or no."""
        match expr:
            case e.Constant(value):
                return isinstance(value, bool)
            case e.FieldRef() | e.SignalRef():
                return isinstance(self.types[expr], Flag)
            case e.LetRef(name):
                definition = self.definitions[name]
                return not isinstance(definition, Let) or isinstance(definition.type, Flag)
            case e.Else(first, _):
                return self.is_condition(first)
            case e.Bounded(_, type_) | e.Cases(_, _, type_):
                return isinstance(type_, Flag)
            case _:
                return isinstance(expr, e.Test | e.SegmentRef | e.Not | e.All | e.Any | e.IsAssisted)


class Evaluator:
    """What the reference says of one expression, where only its own bases are known.

    ``hurry`` is called each time; it may raise ``TimeUpError``.
    """

    def __init__(self, policy: CheckedPolicy, hurry: Callable[[], None] = lambda: None) -> None:
        self._policy = replace(policy, definitions=())
        self.hurry = hurry

    def calendar(self, name: str) -> Calendar:
        return self._policy.calendars[name]

    def at(self, values: Mapping[Base, Value | None]) -> Scope:
        self.hurry()
        fields_, signals, now = {}, {}, NOON
        for base, value in values.items():
            match base:
                case e.FieldRef(record, field):
                    fields_[record, field] = value
                case e.SignalRef(queue, signal):
                    signals[queue, signal] = value
                case _:
                    assert isinstance(value, datetime)
                    now = value
        return Scope(self._policy, Facts(fields_, signals, (), now, ()))

    def truth(self, atom: Atom, scope: Scope) -> bool | None:
        if isinstance(atom, ArmOf):
            return atom.holds(scope.value(atom.key))
        found = scope.value(atom)
        return found if isinstance(found, bool) else None

    def meaning(self, expr: e.Strict) -> Meaning:
        """What an expression makes of its operands."""
        self.hurry()
        return meaning_of(expr, self._policy)

"""Which facts make a condition true, or keep it from being true: few, and enough.

Enough means: whatever else changes in a contact, as long as these facts stay, so does the answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Let, Segment
from routekit.policy.references import body_of
from routekit.reference import Scope
from routekit.schema.types import Flag
from routekit.translation import t

__all__ = ["Definitions", "Fact", "Source", "Trace", "distinct"]

Source: TypeAlias = e.FieldRef | e.SignalRef | e.Now
"""What a contact brings along, and the clock."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A test that is asked of a contact, its answer, and the values that it rests on.

    ``within`` names the segments and lets in which it stands, the innermost first.
    """

    test: e.Expr
    truth: bool | None
    sources: tuple[Source, ...]
    within: tuple[str, ...] = field(default=(), compare=False)


MOST_WITHIN = 2
"""Of the definitions around a fact the innermost are kept, so many, and the outermost."""

_Facts: TypeAlias = tuple[Fact, ...]


def distinct(facts: Iterable[Fact]) -> _Facts:
    """Returns the facts, each once."""
    return tuple(dict.fromkeys(facts))


class Definitions:
    """The lets and segments of a policy, each with those that it needs."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self.all: Mapping[str, Let | Segment] = {item.name: item for item in policy.definitions}
        self._place = {name: place for place, name in enumerate(self.all)}
        self._orders: dict[str, list[str]] = {}
        self._needs = {name: _names(self.expr(name)) for name in self.all}

    def expr(self, name: str) -> e.Expr:
        return body_of(self.all[name])

    def up_to(self, name: str) -> list[str]:
        """Returns a definition behind all that it needs."""
        order = self._orders.get(name)
        if order is None:
            order = self._orders[name] = [*self.behind(self.expr(name)), name]
        return order

    def behind(self, expr: e.Expr) -> list[str]:
        """Returns all that an expression needs, in an order in which each needs only those before it."""
        found, pending = set[str](), [*_names(expr)]
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._needs[name]
        return sorted(found, key=self._place.__getitem__)


def _names(expr: e.Expr) -> tuple[str, ...]:
    return tuple({part.name: None for part in e.parts(expr) if isinstance(part, e.LetRef | e.SegmentRef)})


class Trace:
    """The facts behind the conditions of one policy, for one contact.

    A claim is that a condition has an answer (``wanted``); one that is not ``firm`` is also kept where the
    condition is unknown.
    """

    def __init__(self, definitions: Definitions, scope: Scope) -> None:
        self.scope = scope
        self._definitions = definitions
        self._facts: dict[tuple[str, bool, bool], _Facts] = {}
        self._sources: dict[str, tuple[Source, ...]] = {}

    def why(self, condition: e.Expr | None) -> _Facts:
        """Explains why a condition holds, or, where it does not, why not."""
        if condition is None:
            return ()
        self._follow(condition)
        truth = self.scope.is_true(condition)
        return self._of(condition, truth, truth)

    def sources(self, expr: e.Expr) -> tuple[Source, ...]:
        """Returns what the value of an expression rests on."""
        self._follow(expr)
        return self._value(expr)

    def _follow(self, expr: e.Expr) -> None:
        """Works out the definitions that an expression needs, one after another."""
        for name in self._definitions.behind(expr):
            if name in self._sources:
                continue
            definition = self._definitions.all[name]
            inner = self._definitions.expr(name)
            if isinstance(definition, Segment):
                truth = self.scope.segments[name]
                self._keep(name, inner, truth, (truth,), firm=truth)
            elif isinstance(definition.type, Flag):
                value = self.scope.lets[name]
                if value is None:
                    self._keep(name, inner, None, (True, False), firm=False)
                else:
                    self._keep(name, inner, value is True, (value is True,), firm=True)
            else:
                self._sources[name] = self._value(inner)

    def _keep(
        self, name: str, expr: e.Expr, truth: bool | None, claims: tuple[bool, ...], *, firm: bool
    ) -> None:
        is_segment = isinstance(self._definitions.all[name], Segment)
        called = self.scope.policy.called("segment" if is_segment else "let", name)
        label = (
            called
            if truth
            else t("not {called}", called=called)
            if truth is False
            else t("{called} unknown", called=called)
        )
        for claim in claims:
            found = tuple(
                replace(fact, within=(*fact.within[:MOST_WITHIN], label))
                for fact in self._of(expr, claim, firm)
            )
            for either in (True, False) if truth is not None else (False,):
                self._facts[name, claim, either] = found
        self._sources[name] = _union(
            fact.sources for claim in claims for fact in self._facts[name, claim, False]
        )

    def _of(self, expr: e.Expr, wanted: bool, firm: bool) -> _Facts:
        match expr:
            case e.All(operands) | e.Any(operands):
                if wanted is isinstance(expr, e.All):
                    return distinct(fact for part in operands for fact in self._of(part, wanted, firm))
                return self._first(operands, wanted, firm)
            case e.Not(operand):
                return self._of(operand, not wanted, firm)
            case e.SegmentRef(name):
                return self._facts[name, wanted, firm]
            case e.LetRef(name) if (name, wanted, firm) in self._facts:
                return self._facts[name, wanted, firm]
            case e.Compare("is", operand, e.Constant(bool() as answer)):
                return self._of(operand, wanted is answer, firm)
            case e.Else(first, second):
                value = self.scope.value(first)
                if value is None:
                    missing = Fact(e.IsKnown(first), False, self._value(first))
                    return distinct((missing, *self._of(second, wanted, firm)))
                return self._of(first, value is True, True)
            case _:
                truth = self.scope.value(expr)
                return (Fact(expr, truth if isinstance(truth, bool) else None, self._value(expr)),)

    def _first(self, operands: tuple[e.Expr, ...], wanted: bool, firm: bool) -> _Facts:
        """The facts of one operand that settles the answer: the first, or of an ``or`` the plainest."""
        enough = (
            self._of(part, wanted, firm)
            for part in operands
            if (truth := self.scope.value(part)) is wanted or (truth is None and not firm)
        )
        return min(enough, key=len) if wanted else next(enough)

    def _value(self, expr: e.Expr) -> tuple[Source, ...]:
        match expr:
            case e.FieldRef() | e.SignalRef() | e.Now():
                return (expr,)
            case e.LetRef(name):
                return self._sources[name]
            case e.SegmentRef() | e.All() | e.Any() | e.Not():
                return self._condition(expr)
            case e.Else(first, second):
                if self.scope.value(first) is not None:
                    return self._value(first)
                return _union((self._value(first), self._value(second)))
            case e.IsKnown(operand):
                return self._value(operand)
            case e.Cases():
                return self._by_cases(expr)
            case _:
                inner = e.children(expr)
                missing = (part for part in inner if self.scope.value(part) is None)
                first_missing = next(missing, None)
                if first_missing is not None:
                    return self._value(first_missing)
                return _union(self._value(part) for part in inner)

    def _by_cases(self, expr: e.Cases) -> tuple[Source, ...]:
        """What a value by cases rests on: the conditions that were asked, and the values that count."""
        found: list[tuple[Source, ...]] = []
        for case in expr.cases:
            found.append(self._condition(case.condition))
            if self.scope.is_true(case.condition):
                found.append(self._value(case.value))
                if expr.gather == "first":
                    break
        return _union(found)

    def _condition(self, expr: e.Expr) -> tuple[Source, ...]:
        """What a condition's answer rests on, unknown being an answer too."""
        truth = self.scope.value(expr)
        claims = ((True, False), (False, False)) if truth is None else ((truth is True, True),)
        return _union(fact.sources for claim in claims for fact in self._of(expr, *claim))


def _union(groups: Iterable[Iterable[Source]]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(source for group in groups for source in group))

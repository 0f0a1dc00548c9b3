"""What must not be offered to a contact of which values could not be read: they may be anything."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TypeAlias, cast

from routekit.policy import expressions as e
from routekit.policy.algebra import TRUTH_SETS, fold
from routekit.policy.constraints import operand_of, region_of
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Offer
from routekit.policy.operators.gathering import gathered
from routekit.policy.operators.registry import meaning_of
from routekit.policy.partition import constants_of, is_finite, partition_of
from routekit.policy.references import declared, defined
from routekit.schema.types import Time, Type, Value

__all__ = ["Doubt", "Tries", "Unread"]

Unread: TypeAlias = e.FieldRef | e.SignalRef | e.Now
"""What of a contact may not be readable; the time of the decision, where it is the contact's."""
_Values: TypeAlias = frozenset[Value | None]

_SOMETHING = cast("Value", object())
"""Stands for some value of which nothing is known."""
_MOST_LISTED = 64
"""Whole numbers of a field that are tried one by one."""
_MOST_TRIED = 256
"""Values of several fields together for one condition, and of one test."""
_MOST_TOGETHER = 64
"""Values of all fields together for all conditions at once."""
_MOST_KEPT = 4_096
_MOST_TRIED_AT_ALL = 20_000
"""For one contact; beyond it the fields of a condition are taken each by itself."""


@dataclass(frozen=True, slots=True)
class Tries:
    """What has to be tried where some values are unreadable: all ways in which they may have come together.

    ``nevers`` and ``offers`` are the places of the conditions that make a difference.
    """

    values: Sequence[Mapping[Unread, Value | None]]
    nevers: Sequence[int]
    offers: Sequence[int]


class Doubt:
    """Tells what bad input keeps from being offered; made once for a policy, shared by all threads.

    A value that could not be read may be any of its type, or missing, as it counts elsewhere. A ``never``
    holds where it could come out true; the condition of an offer holds only where it must. Fields that
    tests compare with constants are tried with all values that make a difference, several of them together;
    of any other test both answers are taken to be possible.
    """

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._defined: Mapping[e.Expr, e.Expr] = defined(policy)
        self._order = {definition: place for place, definition in enumerate(self._defined)}
        self._fields = declared(policy)
        self._known: dict[tuple[int, frozenset[Unread]], tuple[e.Expr, _Condition | None]] = {}
        """What of a condition is unreadable, by both."""

    def withheld(self, facts: Facts, made: Collection[str] | None = None) -> frozenset[str]:
        """Returns the offers that may not be made, whatever the conditions say of the facts as they stand.

        None where all of those that would be ``made`` may be.
        """
        if not facts.unreadable or not self._policy.offers:
            return frozenset()
        asked = _Question(self._policy, facts, self._possible)
        if any(asked.can_be(self._condition(never.condition, facts), True) for never in self._policy.nevers):
            return frozenset(offer.name for offer in self._policy.offers)

        def in_doubt(offers: Iterable[Offer]) -> Iterator[str]:
            for offer in offers:
                if asked.can_be(self._condition(offer.condition, facts), False):
                    yield offer.name

        if made is not None:
            would_be = (offer for offer in self._policy.offers if offer.name in made)
            if next(in_doubt(would_be), None) is None:
                return frozenset()
        return frozenset(in_doubt(self._policy.offers))

    def tries(self, facts: Facts) -> Tries | None:
        """Returns what has to be tried, each value by itself; it depends on nothing but what is unreadable.

        None where that are too many values, or some of which nothing is known.
        """
        nevers = self._doubtful((never.condition for never in self._policy.nevers), facts)
        offers = self._doubtful((offer.condition for offer in self._policy.offers), facts)
        asking: dict[Unread, list[e.Expr]] = {}
        for condition in (*nevers.values(), *offers.values()):
            for leaf, tests in condition.leaves.items():
                asking.setdefault(leaf, []).extend(tests)
        possible = {leaf: self._possible(leaf, tests) for leaf, tests in asking.items()}
        count = prod(map(len, possible.values()))
        if count > _MOST_TOGETHER or any(_SOMETHING in values for values in possible.values()):
            return None
        if count * (len(nevers) + 2 * len(offers)) > _MOST_TRIED_AT_ALL:
            return None
        ways = [dict(zip(possible, chosen, strict=True)) for chosen in product(*possible.values())]
        return Tries(ways, [*nevers], [*offers])

    def can_be(self, condition: e.Expr | None, truth: bool, facts: Facts) -> bool:
        """Whether unreadable values leave it open that a condition is true, or is anything but true."""
        asked = _Question(self._policy, facts, self._possible)
        return asked.can_be(self._condition(condition, facts), truth)

    def unreadable_in(self, condition: e.Expr | None, facts: Facts) -> tuple[Unread, ...]:
        """Lists the unreadable values that a condition rests on, in the order of their paths."""
        found = self._condition(condition, facts)
        return () if found is None else tuple(sorted(found.leaves, key=str))

    def _doubtful(self, conditions: Iterable[e.Expr | None], facts: Facts) -> "dict[int, _Condition]":
        """The conditions that read something unreadable, by their places."""
        looked_at = enumerate(self._condition(condition, facts) for condition in conditions)
        return {place: condition for place, condition in looked_at if condition is not None}

    def _condition(self, expr: e.Expr | None, facts: Facts) -> "_Condition | None":
        """A condition that reads something unreadable, with the definitions that it needs, in their order."""
        if expr is None or not facts.unreadable:
            return None
        key = id(expr), facts.unreadable
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            known = self._known[key] = (
                expr,
                self._look(expr, facts),
            )  # which keeps it alive, and its id its own
        return known[1]

    def _look(self, expr: e.Expr, facts: Facts) -> "_Condition | None":
        found: set[e.Expr] = set()
        leaves: dict[Unread, list[e.Expr]] = {}
        pending: list[e.Expr] = [expr]
        while pending:
            part = pending.pop()
            if isinstance(part, e.FieldRef | e.SignalRef | e.Now):
                if part in facts.unreadable:
                    leaves.setdefault(part, [])
            elif isinstance(part, e.LetRef | e.SegmentRef):
                if part not in found:
                    found.add(part)
                    body = self._defined[part]
                    pending.append(body)
                    # what is asked of it is asked by another name
                    if isinstance(body, e.FieldRef | e.SignalRef | e.Now) and body in facts.unreadable:
                        leaves.setdefault(body, []).append(body)
            else:
                for child in e.children(part):
                    if isinstance(child, e.FieldRef | e.SignalRef | e.Now) and child in facts.unreadable:
                        leaves.setdefault(child, []).append(part)
                    pending.append(child)
        if not leaves:
            return None
        needed = sorted(found, key=self._order.__getitem__)
        return _Condition(expr, [(name, self._defined[name]) for name in needed], leaves)

    def _possible(self, leaf: Unread, asking: list[e.Expr]) -> _Values:
        """The values that make a difference to what is asked of a field."""
        type_: Type = Time() if isinstance(leaf, e.Now) else self._fields[leaf].type
        may_miss = not isinstance(leaf, e.Now) and self._fields[leaf].may_be_missing
        known = _listed(type_) if is_finite(type_, _MOST_LISTED) else _cut(leaf, type_, asking)
        return known | {None} if may_miss else known


class _Condition:
    """A condition, the definitions that it rests on, and what is asked of each unreadable field."""

    def __init__(
        self,
        expr: e.Expr,
        definitions: list[tuple[e.Expr, e.Expr]],
        leaves: Mapping[Unread, list[e.Expr]],
    ) -> None:
        self.expr, self.definitions, self.leaves = expr, definitions, leaves
        self.possible: dict[Unread, _Values] = {}


def _listed(type_: Type) -> _Values:
    return frozenset(partition_of(type_, set, _MOST_LISTED).samples) - {None}


def _cut(leaf: Unread, type_: Type, asking: list[e.Expr]) -> _Values:
    """A value of each cell into which tests against constants cut a type; one unknown for any other test."""
    bounds = {bound for side in ("low", "high") if (bound := getattr(type_, side, None)) is not None}
    constants: set[Value] = {*bounds}
    for test in asking:
        if isinstance(test, e.IsKnown):
            continue
        is_plain = operand_of(test) == leaf and region_of(test) is not None
        found = constants_of(test, type_) if is_plain else None
        if found is None:
            return frozenset((_SOMETHING,))
        constants |= found
    samples = partition_of(type_, lambda: constants, 0).samples
    low, high = getattr(type_, "low", None), getattr(type_, "high", None)
    return frozenset(
        value
        for value in samples
        if value is not None and (low is None or value >= low) and (high is None or value <= high)
    )


class _Question:
    """What conditions can come out as, for the facts of one contact."""

    def __init__(
        self, policy: CheckedPolicy, facts: Facts, possible: Callable[[Unread, list[e.Expr]], _Values]
    ) -> None:
        self._policy = policy
        self._facts = facts
        self._possible = possible
        self._left = _MOST_TRIED_AT_ALL

    def can_be(self, condition: _Condition | None, truth: bool) -> bool:
        """Whether a condition can be true, or can be otherwise, under some of the values that it may have."""
        if condition is None:
            return False
        for values in self._tries(condition):
            known: dict[e.Expr, _Values] = {}
            known.update(values.items())
            for name, body in condition.definitions:
                found = self._values(body, known)
                if isinstance(name, e.SegmentRef):
                    found = frozenset(answer is True for answer in _truths(found))
                known[name] = found
            if any((answer is True) is truth for answer in _truths(self._values(condition.expr, known))):
                return True
        return False

    def _tries(self, condition: _Condition) -> Iterator[Mapping[Unread, _Values]]:
        """The unreadable values, those of few kinds together in all ways, the others each as a whole."""
        each = condition.possible
        if not each:
            each |= {leaf: self._possible(leaf, asking) for leaf, asking in condition.leaves.items()}
        together: list[Unread] = []
        tries = 1
        for leaf in sorted(each, key=lambda leaf: len(each[leaf])):
            if tries * len(each[leaf]) <= min(_MOST_TRIED, self._left):
                tries *= len(each[leaf])
                together.append(leaf)
        self._left -= tries
        for chosen in product(*(each[leaf] for leaf in together)):
            yield each | {leaf: frozenset((value,)) for leaf, value in zip(together, chosen, strict=True)}

    def _values(self, expr: e.Expr, known: Mapping[e.Expr, _Values]) -> _Values:
        """What an expression can come to; of several operands, each whatever the others are."""
        found = known.get(expr) if isinstance(expr, _NAMED) else None
        if found is not None:
            return found
        match expr:
            case e.Constant(value):
                return frozenset((value,))
            case e.FieldRef(record, field):
                return frozenset((self._facts.fields[record, field],))
            case e.SignalRef(queue, signal):
                return frozenset((self._facts.signals[queue, signal],))
            case e.Now():
                return frozenset((self._facts.now,))
            case e.Not() | e.All() | e.Any():
                return fold(expr, lambda operand: _truths(self._values(operand, known)), TRUTH_SETS)
            case e.IsKnown() | e.Else():
                return fold(expr, lambda operand: self._values(operand, known), TRUTH_SETS)
            case e.Cases():
                return self._cases(expr, known)
            case e.LetRef() | e.SegmentRef() | e.OutcomeRef() | e.DataRef() | e.IsAssisted():
                raise AssertionError("definitions are worked out before, and no offer speaks of an outcome")
            case _:
                return self._strict(expr, [self._values(operand, known) for operand in e.children(expr)])

    def _cases(self, expr: e.Cases, known: Mapping[e.Expr, _Values]) -> _Values:
        cases = [
            (_truths(self._values(case.condition, known)), self._values(case.value, known))
            for case in expr.cases
        ]
        if expr.gather == "first":
            return TRUTH_SETS.cases(expr, cases)
        holding = [values for truths, values in cases if True in truths]
        if all(len(part) == 1 and _SOMETHING not in part for case in cases for part in case):
            return frozenset((gathered(expr, (value for values in holding for value in values)),))
        return frozenset((_SOMETHING, None))

    def _strict(self, expr: e.Strict, operands: list[_Values]) -> _Values:
        tries = 1
        for values in operands:
            tries *= len(values)
        if tries > _MOST_TRIED:
            return frozenset((_SOMETHING, None))
        meaning = meaning_of(expr, self._policy)
        found: set[Value | None] = set()
        for chosen in product(*operands):
            if None in chosen:
                found.add(None)
            elif _SOMETHING in chosen:
                found |= {_SOMETHING, None}
            else:
                found.add(meaning(*chosen))
        return frozenset(found)


_NAMED = e.FieldRef | e.SignalRef | e.Now | e.LetRef | e.SegmentRef


def _truths(values: _Values) -> _Values:
    """The truths that a condition can have; of one of which nothing is known, both."""
    return values - {_SOMETHING} | {True, False} if _SOMETHING in values else values

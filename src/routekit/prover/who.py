"""Who comes to an outcome: conditions in the policy's words, each with whether it is met by nobody else.

There is one for each rule: what the rule asks, without the contacts that earlier rules take elsewhere. All
whom the rule leads to the outcome meet it; the solver tells whether all who meet it come to the outcome.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routekit.policy import expressions as e
from routekit.policy.model import Rule
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import conjuncts
from routekit.prover.encoding.space import Found, Space
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Group
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.prover.wording import merged, refused
from routekit.reasons.words import Words

__all__ = ["Who"]

_MOST_EXCEPTIONS = 24


@dataclass(frozen=True, slots=True)
class _Piece:
    expr: e.Expr
    literal: int


class Who:
    """Describes the contacts of a region of a policy's space."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.space = space
        self._rules = space.policy.rules
        ways = outcomes.ways
        self._decides = [
            space.gates.any(way.decides for way in ways if way.rule is rule) for rule in self._rules
        ]
        self._tests = tuple(self._other_tests())

    def of(self, region: int, asked: e.Expr | None) -> tuple[Group, ...]:
        """The groups that together are all of a region; ``asked`` is met by all of it, as is known."""
        clauses: list[list[_Piece]] = []
        for place, rule in enumerate(self._rules):
            inside = self.space.gates.both(region, self._decides[place])
            if inside == FALSE or self.space.possible([inside]) is False:
                continue
            clauses.append(self._clause(region, inside, place, [*_parts(asked), *_parts(rule.condition)]))
        words = Words(self.space.policy, whole=True)
        found = []
        for clause in self._needed(clauses):
            expr = _all([piece.expr for piece in clause])
            exact = self.space.is_nobody([*(piece.literal for piece in clause), -region])
            found.append(Group("" if expr is None else words.expr(expr), exact))
        return tuple(sorted(found, key=lambda group: not group.exact))

    # ── one rule ──────────────────────────────────────────────────────────────

    def _clause(self, region: int, inside: int, place: int, parts: Sequence[e.Expr]) -> list[_Piece]:
        """What all meet for whom a rule decides, and as few others as can be said."""
        pieces = [_Piece(part, self.space.true(part)) for part in dict.fromkeys(parts)]
        for _ in range(_MOST_EXCEPTIONS):
            outside = [*(piece.literal for piece in pieces), -region]
            if self.space.is_nobody(outside):
                return self._fewest(pieces, region)
            # those whom other rules take come first, since an arm of a split cannot be said
            elsewhere = [*outside, -self._decides[place]]
            if not any(isinstance(self.space.find(wanted), Found) for wanted in (elsewhere, outside)):
                break
            piece = self._exception(inside, place, pieces)
            if piece is None:
                break
            pieces.append(piece)
        return self._without_implied(pieces)

    def _exception(self, inside: int, place: int, pieces: Sequence[_Piece]) -> _Piece | None:
        """Something that all inside meet, and the contact that the solver has just found does not."""
        holds = self.space.solver.holds
        decider = next((other for other, literal in enumerate(self._decides) if holds(literal)), place)
        rules = [self._rules[place], self._rules[decider]]
        tests = (*(piece for rule in rules for piece in self._hours(rule)), *self._tests)
        wrong = [piece for piece in tests if holds(-piece.literal)]
        if decider < place:
            wrong = [*self._refusing(self._rules[decider], pieces), *wrong]
        return next((piece for piece in wrong if self.space.is_nobody([inside, -piece.literal])), None)

    def _refusing(self, rule: Rule, pieces: Sequence[_Piece]) -> Iterator[_Piece]:
        """That a rule's condition is not true, or its queue not open, without what is so anyhow."""
        space, said = self.space, [piece.literal for piece in pieces]
        parts = [part for part in _parts(rule.condition) if not space.is_nobody([*said, -space.true(part)])]
        hours = [piece.expr for piece in self._hours(rule)][:1]
        for kept in (parts, [*parts, *hours]):
            expr = _all(list(kept))
            if expr is not None:
                yield _Piece(refused(self.space, expr), -self.space.true(expr))

    def _hours(self, rule: Rule) -> Iterator[_Piece]:
        """That the queues of a rule are open, and that they are not."""
        for outcome in outcomes_of(rule.body):
            calendar = self.space.policy.queues[outcome.queue].calendar
            if calendar is not None:
                yield from self._both_ways(e.CalendarOpen(calendar, e.Now()))

    def _other_tests(self) -> Iterator[_Piece]:
        """What else an outcome may depend on: adjustments, offers, and who gets none."""
        policy = self.space.policy
        asked = [
            *(item.condition for item in policy.adjustments),
            *(item.condition for item in policy.offers),
            *(item.condition for item in policy.nevers),
        ]
        for test in dict.fromkeys(part for expr in asked for part in _parts(expr)):
            yield from self._both_ways(test)

    def _both_ways(self, test: e.Expr) -> Iterator[_Piece]:
        yes = self.space.true(test)
        if yes not in (TRUE, FALSE):
            yield _Piece(test, yes)
            yield _Piece(refused(self.space, test), -yes)

    # ── fewer words ───────────────────────────────────────────────────────────

    def _fewest(self, pieces: Sequence[_Piece], region: int) -> list[_Piece]:
        """The pieces without those that are not needed to keep others out, the last first."""
        kept = list(pieces)
        for piece in reversed(pieces):
            others = [other for other in kept if other is not piece]
            if self.space.is_nobody([*(other.literal for other in others), -region]):
                kept = others
        return kept

    def _without_implied(self, pieces: Sequence[_Piece]) -> list[_Piece]:
        kept = list(pieces)
        for piece in reversed(pieces):
            others = [other for other in kept if other is not piece]
            if self.space.is_nobody([*(other.literal for other in others), -piece.literal]):
                kept = others
        return kept

    def _needed(self, clauses: Sequence[list[_Piece]]) -> list[list[_Piece]]:
        """The clauses without those whose contacts the others have."""
        gates = self.space.gates
        literals = [gates.all(piece.literal for piece in clause) for clause in clauses]
        kept = list(range(len(clauses)))
        for place in reversed(range(len(clauses))):
            others = [other for other in kept if other != place]
            if others and self.space.is_nobody([literals[place], *(-literals[other] for other in others)]):
                kept = others
        return [clauses[place] for place in kept]


def _parts(expr: e.Expr | None) -> list[e.Expr]:
    return [] if expr is None else list(conjuncts(expr))


def _all(exprs: list[e.Expr]) -> e.Expr | None:
    said = merged(exprs)
    return None if not said else said[0] if len(said) == 1 else e.All(tuple(said))

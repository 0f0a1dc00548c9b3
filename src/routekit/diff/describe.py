"""Who is in a group, in the policy's own words.

Every test, segment and range that holds of all contacts of the group is found with the solver, what is
implied by the rest is left out, and at last the solver tells whether anybody else meets the condition.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from routekit.diff.changed_parts import Side
from routekit.diff.conditions import Vocabulary
from routekit.diff.joined_fields import AFTER, BEFORE
from routekit.diff.joined_policy import Joined
from routekit.diff.results import Description, Twice
from routekit.diff.split_shares import share_of
from routekit.diff.version_names import VersionNames
from routekit.policy import expressions as e
from routekit.policy.model import Rule, Split
from routekit.policy.references import conjuncts
from routekit.prover.domains.terms import ARRIVAL, Base
from routekit.prover.encoding.space import Found, Space
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.prover.wording import condition_of, merged, negated, refused
from routekit.reasons.words import Words, shortened
from routekit.schema.types import Time

__all__ = ["Descriptions"]

_MOST_PAIRS = 8
_MOST_TOLD = 4
_MOST_RULES = 24
_MOST_CELLS = 64
_LARGE = 300
_MOST_PIECES = 8
_MOST_EXCEPTIONS = 8
_EXCEPTION = 7
_LONGEST = 600

First = Callable[[Found], Twice]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that may be said of a contact; the cheapest words are kept."""

    expr: e.Expr
    literal: int
    cost: float


class Descriptions:
    """Works out who is in a group."""

    def __init__(self, space: Space, joined: Joined, sides: tuple[Side, Side]) -> None:
        self.space, self.gates = space, space.gates
        self._joined, self._sides = joined, sides
        self._words = Words(joined.policy, whole=True)
        self._titled = Words(joined.policy, whole=True, titled=True)
        self._names = VersionNames(joined, *(side.policy for side in sides))
        # among so many rules the exceptions to a condition are no help to a reader
        self._is_large = max(len(side.policy.rules) for side in sides) > _LARGE
        policies = tuple(side.outcomes.policy for side in sides)
        self._vocabulary = Vocabulary(joined, policies, are_large=self._is_large)

    def describe(
        self, where: int, witness: Twice, first: First
    ) -> tuple[Description, tuple[tuple[str, str], ...]]:
        """Finds the condition of a group, and the rules that decide for it."""
        pairs, are_all = self._pairs(where, witness, first)
        old, new = (side.policy.rules for side in self._sides)
        rules = tuple(dict.fromkeys((old[a].name, new[b].name) for a, b in pairs))
        share = share_of(self.space, self._sides, pairs, where) if are_all else ""
        whole = self._region(where, pairs, first, shared=bool(share))
        if whole is None:
            return Description(share=share), rules
        pieces, exact = whole
        if not exact and are_all and 1 < len(pairs) <= _MOST_TOLD:
            regions, all_exact = self._one_by_one(where, pairs, first, shared=bool(share))
            if regions and (all_exact or all(piece.cost >= _EXCEPTION for piece in pieces)):
                told = self._description(regions, all_exact, share)
                if len(shortened(told.condition)) <= _LONGEST:
                    return told, rules
        return self._description([pieces], exact, share), rules

    def _one_by_one(
        self, where: int, pairs: Sequence[Pair], first: First, *, shared: bool
    ) -> tuple[list[Sequence[_Piece]], bool]:
        """The pieces that say where each pair of rules decides, and whether all are exact."""
        regions: list[Sequence[_Piece]] = []
        exact = True
        for pair in pairs:
            part = self._region(self.gates.both(where, self._decide(pair)), [pair], first, shared=shared)
            if part is None or not part[0]:
                return [], False
            regions.append(part[0])
            exact = exact and part[1]
        return regions, exact

    def common(self, where: int, rules: Iterable[tuple[str, str]]) -> Description:
        """Says what is true of all contacts of several groups."""
        old, new = (side.places for side in self._sides)
        pairs = [pair for one, other in dict.fromkeys(rules) for pair in product(old[one], new[other])]
        pieces = self._implied(where, pairs[:_MOST_RULES], set())
        kept = sorted(self._without_needless(pieces or []), key=lambda piece: piece.cost)[:_MOST_PIECES]
        return self._description([sorted(kept, key=_order)])

    def _description(
        self, regions: Sequence[Sequence[_Piece]], exact: bool = False, share: str = ""
    ) -> Description:
        """Who is in one of some regions, each said by its pieces."""
        said = [merged([piece.expr for piece in pieces]) for pieces in regions]
        text, told = (
            _either([self._joined_by_and(exprs, words) for exprs in said])
            for words in (self._words, self._titled)
        )
        condition, meant = self._names.clean((expr for exprs in said for expr in exprs), text)
        return Description(condition, exact, share, told, meant)

    def _joined_by_and(self, exprs: Sequence[e.Expr], words: Words) -> str:
        said = [self._text(expr, words) for expr in exprs]
        if len(exprs) == 1 and isinstance(exprs[0], e.Any):
            return said[0][1:-1]
        return " and ".join(said)

    def _text(self, expr: e.Expr, words: Words) -> str:
        text = words.expr(expr)
        match expr:
            case e.Any():
                return f"({text})"
            case e.Not(e.Else() as inner):
                return f"not ({words.expr(inner)})"
            case _:
                return text

    # ── who decides ───────────────────────────────────────────────────────────

    def _pairs(self, where: int, witness: Twice, first: First) -> tuple[list[Pair], bool]:
        """The rules that decide before and now, and whether these are all."""
        found = [self._pair(witness)]
        left = self.gates.both(where, -self._decide(found[0]))
        while len(found) < _MOST_PAIRS:
            other = self.space.find([left])
            if other is None:
                return found, True
            if not isinstance(other, Found):
                break
            pair = self._pair(first(other))
            if pair in found:
                break
            found.append(pair)
            left = self.gates.both(left, -self._decide(pair))
        return found, False

    def _pair(self, twice: Twice) -> Pair:
        return self._sides[0].place_of(twice.before), self._sides[1].place_of(twice.decision)

    def _decide(self, pair: Pair) -> int:
        return self.gates.both(self._sides[0].decides[pair[0]], self._sides[1].decides[pair[1]])

    # ── one region ────────────────────────────────────────────────────────────

    def _region(
        self, where: int, pairs: Sequence[Pair], first: First, *, shared: bool
    ) -> tuple[list[_Piece], bool] | None:
        """What is true of all its contacts, in few words, and whether of nobody else.

        ``shared``: a split deals them out and the share is told; the condition is that of all whom it deals,
        and by what they are dealt is not said where it need not be.
        """
        dealt = [self._decide(pair) for pair in pairs if shared and self._is_dealt(pair)]
        target = self.gates.either(where, *dealt)
        keys = {base for pair in pairs for base in self._dealt_by(pair)}
        found = None
        for apart in (keys, set()) if keys else (set(),):
            found = self._narrowed(where, target, self._implied(where, pairs, apart), first)
            if found is None or found[1]:
                break
        return found

    def _narrowed(
        self, where: int, target: int, pieces: list[_Piece] | None, first: First
    ) -> tuple[list[_Piece], bool] | None:
        """The pieces with the exceptions to them, and without what is needless."""
        if pieces is None:
            return None
        for _ in range(0 if self._is_large else _MOST_EXCEPTIONS):
            other = self.space.find([*(piece.literal for piece in pieces), -target])
            if not isinstance(other, Found):
                break
            exception = self._exception(where, self._pair(first(other)), pieces)
            if exception is None:
                break
            pieces.append(exception)
        pieces = self._without_needless(pieces)
        exact = self.space.possible([*(piece.literal for piece in pieces), -target]) is False
        if not exact:
            pieces = sorted(pieces, key=lambda piece: piece.cost)[:_MOST_PIECES]
            pieces = [piece for piece in pieces if piece.cost < _EXCEPTION] or pieces
        return sorted(pieces, key=lambda piece: _order(piece)), exact

    def _is_dealt(self, pair: Pair) -> bool:
        """Whether a split decides on one of the two sides."""
        return any(
            isinstance(side.policy.rules[place].body, Split)
            for side, place in zip(self._sides, pair, strict=True)
        )

    def _dealt_by(self, pair: Pair) -> Iterator[Base]:
        """The fields by which a split on one of the two sides deals."""
        for side, place in zip(self._sides, pair, strict=True):
            body = side.outcomes.policy.rules[place].body
            if isinstance(body, Split):
                yield from self._bases(body.key)

    def _implied(self, where: int, pairs: Sequence[Pair], apart: set[Base]) -> list[_Piece] | None:
        """What holds of every contact of a region, but of some fields; the cells of a field as one."""
        gates, space = self.gates, self.space
        pieces = [
            piece
            for piece in self._sayable(pairs)
            if isinstance(piece.expr, e.SegmentRef) or apart.isdisjoint(self._bases(piece.expr))
        ]
        outside = {
            (base, 1 << place): -space.within(base, 1 << place)
            for base in self._ranged(pieces)
            if base not in apart
            for place in range(len(space.cells[base].cells))
        }
        literals = {piece.literal for piece in pieces} | set(outside.values())
        left = {literal for literal in literals if literal not in (TRUE, FALSE)}
        while left:
            if space.late():
                return None
            if space.is_refuted([where, gates.any(-literal for literal in left)]):
                break
            kept = {literal for literal in left if space.solver.holds(literal)}
            if len(kept) == len(left):
                return None
            left = kept
        implied = [piece for piece in pieces if piece.literal in left]
        excluded: dict[Base, int] = {}
        for (base, mask), literal in outside.items():
            if literal in left:
                excluded[base] = excluded.get(base, 0) | mask
        for base, mask in excluded.items():
            found_cells = space.cells[base]
            allowed = found_cells.all & ~mask
            type_ = Time() if isinstance(base, e.Now) else space.fields[base].type
            condition = condition_of(base, type_, found_cells, allowed)
            if condition is not None:
                literal = space.within(base, allowed)
                if all(piece.literal != literal for piece in implied):
                    implied.append(_Piece(condition, literal, 2.5 + 0.01 * self._length(condition)))
        return implied

    def _ranged(self, pieces: Iterable[_Piece]) -> list[Base]:
        """The fields whose cells are looked at one by one."""
        if self._is_large:
            return []
        bases = {base: None for piece in pieces for base in self._bases(piece.expr)}
        bases |= {base: None for inbound in self._joined.inbound for base in self._bases(inbound)}
        return [
            base
            for base in sorted(bases, key=str)
            if base in self.space.cells
            and not isinstance(base, e.Now)
            and base != ARRIVAL
            and not isinstance(self.space.fields[base].type, Time)
            and len(self.space.cells[base].cells) <= _MOST_CELLS
        ]

    def _bases(self, expr: e.Expr) -> Iterator[Base]:
        for base in self.space.terms.bases(expr):
            yield self.space.guards[base].inside if base in self.space.guards else base

    def _exception(self, where: int, pair: Pair, pieces: Sequence[_Piece]) -> _Piece | None:
        """An earlier rule that takes contacts who meet all that has been said, but are not of the region."""
        known = {piece.literal for piece in pieces}
        for side, place in zip(self._sides, pair, strict=True):
            rules = side.outcomes.policy.rules
            same = side.places[side.policy.rules[place].name]
            taken = self.gates.any(side.outcomes.taken[other] for other in same)
            parts = self._asked_by(rules[place])
            if not parts or -taken in known or taken in (TRUE, FALSE):
                continue
            if self.space.is_refuted([where, taken]):
                if not self.space.is_refuted([where, *map(self.space.true, parts)]):
                    queues = {way.outcome.queue for other in same for way in side.ways_of(other)}
                    calendars = {side.outcomes.policy.queues[queue].calendar for queue in queues}
                    if len(calendars) != 1 or (calendar := calendars.pop()) is None:
                        continue
                    parts.append(e.CalendarOpen(calendar, e.Now()))
                return self._refusing(parts, pieces)
        return None

    def _asked_by(self, rule: Rule) -> list[e.Expr]:
        """What a rule asks, as it is written: where a field names its queue, only that it does."""
        parts = [] if rule.condition is None else list(conjuncts(rule.condition))
        if rule.chosen_by is not None and parts and isinstance(chosen := parts[-1], e.Compare):
            rest, known = parts[:-1], e.IsKnown(chosen.left)
            plain = self.space.is_refuted([*map(self.space.true, rest), -self.space.true(known)])
            parts = rest if plain else [*rest, known]
        return parts

    def _refusing(self, parts: Sequence[e.Expr], pieces: Sequence[_Piece]) -> _Piece:
        """That not all of these hold, leaving out what is so anyhow where the pieces hold."""
        said = [piece.literal for piece in pieces]
        kept = list(parts)
        for part in parts:
            others = [other for other in kept if other is not part]
            if others and self.space.is_refuted([*said, -self.space.true(part)]):
                kept = others
        expr = kept[0] if len(kept) == 1 else e.All(tuple(kept))
        yes, no = self.space.pair(expr)
        plain = no == -yes or self.space.is_refuted([*said, -yes, -no])
        # where it is never unknown, `not` says it; its literal then is what that is true of
        if plain:
            return _Piece(negated(expr), no, _EXCEPTION)
        return _Piece(refused(self.space, expr), -yes, _EXCEPTION + 1)

    def _without_needless(self, pieces: list[_Piece]) -> list[_Piece]:
        """The pieces without those that follow from the rest, the costliest first."""
        kept = list({piece.literal: piece for piece in sorted(pieces, key=lambda p: -p.cost)}.values())
        for piece in sorted(kept, key=lambda p: -p.cost):
            others = [other for other in kept if other is not piece]
            if self.space.is_refuted([*(other.literal for other in others), -piece.literal]):
                kept = others
        return kept

    # ── words ─────────────────────────────────────────────────────────────────

    def _sayable(self, pairs: Sequence[Pair]) -> Iterator[_Piece]:
        """What the rules that decide, and those that changed, ask of a contact."""
        for expr in self._vocabulary.of(pairs):
            yes, no = self.space.pair(expr)
            base_cost = self._cost(expr)
            yield _Piece(expr, yes, base_cost)
            yield _Piece(refused(self.space, expr), -yes, base_cost + (1 if no == -yes else 3))

    def _cost(self, expr: e.Expr) -> float:
        text = shortened(self._words.expr(expr))
        if BEFORE in text or AFTER in text:
            return 6
        if isinstance(expr, e.SegmentRef):
            return 1
        return 3 + 0.01 * len(text)

    def _length(self, expr: e.Expr) -> int:
        """How many letters of a condition a person reads."""
        return len(shortened(self._words.expr(expr)))


def _order(piece: _Piece) -> tuple[bool, float]:
    """What is so comes before what is not."""
    return isinstance(piece.expr, e.Not), piece.cost


def _either(texts: Sequence[str]) -> str:
    told = dict.fromkeys(texts)
    return " or ".join(f"({text})" for text in told) if len(told) > 1 else next(iter(told), "")

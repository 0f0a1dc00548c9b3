"""The plan of a policy's tables: each column that counts, how its cells are read, which rules it settles.

The rows of the masks are those of the compiled program: the first rule stands at the highest bit, behind the
rules the adjustments, the nevers and the offers. A row is *sure* where the masks of columns tell exactly
whether its condition is true; of any other row they tell only where it cannot be.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from routekit.batch.uses import Use, uses_now, uses_of
from routekit.compiled.masks import Attribute
from routekit.compiled.program import RowMasks, row_masks
from routekit.compiled.rows import Literal
from routekit.intake.cells import columns_of
from routekit.policy import expressions as e
from routekit.policy.algebra import Function
from routekit.policy.longest_texts import longest_texts
from routekit.policy.model import CheckedPolicy, Field, Offer, Outcome, Rule
from routekit.policy.outcomes import is_same_for_all
from routekit.policy.partition import Partition, partition_of
from routekit.policy.references import ValueRef, declared, defined, key_of
from routekit.schema.reading import MOST_TEXT, Fault, Read, reader
from routekit.schema.times import zone
from routekit.schema.types import SetOf, Text, Value

__all__ = ["Layout", "Rows", "Spot", "layout_of"]

SHOWN = ("offers_shown",)


@dataclass(frozen=True, slots=True)
class Spot:
    """A column: its ``path`` in the contact, how a cell is read, and whether its very value counts.

    ``values`` is the partition of its values, None where each is a cell of its own. ``masks`` are the rows
    allowed in each cell, none where no mask depends on the field; where each value is its own cell, ``tests``
    are the conditions on it, each with the rows that ask for it. ``longest`` is how long a text may be.
    """

    path: tuple[str, ...]
    field: Field
    read: Read
    cell: Callable[[str], object]
    exact: bool
    values: Partition | None
    masks: tuple[int, ...] = ()
    tests: tuple[tuple[Function, int], ...] = ()
    longest: int = MOST_TEXT

    @property
    def is_asked(self) -> bool:
        """Whether a decision may depend on the field: one that nobody asks for has but one cell."""
        return self.values is None or self.values.size > 1

    def raw(self, sent: object) -> object:
        """What a cell means: text for a field of another kind is read as a cell of CSV is.

        An empty text is a missing value, but for a field of text, where it is one.
        """
        if type(sent) is not str:
            return sent
        if not sent and not isinstance(self.field.type, Text):
            return None
        return self.cell(sent)

    def value(self, raw: object) -> Value | Fault | None:
        """The value of what was sent, its default where it is missing; a fault where it has a problem."""
        if raw is None:
            return Fault("is required and missing") if self.field.is_required else self.field.default
        return self.read(raw)


@dataclass(frozen=True, slots=True)
class Rows:
    """``settled`` are the rules that, where they come first, settle all but what the extras do; ``open`` the
    extras that need another look; ``possible`` the rows whose condition can be true at all."""

    rules: int
    extras: int
    possible: int
    settled: int
    open: int


@dataclass(frozen=True, slots=True)
class Layout:
    """All columns of a policy and what is asked of them. ``tops`` are the members that must be objects."""

    spots: tuple[Spot, ...]
    tops: tuple[tuple[str, ...], ...]
    rows: Rows
    uses_now: bool
    policy: CheckedPolicy = field(repr=False)


def layout_of(policy: CheckedPolicy) -> Layout:
    """Works out which columns a policy's tables have."""
    local, cells, uses, fields = zone(policy.timezone), columns_of(policy), uses_of(policy), declared(policy)
    masks = row_masks(policy)
    attributes = {attribute.base: attribute for attribute in masks.attributes}
    tests, unsure = _tests_of_sets(policy, masks)
    for base, asking in masks.rows.masked.items():
        if base not in fields:
            unsure |= _joined(asking.values())
    longest = longest_texts(policy)
    spots: list[Spot] = []
    for leaf, each in fields.items():
        use, attribute, path = uses[leaf], attributes.get(leaf), key_of(leaf)
        most = longest.get(leaf, MOST_TEXT)
        values = _values(each, use, attribute)
        spots.append(
            Spot(
                path,
                each,
                reader(each.type, local, most),
                cells[".".join(path)],
                use.exact,
                values,
                _masks(values, attribute),
                tests.get(leaf, ()),
                most,
            )
        )
    tops: list[tuple[str, ...]] = [(record.name,) for record in policy.records]
    if policy.live and policy.queues:
        tops += [("live",), *(("live", queue) for queue in policy.queues)]
    if any(offer.caps for offer in policy.offers):
        anything = Field("offers_shown", SetOf(Text()), optional=True)
        cell = cells["offers_shown"]
        spots.append(Spot(SHOWN, anything, _as_it_is, cell, exact=True, values=None))
    return Layout(tuple(spots), tuple(tops), _rows(policy, masks, unsure), uses_now(policy), policy)


def _as_it_is(raw: object) -> Value | Fault:
    """Entries of ``offers_shown`` are read by the decision; here each list counts as it is."""
    return raw  # type: ignore[return-value]


def _values(declared: Field, use: Use, attribute: Attribute | None) -> Partition | None:
    """The partition of a field's values that tells apart what masks do, and what else is compared."""
    if isinstance(declared.type, SetOf):
        return None
    if not (use.exact or use.compared):
        return Partition(declared.type, (None,))
    if attribute is not None and isinstance(declared.type, Text):
        return partition_of(declared.type, lambda: use.constants | {*(attribute.cells.keys or ())})
    if attribute is not None and use.exact:
        return attribute.cells
    return partition_of(declared.type, lambda: use.constants, most=0)


def _masks(values: Partition | None, attribute: Attribute | None) -> tuple[int, ...]:
    """The rows allowed in each cell, which lies within one of the attribute's."""
    if values is None or attribute is None:
        return ()
    if values is attribute.cells:
        return attribute.masks
    return tuple(attribute.masks[attribute.cells.cell(sample)] for sample in values.samples)


def _rows(policy: CheckedPolicy, masks: RowMasks, unsure: int) -> Rows:
    count = masks.rows.count
    extras = count - len(policy.rules)
    plain = (masks.rows.bit(row) for row, rule in enumerate(policy.rules) if _is_plain(policy, rule))
    undecided = sum(1 << place for place, offer in enumerate(reversed(policy.offers)) if _depends(offer))
    every_extra = (1 << extras) - 1
    return Rows(
        len(policy.rules),
        extras,
        masks.rows.possible,
        _joined(plain) & ~unsure,
        (unsure | undecided) & every_extra,
    )


def _joined(rows: Iterable[int]) -> int:
    joined = 0
    for row in rows:
        joined |= row
    return joined


def _is_plain(policy: CheckedPolicy, rule: Rule) -> bool:
    """Whether nothing but the channel of a rule's outcome depends on the contact."""
    body = rule.body
    return (
        isinstance(body, Outcome)
        and policy.queues[body.queue].calendar is None
        and is_same_for_all(policy, body)
    )


def _depends(offer: Offer) -> bool:
    """Whether more than an offer's condition and the channel tells if it is made, or where it stands."""
    return bool(offer.caps) or not isinstance(offer.worth, e.Constant | None)


def _tests_of_sets(
    policy: CheckedPolicy, masks: RowMasks
) -> tuple[dict[ValueRef, tuple[tuple[Function, int], ...]], int]:
    """Of the conditions left those on one set alone, by its field; and the rows that ask for more."""
    sets = _Sets(policy)
    asked: dict[Literal, int] = {}
    for row, left in masks.rows.residual.items():
        for literal in left:
            asked[literal] = asked.get(literal, 0) | masks.rows.bit(row)
    tests: dict[ValueRef, list[tuple[Function, int]]] = {}
    unsure = 0
    for literal, rows in asked.items():
        leaf = sets.only(literal.expr)
        function = None if leaf is None else masks.closures.of(literal.expr, leaf)
        if leaf is None or function is None:
            unsure |= rows
        else:
            tests.setdefault(leaf, []).append((_as_wanted(function, literal), rows))
    return {leaf: tuple(found) for leaf, found in tests.items()}, unsure


def _as_wanted(function: Function, literal: Literal) -> Function:
    return lambda value: literal.wanted.by(function(value))


class _Sets:
    """Finds the one field of sets that a condition is made of."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._fields = declared(policy)
        self._known: dict[e.Expr, frozenset[e.Expr]] = {}
        for reference, expr in defined(policy).items():  # each needs only those before it
            self._known[reference] = self._bases(expr)

    def only(self, expr: e.Expr) -> ValueRef | None:
        """The field of sets on which a condition depends, and on nothing else; None for any other."""
        bases = self._bases(expr)
        base = next(iter(bases)) if len(bases) == 1 else None
        if isinstance(base, ValueRef) and isinstance(self._fields[base].type, SetOf):
            return base
        return None

    def _bases(self, expr: e.Expr) -> frozenset[e.Expr]:
        """What an expression depends on; no more than two are told."""
        found: set[e.Expr] = set()
        pending = [expr]
        while pending and len(found) < 2:
            part = pending.pop()
            if isinstance(part, e.LetRef | e.SegmentRef):
                found |= self._known[part]
            elif isinstance(part, e.FieldRef | e.SignalRef | e.Now | e.CalendarOpen):
                found.add(part)
            pending += e.children(part)
        return frozenset(found)

"""The plan of a policy's tables: each column that counts, how its cells are read, which rules it settles.

The rows of the masks are those of the compiled program: the first rule stands at the highest bit, behind the
rules the adjustments, the nevers and the offers. What no mask of a column decides is asked of all rows at
once; and so is whatever else tells the decisions of one rule apart.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from routekit.batch.uses import Use, uses_now, uses_of
from routekit.compiled.masks import Attribute
from routekit.compiled.program import RowMasks, row_masks
from routekit.compiled.rows import Literal
from routekit.intake.cells import columns_of
from routekit.policy import expressions as e
from routekit.policy.longest_texts import longest_texts
from routekit.policy.model import CheckedPolicy, Field, Offer, Rule, Split, Step
from routekit.policy.outcomes import expressions_in, expressions_of, outcomes_of, step_expressions
from routekit.policy.partition import Partition, partition_of
from routekit.policy.references import ValueRef, declared, key_of
from routekit.schema.reading import MOST_TEXT, REQUIRED, Fault, Read, reader
from routekit.schema.times import zone
from routekit.schema.types import SetOf, Text, Value
from routekit.translation import t

__all__ = ["Apart", "Layout", "Rows", "Spot", "layout_of"]

SHOWN = ("offers_shown",)


@dataclass(frozen=True, slots=True)
class Spot:
    """A column: its ``path`` in the contact, how a cell is read, and whether its very value counts.

    ``leaf`` is the field, None for ``offers_shown``, which stands behind all fields.

    ``values`` is the partition of its values, None where each is a cell of its own. ``masks`` are the rows
    allowed in each cell, none where no mask depends on the field. ``longest`` is how long a text may be.
    """

    leaf: ValueRef | None
    path: tuple[str, ...]
    field: Field
    read: Read
    cell: Callable[[str], object]
    exact: bool
    values: Partition | None
    masks: tuple[int, ...] = ()
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
            return Fault(t(REQUIRED)) if self.field.is_required else self.field.default
        return self.read(raw)


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rules and extras there are, and, as masks, some of them.

    ``possible`` are those whose condition can be true at all. ``settled`` are the rules that, where they come
    first, settle the decision, but for what tells it apart; ``timed`` are those among them whose plans call
    back in open time. ``open`` are the offers that depend on more than their conditions and the channel.
    """

    rules: int
    extras: int
    possible: int
    settled: int
    timed: int
    open: int


@dataclass(frozen=True, slots=True)
class Apart:
    """What tells the decisions of one rule apart: the values of expressions, and the arm of a split.

    ``calls`` are the steps that call back in open time: decisions that are alike in all else differ in when.
    """

    values: tuple[e.Expr, ...] = ()
    split: Split | None = None
    calls: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """All columns of a policy and what is asked of them.

    ``tops`` are the members that must be objects. ``asked`` are the conditions that no mask of a column
    decides, each with the rows that ask for it; ``apart`` is by the place of a rule.
    """

    spots: tuple[Spot, ...]
    tops: tuple[tuple[str, ...], ...]
    rows: Rows
    asked: tuple[tuple[Literal, int], ...]
    apart: Mapping[int, Apart]
    uses_now: bool
    policy: CheckedPolicy = field(repr=False)


def layout_of(policy: CheckedPolicy) -> Layout:
    """Works out which columns a policy's tables have."""
    local, cells, uses, fields = zone(policy.timezone), columns_of(policy), uses_of(policy), declared(policy)
    masks = row_masks(policy)
    attributes = {attribute.base: attribute for attribute in masks.attributes}
    longest = longest_texts(policy)
    spots: list[Spot] = []
    for leaf, each in fields.items():
        use, attribute, path = uses[leaf], attributes.get(leaf), key_of(leaf)
        most = longest.get(leaf, MOST_TEXT)
        values = _values(each, use, attribute)
        spots.append(
            Spot(
                leaf,
                path,
                each,
                reader(each.type, local, most),
                cells[".".join(path)],
                use.exact,
                values,
                _masks(values, attribute),
                most,
            )
        )
    tops: list[tuple[str, ...]] = [(record.name,) for record in policy.records]
    if policy.live and policy.queues:
        tops += [("live",), *(("live", queue) for queue in policy.queues)]
    if any(offer.caps for offer in policy.offers):
        anything = Field("offers_shown", SetOf(Text()), optional=True)
        cell = cells["offers_shown"]
        spots.append(Spot(None, SHOWN, anything, _as_it_is, cell, exact=True, values=None))
    apart = {place: found for place, rule in enumerate(policy.rules) if (found := _apart(policy, rule))}
    return Layout(
        tuple(spots),
        tuple(tops),
        _rows(policy, masks),
        _asked(masks, fields),
        apart,
        uses_now(policy),
        policy,
    )


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


def _rows(policy: CheckedPolicy, masks: RowMasks) -> Rows:
    count = masks.rows.count
    settled = [row for row, rule in enumerate(policy.rules) if _is_settled(policy, rule)]
    timed = [row for row in settled if _calls(policy.rules[row])]
    undecided = sum(1 << place for place, offer in enumerate(reversed(policy.offers)) if _depends(offer))
    return Rows(
        len(policy.rules),
        count - len(policy.rules),
        masks.rows.possible,
        _joined(map(masks.rows.bit, settled)),
        _joined(map(masks.rows.bit, timed)),
        undecided,
    )


def _joined(rows: Iterable[int]) -> int:
    joined = 0
    for row in rows:
        joined |= row
    return joined


def _is_settled(policy: CheckedPolicy, rule: Rule) -> bool:
    """Whether a rule whose condition holds decides, and does so alike for many contacts.

    An arm may lead to a queue that is closed, and may have steps of its own that call back in open time.
    """
    calls = _calls(rule)
    if len({step.after for step in calls}) < len(calls):
        return False
    # of a rule without arms, that the queue is open is a part of the condition
    calendars = [policy.queues[outcome.queue].calendar for outcome in outcomes_of(rule.body)]
    return not isinstance(rule.body, Split) or not (any(calendars) or calls)


def _calls(rule: Rule) -> tuple[Step, ...]:
    """The steps of a rule that call back in open time."""
    return tuple(step for outcome in outcomes_of(rule.body) for step in outcome.plan if step.calendar)


def _apart(policy: CheckedPolicy, rule: Rule) -> Apart | None:
    """What tells apart the decisions of a rule; None where that is the channel alone."""
    values: dict[e.Expr, None] = {}
    for adjustment in policy.adjustments:
        values |= dict.fromkeys(expressions_in(adjustment.changes).values())
    for outcome in outcomes_of(rule.body):
        values |= dict.fromkeys([*expressions_of(outcome).values(), *step_expressions(outcome)])
        for step in outcome.plan:
            calendar = None if step.queue is None else policy.queues[step.queue].calendar
            if calendar is not None:
                by_then = e.Arithmetic("+", e.Now(), e.Constant(step.after))
                values[e.CalendarOpen(calendar, by_then)] = None
    split = rule.body if isinstance(rule.body, Split) else None
    calls = _calls(rule)
    return Apart((*values,), split, calls) if values or split or calls else None


def _depends(offer: Offer) -> bool:
    """Whether more than an offer's condition and the channel tells if it is made, or where it stands."""
    return bool(offer.caps) or not offer.has_fixed_worth


def _asked(masks: RowMasks, fields: Mapping[ValueRef, Field]) -> tuple[tuple[Literal, int], ...]:
    """The conditions that are no test of one field, each with the rows that ask for it."""
    asked: dict[Literal, int] = {}
    for base, asking in masks.rows.masked.items():
        if base not in fields:
            for literals, rows in asking.items():
                for literal in literals:
                    asked[literal] = asked.get(literal, 0) | rows
    for row, left in masks.rows.residual.items():
        for literal in left:
            asked[literal] = asked.get(literal, 0) | masks.rows.bit(row)
    return tuple(asked.items())

"""The plan of a policy's tables: each column that counts, how its cells are read, what is made of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from routekit.batch.rows import Rows, rows_of
from routekit.batch.scales import Scale, scale_of
from routekit.batch.uses import Leaf, uses_now, uses_of
from routekit.intake.cells import columns_of
from routekit.policy import expressions as e
from routekit.policy.algebra import Function
from routekit.policy.model import CheckedPolicy, Field
from routekit.schema.reading import Fault, Read, reader
from routekit.schema.times import zone
from routekit.schema.types import SetOf, Text, Value

__all__ = ["Layout", "Spot", "layout_of"]

SHOWN = ("offers_shown",)


@dataclass(frozen=True, slots=True)
class Spot:
    """A column: its ``path`` in the contact, how a cell is read, and whether its very value counts.

    ``scale`` is None where each value is a class of its own. ``tests`` are the conditions on it, each with
    the rows that ask for it.
    """

    path: tuple[str, ...]
    field: Field
    read: Read
    cell: Callable[[str], object]
    exact: bool
    scale: Scale | None
    tests: tuple[tuple[Function, int], ...] = ()

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
class Layout:
    """All columns of a policy and what is asked of them. ``tops`` are the members that must be objects."""

    spots: tuple[Spot, ...]
    tops: tuple[tuple[str, ...], ...]
    rows: Rows
    uses_now: bool
    policy: CheckedPolicy = field(repr=False)


def layout_of(policy: CheckedPolicy) -> Layout:
    """Works out which columns a policy's tables have."""
    local, cells, uses, rows = zone(policy.timezone), columns_of(policy), uses_of(policy), rows_of(policy)
    spots: list[Spot] = []

    def add(path: tuple[str, ...], declared: Field, leaf: Leaf) -> None:
        use = uses[leaf]
        read, scale = reader(declared.type, local), scale_of(declared.type, use)
        cell, tests = cells[".".join(path)], rows.tests.get(leaf, ())
        spots.append(Spot(path, declared, read, cell, use.exact, scale, tests))

    for record in policy.records:
        for each in record.fields:
            add((record.name, each.name), each, e.FieldRef(record.name, each.name))
    tops: list[tuple[str, ...]] = [(record.name,) for record in policy.records]
    if policy.live and policy.queues:
        tops.append(("live",))
        for queue in policy.queues:
            tops.append(("live", queue))
            for signal in policy.live:
                add(("live", queue, signal.name), signal, e.SignalRef(queue, signal.name))
    if any(offer.caps for offer in policy.offers):
        anything = Field("offers_shown", SetOf(Text()), optional=True)
        cell = cells["offers_shown"]
        spots.append(Spot(SHOWN, anything, _as_it_is, cell, exact=True, scale=None))
    return Layout(tuple(spots), tuple(tops), rows, uses_now(policy), policy)


def _as_it_is(raw: object) -> Value | Fault:
    """Entries of ``offers_shown`` are read by the decision; here each list counts as it is."""
    return raw  # type: ignore[return-value]

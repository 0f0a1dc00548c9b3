"""Tables are decided as their rows are, by generated policies: rows with times and values of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from routekit import Policy
from routekit.batch import Batch
from routekit.compiled import Compiled
from routekit.intake import Intake, Sent
from routekit.policy.model import CheckedPolicy
from routekit.schema.types import Choice, Date, Duration, Flag, Integer, Number, SetOf, Text, Time, Type
from routekit.testing.choices import Dice, seeded
from routekit.testing.contact_generator import Callers
from tests.properties.packs import PACKS, pack, sample_contacts
from tests.strategies import policy_texts, seeds, slow
from tests.unit.test_batch import as_sent, told

pa = pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")
pytest.importorskip("numpy", reason="batches need numpy: install routekit[arrow]")

ROWS = 150
"""More than are decided one by one."""


def kind_of(type_: Type, dice: Dice) -> Any:
    match type_:
        case Flag():
            return pa.bool_()
        case Integer():
            return pa.int64()
        case Number():
            return pa.float64()
        case Time():
            return pa.timestamp("us", dice.pick(["UTC", "Asia/Kathmandu"]))
        case Date():
            return pa.date32()
        case Duration():
            return pa.duration("us")
        case SetOf(element):
            return pa.list_(kind_of(element, dice))
        case Text() | Choice():
            return dice.pick([pa.string(), pa.dictionary(pa.int32(), pa.string())])


def column(values: list[Any], type_: Type, dice: Dice) -> Any:
    """A column of typed values; of text, where Arrow has no such values."""
    cells: list[Any] = [sorted(value, key=str) if isinstance(value, frozenset) else value for value in values]
    if isinstance(type_, Time) and dice.chance(30):
        return pa.array([None if value is None else value.isoformat() for value in cells])
    try:
        return pa.array(cells, kind_of(type_, dice))
    except (pa.ArrowException, OverflowError):
        return pa.array([None if value is None else str(value) for value in cells])


def table_of(policy: CheckedPolicy, sent: list[Sent], dice: Dice) -> Any:
    columns = {}
    for record in policy.records:
        for field in record.fields:
            values = [each.records.get(record.name, {}).get(field.name) for each in sent]
            columns[f"{record.name}.{field.name}"] = column(values, field.type, dice)
    for queue in policy.queues:
        for signal in policy.live:
            values = [each.queues.get(queue, {}).get(signal.name) for each in sent]
            columns[f"live.{queue}.{signal.name}"] = column(values, signal.type, dice)
    if any(offer.caps for offer in policy.offers):
        entry = pa.struct([("offer", pa.string()), ("at", pa.timestamp("us", "UTC"))])
        shown = [[{"offer": one.offer, "at": one.at} for one in each.shown] or None for each in sent]
        columns["offers_shown"] = pa.array(shown, pa.list_(entry))
    return pa.table(columns)


def expect_same(policy: CheckedPolicy, table: Any, now: datetime) -> None:
    decide = Compiled(policy).decide
    rows = zip(*(cells.to_pylist() for cells in table.columns), strict=True)
    expected = [told(decide(as_sent(policy, table.schema.names, row), now)) for row in rows]
    batch = Batch(policy, decide)
    for when in (now, now):  # what is remembered of the first time serves the second
        assert batch.decide(table, now=when).to_pylist() == expected


@slow
@given(text=policy_texts(), seed=seeds)
def test_tables_are_decided_as_their_rows_are(text: str, seed: int) -> None:
    policy, dice = Policy.from_text(text).checked, seeded(seed)
    callers, intake = Callers(policy, dice), Intake(policy)
    clock = callers.clock(dice)
    sent = [intake.sent(callers.valid(dice, callers.clock(dice))) for _ in range(ROWS)]
    expect_same(policy, table_of(policy, sent, dice), clock)


@pytest.mark.parametrize("name", PACKS)
def test_rows_with_times_and_ids_of_their_own_are_decided_as_they_are(name: str) -> None:
    policy, dice = pack(name).checked, seeded(7)
    intake = Intake(policy)
    sent = [intake.sent(contact) for contact in sample_contacts(name)] * 4
    table = table_of(policy, sent, dice)
    first = datetime(2026, 3, 28, tzinfo=UTC)
    times = [first + timedelta(minutes=977 * place, seconds=place) for place in range(len(sent))]
    for name_, values in (
        ("contact.at", times),
        ("customer.id", [f"c-{place}" for place in range(len(sent))]),
    ):
        table = table.set_column(table.schema.get_field_index(name_), name_, pa.array(values))
    expect_same(policy, table, first)

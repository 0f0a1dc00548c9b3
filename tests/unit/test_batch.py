"""Batch decisions are the decisions of ``decide``, row by row, whatever table the contacts come in."""

import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.compiled import Compiled
from routekit.intake.cells import columns_of, nested
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import CheckedPolicy
from routekit.schema.types import Choice, Date, Duration, Flag, Integer, Number, SetOf, Text, Time, Type
from tests.properties.packs import PACKS, pack, sample_contacts

pa = pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")
pytest.importorskip("numpy", reason="batches need numpy: install routekit[arrow]")

from routekit.batch import (  # noqa: E402
    Batch,
    mask_filter,
)
from routekit.batch import session as session_module  # noqa: E402

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
STEP = dict.fromkeys(field.name for field in fields(PlanStep) if field.name != "data")
KEYS = list(Decision("", "", "", "", "").to_dict())

PLAIN = """
policy plain
timezone Asia/Shanghai
record contact { channel one of voice, web, chat = voice  at time ? }
record customer {
  id text ?  tier ordered basic < silver < gold ?  value integer 0..100 = 0  debt number ?  vip flag = no
  name text = ""  born date ?  gap duration ?  tags set of text = {}  code text  wide integer ?
}
channel voice { assisted }
channel web { self_service }
channel chat { assisted }
queue general { on voice, chat }
queue portal { on web }
message hello { web "Hello" }
live queue { waiting integer 0..1000 = 0 }
let risk = customer.debt else 5
segment rich when customer.value >= 80 or customer.tier >= silver
route {
  rule told when customer.code is "x" then queue portal, message hello
  rule vip when customer.vip and not rich then queue general, priority 1
  rule rich when rich and customer.value in 50..90 then queue general, skills {a, b}
    after 30s any agent
    after 2m queue portal
  rule deep when customer.debt > 10.5 or customer.gap > 3m then queue portal on web
  rule tagged when customer.tags has "a" and general.waiting > 5 then queue general, priority 9
  rule young when customer.born > 2000-01-01 then queue portal
  rule wide when customer.wide > 9007199254740992 then queue portal, priority 3
  rule mixed when customer.value > general.waiting then queue general, priority 2
  rule owed when risk < 5 then queue general, priority 4
  rule named when customer.id in {"c-1", "c-2"} then queue general, agent customer.id
  otherwise queue general
}
adjust {
  rule less when customer.value < 10 then priority + 1
  rule web_too when contact.channel is web then skills + {web}
}
offers {
  show 2 by worth
  offer one when customer.value > 20 worth 3
  offer two when customer.vip worth 2 * customer.value
  never when customer.debt > 1000
}
"""


@cache
def policy_of(name: str) -> CheckedPolicy:
    return (Policy.from_text(PLAIN) if name == "plain" else pack(name)).checked


@cache
def decide_of(name: str) -> Callable[[object, datetime], Decision]:
    return Compiled(policy_of(name)).decide


@cache
def batch_of(name: str) -> Batch:
    return Batch(policy_of(name), decide_of(name))


def told(decision: Decision) -> dict[str, object]:
    row = decision.to_dict()
    if decision.data:
        del row["data"]
        row |= {f"data.{name}": in_column(value) for name, value in decision.data.items()}
    steps = []
    for step in decision.plan:
        cells = {**STEP, "any_agent": False, **step.to_dict(), "callback_by": step.callback_by}
        if decision.data:
            data = {name: in_column(step.data.get(name)) for name in decision.data}
            cells["data"] = data if step.data else None
        steps.append(cells)
    row["plan"] = steps
    return row


def in_column(value: object) -> object:
    match value:
        case frozenset():
            return [in_column(member) for member in sorted(value)]
        case timedelta():
            return value.total_seconds()
        case _:
            return value


def as_sent(policy: CheckedPolicy, names: Sequence[str], cells: Sequence[object]) -> dict[str, object]:
    """A row as a contact, each cell read on its own."""
    columns = columns_of(policy)
    texts = {
        f"{record.name}.{field.name}"
        for record in policy.records
        for field in record.fields
        if isinstance(field.type, Text)
    }
    read: list[object] = []
    for name, cell in zip(names, cells, strict=True):
        if type(cell) is str and name in columns:
            read.append(columns[name](cell) if cell or name in texts else None)
        else:
            read.append(cell)
    return nested(names, read)


def expected(name: str, table: Any, now: datetime = NOW) -> list[dict[str, object]]:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return [told(decide_of(name)(as_sent(policy_of(name), table.schema.names, row), now)) for row in rows]


def flat(contact: Any, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in contact.items():
        found |= flat(value, f"{path}{key}.") if type(value) is dict else {path + key: value}
    return found


@cache
def sample_table(name: str) -> Any:
    """The sample contacts, one column a field; columns of mixed types as text, as a file would have them."""
    rows = [flat(contact) for contact in sample_contacts(name)]
    names = dict.fromkeys(key for row in rows for key in row)
    columns = {}
    for key in names:
        cells = [row.get(key) for row in rows]
        kinds = {type(cell) for cell in cells if cell is not None}
        if len(kinds) > 1:
            cells = [cell if cell is None or type(cell) is str else json.dumps(cell) for cell in cells]
        columns[key] = pa.array(cells)
    return pa.table(columns)


# tables that nobody should send


def pools(type_: Type, dice: random.Random, constants: Sequence[Any]) -> Iterator[Any]:
    """Columns of every Arrow type that a field of this type could meet; each makes one of so many rows."""

    def some(values: Sequence[Any], of: Any) -> Callable[[int], Any]:
        return lambda count: pa.array([dice.choice([*values, None]) for _ in range(count)], of)

    match type_:
        case Integer() | Number():
            numbers = [each for each in constants if isinstance(each, int | float)]
            low, high = type_.low or 0, type_.high or 50
            near = [*(int(each) + step for each in (*numbers, low, high) for step in (-1, 0, 1)), 7]
            small = [each for each in near if abs(each) < 1 << 31]
            yield some([*near, 2**53 + 1, 2**63 - 1, -(2**63)], pa.int64())
            yield some([each for each in small if 0 <= each < 100] or [1], pa.uint8())
            yield some([*map(float, near), 1.5, -0.0, float("nan"), float("inf"), 1e300], pa.float64())
            yield some([Decimal(each) for each in small] + [Decimal("1.50")], pa.decimal128(20, 2))
            yield some([*map(str, near), " 7 ", "1e2", "x", ""], pa.string())
            yield some(["7", "8", "x"], pa.dictionary(pa.int8(), pa.string()))
        case Flag():
            yield some([True, False], pa.bool_())
            yield some(["yes", "No", "true", " false ", "maybe", ""], pa.string())
        case Choice(names):
            yield some([*names, "nobody", ""], pa.string())
            yield some(names, pa.large_string())
            yield some([*names, "nobody"], pa.dictionary(pa.int32(), pa.string()))
        case Time():
            times = [
                NOW,
                NOW - timedelta(days=40),
                datetime(1, 1, 1, tzinfo=UTC),
                datetime(9999, 12, 31, tzinfo=UTC),
            ]
            yield some(times[:2], pa.timestamp("us", "America/New_York"))
            yield some(times, pa.timestamp("us", "UTC"))
            yield some([each.replace(tzinfo=None) for each in times], pa.timestamp("s"))
            yield some([1_700_000_000_000_000_001, 5], pa.timestamp("ns", "UTC"))
            yield some(["2026-11-23T10:00:00+08:00", "2026-11-02 09:30", "soon", ""], pa.string())
        case Date():
            yield some([date(2001, 2, 3), date(1990, 11, 23), date.max, date.min], pa.date32())
            yield some([datetime(2001, 2, 3)], pa.date64())
            yield some(["2001-02-03", "2001-02-30", ""], pa.string())
        case Duration():
            yield some([timedelta(minutes=each) for each in (0, 3, 5, 10**6)], pa.duration("ms"))
            yield some([0, 180, 181, 301], pa.int32())
            yield some(["3m", "181", "1h", "long", ""], pa.string())
        case SetOf():
            yield some([["a"], [], ["a", "b"], ["retention", None]], pa.list_(pa.string()))
            yield some(["a; b", '["a"]', "[", ""], pa.string())
        case _:
            texts = [str(each) for each in constants] + ["", "c-1", "x", "长沙", "b" * 40]
            yield some(texts, pa.string())
            yield some(texts, pa.dictionary(pa.int16(), pa.large_string()))
            yield lambda count: pa.array([f"c-{dice.random()}" for _ in range(count)])
    yield some([1, 2], pa.int64())
    yield some(["?"], pa.string())
    yield some([date(2020, 1, 1)], pa.date32())
    yield some([{"deep": 1}], pa.struct([("deep", pa.int64())]))
    yield some([b"raw"], pa.binary())
    yield lambda count: pa.nulls(count)


def hostile_table(name: str, count: int, seed: int, *, tame: float = 0.7) -> Any:
    """A table of random columns; the first pool of a field, the tamest, is taken the oftenest."""
    dice = random.Random(f"{name} {seed}")
    policy = policy_of(name)
    constants = {spot.path: spot.values.cuts if spot.values else () for spot in spots_of(name)}
    fields: dict[tuple[str, ...], Type] = {
        (record.name, each.name): each.type for record in policy.records for each in record.fields
    }
    for queue in policy.queues:
        fields |= {("live", queue, signal.name): signal.type for signal in policy.live}
    columns: dict[str, Any] = {"ignored": pa.array(range(count))}
    for path, type_ in fields.items():
        if dice.random() < 0.8:
            made = list(pools(type_, dice, constants.get(path, ())))
            maker = made[0] if dice.random() < tame else dice.choice(made)
            columns[".".join(path)] = maker(count)
    shown = [
        {"offer": offer, "at": NOW - timedelta(days=each)}
        for each, offer in enumerate(policy.offers and [o.name for o in policy.offers])
    ]
    if dice.random() < 0.3 and shown:
        columns["offers_shown"] = pa.array([dice.choice([shown[:1], shown, [], None]) for _ in range(count)])
    elif dice.random() < 0.3:
        columns["offers_shown"] = pa.array(
            [dice.choice(["[]", "{", "", '[{"offer": "x"}]', None]) for _ in range(count)]
        )
    return pa.table(columns)


@cache
def spots_of(name: str) -> Any:
    from routekit.batch.layout import layout_of

    return layout_of(policy_of(name)).spots


def microseconds(table: Any) -> Any:
    """Python has no nanoseconds, so the rows to compare with are made without them."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            table = table.set_column(
                place, field.name, table[place].cast(pa.timestamp("us", field.type.tz), safe=False)
            )
    return table


@pytest.mark.parametrize("name", [*PACKS, "plain"])
@pytest.mark.parametrize("seed", range(6))
def test_any_columns_at_all_decide_as_their_rows_do(name: str, seed: int) -> None:
    table = hostile_table(name, (0, 1, 63, 64, 300, 900)[seed], seed)
    answers = batch_of(name).decide(table, now=NOW)
    assert answers.to_pylist() == expected(name, microseconds(table))


@pytest.mark.parametrize("seed", range(30))
def test_a_policy_with_all_that_masks_settle_decides_as_its_rows_do(seed: int) -> None:
    table = hostile_table("plain", 400, 100 + seed, tame=0.95)
    assert batch_of("plain").decide(table, now=NOW).to_pylist() == expected("plain", microseconds(table))


def test_the_masks_settle_most_rows_of_such_a_policy() -> None:
    asked: list[object] = []
    decide = decide_of("plain")

    def counted(contact: object, now: datetime) -> Decision:
        asked.append(contact)
        return decide(contact, now)

    values = [each % 101 for each in range(20_000)]
    table = pa.table(
        {"customer.value": values, "customer.code": ["y"] * 20_000, "customer.vip": [False] * 20_000}
    )
    batch = Batch(policy_of("plain"), counted)
    assert batch.decide(table, now=NOW).to_pylist() == expected("plain", table)
    assert len(asked) <= 101
    asked.clear()
    assert batch.decide(table, now=NOW + timedelta(1)).num_rows == 20_000
    assert not asked, "what depends on no clock is known from the first time"


# each kind of table


@pytest.mark.parametrize("name", PACKS)
def test_arrow(name: str) -> None:
    table = sample_table(name)
    answers = batch_of(name).decide(table, now=NOW)
    assert isinstance(answers, pa.Table)
    assert answers.schema.names == KEYS
    assert answers.to_pylist() == expected(name, table)
    few = batch_of(name).decide(table.slice(5, 30), now=NOW)
    assert few.to_pylist() == expected(name, table)[5:35]
    chunks = pa.concat_tables([table.slice(start, 17) for start in range(0, table.num_rows, 17)])
    assert batch_of(name).decide(chunks, now=NOW).to_pylist() == expected(name, table)
    batch = table.combine_chunks().to_batches()[0]
    answer = batch_of(name).decide(batch, now=NOW)
    assert isinstance(answer, pa.RecordBatch)
    assert answer.to_pylist() == expected(name, table)


@pytest.mark.parametrize("name", PACKS)
def test_struct_columns(name: str) -> None:
    records: dict[str, Any] = {}
    table = sample_table(name)
    for column in table.schema.names:
        record, _, field = column.partition(".")
        if field and record != "live":
            records.setdefault(record, {})[field] = table[column].combine_chunks()
    structs = {
        record: pa.StructArray.from_arrays(list(fields.values()), list(fields))
        for record, fields in records.items()
    }
    kept = {column: table[column] for column in table.schema.names if column.partition(".")[0] not in records}
    answers = batch_of(name).decide(pa.table({**structs, **kept}), now=NOW)
    assert answers.to_pylist() == expected(name, table)


def test_a_struct_of_live_signals_and_what_stands_in_the_place_of_a_record() -> None:
    contacts: list[dict[str, Any]] = [
        {"customer": {"code": "y", "value": 9, "tags": ["a"]}, "live": {"general": {"waiting": 8}}},
        {"customer": {"code": "y", "value": 9}, "live": {"general": None}},
        {"customer": None, "live": None},
    ]
    answers = batch_of("plain").decide(pa.Table.from_pylist(contacts), now=NOW)
    assert answers.to_pylist() == [told(decide_of("plain")(contact, NOW)) for contact in contacts]
    strange = pa.table({"customer": ["x", None], "live": [1, None]})
    rows: list[dict[str, Any]] = [{"customer": "x", "live": 1}, {}]
    assert batch_of("plain").decide(strange, now=NOW).to_pylist() == [
        told(decide_of("plain")(row, NOW)) for row in rows
    ]


@pytest.mark.parametrize("name", PACKS)
def test_polars(name: str) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    table = sample_table(name)
    frame = polars.from_arrow(table)
    answers = batch_of(name).decide(frame, now=NOW)
    assert isinstance(answers, polars.DataFrame)
    assert answers.to_dicts() == expected(name, table)
    lazy = batch_of(name).decide(frame.lazy(), now=NOW)
    assert isinstance(lazy, polars.LazyFrame)
    assert lazy.collect().to_dicts() == expected(name, table)
    channels = polars.Series(table["contact.channel"].to_pylist(), dtype=polars.Categorical)
    typed = frame.with_columns(channels.alias("contact.channel"))
    assert batch_of(name).decide(typed, now=NOW).to_dicts() == expected(name, table)


def pandas_rows(frame: Any) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for row in frame.to_dict("records"):
        rows.append({key: cell if type(cell) is list or cell == cell else None for key, cell in row.items()})
        for key in ("agent", "message", "arm"):
            if type(rows[-1][key]).__name__ in ("NAType", "NoneType"):
                rows[-1][key] = None
    return rows


@pytest.mark.parametrize("name", PACKS)
def test_pandas(name: str) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = sample_table(name)
    frame = table.to_pandas()
    frame.index = [f"row {place}" for place in range(len(frame))]
    answers = batch_of(name).decide(frame, now=NOW)
    assert isinstance(answers, pandas.DataFrame)
    assert list(answers.columns) == KEYS
    assert list(answers.index) == list(frame.index)
    assert pandas_rows(answers) == expected(name, table)


def test_pandas_with_gaps_and_mixed_objects() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(
        {
            "customer.code": ["y", "y", "y", "x"],
            "customer.value": [85.0, float("nan"), 12.5, 300.0],
            "customer.vip": [True, "yes", None, 3],
            "customer.tags": [["a"], "a; b", float("nan"), {"a"}],
            "contact.channel": pandas.Categorical(["web", None, "voice", "web"]),
            "customer": [None, None, None, None],
        }
    )
    contacts: list[dict[str, Any]] = [
        {"customer": {"code": "y", "value": 85, "vip": True, "tags": ["a"]}, "contact": {"channel": "web"}},
        {"customer": {"code": "y", "vip": True, "tags": ["a", "b"]}},
        {"customer": {"code": "y", "value": 12.5}, "contact": {"channel": "voice"}},
        {"customer": {"code": "x", "value": 300, "vip": 3, "tags": {"a"}}, "contact": {"channel": "web"}},
    ]
    answers = batch_of("plain").decide(frame, now=NOW)
    assert pandas_rows(answers) == [told(decide_of("plain")(contact, NOW)) for contact in contacts]
    without = batch_of("plain").decide(pandas.DataFrame(index=range(3)), now=NOW)
    assert pandas_rows(without) == [told(decide_of("plain")({}, NOW))] * 3


@pytest.mark.parametrize("name", PACKS)
def test_duckdb(name: str) -> None:
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    table = sample_table(name)
    with duckdb.connect() as connection:
        connection.register("sent", table)
        connection.execute("CREATE TABLE contacts AS SELECT * FROM sent")
        relation = connection.sql("SELECT * FROM contacts")
        answers = batch_of(name).decide(relation, now=NOW)
        assert isinstance(answers, duckdb.DuckDBPyRelation)
        assert answers.columns == KEYS
        rows = [dict(zip(KEYS, row, strict=True)) for row in answers.fetchall()]
        assert rows == expected(name, table)
        assert answers.aggregate("count(*)").fetchall() == [(table.num_rows,)]
        assert connection.sql("SELECT count(*) FROM contacts").fetchall() == [(table.num_rows,)]


# streams


def test_a_reader_is_read_as_its_answers_are() -> None:
    made = most = rows = 0
    size = 20_000
    schema = pa.schema([("customer.value", pa.int64())])

    def batches() -> Iterator[Any]:
        nonlocal made
        for number in range(200):
            made += 1
            yield pa.record_batch({"customer.value": pa.array([number % 101] * size, pa.int64())})

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    answers = batch_of("plain").decide(reader, now=NOW)
    assert isinstance(answers, pa.RecordBatchReader)
    assert made == 0, "nothing is read before the answers are"
    before = pa.total_allocated_bytes()
    for number, answer in enumerate(answers, start=1):
        rows += answer.num_rows
        assert made <= number + 1, "no batch is read ahead"
        most = max(most, pa.total_allocated_bytes() - before)
    assert rows == 200 * size
    one = size * 8 + answer.nbytes
    assert most < 6 * one, "no more than a few batches and their answers are alive"


def test_the_answers_of_a_reader_are_in_the_order_of_its_rows() -> None:
    table = pa.concat_tables([sample_table("bank")] * 3)
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=37))
    assert batch_of("bank").decide(reader, now=NOW).read_all().to_pylist() == expected("bank", table)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "MOST_REMEMBERED", 50)
    for name in ("plain", "utility"):
        batch = Batch(policy_of(name), decide_of(name))
        for seed in range(6):
            table = hostile_table(name, 200, 300 + seed)
            assert batch.decide(table, now=NOW).to_pylist() == expected(name, microseconds(table))


def test_a_dict_of_settled_decisions_serves_where_a_list_would_be_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mask_filter, "_MOST_LISTED", 40)
    batch = Batch(policy_of("plain"), decide_of("plain"))
    for seed in range(6):
        table = hostile_table("plain", 300, 500 + seed, tame=0.95)
        assert batch.decide(table, now=NOW).to_pylist() == expected("plain", microseconds(table))


def test_many_distinct_values() -> None:
    dice = random.Random(5)
    count = 5_000
    table = pa.table(
        {
            "customer.id": [f"c-{dice.randrange(10**9)}" for _ in range(count)],
            "customer.debt": [dice.random() * 30 for _ in range(count)],
            "customer.wide": [dice.randrange(-(2**62), 2**62) for _ in range(count)],
            "customer.code": ["y"] * count,
            "contact.at": [NOW + timedelta(seconds=each) for each in range(count)],
        }
    )
    assert batch_of("plain").decide(table, now=NOW).to_pylist() == expected("plain", table)
    assert batch_of("telecom").decide(table, now=NOW).to_pylist() == expected("telecom", table)


def test_the_clock_counts_where_a_row_has_no_time_of_its_own() -> None:
    table = sample_table("telecom")
    without = table.drop_columns(["contact.at"])
    for moment in (NOW, NOW + timedelta(hours=13), NOW + timedelta(days=13)):
        assert batch_of("telecom").decide(without, now=moment).to_pylist() == expected(
            "telecom", without, moment
        )


def test_progress_tells_the_rows_that_are_decided() -> None:
    told_: list[int] = []
    table = pa.table({"customer.value": [1] * 150_000})
    assert batch_of("plain").decide(table, now=NOW, progress=told_.append).num_rows == 150_000
    assert told_ == sorted(told_)
    assert told_[-1] == 150_000
    assert len(told_) > 1


@pytest.mark.parametrize(("name", "count"), [("plain", 3000), ("plain", 5), ("telecom", 500)])
def test_each_decision_is_given_once_with_the_rows_that_share_it(name: str, count: int) -> None:
    table = hostile_table(name, count, 7)
    (batch,) = table.combine_chunks().to_batches()
    decided = batch_of(name).decided(batch, now=NOW)
    assert [told(decided.decisions[place]) for place in decided.places] == expected(name, table)


def test_an_agent_may_have_an_empty_name() -> None:
    table = pa.table({"incident.open": [True], "incident.owner": [""], "contact.channel": ["chat"]})
    assert batch_of("telecom").decide(table, now=NOW).to_pylist() == expected("telecom", table)
    assert expected("telecom", table)[0]["agent"] == ""


def test_what_may_be_odd_teaches_nothing_of_its_class() -> None:
    """9,007,199,254,740,993 has no float of its own: such a cell is looked at, not sieved."""
    debts = [2**53 + 1] * 100 + [1] * 100
    table = pa.table({"customer.debt": debts, "customer.value": [79] * 200, "customer.code": ["x"] * 200})
    answers = batch_of("plain").decide(table, now=NOW)
    assert answers.to_pylist() == expected("plain", table)


def test_tables_without_rows_or_columns() -> None:
    for table in (
        pa.table({}),
        pa.table({"customer.value": pa.array([], pa.int64())}),
        sample_table("bank").slice(0, 0),
    ):
        answers = batch_of("bank").decide(table, now=NOW)
        assert answers.num_rows == 0
        assert answers.schema.names == KEYS
    only = pa.table({"nobody.asks": [1, 2]})
    assert batch_of("plain").decide(only, now=NOW).to_pylist() == [told(decide_of("plain")({}, NOW))] * 2


def test_threads_share_a_batch() -> None:
    table, wrong = sample_table("airline"), []
    batch, right = (
        Batch(policy_of("airline"), decide_of("airline")),
        expected("airline", sample_table("airline")),
    )

    def run() -> None:
        for _ in range(5):
            if batch.decide(table, now=NOW).to_pylist() != right:
                wrong.append(1)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    "strange", [[{"contact": {}}], {"contact.channel": ["voice"]}, None, "x.csv", 3, object()]
)
def test_what_is_no_table_is_refused(strange: object) -> None:
    with pytest.raises(
        TypeError, match=r"pyarrow Table.*polars DataFrame.*pandas DataFrame.*DuckDB relation"
    ):
        batch_of("plain").decide(strange, now=NOW)


_WITHOUT = """
import sys
sys.modules["pyarrow"] = None
class DataFrame: ...
DataFrame.__module__ = "pandas.core.frame"
from datetime import UTC, datetime
from routekit.batch import Batch
try:
    Batch(None, None).decide(DataFrame(), now=datetime.now(UTC))
except ImportError as error:
    print(error)
print(sorted({"pandas", "polars", "duckdb"} & set(sys.modules)))
"""


def test_nothing_optional_is_imported_and_its_absence_is_told() -> None:
    run = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True)
    assert run.stdout == "tables need pyarrow and numpy: install `routekit[arrow]`\n[]\n"


def test_the_names_of_all_kinds_are_answered() -> None:
    from routekit.batch import decider, kinds

    kinds_: Mapping[Any, str] = decider._ACCEPTED
    assert set(kinds_.values()) == {name for name in kinds.__all__ if name != "Run"}


def test_times_and_durations_too_large_for_python_are_named_and_never_wrap_around() -> None:
    policy = Policy.from_text("""
        policy far
        record contact { channel one of voice = voice }
        record c { at time ?  day date ?  gap duration ?  days set of date ?  word text ? }
        channel voice { assisted }
        queue general { on voice }
        route { otherwise queue general }
    """)
    table = pa.table(
        {
            "c.at": pa.array([2**60, 0], pa.timestamp("s")),
            "c.day": pa.array([2**60, 0], pa.date64()),
            "c.gap": pa.array([2**62, 60], pa.duration("s")),
            "c.days": pa.array([[0, 2**30], []], pa.list_(pa.date32())),
            "c.word": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
        }
    )
    beyond = "a time outside the years 1 to 9999"
    assert Engine(policy).decide_batch(table)["problems"].to_pylist() == [
        [
            {"path": "c.at", "message": f"is {beyond}"},
            {"path": "c.day", "message": f"is {beyond}"},
            {"path": "c.gap", "message": "is a duration of more than 999,999,999 days"},
            {"path": "c.days", "message": f"holds a value that is {beyond}"},
            {"path": "c.word", "message": "is a length of months, days and nanoseconds"},
        ],
        [],
    ]


def test_a_record_with_one_time_too_large_keeps_its_other_members() -> None:
    policy = Policy.from_text("""
        policy far
        record contact { channel one of voice = voice }
        record c { at time ?  word text ? }
        channel voice { assisted }
        queue general { on voice }
        queue told { on voice }
        route { rule told when c.word is "a" then queue told  otherwise queue general }
    """)
    record = pa.struct([("at", pa.timestamp("ms")), ("word", pa.string())])
    decided = Engine(policy).decide_batch(pa.table({"c": pa.array([{"at": 2**61, "word": "a"}], record)}))
    assert decided["rule"].to_pylist() == ["told"]
    assert decided["problems"].to_pylist() == [
        [{"path": "c.at", "message": "is a time outside the years 1 to 9999"}]
    ]

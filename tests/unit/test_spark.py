"""Spark decides what ``decide`` decides, on a real Spark on this machine."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routekit import Engine
from tests.properties.packs import pack

pytest.importorskip("pyspark", reason="pyspark is not installed: pip install routekit[spark]")
pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs a Java, and there is none on the path", allow_module_level=True)

from routekit.distributed.spark import COLUMN_SCHEMA, SCHEMA, map_in_arrow, with_records

# what Spark and the libraries below it warn about is not ours
pytestmark = pytest.mark.filterwarnings("ignore")

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
CONTACTS = Path(__file__).parents[2] / "examples" / "contacts"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .appName("routekit-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "64")
        .getOrCreate()
    )
    yield session
    session.stop()


def as_json(row: Any, timezone: str) -> dict[str, Any]:
    """A row as the JSON of its decision, times by the policy's clock."""
    decision: dict[str, Any] = row.asDict(recursive=True)
    decision["plan"] = [
        {
            # Spark gives times without a timezone, by the clock of the machine
            key: cell.astimezone(ZoneInfo(timezone)).isoformat() if isinstance(cell, datetime) else cell
            for key, cell in step.items()
            if cell is not None and cell is not False
        }
        for step in decision["plan"]
    ]
    return decision


def test_nested_contacts(spark: Any) -> None:
    policy = pack("telecom")
    frame = spark.read.json(str(CONTACTS / "telecom.jsonl")).coalesce(1)
    sent = [json.loads(line) for line in frame.toJSON().collect()]  # as Spark has read them
    for contact in sent:
        for record in (contact.get("customer", {}), *contact.get("live", {}).values()):
            for key, cell in record.items():  # a column of mixed types is one of text
                if type(cell) is str and cell.lstrip("-").isdigit():
                    record[key] = int(cell)
    rows = frame.mapInArrow(map_in_arrow(policy, now=NOW), SCHEMA).collect()
    engine = Engine(policy)
    told = [as_json(row, policy.checked.timezone) for row in rows]
    assert told == [engine.decide(contact, now=NOW).to_dict() for contact in sent]


def test_named_columns_and_what_is_kept_beside_them(spark: Any) -> None:
    policy = pack("bank")
    engine = Engine(policy)
    lines = (CONTACTS / "bank.jsonl").read_text(encoding="utf-8").splitlines()
    contacts = [json.loads(line) for line in lines]
    fields = (
        "contact.channel",
        "contact.intent",
        "contact.at",
        "customer.id",
        "customer.tier",
        "customer.value",
    )
    sent, cells = [], []
    for number, contact in enumerate(contacts):
        row: list[Any] = [number]
        mine: dict[str, Any] = {}
        for name in fields:
            record, field = name.split(".")
            value = contact.get(record, {}).get(field)
            if type(value) is not (int if name == "customer.value" else str):
                value = None
            row.append(value)
            mine.setdefault(record, {})[field] = value
        cells.append(row)
        sent.append(mine)
    types = [
        "number bigint",
        *(f"`{name}` {'bigint' if name == 'customer.value' else 'string'}" for name in fields),
    ]
    frame = spark.createDataFrame(cells, ", ".join(types)).repartition(3)
    decide = map_in_arrow(policy, now=NOW, keep=("number",))
    rows = sorted(with_records(frame).mapInArrow(decide, f"number bigint, {SCHEMA}").collect())
    assert [row["number"] for row in rows] == list(range(len(contacts)))
    for row, contact in zip(rows, sent, strict=True):
        decision = as_json(row, policy.checked.timezone)
        del decision["number"]
        assert decision == engine.decide(contact, now=NOW).to_dict()


def test_the_schema_has_the_keys_of_a_decision() -> None:
    assert list(COLUMN_SCHEMA) == list(Engine(pack("bank")).decide({}).to_dict())


def test_a_clock_without_a_timezone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a timezone"):
        map_in_arrow(pack("bank"), now=datetime(2026, 1, 1))

"""Ray Data decides what ``decide`` decides, on a real Ray on this machine."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routekit import Engine, Policy
from routekit.simulation import simulate
from tests.properties.packs import pack
from tests.simulation.small import CALL, ONE_QUEUE, scenario

ray = pytest.importorskip("ray", reason="ray is not installed: pip install routekit[ray]")
pytest.importorskip(
    "ray.data", reason="Ray Data is not installed: pip install routekit[ray]", exc_type=ImportError
)
pa = pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")

from routekit.distributed.ray import Decide, Replications  # noqa: E402

# what Ray and the libraries below it warn about is not ours
pytestmark = pytest.mark.filterwarnings("ignore")

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
CONTACTS = Path(__file__).parents[2] / "examples" / "contacts"
FIELDS = (
    "contact.channel",
    "contact.intent",
    "contact.at",
    "customer.id",
    "customer.tier",
    "customer.regulator_case",
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def contacts() -> tuple[Any, list[dict[str, Any]]]:
    """Some columns of the telecom pack's sample contacts as a table, and as contacts."""
    sent: list[dict[str, Any]] = []
    for line in (CONTACTS / "telecom.jsonl").read_text(encoding="utf-8").splitlines():
        contact = json.loads(line)
        mine: dict[str, Any] = {}
        for name in FIELDS:
            record, field = name.split(".")
            value = contact.get(record, {}).get(field)
            fits = type(value) is (bool if field == "regulator_case" else str)
            mine.setdefault(record, {})[field] = value if fits else None
        sent.append(mine)
    columns: dict[str, Any] = {"number": list(range(len(sent)))}
    for name in FIELDS:
        record, field = name.split(".")
        columns[name] = [contact[record][field] for contact in sent]
    return pa.table(columns), sent


def as_json(row: dict[str, Any], timezone: str) -> dict[str, Any]:
    """A row as the JSON of its decision, times by the policy's clock."""
    decision = {key: list(cell) if hasattr(cell, "tolist") else cell for key, cell in row.items()}
    del decision["number"]
    decision["plan"] = [
        {
            key: cell.astimezone(ZoneInfo(timezone)).isoformat() if isinstance(cell, datetime) else cell
            for key, cell in step.items()
            if cell is not None and cell is not False
        }
        for step in decision["plan"]
    ]
    return decision


def test_a_dataset(cluster: None) -> None:
    policy = pack("telecom")
    table, sent = contacts()
    dataset = ray.data.from_arrow(table).repartition(3)
    decided = dataset.map_batches(
        Decide,
        fn_constructor_args=(policy, NOW, ("number",)),
        batch_format="pyarrow",
        batch_size=64,
        compute=ray.data.ActorPoolStrategy(size=1),
        num_cpus=0.5,
    )
    rows = sorted(decided.take_all(), key=lambda row: row["number"])
    engine = Engine(policy)
    told = [as_json(row, policy.checked.timezone) for row in rows]
    assert told == [engine.decide(contact, now=NOW).to_dict() for contact in sent]


def test_without_a_cluster() -> None:
    table, sent = contacts()
    policy = pack("telecom")
    rows = Decide(policy, NOW, ("number",))(table).to_pylist()
    engine = Engine(policy)
    told = [as_json(row, policy.checked.timezone) for row in rows]
    assert told == [engine.decide(contact, now=NOW).to_dict() for contact in sent]


@pytest.mark.usefixtures("cluster")
def test_replications_over_actors_are_those_of_one_process() -> None:
    policy = Policy.from_text(ONE_QUEUE)
    here, there = (
        simulate(policy, scenario(), [CALL], replications=4, assumptions=False, spread=spread)
        for spread in (None, Replications(2))
    )
    assert here.to_dict() == there.to_dict()

"""Caps over several offers in tables: what was shown before is counted for all rows at once."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.batch import session as session_module

pa = pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = """
policy caps
record contact { channel one of voice = voice  at time ? }
record customer { v integer 0..9 = 3  w number = 0 }
channel voice { assisted }
queue desk { on voice }
route { otherwise queue desk }
offers {
  show 3 by worth
  altogether at most 3 per 7d
  offer a when customer.v < 8 worth customer.w at most 1 per 2d
  offer b worth 5
  group gifts {
    altogether at most 1 per 30d
    offer c when customer.v > 2 worth 4
    offer d when customer.v > 5 worth customer.v
  }
  never when customer.v is 0
}
"""


def _shown(dice: Random) -> list[dict[str, object]]:
    names = [*"abcd", "gone"]
    return [
        {"offer": dice.choice(names), "at": NOW - timedelta(hours=dice.randrange(-5, 1_000))}
        for _ in range(dice.randrange(6))
    ]


def test_rows_have_what_the_caps_leave_them(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, dice = Engine(Policy.from_text(POLICY)), Random(7)
    rows: list[dict[str, Any]] = [
        {
            "contact": {"at": NOW + timedelta(minutes=dice.randrange(5_000))},
            "customer": {"v": dice.randrange(10), "w": dice.choice([1, 4.5, 9])},
            "offers_shown": _shown(dice),
        }
        for _ in range(2_000)
    ]
    table = pa.table(
        {
            "contact.at": [row["contact"]["at"] for row in rows],
            "customer.v": [row["customer"]["v"] for row in rows],
            "customer.w": [row["customer"]["w"] for row in rows],
            "offers_shown": [row["offers_shown"] for row in rows],
        }
    )
    monkeypatch.setattr(session_module.Session, "_combine", None)  # no row is left to be decided by itself
    found = engine.decide_batch(table, now=NOW)["offers"].to_pylist()
    assert found == [[*engine.decide(row, now=NOW).offers] for row in rows]
    assert len({tuple(offers) for offers in found}) > 10

"""Follow-up and care: customers of a table beside the same ones asked one by one.

``python -m benchmarks.care`` (seconds; ``--customers``) prints how many are answered in a second of CPU time,
and the ratio of both; the exit status is 1 where the two tell otherwise of somebody.
"""

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pyarrow as pa

from routekit import Engine, Policy
from routekit.testing.choices import Dice, seeded

__all__ = ["main"]

POLICY = Path(__file__).parent.parent / "examples" / "services" / "follow_up.route"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York", None)
CONSENTS: tuple[list[str], ...] = (["voice", "sms"], ["sms"], [])
ONE_BY_ONE = 5_000


def customers(count: int, dice: Dice) -> Any:
    """Customers with a purchase within the last year, a birthday, a timezone and consents."""
    bought = [NOW - timedelta(minutes=dice.below(365 * 24 * 60)) for _ in range(count)]
    return pa.table(
        {
            "customer.id": [f"c-{number}" for number in range(count)],
            "customer.last_purchase": pa.array(bought, pa.timestamp("us", "UTC")),
            "customer.birthday": [
                date(1950, 1, 1) + timedelta(days=dice.below(20_000)) for _ in range(count)
            ],
            "customer.zone": [dice.pick(ZONES) for _ in range(count)],
            "customer.consents": [dice.pick(CONSENTS) for _ in range(count)],
        }
    )


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and tells whether both agree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.care", description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    count = parser.parse_args(arguments).customers
    engine, table = Engine(Policy.from_path(POLICY)), customers(count, seeded(7))
    start = process_time()
    found = engine.care_batch(table, now=NOW)["reaches"].to_pylist()
    in_table = count / (process_time() - start)
    few = table.slice(0, ONE_BY_ONE).to_pylist()
    records = [{"customer": {name.partition(".")[2]: value for name, value in row.items()}} for row in few]
    start = process_time()
    asked = [engine.care(record, now=NOW) for record in records]
    one_by_one = len(records) / (process_time() - start)
    agree = all(
        [reach.name for reach in one] == [reach["name"] for reach in row]
        for one, row in zip(asked, found, strict=False)
    )
    print(f"{sum(map(bool, found)):,} of {count:,} customers have something due")
    print(f"table       {in_table:>9,.0f} customers a CPU-second")
    print(f"one by one  {one_by_one:>9,.0f}")
    print(
        f"the table is {in_table / one_by_one:.0f} times as fast; {'both agree' if agree else 'THEY DIFFER'}"
    )
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())

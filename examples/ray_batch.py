"""Decide the sample contacts of the telecom pack on Ray Data, here on this machine with two actors.

    pip install routekit[ray]
    python examples/ray_batch.py

Each actor makes the engine once; blocks of contacts go in, blocks of decisions come out.
"""

import logging
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def main() -> None:
    try:
        import ray

        from routekit.distributed.ray import Decide
    except ImportError as error:
        sys.exit(f"this example needs {error.name}: pip install routekit[ray]")
    from routekit import Policy

    policy = Policy.from_path(ROOT / "rules" / "telecom.route")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False

    contacts = ray.data.read_csv(str(ROOT / "examples" / "contacts" / "telecom.csv")).repartition(4)
    decisions = contacts.map_batches(
        Decide,
        fn_constructor_args=(policy, NOW, ("customer.tier",)),
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=2),
        num_cpus=0.5,
    )

    queues: Counter[tuple[str, str]] = Counter()
    for row in decisions.iter_rows():
        queues[row["queue"], row["customer.tier"] or "unknown"] += 1
    tiers = ("unknown", "bronze", "silver", "gold", "platinum")
    print(f"{policy.title}, revision {policy.revision}")
    print(f"{'queue':<14}" + "".join(f"{tier:>10}" for tier in tiers))
    for queue in policy.checked.queues:
        print(f"{queue:<14}" + "".join(f"{queues[queue, tier]:>10}" for tier in tiers))
    ray.shutdown()


if __name__ == "__main__":
    main()

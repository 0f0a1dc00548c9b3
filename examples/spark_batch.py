"""Decide the sample contacts of the telecom pack on Spark, here on this machine with two workers.

    pip install routekit[spark]        (and a Java of version 17 or later)
    python examples/spark_batch.py

The contacts are read by Spark itself, as nested JSON; the decisions are a data frame like any other.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def main() -> None:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
        from pyspark.sql import functions as f

        from routekit.distributed.spark import SCHEMA, map_in_arrow
    except ImportError as error:
        sys.exit(f"this example needs {error.name}: pip install routekit[spark]")
    from routekit import Policy

    policy = Policy.from_path(ROOT / "rules" / "telecom.route")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        spark = (
            SparkSession.builder.master("local[2]")
            .appName("routekit")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()
        )
    except (PySparkException, OSError) as error:
        sys.exit(f"Spark could not start, which needs Java 17 or later: {error}")
    spark.sparkContext.setLogLevel("ERROR")

    contacts = spark.read.json(str(ROOT / "examples" / "contacts" / "telecom.jsonl"))
    decisions = contacts.repartition(4).mapInArrow(map_in_arrow(policy, now=NOW), SCHEMA)

    summary = decisions.groupBy("queue").agg(
        f.count("*").alias("contacts"),
        f.sum(f.expr("int(priority <= 2)")).alias("urgent"),
        f.sum(f.expr("int(size(offers) > 0)")).alias("with an offer"),
        f.sum(f.expr("int(size(problems) > 0)")).alias("with a problem"),
    )
    print(f"{policy.title}, revision {policy.revision}")
    for row in [summary.columns, *summary.orderBy(f.desc("contacts")).collect()]:
        print("{:<14}{:>10}{:>10}{:>16}{:>17}".format(*row))
    spark.stop()


if __name__ == "__main__":
    main()

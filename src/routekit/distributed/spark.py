"""Decisions on Spark: a function for ``DataFrame.mapInArrow`` and the schema of what it gives.

    frame.mapInArrow(map_in_arrow(policy), SCHEMA)
    with_records(frame).mapInArrow(map_in_arrow(policy), SCHEMA)

The first is for a frame with struct columns (``contact``, ``customer``, ``live``), as Spark reads nested
JSON; the second for one whose columns are named ``contact.channel``, ``customer.value``: ``mapInArrow``
itself refuses names with a dot. Spark's Python workers need routekit and pyarrow; the function carries the
policy with it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, assert_never

import pyarrow as pa

from routekit.distributed.worker import clock, decide_batches
from routekit.engine.policy import Policy
from routekit.policy.outcome_parts import DECISION_PARTS, STEP_PARTS, Kind, Part

__all__ = ["COLUMN_SCHEMA", "SCHEMA", "map_in_arrow", "with_records"]

Batches: TypeAlias = Iterator[Any]
"""Record batches of pyarrow, which has no types to name them by."""


def _type(part: Part) -> str:
    match part.kind:
        case Kind.NAME | Kind.TEXT:
            return "string"
        case Kind.INTEGER:
            return "bigint"
        case Kind.FLAG:
            return "boolean"
        case Kind.DURATION:
            return "double"
        case Kind.TIME:
            return "timestamp"
        case Kind.NAMES | Kind.RANKING:
            return "array<string>"
        case Kind.STEPS:
            members = ("after: double", *(f"{each.name}: {_type(each)}" for each in STEP_PARTS))
            return f"array<struct<{', '.join(members)}>>"
        case Kind.PROBLEMS:
            return "array<struct<path: string, message: string>>"
        case _:
            assert_never(part.kind)


COLUMN_SCHEMA = {part.name: _type(part) for part in DECISION_PARTS}
SCHEMA = ", ".join(f"{name} {type_}" for name, type_ in COLUMN_SCHEMA.items())
"""The columns of a decision, in Spark's words; what ``keep`` keeps stands before them."""


def map_in_arrow(
    policy: Policy, *, now: datetime | None = None, keep: tuple[str, ...] = ()
) -> Callable[[Batches], Batches]:
    """Returns a function for ``DataFrame.mapInArrow`` that decides the contacts of a data frame.

    ``keep`` names columns to hand on beside the decision, such as a key to join by:
    the schema is then theirs followed by ``SCHEMA``. ``now``, by default the time of this call, is the clock
    for contacts without one of their own.
    """
    moment = clock(now)

    def decide(batches: Batches) -> Batches:
        for batch in batches:
            (answers,) = decide_batches(policy, iter((batch,)), moment)
            columns = [batch.column(batch.schema.get_field_index(name)) for name in keep]
            # Spark has no dictionaries
            columns += [
                column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
                for column in answers.columns
            ]
            yield pa.RecordBatch.from_arrays(columns, [*keep, *answers.schema.names])

    return decide


Frame = TypeVar("Frame")


def with_records(frame: Frame) -> Frame:
    """Returns a data frame whose columns with dots in their names have become members of struct columns."""
    from pyspark.sql import functions

    tree: dict[str, Any] = {}
    for name in frame.columns:  # type: ignore[attr-defined]
        *parents, last = name.split(".")
        place = tree
        for parent in parents:
            inner = place.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise ValueError(f"`{name}` stands beside a column `{parent}`")
            place = inner
        place[last] = functions.col("`" + name.replace("`", "``") + "`")

    def column(name: str, part: Any) -> Any:
        if isinstance(part, dict):
            part = functions.struct(*(column(*inner) for inner in part.items()))
        return part.alias(name)

    selected: Frame = frame.select(*(column(*part) for part in tree.items()))  # type: ignore[attr-defined]
    return selected

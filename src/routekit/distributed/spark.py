"""Decisions on Spark: a function for ``DataFrame.mapInArrow`` and the schema of what it gives.

    frame.mapInArrow(map_in_arrow(policy), SCHEMA)
    with_records(frame).mapInArrow(map_in_arrow(policy), SCHEMA)

``schema_of(policy)`` takes the place of ``SCHEMA`` for a policy that declares parts under ``outcome``.

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
from routekit.policy.model import Field
from routekit.policy.outcome_parts import DECISION_PARTS, Kind, Part, parts_of, step_parts
from routekit.schema.types import Choice, Date, Duration, Flag, Integer, Number, SetOf, Text, Time, Type

__all__ = ["COLUMN_SCHEMA", "SCHEMA", "map_in_arrow", "schema_of", "with_records"]

Batches: TypeAlias = Iterator[Any]
"""Record batches of pyarrow, which has no types to name them by."""


def _type(part: Part, declared: tuple[Field, ...] = ()) -> str:
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
            own = (f"{each.name}: {_type(each, declared)}" for each in step_parts(declared))
            members = ("after: double", *own)
            return f"array<struct<{', '.join(members)}>>"
        case Kind.PROBLEMS:
            return "array<struct<path: string, message: string>>"
        case Kind.VALUE:
            assert part.field is not None
            return _type_of_values(part.field.type)
        case Kind.DATA:
            return f"struct<{', '.join(f'{each.name}: {_type_of_values(each.type)}' for each in declared)}>"
        case _:
            assert_never(part.kind)


def _type_of_values(type_: Type) -> str:
    match type_:
        case Text() | Choice():
            return "string"
        case Flag():
            return "boolean"
        case Integer():
            return "bigint"
        case Number() | Duration():
            return "double"
        case Time():
            return "timestamp"
        case Date():
            return "date"
        case SetOf(element):
            return f"array<{_type_of_values(element)}>"
        case _:
            assert_never(type_)


COLUMN_SCHEMA = {part.name: _type(part) for part in DECISION_PARTS if part.kind is not Kind.DATA}
SCHEMA = ", ".join(f"{name} {type_}" for name, type_ in COLUMN_SCHEMA.items())
"""The columns of a decision, in Spark's words; what ``keep`` keeps stands before them."""


def schema_of(policy: Policy) -> str:
    """Returns the columns for a policy: those of every decision, and ``data.NAME`` for what it declares."""
    checked = policy.checked
    return ", ".join(
        f"{f'`{part.name}`' if part.field else part.name} {_type(part, checked.data)}"
        for part in parts_of(checked)
    )


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

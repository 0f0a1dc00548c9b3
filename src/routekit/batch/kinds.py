"""Each kind of table as record batches, and decisions as a table of that kind."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from routekit.batch.arrow import Objects

__all__ = [
    "Run",
    "arrow_batch",
    "arrow_reader",
    "arrow_table",
    "duckdb_relation",
    "pandas_frame",
    "polars_frame",
    "polars_lazy",
]

_MOST_ROWS = 1 << 16


class _Deciding(Protocol):
    """What answers the parts of a table."""

    def decide(self, columns: Mapping[str, Any], count: int, now: datetime) -> Any:
        """The answers of a part, given as its columns by name, as a record batch."""


@dataclass(frozen=True, slots=True)
class Run:
    """One call: where its session comes from and goes to, its clock, and who is told how far it is.

    ``schema`` are the columns of the answers.
    """

    session: Callable[[], _Deciding]
    give_back: Callable[[Any], None]
    now: datetime
    progress: Callable[[int], None] | None
    schema: Any

    def decide(self, parts: Iterable[tuple[Mapping[str, Any], int]]) -> Iterator[Any]:
        """The decisions of the parts of a table, as record batches."""
        session, done = self.session(), 0
        for columns, count in parts:
            for start in range(0, count, _MOST_ROWS):
                size = min(_MOST_ROWS, count - start)
                part = columns if size == count else _sliced(columns, start, size)
                yield session.decide(part, size, self.now)
                done += size
                if self.progress is not None:
                    self.progress(done)
        self.give_back(session)


def _sliced(columns: Mapping[str, Any], start: int, size: int) -> dict[str, Any]:
    return {
        name: Objects(column.values[start : start + size])
        if isinstance(column, Objects)
        else column.slice(start, size)
        for name, column in columns.items()
    }


def _columns(table: Any) -> tuple[dict[str, Any], int]:
    return dict(zip(table.schema.names, table.columns, strict=True)), table.num_rows


def arrow_table(table: Any, run: Run) -> Any:
    """A pyarrow table."""
    return pa.Table.from_batches(run.decide([_columns(table)]), run.schema)


def arrow_batch(batch: Any, run: Run) -> Any:
    """A pyarrow record batch."""
    answers = arrow_table(batch, run).combine_chunks().to_batches()
    return answers[0] if answers else pa.RecordBatch.from_pylist([], run.schema)


def arrow_reader(reader: Any, run: Run) -> Any:
    """A pyarrow reader; nothing is read before the answers are."""
    return pa.RecordBatchReader.from_batches(run.schema, run.decide(map(_columns, reader)))


def polars_frame(frame: Any, run: Run) -> Any:
    """A Polars data frame."""
    polars: Any = sys.modules["polars"]
    columns: dict[str, Any] = {}
    for series in frame.get_columns():
        columns[series.name] = _polars_column(series, polars)
    answers = pa.Table.from_batches(run.decide([(columns, frame.height)]), run.schema)
    return polars.from_arrow(answers)


def _polars_column(series: Any, polars: Any) -> Any:
    if series.dtype != polars.Object:
        with suppress(pa.ArrowException):  # whole numbers of 128 bits, which Arrow does not have
            return series.to_arrow()
    return Objects(series.to_list())


def polars_lazy(frame: Any, run: Run) -> Any:
    """A Polars lazy frame, decided when it is collected, in parts where Polars streams."""
    polars: Any = sys.modules["polars"]
    schema = polars.from_arrow(run.schema.empty_table()).schema
    return frame.map_batches(lambda part: polars_frame(part, run), schema=schema, streamable=True)


def pandas_frame(frame: Any, run: Run) -> Any:
    """A pandas data frame; its index is kept."""
    pandas: Any = sys.modules["pandas"]
    columns = {
        str(name): _pandas_column(frame.iloc[:, place], pandas) for place, name in enumerate(frame.columns)
    }
    answers = pa.Table.from_batches(run.decide([(columns, len(frame))]), run.schema)
    whole = {pa.int64(): pandas.Int64Dtype()}
    lists = [field.name for field in run.schema if pa.types.is_list(field.type)]
    result = answers.drop_columns(lists).to_pandas(types_mapper=whole.get)
    for name in lists:
        result[name] = pandas.Series(answers[name].to_pylist(), dtype=object)
    result = result[run.schema.names]
    result.index = frame.index
    return result


def _pandas_column(series: Any, pandas: Any) -> Any:
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        missing = (None, pandas.NaT, pandas.NA)
        return Objects(
            [
                None
                if any(value is gap for gap in missing) or (type(value) is float and value != value)
                else value
                for value in series.tolist()
            ]
        )


def duckdb_relation(relation: Any, run: Run) -> Any:
    """A DuckDB relation.

    A connection has one open stream at a time, so the answers cannot stream out of it while the contacts
    stream in.
    """
    fetch = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
    answers = pa.Table.from_batches(run.decide(map(_columns, fetch(_MOST_ROWS))), run.schema)  # noqa: F841
    return relation.query("routekit_contacts", "SELECT * FROM answers")  # `answers` is found by its name

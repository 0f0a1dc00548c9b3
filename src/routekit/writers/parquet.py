"""Tables as Parquet files, with the types that columns have."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO

from routekit.translation import t
from routekit.writers.columns import Cell, Column, WriterError

__all__ = ["Parquet"]

_AT_ONCE = 8192


class Parquet:
    """Writes a Parquet file, some rows at a time; what is not of its column's type is left out."""

    def __init__(self, out: BinaryIO, columns: Sequence[Column], zone: str) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise WriterError(t("Parquet files need pyarrow: install `routekit[arrow]`"), "") from None
        types: dict[str, Any] = {
            "text": pa.string(),
            "whole": pa.int64(),
            "number": pa.float64(),
            "flag": pa.bool_(),
            "time": pa.timestamp("us", zone),
            "date": pa.date32(),
            "duration": pa.duration("us"),
            "names": pa.list_(pa.string()),
        }
        self._kinds = [column.kind for column in columns]
        self._schema = pa.schema([(column.name, types[column.kind]) for column in columns])
        self._file = pq.ParquetWriter(out, self._schema)
        self._rows: list[Sequence[Cell]] = []

    def write(self, cells: Sequence[Cell]) -> None:
        """Writes one row, as soon as there are enough of them."""
        self._rows.append(cells)
        if len(self._rows) == _AT_ONCE:
            self._put()

    def close(self) -> None:
        """Writes what is still held back, and the end of the file."""
        self._put()
        self._file.close()

    def _put(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        arrays = [
            pa.array([_of_kind(cell, kind) for cell in column], type_)
            for kind, type_, column in zip(
                self._kinds, self._schema.types, zip(*self._rows, strict=True), strict=True
            )
        ]
        self._file.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows = []


_OF_KIND: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "whole": (int,),
    "number": (int, float),
    "flag": (bool,),
    "time": (datetime,),
    "date": (date,),
    "duration": (timedelta,),
    "names": (tuple,),
}
_MOST_WHOLE = 2**63


def _of_kind(cell: Cell, kind: str) -> object:
    if type(cell) not in _OF_KIND[kind] or (type(cell) is int and abs(cell) >= _MOST_WHOLE):
        return None
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell

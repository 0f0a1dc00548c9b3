"""Contacts from Parquet files, their cells read as the engine reads those of any table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from routekit.intake.cells import Columns
from routekit.intake.unknown import UnknownFields
from routekit.readers.headings import Fields, Heading
from routekit.readers.rows import MOST_ROWS, Contacts, Part, Row, UnreadableContactsError, has_tables
from routekit.readers.settings import TableSettings
from routekit.translation import t

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_parquet"]


def read_parquet(path: str, columns: Columns, unknown: UnknownFields, settings: TableSettings) -> Contacts:
    """Reads a Parquet file, whose columns are named after fields or are structs of them."""
    if not has_tables():
        raise UnreadableContactsError(t("Parquet files need pyarrow: install `routekit[arrow]`"))
    if path == "-":
        raise UnreadableContactsError(t("a Parquet file cannot come from standard input; name the file"))
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        schema, total = file.schema_arrow, file.metadata.num_rows
        leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type, columns)]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UnreadableContactsError(
            t("`{path}` is no Parquet file: {error}", path=path, error=_reason(error))
        ) from None
    # what stands in the place of a record is a problem of each contact
    columns_only = [name for name in leaves if not _is_record(name, columns) or _has_members(name, leaves)]
    heading = Fields(columns, settings.columns).heading(path, columns_only)
    renamed = _renamed(schema.names, heading)
    for name in heading.others:
        unknown.add(name, 0)

    def batches() -> Iterator[tuple[int, pa.RecordBatch]]:
        start = 0
        try:
            for batch in file.iter_batches(batch_size=MOST_ROWS):
                batch = batch.rename_columns(renamed)
                _count(batch, list(heading.others), unknown)
                yield start, batch
                start += batch.num_rows
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise UnreadableContactsError(
                t(
                    "`{path}` is damaged behind row {start:,}: {error}",
                    path=path,
                    start=start,
                    error=_reason(error),
                ),
                t("write the file anew"),
            ) from None

    rows: Callable[[int, pa.RecordBatch], Iterator[Row]] = partial(_rows, path, columns)
    return Contacts(
        (row for start, batch in batches() for row in rows(start, batch)),
        total,
        unknown,
        (_part(path, start, batch, partial(rows, start, batch)) for start, batch in batches()),
        heading.notes,
        heading.shown,
        close=file.close,
    )


def _part(path: str, start: int, batch: "pa.RecordBatch", rows: Callable[[], Iterator[Row]]) -> Part:
    numbers = range(start + 1, start + batch.num_rows + 1)
    return Part([], batch.num_rows, batch, rows, t("{path}: row ", path=path), numbers)


def _renamed(names: Sequence[str], heading: Heading) -> list[str]:
    """The names of the columns, those that stand for fields by other names as these are called."""
    fields = {heading.names[place]: field for field, place in heading.known.items()}
    return [fields.get(name, name) for name in names]


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _leaves(name: str, type_: Any, columns: Columns) -> Iterator[str]:
    """The columns that a column is for a policy: the members of a record, else itself."""
    import pyarrow as pa

    if _is_record(name, columns) and pa.types.is_struct(type_):
        for member in type_:
            yield from _leaves(f"{name}.{member.name}", member.type, columns)
    else:
        yield name


def _is_record(name: str, columns: Columns) -> bool:
    return name not in columns and _has_members(name, columns)


def _has_members(name: str, columns: Iterable[str]) -> bool:
    return any(column.startswith(f"{name}.") for column in columns)


def _count(batch: "pa.RecordBatch", others: list[str], unknown: UnknownFields) -> None:
    from routekit.batch.arrow import is_present
    from routekit.batch.contacts import find

    by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name in others:
        column = by_name[name] if name in by_name else find(by_name, tuple(name.split(".")))
        if column is not None:
            unknown.add(name, int(is_present(column).sum()))


def _rows(path: str, columns: Columns, start: int, batch: "pa.RecordBatch") -> Iterator[Row]:
    from routekit.batch.contacts import table_contacts

    by_name = dict(zip(batch.schema.names, batch.columns, strict=True))
    for number, contact in enumerate(table_contacts(by_name, batch.num_rows, columns), start + 1):
        yield Row(t("{path}: row ", path=path), number, 1, contact)

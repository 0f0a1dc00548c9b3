"""The columns of a record batch by the paths of a policy, and its rows as contacts."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from operator import is_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from routekit.batch.arrow import Cells, Objects, distinct, plain
from routekit.intake.cells import Columns

__all__ = ["Path", "contacts_of", "find", "misfit", "put", "table_contacts"]

Path = tuple[str, ...]


def find(columns: Mapping[str, Any], path: Path) -> Any:
    """The column of a path, by its dotted name or within a struct; None where there is none.

    The longest name counts: ``contact.channel`` before a member of ``contact``.
    """
    for length in range(len(path), 0, -1):
        column = columns.get(".".join(path[:length]))
        if column is None:
            continue
        found = _member(column, path[length:])
        if found is not None:
            return found
    return None


def misfit(columns: Mapping[str, Any], path: Path) -> Any:
    """What stands in the place of a record and is none, missing where it is one; None for no such column."""
    name = ".".join(path)
    column = columns.get(name)
    if column is None or any(other.startswith(f"{name}.") for other in columns):
        return None
    column = plain(column)
    if isinstance(column, Objects):
        strange = [None if type(value) is dict else value for value in column.values]
        return None if all(value is None for value in strange) else Objects(strange)
    return None if _is_struct(column) or column.null_count == len(column) else column


def _is_struct(column: Any) -> bool:
    return not isinstance(column, Objects) and pa.types.is_struct(column.type)


def _member(column: Any, path: Path) -> Any:
    for name in path:
        if isinstance(column, Objects):
            column = Objects([value.get(name) if type(value) is dict else None for value in column.values])
            continue
        if not _is_struct(column) or column.type.get_field_index(name) < 0:
            return None
        struct, column = column, pc.struct_field(column, name)  # missing where the struct is
        if pa.types.is_run_end_encoded(column.type):  # but for these, which hold no gaps of their own
            column = plain(column)
            column = pc.if_else(struct.is_valid(), column, pa.scalar(None, column.type))
    return plain(column)


def contacts_of(paths: Sequence[Path], values: Sequence[Sequence[object]], count: int) -> list[object]:
    """The contacts of some rows, from the values of their columns; what is missing stands in them as None."""
    contacts = _nested(list(zip(paths, values, strict=True)), count)
    return [{} if contact is None else contact for contact in contacts]


def table_contacts(columns: Mapping[str, Any], count: int, cells: Columns) -> list[object]:
    """The contacts that the rows of a table stand for, each cell read as a decision of the table reads it."""
    paths: list[Path] = []
    values: list[Sequence[object]] = []
    tops: dict[Path, None] = {}
    for name, cell in cells.items():
        path = tuple(name.split("."))
        tops.update(dict.fromkeys(path[:length] for length in range(1, len(path))))
        array = find(columns, path)
        if array is not None:
            found = distinct(array)
            read = [cell(value) if type(value) is str else value for value in found.values]
            paths.append(path)
            values.append(Cells(read, found.places).spread())
    contacts = contacts_of(paths, values, count)
    for top in tops:
        strange = misfit(columns, top)
        if strange is not None:
            put(contacts, top, distinct(strange).spread())
    return contacts


def put(contacts: Sequence[object], path: Path, values: Sequence[object]) -> None:
    """Puts values in the places of records that should stand there; those that are None are left alone."""
    for contact, value in zip(contacts, values, strict=True):
        if value is not None:
            place: Any = contact
            for name in path[:-1]:
                if place.get(name) is None:
                    place[name] = {}
                place = place[name]
            place[path[-1]] = value


def _nested(columns: Sequence[tuple[Path, Sequence[object]]], count: int) -> list[object]:
    members: dict[str, Sequence[object]] = {}
    inner: dict[str, list[tuple[Path, Sequence[object]]]] = {}
    for (name, *rest), column in columns:
        if rest:
            inner.setdefault(name, []).append((tuple(rest), column))
        else:
            members[name] = column
    for name, within in inner.items():
        members[name] = _nested(within, count)
    if not members:
        return [None] * count
    names = tuple(members)
    # a record of which all is missing is missing itself, which is quickly read
    return [
        None if all(map(is_, row, repeat(None))) else dict(zip(names, row, strict=True))
        for row in zip(*members.values(), strict=True)
    ]

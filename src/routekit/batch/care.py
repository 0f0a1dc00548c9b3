"""Which reaches are due for the customers of a table: most have none, which their dates alone tell.

A row is looked at where one of the times or dates that reaches come after is near enough that a reach may be
due in some timezone, or is not read from a column of dates; the others have none.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from routekit.batch.arrow import Objects, plain, take
from routekit.batch.contacts import find, misfit, table_contacts
from routekit.intake.cells import columns_of
from routekit.policy import expressions as e
from routekit.policy.care_decision import CareDecision, DueReach
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.functions import anniversary_in
from routekit.policy.reaches import Due
from routekit.policy.references import declared, key_of
from routekit.schema.types import Date

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

__all__ = ["SCHEMA", "CareSession"]

_REACH = pa.struct(
    [
        ("name", pa.string()),
        ("channel", pa.string()),
        ("message", pa.string()),
        ("queue", pa.string()),
        ("priority", pa.int64()),
        ("not_before", pa.timestamp("us", "UTC")),
        ("not_after", pa.timestamp("us", "UTC")),
    ]
)
_PROBLEM = pa.struct([("path", pa.string()), ("message", pa.string())])
SCHEMA = pa.schema([("reaches", pa.list_(_REACH)), ("problems", pa.list_(_PROBLEM))])

_SLACK = timedelta(days=1)
"""By how much days lie elsewhere in other timezones at most."""
_YEAR = timedelta(days=365)
_LEAP_DAY = date(2024, 2, 29)


class CareSession:
    """Looks at tables of customers by one policy; not for two threads at once."""

    def __init__(self, policy: CheckedPolicy, care: Callable[[object, datetime], CareDecision]) -> None:
        self._care = care
        self._columns = columns_of(policy)
        self._tops = {tuple(name.split(".")[:1]) for name in self._columns}
        fields = declared(policy)
        self._dues: list[tuple[Due, tuple[str, ...], bool]] | None = []
        """What each reach comes after, its column, and whether it is a date; None where some have none."""
        for reach in policy.care.reaches:
            ref = reach.due.value
            field = fields.get(ref) if isinstance(ref, e.FieldRef) else None
            if field is None or field.default is not None or not isinstance(ref, e.FieldRef):
                self._dues = None
                break
            self._dues.append((reach.due, key_of(ref), isinstance(field.type, Date)))

    def decide(self, columns: Mapping[str, Any], count: int, now: datetime) -> Any:
        """The reaches of the customers of a batch, given as its columns by name, as a record batch."""
        rows = np.flatnonzero(self._looked_at(columns, count, now))
        found = [self._care(customer, now) for customer in self._customers(columns, rows, count)]
        reaches = _lists([[_reach(reach) for reach in each] for each in found], rows, count, _REACH)
        problems = _lists(
            [[{"path": p.path, "message": p.message} for p in each.problems] for each in found],
            rows,
            count,
            _PROBLEM,
        )
        return pa.RecordBatch.from_arrays([reaches, problems], schema=SCHEMA)

    def _customers(
        self, columns: Mapping[str, Any], rows: "npt.NDArray[np.int64]", count: int
    ) -> list[object]:
        if len(rows) < count:
            columns = {name: take(plain(column), rows) for name, column in columns.items()}
        return table_contacts(columns, len(rows), self._columns)

    def _looked_at(self, columns: Mapping[str, Any], count: int, now: datetime) -> "Mask":
        """The rows of which something may be due, or that cannot be told by their dates alone."""
        every = np.ones(count, bool)
        if self._dues is None or any(misfit(columns, top) is not None for top in self._tops):
            return every
        found = np.zeros(count, bool)
        for due, path, is_date in self._dues:
            column = find(columns, path)
            if column is None:
                continue
            near = _near(due, plain(column), is_date, now)
            if near is None:
                return every
            found |= near
        return found


def _near(due: Due, column: Any, is_date: bool, now: datetime) -> "Mask | None":
    """Where a time or a date is such that a reach may be due; None for a column that holds none.

    A time without a zone is one of the policy's, and so as far from UTC as a date may be.
    """
    if isinstance(column, Objects):
        return None
    if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
        return None
    is_date = is_date or pa.types.is_date(column.type) or column.type.tz is None
    known = np.asarray(column.is_valid())
    if pa.types.is_timestamp(column.type):
        if column.type.tz is None:
            column = column.cast(pa.timestamp(column.type.unit, "UTC"))
        micros = column.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.int64())
    else:
        micros = column.cast(pa.date32()).cast(pa.timestamp("us")).cast(pa.int64())
    values: Any = micros.fill_null(0).to_numpy(zero_copy_only=False)
    if due.recurs:
        near: Any = _recurs_near(due, values, now)
    else:
        moment = np.int64(now.timestamp() * 1_000_000)
        slack = _micros(_SLACK) if is_date else 0
        start = values + _micros(due.by)
        near = (start - slack <= moment) & (moment < start + _micros(due.lasts) + slack)
    found: Mask = known & near
    return found


def _recurs_near(due: Due, micros: Any, now: datetime) -> Any:
    """Where the last anniversary is such that a reach may be due, by the months and days of the dates."""
    if due.by + due.lasts + 2 * _SLACK >= _YEAR:
        return np.ones(len(micros), bool)
    days = micros.astype("datetime64[us]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    codes = (months.astype(np.int64) % 12) * 32 + (days - months).astype(np.int64)
    today, wanted = now.date(), np.zeros(12 * 32, bool)
    first, last = today - due.by - due.lasts - _SLACK, today - due.by + _SLACK
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        wanted[(day.month - 1) * 32 + day.day - 1] = True
        if anniversary_in(_LEAP_DAY, day.year) == day:
            wanted[(_LEAP_DAY.month - 1) * 32 + _LEAP_DAY.day - 1] = True
    return wanted[codes]


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _reach(reach: DueReach) -> dict[str, object]:
    return {
        "name": reach.name,
        "channel": reach.channel,
        "message": reach.message,
        "queue": reach.queue,
        "priority": reach.priority,
        "not_before": reach.not_before,
        "not_after": reach.not_after,
    }


def _lists(found: Sequence[list[Any]], rows: "npt.NDArray[np.int64]", count: int, type_: Any) -> Any:
    """The list of each row, empty for those that were not looked at."""
    sizes = np.zeros(count + 1, np.int32)
    sizes[rows + 1] = [len(each) for each in found]
    values = pa.array([item for each in found for item in each], type_)
    return pa.ListArray.from_arrays(pa.array(np.cumsum(sizes, dtype=np.int32)), values)

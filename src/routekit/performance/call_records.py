"""Call detail records of any switch, as contacts and events: what no router saw comes in."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from routekit.diagnostics.diagnostic import closest
from routekit.performance.call_records_map import CallRecordsMap, Cell, EventColumns
from routekit.performance.log_entries import Broken
from routekit.schema.times import instant, parse_duration, parse_time, zone
from routekit.schema.writing import JSON
from routekit.service.contact_events import ContactEvent, EventKind
from routekit.service.decision_log.masking import AGENT, pseudonym
from routekit.service.decision_log.records import FORMAT_VERSION
from routekit.service.history.model import Touch
from routekit.sheets.encodings import as_text
from routekit.translation import t

__all__ = ["Imported", "Importer", "Record", "Records", "Tally", "UnreadableRecordsError", "open_records"]

_CUSTOMER = "customer.id"
_NOTHING = ("", "null", "none", "n/a")
_SEPARATORS = ",;\t|"

CellValue: TypeAlias = object
Record: TypeAlias = Mapping[str, CellValue]


class UnreadableRecordsError(ValueError):
    """Records that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Records:
    """The rows of a file, each at its place; ``total`` is what their sizes come to, where it is known."""

    names: tuple[str, ...]
    rows: Iterator[tuple[str, Record | Broken]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What a row comes to: its contact, None where a router decided it or it was told before, and events."""

    contact: dict[str, JSON] | None
    touch: Touch | None
    events: tuple[ContactEvent, ...]


@dataclass(slots=True)
class Tally:
    """What was brought in: rows, contacts, events by their kinds; rows that are ``broken``, and those whose
    contact was told before: ``doubled``."""

    rows: int = 0
    contacts: int = 0
    doubled: int = 0
    broken: int = 0
    unnamed: int = 0
    events: Counter[str] = field(default_factory=Counter)


def open_records(path: str) -> Records:
    """Opens a file of call detail records: CSV by any usual separator, or Parquet by its ending.

    Raises ``OSError``, or :class:`UnreadableRecordsError`.
    """
    if path.lower().endswith((".parquet", ".pq")):
        return _parquet(path)
    rows = _text_rows(path)
    try:
        names = next(rows)
    except StopIteration:
        raise UnreadableRecordsError(t("`{path}` is empty", path=path)) from None
    heads = tuple(name.strip() for name in names[1])
    return Records(heads, (_record(path, number, heads, cells) for number, cells in rows))


def _text_rows(path: str) -> Iterator[tuple[int, list[str]]]:
    with Path(path).open("rb") as stream:
        start = stream.readline()
        text = as_text(start, stream)
        first = text.readline()
        separator = max(_SEPARATORS, key=first.count)
        reader = csv.reader(chain([first], text), delimiter=separator)
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
        except (csv.Error, UnicodeDecodeError):
            raise UnreadableRecordsError(
                t("`{path}` is no text behind line {number:,}", path=path, number=reader.line_num)
            ) from None


def _record(
    path: str, number: int, names: Sequence[str], cells: Sequence[str]
) -> tuple[str, Record | Broken]:
    place = f"{path}:{number}"
    if len(cells) != len(names):
        message = t("has {cells} cells, and the heading {names}", cells=len(cells), names=len(names))
        return place, Broken(place, message)
    return place, dict(zip(names, cells, strict=True))


def _parquet(path: str) -> Records:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        message = t("Parquet files need pyarrow: install `routekit[arrow]`")
        raise UnreadableRecordsError(message) from None
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowException as error:
        said = str(error).splitlines()[0]
        raise UnreadableRecordsError(
            t("`{path}` is no Parquet file: {error}", path=path, error=said)
        ) from None

    def rows() -> Iterator[tuple[str, Record | Broken]]:
        number = 0
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield t("{path}: row {number}", path=path, number=number), row

    return Records(tuple(file.schema_arrow.names), rows())


class Importer:
    """Makes contacts and events of records, by a map.

    ``key`` makes pseudonyms of customers and agents, as that of a decision log does: with the same key they
    join. Raises :class:`UnreadableRecordsError` where a column of the map is not among ``names``.
    """

    def __init__(self, columns: CallRecordsMap, names: Sequence[str], source: str, key: bytes | None) -> None:
        self._map = columns
        self._source = source
        self._key = key
        self._local = zone(columns.timezone)
        self._known: set[int] = set()
        self.tally = Tally()
        for column in columns.columns:
            if column not in names:
                meant = closest(column, names)
                raise UnreadableRecordsError(
                    t("there is no column `{column}`; did you mean `{meant}`?", column=column, meant=meant)
                    if meant is not None
                    else t("there is no column `{column}`", column=column)
                )

    def __call__(self, record: Record) -> Imported:
        """Returns what a row comes to; raises ``ValueError`` where it cannot be read."""
        columns = self._map
        id = _text(record.get(columns.id))
        if id is None:
            raise ValueError(t("has no id in column `{column}`", column=columns.id))
        at = self._time(record, columns.at)
        if at is None:
            raise ValueError(t("has no time in column `{column}`", column=columns.at))
        events = tuple(self._events(id, at, record))
        contact = None if columns.decided else self._contact(id, at, record)
        if contact is not None and not self._is_new(id):
            self.tally.doubled += 1
            contact = None
        self.tally.contacts += contact is not None
        self.tally.events.update(event.kind for event in events)
        customer = _text(record.get(columns.customer)) if columns.customer else None
        self.tally.unnamed += contact is not None and customer is None
        touch = None if contact is None or customer is None else self._touch(id, at, customer, contact)
        return Imported(contact, touch, events)

    @property
    def writes_customers(self) -> bool:
        """Whether customers are written as they are, or not at all: no key is needed."""
        return _CUSTOMER in self._map.plain or self._map.customer is None

    def line_of(self, event: ContactEvent) -> dict[str, JSON]:
        """Returns the line of an event, without the name of an agent who must not stand there."""
        told = event.to_dict()
        if event.agent is not None and AGENT not in self._map.plain:
            del told[AGENT]
            told["masked"] = [AGENT]
            if self._key is not None:
                told["pseudonyms"] = {AGENT: pseudonym(self._key, AGENT, event.agent)}
        told["format_version"] = FORMAT_VERSION
        return told

    def _is_new(self, id: str) -> bool:
        mark = hash(id)
        if mark in self._known:
            return False
        self._known.add(mark)
        return True

    def _contact(self, id: str, at: datetime, record: Record) -> dict[str, JSON]:
        columns = self._map
        channel = self._cell(columns.channel, record)
        fields: dict[str, dict[str, JSON]] = {}
        inbound = self._cell(columns.inbound, record) or channel
        if inbound is not None:
            fields["contact"] = {"channel": inbound}
        for path, cell in columns.fields.items():
            part, _, name = path.partition(".")
            value = self._cell(cell, record)
            if value is not None:
                fields.setdefault(part, {})[name] = value
        masked: list[JSON] = []
        pseudonyms: dict[str, JSON] = {}
        customer = _text(record.get(columns.customer)) if columns.customer else None
        if customer is not None and _CUSTOMER in columns.plain:
            fields.setdefault("customer", {})["id"] = customer
        elif customer is not None:
            masked.append(_CUSTOMER)
            if self._key is not None:
                pseudonyms[_CUSTOMER] = pseudonym(self._key, _CUSTOMER, customer)
        return {
            "format_version": FORMAT_VERSION,
            "id": id,
            "at": at.isoformat(),
            "imported": self._source,
            "channel": channel,
            "queue": self._cell(columns.queue, record),
            "contact": {**fields},
            "masked": masked,
            "pseudonyms": pseudonyms,
        }

    def _touch(self, id: str, at: datetime, customer: str, contact: dict[str, JSON]) -> Touch:
        fields = contact["contact"]
        assert isinstance(fields, dict)
        facts = {
            f"{part}.{name}": value
            for part, its in fields.items()
            if isinstance(its, dict)
            for name, value in its.items()
            if (part, name) not in (("contact", "channel"), ("customer", "id"))
        }
        told = fields.get("contact")
        inbound = told.get("channel") if isinstance(told, dict) else None
        channel, queue = contact["channel"], contact["queue"]
        return Touch(
            id, customer, at, str(channel or ""), str(queue or ""), "imported",
            inbound if isinstance(inbound, str) else None, facts=facts,
        )  # fmt: skip

    def _events(self, id: str, at: datetime, record: Record) -> Iterator[ContactEvent]:
        for kind, columns in self._map.events.items():
            if columns.when is not None and not self._holds(columns, record):
                continue
            moment = self._moment(at, columns, record)
            if moment is None:
                if columns.when is not None:
                    raise ValueError(
                        t(
                            "has no time of `{kind}` in column `{column}`",
                            kind=kind,
                            column=columns.at or columns.after,
                        )
                    )
                continue
            yield self._event(id, kind, moment, columns, record)

    def _event(
        self, id: str, kind: EventKind, at: datetime, columns: EventColumns, record: Record
    ) -> ContactEvent:
        return ContactEvent.told(
            id,
            kind,
            at,
            queue=self._named(columns.queue, record),
            channel=self._named(columns.channel, record),
            agent=self._named(columns.agent, record),
            score=_number(columns.score, record),
            worth=_number(columns.worth, record),
        )

    def _holds(self, columns: EventColumns, record: Record) -> bool:
        when = columns.when
        assert when is not None
        if when.above is not None:
            number = _number(when.column, record)
            return number is not None and number > when.above
        text = _text(record.get(when.column))
        return text is not None and text.casefold() in {one.casefold() for one in when.is_}

    def _moment(self, at: datetime, columns: EventColumns, record: Record) -> datetime | None:
        if columns.at is not None:
            return self._time(record, columns.at)
        assert columns.after is not None
        span = _span(columns.after, record)
        return None if span is None else at + span

    def _time(self, record: Record, column: str) -> datetime | None:
        cell = record.get(column)
        if isinstance(cell, datetime):
            moment = instant(cell, self._local)
        else:
            text = _text(cell)
            if text is None:
                return None
            moment = _parsed(text, self._map.format, self._local)
        if moment is None:
            raise ValueError(t("has a time in column `{column}` that is none", column=column))
        return moment.astimezone(UTC)

    def _named(self, column: str | None, record: Record) -> str | None:
        if column is None:
            return None
        text = _text(record.get(column))
        return None if text is None else self._map.values.get(column, {}).get(text, text)

    def _cell(self, cell: Cell | None, record: Record) -> str | None:
        if cell is None:
            return None
        return cell.value if cell.value is not None else self._named(cell.column, record)


def _parsed(text: str, format_: str | None, local: tzinfo) -> datetime | None:
    if format_ is None:
        return parse_time(text, local)
    try:
        return instant(datetime.strptime(text, format_), local)
    except ValueError:
        return None


def _span(column: str, record: Record) -> timedelta | None:
    """A time since the contact came: seconds, `1:20`, `00:01:20`, or as policies write it."""
    cell = record.get(column)
    if isinstance(cell, timedelta):
        return cell
    text = _text(cell)
    if text is None:
        return None
    parts = text.split(":")
    try:
        if len(parts) <= 3:
            seconds = 0.0
            for part in parts:
                seconds = 60 * seconds + float(part.replace(",", "."))
            span: timedelta | None = timedelta(seconds=seconds)
        else:
            span = None
    except (ValueError, OverflowError):
        span = parse_duration(text)
    if span is None or span < timedelta(0):
        raise ValueError(t("has a duration in column `{column}` that is none", column=column))
    return span


def _number(column: str | None, record: Record) -> float | None:
    if column is None:
        return None
    cell = record.get(column)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    text = _text(cell)
    if text is None:
        return None
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        raise ValueError(t("has a number in column `{column}` that is none", column=column)) from None


def _text(cell: CellValue) -> str | None:
    if cell is None:
        return None
    text = str(cell).strip()
    return None if text.casefold() in _NOTHING else text

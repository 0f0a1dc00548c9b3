"""Facts from a file: a table with the columns name, value, from, until and kept by."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routekit.diagnostics import Reporter, Source, Span
from routekit.schema.times import parse_date, parse_duration, parse_time, zone
from routekit.schema.types import is_plain_name
from routekit.syntax import tree
from routekit.syntax.hidden import is_hidden
from routekit.translation import t

__all__ = ["read_facts"]

_COLUMNS = ("name", "value", "from", "until", "kept by")
_SEPARATORS = ",;\t|"
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?")
"""A number as it is counted with; `007` and long rows of digits are how something is called."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_LIKE = {"kept_by": "kept by", "kept": "kept by"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file by its columns, and where it stands."""

    cells: dict[str, str]
    span: Span


def read_facts(source: Source, reporter: Reporter) -> tuple[tree.FactNode, ...]:
    """Reads the facts of a file, each as if it stood in the policy; what does not read is reported there.

    A value is a number, duration, date, time or flag where all values of its name read as that, else a text.
    """
    rows = tuple(_rows(source, reporter))
    kinds: dict[str, str] = {}
    for row in rows:
        kind = _kind(row.cells["value"])
        known = kinds.setdefault(row.cells["name"], kind)
        if known != kind:
            kinds[row.cells["name"]] = "text"
    found = (_fact(row, kinds[row.cells["name"]], reporter) for row in rows)
    return tuple(fact for fact in found if fact is not None)


# ── lines ─────────────────────────────────────────────────────────────────────


def _rows(source: Source, reporter: Reporter) -> Iterator[_Row]:
    columns: Sequence[str] | None = None
    for cells, span in _lines(source, reporter):
        if not any(cells):
            continue
        if columns is None:
            columns = _heading(cells, span, reporter)
            if columns is None:
                return
            continue
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            message = t(
                "the line has {count} cells, the first line {width}", count=len(cells), width=len(columns)
            )
            reporter.report("RK016", message, span, help=t("put a value with separators in it into quotes"))
            continue
        row = dict.fromkeys(_COLUMNS, "") | dict(zip(columns, cells, strict=False))
        if not is_plain_name(row["name"]):
            message = t("`{name}` is no name of a fact", name=row["name"])
            reporter.report("RK016", message, span, help=t("a name is one word, such as `late_fee`"))
        elif any(is_hidden(letter) and letter not in "\u200c\u200d" for letter in row["value"]):
            message = t("the value of `{name}` holds an invisible character", name=row["name"])
            reporter.report("RK016", message, span, help=t("write the value anew, by hand"))
        elif not row["value"]:
            reporter.report("RK016", t("the fact `{name}` has no value", name=row["name"]), span)
        else:
            yield _Row(row, span)
    if not source.text.strip():
        _heading((), Span(source, 0, 0), reporter)  # a file that is cut off tells of no facts at all


def _lines(source: Source, reporter: Reporter) -> Iterator[tuple[list[str], Span]]:
    """The cells of each line, with the characters that they stand in; a cell may go over several lines."""
    lines = _LINE.findall(source.text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    first = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    table = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        begin = table.line_num
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            place = Span(source, starts[begin], starts[max(begin, table.line_num)])
            reporter.report("RK016", t("the line is not CSV: {error}", error=error), place)
            return
        text = source.text[starts[begin] : starts[table.line_num]]
        yield (
            [cell.strip() for cell in cells],
            Span(source, starts[begin], starts[begin] + len(text.rstrip())),
        )


def _heading(cells: Sequence[str], span: Span, reporter: Reporter) -> Sequence[str] | None:
    columns = [_LIKE.get(name := cell.casefold(), name) for cell in cells]
    there_are = t("the columns are {listed}", listed=t(", ").join(f"`{name}`" for name in _COLUMNS))
    for column in columns:
        if column and (column not in _COLUMNS or columns.count(column) > 1):
            message = (
                t("the column `{name}` stands twice", name=column)
                if column in _COLUMNS
                else t("unknown column `{name}`", name=column)
            )
            reporter.report("RK016", message, span, help=there_are)
            return None
    for column in ("name", "value"):
        if column not in columns:
            reporter.report("RK016", t("there is no column `{name}`", name=column), span, help=there_are)
            return None
    return columns


# ── values ────────────────────────────────────────────────────────────────────


def _kind(cell: str) -> str:
    """What a cell reads as by itself; what stands in quotes is a text.

    >>> [_kind(cell) for cell in ("3.50", "12h", "2026-12-31", "yes", "3 EUR", "007", '"7"')]
    ['number', 'duration', 'date', 'flag', 'text', 'text', 'text']
    """
    if cell in ("yes", "no"):
        return "flag"
    if _NUMBER.fullmatch(cell):
        return "number"
    if parse_duration(cell) is not None:
        return "duration"
    if parse_date(cell) is not None:
        return "date"
    return "time" if parse_time(cell, zone("UTC")) is not None else "text"


def _fact(row: _Row, kind: str, reporter: Reporter) -> tree.FactNode | None:
    value, span = row.cells["value"], row.span
    clauses = []
    for word in ("from", "until"):
        if day := row.cells[word]:
            if parse_date(day) is None:
                message = t("`{text}` is no date", text=day)
                reporter.report("RK016", message, span, help=t("write a day as `2026-12-31`"))
                return None
            clauses.append(tree.FactClause(span, word, day=tree.Literal(span, "date", day)))
    if unit := row.cells["kept by"]:
        if not is_plain_name(unit):
            message = t("`{name}` is no name of who keeps a fact", name=unit)
            reporter.report("RK016", message, span, help=t("a name is one word, such as `finance`"))
            return None
        clauses.append(tree.FactClause(span, "kept by", unit=tree.Ident(span, unit)))
    written: tree.Expression
    if kind == "flag":
        written = tree.Path(span, (tree.Ident(span, value),))
    else:
        written = tree.Literal(span, kind, _quoted(value) if kind == "text" else value)
    return tree.FactNode(span, tree.Ident(span, row.cells["name"]), written, tuple(clauses))


def _quoted(cell: str) -> str:
    """A text as the language writes it; one that stands in quotes is written so already."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell
    return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'

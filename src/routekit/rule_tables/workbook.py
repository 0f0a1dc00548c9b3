"""A sheet as a workbook of Excel, with what helps to fill it in: names to choose from, notes, colours."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

from routekit.checker.context import Context
from routekit.checker.table_headings import Column
from routekit.rule_tables.finding import FoundTable, TableError
from routekit.rule_tables.sheet import SheetTable
from routekit.schema.types import Choice, Flag, Type, describe
from routekit.translation import t

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from routekit.rule_tables.exporting import Mark

__all__ = ["as_workbook"]

_COLOURS = {"never": "#F8CBAD", "uncovered": "#FFF2CC"}
_WIDEST, _NARROWEST = 48, 9
_SPARE_ROWS = 500
"""Rows below the last one in which names can be chosen too."""

_NAMES = "names"


def as_workbook(
    context: Context, found: FoundTable, sheet: SheetTable, marks: "Mapping[tuple[str, int], Mark]"
) -> bytes:
    """Returns a workbook with the sheet; cells are formatted as text, so that no text becomes a date."""
    try:
        import xlsxwriter
    except ImportError:
        raise TableError(
            t("a workbook cannot be written without xlsxwriter"),
            t("install `routekit[tables]`, or write CSV"),
        ) from None
    held = BytesIO()
    book = xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    made = book.add_worksheet(_title(found.name))
    _write(book, made, sheet, marks)
    _help(context, book, made, sheet)
    made.freeze_panes(1, 0)
    book.close()
    return held.getvalue()


def _title(name: str) -> str:
    """A name that a sheet may have."""
    kept = "".join(" " if letter in "[]:*?/\\" else letter for letter in name).strip("' ")[:31]
    return kept if kept and kept.lower() not in (_NAMES, "history") else t("table")


def _write(
    book: "Workbook", made: "Worksheet", sheet: SheetTable, marks: "Mapping[tuple[str, int], Mark]"
) -> None:
    looks = {look: {"bg_color": colour} for look, colour in _COLOURS.items()}
    text = {
        look: book.add_format({"num_format": "@", "text_wrap": True, **more}) for look, more in looks.items()
    }
    plain = book.add_format({"num_format": "@", "text_wrap": True})
    head = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
    note = book.add_format({"italic": True, "num_format": "@", "font_color": "#606060"})
    numbers = {look: book.add_format(more) for look, more in looks.items()}
    days = {look: book.add_format({"num_format": "yyyy-mm-dd", **more}) for look, more in looks.items()}
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column in sheet.columns:
        cells = [column.heading, *(str(line.cells[column.place] or "") for line in sheet.lines if line.span)]
        width = min(_WIDEST, max(_NARROWEST, *(len(cell) + 2 for cell in cells)))
        made.set_column(column.place, column.place, width, plain)
        made.write_string(0, column.place, column.heading, head)
    for number, line in enumerate(sheet.lines, start=1):
        mark = None if line.span is None else marks.get((line.span.source.name, line.span.start))
        look = None if mark is None else mark.look
        for place, cell in enumerate(line.cells):
            match cell:
                case None:
                    if look is not None:
                        made.write_blank(number, place, None, text[look])
                case str():
                    made.write_string(
                        number, place, cell, note if line.span is None else text.get(look or "", plain)
                    )
                case date():
                    made.write_datetime(number, place, cell, days.get(look or "", day))
                case _:
                    made.write_number(number, place, cell, numbers.get(look or ""))
        if mark is not None:
            made.write_comment(number, 0, mark.words, {"x_scale": 2})


def _help(context: Context, book: "Workbook", made: "Worksheet", sheet: SheetTable) -> None:
    """Names to choose from, and notes on the headings."""
    last = len(sheet.lines) + _SPARE_ROWS
    lists: list[list[str]] = []
    for column, type_ in zip(sheet.columns, sheet.types, strict=True):
        said = _note(column, type_)
        if said:
            made.write_comment(0, column.place, said, {"x_scale": 2})
        names = _names(context, column, type_)
        if names:
            lists.append(names)
            letters = _letters(len(lists) - 1)
            made.data_validation(
                1,
                column.place,
                last,
                column.place,
                {
                    "validate": "list",
                    "source": f"={_NAMES}!${letters}$1:${letters}${len(names)}",
                    "ignore_blank": True,
                    "error_type": "information",
                    "error_title": t("Not one of the names"),
                    "error_message": t(
                        "a test of several is written as in the policy: `a, b`, `not in {a, b}`"
                    ),
                },
            )
    if not lists:
        return
    held = book.add_worksheet(_NAMES)
    for place, names in enumerate(lists):
        held.write_column(0, place, names)
    held.hide()


def _letters(place: int) -> str:
    from routekit.sheets import column_name

    return column_name(place)


def _names(context: Context, column: Column, type_: Type | None) -> list[str]:
    """What a cell may be filled with most often."""
    names = context.names
    match type_:
        case Choice(names=listed):
            return list(listed)
        case Flag():
            return ["yes", "no"]
        case _:
            pass
    match column.role, column.text:
        case (("part" | "expected"), "queue"):
            return list(names.queues)
        case (("part" | "expected"), "message"):
            return list(names.messages)
        case "part", "plan":
            return list(names.plans)
        case _:
            return []


def _note(column: Column, type_: Type | None) -> str:
    match column.role:
        case "asked" | "given" | "data" | "value" | "expected" if type_ is not None:
            return describe(type_)
        case "part":
            return t("what stands behind `{word}` in an outcome", word=column.text)
        case "step":
            return t("what happens {after} later", after=column.text)
        case "then":
            return t("the whole outcome, with its steps")
        case "note":
            return t("notes, which decide nothing")
        case _:
            return ""

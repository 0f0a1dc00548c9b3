"""Workbooks as cells with their places: what programs write, and what attackers do."""

from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest
import xlsxwriter

from routekit.sheets import CellFault, CellValue, Sheet, SheetError, open_book


def workbook() -> tuple[BytesIO, xlsxwriter.Workbook]:
    held = BytesIO()
    return held, xlsxwriter.Workbook(held, {"in_memory": True})


def only(held: BytesIO) -> Sheet:
    book = open_book(held)
    return book.sheet(book.names[0])


def test_cells_keep_their_types() -> None:
    held, book = workbook()
    day, minute = (
        book.add_format({"num_format": "dd.mm.yyyy"}),
        book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
    )
    sheet = book.add_worksheet("One")
    sheet.write_string("B2", "007")
    sheet.write_number("C2", 7)
    sheet.write_number("D2", 7.5)
    sheet.write_boolean("E2", True)
    sheet.write_datetime("F2", datetime(2026, 11, 27), day)
    sheet.write_datetime("G2", datetime(2026, 11, 27, 14, 5), minute)
    sheet.write_datetime("H2", time(9, 30), book.add_format({"num_format": "hh:mm"}))
    sheet.write_number("I2", 1.5, book.add_format({"num_format": "[h]:mm"}))
    sheet.write_number("J2", 7, book.add_format({"num_format": "00000"}))
    sheet.write_number("K2", 0.05, book.add_format({"num_format": "0%"}))
    book.close()
    first, second = only(held).rows()
    assert first.cells == [None] * 11
    expected: list[CellValue] = [None, "007", 7, 7.5, True, date(2026, 11, 27), datetime(2026, 11, 27, 14, 5)]
    assert second.cells == [*expected, time(9, 30), timedelta(hours=36), 7, 0.05]
    assert second.formats == {9: "00000", 10: "0%"}


def test_what_is_no_value_says_so() -> None:
    held, book = workbook()
    sheet = book.add_worksheet()
    sheet.write_formula("A1", "=NA()", None, "#N/A")
    sheet.write_formula("B1", "=1+1", None, 2)
    sheet.write_formula("C1", '=""', None, "")
    sheet.merge_range("A2:B3", "both")
    sheet.write("D3", "last")
    sheet.set_row(2, None, None, {"hidden": True})
    book.close()
    read = only(held)
    rows = list(read.rows())
    assert rows[0].cells[:2] == [CellFault("is the error `#N/A`"), 2]
    assert [row.is_hidden for row in rows] == [False, False, True]
    merged = CellFault("is merged with `A2`, which alone has the value")
    assert rows[1].cells[:2] == ["both", merged]
    assert rows[2].cells[:2] == [merged, merged]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"a;b\n1;2\n", "is no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "is encrypted, or of Excel 97"),
        (b"PK\x03\x04 and then nothing", "is damaged, or no workbook"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(SheetError, match=said):
        open_book(BytesIO(content))

"""Workbooks as people, programs and attackers make them: the right reading, or one finding at its place."""

import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import openpyxl
import pytest
import xlsxwriter

from routekit.readers import TableSettings, UnreadableContactsError, open_contacts
from tests.readings import COLUMNS, agree, readings

NO_SETTINGS = TableSettings()

Cells = Sequence[Sequence[object]]
HEAD = ("channel", "id", "value")


@dataclass(frozen=True)
class Case:
    """What makes a workbook, and what comes of it: of each row the values of one field, or what is said."""

    name: str
    content: Callable[[], bytes]
    field: str = "customer.value"
    read: tuple[object, ...] = ()
    """Of each row; a text that begins with ``!`` is what is said of the row or value instead."""
    notes: str = ""
    refused: str = ""
    settings: TableSettings = NO_SETTINGS
    ending: str = "xlsx"


def excel(
    *rows: Sequence[object], then: Callable[..., object] = lambda *_: None, sheet: str = "One"
) -> bytes:
    """A workbook with these rows; ``then`` does more with the workbook and its sheet."""
    held = BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    page = book.add_worksheet(sheet)
    formats = {
        datetime: book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
        date: book.add_format({"num_format": "dd.mm.yyyy"}),
        time: book.add_format({"num_format": "hh:mm:ss"}),
        timedelta: book.add_format({"num_format": "[h]:mm:ss"}),
    }
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(number, column, cell)
            elif cell is not None:
                page.write(number, column, cell, formats.get(type(cell)))
    then(book, page)
    book.close()
    return held.getvalue()


def one(field: str, *cells: object) -> Callable[[], bytes]:
    """A workbook of one column."""
    return lambda: excel((field,), *((cell,) for cell in cells))


def formatted(field: str, cell: float, code: str) -> Callable[[], bytes]:
    def then(book: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet) -> None:
        page.write(1, 0, cell, book.add_format({"num_format": code}))

    return lambda: excel((field,), then=then)


def formula(code: str, value: object) -> Callable[[], bytes]:
    return lambda: excel(HEAD, ("voice",), then=lambda _, page: page.write_formula(1, 2, code, None, value))


def by_openpyxl(fill: Callable[..., object]) -> Callable[[], bytes]:
    def made() -> bytes:
        book = openpyxl.Workbook()
        fill(book, book.active)
        held = BytesIO()
        book.save(held)
        return held.getvalue()

    return made


def uncalculated(_: object, page: openpyxl.worksheet.worksheet.Worksheet) -> None:
    page.append(HEAD)
    page.append(("voice", "a", "=1+1"))


def of_mac(book: openpyxl.Workbook, page: openpyxl.worksheet.worksheet.Worksheet) -> None:
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    page.append(["since"])
    page.append([date(2026, 11, 27)])


def parts(change: Callable[[dict[str, bytes]], object]) -> Callable[[], bytes]:
    """A good workbook, the parts of which are changed."""

    def made() -> bytes:
        with zipfile.ZipFile(BytesIO(excel(HEAD, ("voice", "a", 92)))) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        change(held)
        return zipped(held)

    return made


def zipped(held: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_xml(rows: str) -> Callable[[], bytes]:
    text = f'<worksheet xmlns="{_SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'
    return parts(lambda held: held.update({SHEET: text.encode()}))


def text_cell(text: str, place: str = "") -> str:
    where = f' r="{place}"' if place else ""
    return f'<c{where} t="inlineStr"><is><t>{text}</t></is></c>'


def cut(content: bytes) -> bytes:
    return content[: len(content) * 2 // 3]


def calc(rows: str, more: str = "") -> Callable[[], bytes]:
    """A workbook of LibreOffice with these rows."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {spaces} xmlns:calcext="calc"><office:body><office:spreadsheet>'
        f'<table:table table:name="One">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type='
        f'"application/vnd.oasis.opendocument.spreadsheet"/>{more}</manifest:manifest>'
    )
    mime = b"application/vnd.oasis.opendocument.spreadsheet"
    return lambda: zipped(
        {"mimetype": mime, "META-INF/manifest.xml": manifest.encode(), "content.xml": content.encode()}
    )


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


def ods_text(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def ods_cell(kind: str, value: str, attributes: str = "") -> str:
    return f'<table:table-cell office:value-type="{kind}" office:{value}{attributes}/>'


ODS_HEAD = ods_row(ods_text("channel"), ods_text("value"))
GOOD = (HEAD, ("voice", "a", 92))


def second_sheet(*rows: Sequence[object], name: str = "Two", hidden: bool = False) -> Callable[..., None]:
    def then(book: xlsxwriter.Workbook, _: object) -> None:
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        if hidden:
            page.hide()

    return then


def many_empty_rows(held: dict[str, bytes]) -> None:
    rows = b"".join(b'<row r="%d"/>' % number for number in range(3, 1048577))
    held[SHEET] = held[SHEET].replace(b"</sheetData>", rows + b"</sheetData>")


def bomb(held: dict[str, bytes]) -> None:
    held[SHEET] = held[SHEET].replace(b"<sheetData>", b"<sheetData>" + b" " * (40 << 20))


def entities(held: dict[str, bytes]) -> None:
    held["xl/sharedStrings.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + held["xl/sharedStrings.xml"].partition(b"?>")[2]
    )


def encrypted_zip(content: bytes) -> bytes:
    return content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")


CASES = [
    # types of cells
    Case("numbers", one("value", 92, 5.5, -1), read=(92, 5.5, -1)),
    Case("numbers typed as text", one("value", "92", "12,5"), read=(92, 12.5)),
    Case("a text that may be two numbers", one("value", "1.234"), read=("!may part decimals or thousands",)),
    Case(
        "flags", one("vip", True, False, "ja", 1), "customer.vip", read=(True, False, True, "!not yes or no")
    ),
    Case("dates", one("since", date(2026, 11, 27), "27.11.2026"), "customer.since", read=("2026-11-27",) * 2),
    Case(
        "times", one("at", datetime(2026, 11, 27, 14, 5)), "contact.at", read=("2026-11-27T14:05:00+00:00",)
    ),
    Case(
        "durations",
        one("waited", time(0, 3, 5), timedelta(hours=36), 90, "3m"),
        "customer.waited",
        read=("3m5s", "1d12h", "1m30s", "3m"),
    ),
    Case("007 as text and as a number", one("id", "007", 7), "customer.id", read=("007", "7")),
    Case("a number with leading zeros", formatted("id", 7, "00000"), "customer.id", read=("00007",)),
    Case("1E5 as text", one("id", "1E5"), "customer.id", read=("1E5",)),
    Case(
        "a percentage as text", formatted("id", 1, "0%"), "customer.id", read=("!is a percentage, not text",)
    ),
    Case("a percentage as a number", formatted("value", 0.05, "0%"), read=(0.05,)),
    Case(
        "a text that became a date",
        one("id", date(2026, 4, 3)),
        "customer.id",
        read=("!is a date, not text",),
    ),
    Case("a number that is none", one("id", 1.5), "customer.id", read=("!is a number, not text",)),
    Case("digits that were lost", one("id", 4929123412341234), "customer.id", read=("!more than 15 digits",)),
    Case(
        "a number as a date", one("since", 46353), "customer.since", read=("!is a whole number, not a date",)
    ),
    Case(
        "a date without its time",
        one("at", date(2026, 11, 27)),
        "contact.at",
        read=("!is a date, not a time",),
    ),
    Case(
        "the dates of a Mac",
        by_openpyxl(of_mac),
        "customer.since",
        read=("2026-11-27",),
    ),
    # what is no value
    Case("an error", formula("=NA()", "#N/A"), read=("!is the error `#N/A`",)),
    Case(
        "an error in a text",
        lambda: excel(("id",), then=lambda _, page: page.write_formula(1, 0, "=1/0", None, "#DIV/0!")),
        "customer.id",
        read=("!is the error `#DIV/0!`",),
    ),
    Case("a formula with its value", formula("=90+2", 92), read=(92,)),
    Case(
        "a formula without its value", by_openpyxl(uncalculated), read=("!is a formula without a kept value",)
    ),
    Case(
        "merged cells",
        lambda: excel(
            HEAD, ("voice", "a"), ("chat", "b"), then=lambda _, page: page.merge_range(1, 2, 2, 2, 92)
        ),
        read=(92, "!is merged with `C2`"),
    ),
    # where the table stands
    Case(
        "a table that begins elsewhere",
        lambda: excel((), (), (None, *HEAD), (None, "voice", "a", 92)),
        read=(92,),
    ),
    Case(
        "a title above", lambda: excel(("Kontakte",), (), *GOOD), read=(92,), notes="headings stand in row 3"
    ),
    Case("headings again", lambda: excel(*GOOD, *GOOD), read=(92, "!repeats the headings", 92)),
    Case("empty rows within", lambda: excel(*GOOD, (), ("chat", "b", 5)), read=(92, 5)),
    Case("trailing blanks", lambda: excel(*GOOD, (" ", "\u00a0", " ")), read=(92, 0)),
    Case("1,048,576 empty rows", parts(many_empty_rows), read=(92,)),
    Case(
        "hidden rows and columns",
        lambda: excel(
            *GOOD,
            then=lambda _, page: (
                page.set_row(1, None, None, {"hidden": True}),
                page.set_column(2, 2, None, None, {"hidden": True}),
            ),
        ),
        read=(92,),
        notes="1 hidden column is read too",
    ),
    Case(
        "rows that a filter hides",
        lambda: excel(
            *GOOD,
            ("chat", "b", 5),
            then=lambda _, page: (page.autofilter("A1:C3"), page.set_row(2, None, None, {"hidden": True})),
        ),
        read=(92, 5),
        notes="1 hidden row is read too",
    ),
    # sheets
    Case(
        "a hidden sheet",
        lambda: excel(*GOOD, then=second_sheet(HEAD, ("chat", "b", 5), hidden=True)),
        read=(92,),
    ),
    Case(
        "the sheet that fits",
        lambda: excel(("Notes",), then=second_sheet(*GOOD)),
        read=(92,),
        notes="read from sheet `Two`",
    ),
    Case(
        "two sheets that fit",
        lambda: excel(*GOOD, then=second_sheet(*GOOD)),
        refused="several sheets of contacts: `One`, `Two`",
    ),
    Case(
        "a sheet that is named",
        lambda: excel(*GOOD, then=second_sheet(HEAD, ("chat", "b", 5))),
        read=(5,),
        settings=TableSettings(sheet="Two"),
    ),
    Case(
        "a sheet that there is not",
        lambda: excel(*GOOD),
        refused="has no sheet `Night`: there are|has no sheet `Night`",
        settings=TableSettings(sheet="Night"),
    ),
    Case(
        "no sheet that fits",
        lambda: excel(("Name",), then=second_sheet(("Alter",))),
        refused="no sheet whose headings",
    ),
    Case("no column of the policy", lambda: excel(("Name", "Alter")), refused="no column of"),
    Case("nothing", lambda: excel(), read=()),
    # XML
    Case(
        "cells without their places",
        sheet_xml(f"<row>{text_cell('value')}</row><row><c><v>92</v></c></row>"),
        read=(92,),
    ),
    Case(
        "a cell far away",
        sheet_xml(
            f"<row r='1'>{text_cell('value', 'A1')}</row>"
            "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
        ),
        refused="too many to read",
    ),
    Case(
        "a cell outside",
        sheet_xml("<row r='1'><c r='ZZZ1'><v>1</v></c></row>"),
        refused="where no spreadsheet has one",
    ),
    Case(
        "a sheet that is no XML",
        parts(lambda held: held.update({SHEET: b"<worksheet><sheetData>"})),
        refused="no XML in line 1",
    ),
    Case("entities", parts(entities), refused="declares entities"),
    Case("a bomb", parts(bomb), refused="unpacks to far more"),
    Case("no sheet at all", parts(lambda held: held.pop(SHEET)), refused="is damaged"),
    # files that are none
    Case("a file that breaks off", lambda: cut(excel(*GOOD)), refused="is damaged, or no workbook"),
    Case(
        "Excel 97, or encrypted",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
        refused="is encrypted, or of Excel 97",
    ),
    Case("an encrypted archive", lambda: encrypted_zip(excel(*GOOD)), refused="is encrypted"),
    Case("text that is called a workbook", lambda: b"channel;value\nvoice;92\n", refused="is no workbook"),
    Case(
        "a page that is called a workbook",
        lambda: b"<html><table><tr><td>value</td></tr></table>",
        refused="is no workbook",
    ),
    Case("an empty file", lambda: b"", refused="is empty"),
    Case(
        "macros, which nobody runs",
        parts(lambda held: held.update({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})),
        read=(92,),
        ending="xlsm",
    ),
    # LibreOffice
    Case(
        "LibreOffice",
        calc(ODS_HEAD + ods_row(ods_text("voice"), ods_cell("float", 'value="92"'))),
        read=(92,),
        ending="ods",
    ),
    Case(
        "dates of LibreOffice",
        calc(ods_row(ods_text("since")) + ods_row(ods_cell("date", 'date-value="2026-11-27"'))),
        "customer.since",
        read=("2026-11-27",),
        ending="ods",
    ),
    Case(
        "an error of LibreOffice",
        calc(
            ODS_HEAD
            + ods_row(
                ods_text("voice"),
                '<table:table-cell table:formula="of:=NA()" office:value-type="string" '
                'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>',
            )
        ),
        read=("!is the error `#N/A`",),
        ending="ods",
    ),
    Case(
        "rows that are repeated",
        calc(
            ODS_HEAD
            + ods_row(
                ods_text("voice"),
                ods_cell("float", 'value="92"'),
                attributes=' table:number-rows-repeated="2"',
            )
            + ods_row("<table:table-cell/>", attributes=' table:number-rows-repeated="1048000"')
        ),
        read=(92, 92),
        ending="ods",
    ),
    Case(
        "cells that are repeated without end",
        calc(
            ODS_HEAD
            + ods_row(
                ods_cell("float", 'value="92"', ' table:number-columns-repeated="16384"'),
                attributes=' table:number-rows-repeated="1048576"',
            )
        ),
        refused="too many to read",
        ending="ods",
    ),
    Case(
        "an encrypted file of LibreOffice",
        calc(ODS_HEAD, "<manifest:encryption-data/>"),
        refused="is encrypted",
        ending="ods",
    ),
]


PIECES = (b"<", b'"', b"9999999999", b"\x00", b"</row>", b"-1", b"#", b"&amp;", b"<v>", b"UTF-4")


def damaged(content: bytes, seed: int) -> bytes:
    """A workbook of which some bytes of one part are others."""
    draw = Random(seed)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice([name for name in held if name.endswith((".xml", ".rels"))])
    part = bytearray(held[name])
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(part))
        part[place : place + draw.randint(0, 9)] = draw.choice(PIECES)
    return zipped({**held, name: bytes(part)})


def test_whatever_is_damaged_is_read_or_refused(tmp_path: Path) -> None:
    book = tmp_path / "contacts.xlsx"
    kept = [case.content() for case in CASES if case.read and "empty rows" not in case.name]
    for seed in range(300):
        book.write_bytes(damaged(kept[seed % len(kept)], seed))
        with suppress(UnreadableContactsError):
            readings(open_contacts(str(book), "xlsx", COLUMNS), "customer.value")


def test_an_encoding_that_there_is_not_is_damage(tmp_path: Path) -> None:
    book = tmp_path / "contacts.xlsx"
    book.write_bytes(parts(lambda held: held.update({SHEET: held[SHEET].replace(b"UTF-8", b"UTF-4")}))())
    with pytest.raises(UnreadableContactsError, match="is damaged"):
        open_contacts(str(book), None, COLUMNS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_workbook_is_read_right_or_named(case: Case, tmp_path: Path) -> None:
    path = tmp_path / f"contacts.{case.ending}"
    path.write_bytes(case.content())
    if case.refused:
        with pytest.raises(UnreadableContactsError, match=case.refused):
            open_contacts(str(path), None, COLUMNS, case.settings)
        return
    contacts = open_contacts(str(path), None, COLUMNS, case.settings)
    read = readings(contacts, case.field)
    assert agree(read, case.read), read
    assert case.notes in " ".join(contacts.notes)

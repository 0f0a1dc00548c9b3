"""Reads workbooks and tables of text that strangers made, within bounds, as rows of cells at their places."""

from routekit.sheets.book import KINDS, Book, Sheet, open_book
from routekit.sheets.cells import CellFault, CellValue, SheetError, SheetRow, column_name, place_of

__all__ = [
    "KINDS",
    "Book",
    "CellFault",
    "CellValue",
    "Sheet",
    "SheetError",
    "SheetRow",
    "column_name",
    "open_book",
    "place_of",
]

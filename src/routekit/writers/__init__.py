"""Writes results as tables that people open: text, workbooks and Parquet, a row at a time."""

from routekit.writers.columns import Cell, Column, Kind, TextStyle, Writer, WriterError
from routekit.writers.decisions import DecisionColumns
from routekit.writers.files import KINDS, kind_of, open_table

__all__ = [
    "Cell",
    "Column",
    "DecisionColumns",
    "KINDS",
    "Kind",
    "TextStyle",
    "Writer",
    "WriterError",
    "kind_of",
    "open_table",
]

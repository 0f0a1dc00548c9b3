"""Turns a table of rules into a spreadsheet, and a spreadsheet back into a table of rules, without loss."""

from routekit.rule_tables.exporting import Mark, export_table
from routekit.rule_tables.finding import TableError
from routekit.rule_tables.importing import Imported, import_table

__all__ = ["Imported", "Mark", "TableError", "export_table", "import_table"]

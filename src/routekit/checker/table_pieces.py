"""What a cell of a table's file says as a piece of the policy, by the role and the type of its column."""

import re

from routekit.checker.context import Context
from routekit.checker.expressions import lower
from routekit.checker.table_cells import Known, cleaned, text_words, words
from routekit.checker.table_headings import Column
from routekit.checker.typed import Typed
from routekit.diagnostics import Reporter
from routekit.policy.outcome_parts import PARTS, Kind, Part
from routekit.schema.types import Flag, Integer, Text, Type
from routekit.sheets import CellValue
from routekit.syntax import fragments, tree
from routekit.syntax.punctuation import plain_punctuation

__all__ = ["ANYTHING", "is_there", "known_in", "piece_of", "type_of"]

ANYTHING = "_"
"""What an empty cell says that asks, gives or expects something."""

_PARTS = {part.word: part for part in PARTS}
_SIGNED = re.compile(r"([+-])\s*(.*)", re.DOTALL)


def is_there(cell: CellValue) -> bool:
    """Checks whether a cell holds anything but space."""
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def known_in(context: Context) -> Known:
    """Returns whether the policy gives a name to a value or a list."""
    names = context.names
    known = {*names.lets_and_facts, *names.lists, *names.segments_and_events, *names.switches}
    return known.__contains__


def type_of(
    context: Context, column: Column, node: tree.Expression | None, value: Type | None
) -> Type | None:
    """Returns what the cells of a column are read as; None where that is not known, or is no type.

    ``node`` is what an asked column asks, ``value`` the type of a let.
    """
    names = context.names
    match column.role:
        case "asked":
            typed = None if node is None else _lowered(context, node)
            return None if typed is None else typed.type
        case "given":
            owner, _, member = column.text.partition(".")
            fields = names.live_fields if owner in names.queues else names.record_fields.get(owner, {})
            return fields[member].type if member in fields else None
        case "data" | "expected":
            field = names.data_fields.get(column.text)
            return None if field is None else field.type
        case "value":
            return value
        case _:
            return None


def _lowered(context: Context, node: tree.Expression) -> Typed | None:
    """What a column asks, with its type; what is wrong with it is said when the table is checked."""
    reporter, context.reporter = context.reporter, Reporter()
    try:
        return lower(context, node)
    finally:
        context.reporter = reporter


def piece_of(
    column: Column, cell: CellValue, type_: Type | None, known: Known, format_: str = ""
) -> tuple[fragments.Kind | None, str, str]:
    """Returns what a cell says: the kind of piece, what its heading says before it, and its own words.

    ``type_`` is what the column is read as. Raises :class:`CellError`.
    """
    match column.role:
        case "asked":
            return fragments.CELL, "", words(fragments.CELL, cell, type_, known, format_) or ANYTHING
        case "given":
            return fragments.GIVEN, "", words(fragments.GIVEN, cell, type_, _nothing, format_) or ANYTHING
        case "expected":
            said = _expected(_PARTS.get(column.text), cell, type_, format_) or ANYTHING
            return fragments.EXPECTED, "", said
        case "value":
            return fragments.VALUE, "", words(fragments.VALUE, cell, type_, known, format_)
        case "data":
            said = words(fragments.VALUE, cell, type_, known, format_)
            return fragments.ACTIONS, f"{column.text} = ", said
        case "part":
            said = _part(_PARTS.get(column.text), cell, known, format_)
            return fragments.ACTIONS, f"{column.text} ", said
        case "step":
            return fragments.STEP, f"after {column.text} ", _plain(cell)
        case "then":
            return fragments.OUTCOME, "", _plain(cell)
        case _:
            return None, "because ", text_words(cell)


def _nothing(_: str) -> bool:
    """No name: what is given is written out."""
    return False


def _plain(cell: CellValue) -> str:
    """What a cell says in words of the language alone."""
    if isinstance(cell, str):
        return plain_punctuation(cleaned(cell))
    return words(fragments.VALUE, cell, Integer(), _nothing)


def _part(part: Part | None, cell: CellValue, known: Known, format_: str) -> str:
    """What a cell says of a part of the outcome, behind its word."""
    if part is not None and part.kind is Kind.TEXT:
        return words(fragments.VALUE, cell, Text(), known, format_)
    said = _plain(cell)
    if part is None or part.kind is not Kind.NAMES:
        return said
    signed = _SIGNED.fullmatch(said)
    sign, names = (f"{signed[1]} ", signed[2]) if signed else ("", said)
    return f"{sign}{names}" if names.startswith("{") else f"{sign}{{{names}}}"


def _expected(part: Part | None, cell: CellValue, type_: Type | None, format_: str) -> str:
    """What a cell of an example expects."""
    if not is_there(cell):
        return ""
    if part is None or part.kind in (Kind.INTEGER, Kind.FLAG, Kind.TEXT):
        kinds: dict[Kind, Type] = {Kind.INTEGER: Integer(), Kind.FLAG: Flag(), Kind.TEXT: Text()}
        type_ = type_ if part is None else kinds[part.kind]
        return words(fragments.GIVEN, cell, type_, _nothing, format_)
    said = _plain(cell)
    is_several = part.is_set or part.kind is Kind.STEPS
    if is_several and said not in ("missing", ANYTHING) and not said.startswith("{"):
        return f"{{{said}}}"
    return said

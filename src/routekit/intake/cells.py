"""Contacts from tables: a column named after its field, a cell read by the type of the field.

A cell of text, as CSV has it, is no value yet: ``92`` is a number where the field is one. What does not
read as its type is kept as it stands, so that the decision's problems name it. An empty cell is missing, and
so is one of blanks, but for a field of text, whose cells are taken as they are.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from routekit.policy.model import CheckedPolicy
from routekit.schema.reading import parse_number
from routekit.schema.types import Duration, Flag, Integer, Number, SetOf, Text, Type

__all__ = ["Column", "Columns", "columns_of", "nested"]

Cell: TypeAlias = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the policy knows: how its cells of text are read, and the field's type and title.

    What is told of the past has neither.
    """

    read: Cell
    type: Type | None = None
    title: str = ""

    def __call__(self, text: str) -> object:
        return self.read(text)


Columns: TypeAlias = Mapping[str, Column]
"""Each column that the policy knows, by the path of its field."""

_YES = ("yes", "true", "ja", "wahr", "oui", "vrai", "sí", "verdadero", "是")
_NO = ("no", "false", "nein", "falsch", "non", "faux", "falso", "否")
_FLAGS = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
_TOLD = ("offers_shown", "reached")


def columns_of(policy: CheckedPolicy) -> Columns:
    """Lists the columns of contacts: ``contact.channel``, ``live.general.waiting``, ``offers_shown``."""
    columns = {
        name: Column(_cell(field.type), field.type, policy.titles.get(("field", name), ""))
        for record in policy.records
        for field in record.fields
        for name in (f"{record.name}.{field.name}",)
    }
    for queue in policy.queues:
        columns.update(
            {f"live.{queue}.{signal.name}": Column(_cell(signal.type), signal.type) for signal in policy.live}
        )
    return {**columns, **dict.fromkeys(_told(policy), Column(_trimmed(_json)))}


def _told(policy: CheckedPolicy) -> tuple[str, ...]:
    """What is told of the past; reaches only where the policy makes some."""
    return _TOLD if policy.care.reaches else _TOLD[:1]


def nested(names: Sequence[str], cells: Iterable[object]) -> dict[str, object]:
    """Nests a row as a contact: ``customer.value`` is a member of ``customer``; what is None is left out.

    >>> nested(["contact.channel", "live.general.waiting"], ["voice", 3])
    {'contact': {'channel': 'voice'}, 'live': {'general': {'waiting': 3}}}
    """
    contact: dict[str, object] = {}
    for name, cell in zip(names, cells, strict=True):
        if cell is None:
            continue
        *parents, last = name.split(".")
        place = contact
        for parent in parents:
            inner = place.setdefault(parent, {})
            if not isinstance(inner, dict):
                inner = place[parent] = {}
            place = inner
        place[last] = cell
    return contact


def _cell(type_: Type) -> Cell:
    match type_:
        case Text():
            return str
        case Integer() | Number() | Duration():
            return _trimmed(_number)
        case Flag():
            return _trimmed(lambda text: _FLAGS.get(text.lower(), text))
        case SetOf(element):
            return _trimmed(_set(_cell(element)))
        case _:
            return _trimmed(str)


def _trimmed(read: Cell) -> Cell:
    """Reads a cell without the blanks around it; None where nothing else is in it."""

    def trimmed(text: str) -> object:
        text = text.strip()
        return read(text) if text else None

    return trimmed


def _number(text: str) -> object:
    """A number where it reads as one; ``3m`` and anything else stays text."""
    number = parse_number(text)
    return text if number is None else number


def _set(element: Cell) -> Cell:
    """``["a", "b"]`` as JSON has it, or ``a; b``."""

    def read(text: str) -> object:
        if text.startswith("["):
            return _json(text)
        return [element(part.strip()) for part in text.split(";") if part.strip()]

    return read


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

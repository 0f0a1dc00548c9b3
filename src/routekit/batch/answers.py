"""Decisions as Arrow columns, in the order of a decision's JSON keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
import pyarrow as pa

from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcome_parts import DECISION_PARTS, STEP_PARTS, Kind, Part, as_json
from routekit.policy.outcomes import names_in

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.signedinteger[Any]]

__all__ = ["SCHEMA", "Answers", "Told"]

_NAME = pa.dictionary(pa.int32(), pa.string())
_PROBLEM = pa.struct([("path", pa.string()), ("message", pa.string())])


def _type(part: Part, name: Any) -> Any:
    """The type of a column of a part, whose names are of the type ``name``."""
    match part.kind:
        case Kind.NAME:
            return name
        case Kind.TEXT:
            return pa.string()
        case Kind.INTEGER:
            return pa.int64()
        case Kind.FLAG:
            return pa.bool_()
        case Kind.DURATION:
            return pa.float64()
        case Kind.TIME:
            return pa.timestamp("us", "UTC")
        case Kind.NAMES | Kind.RANKING:
            return pa.list_(pa.string())
        case Kind.STEPS:
            return pa.list_(
                pa.struct(
                    [("after", pa.float64()), *((each.name, _type(each, pa.string())) for each in STEP_PARTS)]
                )
            )
        case Kind.PROBLEMS:
            return pa.list_(_PROBLEM)
        case _:
            assert_never(part.kind)


SCHEMA = pa.schema([(part.name, _type(part, _NAME)) for part in DECISION_PARTS])

_NAMED = tuple(part for part in DECISION_PARTS if part.kind is Kind.NAME)
_COUNTED = tuple(
    part
    for part in DECISION_PARTS
    if part.kind is Kind.INTEGER and part.least is not None and part.least >= 0
)
_OTHERS = tuple(part for part in DECISION_PARTS if part not in (*_NAMED, *_COUNTED))


@dataclass(frozen=True, slots=True)
class Told:
    """Decisions as columns: of names their places, -1 where there is none; None for a column of nothing."""

    count: int
    numbers: "Mapping[str, Places]"
    others: Mapping[str, Any]

    def joined(self, more: "Told") -> "Told":
        """These decisions and more behind them."""
        return Told(
            self.count + more.count,
            {name: np.concatenate([mine, more.numbers[name]]) for name, mine in self.numbers.items()},
            {
                name: _both(name, mine, more.others[name], self.count, more.count)
                for name, mine in self.others.items()
            },
        )


class Answers:
    """Writes decisions of one policy as record batches; all of them share their dictionaries."""

    __slots__ = ("_names", "_places")

    def __init__(self, policy: CheckedPolicy) -> None:
        names = {part.name: names_in(policy, part) for part in _NAMED}
        self._names = {column: pa.array(known, pa.string()) for column, known in names.items()}
        self._places = {
            column: {name: place for place, name in enumerate(known)} for column, known in names.items()
        }

    def tell(self, decisions: Sequence[Decision]) -> Told:
        """Decisions as columns."""
        count = len(decisions)
        numbers = {
            column: np.fromiter((known.get(getattr(each, column), -1) for each in decisions), np.int32, count)
            for column, known in self._places.items()
        }
        for part in _COUNTED:
            found = (getattr(each, part.name) for each in decisions)
            numbers[part.name] = np.fromiter((-1 if n is None else n for n in found), np.int64, count)
        others: dict[str, Any] = {}
        for part in _OTHERS:
            cells = [_cell(getattr(each, part.name)) for each in decisions]
            told = any(cell not in (None, [], ()) for cell in cells)
            others[part.name] = pa.array(cells, SCHEMA.field(part.name).type) if told else None
        return Told(count, numbers, others)

    def batch(self, told: Told, places: "Places | None") -> Any:
        """A row for each of ``places``, which say where its decision stands; None for each in its turn."""
        count = told.count if places is None else len(places)
        rows = None if places is None else pa.array(places)
        columns: dict[str, Any] = {}
        for name, held in told.numbers.items():
            columns[name] = _spread(held, places, count)
            if name in self._names:
                columns[name] = pa.DictionaryArray.from_arrays(columns[name], self._names[name])
        for name, cells in told.others.items():
            if cells is None:
                columns[name] = _nothing(name, count)
            else:
                columns[name] = cells if rows is None else cells.take(rows)
        return pa.RecordBatch.from_arrays([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def _spread(held: "Places", places: "Places | None", count: int) -> Any:
    """Numbers as a column, those below 0 missing; few columns differ much from row to row."""
    least, most = held.min(initial=0), held.max(initial=-1)
    if most < 0:
        return pa.nulls(count, pa.from_numpy_dtype(held.dtype))
    if len(held) and held.min() == most:
        return pa.array(np.full(count, most, held.dtype))
    numbers = held if places is None else held.take(places)
    return pa.array(numbers, mask=numbers < 0 if least < 0 else None)


def _nothing(name: str, count: int) -> Any:
    type_ = SCHEMA.field(name).type
    if not pa.types.is_list(type_):
        return pa.nulls(count, type_)
    offsets = pa.array(np.zeros(count + 1, np.int32))
    return pa.ListArray.from_arrays(offsets, pa.array([], type_.value_type), type=type_)


def _both(name: str, mine: Any, more: Any, count: int, added: int) -> Any:
    if mine is None and more is None:
        return None
    return pa.concat_arrays(
        [
            _nothing(name, count) if mine is None else mine,
            _nothing(name, added) if more is None else more,
        ]
    )


def _cell(value: object) -> object:
    """A value of a part as a cell: as JSON has it, but times as they are, and steps with all their parts."""
    if isinstance(value, PlanStep):
        parts = {part.name: _cell(getattr(value, part.name)) for part in STEP_PARTS}
        return {"after": as_json(value.after), **parts}
    if isinstance(value, datetime):
        return value
    return [_cell(item) for item in value] if isinstance(value, tuple) else as_json(value)

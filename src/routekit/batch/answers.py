"""Decisions as Arrow columns, in the order of a decision's JSON keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
import pyarrow as pa

from routekit.batch.calls import Calls, with_calls
from routekit.policy.decision import Data, Decision, PlanStep
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.outcome_parts import DECISION_PARTS, Kind, Part, as_json, parts_of, step_parts
from routekit.policy.outcomes import names_in
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.signedinteger[Any]]

__all__ = ["Answers", "Columns", "schema_of"]

_NAME = pa.dictionary(pa.int32(), pa.string())
_PROBLEM = pa.struct([("path", pa.string()), ("message", pa.string())])


def _type(part: Part, name: Any, declared: Sequence[Field]) -> Any:
    """The type of a column of a part, whose names are of the type ``name``.

    ``declared`` are the parts that a policy declares, which its steps have in a member ``data``.
    """
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
            each = [("after", pa.float64())]
            each += [(step.name, _type(step, pa.string(), declared)) for step in step_parts(declared)]
            return pa.list_(pa.struct(each))
        case Kind.PROBLEMS:
            return pa.list_(_PROBLEM)
        case Kind.VALUE:
            assert part.field is not None
            return _type_of_values(part.field.type)
        case Kind.DATA:
            return pa.struct([(field.name, _type_of_values(field.type)) for field in declared])
        case _:
            assert_never(part.kind)


def _type_of_values(type_: Type) -> Any:
    match type_:
        case Text() | Choice():
            return pa.string()
        case Flag():
            return pa.bool_()
        case Integer():
            return pa.int64()
        case Number() | Duration():
            return pa.float64()
        case Time():
            return pa.timestamp("us", "UTC")
        case Date():
            return pa.date32()
        case SetOf(element):
            return pa.list_(_type_of_values(element))
        case _:
            assert_never(type_)


def schema_of(policy: CheckedPolicy) -> Any:
    """Returns the columns of decisions of a policy; those that it declares are called ``data.NAME``."""
    return pa.schema([(part.name, _type(part, _NAME, policy.data)) for part in parts_of(policy)])


_NAMED = tuple(part for part in DECISION_PARTS if part.kind is Kind.NAME)
_COUNTED = tuple(
    part
    for part in DECISION_PARTS
    if part.kind is Kind.INTEGER and part.least is not None and part.least >= 0
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Decisions as columns: of names their places, -1 where there is none; None for a column of nothing."""

    count: int
    numbers: "Mapping[str, Places]"
    others: Mapping[str, Any]
    schema: Any

    def joined(self, more: "Columns") -> "Columns":
        """These decisions and more behind them."""
        return Columns(
            self.count + more.count,
            {name: np.concatenate([mine, more.numbers[name]]) for name, mine in self.numbers.items()},
            {
                name: _both(self.schema.field(name).type, mine, more.others[name], self.count, more.count)
                for name, mine in self.others.items()
            },
            self.schema,
        )


class Answers:
    """Writes decisions of one policy as record batches; all of them share their dictionaries."""

    __slots__ = ("_declared", "_names", "_others", "_places", "_step_parts", "schema")

    def __init__(self, policy: CheckedPolicy) -> None:
        self.schema = schema_of(policy)
        self._declared = policy.data
        self._step_parts = step_parts(policy.data)
        self._others = tuple(part for part in parts_of(policy) if part not in (*_NAMED, *_COUNTED))
        names = {part.name: names_in(policy, part) for part in _NAMED}
        self._names = {column: pa.array(known, pa.string()) for column, known in names.items()}
        self._places = {
            column: {name: place for place, name in enumerate(known)} for column, known in names.items()
        }

    def columns(self, decisions: Sequence[Decision]) -> Columns:
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
        for part in self._others:
            cells = [self._cell(part, part.of(each)) for each in decisions]
            is_kept = part.field is not None or any(cell not in (None, [], ()) for cell in cells)
            others[part.name] = pa.array(cells, self.schema.field(part.name).type) if is_kept else None
        return Columns(count, numbers, others, self.schema)

    def batch(
        self,
        decided: Columns,
        places: "Places | None",
        settled: Sequence[Decision] = (),
        calls: Sequence[Calls] = (),
    ) -> Any:
        """A row for each of ``places``, which say where its decision stands; None for each in its turn.

        The first of the decisions are those ``settled``, of which ``calls`` tell when rows are called back.
        """
        count = decided.count if places is None else len(places)
        rows = None if places is None else pa.array(places)
        columns: dict[str, Any] = {}
        for name, held in decided.numbers.items():
            columns[name] = _spread(held, places, count)
            if name in self._names:
                columns[name] = pa.DictionaryArray.from_arrays(columns[name], self._names[name])
        for name, cells in decided.others.items():
            if cells is None:
                columns[name] = _nothing(self.schema.field(name).type, count)
            else:
                columns[name] = cells if rows is None else cells.take(rows)
        if calls and places is not None and decided.others["plan"] is not None:
            columns["plan"] = with_calls(columns["plan"], places, settled, calls)
        return pa.RecordBatch.from_arrays([columns[name] for name in self.schema.names], schema=self.schema)

    def _cell(self, part: Part, value: object) -> object:
        """A value of a part as a cell: that of JSON, but a step of a plan has all of its parts."""
        if part.field is not None:
            return _typed(part.field.type, value)
        return [self._of_step(item) for item in value] if isinstance(value, tuple) else as_json(value)

    def _of_step(self, item: object) -> object:
        if not isinstance(item, PlanStep):
            return as_json(item)
        cells: dict[str, object] = {"after": as_json(item.after)}
        for part in self._step_parts:
            match part.kind:
                case Kind.DATA:
                    cells[part.name] = self._of_data(item.data)
                case Kind.TIME:
                    cells[part.name] = part.of(item)
                case _:
                    cells[part.name] = as_json(part.of(item))
        return cells

    def _of_data(self, data: Data) -> object:
        """The parts that the policy declares, None where a step gives none of them."""
        if not data:
            return None
        return {field.name: _typed(field.type, data.get(field.name)) for field in self._declared}


def _spread(held: "Places", places: "Places | None", count: int) -> Any:
    """Numbers as a column, those below 0 missing; few columns differ much from row to row."""
    least, most = held.min(initial=0), held.max(initial=-1)
    if most < 0:
        return pa.nulls(count, pa.from_numpy_dtype(held.dtype))
    if len(held) and held.min() == most:
        return pa.array(np.full(count, most, held.dtype))
    numbers = held if places is None else held.take(places)
    return pa.array(numbers, mask=numbers < 0 if least < 0 else None)


def _nothing(type_: Any, count: int) -> Any:
    if not pa.types.is_list(type_):
        return pa.nulls(count, type_)
    offsets = pa.array(np.zeros(count + 1, np.int32))
    return pa.ListArray.from_arrays(offsets, pa.array([], type_.value_type), type=type_)


def _both(type_: Any, mine: Any, more: Any, count: int, added: int) -> Any:
    if mine is None and more is None:
        return None
    return pa.concat_arrays(
        [
            _nothing(type_, count) if mine is None else mine,
            _nothing(type_, added) if more is None else more,
        ]
    )


def _typed(type_: Type, value: Any) -> object:
    """A value as Arrow has it in a column of the type."""
    match type_:
        case _ if value is None:
            return None
        case SetOf(element):
            return [_typed(element, member) for member in sorted(value)]
        case Number():
            return float(value)
        case Duration():
            return value.total_seconds()
        case _:
            return value

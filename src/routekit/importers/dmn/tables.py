"""A decision table as values by cases, one for each output, as its hit policy has it.

UNIQUE, ANY and FIRST take the first row that holds; that others do not hold beside it is proved elsewhere.
PRIORITY puts the rows into the order of the outputs' values. COLLECT with an aggregation takes every row that
holds. Where a list comes out, its members are values of their own, numbered: the first row that holds, the
second, and so on; a value is missing behind the end of the list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from routekit.importers.dmn.document import Item, Output, Row, Said, Table
from routekit.importers.dmn.feel import Names, NotSaidError, Value, cell, expression, literals
from routekit.layout.writing import block

__all__ = ["Part", "Written", "placed", "type_of", "written_table"]

_MOST_LISTED = 20
"""Rows of a table that gives a list: a value is made for each."""
_TYPES = {
    "string": "text",
    "number": "number",
    "boolean": "flag",
    "date": "date",
    "dateTime": "time",
    "date and time": "time",
    "dayTimeDuration": "duration",
    "days and time duration": "duration",
    "Any": "",
    "": "",
}
_GATHERED = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "sum"}
_SOME = {
    "text": '""',
    "number": "0",
    "flag": "no",
    "date": "2000-01-01",
    "time": "2000-01-01T00:00:00Z",
    "duration": "0s",
}
"""Any value of a type, for one that is never given."""
_SINGLE = ("UNIQUE", "FIRST", "ANY", "PRIORITY")
_LISTS = ("RULE ORDER", "OUTPUT ORDER", "COLLECT")


@dataclass(frozen=True, slots=True)
class Part:
    """A value that comes out: by which name the language has it, by which the model, and its type.

    ``values`` are those that a table writes out, as the model has them.
    """

    name: str
    called: str
    type: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """Declarations of the language, and the parts that come out of them."""

    text: tuple[str, ...]
    parts: tuple[Part, ...]
    rows: tuple[int, ...] = ()
    """The numbers of the model's rules, in the order in which they are tried."""


Namer = Callable[[str], str]
"""Gives a name of the language for words of the model, each once."""


def placed(said: Said, read: Callable[[], Value]) -> Value:
    """Reads an expression, and says where it stands if it cannot be said."""
    try:
        return read()
    except NotSaidError as error:
        raise error.at(said.place) from None


def type_of(named: str, items: Mapping[str, Item]) -> str:
    """The type of the language for one of the model, empty where nothing tells it.

    Raises :class:`NotSaidError` for one that it has not.
    """
    seen: set[str] = set()
    while named in items and named not in seen:
        seen.add(named)
        if items[named].components:
            raise NotSaidError(f"the type `{named}`, which has components")
        named = items[named].type
    named = named.removeprefix("feel:")
    if named not in _TYPES:
        raise NotSaidError(f"the type `{named}`")
    return _TYPES[named]


def written_table(
    table: Table, name: str, type_: str, names: Names, items: Mapping[str, Item], namer: Namer
) -> Written:
    """Turns a table into declarations; ``type_`` is that of the decision, for a table with one output.

    Raises :class:`NotSaidError`, whose message says where.
    """
    if table.hit not in (*_SINGLE, *_LISTS):
        raise NotSaidError(f"the hit policy `{table.hit}`", table.place)
    if not table.outputs or not table.rows:
        raise NotSaidError("a table without outputs or rules", table.place)
    columns = [_column(said, names) for said, _ in table.inputs]
    made = _Table(table, name, type_, names, items, namer, columns)
    if table.hit in _SINGLE:
        return made.single()
    if table.aggregation:
        return made.gathered()
    return made.listed()


def _column(said: Said, names: Names) -> str:
    return placed(said, lambda: expression(said.text, names)).operand


@dataclass(frozen=True, slots=True)
class _Table:
    """A table on its way into the language."""

    table: Table
    name: str
    type: str
    names: Names
    items: Mapping[str, Item]
    namer: Namer
    columns: Sequence[str]

    # ── what a row says ───────────────────────────────────────────────────────

    def cells(self, row: Row) -> str:
        return " | ".join(self._cell(said) for said in row.cells)

    def _cell(self, said: Said) -> str:
        try:
            return cell(said.text, self.names)
        except NotSaidError as error:
            raise error.at(said.place) from None

    def output(self, row: Row, place: int) -> Value:
        said = row.outputs[place]
        return placed(said, lambda: expression(said.text, self.names))

    def of_rows(self, rows: Sequence[Row], given: Callable[[Row], str]) -> str:
        """The rows of a table, each with what it gives."""
        if not self.columns:
            return "\n".join(f"when yes then {given(row)}" for row in rows)
        lines = [f"{self.cells(row)} -> {given(row)}" for row in rows]
        return block(f"table ({', '.join(self.columns)})", lines)

    def called(self, output: Output) -> str:
        """What an output is called in the model."""
        return f"{self.name}.{output.name}" if len(self.table.outputs) > 1 else self.name

    def typed(self, output: Output, place: int) -> str:
        """The type of an output, told by the model or by its first value."""
        named = output.type or (self.type if len(self.table.outputs) == 1 else "")
        item = self.items.get(self.type)
        if item is not None and output.name in item.components:
            named = named or item.components[output.name].type
        try:
            told = type_of(named, self.items)
        except NotSaidError as error:
            raise error.at(output.place) from None
        values = (self.output(row, place).type for row in self.table.rows)
        return told or next((each for each in values if each not in ("", "null")), "text")

    # ── hit policies ──────────────────────────────────────────────────────────

    def single(self) -> Written:
        rows = self._ranked() if self.table.hit == "PRIORITY" else list(self.table.rows)
        texts, parts = [], []
        for place, output in enumerate(self.table.outputs):
            type_ = self.typed(output, place)
            called = self.called(output)
            part = Part(self.namer(called), called, type_, tuple(self._values(output, place)))
            nothing = ""
            if any(self.output(row, place).type == "null" for row in rows):
                nothing = self.namer(f"{called} none")
                texts.append(block(f"let {nothing} {type_}", [f"when no then {_SOME[type_]}"]))
            given = self.of_rows(rows, partial(self._given, place=place, nothing=nothing))
            default = output.default
            last = [] if default is None else [f"otherwise {self._default(default)}"]
            texts.append(block(f"let {part.name} {type_}", [given, *last]))
            parts.append(part)
        order = {id(row): number for number, row in enumerate(self.table.rows, start=1)}
        return Written(tuple(texts), tuple(parts), tuple(order[id(row)] for row in rows))

    def _values(self, output: Output, place: int) -> Iterator[object]:
        """The literals that an output gives, each once."""
        found = [self.output(row, place).literal for row in self.table.rows]
        if (default := output.default) is not None:
            found.append(placed(default, lambda: expression(default.text, self.names)).literal)
        yield from dict.fromkeys(value for value in found if value is not None)

    def _given(self, row: Row, place: int, nothing: str = "") -> str:
        """What an output of a row gives; ``nothing`` is what stands for null."""
        value = self.output(row, place)
        if value.type == "null" and not nothing:
            raise NotSaidError("a null among values that are put together", row.outputs[place].place)
        return nothing if value.type == "null" else value.operand

    def _default(self, said: Said) -> str:
        return placed(said, lambda: expression(said.text, self.names)).operand

    def gathered(self) -> Written:
        (output, *others), rows, kind = self.table.outputs, self.table.rows, self.table.aggregation
        if others:
            raise NotSaidError("an aggregation of several outputs", self.table.place)
        if kind not in _GATHERED:
            raise NotSaidError(f"the aggregation `{kind}`", self.table.place)
        type_ = "number" if kind == "COUNT" else self.typed(output, 0)
        if type_ not in ("number", "duration") or (kind == "SUM" and type_ != "number"):
            raise NotSaidError(f"the {kind.lower()} of values that are no numbers", self.table.place)
        part = Part(self.namer(self.name), self.name, type_)
        count, whole = self.namer(f"{self.name} count"), self.namer(f"{self.name} {kind}")
        counted = block(f"let {count} sum", [self.of_rows(rows, lambda _: "1")])
        if kind == "COUNT" and output.default is None:
            return Written((counted, f"let {part.name} = {count}"), (part,))
        given = self.of_rows(rows, lambda row: "1" if kind == "COUNT" else self._given(row, 0))
        last = [] if output.default is None else [f"otherwise {self._default(output.default)}"]
        texts = (
            counted,
            block(f"let {whole} {_GATHERED[kind]}", [given]),
            block(f"let {part.name} {type_}", [f"when {count} > 0 then {whole}", *last]),
        )
        return Written(texts, (part,))

    def listed(self) -> Written:
        rows = self._ranked() if self.table.hit == "OUTPUT ORDER" else list(self.table.rows)
        if len(rows) > _MOST_LISTED:
            raise NotSaidError(
                f"a list out of more than {_MOST_LISTED} rules ({len(rows)})", self.table.place
            )
        holds = [self.namer(f"{self.name} holds {number}") for number in range(1, len(rows) + 1)]
        before = [self.namer(f"{self.name} before {number}") for number in range(1, len(rows) + 1)]
        texts = [
            block(f"let {name} flag", [self.of_rows([row], lambda _: "yes"), "otherwise no"])
            for name, row in zip(holds, rows, strict=True)
        ]
        texts += [
            block(
                f"let {name} sum", [f"when {other} then 1" for other in holds[:place]] or ["when no then 1"]
            )
            for place, name in enumerate(before)
        ]
        parts = []
        for place, output in enumerate(self.table.outputs):
            type_ = self.typed(output, place)
            for number in range(1, len(rows) + 1):
                called = f"{self.called(output)}[{number}]"
                part = Part(self.namer(f"{self.called(output)} {number}"), called, type_)
                cases = [
                    f"when {holds[at]} and {before[at]} is {number - 1} then {self._given(rows[at], place)}"
                    for at in range(number - 1, len(rows))
                ]
                texts.append(block(f"let {part.name} {type_}", cases))
                parts.append(part)
        return Written(tuple(texts), tuple(parts))

    def _ranked(self) -> list[Row]:
        """The rows in the order of their outputs' values, the weightiest first."""
        orders = [list(self._allowed(output)) for output in self.table.outputs]
        if not any(orders):
            raise NotSaidError("priorities without values in their order", self.table.place)

        def rank(row: Row) -> tuple[int, ...]:
            return tuple(self._rank(row, place, order) for place, order in enumerate(orders))

        return sorted(self.table.rows, key=rank)

    def _rank(self, row: Row, place: int, order: Sequence[str]) -> int:
        if not order:
            return 0
        value = self.output(row, place)
        if str(value.literal) not in order:
            raise NotSaidError("a value that its output does not list", row.outputs[place].place)
        return order.index(str(value.literal))

    def _allowed(self, output: Output) -> Iterator[str]:
        item = self.items.get(output.type or (self.type if len(self.table.outputs) == 1 else ""))
        inner = self.items.get(self.type)
        if inner is not None and output.name in inner.components:
            item = item or inner.components[output.name]
        told = output.allowed or (item.allowed if item is not None else "")
        if told:
            try:
                yield from literals(told)
            except NotSaidError as error:
                raise error.at(output.place) from None

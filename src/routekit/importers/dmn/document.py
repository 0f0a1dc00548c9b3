"""A DMN model as frozen data, read from XML within bounds: no entities, no network, nothing endless."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = [
    "Decision",
    "DmnError",
    "Function",
    "InputData",
    "Invocation",
    "Item",
    "Logic",
    "Model",
    "Output",
    "Place",
    "Row",
    "Said",
    "Table",
    "read_model",
]

MOST_BYTES = 8_000_000
_MOST_ELEMENTS = 200_000
_DEEPEST = 64
_LINE = "{routekit}line"


class DmnError(ValueError):
    """A file that is no DMN model; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the line of the file, and what it belongs to.

    >>> Place(7, 'decision "Approval"', "rule 2").words
    'line 7: decision "Approval", rule 2'
    """

    line: int = 0
    owner: str = ""
    part: str = ""

    @property
    def words(self) -> str:
        """The place for people."""
        said = ", ".join(part for part in (self.owner, self.part) if part)
        return f"line {self.line}: {said}" if self.line else said

    def within(self, part: str, line: int = 0) -> "Place":
        """A part of it."""
        return Place(line or self.line, self.owner, part)


@dataclass(frozen=True, slots=True)
class Said:
    """An expression as it is written, and where."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Item:
    """A type of the model: a plain one, with the values that it allows, or one with components."""

    name: str
    type: str
    allowed: str
    is_list: bool
    components: Mapping[str, "Item"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InputData:
    """What comes in from outside."""

    id: str
    name: str
    type: str
    place: Place


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a table: its name, type, the values that it allows, and its default."""

    name: str
    type: str
    allowed: str
    default: Said | None
    place: Place


@dataclass(frozen=True, slots=True)
class Row:
    """A rule of a table."""

    cells: tuple[Said, ...]
    outputs: tuple[Said, ...]
    place: Place
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table."""

    hit: str
    aggregation: str
    inputs: tuple[tuple[Said, str], ...]
    """The expression of each column, and the values it allows."""
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function of the model that is called, by the name of each parameter."""

    function: str
    arguments: Mapping[str, Said]
    place: Place


Logic: TypeAlias = Table | Said | Invocation | str
"""A table, an expression, a call, or the name of what is none of these; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Function:
    """A business knowledge model: its parameters, and what it comes to."""

    name: str
    type: str
    parameters: tuple[str, ...]
    logic: Logic
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision; ``needs`` are the ids of what it requires."""

    id: str
    name: str
    type: str
    needs: tuple[str, ...]
    logic: Logic
    place: Place


@dataclass(frozen=True, slots=True)
class Model:
    """A whole model."""

    name: str
    items: Mapping[str, Item]
    inputs: Mapping[str, InputData]
    decisions: tuple[Decision, ...]
    functions: Mapping[str, Function]
    others: tuple[tuple[str, Place], ...]
    """What is in it beside: services, imports."""

    def called(self, id: str) -> str:
        """What an input or a decision is called, by its id."""
        names = {each.id: each.name for each in self.inputs.values()}
        names |= {each.id: each.name for each in self.decisions}
        return f"`{names.get(id, id)}`"


def read_model(data: bytes) -> Model:
    """Reads a model; raises :class:`DmnError` for what is none, or not to be read safely."""
    root = _parsed(data)
    if _local(root.tag) != "definitions" or "DMN" not in root.tag.upper():
        raise DmnError("this is XML, but no DMN model", "a DMN file begins with `definitions`")
    items = {item.name: item for each in _of(root, "itemDefinition") for item in (_item(each),)}
    inputs = [_input(each) for each in _of(root, "inputData")]
    decisions = tuple(_decision(each) for each in _of(root, "decision"))
    others = tuple(
        (kind, Place(_line(each), f'{kind} "{each.get("name", "")}"'))
        for kind in ("decisionService", "import")
        for each in _of(root, kind)
    )
    functions = {
        made.name: made for each in _of(root, "businessKnowledgeModel") for made in (_function(each),)
    }
    given = {each.id: each for each in inputs}
    return Model(root.get("name", ""), items, given, decisions, functions, others)


def _parsed(data: bytes) -> Any:
    try:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import DefusedXMLParser
    except ModuleNotFoundError:
        raise DmnError("DMN files need defusedxml", "install `routekit[tables]`") from None
    from xml.etree.ElementTree import ParseError, TreeBuilder  # defusedxml parses

    if len(data) > MOST_BYTES:
        raise DmnError(f"the file is larger than {MOST_BYTES:,} bytes", "split the model")

    class Bounded(TreeBuilder):
        """Builds the tree with lines, and stops where there is too much of it."""

        count = depth = 0

        def start(self, tag: Any, attrs: Any) -> Any:
            self.count += 1
            self.depth += 1
            if self.count > _MOST_ELEMENTS or self.depth > _DEEPEST:
                raise DmnError("the file has more elements, or deeper ones, than a model can have")
            element = super().start(tag, attrs)
            element.set(_LINE, str(parser.parser.CurrentLineNumber))
            return element

        def end(self, tag: Any) -> Any:
            self.depth -= 1
            return super().end(tag)

    parser = DefusedXMLParser(target=Bounded(), forbid_dtd=True)
    try:
        parser.feed(data)
        return parser.close()
    except DefusedXmlException:
        raise DmnError("the file defines entities or a document type, which no model needs") from None
    except (ParseError, ValueError, LookupError) as error:
        if isinstance(error, DmnError):
            raise
        raise DmnError(f"the file is no XML: {str(error).splitlines()[0]}") from None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _of(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _local(child.tag) == name)


def _first(element: Any, *path: str) -> Any:
    for name in path:
        element = next(_of(element, name), None) if element is not None else None
    return element


def _line(element: Any) -> int:
    return int(element.get(_LINE, "0"))


def _text(element: Any) -> str:
    found = _first(element, "text") if element is not None else None
    return (found.text or "").strip() if found is not None else ""


def _type_of(element: Any) -> str:
    """A type by its name; older models put it into an element of its own."""
    if element is None:
        return ""
    told = element.get("typeRef") or ""
    inner = _first(element, "typeRef")
    told = told or ((inner.text or "") if inner is not None else "")
    return told.strip().rpartition(":")[2]


def _item(element: Any) -> Item:
    components = {item.name: item for each in _of(element, "itemComponent") for item in (_item(each),)}
    return Item(
        element.get("name", ""),
        _type_of(element),
        _text(_first(element, "allowedValues")),
        element.get("isCollection") == "true",
        components,
    )


def _input(element: Any) -> InputData:
    name = element.get("name", "")
    place = Place(_line(element), f'input "{name}"')
    return InputData(element.get("id", name), name, _type_of(_first(element, "variable")), place)


def _decision(element: Any) -> Decision:
    name = element.get("name", "")
    place = Place(_line(element), f'decision "{name}"')
    needs = [
        required.get("href", "").rpartition("#")[2]
        for each in _of(element, "informationRequirement")
        for required in each
        if _local(required.tag) in ("requiredInput", "requiredDecision")
    ]
    type_ = _type_of(_first(element, "variable"))
    return Decision(element.get("id", name), name, type_, tuple(needs), _logic(element, place), place)


_OTHER_LOGIC = (
    "context",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
    "for",
    "filter",
    "some",
    "every",
)


def _logic(element: Any, place: Place) -> Logic:
    """What a decision, or a function, comes to."""
    for child in element:
        kind = _local(child.tag)
        if kind == "decisionTable":
            return _table(child, place)
        if kind == "literalExpression":
            return Said(_text(child), place.within("expression", _line(child)))
        if kind == "invocation":
            return _invocation(child, place)
        if kind in _OTHER_LOGIC:
            return kind
    return ""


def _invocation(element: Any, owner: Place) -> Logic:
    called = _text(_first(element, "literalExpression"))
    arguments = {}
    for binding in _of(element, "binding"):
        parameter, said = _first(binding, "parameter"), _first(binding, "literalExpression")
        if parameter is None or said is None:
            return "call with arguments that are no expressions"
        name = parameter.get("name", "")
        arguments[name] = Said(_text(said), owner.within(f'argument "{name}"', _line(said)))
    return Invocation(called, arguments, owner.within("call", _line(element)))


def _function(element: Any) -> Function:
    name = element.get("name", "")
    place = Place(_line(element), f'function "{name}"')
    inner = _first(element, "encapsulatedLogic")
    if inner is None or inner.get("kind", "FEEL") != "FEEL":
        return Function(name, "", (), "" if inner is None else f"{inner.get('kind')} function", place)
    parameters = tuple(each.get("name", "") for each in _of(inner, "formalParameter"))
    type_ = _type_of(_first(element, "variable")) or _type_of(inner)
    return Function(name, type_, parameters, _logic(inner, place), place)


def _table(element: Any, owner: Place) -> Table:
    inputs = [
        (
            Said(_text(_first(each, "inputExpression")), owner.within(f"input {number}", _line(each))),
            _text(_first(each, "inputValues")),
        )
        for number, each in enumerate(_of(element, "input"), start=1)
    ]
    outputs = []
    for number, each in enumerate(_of(element, "output"), start=1):
        place = owner.within(f"output {number}", _line(each))
        default = _text(_first(each, "defaultOutputEntry"))
        outputs.append(
            Output(
                each.get("name") or "",
                _type_of(each),
                _text(_first(each, "outputValues")),
                Said(default, place) if default else None,
                place,
            )
        )
    rows = []
    for number, each in enumerate(_of(element, "rule"), start=1):
        place = owner.within(f"rule {number}", _line(each))
        rows.append(
            Row(
                _said(each, "inputEntry", place, "input"),
                _said(each, "outputEntry", place, "output"),
                place,
                " ".join(_text(entry) for entry in _of(each, "annotationEntry")).strip(),
            )
        )
    return Table(
        element.get("hitPolicy") or "UNIQUE",
        element.get("aggregation") or "",
        tuple(inputs),
        tuple(outputs),
        tuple(rows),
        owner.within("table", _line(element)),
    )


def _said(element: Any, kind: str, place: Place, part: str) -> tuple[Said, ...]:
    return tuple(
        Said(_text(each), place.within(f"{place.part}, {part} {number}", _line(each)))
        for number, each in enumerate(_of(element, kind), start=1)
    )

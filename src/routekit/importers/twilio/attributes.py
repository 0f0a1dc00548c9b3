"""The records and fields that a workflow's attributes imply, typed by how they are used.

A task's attribute has no declared type, and a comparison of different types is never true. So an
attribute that is compared with values of several types becomes a field for each of them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from routekit.importers.names import Names, slug
from routekit.importers.twilio.expression_parser import (
    Bare,
    Compare,
    Expression,
    Key,
    Listing,
    Term,
    Value,
    comparisons,
)

__all__ = ["Attributes", "Field", "Kind", "kind_of", "list_of", "paths", "task_path"]

Kind: TypeAlias = Literal["text", "number", "flag", "texts", "numbers"]

TYPES: dict[Kind, str] = {
    "text": "text ?",
    "number": "number ?",
    "flag": "flag ?",
    "texts": "set of text ?",
    "numbers": "set of number ?",
}
WORDS: dict[Kind, str] = {
    "text": "text",
    "number": "number",
    "flag": "true or false",
    "texts": "list",
    "numbers": "list of numbers",
}
_SUFFIX: dict[Kind, str] = {
    "text": "as_text",
    "number": "as_number",
    "flag": "as_flag",
    "texts": "as_list",
    "numbers": "as_numbers",
}
CONTACT = "contact"
TAKEN_RECORDS = frozenset({"live", "offers_shown", "untranslated"})
CLOCK = "taskrouter"
"""Attributes under this name are TaskRouter's clock."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, with the attribute that it is."""

    record: str
    name: str
    kind: Kind
    attribute: str

    @property
    def path(self) -> str:
        return f"{self.record}.{self.name}"


@dataclass(slots=True)
class Attributes:
    """Which attributes are used, as what; then their fields."""

    uses: dict[tuple[str, ...], Counter[Kind]] = field(default_factory=dict)
    guessed: dict[tuple[str, ...], None] = field(default_factory=dict)
    _records: dict[str, str] = field(default_factory=dict)
    _record_names: Names = field(default_factory=lambda: Names({CONTACT, *TAKEN_RECORDS}))
    _field_names: dict[str, Names] = field(default_factory=dict)
    _fields: dict[tuple[tuple[str, ...], Kind], Field] = field(default_factory=dict)

    def learn(self, expressions: Iterable[Expression]) -> None:
        """Takes note of how the attributes of all expressions are used."""
        leaves = [leaf for expression in expressions for leaf in comparisons(expression)]
        for leaf in leaves:
            for path in paths(leaf):
                self.uses.setdefault(path, Counter())
            self._learn_from_constants(leaf)
        for leaf in leaves:
            self._learn_from_each_other(leaf)

    def use(self, path: tuple[str, ...], kind: Kind) -> None:
        """Adds one more use of an attribute."""
        self.uses.setdefault(path, Counter())[kind] += 1

    def kinds(self, path: tuple[str, ...]) -> tuple[Kind, ...]:
        """Returns what an attribute is used as, the most frequent first; text where nothing tells."""
        uses = self.uses.get(path)
        return tuple(kind for kind, _ in uses.most_common()) if uses else ("text",)

    def field(self, path: tuple[str, ...], kind: Kind) -> Field:
        """Returns the field of an attribute for values of one kind."""
        if (path, kind) not in self._fields:
            for known in self.kinds(path):
                if (path, known) not in self._fields:
                    self._fields[path, known] = self._named(path, known)
        return self._fields[path, kind]

    def fields(self) -> list[Field]:
        """Returns all fields that were asked for, record by record."""
        order = list(dict.fromkeys([CONTACT, *(field.record for field in self._fields.values())]))
        return sorted(self._fields.values(), key=lambda field: order.index(field.record))

    def mixed(self) -> list[tuple[str, tuple[Kind, ...]]]:
        """Returns the attributes that are used as values of several types."""
        return [(".".join(path), self.kinds(path)) for path, uses in self.uses.items() if len(uses) > 1]

    def untold(self) -> list[str]:
        """Lists the attributes with a field whose type nothing tells: they are read as text."""
        asked = dict.fromkeys(path for path, _ in self._fields)
        return [".".join(path) for path in asked if path in self.guessed or not self.uses.get(path)]

    def record_names(self) -> set[str]:
        """Lists the records that the attributes known so far need; no queue may have a name of theirs."""
        for path in self.uses:
            self._record(path)
        return set(self._record_names.taken)

    def _record(self, path: tuple[str, ...]) -> str:
        if len(path) == 1 or path[0] == CONTACT:
            return CONTACT
        if path[0] not in self._records:
            self._records[path[0]] = self._record_names.unique(slug(path[0], "record", keep_case=True))
        return self._records[path[0]]

    def _named(self, path: tuple[str, ...], kind: Kind) -> Field:
        record = self._record(path)
        rest = path[1:] if len(path) > 1 else path
        names = self._field_names.setdefault(record, Names({"at", "channel"} if record == CONTACT else set()))
        name = slug("_".join(rest), "field", keep_case=True)
        if path == ("channel",) and kind == "text":
            return Field(record, name, kind, name)
        if kind != self.kinds(path)[0]:
            name = f"{name}_{_SUFFIX[kind]}"
        return Field(record, names.unique(name), kind, ".".join(path))

    def _learn_from_constants(self, leaf: Compare | Bare) -> None:
        if isinstance(leaf, Bare):
            if (path := task_path(leaf.term)) is not None:
                self.use(path, "flag")
            return
        left, right = task_path(leaf.left), task_path(leaf.right)
        match leaf.operator:
            case "has":
                if left is not None and (kind := _kind_of_term(leaf.right)):
                    self.use(left, list_of(kind))
            case "in" | "not in":
                if right is not None and (kind := _kind_of_term(leaf.left)):
                    self.use(right, list_of(kind))
                if left is not None and isinstance(leaf.right, Listing):
                    for kind in {_kind_of_term(item): None for item in leaf.right.items}:
                        if kind is not None:
                            self.use(left, kind)
            case "contains":
                for path in (left, right):
                    if path is not None:
                        self.use(path, "text")
            case operator:
                for path, other in ((left, leaf.right), (right, leaf.left)):
                    kind = _kind_of_term(other)
                    if path is not None and kind and (kind == "number" or operator in ("==", "!=")):
                        self.use(path, kind)

    def _learn_from_each_other(self, leaf: Compare | Bare) -> None:
        if isinstance(leaf, Bare):
            return
        left, right = task_path(leaf.left), task_path(leaf.right)
        if left is None or right is None:
            return
        match leaf.operator:
            case "==" | "!=":
                if not self.uses[left] and not self.uses[right]:
                    self.guessed.update({left: None, right: None})
                shared = self.shared(left, right)
                self.use(left, shared)
                self.use(right, shared)
            case "<" | "<=" | ">" | ">=":
                self.use(left, "number")
                self.use(right, "number")
            case "has" | "in" | "not in":
                one, many = (right, left) if leaf.operator == "has" else (left, right)
                kind: Kind = "number" if self.kinds(one)[0] == "number" else "text"
                self.use(one, kind)
                self.use(many, list_of(kind))
            case _:
                pass

    def shared(self, left: tuple[str, ...], right: tuple[str, ...]) -> Kind:
        """Finds the kind as which two attributes are compared: a scalar that one is known as."""
        known = [kind for path in (left, right) for kind in self.uses.get(path, ())]
        both = [kind for kind in known if known.count(kind) > 1]
        return next((kind for kind in (*both, *known) if kind in ("text", "number", "flag")), "text")


def paths(leaf: Compare | Bare) -> list[tuple[str, ...]]:
    """Returns the attributes of a comparison."""
    terms = [leaf.term] if isinstance(leaf, Bare) else [leaf.left, leaf.right]
    terms += [item for term in terms if isinstance(term, Listing) for item in term.items]
    return [path for term in terms if (path := task_path(term)) is not None]


def task_path(term: Term) -> tuple[str, ...] | None:
    """Names the attribute that a term is, without ``task.``; None for constants and TaskRouter's clock."""
    if not isinstance(term, Key):
        return None
    path = term.path[1:] if len(term.path) > 1 and term.path[0].lower() == "task" else term.path
    return None if path[0].lower() == CLOCK and len(path) > 1 else path


def kind_of(value: str | Decimal | bool | None) -> Kind | None:
    """Returns the kind of a constant; NULL has none."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, Decimal):
        return "number"
    return None if value is None else "text"


def list_of(kind: Kind) -> Kind:
    """Returns the kind of a list of such values."""
    return "numbers" if kind in ("number", "numbers") else "texts"


def _kind_of_term(term: Term) -> Kind | None:
    return kind_of(term.value) if isinstance(term, Value) else None

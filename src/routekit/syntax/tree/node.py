"""What all nodes share, and the smallest ones."""

from dataclasses import dataclass, field, fields
from typing import TypeVar, dataclass_transform

from routekit.diagnostics import Span

__all__ = ["Comment", "Ident", "Node", "node"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """What all nodes share: the place in the text, which is no part of what they say."""

    span: Span = field(compare=False)

    def _said(self) -> tuple[object, ...]:
        return tuple(getattr(self, each.name) for each in fields(self) if each.name != "span")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and type(other) is type(self) and other._said() == self._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._said()))})"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """Makes a class a kind of node, which compares as all do: methods of its own double what it costs."""
    return dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)


@node
class Comment(Node):
    text: str


@node
class Ident(Node):
    """A name, normalised to NFKC."""

    name: str

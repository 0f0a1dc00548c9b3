"""The nodes of what is known: the policy's head, types, records, features of the history."""

from typing import TypeAlias

from routekit.syntax.tree.expressions import Expression, Literal, Path, SetLiteral
from routekit.syntax.tree.node import Ident, Node, node

__all__ = [
    "BoundedType",
    "ChoiceType",
    "DataNode",
    "FeatureNode",
    "FieldNode",
    "HistoryNode",
    "ListNode",
    "Listed",
    "LiveNode",
    "NamedType",
    "PolicyNode",
    "RecordNode",
    "SetTypeNode",
    "SimpleType",
    "SwitchNode",
    "TimezoneNode",
    "TypeDeclaration",
    "TypeNode",
    "Use",
]


@node
class SimpleType(Node):
    name: str


@node
class BoundedType(Node):
    name: str
    low: Literal | None
    high: Literal | None


@node
class Listed(Ident):
    """A value of a list of names; ``quoted`` where it stands in quotes."""

    quoted: bool = False


@node
class ChoiceType(Node):
    values: tuple[Listed, ...]
    ordered: bool


@node
class SetTypeNode(Node):
    element: "TypeNode"


@node
class NamedType(Node):
    name: Ident


TypeNode: TypeAlias = SimpleType | BoundedType | ChoiceType | SetTypeNode | NamedType


@node
class FieldNode(Node):
    name: Ident
    type: TypeNode
    optional: bool
    default: Expression | None
    private: bool = False
    title: str = ""


@node
class PolicyNode(Node):
    name: Ident
    title: str


@node
class TimezoneNode(Node):
    zone: Literal


@node
class Use(Node):
    path: Literal


@node
class TypeDeclaration(Node):
    name: Ident
    type: TypeNode
    title: str = ""


@node
class ListNode(Node):
    """A list's values, or the file that holds them."""

    name: Ident
    values: SetLiteral | None
    file: Literal | None
    title: str = ""


@node
class RecordNode(Node):
    name: Ident
    fields: tuple[FieldNode, ...]
    private: bool = False
    title: str = ""


@node
class LiveNode(Node):
    fields: tuple[FieldNode, ...]


@node
class FeatureNode(Node):
    """``NAME count …``, ``NAME last WHAT …`` or ``NAME open incident …``; ``kind`` says which."""

    name: Ident
    kind: str
    what: Path | None = None
    channels: tuple[Ident, ...] = ()
    about: Path | None = None
    within: Literal | None = None
    title: str = ""


@node
class SwitchNode(Node):
    name: Ident
    title: str


@node
class DataNode(Node):
    """The parts of a decision that a policy declares itself."""

    fields: tuple[FieldNode, ...]


@node
class HistoryNode(Node):
    features: tuple[FeatureNode, ...]

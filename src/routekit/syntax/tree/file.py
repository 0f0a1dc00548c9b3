"""The tree of a whole file."""

from dataclasses import dataclass, field
from typing import TypeAlias

from routekit.diagnostics import Source
from routekit.syntax.tree.care import CareNode
from routekit.syntax.tree.contact_map import JourneyNode, MatterNode, TouchpointNode
from routekit.syntax.tree.data import (
    DataNode,
    HistoryNode,
    ListNode,
    LiveNode,
    PolicyNode,
    RecordNode,
    SwitchNode,
    TimezoneNode,
    TypeDeclaration,
    Use,
)
from routekit.syntax.tree.definitions import LetNode, SegmentNode
from routekit.syntax.tree.facts import EventNode, FactNode, FactsFile
from routekit.syntax.tree.node import Comment
from routekit.syntax.tree.promises import ExampleNode, ExampleTableNode, GuaranteeNode, SamenessNode
from routekit.syntax.tree.resources import CalendarNode, ChannelNode, MessageNode, QueueNode
from routekit.syntax.tree.routing import Adjust, Offers, PlanNode, Route

__all__ = ["Declaration", "File"]

Declaration: TypeAlias = (
    PolicyNode
    | TimezoneNode
    | Use
    | TypeDeclaration
    | ListNode
    | LetNode
    | RecordNode
    | LiveNode
    | HistoryNode
    | SwitchNode
    | DataNode
    | ChannelNode
    | CalendarNode
    | QueueNode
    | SegmentNode
    | PlanNode
    | Route
    | Adjust
    | Offers
    | MessageNode
    | CareNode
    | JourneyNode
    | TouchpointNode
    | MatterNode
    | FactNode
    | FactsFile
    | EventNode
    | GuaranteeNode
    | SamenessNode
    | ExampleNode
    | ExampleTableNode
)


@dataclass(frozen=True, slots=True)
class File:
    """One parsed file.

    ``lost`` holds every name that stands in a part that could not be read: nothing that needs such a
    name is reported as unknown. ``is_whole`` says whether all of the file could be read.
    """

    source: Source = field(compare=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Comment, ...]
    lost: frozenset[str] = frozenset()
    is_whole: bool = True

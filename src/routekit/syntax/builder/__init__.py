"""Turns what the parser has recognised into nodes; one method for each rule of the grammar.

Every token is kept by the parser, so a node's place runs from its first child to its last, and each
method names its children in the order of the grammar. There is a class for each section of the grammar.
"""

from routekit.syntax.automaton import Piece
from routekit.syntax.builder.care import Care
from routekit.syntax.builder.contact_map import ContactMap
from routekit.syntax.builder.data import Data
from routekit.syntax.builder.definitions import Definitions
from routekit.syntax.builder.expressions import Expressions
from routekit.syntax.builder.facts import Facts
from routekit.syntax.builder.outcomes import Outcomes
from routekit.syntax.builder.pieces import every_other, unquote
from routekit.syntax.builder.promises import Promises
from routekit.syntax.builder.resources import Resources
from routekit.syntax.builder.routing import Routing

__all__ = ["Builder", "unquote"]


class Builder(
    Data, Definitions, Resources, Facts, Routing, Outcomes, Care, ContactMap, Promises, Expressions
):
    """Builds the nodes; stateless, since every token knows its source."""

    def only_one(self, piece: Piece) -> Piece:
        """Builds a rule that stands for the one piece it has."""
        return piece

    def several(self, *pieces: Piece) -> tuple[Piece, ...]:
        """Builds a list whose members stand one behind the other."""
        return pieces

    def separated(self, *pieces: Piece) -> tuple[Piece, ...]:
        """Builds a list whose members have a sign between them."""
        return every_other(pieces)

    def repeated(self, *pieces: Piece) -> list[Piece]:
        """Collects what a `*` or `+` of the grammar stands for, so far."""
        return list(pieces)

"""What the values of one base may be: domains, and cells that no test of the policy can tell apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from routekit.policy.ordinals import Ordered
from routekit.prover.domains.open_texts import OpenedTexts
from routekit.prover.domains.terms import Atom
from routekit.schema.types import Value

__all__ = ["MISSING", "Cell", "Cells", "Domain", "OneOf", "Range", "Unlisted", "may_be_missing", "uncut"]


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these values; None among them: it may be missing."""

    values: frozenset[Value | None]


@dataclass(frozen=True, slots=True)
class Range:
    """A value from ``low`` to ``high``; ``parts`` lists, by function, what day, month and so on can be."""

    low: Ordered
    high: Ordered
    may_miss: bool = False
    parts: Mapping[str, frozenset[Value | None]] | None = None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Any value at all."""

    may_miss: bool = True


Domain: TypeAlias = OneOf | Range | Unlisted


def may_be_missing(domain: Domain) -> bool:
    """Whether the missing value is in a domain.

    >>> may_be_missing(OneOf(frozenset({"gold", None}))), may_be_missing(Range(0, 5))
    (True, False)
    """
    return None in domain.values if isinstance(domain, OneOf) else domain.may_miss


@dataclass(frozen=True, slots=True)
class Cell:
    """``samples`` are values of it, the simplest first; none where it is not known whether there is one."""

    samples: tuple[Value | None, ...]
    domain: Domain


MISSING = Cell((None,), OneOf(frozenset({None})))


@dataclass(slots=True)
class Cells:
    """The cells in their order, that of the missing value last, and where each test is true and false.

    Masks have a bit for each cell. ``left`` are tests that these cells do not settle. Where texts are
    ``opened``, the first cell holds too many kinds of them: there the tests of those come out either way.
    """

    cells: list[Cell]
    true: dict[Atom, int]
    false: dict[Atom, int]
    left: set[Atom]
    opened: OpenedTexts | None = None

    @property
    def all(self) -> int:
        return (1 << len(self.cells)) - 1


def uncut(tests: Iterable[Atom]) -> Cells:
    """One cell of which nothing is known."""
    nowhere = dict.fromkeys(tests, 0)
    return Cells([Cell((), Unlisted(True))], nowhere, dict(nowhere), set(nowhere))

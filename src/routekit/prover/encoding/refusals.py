"""What theories beside the solver make of a model: values that come out so, or a clause that none do."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from routekit.prover.domains.terms import Base
from routekit.schema.types import Value

__all__ = ["Found", "Point", "Refusal", "Theory"]

Point: TypeAlias = dict[Base, Value | None]


@dataclass(slots=True)
class Found:
    """A contact that was found: which cells its bases may lie in, chosen values, and the rest of it."""

    masks: dict[Base, int] = field(default_factory=dict)
    point: Point = field(default_factory=dict)
    literals: set[int] = field(default_factory=set)
    doubt: str = ""
    """Why it may be no such contact, if it rests on tests of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A clause that some tests do not come out so together; it may be no more than a guess, ``why`` it is."""

    clause: tuple[int, ...]
    is_proved: bool
    why: str = ""


class Theory(Protocol):
    """Knows what the variables in ``meaning`` say, of which the solver knows nothing."""

    @property
    def meaning(self) -> Container[int]: ...

    def solve(self, found: Found, literals: Sequence[int], holds: Callable[[int], bool]) -> Refusal | None:
        """Puts values into what was found for which these literals hold; a refusal where there are none.

        ``holds`` is the model. Raises ``TimeUpError``.
        """

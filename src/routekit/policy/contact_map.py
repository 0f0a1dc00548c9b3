"""The contact map: where a company meets its customers, and what they come about; as plain data.

Nothing here changes a decision. Of matters, the map asks where a contact that has one is led.
"""

from dataclasses import dataclass, field
from typing import Literal

from routekit.diagnostics import Span
from routekit.policy.expressions import Expr, FieldRef

__all__ = ["Allowed", "ContactMap", "Control", "Matter", "Solved", "Touchpoint"]

Control = Literal["ours", "partner", "others"]
"""Who controls a touchpoint: the company in full, a partner, so that it has some of it, or others."""


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """An event in which customer and company meet, on ``channels``, or in person.

    ``kept_by`` names the partner or the others who control it. It is ``forced`` by law, market or process, or
    chosen; ``about`` names matters, ``makes`` the reaches of ``care`` that happen there.
    """

    name: str
    title: str
    stages: tuple[str, ...]
    channels: tuple[str, ...]
    in_person: bool
    control: Control
    kept_by: str
    forced: bool
    about: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Solved:
    """A channel on which a matter can be solved, for those of whom ``condition`` is true (None: for all)."""

    channel: str
    condition: Expr | None = None


@dataclass(frozen=True, slots=True)
class Matter:
    """What customers come about: a contact has it where ``condition`` is true (None: every contact has it).

    ``needs`` are the fields that must be known to solve it; ``unit`` answers for it. A channel may stand
    several times in ``solved``: any of its conditions is enough.
    """

    name: str
    title: str
    condition: Expr | None
    needs: tuple[FieldRef, ...]
    solved: tuple[Solved, ...]
    unit: str | None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Allowed:
    """A code of a finding that is allowed, with the reason, of whatever begins at ``span``."""

    code: str
    reason: str
    span: Span


@dataclass(frozen=True, slots=True)
class ContactMap:
    """The stages of the journey in their order; touchpoints and matters in the order of the policy.

    ``span`` is where the journey stands, ``allowed`` what the policy lets a drawn map leave unsaid.
    """

    stages: tuple[str, ...] = ()
    touchpoints: tuple[Touchpoint, ...] = ()
    matters: tuple[Matter, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    allowed: tuple[Allowed, ...] = field(default=(), compare=False, repr=False)

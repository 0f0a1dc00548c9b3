"""What a new version must pass before it serves."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Acceptance"]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a new version must pass before it serves, beside being free of errors.

    ``examples``: its own examples hold. ``guarantees``: ``off``; ``look``, broken ones are reported;
    ``require``, each must be proved within ``timeout`` seconds. A version that has lost guarantees, or has
    another name, is refused unless ``may_drop_guarantees`` or ``may_change_name`` says otherwise.
    """

    examples: bool = True
    guarantees: Literal["off", "look", "require"] = "look"
    timeout: float = 10.0
    may_drop_guarantees: bool = False
    may_change_name: bool = False

"""How many contacts of a file two policies treat differently, and which."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from routekit.diff import Comparer, Key
from routekit.engine.engine import Engine
from routekit.engine.policy import Policy

__all__ = ["Moves"]


@dataclass
class Moves:
    """Decides contacts by both policies, and counts those that move, by what changes."""

    old: Policy
    new: Policy
    now: datetime
    """The clock for contacts without a time: one for both, so that it moves nobody."""
    contacts: int = 0
    broken: int = 0
    counts: Counter[Key] = field(default_factory=Counter)
    places: dict[Key, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._engines = Engine(self.old), Engine(self.new)
        self._comparer = Comparer(self.old.checked, self.new.checked)

    @property
    def moved(self) -> int:
        return sum(self.counts.values())

    def add(self, place: str, contact: object) -> None:
        """Decides one contact; ``place`` is where it stands."""
        before, after = (engine.decide(contact, now=self.now) for engine in self._engines)
        self.contacts += 1
        changes = self._comparer.changes(before, after)
        if changes:
            key = self._comparer.key(before, after, changes)
            self.counts[key] += 1
            self.places.setdefault(key, []).append(place)

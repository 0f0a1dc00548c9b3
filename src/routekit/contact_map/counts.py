"""How many contacts there are in the cells of a map, and on its ways."""

from collections import Counter
from dataclasses import dataclass, field, replace

from routekit.contact_map.results import Counted, DrawnMap
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import INBOUND
from routekit.reference import Scope, has_matter, moments, solved_when

__all__ = ["Counts"]


@dataclass(slots=True)
class Counts:
    """Contacts as they are decided, counted one by one.

    A contact counts for each of its matters, and for each queue that it is led to, at arrival or by a step,
    which comes if nobody answers before.
    """

    policy: CheckedPolicy
    contacts: int = 0
    _cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _queues: Counter[str] = field(default_factory=Counter)
    _moves: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, facts: Facts, decision: Decision) -> None:
        """Counts a contact."""
        self.contacts += 1
        scope = Scope(self.policy, facts)
        inbound = facts.fields.get((INBOUND.record, INBOUND.field))
        channel = inbound if isinstance(inbound, str) else ""
        for matter in self.policy.contact_map.matters:
            if has_matter(scope, matter):
                self._cells[matter.name, channel, solved_when(self.policy, facts, decision, matter)] += 1
        arrival, *others = moments(self.policy, facts, decision)
        queue = arrival.decision.queue
        self._moves["arrival", channel, queue] += 1
        queues = {queue}
        for moment in others:
            new = moment.decision.queue
            if moment.is_called_back:
                self._moves["callback", new, new] += 1
            elif new != queue:
                self._moves["step", queue, new] += 1
                queue = new
            queues.add(new)
        self._queues.update(queues)

    def on(self, drawn: DrawnMap) -> DrawnMap:
        """Returns the map with the counts in its cells, queues and ways."""
        return replace(
            drawn,
            contacts=self.contacts,
            cells=tuple(
                replace(cell, counted=self._counted(cell.matter, cell.channel)) for cell in drawn.cells
            ),
            queues=tuple(replace(queue, counted=self._queues[queue.name]) for queue in drawn.queues),
            moves=tuple(
                replace(move, counted=self._moves[move.kind, move.origin, move.queue]) for move in drawn.moves
            ),
        )

    def _counted(self, matter: str, channel: str) -> Counted:
        at_arrival, later, never = (
            self._cells[matter, channel, when] for when in ("at arrival", "later", "never")
        )
        return Counted(at_arrival + later + never, at_arrival, later)

"""Contacts that show something, as small as can be, each replayed on the reference evaluator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.prover.domains.terms import ARRIVAL, NOON
from routekit.prover.encoding.space import Found, Space, Unsettled
from routekit.prover.minimise import Smaller
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.supported import TAKES
from routekit.prover.witness_contact import Contacts
from routekit.reference import decide

__all__ = ["Check", "Witness", "Witnesses"]

_MOST_CLOCKS = 400


@dataclass(frozen=True, slots=True)
class Witness:
    """A contact as a plain dict, ready to be decided, and what the reference decides for it.

    ``now`` is the clock to decide it at; None where the contact has a time, or the time does not matter.
    """

    contact: Mapping[str, object]
    now: datetime | None
    decision: Decision


Check = Callable[[Facts, Decision], bool]
"""Whether a contact comes out as expected."""


class Witnesses:
    """Looks for contacts in the space of a policy."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.space = space
        self.policy: CheckedPolicy = space.policy
        self.smaller = Smaller(space, outcomes)
        self.contacts = Contacts(space, outcomes)
        self._intake = Intake(self.policy)

    def find(self, wanted: Sequence[int], check: Check, *, whole: bool = False) -> Witness | Unsettled | None:
        """The smallest contact for which the literals hold; None where it is proved that there is none.

        Contacts without problems are looked for first; ``whole``: no others.
        """
        found = self.space.find([*wanted, *self.smaller.whole()])
        also: Sequence[int] = self.smaller.whole()
        if found is None and not whole:
            also, found = (), self.space.find(wanted)
        if not isinstance(found, Found):
            return found
        for result in reversed((found, *self.smaller.than([*wanted, *also], found))):
            witness = self._replay(result, check)
            if witness is not None:
                return self._timeless(witness, check)
        if found.doubt:
            return Unsettled(found.doubt, TAKES)
        return Unsettled(
            "the contact that was found did not come out as expected when it was replayed",
            "a report of this policy to the authors of routekit: it is an error of the analysis",
        )

    def _timeless(self, witness: Witness, check: Check) -> Witness:
        """The same without a time, where it comes out so at any."""
        clocks = self.space.cells.get(e.Now())
        record = witness.contact.get("contact")
        arrival = self.space.fields.get(ARRIVAL)
        if clocks is None or len(clocks.cells) > _MOST_CLOCKS or not isinstance(record, dict):
            return witness
        if arrival is not None and arrival.is_required:
            return witness
        if witness.now is None and ("at" not in record or not self.space.has_arrival):
            return witness
        if "offers_shown" in witness.contact:
            return witness
        plain = {**witness.contact, "contact": {key: value for key, value in record.items() if key != "at"}}
        last: Witness | None = witness
        for cell in reversed(clocks.cells):
            if self.space.late() or not cell.samples:
                return witness
            last = self.tried(plain, cell.samples[0], check)  # type: ignore[arg-type]
            if last is None:
                return witness
        return witness if last is None else replace(last, now=None)

    def _replay(self, found: Found, check: Check) -> Witness | None:
        contact, now = self.contact(found)
        return self.tried(contact, now, check)

    def contact(self, found: Found) -> tuple[dict[str, object], datetime | None]:
        """The contact, and the clock to decide it at."""
        return self.contacts.contact(found)

    def tried(self, contact: Mapping[str, object], now: datetime | None, check: Check) -> Witness | None:
        """The contact as a witness, if it comes out as expected."""
        facts = self._intake.read(contact, now or NOON)
        decision = decide(self.policy, facts)
        return Witness(contact, now, decision) if check(facts, decision) else None

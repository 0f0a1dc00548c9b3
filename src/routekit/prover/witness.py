"""Contacts that show something, as small as can be, each replayed on the reference evaluator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.clock_values import ClockValues
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.prover.domains.cells import Cells, Domain, OneOf
from routekit.prover.domains.intervals import enclose
from routekit.prover.domains.terms import ARRIVAL, Base, bases_of
from routekit.prover.encoding.field_variables import hull
from routekit.prover.encoding.space import Found, Space, Unsettled
from routekit.prover.minimise import Minimiser
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.supported import TAKES
from routekit.prover.witness_contact import Contacts
from routekit.reference import decide
from routekit.translation import t

__all__ = ["Check", "Pair", "Witness", "Witnesses"]

_MOST_CLOCKS = 400


@dataclass(frozen=True, slots=True)
class Witness:
    """A contact as a plain dict, ready to be decided, and what the reference decides for it.

    ``now`` is the clock to decide it at; None where the contact has a time, or the time does not matter.
    """

    contact: Mapping[str, object]
    now: datetime | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class Pair(Witness):
    """Two contacts that differ in some fields alone: the ``other`` one, and what is decided for it."""

    other: Mapping[str, object] = field(default_factory=dict)
    other_decision: Decision | None = None


Check = Callable[[Facts, Decision], bool]
"""Whether a contact comes out as expected."""


class Witnesses:
    """Looks for contacts in the space of a policy."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.space = space
        self.policy: CheckedPolicy = space.policy
        self.decider = self.policy
        """The policy that decisions are of."""
        self.smaller = Minimiser(space, outcomes)
        self.contacts = Contacts(space, outcomes)

    @cached_property
    def _intake(self) -> Intake:
        return Intake(self.policy)

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
            return Unsettled(found.doubt, t(TAKES))
        if any(cap.is_shared for _, cap in self.contacts.outcomes.caps):
            return Unsettled(
                t("the prover was not told of all that caps over several offers count"), t(TAKES)
            )
        return Unsettled(
            t("the contact that was found did not come out as expected when it was replayed"),
            t("a report of this policy to the authors of routekit: it is an error of the analysis"),
        )

    def quick(self, wanted: Sequence[int], check: Check) -> Witness | Unsettled | None:
        """A contact without problems for which the literals hold, as :meth:`find`, but not made smaller.

        It has the clock with it that it was found with.
        """
        found = self.space.find([*wanted, *self.smaller.whole()])
        if not isinstance(found, Found):
            return found
        witness = self._replay(found, check)
        if witness is None:
            return self.find(wanted, check, whole=True)
        return witness if witness.now is not None else replace(witness, now=self.space.noon)

    def most_known(self, wanted: Sequence[int], check: Check) -> Witness | None:
        """A contact for which the literals hold, each field with a value that need not be missing.

        None where none is found, or it does not come out as expected.
        """
        known = self.smaller.known()
        bounds = [*wanted, *known]
        if self.space.possible(bounds) is not True:
            bounds = list(wanted)
            for literal in known:
                if self.space.possible([*bounds, literal]) is True:
                    bounds.append(literal)
        found = self.space.find(bounds)
        if not isinstance(found, Found):
            return None
        for result in reversed((found, *self.smaller.than(bounds, found))):
            contact, now = self.contacts.contact(result, full=True)
            witness = self.tried(contact, now or self.space.noon, check)
            if witness is not None:
                return witness if now is not None else replace(witness, now=None)
        return None

    def _timeless(self, witness: Witness, check: Check) -> Witness:
        """The same without a time, where it is decided so at any; else with the clock it was decided at."""
        record = witness.contact.get("contact")
        has_time = self.space.has_arrival and isinstance(record, dict) and "at" in record
        arrival = self.space.fields.get(ARRIVAL)
        if has_time and (arrival is None or arrival.is_required):
            return witness
        told = "offers_shown" in witness.contact or self._tells_time(witness)
        if not told and isinstance(record, dict):
            plain = {key: value for key, value in record.items() if key != "at" or not has_time}
            always = self._always({**witness.contact, "contact": plain}, check)
            if always is not None:
                return always
        return witness if has_time or witness.now is not None else replace(witness, now=self.space.noon)

    def _tells_time(self, witness: Witness) -> bool:
        """Whether what was decided holds an instant, or a value, which is another one at any other time."""
        return self._clock_values(witness.decision)

    @cached_property
    def _clock_values(self) -> ClockValues:
        return ClockValues(self.decider)

    def _always(self, contact: Mapping[str, object], check: Check) -> Witness | None:
        """The contact, if it comes out as expected, and is decided alike, at any time."""
        clocks = self.space.cells.get(e.Now())
        if clocks is None:
            return self.tried(contact, None, check)
        if len(clocks.cells) > _MOST_CLOCKS or not self._is_settled(contact, clocks):
            return None
        first: Witness | None = None
        for cell in reversed(clocks.cells):
            moment = cell.samples[0] if cell.samples else None
            tried = None
            if isinstance(moment, datetime) and not self.space.late():
                tried = self.tried(contact, moment, check)
            if tried is None:
                return None
            tried = replace(tried, now=None)
            if first is not None and tried != first:
                return None
            first = tried
        return first

    def _is_settled(self, contact: Mapping[str, object], clocks: Cells) -> bool:
        """Whether no test that the cells of the clock leave open depends on the time for this contact."""
        facts = self._intake.read(contact, self.space.noon)
        whole = hull([cell.domain for cell in clocks.cells])
        for atom in self.space.joint.pairs:
            bases = bases_of(atom)
            if e.Now() not in bases:
                continue
            box: dict[Base, Domain] = {e.Now(): whole}
            for base in bases:
                if isinstance(base, e.Now):
                    continue
                try:
                    value = (
                        facts.fields[base.record, base.field]
                        if isinstance(base, e.FieldRef)
                        else (facts.signals[base.queue, base.signal])
                    )
                except KeyError:
                    return False
                box[base] = OneOf(frozenset({value}))
            found = enclose(atom, box, self.space.evaluator.meaning)
            if not isinstance(found, OneOf) or len(found.values) > 1:
                return False
        return True

    def _replay(self, found: Found, check: Check) -> Witness | None:
        contact, now = self.contact(found)
        return self.tried(contact, now, check)

    def contact(self, found: Found) -> tuple[dict[str, object], datetime | None]:
        """The contact, and the clock to decide it at."""
        return self.contacts.contact(found)

    def facts(self, witness: Witness) -> Facts:
        """The contact of a witness as the reference reads it."""
        return self._intake.read(witness.contact, witness.now or self.space.noon)

    def tried(self, contact: Mapping[str, object], now: datetime | None, check: Check) -> Witness | None:
        """The contact as a witness, if it comes out as expected."""
        facts = self._intake.read(contact, now or self.space.noon)
        decision = decide(self.policy, facts)
        return Witness(contact, now, decision) if check(facts, decision) else None

"""Follow-up and care of a service: what is due for a customer, claimed before it is handed out."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, cast

from routekit.intake.contact import with_members
from routekit.policy.care_decision import CareDecision, DueReach, OtherReach
from routekit.policy.decision import Problem
from routekit.service.history.model import Claim, Granted, Past
from routekit.service.history.resilient_store import Keeper
from routekit.service.keys import Key, care_key
from routekit.service.pipeline import Pipeline, State, Wait
from routekit.service.requirements import sent
from routekit.service.telemetry import Meters

__all__ = ["CareSteps", "Caring", "HandedOut"]


@dataclass(frozen=True, slots=True)
class HandedOut(DueReach):
    """A reach that is due and was claimed: whoever has it makes it, and nobody else does.

    ``id`` is unique over all processes.
    """

    id: str = ""

    def to_dict(self) -> dict[str, object]:
        """Returns the reach as JSON has it, with its ``id``."""
        return {**DueReach.to_dict(self), "id": self.id}


CareSteps: TypeAlias = Generator[Wait, object, CareDecision]


class Caring:
    """Tells what is due, and claims it in the store."""

    def __init__(self, pipeline: Pipeline, key: Key, meters: Meters) -> None:
        self._pipeline = pipeline
        self._key = key
        self._meters = meters

    def run(self, keeper: Keeper, records: object, now: datetime | None, within: timedelta) -> CareSteps:
        """Goes the way of one customer: who he is, what was made before, what is due, and the claim."""
        state = yield from self._pipeline.completed(records, now)
        if state.customer is None:
            trouble = self._key.trouble(state.contact)
            message = f"cannot be counted, so nothing is due: {trouble}"
            return self._nothing(state, Problem("reached", message))
        past = yield from self._recall(keeper, state)
        if past.problem is not None:
            return self._nothing(state, Problem("reached", past.problem))
        told = sent(state.contact, "reached")
        made = [{"name": item.offer, "at": min(item.at, state.clock)} for item in past.shown]
        reached = [*told, *made] if isinstance(told, list | tuple) else made if told is None else told
        completed = with_members(state.contact, state.requirements.members, {"reached": reached})
        engine = state.revision.engine
        found = engine.care(state.contact if completed is None else completed, now=state.clock, why=True)
        found = replace(found, problems=(*found.problems, *state.problems))
        return (yield from self._claimed(keeper, state, found, state.clock + within))

    def _recall(self, keeper: Keeper, state: State) -> Generator[Wait, object, Past]:
        customer = care_key(cast("str", state.customer))
        since = state.requirements.since_reaches(state.clock)
        past = keeper.past_at_hand(customer, since)
        if past is None:
            wait = Wait(lambda: keeper.past(customer, since), lambda: keeper.past_sync(customer, since))
            past = cast("Past", (yield wait))
        return past

    def _claimed(
        self, keeper: Keeper, state: State, found: CareDecision, until: datetime
    ) -> Generator[Wait, object, CareDecision]:
        """What may be made by then and nobody else has claimed."""
        ready = [reach for reach in found if reach.not_before <= until]
        later = [_later(reach) for reach in found if reach.not_before > until]
        caps = state.requirements.reaches
        claim = Claim(
            state.id,
            care_key(cast("str", state.customer)),
            tuple((reach.name, caps[reach.name]) for reach in ready),
        )
        granted = Granted(frozenset())
        if ready:
            at_hand = keeper.claim_at_hand(claim)
            if at_hand is None:
                wait = Wait(lambda: keeper.claim(claim), lambda: keeper.claim_sync(claim))
                at_hand = cast("Granted", (yield wait))
            granted = at_hand
        problems = found.problems
        if granted.problem is not None:
            problems = (*problems, Problem("reached", granted.problem))
        reaches = tuple(self._handed_out(reach) for reach in ready if reach.name in granted.offers)
        refused = [_refused(reach) for reach in ready if reach.name not in granted.offers]
        for reach in reaches:
            self._meters.count("routekit_reaches_total", name=reach.name, channel=reach.channel)
        return replace(found, reaches=reaches, others=(*found.others, *later, *refused), problems=problems)

    def _handed_out(self, reach: DueReach) -> HandedOut:
        return HandedOut(
            reach.name,
            reach.channel,
            reach.message,
            reach.queue,
            reach.priority,
            reach.not_before,
            reach.not_after,
            reach.title,
            reach.is_survey,
            self._pipeline.new_id(),
        )

    def _nothing(self, state: State, problem: Problem) -> CareDecision:
        policy = state.revision.policy.checked
        return CareDecision(policy.name, policy.revision, (), (), (*state.problems, problem))


def _later(reach: DueReach) -> OtherReach:
    at = reach.not_before.isoformat(sep=" ", timespec="minutes")
    return OtherReach(reach.name, "not yet", f"it may not be made before {at}")


def _refused(reach: DueReach) -> OtherReach:
    return OtherReach(reach.name, "capped", "another one has claimed it, or a cap was used up meanwhile")

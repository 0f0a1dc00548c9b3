"""The rest of a decision that has something of its own: residual tests, adjustments, offers, plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from routekit.compiled.frames import NOW, Frame, Function
from routekit.compiled.masks import bits
from routekit.compiled.outcomes import PLACES, Ready, values_of
from routekit.policy.calendars import is_open
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.expressions import Constant
from routekit.policy.facts import Shown
from routekit.policy.model import Adjustment, CheckedPolicy, Offer, Rule
from routekit.policy.outcomes import adjusted
from routekit.policy.splits import point

__all__ = ["Candidate", "Extras", "Finisher"]

_MOST_KEPT = 10_000

Key = TypeVar("Key")
Item = TypeVar("Item")

_CHANNEL, _OFFERS, _PLAN = (PLACES[name] for name in ("channel", "offers", "plan"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule made ready: what is left to test, how its split is keyed, its outcome or its arms.

    ``asks_calendar`` tells that whether the queue is open is not in the masks.
    """

    rule: Rule
    test: Function | None
    arms: tuple[tuple[int, Ready], ...]
    key: Function | None
    seed: str
    asks_calendar: bool

    @property
    def is_plain(self) -> bool:
        """Whether it decides without another look at the contact."""
        return self.test is None and self.key is None and not self.asks_calendar and self.arms[0][1].is_fixed


@dataclass(frozen=True, slots=True)
class Extras:
    """What stands behind the rules in a mask: adjustments at the highest bits, nevers, then offers.

    ``tests`` are what is left to test, ``worths`` what works out an offer's worth, both by their bit.
    """

    adjustments: Mapping[int, Adjustment]
    nevers: int
    offers: Mapping[int, Offer]
    tests: Mapping[int, Function]
    worths: Mapping[int, Function]

    @property
    def all(self) -> int:
        """The bits of all of them."""
        return (1 << (len(self.adjustments) + self.nevers.bit_count() + len(self.offers))) - 1


class Finisher:
    """Finishes decisions for one policy.

    ``shared`` takes finished decisions that depend on nothing but their key, and grows to a bound.
    """

    def __init__(
        self,
        policy: CheckedPolicy,
        candidates: Sequence[Candidate],
        extras: Extras,
        shared: dict[tuple[int, object, int], Decision],
    ) -> None:
        self._policy = policy
        self._candidates = (None, *reversed(candidates))
        self._extras = extras
        self._low = extras.all
        self._shift = extras.all.bit_length()
        self._adjusting = sum(1 << bit for bit in extras.adjustments)
        self._offering = sum(1 << bit for bit in extras.offers)
        self._left = sum(1 << bit for bit in extras.tests)
        self._open = sum(1 << bit for bit, offer in extras.offers.items() if _depends(offer))
        self._shared = shared
        self._finished: dict[tuple[int, int | None, str, int], Decision] = {}
        self._drafts: dict[tuple[int, int], tuple[Any, ...]] = {}

    def finish(self, mask: int, inbound: object, frame: Frame, shown: Sequence[Shown]) -> Decision:
        """The decision of the first candidate in a mask that holds."""
        allowed = mask & self._low
        first = mask.bit_length()
        rules = mask >> self._shift
        while True:
            place = rules.bit_length()
            candidate = self._candidates[place]
            assert candidate is not None, "`otherwise` decides where no rule does"
            if candidate.test is None or candidate.test(frame):
                arm, ready = self._arm(candidate, frame)
                if not candidate.asks_calendar or self._is_open(ready.calendar, frame):
                    break
            rules ^= 1 << (place - 1)
        extras = self._tested(allowed, frame)
        channel = ready.channel_for(inbound)
        if not (ready.is_fixed and self._is_fixed(extras)):
            return self._decision(candidate.rule, ready, arm, extras, channel, frame, shown)
        # `place` and `arm` tell the rule and its outcome
        key = (place, arm, channel, extras)
        decision = self._finished.get(key)
        if decision is None:
            decision = self._decision(candidate.rule, ready, arm, extras, channel, frame, shown)
            self._keep(self._finished, key, decision)
        if first == place + self._shift and candidate.is_plain and not allowed & self._left:
            self._keep(self._shared, (first, inbound, allowed), decision)
        return decision

    def plain(self, candidate: Candidate, channel: str) -> Decision:
        """The decision of a plain rule where there are no extras."""
        return self._decision(candidate.rule, candidate.arms[0][1], None, 0, channel, [], ())

    def _keep(self, kept: dict[Key, Item], key: Key, item: Item) -> None:
        if len(kept) < _MOST_KEPT:
            kept[key] = item

    def _is_fixed(self, extras: int) -> bool:
        """Whether what the extras add depends on nothing but which they are."""
        return not extras & self._open

    def _arm(self, candidate: Candidate, frame: Frame) -> tuple[int | None, Ready]:
        if candidate.key is None:
            return None, candidate.arms[0][1]
        key = candidate.key(frame)
        if key is None or isinstance(key, frozenset):
            return len(candidate.arms), candidate.arms[-1][1]
        place = point(candidate.seed, key)
        number, arm = next(
            (number, arm) for number, (up_to, arm) in enumerate(candidate.arms, start=1) if place < up_to
        )
        return number, arm

    def _is_open(self, calendar: str | None, frame: Frame, after: timedelta = timedelta(0)) -> bool:
        if calendar is None:
            return True
        now = frame[NOW]
        assert isinstance(now, datetime)
        return is_open(self._policy.calendars[calendar], now, self._policy.timezone, after)

    def _tested(self, extras: int, frame: Frame) -> int:
        for bit in bits(extras & self._left):
            if not self._extras.tests[bit](frame):
                extras ^= 1 << bit
        return extras

    def _decision(
        self,
        rule: Rule,
        ready: Ready,
        arm: int | None,
        extras: int,
        channel: str,
        frame: Frame,
        shown: Sequence[Shown],
    ) -> Decision:
        known = (id(ready), extras & self._adjusting)
        draft = self._drafts.get(known)
        if draft is None:
            draft = self._draft(rule, ready, arm, known[1])
            self._keep(self._drafts, known, draft)
        values = [*draft]
        values[_CHANNEL] = channel
        values[_OFFERS] = self._offers(extras, channel, frame, shown)
        values[_PLAN] = self._plan(ready, frame)
        for place, function in ready.computed:
            values[place] = function(frame)
        return Decision(*values)

    def _draft(self, rule: Rule, ready: Ready, arm: int | None, adjusting: int) -> tuple[Any, ...]:
        """A decision, as the values of its fields, before the contact has its say."""
        applied = (self._extras.adjustments[bit] for bit in reversed(tuple(bits(adjusting))))
        draft = Decision(
            policy=self._policy.name,
            revision=self._policy.revision,
            rule=rule.name,
            channel=ready.channel,
            arm=arm,
            because=rule.because,
            **adjusted(ready.given, (change for item in applied for change in item.changes)),  # type: ignore[arg-type]
        )
        return values_of(draft)

    def _plan(self, ready: Ready, frame: Frame) -> tuple[PlanStep, ...]:
        if ready.is_fixed:
            return ready.steps
        return tuple(step for step, calendar in ready.plan if self._is_open(calendar, frame, step.after))

    def _offers(self, extras: int, channel: str, frame: Frame, shown: Sequence[Shown]) -> tuple[str, ...]:
        offering = extras & self._offering
        if not offering or extras & self._extras.nevers:
            return ()
        eligible: list[tuple[float, str]] = []
        for bit in reversed(tuple(bits(offering))):
            offer = self._extras.offers[bit]
            if (offer.channels is None or channel in offer.channels) and self._is_due(offer, frame, shown):
                worth = self._extras.worths[bit](frame) if bit in self._extras.worths else None
                eligible.append((worth if isinstance(worth, int | float) else 0, offer.name))
        eligible.sort(key=lambda found: found[0], reverse=True)
        return tuple(name for _, name in eligible[: self._policy.show])

    def _is_due(self, offer: Offer, frame: Frame, shown: Sequence[Shown]) -> bool:
        """Whether no cap of an offer is used up."""
        if not offer.caps:
            return True
        now = frame[NOW]
        assert isinstance(now, datetime)
        ages = [now - showing.at for showing in shown if showing.offer == offer.name and showing.at <= now]
        return all(sum(age < cap.per for age in ages) < cap.most for cap in offer.caps)


def _depends(offer: Offer) -> bool:
    """Whether an offer's place among the others, or whether it is due, depends on the contact."""
    return bool(offer.caps) or not isinstance(offer.worth, Constant | None)

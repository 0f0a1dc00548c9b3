"""The rest of a decision that has something of its own: residual tests, adjustments, offers, plans."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from routekit.compiled.frames import NOW, Frame, Function
from routekit.compiled.masks import bits
from routekit.compiled.open_time import OpenTime
from routekit.compiled.outcomes import PLACES, Ready, ReadyStep, values_of
from routekit.policy.decision import NO_DATA, Data, Decision, PlanStep
from routekit.policy.expressions import Constant, Expr
from routekit.policy.facts import Shown
from routekit.policy.model import Adjustment, Cap, Change, CheckedPolicy, Offer, Rule
from routekit.policy.outcome_data import Sources, computed, set_by, sources_of, work_out
from routekit.policy.outcomes import adjusted, called_back, expressions_in, planned
from routekit.policy.splits import point
from routekit.schema.types import Value

__all__ = ["Candidate", "Extras", "Finisher", "Trusted"]

_MOST_KEPT = 10_000

Key = TypeVar("Key")
Item = TypeVar("Item")
Shared: TypeAlias = dict[tuple[int, object, int], Decision]

_CHANNEL, _OFFERS, _DATA, _PLAN = (PLACES[name] for name in ("channel", "offers", "data", "plan"))

Steps: TypeAlias = tuple[tuple[int, tuple[tuple[str, object], ...]], ...]
"""The steps of a plan that a contact has, by their places, each with the parts that are worked out for it."""
Trusted: TypeAlias = bool | Callable[[Sequence[str]], frozenset[str]]
"""Whether a contact has been read before; where something was wrong with it, what tells which offers may not
be made, if some would be."""
Calls: TypeAlias = tuple[Mapping[str, object], ...]
"""When the steps call back that do so in open time, in their order."""


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
    ``data`` works out the parts that the policy declares, by the identities of their expressions.
    """

    adjustments: Mapping[int, Adjustment]
    nevers: int
    offers: Mapping[int, Offer]
    tests: Mapping[int, Function]
    worths: Mapping[int, Function]
    data: Mapping[int, Function]

    @property
    def all(self) -> int:
        """The bits of all of them."""
        return (1 << (len(self.adjustments) + self.nevers.bit_count() + len(self.offers))) - 1


class Finisher:
    """Finishes decisions for one policy.

    ``shared`` takes finished decisions that depend on nothing but their key, and grows to a bound.
    """

    def __init__(
        self, policy: CheckedPolicy, candidates: Sequence[Candidate], extras: Extras, shared: Shared
    ) -> None:
        self._policy = policy
        self._extras = extras
        self._low = extras.all
        self._shift = extras.all.bit_length()
        self._candidates = (*(None,) * (self._shift + 1), *reversed(candidates))
        self._adjusting = sum(1 << bit for bit in extras.adjustments)
        self._nevers = extras.nevers
        self._tests = {1 << bit: test for bit, test in extras.tests.items()}
        self._left = sum(self._tests)
        self._offers_on = {
            channel: sum(1 << bit for bit, offer in extras.offers.items() if _fits(offer, channel))
            for channel in policy.channels
        }
        self._capped = sum(1 << bit for bit, offer in extras.offers.items() if offer.caps)
        self._capped_together = sum(
            1 << bit for bit, offer in extras.offers.items() if any(cap.is_shared for cap in offer.caps)
        )
        self._weighed = sum(1 << bit for bit, offer in extras.offers.items() if not offer.has_fixed_worth)
        self._listed: dict[int, tuple[str, ...]] = {0: ()}
        self._shared = shared
        self._alike: dict[tuple[int, int, str, tuple[str, ...]], Decision] = {}
        self._made: dict[object, Decision] = {}
        self._drafts: dict[tuple[int, int, Steps | None], tuple[Any, ...]] = {}
        self._sources: dict[tuple[int, int], tuple[Sources, Data | None]] = {}
        self._open_time = {name: OpenTime(calendar) for name, calendar in policy.calendars.items()}
        self._computing = sum(
            1 << bit for bit, adjustment in extras.adjustments.items() if expressions_in(adjustment.changes)
        )
        """The adjustments that set a part by what a contact says."""

    def finish(
        self,
        mask: int,
        inbound: object,
        frame: Frame,
        shown: Sequence[Shown] | None,
        trusted: Trusted,
    ) -> Decision:
        """The decision of the first candidate in a mask that holds."""
        rules = mask
        while True:
            place = rules.bit_length()
            candidate = self._candidates[place]
            assert candidate is not None, "`otherwise` decides where no rule does"
            if candidate.test is None or candidate.test(frame):
                arm, ready = (None, candidate.arms[0][1]) if candidate.key is None else _arm(candidate, frame)
                if not candidate.asks_calendar or self._is_open(ready.calendar, frame):
                    break
            rules ^= 1 << (place - 1)
        allowed = mask & self._low
        channel = inbound if inbound in ready.channels else ready.channel
        adjusting = allowed & self._adjusting
        if adjusting & self._left:
            adjusting = self._tested(adjusting, frame)
        offers: tuple[str, ...] = ()
        offering = allowed & self._offers_on[channel]
        if offering:
            offering = self._offering(offering, allowed & self._nevers, frame)
            if shown and offering & self._capped:
                offering = self._due(offering, frame, shown)
        if offering:
            offers = self._best(offering, frame, shown)
            if not isinstance(trusted, bool) and (withheld := trusted(offers)):
                named = (bit for bit, offer in self._extras.offers.items() if offer.name in withheld)
                offering &= ~sum(1 << bit for bit in named)
                offers = self._best(offering, frame, shown)
        decision = self._decision(candidate.rule, ready, arm, adjusting, channel, offers, frame)
        if (
            not (allowed & self._left or shown or trusted or adjusting & self._computing)
            and place == mask.bit_length()
            and candidate.is_plain
            and offering in self._listed
        ):
            _keep(self._shared, (place, inbound, allowed), decision)
        return decision

    def plain(self, candidate: Candidate, channel: str) -> Decision:
        """The decision of a plain rule where there are no extras."""
        return self._decision(candidate.rule, candidate.arms[0][1], None, 0, channel, (), [])

    def _is_open(self, calendar: str | None, frame: Frame, after: timedelta = timedelta(0)) -> bool:
        if calendar is None:
            return True
        now = frame[NOW]
        assert isinstance(now, datetime)
        return self._policy.calendars[calendar].is_open(now, after)

    def _tested(self, allowed: int, frame: Frame) -> int:
        """The extras that hold, among those that the masks allow."""
        left = allowed & self._left
        while left:
            bit = left & -left
            left ^= bit
            if not self._tests[bit](frame):
                allowed ^= bit
        return allowed

    def _offering(self, offering: int, nevers: int, frame: Frame) -> int:
        """The offers whose conditions hold, none where a ``never`` does."""
        left = nevers & self._left
        if nevers != left:
            return 0
        while left:
            bit = left & -left
            left ^= bit
            if self._tests[bit](frame):
                return 0
        return self._tested(offering, frame) if offering & self._left else offering

    def _due(self, offering: int, frame: Frame, shown: Sequence[Shown]) -> int:
        """The offers of which no cap is used up."""
        now = frame[NOW]
        assert isinstance(now, datetime)
        for bit in bits(offering & self._capped):
            offer = self._extras.offers[bit]
            if any(_used(cap, offer.name, shown, now) >= cap.most for cap in offer.caps):
                offering ^= 1 << bit
        return offering

    def _best(self, offering: int, frame: Frame, shown: Sequence[Shown] | None) -> tuple[str, ...]:
        """The names of the offers that are made."""
        depends_on_shown = shown and offering & self._capped_together
        offers = None if depends_on_shown else self._listed.get(offering)
        return self._in_order(offering, frame, shown) if offers is None else offers

    def _in_order(self, offering: int, frame: Frame, shown: Sequence[Shown] | None) -> tuple[str, ...]:
        """The names of offers, those of the greatest worth first."""
        eligible: list[tuple[float, Offer]] = []
        for bit in reversed(tuple(bits(offering))):
            worth = self._extras.worths[bit](frame) if bit in self._extras.worths else None
            eligible.append((worth if isinstance(worth, int | float) else 0, self._extras.offers[bit]))
        eligible.sort(key=lambda found: found[0], reverse=True)
        offers = [offer for _, offer in eligible]
        is_bounded = bool(offering & self._capped_together) and len(eligible) > 1
        if is_bounded:
            offers = self._within_caps(offers, frame, shown)
        names = tuple(offer.name for offer in offers[: self._policy.show])
        if len(eligible) == 1 or not (offering & self._weighed or (is_bounded and shown)):
            _keep(self._listed, offering, names)
        return names

    def _within_caps(
        self, offers: Sequence[Offer], frame: Frame, shown: Sequence[Shown] | None
    ) -> list[Offer]:
        """The offers that caps over several of them leave, the best first."""
        now = frame[NOW]
        made: list[Offer] = []
        for offer in offers:
            for cap in offer.caps:
                times: float = sum(cap.counts(other.name, offer.name) for other in made)
                if shown:
                    assert isinstance(now, datetime)
                    times += _used(cap, offer.name, shown, now)
                if times >= cap.most:
                    break
            else:
                made.append(offer)
        return made

    def _decision(
        self,
        rule: Rule,
        ready: Ready,
        arm: int | None,
        adjusting: int,
        channel: str,
        offers: tuple[str, ...],
        frame: Frame,
    ) -> Decision:
        """The decision of an outcome, made once for all contacts for which it comes out alike."""
        if not ready.is_fixed or adjusting & self._computing:
            return self._worked_out(rule, ready, arm, adjusting, channel, offers, frame)
        key = ready.number, adjusting, channel, offers
        decision = self._alike.get(key)
        if decision is None:
            decision = self._worked_out(rule, ready, arm, adjusting, channel, offers, frame)
            _keep(self._alike, key, decision)
        return decision

    def _worked_out(
        self,
        rule: Rule,
        ready: Ready,
        arm: int | None,
        adjusting: int,
        channel: str,
        offers: tuple[str, ...],
        frame: Frame,
    ) -> Decision:
        """The decision of an outcome of which something is worked out for a contact."""
        given = tuple([function(frame) for _, function in ready.computed]) if ready.computed else ()
        steps, calls = (None, ()) if ready.has_same_plan else self._steps(ready, adjusting, frame)
        key = (ready.number, adjusting, steps, channel, offers, given)
        # of numbers 1 is equal to 1.0, which is another value
        is_known_by_key = (
            ready.is_plan_known
            and not calls
            and (not given or all(value is None or type(value) is str for value in given))
        )
        data = NO_DATA
        if self._policy.data:
            data, is_settled = self._data(ready, adjusting, frame)
            is_known_by_key = is_known_by_key and is_settled
        decision = self._made.get(key) if is_known_by_key else None
        if decision is not None:
            return decision
        draft = self._drafts.get(key[:3]) if ready.is_plan_known else None
        if draft is None:
            draft = self._draft(rule, ready, arm, adjusting, steps, calls)
            if ready.is_plan_known:
                _keep(self._drafts, key[:3], draft)
        values = [*draft]
        values[_CHANNEL] = channel
        values[_OFFERS] = offers
        values[_DATA] = data
        if calls:
            values[_PLAN] = _called(values[_PLAN], calls)
        for (place, _), value in zip(ready.computed, given, strict=True):
            values[place] = value
        decision = Decision(*values)
        if is_known_by_key:
            _keep(self._made, key, decision)
        return decision

    def _data(self, ready: Ready, adjusting: int, frame: Frame) -> tuple[Data, bool]:
        """The parts that the policy declares, and whether no contact has a say in them."""
        key = ready.number, adjusting
        known = self._sources.get(key)
        if known is None:
            found = sources_of(ready.data, self._changes(adjusting))
            known = found, None if any(computed(found)) else self._work_out(found, [])
            _keep(self._sources, key, known)
        sources, settled = known
        return (self._work_out(sources, frame), False) if settled is None else (settled, True)

    def _work_out(self, sources: Sources, frame: Frame, *, whole: bool = True) -> Data:
        functions = self._extras.data

        def value(expr: Expr) -> Value | None:
            return expr.value if isinstance(expr, Constant) else functions[id(expr)](frame)

        return work_out(self._policy, sources, value, whole=whole)

    def _changes(self, adjusting: int) -> list[Change]:
        """What the adjustments that hold change, in their order."""
        applied = (self._extras.adjustments[bit] for bit in reversed(tuple(bits(adjusting))))
        return [change for item in applied for change in item.changes]

    def _draft(
        self,
        rule: Rule,
        ready: Ready,
        arm: int | None,
        adjusting: int,
        steps: Steps | None,
        calls: Sequence[Mapping[str, object]],
    ) -> tuple[Any, ...]:
        """A decision, as the values of its fields, before the contact has its say."""
        next_call = iter(calls)
        changes = self._changes(adjusting)
        given = adjusted(ready.given, changes)
        taken = (
            [(each.step, dict(self._set(each, changes, []))) for each in ready.plan]
            if steps is None
            else [
                (step, {**dict(parts), **(next(next_call) if step.calendar else {})})
                for step, parts in ((ready.plan[place].step, parts) for place, parts in steps)
            ]
        )
        draft = Decision(
            policy=self._policy.name,
            revision=self._policy.revision,
            rule=rule.name,
            channel=ready.channel,
            arm=arm,
            because=rule.because,
            plan=planned(taken, given, changes) if taken else (),
            **given,  # type: ignore[arg-type]  # by the checker
        )
        return values_of(draft)

    def _steps(self, ready: Ready, adjusting: int, frame: Frame) -> tuple[Steps, Calls]:
        """The steps that a contact has, and when they call back by a calendar."""
        changes = self._changes(adjusting) if self._policy.data else []
        steps: list[tuple[int, tuple[tuple[str, object], ...]]] = []
        calls: list[Mapping[str, object]] = []
        for place, each in enumerate(ready.plan):
            if each.test is not None and each.test(frame) is not True:
                continue
            if not self._is_open(each.hours, frame, each.step.after):
                continue
            if each.step.calendar is not None:
                now = frame[NOW]
                assert isinstance(now, datetime)
                open_time = self._open_time[each.step.calendar]
                called = called_back(self._policy, each.step, now, open_time.after)
                if called is None:
                    continue
                calls.append(called)
            computed = [(name, function(frame)) for name, function in each.computed]
            steps.append((place, (*computed, *self._set(each, changes, frame))))
        return tuple(steps), tuple(calls)

    def _set(self, each: ReadyStep, changes: Sequence[Change], frame: Frame) -> tuple[tuple[str, Data], ...]:
        """What a step sets of the parts that the policy declares."""
        if not each.sets_data:
            return ()
        return (("data", self._work_out(set_by(each.step, changes), frame, whole=False)),)


def _called(plan: tuple[PlanStep, ...], calls: Iterable[Mapping[str, Any]]) -> tuple[PlanStep, ...]:
    """A plan like one that is known, with other times at which it calls back."""
    left = iter(calls)
    return tuple([step if step.callback_by is None else replace(step, **next(left)) for step in plan])


def _arm(candidate: Candidate, frame: Frame) -> tuple[int, Ready]:
    """The arm of a split that a contact falls on, and its number from 1."""
    assert candidate.key is not None
    key = candidate.key(frame)
    if key is None or isinstance(key, frozenset):
        return len(candidate.arms), candidate.arms[-1][1]
    place = point(candidate.seed, key)
    return next((number, arm) for number, (up_to, arm) in enumerate(candidate.arms, start=1) if place < up_to)


def _keep(kept: dict[Key, Item], key: Key, item: Item) -> None:
    if len(kept) < _MOST_KEPT:
        kept[key] = item


def _fits(offer: Offer, channel: str) -> bool:
    """Whether an offer can be made on a channel; a cap of none forbids it everywhere."""
    return (offer.channels is None or channel in offer.channels) and all(cap.most for cap in offer.caps)


def _used(cap: Cap, offer: str, shown: Sequence[Shown], now: datetime) -> float:
    """How often a cap of an offer was made use of, in the window that ends now."""
    return sum(
        showing.times
        for showing in shown
        if cap.counts(showing.offer, offer) and showing.at <= now and now - showing.at < cap.per
    )

"""The engine's decisions, kept by what the policy cannot tell apart, and made ready for the loop."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from routekit.compiled import Compiled
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcomes import outcome_of
from routekit.policy.references import ARRIVAL, declared
from routekit.schema.types import Duration, Time
from routekit.schema.writing import JSON, as_json
from routekit.service.history.features import features
from routekit.service.history.model import Past, Touch
from routekit.simulation.contacts import Pool, Template, moved
from routekit.simulation.told_apart import Answers, ClockClasses, OwnClock, Signals, time_tests

__all__ = ["KNOWN_SIGNALS", "Course", "Decider", "Levels"]

KNOWN_SIGNALS = ("waiting", "longest_wait", "free_agents")
"""The signals of a queue that a simulation works out; all others stay as a contact brought them."""

Levels: TypeAlias = Callable[[float], Sequence[float]]
"""Tells the signals that a policy reads, at an instant."""

_MOST_KEPT = 1_000_000


@dataclass(slots=True, eq=False)
class Course:
    """A decision made ready: the place that serves it at first, and when its steps come."""

    decision: Decision
    queue: int
    after: tuple[float, ...]


class Decider:
    """Decides the contacts of one arm at simulated instants.

    ``made`` counts the decisions that were asked of the engine.
    """

    def __init__(self, policy: CheckedPolicy, pool: Pool, begin: datetime, seconds: float) -> None:
        self.policy = policy
        self.made = 0
        self._pool = pool
        self._begin = begin
        self._decide = Compiled(policy).decide
        self._outcome = outcome_of(policy)
        self._queues = {name: place for place, name in enumerate(policy.queues)}
        tests = time_tests(policy)
        self._tests = tests
        self._clock = ClockClasses(policy, tests, begin, seconds)
        self._signals = Signals(policy, KNOWN_SIGNALS)
        self.signals = self._signals.used
        self._own: dict[int, OwnClock | None] = {}
        self._day: dict[tuple[int, int], Answers] = {}
        self._kept: dict[object, Course] = {}
        self._courses: dict[tuple[object, ...], Course] = {}
        types = {ref: field.type for ref, field in declared(policy).items()}
        self._has_arrival = isinstance(types.get(ARRIVAL), Time)
        self._spans = frozenset(
            pair for pair in self.signals if isinstance(types[e.SignalRef(*pair)], Duration)
        )
        self._has_caps = any(offer.caps for offer in policy.offers)
        self._facts = {
            field
            for feature in policy.history
            for field in (feature.about, feature.what)
            if isinstance(field, tuple)
        }
        self.always: list[Course | None] = [None] * len(pool.templates)
        """The courses of contacts that are decided alike whenever they come first, as far as they are
        known."""
        self._never_differs = not self.signals and len(set(self._clock.numbers)) == 1
        self._clock_from, self._clock_to, self._clock_number = 0.0, -1.0, 0

    def course(
        self,
        template: int,
        at: float,
        levels: Levels,
        channel: str | None = None,
        past: tuple[Touch, ...] = (),
    ) -> Course:
        """Returns the course of a contact that comes at an instant; ``channel`` where it is not its own."""
        values = levels(at) if self.signals else ()
        key = self._key(template, at, values, channel, past)
        if key is not None:
            found = self._kept.get(key)
            if found is not None:
                return found
        _, decision = self.decided(template, at, values, channel, past)
        course = self._ready(decision)
        if key is not None and not self._calls_by_calendar(decision):
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = course
            if self._never_differs and channel is None and not past and not key[3]:
                self.always[template] = course
        return course

    def decided(
        self,
        template: int,
        at: float,
        values: Sequence[float],
        channel: str | None,
        past: tuple[Touch, ...],
    ) -> tuple[Mapping[str, object], Decision]:
        """Asks the engine; returns the contact as it was decided, with the decision."""
        self.made += 1
        now = self._begin + timedelta(seconds=at)
        contact = self.contact(self._pool.templates[template], now, values, channel, past)
        return contact, self._decide(contact, now)

    def contact(
        self,
        template: Template,
        now: datetime,
        values: Sequence[float],
        channel: str | None,
        past: tuple[Touch, ...],
    ) -> Mapping[str, object]:
        """Returns a contact as it comes now: with its time, the signals, and what came before."""
        contact = moved(template, now)
        own = contact.get("contact")
        arrived: dict[str, object] = {**own} if isinstance(own, Mapping) else {}
        if self._has_arrival:
            arrived["at"] = now
        if channel is not None:
            arrived["channel"] = channel
        contact["contact"] = arrived
        if self.signals:
            sent = contact.get("live")
            live: dict[str, dict[str, object]] = {
                queue: {**signals}
                for queue, signals in (sent.items() if isinstance(sent, Mapping) else ())
                if isinstance(signals, Mapping)
            }
            for (queue, signal), value in zip(self.signals, values, strict=True):
                live.setdefault(queue, {})[signal] = (
                    timedelta(seconds=value) if (queue, signal) in self._spans else int(value)
                )
            contact["live"] = live
        if past:
            self._add_past(contact, template, now, past)
        return contact

    def touch(self, template: int, id: str, at: float, inbound: str, decision: Decision) -> Touch:
        """Returns what is remembered of a contact."""
        values = self._pool.templates[template].values
        facts: dict[str, JSON] = {
            ".".join(field): as_json(value)
            for field in self._facts
            if (value := values.get(field)) is not None
        }
        return Touch(
            id, "", self._begin + timedelta(seconds=at), decision.channel, decision.queue, decision.rule,
            inbound, decision.agent, decision.offers, facts=facts,
        )  # fmt: skip

    def _add_past(
        self, contact: dict[str, object], template: Template, now: datetime, past: tuple[Touch, ...]
    ) -> None:
        """Adds what the simulation remembers to what was known when the contact was logged."""
        if self.policy.history:
            contact["history"] = self._history(template, now, past)
        if self._has_caps:
            sent = contact.get("offers_shown")
            shown = [{"offer": offer, "at": touch.at} for touch in past for offer in touch.offers]
            contact["offers_shown"] = [*(sent if isinstance(sent, list) else ()), *shown]

    def _history(self, template: Template, now: datetime, past: tuple[Touch, ...]) -> dict[str, object]:
        known = features(self.policy.history, Past(past), past[0].facts, now)
        own = template.contact.get("history")
        before: Mapping[str, object] = own if isinstance(own, Mapping) else {}
        joined: dict[str, object] = {**before}
        for feature in self.policy.history:
            value = known.get(feature.name)
            earlier = before.get(feature.name)
            if feature.kind == "count" and isinstance(earlier, int) and isinstance(value, int):
                value += earlier
            if value is not None and not (feature.kind == "open" and earlier):
                joined[feature.name] = value
        return joined

    def _key(
        self,
        template: int,
        at: float,
        values: Sequence[float],
        channel: str | None,
        past: tuple[Touch, ...],
    ) -> tuple[object, ...] | None:
        """What decides alike; None where only the engine can tell."""
        if self._tests.is_exact or (self._has_caps and any(touch.offers for touch in past)):
            return None
        try:
            own = self._own[template]
        except KeyError:
            own = self._own[template] = self._own_clock(template)
        if own is None:
            return None
        if not self._clock_from <= at < self._clock_to:
            self._clock_number, self._clock_from, self._clock_to = self._clock.stretch(at)
        answers: Answers = ()
        if own.functions:
            answers = self._answers(template, own, at)
        signals = self._signals.key(values) if values else ()
        if past and self.policy.history:
            known = self._pool.templates[template]
            history = self._history(known, self._begin + timedelta(seconds=at), past)
            return template, self._clock_number, signals, answers, channel, str(history)
        return template, self._clock_number, signals, answers, channel

    def _own_clock(self, template: int) -> OwnClock | None:
        known = self._pool.templates[template]
        if self._has_caps and known.contact.get("offers_shown"):
            return None  # what was shown may be shown again, at an instant of its own
        return OwnClock.of(self._tests, known.values, known.at)

    def _answers(self, template: int, own: OwnClock, at: float) -> Answers:
        now = self._begin + timedelta(seconds=at)
        if not own.by_day:
            return own.answers(now)
        key = template, self._clock.day(at)
        known = self._day.get(key)
        if known is None:
            if len(self._day) >= _MOST_KEPT:
                self._day.clear()
            known = self._day[key] = own.answers(now)
        return known

    def _calls_by_calendar(self, decision: Decision) -> bool:
        """Whether a decision may tell when, on the clock, somebody is called back."""
        return any(step.calendar is not None for step in self._outcome(decision).plan)

    def _ready(self, decision: Decision) -> Course:
        key = (
            decision.queue, decision.channel, decision.priority, decision.skills, decision.agent,
            decision.plan, decision.rule, decision.offers,
        )  # fmt: skip
        course = self._courses.get(key)
        if course is None or course.decision != decision:
            after = tuple(step.after.total_seconds() for step in decision.plan)
            course = Course(decision, self._queues[decision.queue], after)
            if len(self._courses) < _MOST_KEPT:
                self._courses[key] = course
        return course

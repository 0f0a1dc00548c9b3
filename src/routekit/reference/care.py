"""Which reaches are due for one customer, and why others are not."""

from collections.abc import Iterator
from datetime import date, datetime, tzinfo

from routekit.policy import expressions as e
from routekit.policy.care_decision import CareDecision, DueReach, OtherReach, Why
from routekit.policy.decision import Problem
from routekit.policy.doubt import Doubt
from routekit.policy.due_times import Window, first_time, window_of
from routekit.policy.facts import Facts
from routekit.policy.model import Cap, CheckedPolicy
from routekit.policy.reaches import Reach
from routekit.reference.caps import times_used
from routekit.reference.values import Scope
from routekit.schema.times import format_duration, on_wall, zone, zone_of
from routekit.translation import msgid, t

__all__ = ["care", "customer_clock"]

_NO_ZONE = msgid("is no timezone of the database")


def care(policy: CheckedPolicy, facts: Facts, doubt: Doubt | None = None) -> CareDecision:
    """Decides which reaches a policy makes to a customer now, ``facts.now`` being the time that is asked.

    A reach that is given counts for the caps of those behind it. ``doubt`` is that of the policy, for who
    asks more than once.
    """
    caring = _Caring(Scope(policy, facts), doubt or Doubt(policy))
    reaches: list[DueReach] = []
    others: list[OtherReach] = []
    for reach in policy.care.reaches:
        found = caring.look(reach, [made.name for made in reaches])
        if isinstance(found, DueReach):
            reaches.append(found)
        else:
            others.append(OtherReach(reach.name, *found))
    problems = (*facts.problems, *caring.problems)
    return CareDecision(policy.name, policy.revision, tuple(reaches), tuple(others), problems)


def customer_clock(scope: Scope) -> tuple[tzinfo, tuple[Problem, ...]]:
    """Gives a customer's timezone; the policy's where there is none, or, with a problem, no such one."""
    clock = scope.policy.care.clock
    name = None if clock is None else scope.value(clock)
    local = zone_of(name) if isinstance(name, str) else None
    if local is not None:
        return local, ()
    is_wrong = isinstance(name, str)
    return zone(scope.policy.timezone), (Problem(_path(clock), t(_NO_ZONE)),) if is_wrong else ()


class _Caring:
    def __init__(self, scope: Scope, doubt: Doubt) -> None:
        self._scope = scope
        self._policy, self._facts = scope.policy, scope.facts
        self._care = scope.policy.care
        self._doubt = doubt
        self._local, self.problems = customer_clock(scope)
        self._is_left_alone = any(self._may_be(never.condition, True) for never in self._care.nevers)

    def look(self, reach: Reach, made: list[str]) -> DueReach | tuple[Why, str]:
        """The reach if it is made, beside others that are; else why it is not."""
        return next(self._hindrances(reach, made))

    def _hindrances(self, reach: Reach, made: list[str]) -> Iterator[DueReach | tuple[Why, str]]:
        """Yields what is against a reach, one after the other, and behind it the reach as it is made."""
        facts, policy = self._facts, self._policy
        if self._is_left_alone:
            yield "never", t("a `never` holds, or may hold")
        if not self._scope.is_true(reach.condition):
            yield "condition", t("its condition does not hold")
        if self._may_be(reach.condition, False):
            yield "condition", t("its condition rests on what could not be read")
        window = self._window(reach)
        if window is None:
            yield "unknown", t("what it comes after is not known, or has not come")
            return
        start, end = window
        if facts.now < start:
            yield "not yet", t("it is not due before {start}", start=self._said(start))
        if facts.now >= end:
            yield "over", t("it was due until {end}", end=self._said(end))
        channel = self._channel(reach)
        if channel is None:
            yield (
                "no consent",
                t("there is no consent for {listed}", listed=t(" or ").join(reach.channels)),
            )
            return
        queue = None if reach.queue is None else policy.queues[reach.queue]
        calendar = None if queue is None or queue.calendar is None else policy.calendars[queue.calendar]
        moment = first_time(window, facts.now, self._care.quiet, self._local, calendar)
        if moment is None:
            yield (
                "dropped",
                t("quiet hours or a closed queue last until its time is over at {end}", end=self._said(end)),
            )
            return
        for cap in reach.caps:
            if times_used(cap, reach.name, facts.reached, facts.now, made) >= cap.most:
                yield (
                    "capped",
                    t(
                        "at most {most} per {per} {cap}",
                        most=cap.most,
                        per=format_duration(cap.per),
                        cap=_of(cap),
                    ),
                )
        yield DueReach(
            reach.name,
            channel,
            reach.message,
            reach.queue,
            reach.priority,
            on_wall(moment, self._local),
            on_wall(end, self._local),
            reach.title,
            reach.is_survey,
        )

    def _may_be(self, condition: e.Expr | None, truth: bool) -> bool:
        """Whether a condition is true as the facts stand, or may be, or may be anything but true."""
        if truth and self._scope.is_true(condition):
            return True
        return self._doubt.can_be(condition, truth, self._facts)

    def _window(self, reach: Reach) -> Window | None:
        value = self._scope.value(reach.due.value)
        if not isinstance(value, date) or self._is_unread(reach.due.value):  # which a time is too
            return None
        return window_of(reach.due, value, self._facts.now, self._local)

    def _channel(self, reach: Reach) -> str | None:
        """The first channel that the customer consents to."""
        if self._care.consent is None:
            return next(iter(reach.channels), None)
        consents = self._scope.value(self._care.consent)
        if not isinstance(consents, frozenset) or self._is_unread(self._care.consent):
            return None
        return next((channel for channel in reach.channels if channel in consents), None)

    def _is_unread(self, expr: e.Expr) -> bool:
        return bool(self._doubt.unreadable_in(expr, self._facts))

    def _said(self, moment: datetime) -> str:
        return on_wall(moment, self._local).isoformat(sep=" ", timespec="minutes")


def _of(cap: Cap) -> str:
    return t("of all together") if cap.over is None else t("of this one")


def _path(expr: e.Expr | None) -> str:
    match expr:
        case e.FieldRef(record, field):
            return f"{record}.{field}"
        case _:
            return "clock"

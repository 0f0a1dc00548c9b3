"""What the policies that are written by hand share: opening hours, splits, plans, caps and the answer."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import holidays

__all__ = [
    "Office",
    "anniversary",
    "answer",
    "arm_of",
    "best",
    "call_back",
    "call_back_in",
    "certain",
    "is_unread",
    "step",
]

DAY = timedelta(days=1)
NO_DATES: dict[tuple[int, int], tuple[int, int]] = {}


@lru_cache(maxsize=256)
def _holidays(country: str, part: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=part, years=year))


class Office:
    """Opening hours: minutes of the day by weekday, but for holidays, and dates with hours of their own.

    Such dates are open on the ``days`` of the week alone.
    """

    def __init__(
        self,
        zone: str,
        hours: dict[int, tuple[int, int]],
        country: str = "",
        part: str | None = None,
        dates: dict[tuple[int, int], tuple[int, int]] = NO_DATES,
        days: range = range(7),
    ) -> None:
        self.zone = ZoneInfo(zone)
        self.hours = hours
        self.country, self.part, self.dates, self.days = country, part, dates, days

    def is_open(self, now: datetime) -> bool:
        local = now.astimezone(self.zone)
        hours = self._hours(local)
        if hours is None or not hours[0] <= local.hour * 60 + local.minute < hours[1]:
            return False
        return self._works_on(local.date())

    def _hours(self, day: date) -> tuple[int, int] | None:
        if self.dates and (special := self.dates.get((day.month, day.day))) is not None:
            return special if day.weekday() in self.days else None
        return self.hours.get(day.weekday())

    def _works_on(self, day: date) -> bool:
        return not self.country or day not in _holidays(self.country, self.part, day.year)

    def after(self, now: datetime, open_seconds: int) -> datetime:
        """When the office has been open for so long, on its wall."""
        local, left = now.astimezone(self.zone), timedelta(seconds=open_seconds)
        day = local.date()
        while True:
            hours = self._hours(day)
            if hours is not None and self._works_on(day):
                midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
                opens = max(now, (midnight + timedelta(minutes=hours[0])).astimezone(UTC))
                closes = (midnight + timedelta(minutes=hours[1])).astimezone(UTC)
                if opens < closes:
                    if left <= closes - opens:
                        return (opens + left).astimezone(self.zone)
                    left -= closes - opens
            day += DAY


def anniversary(born: date, today: date) -> bool:
    """Whether somebody's birthday is today; of the 29th of February the 28th in other years."""
    if born.month == today.month and born.day == today.day:
        return True
    return (born.month, born.day, today.month, today.day) == (2, 29, 2, 28) and today.year % 4 != 0


def arm_of(seed: str, key: str | None, shares: Sequence[int]) -> int:
    """The arm of a split, from 1; shares are in percent, added up."""
    if key is None:
        return len(shares)
    digest = sha256(b"\0".join((b"routekit-split-1", seed.encode(), key.encode()))).digest()
    point = int.from_bytes(digest[:8], "big") * 100_000_000 >> 64
    return next(number for number, share in enumerate(shares, start=1) if point < share * 1_000_000)


def step(after: int, **does: object) -> dict[str, object]:
    return {"after": after, **does}


def call_back(after: int, within: int) -> dict[str, object]:
    return {"after": after, "callback_within": within}


def call_back_in(office: Office, now: datetime, after: int, within: int) -> dict[str, object]:
    """A call within so many seconds in which the office is open."""
    since = now.astimezone(UTC) + timedelta(seconds=after)
    due = office.after(since, within)
    seconds = (due - since).total_seconds()
    whole = int(seconds) if seconds == int(seconds) else seconds
    return {"after": after, "callback_within": whole, "callback_by": due.isoformat()}


def best(
    eligible: Iterable[tuple[str, float, int, int]],
    seen: Sequence[tuple[str, datetime]],
    now: datetime,
    most: int,
    altogether: tuple[int, int],
) -> list[str]:
    """The offers of the greatest worth, of name, worth, and how often they are made in how many days.

    No more than ``most``, and ``altogether`` so many in so many days.
    """
    due = []
    for name, worth, times, days in eligible:
        if seen:
            per = days * DAY
            made = sum(1 for other, at in seen if other == name and at <= now and now - at < per)
            if made >= times:
                continue
        due.append((worth, name))
    if len(due) > 1:
        due.sort(key=lambda offer: -offer[0])
    if seen:
        all_times, per = altogether[0], altogether[1] * DAY
        most = min(most, max(all_times - sum(1 for _, at in seen if at <= now and now - at < per), 0))
    return [name for _, name in due[: min(most, altogether[0])]]


def is_unread(path: str, problems: Iterable[dict[str, str]]) -> bool:
    """Whether a field was sent and could not be read: it may have any value."""
    return any(problem["path"] == path for problem in problems)


def certain(
    offers: Iterable[tuple[str, float, int, int]], others: Iterable[tuple[str, float, int, int]]
) -> list[tuple[str, float, int, int]]:
    """The offers that are made with the one value and with the other."""
    names = {other[0] for other in others}
    return [offer for offer in offers if offer[0] in names]


def answer(
    rule: str,
    queue: str,
    channel: str,
    priority: int,
    plan: list[dict[str, object]],
    skills: Iterable[str] = (),
    message: str | None = None,
    agent: str | None = None,
    arm: int | None = None,
) -> dict[str, Any]:
    return {
        "rule": rule,
        "channel": channel,
        "queue": queue,
        "agent": agent,
        "priority": priority,
        "skills": [*skills],
        "offers": [],
        "message": message,
        "plan": plan,
        "arm": arm,
        "problems": [],
    }

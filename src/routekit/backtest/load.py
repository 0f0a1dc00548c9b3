"""The load of queues in the busiest half hour of a week, and the people it takes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from routekit.backtest.tally import QUARTER, Arrival
from routekit.erlang import Target, people_for

__all__ = ["HALF_HOUR", "Handling", "QueueLoad", "Slot", "Week", "loads_of", "week_of"]

HALF_HOUR = timedelta(minutes=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Known = Literal["measured", "assumed"]

Slot = tuple[int, int]
"""A weekday, Monday being 0, and a half hour of it, midnight being 0."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How long a contact takes an agent, and whether that was ``measured`` in a log or is ``assumed``.

    ``patience`` is how long one waits before he gives up, in the mean; None where nothing is known of it.
    """

    time: timedelta
    known: Known
    patience: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """Contacts of a queue by the half hours of a week, in the mean over all such half hours of a period."""

    before: Mapping[Slot, float]
    now: Mapping[Slot, float]

    @property
    def moved(self) -> float:
        """By how many contacts the half hours differ, before and now."""
        slots = {*self.before, *self.now}
        return sum(abs(self.now.get(slot, 0.0) - self.before.get(slot, 0.0)) for slot in slots)


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """A queue in the half hour of the week in which most of its contacts come.

    ``before`` and ``now`` are contacts in that half hour; erlangs and people are None where no handling time
    is known, people also where no number of them is enough.
    """

    queue: str
    slot: Slot
    before: float
    now: float
    handling: Handling | None
    erlangs: tuple[float, float] | None
    people: tuple[int | None, int | None] | None

    @property
    def when(self) -> timedelta:
        """The time of the day, as the time since midnight."""
        return self.slot[1] * HALF_HOUR


def week_of(arrivals: Mapping[Arrival, int], clock: tzinfo) -> dict[str, Week]:
    """Returns for each queue its mean week, by the clock on the wall of a timezone.

    The days count from the first on which any contact came to the last.

    >>> monday = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp()) // 900
    >>> week = week_of({(0, "general", monday): 6, (0, "general", monday + 1): 2}, UTC)["general"]
    >>> dict(week.before), dict(week.now)
    ({(0, 20): 8.0}, {})
    """
    slots: dict[int, tuple[date, Slot]] = {}
    for _, _, quarter in arrivals:
        if quarter not in slots:
            local = (_EPOCH + quarter * QUARTER).astimezone(clock)
            slots[quarter] = local.date(), (local.weekday(), local.hour * 2 + local.minute // 30)
    days = _weekdays({day for day, _ in slots.values()})
    counted: dict[str, tuple[Counter[Slot], Counter[Slot]]] = {}
    for (version, queue, quarter), number in arrivals.items():
        counted.setdefault(queue, (Counter(), Counter()))[version][slots[quarter][1]] += number
    return {
        queue: Week(*({slot: each[slot] / days[slot[0]] for slot in sorted(each)} for each in both))
        for queue, both in sorted(counted.items())
    }


def _weekdays(days: Iterable[date]) -> Counter[int]:
    """How often each weekday lies between the first and the last of some days."""
    first, last = min(days, default=date.min).toordinal(), max(days, default=date.min).toordinal()
    whole, rest = divmod(last - first + 1, 7)
    return Counter({day: whole + ((day - date.fromordinal(first).weekday()) % 7 < rest) for day in range(7)})


def loads_of(
    weeks: Mapping[str, Week],
    handling: Mapping[str, Handling],
    target: Target,
) -> tuple[QueueLoad, ...]:
    """Returns the load of each queue in its busiest half hour, now or, of a queue that is empty now, before.

    Those to which most contacts come anew, or come no more, stand first.
    """
    ranked = sorted(weeks.items(), key=lambda item: (-item[1].moved, item[0]))
    return tuple(_load(queue, week, handling.get(queue), target) for queue, week in ranked)


def _load(queue: str, week: Week, handling: Handling | None, target: Target) -> QueueLoad:
    busiest = week.now or week.before
    slot = max(busiest, key=lambda slot: (busiest[slot], tuple(-part for part in slot)))
    before, now = week.before.get(slot, 0.0), week.now.get(slot, 0.0)
    if handling is None:
        return QueueLoad(queue, slot, before, now, None, None, None)
    erlangs = before * (handling.time / HALF_HOUR), now * (handling.time / HALF_HOUR)
    people = tuple(people_for(load, handling.time, target, handling.patience) for load in erlangs)
    return QueueLoad(queue, slot, before, now, handling, erlangs, (people[0], people[1]))

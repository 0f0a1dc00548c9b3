"""Who may come: contacts of a log, or such as a policy declares, and when how many of them do."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from math import log1p, sqrt

from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy
from routekit.schema.times import instant, zone
from routekit.schema.types import Value
from routekit.simulation.draws import Draws
from routekit.simulation.scenario import Scenario
from routekit.simulation.week import HALF_HOUR, HALF_HOURS, by_half_hour
from routekit.translation import t

__all__ = ["Coming", "Pool", "Template", "begin_of", "coming", "expected_per_half_hour"]


@dataclass(frozen=True, slots=True)
class Template:
    """A contact that may come any number of times; ``at`` is when it came, as far as that is known."""

    contact: Mapping[str, object]
    values: Mapping[tuple[str, str], Value | None]
    channel: str
    matter: str | None
    at: datetime | None


class Pool:
    """The contacts that come, made once for a policy and a scenario."""

    def __init__(self, policy: CheckedPolicy, contacts: Iterable[object], matter: str) -> None:
        intake = Intake(policy)
        now = datetime(2000, 1, 1, tzinfo=UTC)
        record, _, field = matter.partition(".")
        self.templates: list[Template] = []
        self.no_signals = intake.no_signals
        for contact in contacts:
            read = intake.read(contact, now)
            if not isinstance(contact, Mapping):
                continue
            at = read.fields.get(("contact", "at"))
            about = read.fields.get((record, field))
            channel = read.fields.get(("contact", "channel"))
            self.templates.append(
                Template(
                    contact,
                    read.fields,
                    channel if isinstance(channel, str) else "",
                    about if isinstance(about, str) else None,
                    at if isinstance(at, datetime) else None,
                )
            )
        if not self.templates:
            raise ValueError(t("no contacts come: the file of `arrivals.contacts` has none"))


def begin_of(policy: CheckedPolicy, scenario: Scenario) -> datetime:
    """Returns the midnight, by the policy's clock, at which a scenario begins."""
    midnight = instant(datetime.combine(scenario.begin, time()), zone(policy.timezone))
    assert midnight is not None, "a scenario lies within the ends of time"
    return midnight


def logged_week(policy: CheckedPolicy, templates: Sequence[Template]) -> tuple[tuple[float, ...], ...]:
    """Counts how many came, on average, in each half hour of the week.

    Days between the first and the last count, also those without a contact. Raises ``ValueError`` where no
    contact tells when it came.
    """
    local = zone(policy.timezone)
    table = [[0.0] * HALF_HOURS for _ in range(7)]
    days: set[date] = set()
    for template in templates:
        if template.at is not None:
            wall = template.at.astimezone(local)
            days.add(wall.date())
            table[wall.weekday()][wall.hour * 2 + wall.minute // 30] += 1
    if not days:
        raise ValueError(
            t("no contact tells by `contact.at` when it came: say how many come, by `arrivals.per_half_hour`")
        )
    first, last = min(days), max(days)
    number = [0] * 7
    for ahead in range((last - first).days + 1):
        number[(first + timedelta(days=ahead)).weekday()] += 1
    return tuple(
        tuple(count / max(times, 1) for count in counts) for counts, times in zip(table, number, strict=True)
    )


def expected_per_half_hour(policy: CheckedPolicy, scenario: Scenario, pool: Pool) -> list[float]:
    """Returns how many contacts are expected in each half hour of a run."""
    begin = begin_of(policy, scenario)
    local = zone(policy.timezone)
    arrivals = scenario.arrivals
    table = arrivals.per_half_hour or logged_week(policy, pool.templates)
    counts = by_half_hour(table, begin, scenario.days * HALF_HOURS, local)
    more = {day: 1.0 for event in arrivals.events.values() for day in event.on}
    for event in arrivals.events.values():
        for day in event.on:
            more[day] *= 1 + event.expect
    scale = arrivals.scale.value
    return [
        count * scale * more.get((begin + timedelta(seconds=half * HALF_HOUR)).astimezone(local).date(), 1.0)
        for half, count in enumerate(counts)
    ]


@dataclass(frozen=True, slots=True)
class Coming:
    """The contacts of one replication, in order: when each comes, in seconds, and which one it is."""

    times: list[float]
    templates: list[int]


def coming(policy: CheckedPolicy, pool: Pool, expected: Sequence[float], draws: Draws) -> Coming:
    """Draws who comes when: a Poisson process whose rate changes by the half hour.

    Contacts that came in the same half hour of a day are drawn there, where there are such; all others else.
    """
    ends = [*accumulate(expected)]
    total = ends[-1]
    times: list[float] = []
    reached, number = 0.0, 0
    gaps = draws.first("arrival", int(total + 8 * sqrt(total)) + 100)
    half, start, last = 0, 0.0, len(expected) - 1
    while True:
        if number == len(gaps):
            gaps = draws.first("arrival", 2 * len(gaps))
        reached += -log1p(-gaps[number])
        number += 1
        if reached >= total:
            break
        if reached >= ends[half]:
            half = min(bisect_right(ends, reached), last)
            start = ends[half] - expected[half]
        times.append((half + (reached - start) / expected[half]) * HALF_HOUR)
    places = _by_half_hour(policy, pool)
    everybody = [*range(len(pool.templates))]
    picks = draws.first("contact", len(times))
    templates = []
    for at, pick in zip(times, picks, strict=True):
        those = places.get(int(at / HALF_HOUR) % HALF_HOURS, everybody)
        templates.append(those[int(pick * len(those))])
    return Coming(times, templates)


def _by_half_hour(policy: CheckedPolicy, pool: Pool) -> dict[int, list[int]]:
    local = zone(policy.timezone)
    found: dict[int, list[int]] = {}
    for place, template in enumerate(pool.templates):
        if template.at is not None:
            wall = template.at.astimezone(local)
            found.setdefault(wall.hour * 2 + wall.minute // 30, []).append(place)
    return found


def moved(template: Template, now: datetime) -> Mapping[str, object]:
    """Returns a contact as it comes now: what it holds of times has moved along with it."""
    contact = template.contact
    changed: dict[str, dict[str, object]] = {}
    for (record, field), value in template.values.items():
        if isinstance(value, datetime) and (record, field) != ("contact", "at") and template.at is not None:
            changed.setdefault(record, {})[field] = value + (now - template.at)
    members = {}
    for record, fields in changed.items():
        own = contact.get(record)
        if isinstance(own, Mapping):
            members[record] = {**own, **{name: value for name, value in fields.items() if name in own}}
    return {**contact, **members}

"""Who may come: contacts of a log, or such as a policy declares, and when how many of them do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy
from routekit.schema.times import instant, parse_time, zone
from routekit.schema.types import Value
from routekit.simulation.scenario import Scenario
from routekit.simulation.week import HALF_HOURS
from routekit.translation import t

__all__ = ["Pool", "Template", "begin_of", "logged_week", "moved"]


@dataclass(frozen=True, slots=True)
class Template:
    """A contact that may come any number of times; ``at`` is when it came, as far as that is known."""

    contact: Mapping[str, object]
    values: Mapping[tuple[str, str], Value | None]
    channel: str
    matter: str | None
    at: datetime | None
    ages: tuple[tuple[str, str, timedelta], ...] = ()


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
            at = read.fields.get(("contact", "at")) or _sent_at(contact, zone(policy.timezone))
            about = read.fields.get((record, field))
            channel = read.fields.get(("contact", "channel"))
            came = at if isinstance(at, datetime) else None
            self.templates.append(
                Template(
                    contact,
                    read.fields,
                    channel if isinstance(channel, str) else "",
                    about if isinstance(about, str) else None,
                    came,
                    _ages(contact, read.fields, came),
                )
            )
        if not self.templates:
            raise ValueError(t("no contacts come: the file of `arrivals.contacts` has none"))


def _sent_at(contact: Mapping[object, object], local: tzinfo) -> datetime | None:
    """When a contact says that it came, where the policy has no such field."""
    own = contact.get("contact")
    sent = own.get("at") if isinstance(own, Mapping) else None
    return parse_time(sent, local) if isinstance(sent, str) else None


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


def moved(template: Template, now: datetime) -> dict[str, object]:
    """Returns a contact as it comes now: what it holds of times has moved along with it."""
    contact = {**template.contact}
    for record, field, age in template.ages:
        own = contact[record]
        assert isinstance(own, Mapping)
        contact[record] = {**own, field: now + age}
    return contact


def _ages(
    contact: Mapping[str, object], values: Mapping[tuple[str, str], Value | None], at: datetime | None
) -> tuple[tuple[str, str, timedelta], ...]:
    """The times that a contact holds beside its own, by how long they were before it came, or after."""
    if at is None:
        return ()
    found = []
    for (record, field), value in values.items():
        if isinstance(value, datetime) and (record, field) != ("contact", "at"):
            own = contact.get(record)
            if isinstance(own, Mapping) and field in own:
                found.append((record, field, value - at))
    return tuple(found)

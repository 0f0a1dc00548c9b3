"""Opening hours by the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.policy.calendars import (
    Calendar,
    HolidayRegion,
    Opening,
    holiday_dates,
    is_known_region,
    is_open,
)
from routekit.schema.times import zone

WEEK = frozenset(range(7))
OFFICE = Calendar(
    "office", (Opening(frozenset(range(5)), 8 * 60, 20 * 60), Opening(frozenset({5}), 9 * 60, 13 * 60))
)
FRIDAY_NIGHT = Calendar("night", (Opening(frozenset({4}), 22 * 60, 6 * 60),))
EARLY = Calendar("early", (Opening(WEEK, 2 * 60, 3 * 60),))
ALWAYS = Calendar("always", (Opening(WEEK, 0, 24 * 60),))


@pytest.mark.parametrize(
    ("calendar", "timezone", "utc", "expected"),
    [
        (OFFICE, "UTC", "2026-11-23T08:00:00", True),
        (OFFICE, "UTC", "2026-11-23T07:59:59.999999", False),
        (OFFICE, "UTC", "2026-11-23T19:59:59.999999", True),
        (OFFICE, "UTC", "2026-11-23T20:00:00", False),  # the end is outside
        (OFFICE, "UTC", "2026-11-28T12:59:59", True),  # Saturday
        (OFFICE, "UTC", "2026-11-28T13:00:00", False),
        (OFFICE, "UTC", "2026-11-29T10:00:00", False),  # Sunday
        (OFFICE, "Asia/Shanghai", "2026-11-23T00:00:00", True),
        (OFFICE, "Asia/Shanghai", "2026-11-22T23:59:59", False),
        (OFFICE, "America/New_York", "2026-11-23T12:59:59", False),
        (OFFICE, "America/New_York", "2026-11-23T13:00:00", True),
        # over midnight: Friday from 22:00 to Saturday 06:00
        (FRIDAY_NIGHT, "UTC", "2026-11-27T21:59:59", False),
        (FRIDAY_NIGHT, "UTC", "2026-11-27T22:00:00", True),
        (FRIDAY_NIGHT, "UTC", "2026-11-28T05:59:59", True),
        (FRIDAY_NIGHT, "UTC", "2026-11-28T06:00:00", False),
        (FRIDAY_NIGHT, "UTC", "2026-11-28T23:00:00", False),
        (FRIDAY_NIGHT, "UTC", "2026-11-27T05:00:00", False),  # that is Thursday's night
        # 02:00-03:00 in Berlin comes twice in autumn and not at all in spring
        (EARLY, "Europe/Berlin", "2026-10-25T00:30:00", True),
        (EARLY, "Europe/Berlin", "2026-10-25T01:30:00", True),
        (EARLY, "Europe/Berlin", "2026-10-25T02:00:00", False),
        (EARLY, "Europe/Berlin", "2026-03-29T00:59:59", False),
        (EARLY, "Europe/Berlin", "2026-03-29T01:00:00", False),
        (ALWAYS, "Pacific/Apia", "2011-12-30T12:00:00", True),  # a date that Samoa left out
    ],
)
def test_a_calendar_is_open_by_the_clock_on_the_wall(
    calendar: Calendar, timezone: str, utc: str, expected: bool
) -> None:
    assert is_open(calendar, datetime.fromisoformat(utc).replace(tzinfo=UTC), timezone) is expected


@pytest.mark.parametrize(
    ("utc", "expected"),
    [
        ("2026-12-24T10:00:00", True),
        ("2026-12-25T10:00:00", False),  # a public holiday
        ("2026-12-28T10:00:00", False),  # the days between, first and last inside
        ("2026-12-31T10:00:00", False),
        ("2027-01-04T10:00:00", True),
    ],
)
def test_closed_wins(utc: str, expected: bool) -> None:
    calendar = Calendar(
        "office", ALWAYS.openings, ((date(2026, 12, 28), date(2026, 12, 31)),), (HolidayRegion("DE"),)
    )
    assert is_open(calendar, datetime.fromisoformat(utc).replace(tzinfo=UTC), "Europe/Berlin") is expected


def test_a_closed_day_is_the_local_one() -> None:
    calendar = Calendar("office", ALWAYS.openings, ((date(2026, 12, 31), date(2026, 12, 31)),))
    assert not is_open(calendar, datetime(2026, 12, 30, 16, tzinfo=UTC), "Asia/Shanghai")
    assert is_open(calendar, datetime(2026, 12, 31, 16, tzinfo=UTC), "Asia/Shanghai")


def _walked(calendar: Calendar, moment: datetime, timezone: str) -> bool:
    """The same question, answered by laying every opening of the days around on the wall's clock."""
    wall = moment.astimezone(zone(timezone)).replace(tzinfo=None)
    if any(first <= wall.date() <= last for first, last in calendar.closed_dates):
        return False
    for days_ago in (0, 1):
        day = wall.date() - timedelta(days=days_ago)
        for opening in calendar.openings:
            if day.weekday() in opening.weekdays:
                start = datetime.combine(day, time()) + timedelta(minutes=opening.start)
                end = datetime.combine(day, time()) + timedelta(minutes=opening.end)
                if start <= wall < (end if opening.end > opening.start else end + timedelta(days=1)):
                    return True
    return False


@given(
    openings=st.lists(
        st.tuples(
            st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(1, 1440)
        ).filter(lambda opening: opening[1] != opening[2]),
        min_size=1,
        max_size=3,
    ),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    timezone=st.sampled_from(
        ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"]
    ),
)
@settings(max_examples=300)
def test_a_calendar_agrees_with_one_laid_out_day_by_day(
    openings: list[tuple[frozenset[int], int, int]], moment: datetime, timezone: str
) -> None:
    calendar = Calendar("any", tuple(Opening(*opening) for opening in openings))
    assert is_open(calendar, moment, timezone) is _walked(calendar, moment, timezone)


@pytest.mark.parametrize("year", [1, 1800, 2026, 2500, 9999])
@pytest.mark.parametrize("country", ["CN", "DE", "SA", "IL", "IN", "JP", "ET", "TH"])
def test_holidays_of_any_year_can_be_asked_for(country: str, year: int) -> None:
    assert all(day.year == year for day in holiday_dates(HolidayRegion(country), year))


@pytest.mark.parametrize(
    ("country", "part", "known"),
    [("CN", None, True), ("US", "CA", True), ("XX", None, False), ("US", "QQ", False), ("DE", "BY", True)],
)
def test_regions_are_known_by_iso_3166(country: str, part: str | None, known: bool) -> None:
    assert is_known_region(HolidayRegion(country, part)) is known


CLOSED_DESK = Policy.from_text("""
    policy p "Opening hours"
    timezone Europe/Berlin
    record contact { channel one of voice  at time ? }
    channel voice { assisted cost 1 }
    calendar office { open Mon-Fri 08:00-20:00 }
    queue general { on voice }
    queue desk { on voice  open office }
    route {
      rule desk_first when contact.channel is voice
        then queue desk
          after 30m queue desk
          after 9000000d queue desk
          after 9000001d any agent
      otherwise queue general
        after 9000000d queue desk
    }
""")


@pytest.mark.parametrize(
    ("at", "rule", "steps"),
    [
        ("2026-11-23 19:29:59", "desk_first", [1800, 777600086400]),
        ("2026-11-23 19:30:00", "desk_first", [777600086400]),  # the step's queue will be closed by then
        ("2026-11-23 20:00", "otherwise", []),
        ("9999-12-28 10:00Z", "desk_first", [1800, 777600086400]),
    ],
)
def test_a_step_whose_queue_will_be_closed_by_then_is_left_out(at: str, rule: str, steps: list[int]) -> None:
    """Also where `then` lies beyond the end of time: no queue is open there, and nothing is raised."""
    decision = Engine(CLOSED_DESK).decide({"contact": {"channel": "voice", "at": at}})
    assert (decision.rule, [step.to_dict()["after"] for step in decision.plan]) == (rule, steps)


def test_the_package_of_holidays_warns_nobody_who_decides() -> None:
    """It knows some countries for some years only, and says so in a warning, which is an error in tests."""
    holiday_dates.cache_clear()
    assert date(2040, 1, 26) in holiday_dates(HolidayRegion("IN"), 2040)
    assert is_known_region(HolidayRegion("KR"))

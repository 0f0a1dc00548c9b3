"""Opening hours by the clock on the wall."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routekit import Engine, Policy, PolicyError
from routekit.policy.calendar_days import (
    Dates,
    Days,
    Exactness,
    Holidays,
    MonthDay,
    Season,
    Weekdays,
    YearlyDates,
    is_known_region,
)
from routekit.policy.calendars import Calendar, Clause, Hours
from routekit.schema.times import zone

WEEK = Weekdays(frozenset(range(7)))


def _open(days: Days, start: int, end: int) -> Clause:
    return Clause(True, days, Hours(start * 60, end * 60))


def _calendar(*clauses: Clause, timezone: str = "UTC") -> Calendar:
    return Calendar("any", timezone, (clauses,))


OFFICE = _calendar(
    _open(Weekdays(frozenset(range(5))), 8, 20),
    _open(Weekdays(frozenset({5})), 9, 13),
)
FRIDAY_NIGHT = _calendar(_open(Weekdays(frozenset({4})), 22, 30))
EARLY = _calendar(_open(WEEK, 2, 3))
ALWAYS = _calendar(_open(WEEK, 0, 24))


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
    there = replace(calendar, timezone=timezone)
    assert there.is_open(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is expected


def _on_the_wall(calendar: Calendar, moment: datetime) -> bool:
    """The same question, answered from the clauses of one calendar by what the manual says of them."""
    wall = moment.astimezone(zone(calendar.timezone)).replace(tzinfo=None)
    is_open = False
    for days_ago in (0, 1):
        day = wall.date() - timedelta(days=days_ago)
        passed = (wall - datetime(day.year, day.month, day.day)) // timedelta(minutes=1)
        speaking = [clause for clause in calendar.clauses if day in clause.days]
        if any(_covers(clause, passed) for clause in speaking if clause.is_cut):
            return False
        for exactness in Exactness:
            said = [c for c in speaking if c.days.exactness == exactness and not c.is_cut]
            if said:
                opening = [c for c in said if not isinstance(c.days, Season) or day in c.days.weekdays]
                is_open = is_open or any(_covers(clause, passed) for clause in opening if clause.opens)
                break
    return is_open


def _covers(clause: Clause, minute: int) -> bool:
    return clause.hours is not None and clause.hours.start <= minute < clause.hours.end


_DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))
_YEARLY = st.builds(lambda day: MonthDay(day.month, day.day), st.dates(date(2028, 1, 1), date(2028, 12, 31)))
_SPANS = st.one_of(
    st.builds(lambda first, days: Dates(first, first + timedelta(days=days)), _DATES, st.integers(0, 90)),
    st.builds(YearlyDates, _YEARLY, _YEARLY),
)
_WEEKDAYS = st.builds(Weekdays, st.frozensets(st.integers(0, 6), min_size=1))
_DAYS = st.one_of(_SPANS, st.builds(Season, _SPANS, _WEEKDAYS), _WEEKDAYS)
_HOURS = st.builds(
    lambda start, length: Hours(start, start + length), st.integers(0, 1439), st.integers(1, 1439)
)
_CLAUSES = st.one_of(
    st.builds(Clause, st.just(True), _DAYS, _HOURS),
    st.builds(Clause, st.just(False), _SPANS, st.none() | _HOURS),
)
_ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "America/Havana"]
)
_CALENDARS = st.builds(
    Calendar, st.just("any"), _ZONES, st.tuples(st.lists(_CLAUSES, min_size=1, max_size=8).map(tuple))
)


@given(_CALENDARS, st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30), timezones=st.just(UTC)))
@settings(max_examples=400)
def test_a_calendar_says_what_the_manual_says_of_its_clauses(calendar: Calendar, moment: datetime) -> None:
    assert calendar.is_open(moment) is _on_the_wall(calendar, moment)


@given(
    _CALENDARS,
    st.datetimes(datetime(2026, 1, 2), datetime(2026, 12, 30), timezones=st.just(UTC)),
    st.integers(0, 8 * 24 * 60),
)
@settings(max_examples=200, deadline=None)
def test_open_intervals_hold_the_instants_at_which_it_is_open(
    calendar: Calendar, first: datetime, minutes: int
) -> None:
    last = first + timedelta(minutes=minutes)
    stretches = [*calendar.open_intervals(first, last)]
    ends = [end for stretch in stretches for end in stretch]
    assert ends == sorted(set(ends))
    assert not ends or (first <= ends[0] and ends[-1] <= last)
    tick = timedelta(microseconds=1)
    tried = {
        moment
        for edge in (*ends, *(first + timedelta(minutes=step) for step in range(0, minutes, 97)))
        for moment in (edge - tick, edge)
        if first <= moment < last
    }
    for moment in tried:
        assert calendar.is_open(moment) is any(start <= moment < end for start, end in stretches)


def _told(stretches: Iterable[tuple[datetime, datetime]]) -> list[str]:
    return [f"{start:%d %H:%M} to {end:%d %H:%M}" for start, end in stretches]


@pytest.mark.parametrize(
    ("calendar", "timezone", "first", "expected"),
    [
        # 02:00-03:00 in Berlin is the hour that is left out, and the one that comes twice
        (EARLY, "Europe/Berlin", "2026-03-28", ["28 01:00 to 28 02:00", "30 00:00 to 30 01:00"]),
        (EARLY, "Europe/Berlin", "2026-10-24", ["24 00:00 to 24 01:00", "25 00:00 to 25 02:00",
                                                "26 01:00 to 26 02:00"]),
        (ALWAYS, "Europe/Berlin", "2026-10-24", ["24 00:00 to 27 00:00"]),
        (ALWAYS, "Pacific/Apia", "2011-12-29", ["29 00:00 to 01 00:00"]),
        (FRIDAY_NIGHT, "UTC", "2026-11-27", ["27 22:00 to 28 06:00"]),
        (FRIDAY_NIGHT, "UTC", "2026-11-28", ["28 00:00 to 28 06:00"]),  # cut where the span begins
    ],
)  # fmt: skip
def test_open_intervals_of_three_days(
    calendar: Calendar, timezone: str, first: str, expected: list[str]
) -> None:
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    there = replace(calendar, timezone=timezone)
    assert _told(there.open_intervals(start, start + timedelta(days=3))) == expected


@pytest.mark.parametrize(
    ("since", "open_time", "expected"),
    [
        ("2026-11-27 12:00", timedelta(hours=4), "2026-11-27 16:00"),
        ("2026-11-27 16:00", timedelta(hours=4), "2026-11-27 20:00"),  # as it closes, not when it opens again
        ("2026-11-27 16:00", timedelta(hours=4, minutes=1), "2026-11-28 09:01"),
        ("2026-11-28 14:00", timedelta(minutes=1), "2026-11-30 08:01"),  # it is closed
        ("2026-11-28 14:00", timedelta(0), "2026-11-28 14:00"),
        ("2026-11-27 12:00", timedelta(hours=400), "2027-01-11 12:00"),
        ("2026-11-27 12:00", timedelta(days=30), None),  # not within 60 days
    ],
)
def test_when_so_much_open_time_has_passed(since: str, open_time: timedelta, expected: str | None) -> None:
    found = OFFICE.after_open_time(datetime.fromisoformat(since).replace(tzinfo=UTC), open_time)
    assert (None if found is None else f"{found:%Y-%m-%d %H:%M}") == expected


def test_open_time_of_a_clock_that_jumps() -> None:
    """The night of 29 March has an hour less in Berlin."""
    night = _calendar(_open(WEEK, 22, 30), timezone="Europe/Berlin")
    since = datetime(2026, 3, 28, 21, tzinfo=UTC)  # 22:00 there
    assert night.after_open_time(since, timedelta(hours=7)) == datetime(2026, 3, 29, 4, tzinfo=UTC)
    assert night.after_open_time(since, timedelta(hours=8)) == datetime(2026, 3, 29, 21, tzinfo=UTC)


def test_the_ends_of_time() -> None:
    first, last = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
    assert ALWAYS.is_open(first)
    assert ALWAYS.is_open(last)
    assert not ALWAYS.is_open(last, timedelta(days=9_000_000))
    assert ALWAYS.after_open_time(last, timedelta(days=2)) is None
    assert OFFICE.next_opening(last) is None


@pytest.mark.parametrize("year", [1, 1800, 2026, 2500, 9999])
@pytest.mark.parametrize("country", ["CN", "DE", "SA", "IL", "IN", "JP", "ET", "TH"])
def test_holidays_of_any_year_can_be_asked_for(country: str, year: int) -> None:
    assert (date(year, 3, 3) in Holidays(country)) in (True, False)


@pytest.mark.parametrize(
    ("country", "part", "known"),
    [("CN", None, True), ("US", "CA", True), ("XX", None, False), ("US", "QQ", False), ("DE", "BY", True)],
)
def test_regions_are_known_by_iso_3166(country: str, part: str | None, known: bool) -> None:
    assert is_known_region(Holidays(country, part)) is known


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
    assert date(2041, 1, 26) in Holidays("IN")
    assert is_known_region(Holidays("KR"))


# ── what is written otherwise ─────────────────────────────────────────────────


def _mended(clause: str) -> str:
    """The clause of a calendar with the fix of the first finding."""
    text = f"""\
policy p
record contact {{ channel one of voice }}
channel voice {{ assisted }}
calendar c {{ open Mon 08:00-09:00  {clause} }}
queue box {{ on voice }}
route {{ otherwise queue box }}
"""
    try:
        found = Policy.from_text(text).warnings
    except PolicyError as refused:
        found = refused.diagnostics
    fix = found[0].fix
    assert fix is not None, found
    for edit in sorted(fix.edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert Policy.from_text(text).warnings == ()
    return text.partition("09:00  ")[2].partition(" }")[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("open 24 Dec 08:00-12:00", "open Dec 24 08:00-12:00"),
        ("open 24. Dec 08:00-12:00", "open Dec 24 08:00-12:00"),
        ("open December 24 08:00-12:00", "open Dec 24 08:00-12:00"),
        ("open Sept 24 08:00-12:00", "open Sep 24 08:00-12:00"),
        ("open Dec 24-26 08:00-12:00", "open Dec 24..Dec 26 08:00-12:00"),
        ("open Dec 24..26 08:00-12:00", "open Dec 24..Dec 26 08:00-12:00"),
        ("open Dec 24 - Jan 1 08:00-12:00", "open Dec 24..Jan 1 08:00-12:00"),
        ("open 2099-12-24 to 2099-12-26 08:00-12:00", "open 2099-12-24..2099-12-26 08:00-12:00"),
        ("closed 2099-12-24-2099-12-26", "closed 2099-12-24..2099-12-26"),
        ("open Mon..Fri 08:00-12:00", "open Mon-Fri 08:00-12:00"),
        ("open monday 08:00-12:00", "open Mon 08:00-12:00"),
        ("open Mon-Fri Jun 1..Aug 31 07:00-22:00", "open Jun 1..Aug 31 Mon-Fri 07:00-22:00"),
        ("open Mon-Fri 07:00-22:00 Jun 1..Aug 31", "open Jun 1..Aug 31 Mon-Fri 07:00-22:00"),
        ("open Jun 1-Aug 31 Mon-Fri 07:00-22:00", "open Jun 1..Aug 31 Mon-Fri 07:00-22:00"),
        ("closed holidays us-ca", "closed holidays US-CA"),
        ("open makeup days cn", "open makeup days CN"),
        ("open Sun 00:00-23:59", "open Sun 00:00-24:00"),
        ("timezone europe/berlin", "timezone Europe/Berlin"),
    ],
)
def test_what_was_surely_meant_is_a_fix(written: str, meant: str) -> None:
    assert _mended(written) == meant


def test_a_machine_without_timezones_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.checker.timezones.zone_of", lambda _: None)
    head = "policy p\ntimezone Europe/Berlin\nrecord contact { channel one of voice }"
    rest = "channel voice { assisted }\nqueue q { on voice }\nroute { otherwise queue q }"
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(f"{head}\n{rest}")
    (found,) = refused.value.diagnostics
    assert found.message == "there is no timezone database on this machine"
    assert found.help == "install the package `tzdata`"


def test_a_long_chain_of_calendars_is_refused_not_run_into() -> None:
    chain = "\n".join(f"calendar c{n} {{ as c{n - 1} }}" for n in range(1, 2000))
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(f"policy p\ncalendar c0 {{ open Mon 08:00-09:00 }}\n{chain}")
    assert "begin with each other" in str(refused.value)


def test_what_calendars_take_over_is_bounded() -> None:
    dates = ", ".join(f"{date(2099, 1, 1) + timedelta(days=number)}" for number in range(600))
    others = "\n".join(f"calendar c{number} {{ as c }}" for number in range(600))
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(f"policy p\ncalendar c {{ open Mon 08:00-09:00  closed {dates} }}\n{others}")
    assert "RK008" in [item.code for item in refused.value.diagnostics]

"""Instants, dates and durations as callers and authors write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.schema.times import format_duration, instant, parse_date, parse_duration, parse_time, zone

BERLIN = zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-23T10:00:00+08:00", "2026-11-23T02:00:00"),
        ("2026-11-23 10:00+0800", "2026-11-23T02:00:00"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00"),
        ("2026-11-23t10:00z", "2026-11-23T10:00:00"),
        ("2026-11-23 10:00", "2026-11-23T09:00:00"),  # read in Berlin's winter
        ("2026-07-23 10:00", "2026-07-23T08:00:00"),  # and in its summer
        ("2026-11-23 9:05", "2026-11-23T08:05:00"),
        ("2026-11-23T10:00:00.25Z", "2026-11-23T10:00:00.250000"),
        ("2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00.123456"),
        ("2026-11-23T00:30:00-05:30", "2026-11-23T06:00:00"),
        (
            "1204-11-13T03:00:00+00:53:28",
            "1204-11-13T02:06:32",
        ),  # local mean time
        ("2026-10-25 02:30", "2026-10-25T00:30:00"),  # comes twice; the first is meant
        ("2026-03-29 02:30", "2026-03-29T01:30:00"),  # does not exist; an hour later does
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59"),
    ],
)
def test_a_time_is_read_as_an_instant(text: str, utc: str) -> None:
    assert parse_time(text, BERLIN) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-11-23", "10:00", "2026-11-23T25:00", "2026-11-23T10:60", "2026-11-23T",
        "2026-02-30 10:00",
        "2026-11-23 10:00 Europe/Berlin", "2026-11-23T10:00+24:00", "26-11-23 10:00",
        "2026-11-23T10:00:00 ", "2026-11-23T10:00+01:00:60",
        "0001-01-01T00:00Z", "9999-12-31T23:59Z", "２０２６-11-23 10:00", "now",
        "2026-11-23T10:00:00+08:00" + " " * 99,
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text, UTC) is None


@pytest.mark.parametrize(
    "text",
    ["", "2026-2-3", "2026-02-30", "20261123", "2026-11-23T00:01", " 2026-11-23", "２０２６-１１-２３"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_a_date_is_read() -> None:
    assert parse_date("2026-11-23") == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("30s", 30),
        ("5m", 300),
        ("24h", 86_400),
        ("7d", 604_800),
        ("1h30m", 5_400),
        ("1d2h3m4s", 93_784),
        ("90m", 5_400),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "5", "m", "5 m", "5min", "-5m", "30m1h", "1h1h", "1.5h", "9999999999d", "999999999d24h", "５m"],
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None


@given(st.timedeltas(timedelta(0), timedelta(days=900_000)))
def test_a_duration_is_written_so_that_it_is_read_again(span: timedelta) -> None:
    whole = timedelta(days=span.days, seconds=span.seconds)
    assert parse_duration(format_duration(whole)) == whole


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(days=1, hours=2), "1d2h"),
        (timedelta(seconds=-90), "-1m30s"),
        (timedelta(milliseconds=1500), "1.5s"),
    ],
)
def test_a_duration_is_written_in_the_words_of_the_language(span: timedelta, text: str) -> None:
    assert format_duration(span) == text


def test_an_instant_is_the_same_however_its_offset_is_written() -> None:
    moment = datetime(2026, 11, 23, 10, tzinfo=timezone(timedelta(hours=8)))
    assert instant(moment, BERLIN) == datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "moment", [datetime.min, datetime.max, datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_the_ends_of_time_are_no_instants(moment: datetime) -> None:
    assert instant(moment, BERLIN) is None


def test_an_instant_is_plain_whatever_class_it_came_in() -> None:
    """A subclass could run code of its own in the middle of a decision, or make two evaluators differ."""

    class Stamp(datetime):
        pass

    moment = instant(Stamp(2026, 11, 23, 10, tzinfo=BERLIN), UTC)
    assert type(moment) is datetime


@pytest.mark.parametrize(
    "name", ["Europe/Atlantis", "", "../etc/passwd", "Europe", "Europe/Berlin\0", "leapseconds"]
)
def test_an_unknown_zone_is_a_key_error(name: str) -> None:
    with pytest.raises(KeyError):
        zone(name)

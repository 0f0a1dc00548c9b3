"""Follow-up and care: which reaches are due for a customer, when they may be made, and why others are not."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from routekit import Engine, Policy, PolicyError
from routekit.analysis import diff
from routekit.cli.main import _routekit
from routekit.engine.care_schedule import CareSchedule
from routekit.intake import Intake
from routekit.policy.care_decision import CareDecision

HEAD = """\
policy shop
timezone Europe/Berlin
record contact { channel one of voice, sms  at time ?  ended time ? }
record customer {
  id text ?
  bought time ?
  born date ?
  zone text ?
  consents set of text = {}
  frail flag = no
  unhappy flag ?
  value integer 0..100 = 0
}
channel voice { assisted }
channel sms { self_service }
calendar office { open Mon-Fri 08:00-18:00 }
queue general { on voice }
queue daytime { on voice  open office }
message hello { sms "Hello" }
route { otherwise queue general }
"""
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = (
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "nowhere",
)


def engine(care: str) -> Engine:
    return Engine(Policy.from_text(f"{HEAD}care {{\n{care}\n}}"))


def looked(care: str, customer: Mapping[str, object], now: str, **records: object) -> CareDecision:
    found = {"customer": customer, **records}
    return engine(care).care(found, now=datetime.fromisoformat(now), why=True)


def made(found: CareDecision) -> list[tuple[str, str]]:
    return [(reach.name, f"{reach.not_before:%m-%d %H:%M}") for reach in found]


WEEK = "reach week after customer.bought by 7d for 3d on voice, sms then queue general, message hello"
GREETING = "reach greeting after anniversary(customer.born) by 0s for 1d on sms then message hello"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ("2026-11-27 09:59:59", "not yet"),
        ("2026-11-27 10:00", ""),
        ("2026-11-30 09:59:59", ""),
        ("2026-11-30 10:00", "over"),
    ],
)
def test_the_beginning_of_its_time_is_inside_and_the_end_outside(now: str, why: str) -> None:
    found = looked(WEEK, {"bought": "2026-11-20T10:00:00+01:00"}, now)
    assert [other.why for other in found.others] == ([why] if why else [])
    assert len(found) == (not why)


def test_a_reach_says_all_that_it_takes_to_make_it() -> None:
    (reach,) = looked(WEEK + ", priority 3", {"bought": "2026-11-20T10:00:00+01:00"}, "2026-11-28 12:00")
    assert reach.to_dict() == {
        "name": "week",
        "channel": "voice",
        "message": "hello",
        "queue": "general",
        "priority": 3,
        "not_before": "2026-11-28T12:00:00+01:00",
        "not_after": "2026-11-30T10:00:00+01:00",
    }


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        (None, "2026-03-28T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),  # 47 hours long
        ("Asia/Tokyo", "2026-03-28T00:00:00+09:00", "2026-03-30T00:00:00+09:00"),
    ],
)
def test_days_after_a_date_are_days_of_the_customers_calendar(
    zone: str | None, first: str, last: str
) -> None:
    care = "clock customer.zone reach later after customer.born by 7d for 2d on sms then message hello"
    start = datetime.fromisoformat(first)
    for now, is_due in ((start, True), (start - timedelta(seconds=1), False)):
        found = engine(care).care({"customer": {"born": "2026-03-21", "zone": zone}}, now=now)
        assert len(found) == is_due
        assert all(reach.not_after.isoformat() == last for reach in found)


@pytest.mark.parametrize(
    ("born", "now", "is_due"),
    [
        ("1990-11-28", "2026-11-28 00:00", True),
        ("1990-11-28", "2026-11-27 23:59", False),
        ("2024-02-29", "2027-02-28 12:00", True),
        ("2024-02-29", "2027-03-01 00:00", False),
        ("2026-11-28", "2026-11-28 12:00", True),
        ("2027-11-28", "2026-11-28 12:00", False),
    ],
)
def test_an_anniversary_is_the_last_that_has_come(born: str, now: str, is_due: bool) -> None:
    assert len(looked(GREETING, {"born": born}, now)) == is_due


def test_an_anniversary_is_followed_into_the_next_year() -> None:
    care = GREETING.replace("by 0s for 1d", "by 7d for 1d")
    assert made(looked(care, {"born": "1990-12-28"}, "2027-01-04 12:00")) == [("greeting", "01-04 12:00")]


def test_quiet_hours_are_waited_for_if_it_is_still_due_then() -> None:
    care = f"quiet 21:00-09:00 clock customer.zone {WEEK}"
    for now, comes in (
        ("2026-11-27 20:59", "11-27 20:59"),
        ("2026-11-27 21:00", "11-28 09:00"),
        ("2026-11-28 08:59", "11-28 09:00"),
        ("2026-11-28 09:00", "11-28 09:00"),
    ):
        assert made(looked(care, {"bought": "2026-11-20T10:00:00+01:00"}, now)) == [("week", comes)]
    found = looked(care, {"bought": "2026-11-20T08:00:00+01:00"}, "2026-11-30 07:00")
    assert [other.why for other in found.others] == ["dropped"]
    customer = {"bought": "2026-11-20T10:00:00+01:00", "zone": "Asia/Tokyo"}
    (reach,) = looked(care, customer, "2026-11-27 14:00")  # 22:00 there
    assert reach.not_before.isoformat() == "2026-11-28T09:00:00+09:00"


def test_the_end_of_quiet_hours_where_the_clock_jumps_over_it_or_shows_it_twice() -> None:
    care = f"quiet 21:00-02:30 {WEEK.replace('by 7d for 3d', 'by 0s for 3d')}"
    (spring,) = looked(care, {"bought": "2026-03-28T12:00:00+01:00"}, "2026-03-29 01:00")
    assert spring.not_before.isoformat() == "2026-03-29T03:00:00+02:00"
    night = engine(care)
    customer = {"customer": {"bought": "2026-10-24T12:00:00+02:00"}}
    (first,) = night.care(customer, now=datetime(2026, 10, 25, 0, 15, tzinfo=UTC))
    assert first.not_before == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    # 02:15, shown for the second time
    (again,) = night.care(customer, now=datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    assert again.not_before == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_closed_queue_is_waited_for_in_the_same_way() -> None:
    care = WEEK.replace("queue general", "queue daytime")
    assert made(looked(care, {"bought": "2026-11-20T10:00:00+01:00"}, "2026-11-27 18:00")) == [
        ("week", "11-30 08:00")
    ]
    found = looked(care, {"bought": "2026-11-20T07:00:00+01:00"}, "2026-11-28 12:00")
    assert [other.why for other in found.others] == ["dropped"]


def test_only_a_consent_that_is_there_counts() -> None:
    care, bought = f"consent customer.consents {WEEK}", "2026-11-20T10:00:00+01:00"
    for consents, channel in ((["sms", "voice"], "voice"), (["sms"], "sms"), ([], None), (7, None)):
        found = looked(care, {"bought": bought, "consents": consents}, "2026-11-28 12:00")
        assert [reach.channel for reach in found] == ([channel] if channel else [])
        assert [other.why for other in found.others] == ([] if channel else ["no consent"])


REACHED = [{"name": "week", "at": "2026-11-01T00:00:00Z"}, {"name": "other", "at": "2026-11-25T00:00:00Z"}]


@pytest.mark.parametrize(
    ("caps", "reached", "is_due"),
    [
        ("at most 1 per 90d", REACHED, False),
        ("at most 1 per 20d", REACHED, True),
        ("at most 1 per 20d", [{"name": "week", "at": "when?"}], False),
        ("at most 1 per 20d", [{"name": 7, "at": "2026-11-25T00:00:00Z"}], False),
        ("at most 1 per 20d", "much", False),
        ("at most 1 per 20d", [{"name": "other", "at": "2026-11-25T00:00:00Z"}], True),
        ("altogether at most 1 per 20d", REACHED, False),
        ("altogether at most 2 per 20d", REACHED, True),
        ("altogether at most 1 per 20d", None, True),
    ],
)
def test_caps_count_what_was_made_before(caps: str, reached: object, is_due: bool) -> None:
    care = f"{caps} {WEEK}" if caps.startswith("altogether") else f"{WEEK} {caps}"
    found = looked(care, {"bought": "2026-11-20T10:00:00+01:00"}, "2026-11-28 12:00", reached=reached)
    assert len(found) == is_due
    assert is_due or found.others[0].why == "capped"


def test_as_many_are_made_as_the_caps_leave_in_the_order_of_the_policy() -> None:
    care = "altogether at most 2 per 7d\n" + "\n".join(
        WEEK.replace("week", f"r{number}") for number in range(4)
    )
    found = looked(care, {"bought": "2026-11-20T10:00:00+01:00"}, "2026-11-28 12:00")
    assert [reach.name for reach in found] == ["r0", "r1"]
    assert [(other.name, other.why) for other in found.others] == [("r2", "capped"), ("r3", "capped")]


@pytest.mark.parametrize(
    ("care", "customer", "why"),
    [
        (f"{WEEK} when not customer.frail", {"frail": True}, "condition"),
        (f"{WEEK} when not customer.frail", {"frail": "perhaps"}, "condition"),
        (f"{WEEK} when customer.value < 50", {"value": "much"}, "condition"),
        (f"{WEEK} when customer.value >= 0", {"value": "much"}, ""),
        (f"{WEEK} never when customer.unhappy else no", {"unhappy": "perhaps"}, "never"),
        (f"{WEEK} never when customer.unhappy else no", {}, ""),
        (f"{WEEK} never when customer.unhappy else yes", {}, "never"),
    ],
)
def test_bad_input_never_makes_a_reach(care: str, customer: dict[str, object], why: str) -> None:
    found = looked(care, {"bought": "2026-11-20T10:00:00+01:00", **customer}, "2026-11-28 12:00")
    assert [other.why for other in found.others] == ([why] if why else [])


@pytest.mark.parametrize("bought", [None, "yesterday", 7, "9999-12-31T23:00:00Z"])
def test_what_it_comes_after_must_be_known(bought: object) -> None:
    (other,) = looked(WEEK, {"bought": bought}, "2026-11-28 12:00").others
    assert other.why in ("unknown", "not yet")


def test_a_clock_that_is_no_timezone_is_a_problem_and_counts_as_missing() -> None:
    found = looked(
        f"clock customer.zone {GREETING}", {"born": "1990-11-28", "zone": "Berlin"}, "2026-11-28 00:00"
    )
    assert len(found) == 1
    assert [str(problem) for problem in found.problems] == ["customer.zone is no timezone of the database"]


def test_the_last_contact_of_a_customer_does_not_set_the_clock_and_lacks_nothing() -> None:
    care = "survey asked after contact.ended by 1h for 23h on sms then message hello"
    contact = {"at": "2026-11-20T10:00:00+01:00", "ended": "2026-11-28T10:00:00+01:00"}
    found = looked(care, {}, "2026-11-28 12:00", contact=contact)
    assert [reach.is_survey for reach in found] == [True]
    assert not found.problems


@pytest.mark.parametrize(
    ("care", "message"),
    [
        ("quiet 09:00-09:00", "these hours hold nothing: they end where they start"),
        ("quiet 21:00-09:00 quiet 22:00-08:00", "`quiet` stands twice"),
        ("clock customer.value", "`clock` is a text that names a timezone, not a number"),
        ("consent customer.zone", "`consent` is a set of channels, not a text"),
        ("reach x on sms then message hello", "the reach `x` does not say when it is due"),
        (f"{WEEK} on sms", "`on` stands twice"),
        (WEEK.replace("customer.bought", "customer.value"), "what a reach comes after is a time or a date"),
        (WEEK.replace("for 3d", "for 0s"), "this time holds nothing: it ends where it begins"),
        (WEEK.replace(" on voice, sms", ""), "the reach `week` has no channel"),
        (WEEK.replace("on voice", "on fax"), "unknown channel `fax`"),
        (WEEK.partition(" then")[0], "the reach `week` does not say what is done"),
        (f"{WEEK}, skills {{a}}", "`skills` cannot stand in care"),
        (f"{WEEK}\n{WEEK}", "reach `week` is declared twice"),
    ],
)
def test_what_is_wrong_with_care_is_said(care: str, message: str) -> None:
    with pytest.raises(PolicyError) as refused:
        engine(care)
    assert any(message in found.message for found in refused.value.diagnostics), refused.value


def test_no_word_of_it_is_reserved() -> None:
    names = ("care", "reach", "survey", "quiet", "consent", "clock", "reached", "due")
    fields = " ".join(f"{name} flag = no" for name in names)
    policy = HEAD.replace(
        "route {", f"record reached {{ {fields} }}\nroute {{ rule care when reached.quiet then queue general "
    )
    assert Engine(Policy.from_text(policy)).decide({"reached": {"quiet": True}}).rule == "care"
    with pytest.raises(PolicyError, match="a record cannot be called `reached`"):
        Policy.from_text(f"{policy}\ncare {{ {WEEK} }}")


def test_a_difference_tells_what_changed_of_care() -> None:
    old = engine(f"quiet 21:00-09:00 {WEEK} at most 1 per 90d\n{GREETING}").policy
    new = engine(f"quiet 20:00-09:00 {WEEK.replace('7d', '14d')} at most 1 per 90d").policy
    told = [f"{item.kind} {item.name} {item.message}" for item in diff(old, new).settings]
    assert told == [
        "care quiet says `quiet 20:00-09:00`; it said `quiet 21:00-09:00`",
        "reach week says `after customer.bought by 14d for 3d`; it said `after customer.bought by 7d for 3d`",
        "reach greeting is no longer made",
    ]


@pytest.mark.parametrize(
    ("was", "is_", "told"),
    [
        ("value > 3", "value > 5", "segment late is otherwise now, and care reads it"),
        ("value integer 0..100 = 0", "value integer 0..100 = 9", "field customer.value is otherwise now"),
        ("18:00", "19:00", "calendar office is otherwise now, and care reads it"),
        ("Europe/Berlin", "Asia/Tokyo", "policy timezone is otherwise now, and care reads it"),
        ('sms "Hello"', 'sms "Good day"', 'message hello says on sms "Good day"; it said "Hello"'),
        ("queue daytime { on voice", "queue daytime { on voice skills zh", "queue daytime asks its agents"),
    ],
)
def test_a_difference_tells_what_changed_of_what_care_reads(was: str, is_: str, told: str) -> None:
    text = f"""{HEAD}segment late when customer.value > 3
      care {{ reach week when late after customer.bought by 7d for 3d on voice then queue daytime,
        message hello }}"""
    found = diff(Policy.from_text(text), Policy.from_text(text.replace(was, is_)))
    assert found.answer == "different"
    messages = [f"{item.kind} {item.name} {item.message}" for item in found.settings if item.matters]
    assert [message for message in messages if message.startswith(told)]
    assert not [message for message in messages if "nobody" in message]


def test_a_schedule_tells_of_each_reach_once_within_its_caps(tmp_path: Path) -> None:
    care = f"""quiet 21:00-09:00 altogether at most 2 per 7d
      {WEEK} at most 1 per 90d
      {GREETING}
      reach half after customer.bought by 6d12h for 10d on sms then message hello when clock(now) >= 10h"""
    policy = tmp_path / "shop.route"
    policy.write_text(f"{HEAD}care {{\n{care}\n}}", encoding="utf-8")
    customers = tmp_path / "customers.jsonl"
    customers.write_text(
        '{"customer": {"bought": "2026-11-20T10:00:00+01:00", "born": "1990-11-28"}}\n', encoding="utf-8"
    )
    run = CliRunner().invoke(
        _routekit, ["care", str(policy), str(customers), "--from", "2026-11-20", "--until", "2027-12-01"]
    )
    assert run.exit_code == 0, run.output
    (line,) = map(json.loads, run.stdout.splitlines())
    assert [(reach["name"], reach["not_before"]) for reach in line["reaches"]] == [
        ("week", "2026-11-27T10:00:00+01:00"),
        ("half", "2026-11-27T10:00:00+01:00"),
        ("greeting", "2027-11-28T09:00:00+01:00"),
    ]
    asked = ["care", str(policy), str(customers), "--from", "2026-01-01", "--format", "pretty", "--why"]
    pretty = CliRunner().invoke(_routekit, asked)
    assert "0 reaches to 0 of 1 customers" in pretty.stdout


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
RANDOM = f"""quiet 21:00-09:00 clock customer.zone consent customer.consents altogether at most 2 per 30d
  {WEEK.replace("queue general", "queue daytime")} at most 1 per 90d
  {GREETING} at most 1 per 300d
  reach soon after customer.bought by 0s for 2d on sms then message hello"""


customers = st.fixed_dictionaries(
    {
        "bought": moments.map(datetime.isoformat) | st.none() | st.text(max_size=3),
        "born": st.dates(date(1950, 1, 1), date(2027, 1, 1)).map(date.isoformat),
        "zone": st.sampled_from(ZONES) | st.none(),
        "consents": st.lists(st.sampled_from(["voice", "sms", "fax"])) | st.integers(),
    }
)
entries = st.fixed_dictionaries(
    {"name": st.sampled_from(["week", "soon", "x"]), "at": moments.map(datetime.isoformat)}
)
MONTH, PERIOD = timedelta(days=30), timedelta(days=20)


@given(customers, st.lists(entries, max_size=4), moments)
def test_nothing_is_made_in_quiet_hours_without_consent_or_over_its_caps(
    customer: dict[str, object], reached: list[dict[str, str]], now: datetime
) -> None:
    checked, records = _RANDOM.policy.checked, {"customer": customer, "reached": reached}
    asked = _RANDOM.care(records, now=now)
    consents = customer["consents"]
    local = ZoneInfo(str(customer["zone"])) if customer["zone"] in ZONES[:-1] else BERLIN
    ages = [now - datetime.fromisoformat(item["at"]) for item in reached]
    recent = sum(timedelta(0) <= age < MONTH for age in ages)
    assert recent + len(asked) <= max(2, recent)
    for reach in asked:
        assert isinstance(consents, list)
        assert reach.channel in consents
        assert now <= reach.not_before < reach.not_after
        assert 9 <= reach.not_before.astimezone(local).hour < 21
        if reach.queue == "daytime":
            assert checked.calendars["office"].is_open(reach.not_before)
    facts = Intake(checked).read(records, now, arrives=False)
    scheduled = [*CareSchedule(checked).of(facts, now, now + PERIOD)]
    times = [reach.not_before for reach in scheduled]
    assert times == sorted(times)
    assert all(now <= time < now + PERIOD for time in times)
    soon = {reach.name for reach in asked if reach.not_before < now + PERIOD}
    assert soon <= {reach.name for reach in scheduled}


_RANDOM = engine(RANDOM)


# ── tables ────────────────────────────────────────────────────────────────────

SHAPES = st.sampled_from(["times", "texts", "naive"])


@given(st.lists(st.tuples(customers, st.lists(entries, max_size=2)), max_size=12), moments, SHAPES)
def test_a_table_of_customers_is_answered_as_each_of_them(
    rows: list[tuple[dict[str, object], list[dict[str, str]]]], now: datetime, shape: str
) -> None:
    pa = pytest.importorskip("pyarrow")
    records = [{"customer": customer, "reached": reached} for customer, reached in rows]
    columns: dict[str, list[object]] = {
        "customer.zone": [customer["zone"] for customer, _ in rows],
        "customer.consents": [json.dumps(customer["consents"]) for customer, _ in rows],
        "reached": [json.dumps(reached) for _, reached in rows],
    }
    for name in ("bought", "born"):
        values = [customer[name] for customer, _ in rows]
        if shape != "texts":
            values = [_typed(name, value, shape) for value in values]
            records = [
                {**record, "customer": {**record["customer"], name: value}}  # type: ignore[dict-item]
                for record, value in zip(records, values, strict=True)
            ]
        columns[f"customer.{name}"] = values
    found = _RANDOM.care_batch(pa.table(columns), now=now)
    for record, reaches in zip(records, found["reaches"].to_pylist(), strict=True):
        one = _RANDOM.care(record, now=now)
        told = [
            (reach["name"], reach["channel"], reach["not_before"], reach["not_after"]) for reach in reaches
        ]
        assert told == [(reach.name, reach.channel, reach.not_before, reach.not_after) for reach in one]


def _typed(name: str, value: object, shape: str) -> object:
    """A value as a column of times or dates has it."""
    if name == "born":
        return date.fromisoformat(str(value))
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.replace(tzinfo=None) if shape == "naive" else moment.replace(tzinfo=moment.tzinfo or UTC)


def test_tables_of_each_kind_are_answered_in_their_kind() -> None:
    pa, pandas, polars = (pytest.importorskip(name) for name in ("pyarrow", "pandas", "polars"))
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    table = pa.table(
        {
            "customer.bought": [now - timedelta(days=8), now, None],
            "customer.consents": [["sms"]] * 3,
            "customer.born": [date(1990, 1, 1), date(1990, 11, 28), None],
        }
    )
    expected = [["week"], ["greeting", "soon"], []]
    names = [
        [[reach["name"] for reach in reaches] for reaches in list(answer["reaches"])]
        for answer in (
            {"reaches": _RANDOM.care_batch(table, now=now)["reaches"].to_pylist()},
            _RANDOM.care_batch(table.to_pandas(), now=now),
            _RANDOM.care_batch(polars.from_arrow(table), now=now),
        )
    ]
    assert names == [expected] * 3
    assert isinstance(_RANDOM.care_batch(table.to_pandas(), now=now), pandas.DataFrame)

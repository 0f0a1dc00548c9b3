"""Reading one value that a caller sent: the value, or what is wrong with it."""

from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest

from routekit import Engine, Policy
from routekit.engine.engine import Evaluator
from routekit.intake import Intake
from routekit.schema.reading import Fault, kind, reader
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    Value,
)

TIER = Choice(("bronze", "silver", "gold"), ordered=True)
LONDON_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Tier(StrEnum):
    GOLD = "gold"


class Level(IntEnum):
    HIGH = 92


READ: list[tuple[Type, object, Value]] = [
    (Text(), "", ""),
    (Text(), Tier.GOLD, "gold"),
    (Text(), "日本", "日本"),
    (Flag(), True, True),
    (Flag(), False, False),
    (Integer(0, 100), 92, 92),
    (Integer(0, 100), 92.0, 92),
    (Integer(0, 100), Decimal(92), 92),
    (Integer(0, 100), Level.HIGH, 92),
    (Integer(0, 100), 0, 0),
    (Integer(0, 100), 100, 100),
    (Integer(), 2**63 - 1, 2**63 - 1),
    (Integer(), -(2**53) - 1, -(2**53) - 1),
    (Number(-1, 1), -1, -1),
    (Number(-1, 1), 0.1, 0.1),
    (Number(), Decimal("0.5"), 0.5),
    (Number(), 1e308, 1e308),
    (TIER, "gold", "gold"),
    (TIER, Tier.GOLD, "gold"),
    (Time(), "2026-11-23T20:00:00+08:00", LONDON_NOON),
    (Time(), LONDON_NOON, LONDON_NOON),
    (Date(), "2026-11-23", date(2026, 11, 23)),
    (Date(), date(2026, 11, 23), date(2026, 11, 23)),
    (Duration(), 180, timedelta(minutes=3)),
    (Duration(), 0.5, timedelta(milliseconds=500)),
    (Duration(), "3m", timedelta(minutes=3)),
    (Duration(), timedelta(minutes=3), timedelta(minutes=3)),
    (SetOf(Text()), [], frozenset()),
    (SetOf(Text()), ["a", "b", "a"], frozenset({"a", "b"})),
    (SetOf(Text()), ("a",), frozenset({"a"})),
    (SetOf(Integer(0, 9)), {1, 2.0}, frozenset({1, 2})),
    (SetOf(TIER), frozenset({"gold"}), frozenset({"gold"})),
    (SetOf(Date()), ["2026-11-23"], frozenset({date(2026, 11, 23)})),
]

REFUSED: list[tuple[Type, object, str]] = [
    (Text(), 5, "is a whole number, not text"),
    (Text(), b"x", "is bytes, not text"),
    (Text(), "\ud800", "is no valid Unicode text"),
    (Text(), "x" * 1_000_001, "has more than 1,000,000 characters"),
    (Flag(), 1, "is a whole number, not yes or no"),
    (Flag(), "yes", "is text, not yes or no"),
    (Integer(0, 100), "92", "is text, not a whole number"),
    (Integer(0, 100), True, "is a yes or no, not a whole number"),
    (Integer(0, 100), 92.5, "is not a whole number"),
    (Integer(0, 100), 101, "is outside 0..100"),
    (Integer(0, 100), -1, "is outside 0..100"),
    (Integer(0, None), -1, "is below 0"),
    (Integer(None, 0), 1, "is above 0"),
    (Integer(), 2**63, "is beyond 64 bits"),
    (Integer(), 10**5_000, "is beyond 64 bits"),
    (Integer(), 1e300, "is beyond 64 bits"),
    (Number(), float("nan"), "is not a finite number"),
    (Number(), float("-inf"), "is not a finite number"),
    (Number(), Decimal("sNaN"), "is not a finite number"),
    (Number(), Decimal("1e400"), "is not a finite number"),
    (Number(), 10**5_000, "is beyond 64 bits"),
    (Number(), False, "is a yes or no, not a number"),
    (Number(), "0.5", "is text, not a number"),
    (Number(-1, 1), 1.0000001, "is outside -1..1"),
    (TIER, "Gold", "is not one of bronze, silver, gold"),
    (TIER, 2, "is a whole number, not one of bronze, silver, gold"),
    (Time(), "2026-11-23", "is no time such as"),
    (Time(), 1_795_000_000, "is a whole number, not a time"),
    (Time(), date(2026, 11, 23), "is a date, not a time"),
    (Time(), datetime.max, "is no usable time"),
    (Date(), "23.11.2026", "is no date such as"),
    (Date(), LONDON_NOON, "is a time, not a date"),
    (Duration(), "5 minutes", "is no duration such as"),
    (Duration(), float("nan"), "is no usable duration"),
    (Duration(), 1e300, "is no usable duration"),
    (Duration(), True, "is a yes or no, not a duration"),
    (SetOf(Text()), "abc", "is text, not a list of values"),
    (SetOf(Text()), {"a": 1}, "is an object, not a list of values"),
    (SetOf(Text()), ["a", 5], "holds a value that is a whole number, not text"),
    (SetOf(Text()), [["a"]], "holds a value that is a list, not text"),
    (SetOf(Text()), [None], "holds a value that is missing, not text"),
    (SetOf(Integer()), range(3), "is an object of type range, not a list of values"),
    (SetOf(Integer()), set(range(10_001)), "has more than 10,000 values"),
]


@pytest.mark.parametrize(("type_", "raw", "value"), READ)
def test_a_value_of_the_type_is_read(type_: Type, raw: object, value: Value) -> None:
    read = reader(type_, UTC)(raw)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(("type_", "raw", "words"), REFUSED, ids=[f"{row[0]}: {row[2]}" for row in REFUSED])
def test_any_other_value_is_refused_in_words(type_: Type, raw: object, words: str) -> None:
    fault = reader(type_, UTC)(raw)
    assert isinstance(fault, Fault)
    assert fault.text.startswith(words)


def test_a_time_without_an_offset_is_read_in_the_policys_timezone() -> None:
    from routekit.schema.times import zone

    read = reader(Time(), zone("Asia/Shanghai"))
    assert read("2026-11-23 20:00") == LONDON_NOON
    assert read(datetime(2026, 11, 23, 20)) == LONDON_NOON


class Lazy:
    """A text that is worked out when it is asked for, as translations are."""

    def __eq__(self, other: object) -> bool:
        return other == "gold"

    def __hash__(self) -> int:
        return hash("gold")


def test_whatever_is_equal_to_a_name_is_read_as_the_name() -> None:
    read = reader(TIER, UTC)("gold"), reader(TIER, UTC)(Lazy())
    assert read == ("gold", "gold")
    assert type(read[1]) is str


def test_a_long_list_of_names_is_shortened_in_words() -> None:
    fault = reader(Choice(tuple(f"n{number}" for number in range(50))), UTC)("x")
    assert isinstance(fault, Fault)
    assert fault.text.endswith("n7, …")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (None, "missing"),
        (True, "a yes or no"),
        (OrderedDict(), "an object"),
        (LONDON_NOON, "a time"),
        (object(), "an object of type object"),
        (type("two words", (), {})(), "an unknown object"),
        (time(10, 30), "a time of day without its day"),
    ],
)
def test_kinds_are_named_in_plain_words(raw: object, words: str) -> None:
    assert kind(raw) == words


def test_a_date_or_duration_of_a_subclass_is_not_called_what_was_wanted() -> None:
    """`is a date, not a date` tells nobody anything: it is read, or refused in other words."""

    class Day(date): ...

    class Span(timedelta): ...

    for type_, raw in ((Date(), Day(2026, 11, 23)), (Duration(), Span(minutes=3))):
        read = reader(type_, UTC)(raw)
        assert not isinstance(read, Fault) or "not a" not in read.text


SCALARS = """policy p "P"
record contact { channel one of voice }
record c {
  i integer ?  n number ?  f flag ?  t text ?  at time ?  day date ?  dur duration ?  s set of integer ?
  o one of a, b ?  r integer
}
channel voice { assisted }
queue q { on voice }
route { otherwise queue q }
"""


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_scalars_of_numpy_and_pandas_are_the_values_that_they_stand_for(evaluator: Evaluator) -> None:
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    engine = Engine(Policy.from_text(SCALARS), evaluator=evaluator)
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    expected = {
        "i": 3, "n": 1.5, "f": True, "t": "x", "at": at, "day": date(2026, 11, 23),
        "dur": timedelta(minutes=3), "s": frozenset({1, 2}), "o": "a", "r": 1,
    }  # fmt: skip
    of_numpy = {
        "i": numpy.int64(3), "n": numpy.float32(1.5), "f": numpy.bool_(True), "t": numpy.str_("x"),
        "at": numpy.datetime64("2026-11-23T10:00:00.000000999"), "day": numpy.datetime64("2026-11-23"),
        "dur": numpy.timedelta64(3, "m"), "s": numpy.array([1, 2]), "o": numpy.str_("a"), "r": numpy.int8(1),
    }  # fmt: skip
    of_pandas = {
        **of_numpy, "at": pandas.Timestamp(at), "day": pandas.Timestamp("2026-11-23"),
        "dur": pandas.Timedelta("3m"), "s": [numpy.int64(1), 2],
    }  # fmt: skip
    intake = Intake(engine.policy.checked)
    for sent in (of_numpy, of_pandas):
        contact = {"contact": {"channel": "voice"}, "c": sent}
        assert engine.decide(contact).problems == ()
        assert intake.sent(contact).records["c"] == expected
    missing = {"i": pandas.NA, "at": pandas.NaT, "day": numpy.datetime64("NaT"), "r": pandas.NA}
    problems = engine.decide({"contact": {"channel": "voice"}, "c": missing}).problems
    assert [str(problem) for problem in problems] == ["c.r is required and missing"]


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_what_numpy_holds_and_python_has_no_value_for_is_named_and_never_read_as_a_number(
    evaluator: Evaluator,
) -> None:
    numpy = pytest.importorskip("numpy")
    engine = Engine(Policy.from_text(SCALARS), evaluator=evaluator)
    time_beyond, long = "is a time outside the years 1 to 9999", "is a duration of more than 999,999,999 days"
    sent = {
        "at": (numpy.datetime64("12000-01-01"), time_beyond),
        "day": (numpy.datetime64(2**60, "s"), time_beyond),
        "i": (numpy.datetime64("-5000-01-01", "us"), time_beyond),
        "n": (numpy.timedelta64(2**62, "s"), long),
        "dur": (numpy.timedelta64(2**62, "ms"), long),
        "t": (numpy.bytes_(b"x"), "is bytes, not text"),
        "s": (numpy.array([1, 2], "timedelta64[ns]"), "holds a value that is a duration, not a whole number"),
        "o": (numpy.timedelta64(3, "M"), "is a number of months, which differ in length"),
        "f": (numpy.array([(1, 2)], dtype="i,i")[0], "is a record of numpy"),
        "r": (numpy.longdouble(1.5), "is not a whole number"),
    }
    contact = {"contact": {"channel": "voice"}, "c": {name: value for name, (value, _) in sent.items()}}
    found = {problem.path: problem.message for problem in engine.decide(contact).problems}
    assert found == {f"c.{name}": words for name, (_, words) in sent.items()}


@pytest.mark.parametrize(
    "sent", ["2026-11-23T00:00", "2026-11-23 00:00:00", "2026-11-23T00:00:00.000Z", datetime(2026, 11, 23)]
)
def test_the_midnight_of_a_day_is_its_date(sent: object) -> None:
    assert reader(Date(), UTC)(sent) == date(2026, 11, 23)


@pytest.mark.parametrize("sent", ["2026-11-23T00:01", "2026-11-23T24:00", datetime(2026, 11, 23, 1)])
def test_any_other_time_is_no_date(sent: object) -> None:
    assert isinstance(reader(Date(), UTC)(sent), Fault)


@pytest.mark.parametrize("sent", ["2026-11-23T10", "2026-11-23 10", "2026-11-23T10Z", "2026-11-23T18+08:00"])
def test_a_time_has_its_hour_at_least(sent: str) -> None:
    assert reader(Time(), UTC)(sent) == datetime(2026, 11, 23, 10, tzinfo=UTC)

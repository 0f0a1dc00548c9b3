"""A value as JSON and as text: read again, it is what it was."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.schema.reading import reader
from routekit.schema.times import zone
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    Scalar,
    SetOf,
    Text,
    Time,
    Type,
    Value,
)
from routekit.schema.writing import Style, as_json, as_text, number_text, time_text

BERLIN = ZoneInfo("Europe/Berlin")
_TYPES: dict[str, Type] = {
    "words": Text(),
    "yes_or_no": Flag(),
    "whole": Integer(),
    "amount": Number(),
    "tier": Choice(("silver", "gold")),
    "at": Time(),
    "day": Date(),
    "wait": Duration(),
}
_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"))
_SCALARS: dict[str, st.SearchStrategy[Scalar]] = {
    "words": st.text(_LETTERS, max_size=8),
    "yes_or_no": st.booleans(),
    "whole": st.integers(1 - 2**63, 2**63 - 1),
    "amount": st.floats(allow_nan=False, allow_infinity=False),
    "tier": st.sampled_from(("silver", "gold")),
    "at": st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    "day": st.dates(),
    "wait": st.timedeltas(timedelta(0), timedelta(days=9_999)),
}


@st.composite
def _values(draw: st.DrawFn) -> tuple[str, Type, Value]:
    """A value and its type: what a field is called that has it, one of scalars or of sets of them."""
    name = draw(st.sampled_from([*_TYPES]))
    if draw(st.booleans()):
        return name, _TYPES[name], draw(_SCALARS[name])
    return f"{name}_set", SetOf(_TYPES[name]), frozenset(draw(st.sets(_SCALARS[name], max_size=3)))


@given(case=_values(), style=st.sampled_from(get_args(Style)))
def test_json_is_read_as_what_it_was(case: tuple[str, Type, Value], style: Style) -> None:
    _, type_, value = case
    assert reader(type_, BERLIN)(as_json(value, BERLIN, style)) == value


_FIELDS = """
  words text ?  yes_or_no flag ?  whole integer ?  amount number ?  tier one of silver, gold ?
  at time ?  day date ?  wait duration ?  words_set set of text ?  yes_or_no_set set of flag ?
  whole_set set of integer ?  amount_set set of number ?  tier_set set of one of silver, gold ?
  at_set set of time ?  day_set set of date ?  wait_set set of duration ?
"""


def _is_literal(value: Value) -> bool:
    """Whether the language has a literal: none of a fraction of a second."""
    members = value if isinstance(value, frozenset) else {value}
    return not any(isinstance(member, timedelta) and member.microseconds for member in members)


@given(case=_values().filter(lambda case: _is_literal(case[2])))
def test_text_is_read_as_what_it_was(case: tuple[str, Type, Value]) -> None:
    name, type_, value = case
    policy = Policy.from_text(f"""
        policy care timezone Europe/Berlin
        record contact {{ channel one of voice }} record customer {{ {_FIELDS} }}
        channel voice {{ assisted }} queue general {{ on voice }}
        route {{ otherwise queue general }}
        example "one" given contact.channel voice, customer.{name} {as_text(value, type_, BERLIN)}
          expect queue general
    """)
    assert policy.checked.examples[0].given[-1].value == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_so_that_it_is_read_again_as_the_same(value: float) -> None:
    assert "e" not in number_text(value)
    assert float(number_text(value)) == value


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), "2026-10-25 01:59"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30+01:00"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "2026-10-25 03:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29 03:00"),
        (datetime(2026, 11, 23, 9, 0, 0, 5, tzinfo=UTC), "2026-11-23 10:00:00.000005"),
    ],
)
def test_a_time_has_its_offset_where_the_clock_shows_it_twice(moment: datetime, written: str) -> None:
    assert time_text(moment, zone("Europe/Berlin")) == written


AMOUNTS = Policy.from_text("""
policy amounts timezone Europe/Berlin
record contact  { channel one of voice  at time ? }
record customer { rate number ?  balance number ?  seen time ? }
channel voice { assisted }
queue low { on voice }
queue high { on voice }
route {
  rule cheap  when customer.rate * 100 <= 7 then queue low
  rule rich   when customer.balance >= 1234567890123.4 then queue low
  rule early  when customer.seen < contact.at then queue low
  rule late   when now >= 2026-11-23 10:00:31 then queue low
  otherwise queue high
}
""")


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({"customer": {"rate": 0.07}}, "customer.rate * 100 is 7.000000000000001, not 7 or less"),
        ({"customer": {"balance": 1234567890123.3}}, "is 1234567890123.3, not 1234567890123.4 or more"),
        (
            {
                "contact": {"channel": "voice", "at": "2026-10-25T02:30:00+02:00"},
                "customer": {"seen": "2026-10-25T02:30:00+01:00"},
            },
            "customer.seen is 2026-10-25 02:30+01:00, not before contact.at, which is 2026-10-25 02:30+02:00",
        ),
        (
            {"contact": {"channel": "voice", "at": "2026-11-23T10:00:30+01:00"}},
            "now is Mon 2026-11-23 10:00:30, not 2026-11-23 10:00:31 or later",
        ),
    ],
)
def test_no_reason_denies_itself_by_rounding(contact: dict[str, object], said: str) -> None:
    explanation = Engine(AMOUNTS).explain({"contact": {"channel": "voice"}, **contact})
    assert said in str(explanation)

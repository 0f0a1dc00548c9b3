"""Of which years an answer speaks, and that it is true within them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Engine, Policy
from routekit.analysis import ask, diff, prove
from routekit.cli.main import _routekit

HEAD = """
policy p
timezone ZONE
record contact { channel one of voice  at time ? }
record customer { id text ?  born date ?  seen time ? }
channel voice { assisted }
channel bot { self_service }
queue general { on voice }
queue special { on voice }
queue machine { on bot }
"""


def policy(rules: str, zone: str = "Europe/Berlin", more: str = "") -> Policy:
    head = HEAD.replace("ZONE", zone)
    return Policy.from_text(f"{head} {more} route {{ {rules} otherwise queue general }}")


def reached(answered: Policy, years: tuple[int, int]) -> str:
    return ask(answered, "can contact.channel is voice reach queue is special", years=years).answer


@pytest.mark.parametrize(
    ("zone", "more", "condition", "within", "outside"),
    [
        ("Europe/London", "calendar c { open Mon-Sun 00:00-24:00  closed holidays GB }",
         "date(now) is 2011-04-29 and c is not open", (2011, 2011), (2012, 2020)),
        ("Europe/Berlin", "", "date(now) is 2008-03-21", (2005, 2010), (2020, 2049)),
        ("Asia/Shanghai", "", "date(now) is 1986-05-04 and hour(now) is 3 and hour(now - 1h) is 1",
         (1986, 1986), (2020, 2049)),
        ("Asia/Shanghai", "", "hour(now) is 3 and hour(now - 1h) is 1", (1986, 1991), (1992, 2049)),
        ("UTC", "", "month(now) is 2 and day(now) is 29", (2024, 2024), (2025, 2027)),
        ("UTC", "calendar c { open Mon-Sun 00:00-24:00  closed Feb 29 }", "c is not open",
         (2024, 2024), (2025, 2027)),
        ("Asia/Shanghai", "calendar c { open Mon-Fri 08:00-20:00  open makeup days CN }",
         "c is open and weekday(now) is sun", (2026, 2026), (2035, 2040)),
        ("UTC", "calendar c { open Mon-Sun 00:00-24:00  closed 2027-03-10 13:00-16:00 }", "c is not open",
         (2027, 2027), (2020, 2026)),
        # a date that Samoa left out in 2011
        ("UTC", "calendar c { timezone Pacific/Apia  open Dec 30 00:00-24:00 }", "c is open",
         (2026, 2026), (2011, 2011)),
        ("UTC", "", "now < 2015-01-01 00:00", (2014, 2014), (2020, 2049)),
    ],
)  # fmt: skip
def test_what_happens_in_some_years_only(
    zone: str, more: str, condition: str, within: tuple[int, int], outside: tuple[int, int]
) -> None:
    asked = policy(f"rule r when {condition} then queue special", zone, more)
    assert reached(asked, within) == "yes"
    assert reached(asked, outside) == "no"


def test_each_answer_says_of_which_years_it_speaks() -> None:
    one, other = policy(""), policy("rule r when contact.at is missing then queue special")
    assert prove(one, years=(2026, 2030)).years == (2026, 2030)
    assert ask(one, "can contact.at is known reach queue is special", years=(2026, 2030)).years == (
        2026,
        2030,
    )
    assert diff(one, other, years=(2026, 2030)).years == (2026, 2030)
    assert prove(one).years == ask(one, "can contact.at is known reach queue general").years == (2020, 2049)


@pytest.mark.parametrize("years", [(2030, 2020), (1800, 2020), (2020, 2300), (1900, 2100)])
def test_years_of_which_nothing_can_be_said(years: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="years"):
        prove(policy(""), years=years)


def test_the_command_takes_years(tmp_path: Path) -> None:
    path = tmp_path / "p.route"
    rule = "rule r when date(now) is 2008-03-21 then queue special"
    path.write_text(f"{HEAD.replace('ZONE', 'UTC')} route {{ {rule} otherwise queue general }}")
    run = CliRunner().invoke(_routekit, ["prove", str(path), "--years", "2008"])
    assert (run.exit_code, "contacts of 2008)" in run.output) == (0, True)
    run = CliRunner().invoke(_routekit, ["prove", str(path), "--years", "2009..2010"])
    assert (run.exit_code, "contacts of 2009 to 2010)" in run.output) == (1, True)
    run = CliRunner().invoke(_routekit, ["prove", str(path), "--years", "soon"])
    assert (run.exit_code, "2020..2030" in run.output) == (2, True)


def test_the_month_of_a_shifted_day_is_that_of_the_day() -> None:
    calendar = "calendar shop { open Tue-Sat 09:00-18:00 }"
    before = policy(
        "rule eom when shop is open and month(now) is not month(now + 1d) then queue special", more=calendar
    )
    after = policy(
        "rule eom when shop is open and (day(now) is 31 or (day(now) is 30 and month(now) in {4, 6, 9, 11})"
        " or (month(now) is 2 and day(now) in {28, 29})) then queue special",
        more=calendar,
    )
    difference = diff(before, after)
    witness = difference.groups[0].witness
    assert difference.answer == "different"
    assert Engine(before).decide(witness.contact).queue != Engine(after).decide(witness.contact).queue


@pytest.mark.parametrize(
    ("key", "condition"),
    [
        ("customer.born", "day(customer.born) > 28"),
        ("customer.born", "weekday(customer.born + 1d) is tue and month(customer.born) is 2"),
        ("customer.seen", "hour(customer.seen) is 7"),
    ],
)
def test_a_split_by_a_date_behind_a_condition_on_a_part_of_it(key: str, condition: str) -> None:
    split = policy(
        f'rule r when {condition} split by {key} seed "x1" {{ 50% queue machine 50% queue special }}'
    )
    assert {finding.kind for finding in prove(split).findings} == {"moved"}
    for queue in ("machine", "special"):
        assert ask(split, f"can {condition} reach queue {queue}").answer == "yes"


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "9999-12-31"])
@pytest.mark.parametrize(
    "asked", ["date(contact.at)", 'date(contact.at, "Asia/Tokyo")', "date(contact.at + 2d)"]
)
def test_the_first_and_the_last_days_of_all_are_asked_for(day: str, asked: str) -> None:
    policy = Policy.from_text(f"""
        policy p
        timezone America/New_York
        record contact {{ channel one of voice  at time ? }}
        channel voice {{ assisted }}
        calendar office {{ timezone Europe/Berlin  open Mon-Fri 08:00-18:00 }}
        queue general {{ on voice }}
        queue other {{ on voice  open office }}
        route {{
          rule old when {asked} is {day} then queue other
          otherwise queue general
        }}
    """)
    assert ask(policy, "can contact.channel is voice reach queue is general").answer == "yes"

"""Scenarios that cannot be are named at their line, with what was likely meant."""

from typing import Any

import pytest

from routekit import Policy
from routekit.simulation import ScenarioError, scenario_of, scenario_schema, simulate
from routekit.simulation.draws import Draws
from routekit.simulation.possible import findings
from routekit.simulation.reading import placed
from routekit.simulation.study import Study
from routekit.simulation.week import week
from tests.simulation.small import CALL, ONE_QUEUE

GOOD = """\
begin = 2026-11-02
days = 2

[arrivals]
per_half_hour = { "Mon-Fri 08:00-20:00" = 30 }

[[staff]]
name = "all"
queues = ["general"]
on_duty = { "Mon-Fri 08:00-20:00" = 10 }
shrinkage = "30%"

[handling]
default = { lognormal = "5m", cv = 0.8, measured = true }

[patience]
default = { exponential = 120 }
"""

SKILLED = """
policy skilled
record contact { channel one of voice  intent one of bill, fault }
channel voice { assisted }
channel web { self_service }
queue general { on voice }
queue technical { on voice  skills wiring }
queue portal { on web }
route {
  rule fault when contact.intent is fault then queue technical, skills {fibre}
  rule web when contact.intent is bill then queue portal
  otherwise queue general
}
"""


def _said(text: str) -> list[str]:
    """What is wrong with a scenario under the policy of skills, each with its line."""
    try:
        scenario = scenario_of(text)
    except ScenarioError as error:
        found = [*error.findings]
    else:
        study = Study((Policy.from_text(SKILLED).checked,), scenario, ({"contact": {"channel": "voice"}},), 1)
        found = placed(findings(study), text)
    return [
        f"{finding.line}: {finding.message}" + f" ({finding.help})" * bool(finding.help) for finding in found
    ]


STAFFED = GOOD.replace('queues = ["general"]', 'queues = ["general", "technical"]\nskills = ["fibre"]')


def test_a_scenario_that_can_be_has_no_finding() -> None:
    assert _said(STAFFED) == []


@pytest.mark.parametrize(
    ("change", "by", "said"),
    [
        ("days = 2", "days = 0", "2: is too small: it starts at 1"),
        ("days = 2", "dayz = 2", "2: is not known (did you mean `days`?)"),
        ("begin = 2026-11-02", "begin = 3.5", "1: is no date such as `2026-11-02`"),
        ("begin = 2026-11-02", "begin = ", "1: is no TOML: Invalid value (at line 1, column 9)"),
        ("120", "-120", "18: is below zero; a time cannot be"),
        ("120", '"soon"', "18: is no duration such as `20s`, `5m` or `1h30m`"),
        ('"30%"', '"130%"', "12: is no share: it lies between 0 and 1, or 0% and 100%"),
        ("lognormal", "lognormel", "15: is not known (did you mean `lognormal`?)"),
        (
            "{ exponential = 120 }",
            "{ cv = 2 }",
            "18: needs one of `constant`, `exponential`, `lognormal` and `empirical`",
        ),
        (
            'Mon-Fri 08:00-20:00" = 10',
            'Mon-Fir 08:00-20:00" = 10',
            "11: `Fir` is no weekday: write `Mon` to `Sun`, `Mon-Fri` or `Sat,Sun`",
        ),
        (
            'Mon-Fri 08:00-20:00" = 10',
            'Mon-Fri 08:15-20:00" = 10',
            "11: `08:15-20:00` are no hours such as `08:00-20:30`, on full or half hours",
        ),
        ('Mon-Fri 08:00-20:00" = 10', 'Mon-Fri 08:00-20:00" = -1', "11: holds what is no number from 0 on"),
        ('Mon-Fri 08:00-20:00" = 10', 'Mon-Fri 08:00-20:00" = 0', "11: nobody of `all` is ever on duty"),
        ('"general", ', '"generel", ', "9: the policy has no queue `generel` (did you mean `general`?)"),
        (
            '"general", ',
            "",
            "7: nobody serves the queue `general`, to which the policy leads "
            "(name it under `queues` of those who do)",
        ),
        (
            '["fibre"]',
            '["fiber"]',
            "7: nobody has the skill `fibre`, which the policy asks for (did you mean `fiber`?)",
        ),
        (
            'skills = ["fibre"]',
            'channels = ["vioce"]',
            "10: the policy has no channel `vioce` (did you mean `voice`?)",
        ),
        (
            "[patience]\ndefault",
            "[patience]\ntechnicel",
            "18: the policy has no queue or channel `technicel` (did you mean `technical`?)",
        ),
        (
            "[patience]",
            "[trunks]\nvoize = 3\n[patience]",
            "18: the policy has no channel `voize` (did you mean `voice`?)",
        ),
        (
            "[patience]",
            "[self_service.solves]\nbil = 0.5\n[patience]",
            "18: the policy has no matter or machine `bil` (did you mean `bill`?)",
        ),
        (
            "[patience]",
            "[comes_back.machines]\nshare = 0.5\n[patience]",
            "17: is none of `machine`, `person`, `abandoned` or `blocked`",
        ),
    ],
)
def test_what_cannot_be_is_named_at_its_line(change: str, by: str, said: str) -> None:
    assert change in STAFFED
    assert said in _said(STAFFED.replace(change, by))


def test_a_scenario_without_people_is_none() -> None:
    text = STAFFED[: STAFFED.index("[[staff]]")] + STAFFED[STAFFED.index("[handling]") :]
    assert _said(text) == ["None: nobody is on duty (say who is, by `[[staff]]` with `queues` and `on_duty`)"]


def test_a_line_that_never_ends_is_none() -> None:
    text = STAFFED.replace("= 30 }", "= 90 }").replace("[patience]\ndefault = { exponential = 120 }\n", "")
    (said,) = _said(text)
    assert said.startswith(
        "None: the queue `general` is overloaded, 360 hours of work for 168, and nobody gives up"
    )


def test_skills_that_nobody_has_together_are_named() -> None:
    apart = STAFFED.replace('skills = ["fibre"]\n', "").replace(
        "[handling]",
        '[[staff]]\nname = "fibre"\nqueues = ["general"]\nskills = ["fibre"]\non_duty = 1\n[handling]',
    )
    fault = {"contact": {"channel": "voice", "intent": "fault"}}
    found = findings(Study((Policy.from_text(SKILLED).checked,), scenario_of(apart), (fault,), 1))
    assert [finding.message for finding in found] == [
        "nobody serves the queue `technical` on voice with the skills fibre together"
    ]
    assert found[0].help == "rule `fault` leads there"


def test_slips_of_the_pen_fill_no_memory() -> None:
    assert _said(STAFFED.replace("= 30 }", "= 30e6 }")) == ["4: more than 20,000,000 contacts come"]
    assert "11: has more than 100,000 people" in _said(STAFFED.replace("= 10 }", "= 10e6 }"))


def test_simulate_refuses_a_scenario_that_cannot_be() -> None:
    scenario = scenario_of(STAFFED)
    with pytest.raises(ScenarioError, match="the policy has no queue `technical`"):
        simulate(Policy.from_text(ONE_QUEUE), scenario, [CALL])


def test_contacts_without_a_time_need_a_rate() -> None:
    scenario = scenario_of(GOOD.replace('per_half_hour = { "Mon-Fri 08:00-20:00" = 30 }', ""))
    with pytest.raises(ScenarioError, match="say how many come"):
        simulate(Policy.from_text(ONE_QUEUE), scenario, [CALL])


def test_every_word_of_a_scenario_is_in_its_schema() -> None:
    schema = scenario_schema()
    assert {"begin", "days", "arrivals", "staff", "handling", "comes_back"} <= {*schema["properties"]}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("given", "day", "half", "number"),
    [
        (3, 6, 47, 3.0),
        ([0.5] * 48, 0, 0, 0.5),
        ({"Sat,Sun": 2, "Sun 08:00-24:00": 5}, 6, 47, 5.0),
        ({"Fri-Mon": 2}, 1, 0, 0.0),
        ({"Fri-Mon": 2}, 0, 0, 2.0),
    ],
)
def test_weeks_are_written_as_people_write_rosters(given: Any, day: int, half: int, number: float) -> None:
    assert week(given)[day][half] == number


def test_assumptions_are_what_nobody_measured() -> None:
    scenario = scenario_of(STAFFED)
    assert {each.path for each in scenario.assumptions()} == {
        "staff.all.shrinkage",
        "staff.all.on_duty",
        "arrivals.per_half_hour",
        "patience.default",
        "self_service.solves.default",
        "self_service.takes.default",
        "callbacks.accepted",
    }
    for each in scenario.assumptions():
        if each.path != "callbacks.accepted":  # all agree already
            assert scenario.with_scaled(each.path, 1.2) != scenario


EVENTS = """
policy sale
record contact { channel one of voice  intent one of bill, order, fault }
channel voice { assisted }
queue general { on voice }
matter ordering when contact.intent is order { solved on voice }
event autumn_sale "Autumn sale" { on 2026-11-03..2026-11-04  about ordering  expect +50% }
event holiday "Holiday" { on 2026-11-05  expect -40% }
route { otherwise queue general }
"""


def test_events_raise_the_arrivals_of_those_whom_they_are_about() -> None:
    contacts = tuple({"contact": {"channel": "voice", "intent": intent}} for intent in ("bill", "order"))
    scenario = scenario_of(GOOD.replace("days = 2", "days = 5"))
    study = Study((Policy.from_text(EVENTS).checked,), scenario, contacts, 1)
    usual = 24 * 30
    expected = [sum(study.arrivals().expected[day * 48 : day * 48 + 48]) for day in range(5)]
    assert expected == pytest.approx([usual, usual * 1.25, usual * 1.25, usual * 0.6, usual])
    come = study.arrivals().drawn(Draws(1, 0))
    orders = [
        template for at, template in zip(come.times, come.templates, strict=True) if 1 <= at // 86_400 <= 2
    ]
    assert sum(orders) / len(orders) == pytest.approx(0.6, abs=0.04)  # 1.5 of 2.5


def test_the_scenario_has_the_last_word_on_events() -> None:
    text = GOOD + '[arrivals.events]\nautumn_sale = { on = ["2026-11-02"], expect = 1.0 }\n'
    scenario = scenario_of(text.replace("days = 2", "days = 3"))
    study = Study((Policy.from_text(EVENTS).checked,), scenario, ({"contact": {"channel": "voice"}},), 1)
    days = [sum(study.arrivals().expected[day * 48 : day * 48 + 48]) for day in range(3)]
    assert days == [1440, 720, 720]

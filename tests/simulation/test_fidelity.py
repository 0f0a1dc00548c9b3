"""What the loop takes for decided is what the engine decides then, and steps come at their second."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from routekit import Engine, Policy
from routekit.policy.decision import PlanStep
from routekit.simulation import scenario_of
from routekit.simulation.deciding import Course
from routekit.simulation.loop import Visit
from routekit.simulation.study import Study

ROOT = Path(__file__).parents[2]


class _Trace:
    """Decides each contact again by the engine, with the signals of that moment, and compares."""

    def __init__(self, policy: Policy, study: Study) -> None:
        self.decided_again = self.steps = self.kept_back = 0
        self.differences: list[object] = []
        self.kinds: set[str] = set()
        self._engine = Engine(policy)
        self._world = study.world(0)

    def decided(self, visit: Visit, at: float, course: Course, levels: Sequence[float]) -> None:
        world = self._world
        now = world.begin + timedelta(seconds=at)
        template = world.pool.templates[visit.template]
        own = None if visit.inbound == template.channel else visit.inbound
        contact = world.decider.contact(template, now, levels, own, visit.past)
        decision = self._engine.decide(contact, now=now)
        self.decided_again += 1
        self.kept_back += bool(visit.past)
        if decision != course.decision:
            self.differences.append((contact, decision, course.decision))

    def happened(self, visit: Visit, kind: str, at: float, queue: str | None, channel: str | None) -> None:
        self.kinds.add(kind)

    def stepped(self, visit: Visit, at: float, step: PlanStep) -> None:
        self.steps += 1
        if at != visit.arrived + step.after.total_seconds():
            self.differences.append((visit.arrived, at, step))


SCENARIO = """
begin = 2026-11-04   # a Wednesday; bills go out on the 5th, and the office closes at 20:00
days = {days}
arrivals = {{ per_half_hour = {{ "Mon-Sun 06:00-23:00" = {rate} }} }}
patience = {{ default = {{ exponential = "4m" }} }}
comes_back = {{ machine = {{ share = 0.5, by = {{ voice = 3, chat = 1 }} }}, abandoned = {{ share = 0.6 }} }}

[[staff]]
name = "everybody"
queues = ["general", "technical", "retention", "dedicated", "social_desk"]
skills = ["english", "patience", "mobile", "fibre", "copper", "installation"]
on_duty = {{ "Mon-Sun 07:00-23:30" = {people} }}
agents = ["wu.lan", "zhao.min"]
at_once = {{ chat = 3 }}
"""


def _traced(policy: Policy, contacts: tuple[object, ...], days: int, rate: int, people: int) -> _Trace:
    scenario = scenario_of(SCENARIO.format(days=days, rate=rate, people=people))
    study = Study((policy.checked,), scenario, contacts, 7)
    trace = _Trace(policy, study)
    study.replicate((0, 0), trace)
    return trace


def _telecom() -> tuple[Policy, tuple[object, ...]]:
    lines = (ROOT / "examples/contacts/telecom.jsonl").read_text(encoding="utf-8").splitlines()
    return Policy.from_path(ROOT / "rules/telecom.route"), tuple(map(json.loads, lines))


def _is_faithful(trace: _Trace) -> bool:
    assert trace.differences[:1] == []
    return (
        trace.steps > 100 and trace.kept_back > 100 and {"answered", "abandoned", "resolved"} <= trace.kinds
    )


def test_the_telecom_pack_decides_as_the_engine_does() -> None:
    policy, contacts = _telecom()
    assert _is_faithful(_traced(policy, contacts, 2, 60, 9))


@pytest.mark.slow
def test_a_hundred_thousand_contacts_are_decided_as_the_engine_does() -> None:
    policy, contacts = _telecom()
    trace = _traced(policy, contacts, 10, 300, 45)
    assert _is_faithful(trace)
    assert trace.decided_again > 100_000


CLOCKS = """
policy clocks "All that depends on the time, and on what came before"
timezone Europe/Berlin
record contact { channel one of voice, web  intent one of bill, fault  at time ? }
record customer { id text ?  born date ?  bought time ?  vip flag = no }
live queue { waiting integer 0.. = 0  longest_wait duration = 0s  free_agents integer 0.. = 0 }
history { calls count about contact.intent within 1d  last_queue last queue within 1d }
channel voice { assisted }
channel web { self_service }
calendar office { open Mon-Fri 08:00-18:00 }
calendar late { timezone America/New_York  open Mon-Sun 08:10-17:50 }
queue desk { on voice  open office }
queue night { on voice  open late }
queue general { on voice }
queue portal { on web }
segment early when clock(now) < 9h15m
segment midday when clock(now) in 12h30m..12h50m
segment nth when day(now) in 5..6
segment fresh when now - customer.bought in 1h..6h
let age = now - customer.bought
segment stale when age > 30d
segment young when years(customer.born) < 18 or anniversary(customer.born) is today
segment evening when hour(now) >= 18 and weekday(now) not in {sat, sun}
route {
  rule again when history.calls >= 1 and history.last_queue is known then queue general, priority 1
  rule young_ones when young then queue general, priority 2
    after 1m queue desk
    after 3m callback within 2h of office
  rule first_thing when early and general.waiting < 2 then queue desk, priority 3
  rule at_noon when midday and contact.intent is bill then queue general, priority 6
  rule some_days when nth and customer.vip then queue general, priority 8
  rule fresh_ones when fresh then queue night
    after 90s queue general
  rule old_ones when stale and now < 2026-11-06 12:00 then queue general, priority 4
  rule full when desk.longest_wait > 45s or desk.free_agents is 0 then queue portal on web
    after 2m when not evening then queue desk
  rule at_night when evening then queue night
  rule by_day when customer.vip then queue desk
  otherwise queue general
    after 40s priority - 2
}
"""


def _callers() -> tuple[object, ...]:
    def caller(number: int) -> object:
        customer: dict[str, object] = {"id": f"c-{number}", "vip": number % 3 == 0}
        if number % 4 == 0:
            customer["born"] = f"{1950 + number}-11-{number % 8 + 1:02}"
        if number % 5 < 2:
            customer["bought"] = f"2026-11-{number % 4 + 1:02}T{number % 24:02}:30:00+01:00"
        contact = {"channel": "voice" if number % 6 else "web", "intent": ("bill", "fault")[number % 2]}
        if number % 7:
            contact["at"] = f"2026-11-04T{number % 24:02}:45:00+01:00"
        return {"contact": contact, "customer": customer}

    return tuple(caller(number) for number in range(80))


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("", "", 0.5),
        ("  at time ?", "", 0.5),
        ("clock(now) in 12h30m", "clock(now) + 45m in 12h..<13h or clock(now) in 12h30m", 1),  # unknown edges
        ("day(now) in 5..6", 'weekday(now, "Asia/Tokyo") is fri', 1),
    ],
)
def test_a_policy_of_clocks_signals_and_history_decides_as_the_engine_does(
    before: str, after: str, share: float
) -> None:
    assert before in CLOCKS
    text = CLOCKS.replace(before, after) if before else CLOCKS
    scenario = """
begin = 2026-11-04
days = 4
arrivals = { per_half_hour = 25 }
patience = { default = { exponential = "3m" } }
comes_back = { machine = { share = 0.7, by = { voice = 1 } }, abandoned = { share = 0.5 } }
[[staff]]
name = "desk"
queues = ["desk", "general"]
on_duty = { "Mon-Sun" = 3 }
[[staff]]
name = "night"
queues = ["night"]
on_duty = 1
"""
    policy = Policy.from_text(text)
    study = Study((policy.checked,), scenario_of(scenario), _callers(), 3)
    trace = _Trace(policy, study)
    study.replicate((0, 0), trace)
    assert trace.differences[:1] == []
    assert trace.decided_again > 4000
    assert study.world(0).decider.made <= trace.decided_again * share

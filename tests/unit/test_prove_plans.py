"""What is proved of plans: promises over time, steps that nobody has, callbacks in opening hours."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from routekit import Engine, Policy
from routekit.analysis import diff, prove
from routekit.diff.wording import title
from routekit.prover.outcome.open_time import due_apart

_HEAD = """
policy p "A small policy"
timezone Europe/Berlin
record contact  { channel one of voice, chat  at time ?  phone text ? }
record customer { sensitive flag = no  value integer 0..100 = 0 }
calendar office { open Mon-Fri 08:00-20:00 }
calendar never_again { open 2026-01-01 08:00-09:00 }
channel voice { assisted }
channel chat  { assisted }
channel ivr   { self_service }
segment frail when customer.sensitive
queue people { on voice, chat }
queue robot  { on ivr }
queue desk   { on chat, voice  open office }
message hello { voice "Hello" }
"""
_CALLED = "otherwise queue people after 2m callback within 4h of c"
_START = datetime(2026, 1, 5, tzinfo=UTC)
_END = datetime(2028, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def _policy(route: str, more: str = "", head: str = _HEAD) -> Policy:
    return Policy.from_text(f"{head}\nroute {{ {route} }}\n{more}")


def _answers(route: str, *promises: str) -> list[str]:
    said = "\n".join(f"guarantee promise_{number} {promise}" for number, promise in enumerate(promises))
    return [item.answer for item in prove(_policy(route, said)).guarantees]


def test_a_promise_that_a_step_breaks_is_proved_at_arrival_and_found() -> None:
    proof = prove(
        _policy(
            "rule first when customer.sensitive then queue people after 30s queue robot "
            "otherwise queue people",
            "guarantee no_machine when customer.sensitive then channel is assisted",
        )
    )
    assert [item.answer for item in proof.guarantees] == ["proved"]
    (found,) = proof.findings
    assert found.kind == "broken-later"
    assert "holds at arrival; broken after 30s by a step" in found.message
    assert found.witness is not None
    assert found.witness.contact["customer"] == {"sensitive": True}


def test_the_finding_names_the_plan_of_the_step() -> None:
    proof = prove(
        _policy(
            "otherwise queue people, plan to_machine",
            'plan to_machine "To the machine" { after 1m when customer.sensitive then queue robot }\n'
            "guarantee no_machine then channel is assisted",
        )
    )
    (found,) = proof.findings
    assert "broken after 1m by a step of the plan `To the machine`" in found.message


def test_a_promise_that_has_a_time_is_not_found_beside() -> None:
    proof = prove(
        _policy(
            "otherwise queue people after 30s queue robot",
            "guarantee at_once then channel is assisted within 0s",
        )
    )
    assert [item.answer for item in proof.guarantees] == ["proved"]
    assert proof.findings == ()


_NEVER_A_MACHINE = "then channel is assisted throughout"
_OPEN_BY_THEN = "when office is open at now + 30s"


@pytest.mark.parametrize(
    ("steps", "promise", "answer"),
    [
        ("after 30s queue robot", _NEVER_A_MACHINE, "counterexample"),
        ("after 30s priority 1", _NEVER_A_MACHINE, "proved"),
        ("after 30s when frail then queue robot", _NEVER_A_MACHINE, "counterexample"),
        (
            "after 30s when frail then queue robot",
            "when not frail then channel is assisted throughout",
            "proved",
        ),
        ("after 30s priority + 1", "then priority <= 6 throughout", "proved"),
        ("after 30s priority + 1 after 1m priority + 1", "then priority <= 6 throughout", "counterexample"),
        (
            "after 30s when frail then priority + 1 after 1m when not frail then priority + 1",
            "then priority <= 6 throughout",
            "proved",
        ),
        (
            "after 30s skills {a}  after 1m skills - {a}",
            "then skills is empty or skills has any {a} throughout",
            "proved",
        ),
        ("after 30s skills {a}  after 1m skills - {a}", "then skills is empty throughout", "counterexample"),
        ("after 30s message hello", "then message is missing throughout", "counterexample"),
        ("after 30s queue desk", "then queue is desk within 30s", "counterexample"),
        ("after 30s queue desk", f"{_OPEN_BY_THEN} then queue is desk within 30s", "proved"),
        ("after 30s queue desk", f"{_OPEN_BY_THEN} then queue is desk within 29s", "counterexample"),
        ("after 30s queue desk", "then channel is voice throughout", "counterexample"),
        ("after 30s queue desk", "when contact.channel is chat then channel is chat throughout", "proved"),
    ],
)
def test_promises_over_time(steps: str, promise: str, answer: str) -> None:
    assert _answers(f"otherwise queue people {steps}", promise) == [answer]


@pytest.mark.parametrize(
    ("steps", "within", "answer"),
    [
        ("after 2m callback within 3m", "5m", "proved"),
        ("after 2m callback within 3m", "299s", "counterexample"),
        ("after 2m when contact.phone is known then callback within 3m", "5m", "counterexample"),
        ("after 2m callback within 1h of office", "1d", "counterexample"),
        ("after 2m callback within 1h of office", "3d", "proved"),
        ("after 2m callback within 1h of never_again", "50d", "counterexample"),
        ("after 2m callback within 0s of office", "2m", "proved"),
        ("after 2m queue people", "2m", "proved"),
        ("after 2m queue people", "119s", "counterexample"),
    ],
)
def test_who_meets_a_machine_reaches_a_person(steps: str, within: str, answer: str) -> None:
    """A callback counts as a person, when it is due."""
    (found,) = _answers(f"otherwise queue robot {steps}", f"then channel is assisted within {within}")
    assert found in (answer, "unknown") if "of office" in steps else found == answer


def test_what_cannot_be_told_of_a_callback_is_unknown_by_name() -> None:
    policy = _policy(
        "otherwise queue robot after 2m callback within 4h of office",
        "guarantee way_out when contact.phone is known then channel is assisted within 20h",
    )
    (promise,) = prove(policy).guarantees
    assert promise.answer in ("counterexample", "unknown")
    if promise.answer == "unknown":
        assert "office" in promise.reason


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("after 1m when customer.value > 90 and customer.value < 10 then priority 1", "never true"),
        ("after 1m callback within 20h of never_again", "never opens enough"),
        (
            "after 1m when not (office is open at now + 1m) then queue desk",
            "exclude each other",
        ),
    ],
)
def test_a_step_that_nobody_has_is_found(steps: str, reason: str) -> None:
    (found,) = prove(_policy(f"otherwise queue people {steps}")).findings
    assert (found.kind, reason in found.message) == ("unreachable-step", True)


def test_a_step_of_a_named_plan_is_looked_at_over_all_outcomes() -> None:
    plan = "plan later { after 1m when customer.sensitive then priority 1  after 2m priority 2 }"
    route = "rule plain when not customer.sensitive then queue people, plan later otherwise queue people"
    found = prove(_policy(route, plan)).findings
    assert [(item.kind, item.subject) for item in found] == [("unreachable-step", "later` step `after 1m")]
    both = f"{route}, plan later"
    assert prove(_policy(both, plan)).findings == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("after 1m priority 2", "after 1m priority 3", "with after 1m priority 3"),
        ("after 1m priority - 1", "after 1m priority 4", ""),
        ("after 1m priority - 1", "after 1m priority - 2", "with after 1m priority 3"),
        (
            "after 1m callback within 4h",
            "after 1m callback within 4h of office",
            "with after 1m callback within 4h of office",
        ),
        (
            "after 1m priority 1",
            "after 1m when customer.sensitive then priority 1",
            "without after 1m priority 1",
        ),
        ("after 1m agent contact.phone", "after 1m agent contact.phone, priority 1", "agent contact.phone"),
        ("after 1m priority 1", ", plan same", ""),
        ("after 1m priority 3", ", plan same", "of the plan `The same`"),
    ],
)
def test_changed_steps_are_told(old: str, new: str, said: str) -> None:
    plan = 'plan same "The same" { after 1m priority 1 }'
    difference = diff(*(_policy(f"otherwise queue people {steps}", plan) for steps in (old, new)))
    assert difference.answer == ("different" if said else "same")
    assert said in "; ".join(title(group.key) for group in difference.groups)


def test_what_reaches_steps_is_a_difference() -> None:
    route = "otherwise queue people, priority 1 after 1m priority 5"
    one = _policy(route, "adjust { rule seniors when customer.sensitive then priority - 1 }")
    other = _policy(route, "adjust { rule seniors when customer.sensitive then priority - 2 }")
    difference = diff(one, other)
    assert difference.answer == "different"
    assert all(change.part == "plan" for group in difference.groups for change in group.key)


def test_a_callback_of_a_changed_calendar_is_due_otherwise() -> None:
    route = "otherwise queue people after 2m callback within 4h of office"
    difference = diff(_policy(route), _policy(route, head=_HEAD.replace("20:00", "18:00")))
    assert not difference.unknown
    (group,) = difference.groups
    assert title(group.key) == "plan with after 2m callback within 4h of office due otherwise"
    due = [step.callback_by for made in (group.witness.before, group.witness.decision) for step in made.plan]
    assert len(set(due)) == 2


def test_a_callback_of_a_calendar_that_is_said_otherwise_is_as_it_was() -> None:
    route = "otherwise queue people after 2m callback within 4h of office"
    said = _HEAD.replace("20:00", "14:00, Mon-Fri 14:00-20:00", 1)
    assert diff(_policy(route), _policy(route, head=said)).answer == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-18:00"),
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-20:00  closed 2026-12-24"),
        ("open Mon-Sun 22:00-06:00", "open Mon-Sat 22:00-06:00, Sun 12:00-13:00"),
        ("open Mon 08:00-08:01", "open Mon 08:00-08:02"),
        ("open Mon-Fri 08:00-20:00", "open Mon-Fri 08:00-14:00, Mon-Fri 14:00-20:00"),
    ],
)
def test_when_callbacks_are_due_otherwise_is_found_to_the_tick(one: str, other: str) -> None:
    old, new = (_policy(_CALLED, head=f"{_HEAD} calendar c {{ {said} }}") for said in (one, other))
    calendars = [policy.checked.calendars["c"] for policy in (old, new)]
    dice = random.Random(one + other)
    for span in (timedelta(minutes=1), timedelta(hours=4), timedelta(hours=30, seconds=7)):
        found = due_apart(calendars[0], calendars[1], timedelta(0), span, (2026, 2027))
        assert found is not None
        ends = [
            end + tick for stretch in found[:40] for end in stretch for tick in (-_TICK, 0 * _TICK, _TICK)
        ]
        spread = [_START + timedelta(minutes=dice.randrange(60 * 24 * 700)) for _ in range(200)]
        for moment in (*(end for end in ends if _START < end < _END), *spread):
            dues = [calendar.after_open_time(moment, span) for calendar in calendars]
            if None not in dues:
                assert (dues[0] != dues[1]) is any(start <= moment <= stop for start, stop in found)


@pytest.mark.parametrize("evaluator", ["reference", "compiled"])
def test_the_hour_that_comes_twice_is_told_with_its_offset(evaluator: str) -> None:
    policy = Policy.from_text(
        """
        policy p
        timezone Europe/Berlin
        record contact { channel one of voice  at time ? }
        channel voice { assisted }
        calendar always { open 00:00-24:00 }
        queue people { on voice }
        route { otherwise queue people after 0s callback within 3h of always }
        """
    )
    decide = Engine(policy, evaluator=evaluator).decide  # type: ignore[arg-type]
    at = [decide({"contact": {"channel": "voice", "at": at}}).plan[0].callback_by for at in _AROUND]
    assert [moment and moment.isoformat() for moment in at] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]
    assert at[0] == datetime.fromisoformat("2026-10-25T00:30:00+00:00")


_AROUND = ("2026-10-24T21:30:00Z", "2026-10-24T22:30:00Z")

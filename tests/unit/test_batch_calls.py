"""Plans that call back in open time: in a table each row has the times of its own decision."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.batch import session as session_module
from routekit.compiled.open_time import OpenTime
from routekit.policy.calendars import Calendar

pa = pytest.importorskip("pyarrow", reason="batches need pyarrow: install routekit[arrow]")

POLICY = """
policy calls
timezone Europe/Berlin
record contact { channel one of voice, web = voice  at time ?  kind integer 0..9 = 0 }
record customer { phone flag = yes  agent text ? }
channel voice { assisted }
channel web { self_service }
queue desk { on voice, web }
queue office { on voice  open office }
calendar office { open Mon-Fri 08:00-20:00, Sat 09:00-13:00 closed Dec 24, Dec 25 }
calendar night { timezone America/New_York  open Mon-Sun 22:00-06:00 }
calendar yearly { open Jan 02 10:00-11:00 }
calendar always { open Mon-Sun 00:00-24:00 }
route {
  rule both when contact.kind in 0..2 then queue desk
    after 2m queue office
    after 5m callback within 4h of office
    after 2h callback within 9h of night
  rule rare when contact.kind is 3 then queue desk, agent customer.agent
    after 1m queue desk
    after 5m callback within 30m of yearly
  rule asked when contact.kind is 4 then queue desk
    after 5m when customer.phone then callback within 30d of always
    after 10m any agent
  rule tried when contact.kind is 5 split by customer.agent seed "calls" {
    50% queue desk after 5m callback within 4h of office
    50% queue desk after 5m callback within 4h of night
  }
  rule off when contact.kind is 6 and not (office is open) then queue desk
    after 0s callback within 1s of office
  otherwise queue desk
}
adjust { rule later when contact.channel is web then priority + 1 }
"""
NOW = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)


def _rows(count: int) -> list[dict[str, dict[str, object]]]:
    return [
        {
            "contact": {
                "channel": ("voice", "web")[place % 2],
                "at": None if place % 50 == 0 else NOW + timedelta(seconds=37_123 * place),
                "kind": place * 7 % 10,
            },
            "customer": {"phone": place % 3 > 0, "agent": None if place % 4 == 0 else f"a-{place % 5}"},
        }
        for place in range(count)
    ]


@pytest.mark.parametrize("count", [900, 70])
def test_rows_are_called_back_each_at_its_own_time(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, rows = Engine(Policy.from_text(POLICY)), _rows(count)
    names = [(record, field) for record, fields in rows[0].items() for field in fields]
    table = pa.table({f"{record}.{field}": [row[record][field] for row in rows] for record, field in names})
    one_by_one: list[int] = []
    combine = session_module.Session._combine

    def counted(self: Any, left: Any, now: datetime) -> Any:
        one_by_one.append(left.count)
        return combine(self, left, now)

    monkeypatch.setattr(session_module.Session, "_combine", counted)
    for _ in range(2):  # the second time nothing has to be learned
        answers = engine.decide_batch(table, now=NOW).to_pylist()
        for row, answer in zip(rows, answers, strict=True):
            decision = engine.decide(row, now=NOW)
            found = [
                (step["after"], step["queue"], step["callback_within"], step["callback_by"])
                for step in answer["plan"]
            ]
            assert found == [
                (
                    step.after.total_seconds(),
                    step.queue,
                    None if step.callback_within is None else step.callback_within.total_seconds(),
                    step.callback_by,
                )
                for step in decision.plan
            ]
            assert (answer["rule"], answer["priority"], answer["agent"]) == (
                decision.rule,
                decision.priority,
                decision.agent,
            )
    assert sum(one_by_one) <= 2 * count // 5  # those of the split alone


def test_the_rows_of_a_table_share_no_decision_that_is_called_back_at_another_time() -> None:
    engine = Engine(Policy.from_text(POLICY))
    at = [NOW + timedelta(hours=place) for place in range(100)]
    batch = pa.record_batch({"contact.at": at, "contact.kind": [0] * 100})
    decided = engine.decide_each(batch, now=NOW)
    found = [decided.decisions[place].plan for place in decided.places]
    assert found == [engine.decide({"contact": {"at": each, "kind": 0}}, now=NOW).plan for each in at]


@pytest.mark.parametrize("name", ["office", "night", "yearly", "always"])
@pytest.mark.parametrize("hours", [0, 0.01, 4, 11, 700])
def test_open_time_that_is_kept_is_that_of_the_calendar(name: str, hours: float) -> None:
    calendar: Calendar = Policy.from_text(POLICY).checked.calendars[name]
    open_time, wanted = OpenTime(calendar), timedelta(hours=hours)
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, 23, tzinfo=UTC)]
    moments = [NOW + timedelta(minutes=7_919 * place) for place in range(-40, 120)]
    for moment in (*ends, *moments):
        assert open_time.after(moment, wanted) == calendar.after_open_time(moment, wanted)

"""Who gets what: each outcome with those who come to it, as contacts show."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.cli.main import _routekit
from routekit.intake import Intake
from routekit.prover.outline import outline
from routekit.prover.outline_report import outline_as_markdown, outline_lines
from routekit.reference import Scope, decide
from routekit.schema.times import utc_now
from tests.properties.packs import PACKS, pack, sample_contacts

CARE = """\
policy care
record contact { channel one of voice, web }
record customer { id text ?  value integer 0..100 = 0  frail flag = no }
channel voice { assisted }
channel web { self_service }
queue best "The best team" { on voice  skills gold }
queue general { on voice }
queue portal { on web }
segment valued when customer.value >= 80
route {
  rule frail_first when customer.frail then queue best, priority 1
    after 30s any agent
  group online when contact.channel is web {
    rule trial split by customer.id seed "s" {
      25% queue portal
      75% queue general, priority 3
    }
  }
  rule valued_first when valued then queue best, priority 2
    after 2m when customer.id is known then callback within 4h
  rule nobody when valued and customer.value < 10 then queue general, priority 9
  otherwise queue general
}
offers {
  show 1 by worth
  offer gift "A gift" when valued worth 2 at most 1 per 30d
  never when customer.frail
}
adjust { rule slow when customer.value < 5 then priority + 1 }
"""


def test_an_outline_is_read_from_its_outcomes() -> None:
    lines = [text for _, text in outline_lines(outline(Policy.from_text(CARE).checked))]
    assert lines[0].endswith("who gets what (contacts of 2020 to 2049)")
    assert (
        lines[1:]
        == """
queue best "The best team" on voice, skills {gold}
  priority 1
    frail_first: customer.frail
    then after 30s any agent
  priority 2
    valued_first: valued
      unless taken before by frail_first and trial
    then after 2m when customer.id is known then callback within 4h

queue general on voice
  priority 3
    trial arm 2: 75% of contact.channel is web
      unless taken before by frail_first
  priority 5
    otherwise: everybody else
  priority 9
    nobody: valued and customer.value < 10
      nobody: no contact there can be comes to it

queue portal on web
  priority 5
    trial arm 1: 25% of contact.channel is web
      unless taken before by frail_first

offers
  gift: valued
    "A gift", worth 2, at most 1 per 30d
  never: customer.frail
    no offer at all

adjusted afterwards
  slow: customer.value < 5
    priority + 1""".splitlines()
    )


@pytest.mark.parametrize("name", PACKS)
def test_each_contact_stands_where_the_outline_says(name: str) -> None:
    policy = pack(name).checked
    rows = outline(policy).rows
    assert len({row.outcome for row in rows}) == len(rows)
    intake = Intake(policy)
    for contact in sample_contacts(name):
        facts = intake.read(contact, utc_now())
        decision = decide(policy, facts)
        row, comers = next(
            (row, comers)
            for row in rows
            for comers in row.comers
            if comers.rule.name == decision.rule
            and comers.arm in (None, decision.arm)
            and row.outcome.queue == decision.queue
        )
        assert comers.come
        assert decision.channel in row.channels
        scope = Scope(policy, facts)
        assert comers.rule.condition is None or scope.is_true(comers.rule.condition)
        for other in (item for row in rows for item in row.comers):
            met = other.rule.condition is not None and scope.is_true(other.rule.condition)
            if met and other.are_all and policy.rules.index(other.rule) > policy.rules.index(comers.rule):
                assert decision.rule in other.unless, (other.rule.name, contact)


def test_what_the_time_does_not_suffice_for_is_unknown() -> None:
    found = outline(Policy.from_text(CARE).checked, timeout=1e-9)
    assert not found.rows
    assert ("open", f"unknown: the rest: {found.reason}") in outline_lines(found)


def test_the_command_writes_for_people_pull_requests_and_machines(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    path.write_text(CARE, encoding="utf-8")
    run = CliRunner().invoke(_routekit, ["outline", str(path), "--format", "json"])
    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    assert document["format_version"] == 1
    row = document["outcomes"][1]
    assert row["gets"] == {"priority": "2"}
    assert row["who"][0]["unless"] == ["frail_first", "trial"]
    written = CliRunner().invoke(_routekit, ["outline", str(path), "--format", "markdown"]).stdout
    assert written == outline_as_markdown(outline(Policy.from_path(path).checked))
    assert "| best | priority 1<br>after 30s any agent | customer.frail | frail_first |" in written

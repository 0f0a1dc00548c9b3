"""Examples proposed for what a policy's own do not cover: they stand in the policy, pass, and cover it."""

from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from routekit import Policy
from routekit.cli.main import _routekit
from routekit.trials.coverage import Observer
from routekit.trials.proposals import Left, Proposal, proposals
from routekit.trials.trial import Running
from tests.properties.packs import RULES

PACKS = sorted(RULES.glob("*.route"))


def appended(policy: str, found: list[Proposal | Left]) -> str:
    return "\n".join([policy, *(item.text for item in found if isinstance(item, Proposal))])


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.stem)
def test_a_pack_without_examples_gets_some_that_cover_all_that_can_be(pack: Path, tmp_path: Path) -> None:
    policy = Policy.from_path(pack)
    found = list(proposals(policy, Observer(policy.checked)))
    left = {item.unit.gap for item in found if isinstance(item, Left)}
    assert all(item.is_dead for item in found if isinstance(item, Left)), left
    copy = copytree(pack.parent, tmp_path / "rules") / pack.name
    copy.write_text(appended(pack.read_text(encoding="utf-8"), found), encoding="utf-8")
    running = Running(str(copy), Policy.from_path(copy), "proposed:")
    assert all(result.passed for result in running.results())
    assert {unit.gap.partition(" was never")[0] for unit in running.trial().coverage.gaps} <= {
        gap.partition(" was never")[0] for gap in left
    }


SHOP = """\
policy shop
record contact { channel one of voice, web  at time ? }
record customer { id text ?  value integer 0..100 = 0 }
channel voice { assisted }
channel web { self_service }
calendar day { open Mon-Fri 09:00-17:00 }
queue general { on voice }
queue best { on voice  open day }
let worth {
  when customer.value >= 50 then 2
  otherwise 1
}
route {
  rule gold when customer.value >= 80 or worth > 2 then queue best
  rule trial split by customer.id seed "s" {
    50% queue general, priority 2
    50% queue general, priority 3
  }
  otherwise queue general
}
offers {
  show 1 by worth
  offer gift when contact.channel is voice worth 1
  never when customer.value < 10
}
outcome { sla duration = 5m }
"""


def test_what_one_example_covers_is_not_proposed_again_and_what_nobody_reaches_is_said() -> None:
    policy = Policy.from_text(SHOP)
    found = list(proposals(policy, Observer(policy.checked)))
    assert [item.title for item in found if isinstance(item, Proposal)] == [
        "proposed: worth case 1",
        "proposed: worth case 2",
        "proposed: rule gold",
        "proposed: rule trial arm 1",
        "proposed: offer gift, contact.channel is voice is false",
    ]
    assert [(item.what, item.is_dead) for item in found if isinstance(item, Left)] == [
        ("rule otherwise", True),
        ("rule gold, worth > 2 is true", True),
    ]
    gold = next(item for item in found if isinstance(item, Proposal) and item.unit.name == "gold")
    assert " ".join(gold.text.split()) == (
        'example "proposed: rule gold" '
        "given contact.channel voice, contact.at 2026-01-01 09:00, customer.value 80 "
        "expect rule gold, queue best, channel voice, priority 5, offers {gift}, sla 5m"
    )


def test_the_command_prints_what_can_be_appended(tmp_path: Path) -> None:
    path = tmp_path / "shop.route"
    path.write_text(SHOP, encoding="utf-8")
    result = CliRunner().invoke(_routekit, ["test", str(path), "--propose"])
    assert result.exit_code == 0, result.output
    path.write_text(f"{SHOP}\n{result.stdout}", encoding="utf-8")
    again = CliRunner().invoke(_routekit, ["test", str(path), "--propose"])
    assert "proposed:" not in again.stdout


@pytest.mark.parametrize("options", [["-k", "gold"], ["--watch"], ["--format", "json"]])
def test_other_options_do_not_go_with_it(options: list[str]) -> None:
    result = CliRunner().invoke(_routekit, ["test", "rules/telecom.route", "--propose", *options])
    assert result.exit_code == 2
    assert "--propose" in result.stderr

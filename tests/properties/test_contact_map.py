"""What the contact map finds, against looking at every contact at every time that makes a difference."""

from collections import Counter, defaultdict
from datetime import date
from functools import partial

import pytest
from hypothesis import given

from routekit import Policy
from routekit.analysis import contact_map
from routekit.contact_map.results import DrawnMap
from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy
from routekit.reference import Scope, decide, faults, has_matter, solved_when
from routekit.testing.choices import seeded
from tests.generate.maps import clocks, contacts, write_map
from tests.strategies import seeds, slow

CONTACTS = list(contacts())
Key = tuple[str, str, str]
"""A kind, what it is about, and the rule; without one where it speaks of all rules."""


def looked_for(policy: CheckedPolicy, *, hours: bool) -> tuple[Counter[Key], dict[tuple[str, str], set[str]]]:
    """What goes wrong for some contact, each fault once; and when matters are solved, by channel."""
    intake, found = Intake(policy), set[tuple[str, str, str, str]]()
    solved: dict[tuple[str, str], set[str]] = defaultdict(set)
    for now in clocks(hours=hours):
        for contact in CONTACTS:
            facts = intake.read(contact, now)
            decision = decide(policy, facts)
            for fault in faults(policy, facts, decision):
                rule = "" if fault.kind == "handoff" else fault.rule
                about = fault.matter or fault.queue or fault.rule
                found.add((fault.kind, about, rule, fault.channel if fault.kind == "handoff" else ""))
            scope = Scope(policy, facts)
            for matter in policy.contact_map.matters:
                if has_matter(scope, matter):
                    channel = str(facts.fields["contact", "channel"])
                    solved[matter.name, channel].add(solved_when(policy, facts, decision, matter))
    return _merged(policy, Counter(key[:3] for key in found), solved), solved


def _merged(
    policy: CheckedPolicy, found: Counter[Key], solved: dict[tuple[str, str], set[str]]
) -> Counter[Key]:
    """What is wrong by every rule for all contacts with a matter is one fault."""
    for matter in policy.contact_map.matters:
        when = set[str]().union(*(times for (name, _), times in solved.items() if name == matter.name))
        for kind, ever in (("blind", when - {"never"}), ("misplaced", when & {"at arrival"})):
            rules = [key for key in found if key[:2] == (kind, matter.name)]
            if len(rules) > 1 and not ever:
                for key in rules:
                    del found[key]
                found[kind, matter.name, ""] = 1
    return found


def told(drawn: DrawnMap) -> Counter[Key]:
    """What the map finds, in the same words."""
    spans = {matter.name: matter.span for matter in drawn.matters}
    found = Counter[Key]()
    for finding in drawn.findings:
        if finding.witness is not None:
            is_whole = finding.kind == "handoff" or finding.span == spans.get(finding.about, "")
            found[finding.kind, finding.about, "" if is_whole else finding.rule] += 1
    return found


def agrees(seed: int, *, hours: bool) -> None:
    """Holds a map against all contacts, and its cells too."""
    policy = Policy.from_text(write_map(seeded(seed), hours=hours))
    drawn = contact_map(policy, on=date(2026, 11, 23))
    expected, solved = looked_for(policy.checked, hours=hours)
    assert told(drawn) == expected
    assert "unknown" not in {finding.kind for finding in drawn.findings}
    for cell in drawn.cells:
        when = solved[cell.matter, cell.channel]
        if not when:
            assert cell.becomes == "nobody"
        else:
            worst = max(when, key=["at arrival", "later", "never"].index)
            assert cell.becomes == {"at arrival": "solved", "later": "later", "never": "blind"}[worst]


@partial(slow, times=10)
@given(seeds)
def test_the_map_finds_what_goes_wrong_for_some_contact_and_nothing_else(seed: int) -> None:
    agrees(seed, hours=False)


@pytest.mark.parametrize("seed", range(2))
def test_it_does_where_queues_open_and_calls_back_wait_for_hours(seed: int) -> None:
    agrees(seed, hours=True)

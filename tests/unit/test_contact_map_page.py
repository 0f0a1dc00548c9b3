"""The page of the contact map: all of it can be reached, read and printed, whatever its policy is called."""

import re
from datetime import date, timedelta
from itertools import product

from routekit import Engine, Policy
from routekit.contact_map.page import as_html
from routekit.contact_map.results import (
    Becomes,
    Cell,
    Counted,
    DrawnMap,
    Finding,
    Move,
    Place,
    QueueOnMap,
)
from routekit.policy.contact_map import Matter, Touchpoint
from routekit.prover.witness import Witness
from tests.unit.test_pages import Parsed

POLICY = """policy p "P"
record contact { channel one of voice, chat  intent one of bill, fault ? }
channel voice { assisted }
channel chat { assisted }
queue general { on voice, chat }
queue second { on voice }
route {
  rule bills when contact.intent is bill then queue general after 5m queue second
  otherwise queue general
}
"""
ENGINE = Engine(Policy.from_text(POLICY))
CHANNELS = ("voice", "chat")


def drawn(*, findings: int = 2, matters: int = 2, counted: bool = True, said: str = "") -> DrawnMap:
    """A map with a bit of everything; ``said`` stands in all that authors name as they like."""
    contact = {"contact": {"channel": "chat", "intent": "bill"}}
    witness = Witness(contact, None, ENGINE.decide(contact))
    found = [
        Finding("stage", "RK700", "leave", f"no touchpoint {said}"),
        *(
            Finding("blind", "RK700", "m0", f"nobody solves `m0` {said}", "bills", witness)
            for _ in range(findings)
        ),
    ]
    names = [f"m{number}" for number in range(matters)]
    becomes: tuple[Becomes, ...] = ("blind", "later", "solved", "nobody", "unknown")
    cells = tuple(
        Cell(
            matter, channel, becomes[place % 5], (Place("general", channel, "some"),),
            (Place("second", "voice", "all", is_call=True),), (1,) if place % 5 == 0 and findings else (),
            Counted(1200, 1000, 150) if counted else None,
        )
        for place, (matter, channel) in enumerate(product(names, CHANNELS))
    )  # fmt: skip
    points = (
        Touchpoint("site", f"The site {said}", ("find",), ("chat",), False, "ours", "", False),
        Touchpoint("belt", "", ("use",), (), True, "partner", f"handler {said}", True),
        Touchpoint("lost", "", (), (), True, "others", "", True),
    )
    moves = (
        Move("arrival", "voice", "general", ("bills",)),
        Move("step", "general", "second", ("bills", "b", "c"), timedelta(minutes=5), 7),
        Move("callback", "second", "second", ("bills",)),
    )
    queues = tuple(
        QueueOnMap(name, "", CHANNELS, (), 3 if counted else None) for name in ("general", "second")
    )
    return DrawnMap(
        "p", f"P {said}", "abc", date(2026, 11, 30), ("find", "use", "leave"), points,
        tuple(Matter(name, f"{name} {said}", None, (), (), None) for name in names), CHANNELS, cells, queues,
        moves, tuple(found), 0.1, 1200 if counted else None,
    )  # fmt: skip


def page(found: DrawnMap) -> str:
    return as_html(found, lambda witness: ENGINE.explain(witness.contact, now=witness.now))


def test_every_finding_opens_its_contact_and_why_it_is_decided_so() -> None:
    parsed = Parsed(page(drawn()))
    names = {given["id"] for _, given in parsed.tags if "id" in given}
    links = {given["href"] for tag, given in parsed.tags if tag == "a"}
    assert links == {"#f0", "#f1"}
    assert {f"#{name}" for name in names} >= links
    assert parsed.said.count('{"contact": {"channel": "chat", "intent": "bill"}}') == 2
    assert parsed.said.count("because contact.intent is bill") == 2


def test_blind_spots_are_marked_by_more_than_their_colour() -> None:
    written = page(drawn())
    [cell] = re.findall(r'<td class="bad">(?:(?!</td>).)*a blind spot.*?</td>', written)
    assert "✗" in cell
    assert "1,200" in cell
    assert "1,000 at once, 150 later, 50 never" in cell


def test_what_authors_name_as_they_like_stays_text() -> None:
    hostile = Parsed(page(drawn(said="<script>alert(1)</script>\udc80&amp;")))
    assert "script" not in {tag for tag, _ in hostile.tags}
    assert hostile.said.count("<script>alert(1)</script>?&amp;") >= 8


def test_a_map_of_nothing_and_one_without_contacts_are_drawn() -> None:
    empty = DrawnMap("p", "", "abc", date(2026, 11, 30), (), (), (), (), (), (), (), (), 0.1)
    assert "nothing was found" in Parsed(as_html(empty)).said
    assert "1,200" not in Parsed(as_html(drawn(counted=False))).said


def test_a_larger_map_is_printed_on_a_larger_sheet_rather_than_on_several() -> None:
    sheets = [re.findall(r"@page\{size:(\d+)mm", page(drawn(matters=matters)))[-1] for matters in (1, 60)]
    assert sheets[0] == "297"
    assert int(sheets[1]) > 297


def test_a_page_of_many_findings_stays_small() -> None:
    assert len(page(drawn(findings=400)).encode("utf-8")) < 700_000

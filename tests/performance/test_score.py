"""A score says of a log whose truth is known just that, and names what is amiss with it."""

import gzip
import random
from datetime import timedelta
from pathlib import Path

import pytest

from routekit import Policy
from routekit.performance import score
from routekit.performance.intervals import wilson
from routekit.performance.score import Score
from tests.performance.planted import Log

POLICY = Policy.from_text("""
    policy care "Care"
    record contact { channel one of voice, chat, app  intent text = "other" }
    record customer { id text private ?  senior flag = no  tier text ? }
    segment senior "older customers" when customer.senior
    segment gold when customer.tier is "gold"
    channel voice { assisted cost 10 }
    channel chat { assisted cost 4 }
    channel app { self_service cost 0.1 }
    queue general { on voice, chat }
    queue machine { on app }
    route { rule app when contact.channel is app then queue machine otherwise queue general }
""")


def value(found: Score, name: str, *key: str) -> float | None:
    figures = (
        next(group for group in found.groups if group.key == key).figures if key else found.total.figures
    )
    figure = figures[name].value
    return None if figure is None else round(figure, 6)


@pytest.fixture
def log() -> Log:
    """Thirty days; the last line says how long they are."""
    log = Log()
    log.served("last", 24 * 30, matter="other")
    return log


def test_waits_service_level_and_abandonment_are_those_put_there(log: Log, tmp_path: Path) -> None:
    for number in range(10):
        log.served(f"c-{number}", 1, waits=2 * (number + 1), matter="fault")
    for number in range(4):
        id = log.contact(f"q-{number}", 2, matter="fault")
        log.event(id, "queued", 2, 5)
        log.event(id, "answered", 2, 45)
    for number in range(6):
        id = log.contact(f"a-{number}", 3, matter="fault")
        log.event(id, "abandoned", 3, 3)
    found = score([log.written(tmp_path / "log")], by=["matter"], least=1)
    assert value(found, "contacts", "fault") == 20
    assert value(found, "waited_p50", "fault") == 14
    assert value(found, "waited_p90", "fault") == 40
    assert value(found, "service_level", "fault") == 0.5
    assert value(found, "abandoned", "fault") == 0.3
    figure = found.groups[0].figures["abandoned"]
    assert (figure.hits, figure.of, (figure.low, figure.high)) == (6, 20, wilson(6, 20))
    sooner = score([log.written(tmp_path / "log")], by=["matter"], within=timedelta(seconds=4))
    assert value(sooner, "service_level", "fault") == 0.1


def test_contained_is_told_for_a_day_and_for_three(log: Log, tmp_path: Path) -> None:
    for number in range(8):
        log.event(log.contact(f"c-{number}", 1, channel="app"), "ended", 1, 30)
    log.served("c-0", 20)
    log.served("c-1", 40, matter="another matter altogether")
    log.served("c-2", 24 * 4)
    log.event(log.contact("c-3", 2), "abandoned", 2, 60)
    called = log.contact("c-4", 3, channel="chat")
    log.event(called, "called_back", 30, 0)
    found = score([log.written(tmp_path / "log")], by=["channel"], least=1)
    assert value(found, "contained_24h", "app") == 7 / 8
    assert value(found, "contained_72h", "app") == 5 / 8
    assert value(found, "contained_24h", "voice") == 0


def test_who_comes_back_within_a_week_was_not_resolved(log: Log, tmp_path: Path) -> None:
    for number in range(10):
        log.served(f"c-{number}", number, resolved=number != 9, matter="fault")
    log.served("c-0", 24 * 6, channel="chat", matter="fault")
    log.served("c-1", 24 * 6, matter="another")
    log.served("c-2", 24 * 8 + 3, matter="fault")
    log.event("d-16", "reopened", 50)  # of c-4
    late = log.served("c-late", 24 * 29, matter="fault")
    found = score([log.written(tmp_path / "log")], by=["matter"], least=1)
    total = next(group for group in found.groups if group.key == ("fault",)).figures
    assert (total["contacts"].value, total["came_back"].of, total["came_back"].hits) == (13, 12, 1)
    assert log.lines[16]["id"] == "d-16"
    assert (total["resolved_first"].of, total["resolved_first"].hits) == (11, 8)
    assert late


def test_satisfaction_offers_and_worth(log: Log, tmp_path: Path) -> None:
    ids = [log.served(f"c-{number}", 1, matter="fault", offers=("gift", "fibre")) for number in range(10)]
    for number, score_ in enumerate((5, 4, 3, 1)):
        log.event(ids[number], "rated", 2, score=score_)
    log.event(ids[3], "rated", 3, score=5)
    log.event(ids[0], "bought", 2, worth=30.5)
    log.event(ids[0], "bought", 4, worth=9.5)
    log.event(ids[9], "bought", 4)
    found = score([log.written(tmp_path / "log")], by=["matter"], least=1)
    assert value(found, "satisfied", "fault") == 0.75
    assert value(found, "score", "fault") == 17 / 4
    assert value(found, "responded", "fault") == 0.4
    assert value(found, "offers", "fault") == 2
    assert value(found, "taken", "fault") == 0.2
    assert value(found, "worth", "fault") == 40


def test_segments_costs_and_parity_come_from_the_policy(log: Log, tmp_path: Path) -> None:
    fields = {
        "contact": {"channel": "voice", "intent": "fault"},
        "customer": {"senior": True, "tier": "gold"},
    }
    for number in range(200):
        is_voice = number % 2 == 0
        contact = {**fields, "contact": {"channel": "voice" if is_voice else "chat", "intent": "fault"}}
        log.served(
            f"c-{number}", 1, matter="fault", channel="voice" if is_voice else "chat", contact=contact,
            resolved=is_voice or number % 4 == 1,
        )  # fmt: skip
    for number in range(19):
        log.served(f"few-{number}", 1, matter="rare")
    masked = {"contact": {"channel": "voice", "intent": "fault"}, "customer": {}}
    for number in range(20):
        log.served(f"m-{number}", 1, contact=masked, masked=["customer.id", "customer.tier"])
    found = score([log.written(tmp_path / "log")], policy=POLICY)
    assert found.by == ("channel", "segment", "matter")
    assert [group.key for group in found.groups] == [
        ("chat", "gold", "fault"),
        ("voice", "gold", "fault"),
        ("chat", "senior", "fault"),
        ("voice", "senior", "fault"),
        ("voice", "–", "fault"),
    ]
    assert found.findings.doubts == {"gold": 20}
    assert (found.hidden_groups, found.hidden_contacts, value(found, "contacts")) == (2, 20, 240)
    assert value(found, "cost", "chat", "senior", "fault") == 4
    assert value(found, "waited_p50", "chat", "senior", "fault") == 10
    assert [group.worse_than for group in found.groups] == [("voice",), (), ("voice",), (), ()]
    several = [one for one in found.comparisons if one.measure == "resolved_first"]
    compared = next(one for one in several if one.key == ("senior", "fault"))
    assert (compared.channel, compared.other, compared.difference.value) == ("chat", "voice", -0.5)
    assert compared.difference.low < -0.5 < compared.difference.high < 0


def test_nothing_is_lost_or_counted_twice_whatever_the_order(log: Log, tmp_path: Path) -> None:
    for number in range(60):
        log.served(f"c-{number % 30}", number, waits=number, matter="fault")
    straight = score([log.written(tmp_path / "log")], by=["matter"], least=1)
    random.Random(7).shuffle(log.lines)
    half = len(log.lines) // 2
    one, two = Log(), Log()
    one.lines, two.lines = log.lines[:half] + log.lines[:10], log.lines[half:]
    first, second = one.written(tmp_path / "one"), tmp_path / "two.gz"
    second.write_bytes(gzip.compress(Path(two.written(tmp_path / "two")).read_bytes()))
    mixed = score([first, str(second)], by=["matter"], least=1)
    assert mixed.groups == straight.groups
    assert mixed.total == straight.total
    assert mixed.findings.doubled == 10
    assert mixed.findings.early > 0
    assert straight.findings.early == 0


def test_what_is_amiss_with_a_log_is_named_and_counted(log: Log, tmp_path: Path) -> None:
    log.event("d-0", "rated", -2, score=3)
    log.event("nobody", "answered", 1)
    log.event("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "ended", 1)
    log.contact(None, 5)
    log.lines.append({**log.lines[0], "queue": "another"})
    log.event("d-0", "awnsered", 3)
    log.event("d-0", "rated", 3, score="good")
    path = log.written(tmp_path / "log")
    with Path(path).open("ab") as file:
        file.write(b'{"event": "answered", \n\xff\xfe\n[]\n{"format_version": 2, "id": "x"}\n\n{"of": "d-0"}')
    found = score([path]).findings
    assert (found.contacts, found.ahead, found.strays, found.older) == (2, 1, 2, 1)
    assert (found.silent, found.unnamed, found.contradicting, found.doubled) == (1, 1, 1, 0)
    assert found.broken == 7
    told = [f"{one.place.rpartition(':')[2]} {one.message}" for one in found.places]
    assert told == [
        "10 `awnsered` is no kind of event; did you mean `answered`?",
        "11 has a `score` that is no number",
        "12 is not JSON: expecting property name enclosed in double quotes in column 1",
        "13 is not UTF-8",
        "14 is no record of a decision",
        "15 is not of format version 1, the one that is read here",
        "17 has no time `at`",
    ]


def test_what_contacts_cannot_be_grouped_by_is_said() -> None:
    for by, said in (
        ("chanel", "did you mean `channel`"),
        ("segment", "add --policy"),
        ("nonsense", "name channel, inbound"),
    ):
        with pytest.raises(ValueError, match=said):
            score([], by=[by])

"""What the features of a history mean, over what is known of a customer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.policy.model import Feature
from routekit.service.history import Context, Incident, Outcome, Past, Showing, Touch
from routekit.service.history.features import features, offers_shown
from tests.service.stores import NOON, incident, touch

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INTENT = ("contact", "intent")
BILLING = {"contact.intent": "billing"}


def past(*touches: Touch, incidents: tuple[Incident, ...] = ()) -> Past:
    return Past(tuple(sorted(touches, key=lambda one: one.at, reverse=True)), incidents)


def value(feature: Feature, known: Past, facts: dict[str, object] | None = None) -> object:
    found = features((feature,), known, facts or {}, NOON)  # type: ignore[arg-type]
    return found.get(feature.name, "missing")


KNOWN = past(
    touch("now", ago=timedelta(0), inbound="email", facts=BILLING, queue="first", agent="ann"),
    touch("early", ago=3 * HOUR, inbound="voice", facts={"contact.intent": "cancel"}, queue="second"),
    touch("day", ago=DAY, inbound="voice", facts=BILLING, queue="third"),
    touch("week", ago=6 * DAY, inbound=None, facts={}, queue="fourth"),
)


@pytest.mark.parametrize(
    ("feature", "facts", "expected"),
    [
        (Feature("n", "count"), {}, 4),
        (Feature("n", "count", within=DAY), {}, 2),
        (Feature("n", "count", within=DAY + timedelta(microseconds=1)), {}, 3),
        (Feature("n", "count", channels=("voice",)), {}, 2),
        (Feature("n", "count", channels=("voice", "email")), {}, 3),
        (Feature("n", "count", channels=("chat",)), {}, 0),
        (Feature("n", "count", about=INTENT), BILLING, 2),
        (Feature("n", "count", about=INTENT, channels=("voice",)), BILLING, 1),
        (Feature("n", "count", about=INTENT), {}, 0),
        (Feature("n", "count", about=INTENT), {"contact.intent": None}, 0),
        (Feature("q", "last", "queue"), {}, "first"),
        (Feature("q", "last", "queue", channels=("voice",)), {}, "second"),
        (Feature("q", "last", "queue", about=INTENT, channels=("voice",)), BILLING, "third"),
        (Feature("q", "last", "queue", about=INTENT), {}, "missing"),
        (Feature("q", "last", "queue", channels=("voice",), within=HOUR), {}, "missing"),
        (Feature("c", "last", "channel"), {}, "voice"),
        (Feature("r", "last", "rule"), {}, "care"),
        (Feature("a", "last", "agent"), {}, "ann"),
        (Feature("a", "last", "agent", channels=("voice",)), {}, "missing"),
        (Feature("f", "last", INTENT), {}, "billing"),
        (Feature("f", "last", ("contact", "other")), {}, "missing"),
        (Feature("o", "open"), {}, False),
    ],
)
def test_a_feature(feature: Feature, facts: dict[str, object], expected: object) -> None:
    assert value(feature, KNOWN, facts) == expected


def test_true_is_not_one() -> None:
    known = past(touch("d-1", facts={"contact.again": 1}))
    about = Feature("n", "count", about=("contact", "again"))
    assert value(about, known, {"contact.again": True}) == 0
    assert value(about, known, {"contact.again": 1}) == 1


def test_an_incident_is_open_until_it_is_closed_and_may_be_about_something() -> None:
    closed = Incident("i-0", "c-1", NOON - DAY, "billing", closed=NOON)
    known = past(incidents=(incident("i-1", about="modem"), closed))
    assert value(Feature("o", "open"), known) is True
    assert value(Feature("o", "open"), past(incidents=(closed,))) is False
    about = Feature("o", "open", about=INTENT)
    assert value(about, known, {"contact.intent": "modem"}) is True
    assert value(about, known, {"contact.intent": "billing"}) is False
    assert value(about, known, {}) is False


INSTANTS = st.timedeltas(-30 * DAY, 30 * DAY).map(lambda ago: NOON - ago)


@given(st.lists(INSTANTS, max_size=10), st.timedeltas(timedelta(0), 60 * DAY), st.timedeltas(HOUR, 30 * DAY))
def test_a_clock_that_is_set_back_never_lowers_a_count(
    instants: list[datetime], back: timedelta, within: timedelta
) -> None:
    known = past(*(touch(f"d-{n}", ago=NOON - at) for n, at in enumerate(instants)))
    feature = (Feature("n", "count", within=within),)
    counts = [features(feature, known, {}, now)["n"] for now in (NOON, NOON - back)]
    assert isinstance(counts[0], int)
    assert isinstance(counts[1], int)
    assert counts[1] >= counts[0]


def test_offers_shown_in_the_future_count_as_of_now() -> None:
    known = Past(shown=(Showing("gift", NOON + DAY, "d-2"), Showing("gift", NOON - DAY, "d-1")))
    assert offers_shown(known, NOON) == [{"offer": "gift", "at": NOON}, {"offer": "gift", "at": NOON - DAY}]


# ── what agents are told ──────────────────────────────────────────────────────


def test_agents_are_told_by_the_clock_of_the_policy() -> None:
    late = touch("d-1", ago=timedelta(hours=19), facts=BILLING, outcome=Outcome("resolved"))
    assert str(Context.of(past(late), NOON)) == (
        "Yesterday at 17:00, by voice, about billing: queue general, resolved."
    )
    assert str(Context.of(past(late), NOON, "Asia/Shanghai")).startswith("Yesterday at 01:00") is False
    assert str(Context.of(past(late), NOON, "Asia/Tokyo")).startswith("Today at 02:00, by voice")


def test_agents_are_told_of_the_last_contacts_and_of_open_incidents_alone() -> None:
    closed = Incident("i-0", "c-1", NOON - DAY, closed=NOON)
    known = past(*(touch(f"d-{n}", ago=n * HOUR) for n in range(9)), incidents=(closed, incident("i-1")))
    context = Context.of(known, NOON)
    assert [one.id for one in context.touches] == [f"d-{n}" for n in range(5)]
    assert [one.id for one in context.incidents] == ["i-1"]
    assert len(str(context).splitlines()) == 6


def test_agents_are_told_when_there_may_be_more() -> None:
    context = Context.of(Past(problem="is away: the disk is full"), datetime(2026, 1, 1, tzinfo=UTC))
    assert str(context) == "There may be more: the history is away: the disk is full."
    assert str(Context.of(Past.EMPTY, NOON)) == "No earlier contact is known."

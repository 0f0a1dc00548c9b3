"""What every store of history does, whichever it is."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from routekit.policy.model import Cap
from routekit.service.contact_events import ContactEvent, EventKind
from routekit.service.history import Claim, HistoryStore, Outcome, Past, SQLiteStore, StoreError, Touch
from routekit.service.history.model import MOST_TOUCHES
from tests.service.servers import postgres_cluster, postgres_server, redis_server
from tests.service.stores import EVER, MONTH, NOON, claim, incident, open_store, store, touch

__all__ = ["open_store", "postgres_cluster", "postgres_server", "redis_server", "store"]

Open = Callable[[], HistoryStore]

HARD_TEXTS = [
    "",
    " ",
    "%",
    "{}",
    "a}b{c",
    "zwölf 💎 ünï",
    "'; DROP TABLE touch; --",
    "%(customer)s",
    "line\nbreak\ttab",
    "*?[a]\\",
    "x" * 300,
]


# ── touches ───────────────────────────────────────────────────────────────────


def test_of_a_stranger_nothing_is_known(store: HistoryStore) -> None:
    assert store.past("nobody", EVER) == Past.EMPTY


def test_touches_come_back_whole_newest_first(open_store: Open) -> None:
    full = Touch(
        id="d-2",
        customer="c-1",
        at=NOON + timedelta(microseconds=123456),
        channel="web",
        queue="portal",
        rule="online",
        inbound="email",
        agent="ann",
        offers=("fibre", "gift"),
        capped=("gift",),
        facts={"contact.intent": "billing", "contact.tags": ["a", "ü\0\ud800"], "customer.value": 92.5},
        incident="i-1",
    )
    open_store().record([touch("d-1"), full, touch("d-0", ago=timedelta(days=3))])
    past = open_store().past("c-1", EVER)
    assert [found.id for found in past.touches] == ["d-2", "d-1", "d-0"]
    assert past.touches[0] == full


def test_the_window_of_a_past_begins_behind_its_instant(store: HistoryStore) -> None:
    store.record([touch("old", ago=timedelta(days=2)), touch("edge", ago=timedelta(days=1)), touch("new")])
    past = store.past("c-1", NOON - timedelta(days=1))
    assert [found.id for found in past.touches] == ["new"]
    assert [found.id for found in store.past("c-1", EVER).touches] == ["new", "edge", "old"]


def test_a_touch_recorded_twice_is_there_once_as_it_first_was(store: HistoryStore) -> None:
    store.record([touch("d-1"), touch("d-1")])
    store.record([touch("d-1", queue="other"), touch("d-2", customer="c-2")])
    assert [found.queue for found in store.past("c-1", EVER).touches] == ["general"]
    assert [found.id for found in store.past("c-2", EVER).touches] == ["d-2"]


def test_a_past_holds_the_newest_of_many_touches(store: HistoryStore) -> None:
    store.record([touch(f"d-{n}", ago=timedelta(minutes=n)) for n in range(MOST_TOUCHES + 50)])
    found = store.past("c-1", EVER).touches
    assert [one.id for one in found] == [f"d-{n}" for n in range(MOST_TOUCHES)]
    store.record([touch("now", ago=timedelta(0))])
    assert [one.id for one in store.past("c-1", EVER).touches] == ["now", *(one.id for one in found[:-1])]


def test_what_another_process_records_is_seen(open_store: Open) -> None:
    one, other = open_store(), open_store()
    for number in range(5):
        one.record([touch(f"d-{number}", ago=timedelta(minutes=-number))])
        assert len(other.past("c-1", EVER).touches) == number + 1
    other.record([touch("late", ago=timedelta(days=1))])
    assert [found.id for found in one.past("c-1", EVER).touches][-1] == "late"


@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_any_text_may_be_an_id_or_a_customer(store: HistoryStore, text: str) -> None:
    store.record([touch(text, customer=text), touch("d-1", customer="other")])
    store.open_incident(replace(incident(text, customer=text), about=text, title=text))
    assert store.claim(claim(text, customer=text)) == {"gift"}
    assert store.conclude(text, Outcome(text, text))
    past = store.past(text, EVER)
    assert [(found.id, found.customer) for found in past.touches] == [(text, text)]
    assert past.touches[0].outcome == Outcome(text, text)
    assert [(found.id, found.about) for found in past.incidents] == [(text, text)]
    assert [found.id for found in past.shown] == [text]
    assert store.erase(text) == 3
    assert store.past(text, EVER) == Past.EMPTY
    assert len(store.past("other", EVER).touches) == 1


def test_what_cannot_be_stored_is_refused_and_nothing_of_it_told(store: HistoryStore) -> None:
    for bad in (touch("d-1", customer="sec\ud800ret"), touch("d-2", facts={"contact.intent": {"secret"}})):
        with pytest.raises(StoreError) as refused:
            store.record([bad])
        assert "sec" not in str(refused.value)
    assert store.past("c-1", EVER) == Past.EMPTY


def test_recording_nothing_does_nothing(store: HistoryStore) -> None:
    store.record([])


# ── outcomes and incidents ────────────────────────────────────────────────────


def test_an_outcome_is_told_later_and_may_be_told_anew(open_store: Open) -> None:
    one, other = open_store(), open_store()
    one.record([touch("d-1"), touch("d-2", ago=timedelta(0))])
    assert len(other.past("c-1", EVER).touches) == 2
    assert one.conclude("d-1", Outcome("transferred"))
    told = Outcome("resolved", "the refund is on its way", NOON)
    assert one.conclude("d-1", told)
    assert [found.outcome for found in other.past("c-1", EVER).touches] == [None, told]


def test_an_outcome_of_no_touch_is_not_kept(store: HistoryStore) -> None:
    assert not store.conclude("unknown", Outcome("resolved"))


def test_incidents_are_open_until_they_are_closed(open_store: Open) -> None:
    one, other = open_store(), open_store()
    first = replace(incident("i-1", about="modem", title="no line"), queue="technicians")
    second = replace(incident("i-2"), opened=NOON)
    one.open_incident(first)
    one.open_incident(second)
    one.open_incident(replace(first, title="another"))
    assert other.past("c-1", EVER).incidents == (second, first)
    assert one.close_incident("i-2", NOON)
    assert not one.close_incident("i-2", NOON + timedelta(days=1))
    assert not one.close_incident("unknown", NOON)
    assert other.past("c-1", EVER).incidents == (first, replace(second, closed=NOON))
    assert other.past("c-1", NOON).incidents == (first,)


# ── caps ──────────────────────────────────────────────────────────────────────


def test_a_cap_is_kept_and_a_claim_made_twice_counts_once(open_store: Open) -> None:
    one, other = open_store(), open_store()
    assert one.claim(claim("d-1", most=2)) == {"gift"}
    assert other.claim(claim("d-1", most=2)) == {"gift"}
    assert other.claim(claim("d-2", most=2)) == {"gift"}
    assert one.claim(claim("d-3", most=2)) == frozenset()
    assert one.claim(claim("d-1", most=2)) == {"gift"}
    assert one.claim(claim("d-4", customer="c-2", most=2)) == {"gift"}
    assert {found.id for found in one.past("c-1", EVER).shown} == {"d-1", "d-2"}


def test_each_offer_has_caps_of_its_own_and_all_of_them_hold(store: HistoryStore) -> None:
    day = claim("", most=1, per=timedelta(days=1)).offers[0][1]
    month = claim("", most=2).offers[0][1]

    def both(id: str) -> Claim:
        return Claim(id, "c-1", (("gift", (*day, *month)), ("fibre", month)))

    assert store.claim(both("d-1")) == {"gift", "fibre"}
    assert store.claim(both("d-2")) == {"fibre"}
    assert store.claim(both("d-3")) == frozenset()
    assert store.claim(claim("d-4", "gift", most=0)) == frozenset()
    assert store.claim(Claim("d-5", "c-1", ())) == frozenset()


def test_a_cap_over_several_offers_grants_the_first_of_them_that_it_leaves_room(store: HistoryStore) -> None:
    alone, all_ = Cap(1, MONTH), Cap(3, MONTH, None)
    ads = Cap(1, MONTH, frozenset(("gift", "fibre")), "ads")

    def asked(id: str, *offers: str) -> Claim:
        caps = {"gift": (alone, ads, all_), "fibre": (ads, all_), "points": (all_,), "news": (all_,)}
        return Claim(id, "c-1", tuple((offer, caps[offer]) for offer in offers))

    assert store.claim(asked("d-1", "fibre", "gift", "points")) == {"fibre", "points"}
    assert store.claim(asked("d-1", "fibre", "gift", "points")) == {"fibre", "points"}
    assert store.claim(asked("d-2", "gift")) == frozenset()
    assert store.claim(asked("d-3", "news", "points")) == {"news"}
    assert store.claim(asked("d-4", "news")) == frozenset()


def test_a_window_that_has_passed_gives_the_offer_back(store: HistoryStore) -> None:
    assert store.claim(claim("d-1", per=timedelta(milliseconds=1))) == {"gift"}
    threading.Event().wait(0.05)
    assert store.claim(claim("d-2", per=timedelta(milliseconds=1))) == {"gift"}


def test_a_recorded_touch_counts_what_it_showed_once_with_its_claim(store: HistoryStore) -> None:
    assert store.claim(claim("d-1", most=2)) == {"gift"}
    store.record([touch("d-1", offers=("gift", "free"), capped=("gift",))])
    assert [found.offer for found in store.past("c-1", EVER).shown] == ["gift"]
    store.record([touch("d-2", ago=timedelta(days=-400), offers=("gift",), capped=("gift",))])
    assert store.claim(claim("d-3", most=2)) == frozenset()
    assert all(found.at <= datetime.now(UTC) for found in store.past("c-1", EVER).shown)


def test_threads_share_a_store_and_its_caps(store: HistoryStore) -> None:
    def work(number: int) -> bool:
        store.record([touch(f"d-{number}")])
        store.past("c-1", EVER)
        return bool(store.claim(claim(f"d-{number}", most=3)))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(80))) == 3
    assert len(store.past("c-1", EVER).touches) == 80


CLAIMS = 40
CLAIMING = """
import sys
from datetime import timedelta
from routekit.policy.model import Cap
from routekit.service.history import Claim
{opening}
caps = (Cap(3, timedelta(days=30)),)
sys.stdin.readline()
for number in range({claims}):
    for customer in ("c-1", "c-2"):
        if store.claim(Claim(f"{{sys.argv[1]}}-{{number}}", customer, (("gift", caps),))):
            print(customer, flush=True)
"""


def opening(store: HistoryStore) -> str:
    """The program's line that opens this store in another process."""
    name, where = type(store).__name__, vars(store)
    address = where.get("_path") or where.get("_dsn") or where.get("_url")
    patience = "timeout=timedelta(seconds=60)"
    return f"from routekit.service.history import {name}\nstore = {name}({address!r}, {patience})"


def test_a_cap_holds_over_many_processes(open_store: Open, store: HistoryStore) -> None:
    if isinstance(store, SQLiteStore) and store._in_memory:
        pytest.skip("what is in memory belongs to one process")
    program = CLAIMING.format(opening=opening(store), claims=CLAIMS)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(8)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120) for worker in workers]
    assert [errors for _, errors in said if errors] == []
    granted = "".join(out for out, _ in said).split()
    assert (granted.count("c-1"), granted.count("c-2")) == (3, 3)
    assert len(store.past("c-1", EVER).shown) == 3


def test_a_claim_outlives_a_process_that_is_killed(store: HistoryStore) -> None:
    if isinstance(store, SQLiteStore) and store._in_memory:
        pytest.skip("what is in memory belongs to one process")
    program = CLAIMING.format(opening=opening(store), claims=10**9)
    with subprocess.Popen(
        [sys.executable, "-c", program, "w"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
        granted = [worker.stdout.readline().strip() for _ in range(6)]
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL
        worker.stdin.close()
    assert sorted(granted) == ["c-1"] * 3 + ["c-2"] * 3
    assert store.claim(claim("d-1", most=3)) == frozenset()
    assert len(store.past("c-1", EVER).shown) == 3
    store.record([touch("d-1")])
    assert len(store.past("c-1", EVER).touches) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_store_goes_on_in_a_forked_process_and_in_its_parent(store: HistoryStore) -> None:
    if isinstance(store, SQLiteStore) and store._in_memory:
        pytest.skip("what is in memory belongs to one process")
    store.record([touch("before")])
    assert len(store.past("c-1", EVER).touches) == 1
    child = os.fork()
    if child == 0:
        try:
            store.record([touch("child")])
            os._exit(0 if len(store.past("c-1", EVER).touches) == 2 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.record([touch("after")])
    assert {found.id for found in store.past("c-1", EVER).touches} == {"before", "child", "after"}


# ── removing ──────────────────────────────────────────────────────────────────


def test_erasing_a_customer_leaves_nothing_and_the_others_alone(open_store: Open) -> None:
    one, other = open_store(), open_store()
    for customer in ("c-1", "c-2"):
        one.record([touch(f"{customer}-{n}", customer=customer) for n in range(3)])
        one.open_incident(incident(f"{customer}-i", customer=customer))
        assert one.claim(claim(f"{customer}-0", customer=customer))
        assert len(other.past(customer, EVER).touches) == 3
    assert one.erase("c-1") == 5
    assert other.past("c-1", EVER) == Past.EMPTY
    assert len(other.past("c-2", EVER).touches) == 3
    assert one.erase("c-1") == 0
    assert not one.conclude("c-1-0", Outcome("resolved"))
    assert not one.close_incident("c-1-i", NOON)
    assert one.past("c-1", EVER) == Past.EMPTY
    assert one.claim(claim("again"))


def test_retention_removes_what_is_older_than_an_instant(open_store: Open) -> None:
    one, other = open_store(), open_store()
    one.record([touch("old", ago=timedelta(days=40)), touch("new")])
    one.record([touch("old-too", customer="c-2", ago=timedelta(days=40), capped=("gift",))])
    one.open_incident(replace(incident("open"), opened=EVER))
    one.open_incident(replace(incident("closed"), opened=EVER, closed=NOON - timedelta(days=35)))
    assert len(other.past("c-1", EVER).touches) == 2
    assert one.expire(NOON - timedelta(days=30)) == 4
    past = other.past("c-1", EVER - timedelta(days=1))
    assert [found.id for found in past.touches] == ["new"]
    assert [found.id for found in past.incidents] == ["open"]
    assert other.past("c-2", EVER) == Past.EMPTY
    assert one.expire(NOON - timedelta(days=30)) == 0


def test_a_store_that_was_closed_opens_again(store: HistoryStore) -> None:
    store.record([touch("d-1")])
    store.close()
    store.record([touch("d-2")])
    assert {found.id for found in store.past("c-1", EVER).touches} >= {"d-2"}


# ── what happened to a touch ──────────────────────────────────────────────────


def event(id: str, kind: EventKind, minutes: float = 0, **more: object) -> ContactEvent:
    return ContactEvent(id, kind, NOON + timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def test_events_are_kept_once_in_any_order_also_before_their_touch(open_store: Open) -> None:
    one, other = open_store(), open_store()
    answered = event("d-1", "answered", 1, queue="general", agent="anna")
    rated = event("d-1", "rated", 30, score=4.5, worth=0, channel="sms")
    resolved = event("d-1", "resolved", 5, note="zurückgezahlt\n“\x1f")
    keep(one, resolved)
    assert other.past("c-1", EVER).touches == ()
    keep(other, event("d-9", "queued"))
    one.record([touch("d-1"), touch("d-2", ago=timedelta(0))])
    keep(other, answered, resolved)
    keep(one, answered, rated)
    keep(one, resolved, answered)
    for opened in (one, other):
        second, first = opened.past("c-1", EVER).touches
        assert first.happened == (answered, resolved, rated)
        assert first.outcome == Outcome("resolved", resolved.note, resolved.at)
        assert second.happened == ()
        assert second.outcome is None


def test_an_outcome_told_by_itself_yields_to_what_happened_later(store: HistoryStore) -> None:
    store.record([touch("d-1")])
    told = Outcome("refunded", "by Anna", NOON)
    assert store.conclude("d-1", told)
    keep(store, event("d-1", "ended", 2))
    assert [found.outcome for found in store.past("c-1", EVER).touches] == [told]
    keep(store, event("d-1", "reopened", 60))
    assert [found.outcome for found in store.past("c-1", EVER).touches] == [
        Outcome("reopened", "", NOON + timedelta(hours=1))
    ]


def test_events_go_with_their_customer_and_those_that_come_later_are_not_kept(open_store: Open) -> None:
    one, other = open_store(), open_store()
    one.record([touch("d-1"), touch("d-2", customer="other")])
    keep(one, event("d-1", "answered"), event("d-1", "rated", 1, score=1), event("d-2", "answered"))
    assert other.erase("c-1") == 3
    keep(one, event("d-1", "resolved", 5, note="to Mrs Secret"))
    other.record([touch("d-1")])  # another process had not written it yet
    assert [found.happened for found in one.past("c-1", EVER).touches] == [()]
    assert [found.happened for found in one.past("other", EVER).touches] == [(event("d-2", "answered"),)]


def test_events_expire_with_their_touches(store: HistoryStore) -> None:
    store.record([touch("old", ago=timedelta(days=9)), touch("new")])
    old = replace(event("old", "answered"), at=NOON - timedelta(days=9))
    keep(store, old, event("old", "rated"), event("new", "answered"))
    assert store.expire(NOON - timedelta(days=1)) >= 1
    store.record([touch("old", ago=timedelta(hours=2))])
    assert [found.happened for found in store.past("c-1", EVER).touches] == [(event("new", "answered"),), ()]


def test_touches_and_events_are_written_together_in_any_order(store: HistoryStore) -> None:
    write = getattr(store, "write", None)
    if write is None:
        pytest.skip("this store takes each kind by itself")
    write([event("d-1", "answered"), touch("d-1"), event("d-2", "queued"), touch("d-3")])
    write([touch("d-2"), event("d-3", "ended", 4)])
    found = {one.id: [each.kind for each in one.happened] for one in store.past("c-1", EVER).touches}
    assert found == {"d-1": ["answered"], "d-2": ["queued"], "d-3": ["ended"]}


def keep(store: HistoryStore, *events: ContactEvent) -> None:
    if not hasattr(store, "happened"):
        pytest.skip("this store keeps no events")
    store.happened(events)

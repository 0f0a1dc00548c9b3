"""Live signals: told from any thread, believed for a while, put into contacts that do not bring their own."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from routekit import Decision, Engine, InvalidContact, Policy, Problem
from routekit.engine.engine import Evaluator
from routekit.engine.live import LiveSignals
from tests.properties.hostile import HOSTILE

POLICY = Policy.from_text(
    """
policy p
record contact { channel one of voice }
channel voice { assisted }
queue general { on voice }
queue special { on voice }
live queue {
  waiting       integer 0.. = 0
  longest_wait  duration = 0s
}
segment busy when general.waiting > 10
route {
  rule full when busy then queue special
  rule slow when general.longest_wait > 3m then queue special, priority 2
  rule lost when special.waiting > 50 then queue general, priority 9
  otherwise queue general
}
"""
)
VOICE = {"contact": {"channel": "voice"}}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["compiled", "reference"])
def engine(request: pytest.FixtureRequest, clock: Clock) -> Engine:
    evaluator: Evaluator = request.param
    return Engine(POLICY, evaluator=evaluator, live=LiveSignals(clock=clock))


def test_a_contact_that_brings_no_signals_has_those_of_the_board(engine: Engine) -> None:
    assert engine.decide(VOICE).rule == "otherwise"
    engine.live.update("general", waiting=12, longest_wait="1m")
    assert engine.decide(VOICE).rule == "full"
    assert engine.segments(VOICE) == ("busy",)
    engine.live.update("general", waiting=3)
    assert engine.decide(VOICE).rule == "otherwise"
    engine.live.update("general", longest_wait=timedelta(minutes=4))
    assert engine.decide(VOICE).rule == "slow"
    engine.live.update("general", longest_wait=None)
    assert engine.decide(VOICE) == engine.decide({**VOICE, "live": {"general": {"waiting": 3}}})


def test_who_kept_the_function_sees_the_board_too(engine: Engine) -> None:
    decide = engine.decide
    engine.live.update("general", waiting=12)
    assert decide(VOICE).rule == "full"
    assert decide(VOICE, strict=True).rule == "full"


def test_what_the_contact_says_of_a_queue_wins(engine: Engine) -> None:
    engine.live.update("general", waiting=12)
    engine.live.update("special", waiting=60)
    own = {**VOICE, "live": {"general": {"longest_wait": "1m"}}}
    assert engine.decide(own).rule == "lost"
    assert engine.decide({**VOICE, "live": {"general": None}}).rule == "full"
    assert engine.decide({**VOICE, "live": {"general": 5}}).problems == (
        Problem("live.general", "is a whole number, not an object"),
    )
    assert own == {**VOICE, "live": {"general": {"longest_wait": "1m"}}}, "the caller's own stays as it was"


def test_an_old_signal_counts_as_missing_and_is_named(engine: Engine, clock: Clock) -> None:
    engine.live.update("general", waiting=12, longest_wait="4m")
    clock.now += 40
    engine.live.update("general", longest_wait="4m")
    clock.now += 20
    decision = engine.decide(VOICE)
    assert decision.rule == "slow"
    assert decision.problems == (Problem("live.general.waiting", "is older than 1m"),)
    assert engine.live.status()["stale"] == ["general.waiting"]
    assert engine.live.status()["oldest"] == 60
    with pytest.raises(InvalidContact, match=r"live\.general\.waiting is older than 1m"):
        engine.decide(VOICE, strict=True)
    assert engine.decide({**VOICE, "live": {"general": {}}}).problems == ()
    engine.live.update("general", waiting=12)
    assert engine.decide(VOICE) == engine.decide({**VOICE, "live": {"general": {"waiting": 12}}})


def test_the_explanation_sees_what_the_decision_saw(engine: Engine, clock: Clock) -> None:
    engine.live.update("general", waiting=12)
    explanation = engine.explain(VOICE)
    assert explanation.decision == engine.decide(VOICE)
    assert "general.waiting is 12" in str(explanation)
    clock.now += 61
    explanation = engine.explain(VOICE)
    assert explanation.decision == engine.decide(VOICE)
    assert explanation.problems == ("live.general.waiting is older than 1m, so its default 0 is taken",)


def test_each_signal_may_have_an_age_of_its_own(clock: Clock) -> None:
    board = LiveSignals(max_age={"waiting": timedelta(seconds=10), "longest_wait": None}, clock=clock)
    engine = Engine(POLICY, live=board)
    board.update("general", waiting=12, longest_wait="4m", other=1)
    clock.now += 10
    assert engine.decide(VOICE).rule == "slow"
    assert board.status()["stale"] == ["general.waiting"]
    clock.now += 1e9
    assert engine.decide(VOICE).rule == "slow"
    assert board.status()["stale"] == ["general.other", "general.waiting"]


def test_bad_values_are_named_like_those_of_any_contact(engine: Engine) -> None:
    engine.live.update("general", waiting=-1, longest_wait="a while")
    assert (
        engine.decide(VOICE).problems
        == engine.decide({**VOICE, "live": {"general": {"waiting": -1, "longest_wait": "a while"}}}).problems
    )


def test_what_no_policy_knows_is_kept_counted_and_logged_once(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="routekit"):
        for _ in range(3):
            engine.live.update("gone", waiting=1)
            engine.live.update("general", waiting=12, mood="good")
    assert engine.decide(VOICE).rule == "full"
    status = engine.live.status()
    assert status["unknown"] == ["general.mood", "gone.waiting"]
    assert status["unknown_count"] == 2
    assert [getattr(record, "signals", None) for record in caplog.records] == [
        ["gone.waiting"],
        ["general.mood"],
    ]


def test_a_feed_gone_wild_does_not_fill_the_memory(engine: Engine) -> None:
    for number in range(10_050):
        engine.live.update(f"queue {number}", waiting=1)
    engine.live.update("queue 1", **{f"signal_{number}": 1 for number in range(200)})
    status = engine.live.status()
    assert (status["queues"], status["refused"]) == (10_000, 51)
    assert len(status["unknown"]) == 100  # type: ignore[arg-type]


def test_several_engines_read_one_board() -> None:
    board = LiveSignals()
    board.update("general", waiting=12)
    first, second = Engine(POLICY, live=board), Engine(POLICY, live=board)
    assert first.decide(VOICE).rule == second.decide(VOICE).rule == "full"
    assert first.live is second.live


def test_a_policy_without_signals_takes_no_notice() -> None:
    engine = Engine(
        Policy.from_text(
            "policy p record contact { channel one of voice } channel voice { assisted }"
            " queue general { on voice } route { otherwise queue general }"
        )
    )
    before = engine.decide(VOICE)
    engine.live.update("general", waiting=12)
    assert engine.decide(VOICE) == before
    assert engine.live.status()["unknown"] == ["general.waiting"]


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_any_value_at_all_is_decided_as_without_a_board(make: Callable[[], object]) -> None:
    engine, plain = Engine(POLICY), Engine(POLICY)
    engine.live.update("nowhere", waiting=1)
    engine.live.update("special", waiting=1)
    for contact in (
        make(),
        {"contact": make()},
        {**VOICE, "live": make()},
        {**VOICE, "live": {"general": make()}},
    ):
        decision, expected = engine.decide(contact), plain.decide(contact)
        assert (decision.rule, decision.problems) == (expected.rule, expected.problems)
    engine.live.update("general", waiting=make(), longest_wait=make())
    engine.decide(VOICE)
    engine.live.status()


def test_a_queue_is_named_by_a_text() -> None:
    with pytest.raises(TypeError, match="named by a text"):
        LiveSignals().update(5, waiting=1)  # type: ignore[arg-type]


def test_an_age_is_longer_than_nothing() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        LiveSignals(max_age={"waiting": timedelta(0)})


def test_updates_of_many_threads_are_all_seen() -> None:
    board = LiveSignals()
    engine = Engine(POLICY, live=board)
    decisions: list[Decision] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            decisions.append(engine.decide(VOICE))

    def tell(signal: str) -> None:
        for number in range(2_000):
            board.update("general", **{signal: number})

    reader = threading.Thread(target=read)
    reader.start()
    tellers = [threading.Thread(target=tell, args=(name,)) for name in ("waiting", "other", "another")]
    for teller in tellers:
        teller.start()
    for teller in tellers:
        teller.join()
    done.set()
    reader.join()
    assert board.status()["updates"] == 6_000
    assert board.status()["signals"] == 3, "no update of one signal took another away"
    assert engine.decide(VOICE).rule == "full"
    assert {decision.rule for decision in decisions} <= {"full", "otherwise"}

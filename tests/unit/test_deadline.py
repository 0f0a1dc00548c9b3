"""A time limit holds, whatever is asked: no stage of a proof works for long without looking at the clock."""

import sys
from types import FrameType

import pytest

from routekit import Policy
from routekit.analysis import ask, diff, prove

HEAD = """
policy p
timezone Europe/Berlin
record contact { channel one of voice, web  at time ?  text text ? }
record customer {
  born date ?  a number = 0  b number = 0  c integer 0..9 = 0  levels set of integer 1..9 = {}
}
live queue { wait duration = 0s }
channel voice { assisted }
queue people { on voice }
queue others { on voice }
calendar shop { open Mon-Fri 09:00-17:00, Sat 10:00-12:00  closed holidays GB }
"""
STAGES = {
    "times": "(shop is open at now + 90m and month(now) is not month(now + 2d)) or hour(now - 1h) is 7",
    "dates": "day(customer.born + 1d) is 1 and weekday(customer.born) is mon",
    "texts": " and ".join(f'not (contact.text contains "{"ab" * n}c")' for n in range(1, 9)),
    "patterns": 'contact.text matches "(?i)(a|b)*[ab](a|b){9}x" and not (contact.text matches "[a-f0-9]{8}")',
    "sums": "customer.a * customer.b > 7 and customer.a + customer.b < 3 and customer.a - customer.b > 1",
    "waits": "people.wait > others.wait + 5m and others.wait > people.wait - 1m",
    "sets": " or ".join(f"customer.levels has {n}" for n in range(1, 10)),
    "split": "day(customer.born) > 28",
}


def policy(stage: str, third: int = 2) -> Policy:
    body = "then queue others"
    if stage == "split":
        body = 'split by customer.born seed "s" { 1% queue others 98% queue people 1% queue others }'
    rules = " ".join(
        f"rule r{number} when ({STAGES[stage]}) and customer.c >= {bound} {body}"
        for number, bound in enumerate((0, 1, third, 3))
    )
    return Policy.from_text(f"""{HEAD} route {{ {rules} otherwise queue people }}
        offers {{ show 1  offer x when {STAGES[stage]} worth customer.c  offer y worth 3 }}
        guarantee g when {STAGES[stage]} then queue is people and offers is empty""")


class Clock:
    """Goes on by a second whenever it is read, and counts the calls of functions between two looks at it."""

    def __init__(self) -> None:
        self.reads = 0
        self.calls = 0
        self.most = 0

    def count(self, _: FrameType, event: str, __: object) -> None:
        if event == "call":
            self.calls += 1

    def __call__(self) -> float:
        self.most = max(self.most, self.calls)
        self.calls = 0
        self.reads += 1
        return float(self.reads)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("routekit.prover.limits.monotonic", found)
    return found


@pytest.mark.parametrize("plain", [False, True], ids=["python-sat", "plain"])
@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_works_long_without_looking_at_the_clock(
    stage: str, plain: bool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain:
        monkeypatch.setitem(sys.modules, "pysat.solvers", None)
    looked_at = policy(stage)
    sys.setprofile(clock.count)
    try:
        prove(looked_at, timeout=3_000)
    finally:
        sys.setprofile(None)
    assert clock.most < 20_000


@pytest.mark.parametrize("limit", [0, 10, 300, 2_000])
@pytest.mark.parametrize("stage", STAGES)
def test_little_is_done_behind_the_limit(stage: str, limit: int, clock: Clock) -> None:
    looked_at = policy(stage)
    proof = prove(looked_at, timeout=limit)
    assert clock.reads < limit + 400
    assert all(item.answer in ("proved", "counterexample", "unknown") for item in proof.guarantees)
    clock.reads = 0
    ask(looked_at, "can customer.c is 3 reach queue others", timeout=limit)
    assert clock.reads < limit + 400
    clock.reads = 0
    difference = diff(looked_at, policy(stage, third=5), timeout=limit)
    assert difference.answer in ("same", "unknown")  # the third rule never decides
    assert clock.reads < limit + 400

"""Rules that are boxes: which of them decide, and who takes the contacts of those that never do."""

import sys
from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import pytest

from routekit import Policy
from routekit.analysis import prove
from routekit.prover.boxes import Box, BoxIndex, bits_of

HEAD = """
policy many
record contact { channel one of voice, web }
record c { a integer 0..7 = 0  b integer 0..7 = 0  k one of x, y, z  on flag = no }
channel voice { assisted }
queue people { on voice }
"""
CONTACTS = [
    {"a": a, "b": b, "on": on, **({} if k is None else {"k": k})}
    for a, b, k, on in product(range(8), range(8), ("x", "y", "z", None), (False, True))
]


def some_test(dice: Random) -> tuple[str, frozenset[int]]:
    """A test, and for which contacts it is true."""
    field = dice.choice(["a", "a", "b", "b", "k", "on", "either"])
    match field:
        case "k":
            values = frozenset(dice.sample(["x", "y", "z"], dice.randint(1, 2)))
            return f"c.k in {{{', '.join(sorted(values))}}}", held(lambda c: c.get("k") in values)
        case "on":
            return "c.on", held(lambda c: c["on"])
        case "either":  # no box, or one that only looks like two
            low, high = sorted(dice.sample(range(8), 2))
            other = dice.choice("ab")
            return f"(c.a <= {low} or c.{other} >= {high})", held(lambda c: c["a"] <= low or c[other] >= high)
        case _:
            low = dice.randint(0, 6)
            high = dice.randint(low, 7)
            return f"c.{field} in {low}..{high}", held(lambda c: low <= c[field] <= high)


def held(test: Callable[[dict[str, Any]], bool]) -> frozenset[int]:
    return frozenset(number for number, contact in enumerate(CONTACTS) if test(contact))


@pytest.fixture(params=["python-sat", "plain"])
def solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "pysat.solvers", None)


@pytest.mark.parametrize("seed", range(8))
def test_dead_rules_and_their_takers_are_those_of_all_contacts(solver: None, seed: int) -> None:
    dice = Random(seed)
    everybody = frozenset(range(len(CONTACTS)))
    rules, lines = [], []
    for number in range(30):
        tests = [some_test(dice) for _ in range(dice.choice([1, 2, 2, 3]))]
        rules.append(everybody.intersection(*(holds for _, holds in tests)))
        said = " and ".join(text for text, _ in tests)
        lines.append(f"rule r{number} when {said} then queue people, priority {number % 5 + 1}")
    policy = Policy.from_text(f"{HEAD} route {{ {' '.join(lines)} otherwise queue people }}")
    dead = {
        f"r{number}": holds
        for number, holds in enumerate(rules)
        if holds <= frozenset().union(*rules[:number])
    }
    findings = {found.subject: found for found in prove(policy).findings if found.subject != "otherwise"}
    assert findings.keys() == dead.keys()
    for name, holds in dead.items():
        takers = {taker: rules[int(taker[1:])] for taker in findings[name].taken_by}
        assert bool(takers) == bool(holds)
        assert holds <= frozenset().union(*takers.values())
        for taker in takers:
            rest = [theirs for other, theirs in takers.items() if other != taker]
            assert not holds <= frozenset().union(*rest), (name, taker)


@pytest.mark.parametrize("seed", range(5))
def test_an_index_tells_which_boxes_meet_and_hold_another(seed: int) -> None:
    dice = Random(seed)
    boxes = [
        Box(
            {
                number: dice.randint(1, 2**size - 1)
                for number, size in enumerate((3, 9))
                if dice.random() < 0.8
            }
        )
        for _ in range(90)
    ]
    index = BoxIndex(boxes, [7, 511])

    def points(box: Box) -> set[tuple[int, int]]:
        return {
            (a, b)
            for a, b in product(range(3), range(9))
            if box.masks.get(0, 7) >> a & 1 and box.masks.get(1, 511) >> b & 1
        }

    for box in boxes[:20]:
        mine = points(box)
        assert set(bits_of(index.meeting(box))) == {p for p, b in enumerate(boxes) if points(b) & mine}
        assert set(bits_of(index.holding(box))) == {p for p, b in enumerate(boxes) if points(b) >= mine}
        among = dice.getrandbits(90) & index.meeting(box)
        if index.is_left(box, among, 4):
            assert not mine <= set().union(*(points(boxes[place]) for place in bits_of(among)))


def test_a_flag_asked_by_itself_takes_nobody_of_a_rule_that_compares_it() -> None:
    """What the checker sees of rules without a proof: a number is asked too, so that it compares the two."""
    rules = """
      rule on when c.a in 1..5 and c.on then queue people
      rule off when c.a in 2..3 and c.on is no then queue people, priority 2
      rule both when c.a in 2..3 and c.on is no and c.b is 1 then queue people, priority 3
    """
    policy = Policy.from_text(f"{HEAD} route {{ {rules} otherwise queue people }}")
    told = [found.message for found in policy.warnings if found.code == "RK401"]
    assert told == ["no contact reaches `both`: `off` takes all of its contacts"]

"""Tests whether fields are the same, or in one set, against every contact that they can tell apart."""

from itertools import combinations, product
from random import Random

from hypothesis import given

from routekit import Engine, Policy
from routekit.analysis import prove
from tests.strategies import seeds

FIELDS = "x", "y", "z"
TEXTS = ("a", "b", "c", "d", "e", None)
"""What tests name, and as many others as there are fields."""
SETS = [list(some) for size in range(4) for some in combinations("abcde", size)]


def condition(dice: Random, depth: int = 2) -> str:
    """A condition over texts, and a set of them."""
    if depth and dice.random() < 0.7:
        word = dice.choice((" and ", " and ", " or "))
        return f"({word.join(condition(dice, depth - 1) for _ in range(dice.randint(2, 3)))})"
    one, other = dice.sample(FIELDS, 2)
    return dice.choice(
        (
            f"r.{one} is r.{other}",
            f"r.{one} is r.{other}",
            f"not (r.{one} is r.{other})",
            f'r.{one} is "{dice.choice("ab")}"',
            f'not (r.{one} is "{dice.choice("ab")}")',
            f"r.known has r.{one}",
            f"not (r.known has r.{one})",
            f"(r.{one} is r.{other}) else yes",
        )
    )


@given(seeds)
def test_what_is_the_same_as_a_third_is_the_same(seed: int) -> None:
    dice = Random(seed)
    rules = "\n".join(f"rule r{place} when {condition(dice)} then queue q" for place in range(4))
    policy = Policy.from_text(
        f"""policy p
        record contact {{ channel one of voice = voice }}
        record r {{ x text ?  y text ?  z text ?  known set of text = {{}} }}
        channel voice {{ assisted }}
        queue q {{ on voice }}
        route {{ {rules} otherwise queue q }}"""
    )
    engine = Engine(policy)
    contacts = [
        {"r": {**{name: text for name, text in zip(FIELDS, texts, strict=True) if text}, "known": known}}
        for texts in product(TEXTS, repeat=len(FIELDS))
        for known in SETS
    ]
    reached = {engine.decide(contact).rule for contact in contacts}
    found = [(item.kind, item.subject) for item in prove(policy).findings]
    assert dict.fromkeys(subject for _, subject in found) == dict.fromkeys(
        name for name in ("r0", "r1", "r2", "r3", "otherwise") if name not in reached
    )
    assert {kind for kind, _ in found} <= {"unreachable-rule"}

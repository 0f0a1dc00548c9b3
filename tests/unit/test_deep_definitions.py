"""Definitions that stand upon hundreds of others: proofs and differences of them end, and say what is so."""

from collections.abc import Callable

import pytest

from routekit import Policy
from routekit.analysis import ask, diff, prove

HEAD = """
policy p
record contact {
  channel one of voice  x integer ?  y integer 0..1000 = 0  a flag ?  t text ?  at time ?
  tags set of text = {}
}
channel voice { assisted }
queue q { on voice }
queue q2 { on voice }
"""
COUNT = 250
"""An even number: what turns with each step is as it was."""


def _policy(first: str, step: Callable[[int], str], last: str, *, tail: str = "") -> Policy:
    chain = [first, *(step(i) for i in range(1, COUNT + 1))]
    rule = f"route {{ rule r when {last.format(COUNT)} then queue q2  otherwise queue q }}"
    return Policy.from_text("\n".join([HEAD, *chain, rule, tail]))


SETTLED = {
    "segments": (
        "segment s0 when contact.a",
        lambda i: f"segment s{i} when s{i - 1} and contact.y is not {i}",
        "s{}",
        "contact.a",
        f"contact.y > {COUNT}",
    ),
    "segments or not": (
        "segment s0 when contact.a",
        lambda i: f"segment s{i} when not s{i - 1} or contact.y is {i}",
        "s{}",
        f"contact.a or contact.y in 1..{COUNT}",
        f"contact.y > {COUNT}",
    ),
    "flags": (
        "let s0 = contact.a",
        lambda i: f"let s{i} = s{i - 1} is yes",
        "s{}",
        "contact.a",
        "contact.a is yes",
    ),
    "flags by cases": (
        "let s0 = contact.a",
        lambda i: f"let s{i} {{ when s{i - 1} then no  otherwise yes }}",
        "s{}",
        "contact.a",
        "contact.a is yes",
    ),
    "cases upon cases": (
        "let s0 = contact.y",
        lambda i: f"let s{i} {{ when s{i - 1} > 3 then 2  otherwise 5 }}",
        "s{} is 2",
        "contact.y <= 3",
        "contact.y < 3",
    ),
    "values of cases": (
        "let s0 = contact.y",
        lambda i: f"let s{i} {{ when contact.x is {i} then {i}  otherwise s{i - 1} }}",
        "s{} is 7",
        "contact.x is 7 or contact.y is 7",
        "contact.x is 7",
    ),
}


@pytest.mark.parametrize("name", SETTLED)
def test_what_can_be_followed_is_proved(name: str) -> None:
    first, step, last, needed, enough = SETTLED[name]
    tail = f"""
      guarantee needed when {last.format(COUNT)} then queue is q2
      guarantee only when not ({needed}) then queue is q
    """
    policy = _policy(first, step, last, tail=tail)
    proof = prove(policy, timeout=30)
    assert {promise.answer for promise in proof.guarantees} == {"proved"}
    assert ask(policy, f"can {enough} reach queue is q2", timeout=30).answer == "yes"


TOO_DEEP = {
    "sums": ("let s0 = contact.y", lambda i: f"let s{i} = s{i - 1} + 1", f"s{{}} > {COUNT + 3}"),
    "else": ("let s0 = contact.x", lambda i: f"let s{i} = s{i - 1} else contact.y", "s{} > 3"),
    "sums of cases": (
        "let s0 = contact.y",
        lambda i: f"let s{i} {{ when contact.x is {i} then s{i - 1} + 1  otherwise s{i - 1} }}",
        "s{} > 3",
    ),
    "least": ("let s0 = contact.y", lambda i: f"let s{i} = min(s{i - 1}, contact.x)", "s{} > 3"),
    "texts": ("let s0 = contact.t", lambda i: f"let s{i} = lower(s{i - 1})", 's{} is "x"'),
    "times": ("let s0 = contact.at", lambda i: f"let s{i} = s{i - 1} + 1s", "hour(s{}) > 3"),
    "members": ("let s0 = contact.t", lambda i: f"let s{i} = s{i - 1} else contact.t", "s{} in contact.tags"),
}


@pytest.mark.parametrize("name", TOO_DEEP)
def test_what_is_too_deep_is_unknown_by_name_and_never_a_crash(name: str) -> None:
    first, step, last = TOO_DEEP[name]
    policy = _policy(first, step, last, tail="guarantee g then queue is q")
    changed = _policy(first.replace("= contact.y", "= contact.y + 1"), step, last)
    told = [
        *(promise.reason for promise in prove(policy, timeout=3).guarantees),
        ask(policy, "can contact.y > 3 reach queue is q2", timeout=3).reason,
        *(open_.why.reason for open_ in diff(policy, changed, timeout=3).unknown),
    ]
    said = ("too large", "told apart", "the time was up")
    assert all(not reason or any(each in reason for each in said) for reason in told), told


def test_a_key_of_a_split_that_is_too_deep_is_unknown() -> None:
    chain = "\n".join(f"let s{i} = s{i - 1} else contact.t" for i in range(1, COUNT))
    text = f"""{HEAD} let s0 = contact.t
      {chain}
      route {{ rule r split by s{COUNT - 1} seed "x" {{ 50% queue q 50% queue q2 }} otherwise queue q }}
      guarantee g then queue is q
    """
    (promise,) = prove(Policy.from_text(text), timeout=3).guarantees
    assert (promise.answer, "too large" in promise.reason) in (("unknown", True), ("counterexample", False))

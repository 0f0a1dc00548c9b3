"""Arithmetic that grows: a policy costs what it costs, whatever the contact holds."""

import subprocess
import sys
from datetime import date, timedelta

import pytest

from routekit import Engine, Policy
from routekit.engine.engine import Evaluator

POLICY = """
policy p "Squares"
record contact {{ channel one of voice }}
record customer {{ value integer = 2 }}
channel voice {{ assisted cost 1 }}
queue general {{ on voice }}
{lets}
route {{
  rule trial when contact.channel is voice
    split by s{last} seed "s" {{ 50% queue general  50% queue general }}
  otherwise queue general
}}
offers {{ offer any worth s{last} }}
"""


def _squares(count: int) -> str:
    """A policy that squares a value so many times; each line is as short as any."""
    lets = [
        "let s0 = customer.value",
        *(f"let s{number} = s{number - 1} * s{number - 1}" for number in range(1, count + 1)),
    ]
    return POLICY.format(lets="\n".join(lets), last=count)


@pytest.mark.parametrize("value", [0, 1, -1, 2**62, -(2**62)])
def test_a_key_worked_out_of_large_numbers_takes_an_arm(value: int) -> None:
    contact = {"contact": {"channel": "voice"}, "customer": {"value": value}}
    decision = Engine(Policy.from_text(_squares(9))).decide(contact)
    assert decision.arm in (1, 2)
    assert decision.offers == ("any",)


def test_squares_of_squares_do_not_run_away() -> None:
    """Forty lines of policy must not ask for a number of 2⁴⁰ digits."""
    script = f"""
from routekit import Engine, Policy
engine = Engine(Policy.from_text({_squares(40)!r}))
print(engine.decide({{"contact": {{"channel": "voice"}}, "customer": {{"value": 3}}}}).queue)
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stdout == "general\n", run.stderr


@pytest.mark.parametrize(
    ("seconds", "later", "earlier"),
    [
        (0, 0, 0), (1, 0, 0), (86_399, 0, 0), (86_400, 1, -1), (129_600, 1, -1), (172_800, 2, -2),
        (-1, 0, 0), (-86_399, 0, 0), (-86_400, -1, 1), (-129_600, -1, 1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
def test_only_whole_days_move_a_date(evaluator: Evaluator, seconds: int, later: int, earlier: int) -> None:
    engine = Engine(Policy.from_text(DATES), evaluator=evaluator)
    day = date(2026, 3, 1)
    sent = {
        "day": day, "span": seconds, "later": day + timedelta(later), "earlier": day + timedelta(earlier),
    }  # fmt: skip
    assert engine.decide({"contact": {"channel": "voice"}, "c": sent}).queue == "right"


DATES = """policy p "P"
record contact { channel one of voice }
record c { day date ?  span duration ?  later date ?  earlier date ? }
channel voice { assisted }
queue right { on voice }
queue wrong { on voice }
route {
  rule both when c.day + c.span is c.later and c.span + c.day is c.later and c.day - c.span is c.earlier
    then queue right
  otherwise queue wrong
}
"""

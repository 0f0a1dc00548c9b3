"""Nothing small costs much: the work for a policy and the code made of it grow with the policy's length.

Work is counted in calls of functions, which no clock and no other process changes. A family three times as
large may take a little more than three times the work; what doubles with each line is far from that.
"""

import ast
import contextlib
import sys
from collections.abc import Callable
from functools import cache
from types import FrameType

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.compiled import Compiled
from tests.properties.nasty import FAMILIES

SMALL, LARGE = 110, 330
MOST = 1.6
"""How much more than in proportion the work may grow between the two sizes."""
SLACK = 300_000


@cache
def policy_of(text: str) -> Policy:
    """Read once for all tests of a process."""
    return Policy.from_text(text)


def calls_of(work: Callable[[], object]) -> int:
    """How many functions, Python's own included, are called."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def grows_with_its_length(
    family: str, work: Callable[[str], Callable[[], object]], sizes: tuple[int, int] = (SMALL, LARGE)
) -> None:
    small, large = (FAMILIES[family](n) for n in sizes)
    assert calls_of(work(large)) <= MOST * len(large) / len(small) * calls_of(work(small)) + SLACK


@pytest.mark.parametrize("family", FAMILIES)
def test_a_check_takes_work_that_grows_with_the_text(family: str) -> None:
    grows_with_its_length(family, lambda text: lambda: Policy.from_text(text))


@pytest.mark.parametrize("test", ["is empty", "is missing", "is yes", "is not yes", 'is "x"'])
def test_tests_within_each_other_are_checked_once_each(test: str) -> None:
    """What stands on the left is looked at before it is known how it is read, at every depth."""

    def checking(depth: int) -> Callable[[], object]:
        condition = "(" * depth + "contact.tags is empty" + f" {test})" * depth
        text = FAMILIES["rules of texts"](1).replace('contact.t is "0"', condition)

        def check() -> None:
            with contextlib.suppress(PolicyError):
                Policy.from_text(text)

        return check

    assert calls_of(checking(40)) <= 8 * calls_of(checking(10)) + SLACK


@pytest.mark.parametrize("family", FAMILIES)
def test_an_engine_takes_work_that_grows_with_the_text(family: str) -> None:
    def compiling(text: str) -> Callable[[], object]:
        policy = policy_of(text)
        return lambda: Engine(policy)

    grows_with_its_length(family, compiling)


def test_an_engine_of_many_definitions_upon_each_other_takes_work_that_grows_with_them() -> None:
    def compiling(count: int) -> int:
        lets = "".join(f"let l{n} = {f'l{n - 1}' if n else 'contact.x'} + 1\n" for n in range(count))
        policy = Policy.from_text(f"""
            policy p
            record contact {{ channel one of voice  x integer 0..100 = 0 }}
            channel voice {{ assisted }}
            queue q {{ on voice }}
            {lets}
            route {{ rule r when l{count - 1} > 3 then queue q  otherwise queue q }}
        """)
        return calls_of(lambda: Engine(policy))

    assert compiling(1500) <= MOST * 3 * compiling(500) + SLACK


@pytest.mark.parametrize("family", FAMILIES)
def test_generated_code_grows_with_the_text(family: str) -> None:
    def nodes(text: str) -> int:
        source = Compiled(policy_of(text).checked).source
        return sum(1 for _ in ast.walk(ast.parse(source)))

    text = FAMILIES[family](LARGE)
    assert nodes(text) <= 4 * len(text) + 2_000


@pytest.mark.parametrize("family", [name for name in FAMILIES if not name.startswith(("ors", "rules"))])
def test_tables_take_work_that_grows_with_the_text(family: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    rows = [{"channel": "voice", "a": True, "x": place, "y": place, "t": str(place)} for place in range(70)]
    table = pyarrow.Table.from_pylist([{"contact": row} for row in rows])

    def deciding(text: str) -> Callable[[], object]:
        engine = Engine(policy_of(text))
        return lambda: engine.decide_batch(table)

    grows_with_its_length(family, deciding, (SMALL // 2, LARGE // 2))


def test_a_calendar_is_worked_out_for_the_years_that_a_table_asks_of() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    policy = Policy.from_text("""
        policy p
        record contact { channel one of voice  at time ? }
        record customer { since time ? }
        channel voice { assisted }
        calendar k { open Mon-Sun 08:00-12:00, 13:00-17:00 }
        queue q { on voice }
        route {
          rule r when k is open at contact.at and hour(customer.since) > 8 then queue q
          otherwise queue q
        }
    """)
    rows = [
        {"contact": {"channel": "voice", "at": at}, "customer": {"since": since}}
        for at, since in (("2026-11-23T10:00:00Z", "1951-03-04T10:00:00Z"), (None, None))
    ]
    engine, table = Engine(policy), pyarrow.Table.from_pylist(rows)
    assert calls_of(lambda: engine.decide_batch(table)) <= 60_000


@pytest.mark.parametrize("family", FAMILIES)
def test_such_policies_are_decided_as_the_reference_does(family: str) -> None:
    policy = Policy.from_text(FAMILIES[family](25))
    engine, reference = Engine(policy), Engine(policy, evaluator="reference")
    contacts = [
        {
            "contact": {
                "channel": "voice",
                "a": a,
                "x": x,
                "y": y,
                "t": t,
                "z": z,
                "tags": [t],
                "at": "2026-11-23T10:00:00Z",
            }
        }
        for a, x, y, t, z in [
            (True, 5, 7, "a1b", 3.5),
            (False, 24, 0, "7", 0.0),
            (None, None, None, None, None),
            (True, 200, 3, "12", 9e9),
        ]
    ]
    expected = [reference.decide(contact) for contact in contacts]
    assert [engine.decide(contact) for contact in contacts] == expected
    pyarrow = pytest.importorskip("pyarrow")
    answers = engine.decide_batch(pyarrow.Table.from_pylist(contacts * 20))
    assert answers["rule"].to_pylist() == [decision.rule for decision in expected] * 20

"""Limits on what is read, each with its own code, so that an author knows which he met.

The texts here are as large as they need to be; that the tests end at all is half of what they show.
"""

from pathlib import Path

import pytest

from routekit import Engine, Policy, PolicyError
from routekit.engine.engine import Evaluator
from routekit.syntax import limits

HEAD = """policy p "P"
record contact { channel one of voice }
record customer { value integer 0..100 = 0  vip flag = no  id text ?  wait duration ? }
channel voice { assisted cost 1 }
queue general { on voice }
"""
ROUTE = "route { otherwise queue general }\n"
CONTACT = {"contact": {"channel": "voice"}}


def _codes(text: str) -> set[str]:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(text)
    assert len(refused.value.diagnostics) < 200
    assert len(str(refused.value)) < 100_000
    return {found.code for found in refused.value.diagnostics if found.severity == "error"}


def _segment(condition: str) -> str:
    return f"{HEAD}segment s when {condition}\n{_route('s')}"


def _route(condition: str) -> str:
    return f"route {{ rule r when {condition} then queue general  otherwise queue general }}\n"


TOO_LARGE = {
    "a file": ("# " + "x" * limits.MOST_CHARACTERS, "RK005"),
    "parentheses": (_segment("(" * 3_000 + "customer.vip" + ")" * 3_000), "RK006"),
    "parentheses left open": (_segment("(" * 3_000), "RK006"),
    "not not not": (_segment("not " * 20_000 + "customer.vip"), "RK006"),
    "minus minus minus": (_segment("customer.value > " + "-" * 20_000 + "1"), "RK006"),
    "not and parentheses": (_segment("(not " * 50 + "not " * 50 + "customer.vip" + ")" * 50), "RK006"),
    "a long sum": (_segment("customer.value" + " + customer.value" * 5_000 + " > 1"), "RK006"),
    "else else else": (_segment("customer.id" + " else customer.id" * 5_000 + ' is "x"'), "RK006"),
    "groups": (HEAD + "route {" + " group g when customer.vip {" * 1_000 + "}" * 1_001, "RK006"),
    "braces": (HEAD + "{" * 100_000, "RK006"),
    "a text": (_segment(f'customer.id is "{"x" * 10_001}"'), "RK007"),
    "an integer": (_segment(f"customer.value > {'9' * 5_000}"), "RK007"),
    "an integer of more than 64 bits": (_segment(f"customer.value > {2**63}"), "RK007"),
    "a fraction": (_segment(f"customer.value > 0.{'9' * 5_000}"), "RK007"),
    "a duration": (_segment(f"customer.wait > {'9' * 5_000}s"), "RK007"),
    "a name": (_segment("x" * 101), "RK007"),
    "a name of wide letters": (_segment("客" * 101), "RK007"),
    "fields": (
        HEAD + "record r { " + " ".join(f"f{n} flag = no" for n in range(5_001)) + " }" + ROUTE,
        "RK008",
    ),
    "signals of many queues": (
        HEAD
        + "live queue { "
        + " ".join(f"s{n} integer = 0" for n in range(80))
        + " }"
        + " ".join(f"queue q{n} {{ on voice }}" for n in range(80))
        + ROUTE,
        "RK008",
    ),
    "patterns that grow": (
        HEAD
        + "".join(f'segment s{n} when customer.id matches "\\\\pL{{1,200}}{n}"\n' for n in range(40))
        + ROUTE,
        "RK207",
    ),
    "a set": (_segment(f"customer.value in {{{', '.join(['1'] * 10_001)}}}"), "RK007"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused_by_its_code(name: str) -> None:
    text, code = TOO_LARGE[name]
    assert code in _codes(text)


LARGE = {
    "the largest whole number": _segment(f"customer.value > {2**63 - 1}"),
    "bounds of 64 bits": HEAD.replace("0..100", f"0..{2**63 - 1}") + ROUTE,
    "a number far beyond": _segment(f"customer.value < 1{'0' * 300}.0"),
    "a number next to nothing": _segment(f"customer.value > 0.{'0' * 300}1"),
    "parentheses": _segment("(" * 50 + "customer.vip" + ")" * 50),
    "a number of eighteen digits": _segment("customer.value > 999999999999999999"),
    "a range up to eighteen digits": _segment("customer.value in 0..999999999999999999"),
    "a range of eighteen digits": _segment("customer.value in 100000000000000000..999999999999999999"),
    "bounds of eighteen digits": HEAD.replace("0..100", "0..999999999999999999") + ROUTE,
    "a text of ten thousand characters": _segment(f'customer.id is "{"x" * 10_000}"'),
    "a set of ten thousand values": _segment(f"customer.value in {{{', '.join(['1'] * 10_000)}}}"),
    "a long or": _segment(" or ".join(f"customer.value is {number % 100}" for number in range(3_000))),
    "brackets in a comment": HEAD + "# " + "(" * 1_000 + ' "' * 1_000 + "\n" + ROUTE,
    "brackets in a text": _segment(f'customer.id is "{"({" * 1_000}"'),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_within_the_limits_decides(name: str) -> None:
    assert Engine(Policy.from_text(LARGE[name])).decide(CONTACT).queue == "general"


def test_a_thousand_rules_are_read_and_decide() -> None:
    rules = "\n".join(
        f'rule r{number} when customer.value is {number % 100} and customer.id is "c-{number}"'
        " then queue general"
        for number in range(1_000)
    )
    engine = Engine(Policy.from_text(f"{HEAD}route {{ {rules} otherwise queue general }}"))
    assert engine.decide({**CONTACT, "customer": {"value": 42, "id": "c-942"}}).rule == "r942"


def test_a_thousand_lets_upon_each_other_are_read_and_decide() -> None:
    lets = "\n".join(f"let a{number} = a{number + 1} + 1" for number in range(1_000))
    text = f"{HEAD}{lets}\nlet a1000 = customer.value\n{_route('a0 is 1007')}"
    assert Engine(Policy.from_text(text)).decide({**CONTACT, "customer": {"value": 7}}).rule == "r"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x{1,100}){1,9}$"])
def test_no_pattern_can_be_made_slow(pattern: str) -> None:
    """A hang guard: these take a backtracking engine longer than anybody waits."""
    text = HEAD + _route(f'customer.id matches "{pattern}"')
    contact = {**CONTACT, "customer": {"id": "a" * 50_000 + "!"}}
    assert Engine(Policy.from_text(text)).decide(contact).rule == "otherwise"


@pytest.mark.parametrize(
    "pattern", ["(?=x)", "(a)\\\\1", "(", "a{1001}", "x" * 1_001, "((a{100}){100}){100}"]
)
def test_a_pattern_that_is_none_or_too_large_is_refused(pattern: str) -> None:
    assert _codes(_segment(f'customer.id matches "{pattern}"')) == {"RK207"}


def test_a_large_list_file_is_read_and_one_that_is_too_large_refused(tmp_path: Path) -> None:
    main = tmp_path / "main.route"
    main.write_text(f'{HEAD}list ids from "ids.txt"\n{_route("customer.id in ids")}')
    (tmp_path / "ids.txt").write_text("".join(f"c-{number}\n" for number in range(100_000)))
    assert Engine(Policy.from_path(main)).decide({**CONTACT, "customer": {"id": "c-99999"}}).rule == "r"
    (tmp_path / "ids.txt").write_text("x\n" * 1_000_001)
    with pytest.raises(PolicyError) as refused:
        Policy.from_path(main)
    assert {found.code for found in refused.value.diagnostics} == {"RK005"}


def test_a_limit_that_is_met_is_all_that_is_said() -> None:
    """A file that was not read for its size is not said to lack a name, a record and a route as well."""
    assert _codes(_segment("(" * 100 + "customer.vip" + ")" * 100)) == {"RK006"}
    assert _codes(_segment(f'customer.id is "{"x" * 10_001}"')) == {"RK007"}


_ASKED = {
    "an ordinary pattern": ('customer.id matches "refund|x$"', 65_536),
    "ten repetitions": (" or ".join(f'customer.id matches ".{{0,200}}x{n}"' for n in range(10)), 26_595),
    "by a let": ('said matches "x$"', 65_536),
}


@pytest.mark.parametrize("evaluator", ["compiled", "reference"])
@pytest.mark.parametrize("name", _ASKED)
def test_a_text_of_which_patterns_are_asked_has_a_length_at_which_it_is_still_read(
    name: str, evaluator: Evaluator
) -> None:
    condition, most = _ASKED[name]
    head = HEAD.replace("id text ?", "id text ?  other text ?") + 'let said = customer.id else "none"\n'
    engine = Engine(Policy.from_text(head + _route(f"{condition} or not ({condition})")), evaluator=evaluator)
    contacts = [
        {**CONTACT, "customer": {"id": "a" * length, "other": "b" * 100_000}} for length in (most, most + 1)
    ]
    told = [(), (f"customer.id has more than {most:,} characters, more than its patterns are asked of",)]
    decisions = [engine.decide(contact) for contact in contacts]
    assert [tuple(map(str, decision.problems)) for decision in decisions] == told
    # what is too long is missing: neither a pattern nor its opposite is true of it
    expected = ["r", "r" if name == "by a let" else "otherwise"]
    assert [decision.rule for decision in decisions] == expected
    pa = pytest.importorskip("pyarrow")
    columns = {
        "contact.channel": ["voice"] * 2,
        "customer.id": ["a" * most, "a" * (most + 1)],
        "customer.other": ["b" * 100_000] * 2,
    }
    batch = engine.decide_batch(pa.table(columns))
    assert batch["rule"].to_pylist() == expected
    assert [len(problems) for problems in batch["problems"].to_pylist()] == [0, 1]

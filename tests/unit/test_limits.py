"""Limits on what is read, each with its own code, so that an author knows which he met.

The texts here are as large as they need to be; that the tests end at all is half of what they show.
"""

from pathlib import Path

import pytest

from routekit import Engine, Policy, PolicyError
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
    return f"{HEAD}segment s when {condition}\nroute {{ rule r when s then queue general  otherwise queue general }}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("# " + "x" * limits.MOST_CHARACTERS, "RK005", id="a file that is too large"),
        pytest.param(_segment("(" * 3_000 + "customer.vip" + ")" * 3_000), "RK006", id="parentheses"),
        pytest.param(_segment("(" * 3_000), "RK006", id="parentheses left open"),
        pytest.param(_segment("not " * 20_000 + "customer.vip"), "RK006", id="not not not"),
        pytest.param(_segment("customer.value > " + "-" * 20_000 + "1"), "RK006", id="minus minus minus"),
        pytest.param(_segment("(not " * 50 + "not " * 50 + "customer.vip" + ")" * 50), "RK006", id="not and parentheses"),
        pytest.param(_segment("customer.value" + " + customer.value" * 5_000 + " > 1"), "RK006", id="a long sum"),
        pytest.param(_segment("customer.id" + " else customer.id" * 5_000 + ' is "x"'), "RK006", id="else else else"),
        pytest.param(HEAD + "route {" + " group g when customer.vip {" * 1_000 + "}" * 1_001, "RK006", id="groups"),
        pytest.param(HEAD + "{" * 100_000, "RK006", id="braces"),
        pytest.param(_segment(f'customer.id is "{"x" * 10_001}"'), "RK007", id="a long text"),
        pytest.param(_segment(f"customer.value > {'9' * 5_000}"), "RK007", id="a long integer"),
        pytest.param(_segment(f"customer.value > 0.{'9' * 5_000}"), "RK007", id="a long fraction"),
        pytest.param(_segment(f"customer.wait > {'9' * 5_000}s"), "RK007", id="a long duration"),
        pytest.param(_segment("x" * 101), "RK007", id="a long name"),
        pytest.param(_segment("客" * 101), "RK007", id="a long name of wide letters"),
        pytest.param(_segment(f"customer.value in {{{', '.join(['1'] * 10_001)}}}"), "RK007", id="a long set"),
        pytest.param(HEAD + ROUTE + "".join(f"segment s{n} when customer.vip\n" for n in range(50_001)), "RK008", id="declarations"),
    ],
)  # fmt: skip
def test_what_is_too_large_is_refused_by_its_code(text: str, code: str) -> None:
    assert code in _codes(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(_segment("(" * 50 + "customer.vip" + ")" * 50), id="parentheses"),
        pytest.param(_segment("customer.value > 999999999999999999"), id="eighteen digits"),
        pytest.param(_segment("customer.value in 0..999999999999999999"), id="a range up to eighteen digits"),
        pytest.param(_segment("customer.value in 100000000000000000..999999999999999999"), id="a range of eighteen digits"),
        pytest.param(HEAD.replace("0..100", "0..999999999999999999") + ROUTE, id="bounds of eighteen digits"),
        pytest.param(_segment(f'customer.id is "{"x" * 10_000}"'), id="a text of ten thousand characters"),
        pytest.param(_segment("customer.value in {" + ", ".join(str(n % 100) for n in range(10_000)) + "}"), id="ten thousand values"),
        pytest.param(_segment(" or ".join(f"customer.value is {n % 100}" for n in range(3_000))), id="a long or"),
        pytest.param(HEAD + "# " + "(" * 1_000 + ' "' * 1_000 + "\n" + ROUTE, id="brackets in a comment"),
        pytest.param(_segment(f'customer.id is "{"({" * 1_000}"'), id="brackets in a text"),
    ],
)  # fmt: skip
def test_what_is_within_the_limits_decides(text: str) -> None:
    assert Engine(Policy.from_text(text)).decide(CONTACT).queue == "general"


def test_two_thousand_rules_are_read_and_decide() -> None:
    rules = "\n".join(
        f'rule r{n} when customer.value is {n % 100} and customer.id is "c-{n}" then queue general'
        for n in range(2_000)
    )
    engine = Engine(Policy.from_text(f"{HEAD}route {{ {rules} otherwise queue general }}"))
    assert engine.decide({**CONTACT, "customer": {"value": 42, "id": "c-1942"}}).rule == "r1942"


def test_two_thousand_lets_upon_each_other_are_read_and_decide() -> None:
    lets = "\n".join(f"let a{n} = a{n + 1} + 1" for n in range(2_000))
    text = f"{HEAD}{lets}\nlet a2000 = customer.value\nroute {{ rule r when a0 is 2007 then queue general  otherwise queue general }}"
    assert Engine(Policy.from_text(text)).decide({**CONTACT, "customer": {"value": 7}}).rule == "r"


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x{1,100}){1,9}$"])
def test_no_pattern_can_be_made_slow(pattern: str) -> None:
    """A hang guard: these take a backtracking engine longer than anybody waits."""
    text = f'{HEAD}route {{ rule r when customer.id matches "{pattern}" then queue general  otherwise queue general }}'
    contact = {**CONTACT, "customer": {"id": "a" * 50_000 + "!"}}
    assert Engine(Policy.from_text(text)).decide(contact).rule == "otherwise"


@pytest.mark.parametrize(
    "pattern", ["(?=x)", "(a)\\\\1", "(", "a{1001}", "x" * 1_001, "((a{100}){100}){100}"]
)
def test_a_pattern_that_is_none_or_too_large_is_refused(pattern: str) -> None:
    assert _codes(_segment(f'customer.id matches "{pattern}"')) == {"RK207"}


def test_a_large_list_file_is_read_and_one_that_is_too_large_refused(tmp_path: Path) -> None:
    main = tmp_path / "main.route"
    main.write_text(
        f'{HEAD}list ids from "ids.txt"\nroute {{ rule r when customer.id in ids then queue general  otherwise queue general }}'
    )
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

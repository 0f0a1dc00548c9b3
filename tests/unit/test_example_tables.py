"""Tables of examples: each row is an example, and mistakes in a table do not spread."""

import pytest

from routekit import Policy, PolicyError
from routekit.checker import names

HEAD = """policy p "P"
record contact { channel one of voice, chat }
record customer { value integer 0..100 = 0  vip flag = no }
channel voice { assisted cost 1 }
queue general { on voice }
route { otherwise queue general }
"""


def _policy(text: str) -> Policy:
    return Policy.from_text(HEAD + text)


def _found(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PolicyError) as refused:
        _policy(text)
    return [(found.span.line, found.code) for found in refused.value.diagnostics]


def test_each_row_is_an_example_of_its_own() -> None:
    first, second, other = _policy(
        'example "by value" given contact.channel voice\n'
        "  table (customer.value, customer.vip -> queue, priority) {\n"
        "    1 | _   -> general | _\n"
        '    _ | yes -> _ | 5 because "somebody"\n'
        "  }\n"
        'example "other" expect queue general\n'
    ).checked.examples
    assert [(item.title, item.row, item.because) for item in (first, second, other)] == [
        ("by value [1]", 1, ""),
        ("by value [2]", 2, "somebody"),
        ("other", None, ""),
    ]
    assert [(given.path, given.value) for given in second.given] == [
        (("contact", "channel"), "voice"),
        (("customer", "vip"), True),
    ]
    assert [(expected.what, expected.value) for expected in second.expected] == [("priority", 5)]
    assert first.span is not None
    assert second.span is not None
    assert (first.span.line, first.span.text) == (9, "1 | _   -> general | _")
    assert second.span.text == '_ | yes -> _ | 5 because "somebody"'


BROKEN = [
    "table customer.value -> queue) { 1 -> general }",
    "table (customer.value) { 1 -> general }",
    "table (-> queue) { -> general }",
    "table (customer.value -> ) { 1 -> general }",
    "table (customer.value -> queue) { 1 => general }",
    "table (customer.value -> queue) { 1 | -> general }",
    "table (customer.value -> queue) { 1 -> general |\n }",
    "table (customer.value -> queue) { {1, 2 -> general }",
    "table (customer.value -> queue) {\n 1 -> general\n >= 2 -> general\n}",
    "table by_value (customer.value -> queue) {\n 1 -> general\n}",
    "given customer.vip\n  table (customer.value -> queue) {\n 1 -> general\n}",
    "given customer.vip yes expect table (customer.value -> queue) {\n 1 -> general\n}",
]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_table_is_reported_once_and_what_follows_is_checked(broken: str) -> None:
    text = f'example "e" {broken}\nsegment s when customer.valeu > 3\nexample "f" expect queue genral\n'
    found = _found(text)
    last = (HEAD + text).count("\n")
    assert [code for line, code in found if line < last - 1] == ["RK001"]
    assert [item for item in found if item[0] >= last - 1] == [(last - 1, "RK102"), (last, "RK104")]


def test_a_table_that_is_not_closed_ends_at_the_next_declaration() -> None:
    text = (
        'example "e" table (customer.value -> queue) {\n  1 -> general\nsegment s when customer.valeu > 3\n'
    )
    assert _found(text) == [(7, "RK001"), (9, "RK102")]


def test_a_table_behind_a_broken_declaration_is_checked() -> None:
    found = _found('segment s when\nexample "e" table (customer.value -> queue) {\n  1 -> genral\n}\n')
    assert [code for _, code in found] == ["RK001", "RK104"]


def test_a_value_left_out_before_a_table_is_named_where_it_is_missing() -> None:
    with pytest.raises(PolicyError) as refused:
        _policy('example "e" given customer.vip\n  table (customer.value -> queue) { 1 -> general }\n')
    (found,) = refused.value.diagnostics
    assert found.message == "expected a value, found `table`"


def test_rows_count_as_declarations_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_DECLARATIONS", 500)
    rows = "1 -> general\n" * 501
    assert (1, "RK008") in _found(f'example "e" table (customer.value -> queue) {{\n{rows}}}\n')

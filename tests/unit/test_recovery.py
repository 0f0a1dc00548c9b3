"""A syntax error in one declaration does not hide the errors of the others."""

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics import Diagnostic
from routekit.syntax.lexer import DECLARATIONS, ITEMS

HEAD = """policy p "P"
record contact { channel one of voice, chat }
record customer { value integer 0..100 = 0  vip flag = no }
channel voice { assisted cost 1 }
queue general { on voice }
"""
ROUTE = "route { otherwise queue general }\n"


def _errors(text: str) -> list[Diagnostic]:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(text)
    return [found for found in refused.value.diagnostics if found.severity == "error"]


def _codes_by_line(text: str) -> list[tuple[int, str]]:
    return [(found.span.line, found.code) for found in _errors(text)]


def test_each_syntax_error_is_reported_once_and_the_rest_is_checked() -> None:
    text = HEAD + (
        "segment one when\n"  # 6: says nothing, found at the next line
        "segment two when customer.value >> 3\n"  # 7
        "segment three when customer.valeu > 3\n"  # 8: an unknown field
        "queue broken { on voice, }\n"  # 9
        "segment four when customer.vip\n"
        "route {\n"
        "  rule a when customer.value >= then queue general\n"  # 12
        "  rule b when customer.vip then queue genral\n"  # 13: an unknown queue
        "  rule c customer.vip then queue general\n"  # 14
        "  rule d when four then queue general\n"
        "  otherwise queue general\n"
        "}\n"
        "offers {\n"
        "  offer x when when customer.vip\n"  # 19
        "  offer y worth customer.vip\n"  # 20: not a number
        "}\n"
    )
    found = _codes_by_line(text)
    assert [(line, code) for line, code in found if line not in (6, 7)] == [
        (8, "RK102"), (9, "RK001"), (12, "RK001"), (13, "RK104"), (14, "RK001"), (19, "RK001"), (20, "RK201"),
    ]  # fmt: skip
    assert [code for line, code in found if line in (6, 7)] == ["RK001", "RK001"]


def test_what_needs_a_lost_declaration_is_not_called_unknown() -> None:
    text = HEAD + (
        "segment lost when customer.value >\n\n"
        "calendar office { open Mon-Fri 08:00 }\n"
        "queue desk { on voice open office }\n"
        "route {\n"
        "  rule a when lost and office is open then queue desk\n"
        "  otherwise queue general\n"
        "}\n"
    )
    errors = _errors(text)
    assert {found.code for found in errors} == {"RK001"}
    assert len(errors) == 2


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ('segment s when customer.value is "x', "not closed"),
        ("segment s when customer.value = 3", "a comparison is written `is`"),
        ("segment s when customer.vip && customer.vip", "conditions are joined by `and`"),
        ("segment s when customer.vip || customer.vip", "conditions are joined by `or`"),
        ("segment s when !customer.vip", "write `not`"),
        ("segment s when customer.value ≥ 3", "write `>=`"),
        ("message m { voice “x” }", "no signs of the language"),
        ("segment s when customer.vip;", "nothing separates declarations"),
        ("segment s when customer.value is in {1}", "`x in {…}`"),
        ("segmant s when customer.vip", "segmant"),
    ],
)
def test_a_common_slip_is_answered_with_what_to_write(broken: str, words: str) -> None:
    errors = _errors(f"{HEAD}{broken}\n{ROUTE}segment t when customer.unknown\n")
    assert words in " ".join((errors[0].message, errors[0].help))
    assert [found.code for found in errors if found.span.line == 8] == ["RK102"], "what follows is checked"


@pytest.mark.parametrize(
    ("wrong", "place", "missing"),
    [
        ("route {\n  otherwise queue general\n", "6: the block of `route`", "8"),
        ("route {\n  group g when customer.vip {\n    rule a then queue general\n  otherwise queue x\n}\n",
         "7: the block of `group g when customer.vip`", "9"),
        ("queue more { on voice\nroute { otherwise queue general }\n", "6: the block of `queue more`", "7"),
    ],
)  # fmt: skip
def test_a_block_that_is_not_closed_is_told_where_it_was_opened(wrong: str, place: str, missing: str) -> None:
    (found,) = _errors(HEAD + wrong)
    assert f"{found.span.line}: {found.message}" == f"{place} is not closed"
    assert [str(other.span.line) for other in found.others] == [missing]
    assert found.fix is not None


def test_an_error_in_a_group_leaves_its_other_rules() -> None:
    text = HEAD + (
        "route {\n"
        "  group g when customer.vip {\n"
        "    rule a when customer.value > > 3 then queue general\n"
        "    rule b when customer.value > 3 then queue genral\n"
        "  }\n"
        "  rule c when customer.value > 3 then queue generl\n"
        "  otherwise queue general\n"
        "}\n"
    )
    assert _codes_by_line(text) == [(8, "RK001"), (9, "RK104"), (11, "RK104")]


def test_a_great_many_errors_come_to_an_end() -> None:
    errors = _errors(HEAD + "segment s when ))\n" * 5_000 + ROUTE)
    assert 10 <= len(errors) <= 100


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# only a comment", "\ufeff", "policy", "}", "route", "\ue000", "\U0003134b", "\u00a0"],
)
def test_next_to_nothing_is_refused_with_a_reason(text: str) -> None:
    assert _errors(text)


@pytest.mark.parametrize(
    "letter",
    ["\u202e", "\u200b", "\u2066", "\x00", "\x1b", "\u00ad", "\u2028", "\U000e0041", "\ud800", "\ufeff"],
)
@pytest.mark.parametrize(
    "place", ["# a comment {}", 'policy p "A {}title"', "segment a{}b when customer.vip"]
)
def test_a_hidden_character_is_an_error_wherever_it_stands(letter: str, place: str) -> None:
    errors = _errors(f"{HEAD}{place.format(letter)}\n{ROUTE}")
    assert ("RK003", 6) in [(found.code, found.span.line) for found in errors]


@pytest.mark.parametrize(
    "promise",
    [
        "channel is assisted",
        "channel in {voice}",
        "queue in {general}",
        "queue is general",
        "rule is otherwise",
        "offers is empty",
        "message is missing",
    ],
)
@pytest.mark.parametrize("margin", ["", "  "])
def test_line_ends_carry_no_meaning_before_a_word_that_begins_declarations(promise: str, margin: str) -> None:
    text = f'guarantee g "G"\nwhen customer.vip\nthen\n{margin}{promise}\n'
    assert len(Policy.from_text(HEAD + ROUTE + text).checked.guarantees) == 1


@pytest.mark.parametrize("word", sorted(DECLARATIONS | ITEMS))
def test_a_listed_name_may_look_like_a_declaration(word: str) -> None:
    head = HEAD.replace("vip flag = no", f'vip flag = no  kind one of x,\n{word} seed "Title" integer = 5')
    fields = Policy.from_text(head + ROUTE).checked.records[1].fields
    assert [field.name for field in fields] == ["value", "vip", "kind", "seed"]


@pytest.mark.parametrize(
    "name",
    ["queue", "rule", "offer", "table", "otherwise", "policy", "use", "never", "group", "example", "switch"],
)
def test_a_listed_name_may_be_a_keyword_and_stand_first_on_its_line(name: str) -> None:
    text = HEAD.replace("vip flag = no", f"vip flag = no  kind one of {name}, x ?") + ROUTE
    policy = Policy.from_text(
        f"{text}segment s when customer.kind is\n{name}\nsegment t when customer.kind in {{x,\n{name}}}\n"
        f'guarantee g "G" when customer.kind is\n{name} then (queue is general)\n'
    )
    assert [definition.name for definition in policy.checked.definitions] == ["s", "t"]
    assert len(policy.checked.guarantees) == 1

"""Every pair in ``layout.md``, and what a pair cannot show."""

import re
from pathlib import Path

import pytest

from routekit.layout import UnreadablePolicyError, laid_out
from routekit.layout import layout as layout_module

_CASE = re.compile(
    r"^## ([^\n]+)\n\n```route before\n(.*?)^```\n\n```route after\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_TEXT = (Path(__file__).parent / "layout.md").read_text(encoding="utf-8")
CASES = [pytest.param(before, after, id=name) for name, before, after in _CASE.findall(_TEXT)]


def test_every_heading_is_a_case() -> None:
    assert len(CASES) == _TEXT.count("\n## ")


@pytest.mark.parametrize(("before", "after"), CASES)
def test_a_policy_is_laid_out_as_its_case_shows(before: str, after: str) -> None:
    assert laid_out(before) == after


@pytest.mark.parametrize(("before", "after"), CASES)
def test_what_is_laid_out_stays(before: str, after: str) -> None:
    assert laid_out(after) == after


@pytest.mark.parametrize(("before", "after"), CASES)
def test_line_ends_make_no_difference(before: str, after: str) -> None:
    assert laid_out(before.replace("\n", "\r\n")) == after
    assert laid_out("\ufeff" + before.rstrip()) == after


@pytest.mark.parametrize(
    ("text", "written"),
    [("", ""), (" \r\n\n", ""), ("# only this", "# only this\n"), ("\n\n#a\n\n\n#b\n\n", "#a\n\n#b\n")],
)
def test_a_text_without_declarations(text: str, written: str) -> None:
    assert laid_out(text) == written


def test_a_text_that_does_not_parse_is_refused_with_its_name() -> None:
    with pytest.raises(UnreadablePolicyError, match="cannot stand here") as refused:
        laid_out("policy p\nrule", "care.route")
    (found,) = refused.value.diagnostics
    assert (found.code, found.span.source.name, found.span.line) == ("RK001", "care.route", 2)


def test_a_hidden_character_in_a_comment_is_an_error() -> None:
    with pytest.raises(UnreadablePolicyError):
        laid_out("policy p # a\u202eb")


def test_a_value_that_looks_like_a_rule_never_begins_a_line() -> None:
    members = ", ".join(f"a_long_name_of_a_value_{number}" for number in range(3))
    text = f'segment s when contact.intent in {{{members}, rule else "x"}}\n'
    assert laid_out(laid_out(text)) == laid_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "let x = " + "(" * 60 + "a" + ")" * 60,
        "let x = " + ("not " * 59 + "(") * 59 + "a" + ")" * 59,
        "let x = " + ("a or b and c + 2 > 1 and not - - (") * 59 + "a" + ")" * 59,
        "let x = " + "hour(" * 60 + "a" + ")" * 60,
        "let x = " + "{" * 60 + "a" + "}" * 60,
        "let x = " + " + ".join(["a.b"] * 5000),
        "let x = " + " else ".join(["a.b"] * 5000),
        "let x = " + " or ".join(["a.b and c"] * 5000),
        "record r { a " + "set of " * 5000 + "text }",
        "route { " + "group g when a { " * 59 + "}" * 60,
    ],
    ids=lambda text: text[:24],
)
def test_deep_and_long_texts_are_laid_out(text: str) -> None:
    written = laid_out(text)
    assert "".join(written.split()) == "".join(text.split())
    assert laid_out(written) == written


def test_an_empty_block_is_on_one_line() -> None:
    written = "queue a    {}\nqueue bcd  {}\n"
    assert laid_out("queue a {\n\n}\nqueue bcd {}") == laid_out(written) == written


def test_a_short_block_that_its_neighbours_push_stays_on_its_line() -> None:
    text = (
        "queue a_very_long_name_of_a_queue_here  { on voice }\n"
        "queue b { on voice, chat, email, sms, social, branch  skills aaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbb }\n"
        "record a_long_name_of_a_record { x text }\n"
        "record r { channel one of voice, chat, email, sms, social, branch, app, web, ivr, kiosk }\n"
    )
    written = laid_out(text)
    assert written.count("\n") == 4
    assert laid_out(written) == written


def test_lines_that_can_be_folded_fit() -> None:
    words = [f"customer.field_number_{number} is known" for number in range(200)]
    written = laid_out(
        "segment s when " + " and ".join(words) + "\nlist l = {" + ", ".join("abcdefgh" * 90) + "}"
    )
    assert max(map(len, written.split("\n"))) <= 100
    assert written.count("\n") < 130


# ── what grows ────────────────────────────────────────────────────────────────

_TABLE = """policy p
record contact {{ channel one of voice  a text ?  b text ? }}
channel voice {{ assisted }}
queue q {{ on voice }}
route {{
  table t (contact.a, contact.b) {{
{rows}
  }}
  otherwise queue q
}}
"""


def test_one_wide_cell_pushes_no_other_row() -> None:
    wide = f'"{"x" * 9_000}" | "b" -> queue q'
    text = _TABLE.format(rows="\n".join([wide, *['"a" | "b" -> queue q'] * 2_000]))
    assert len(laid_out(text)) < 2 * len(text)


def test_no_policy_becomes_too_long_to_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    row = f'"{"x" * 38}" | "b" -> queue q'
    text = _TABLE.format(rows="\n".join([row, *['"a" | "b" -> queue q'] * 50]))
    padded = laid_out(text)
    monkeypatch.setattr(layout_module, "MOST_CHARACTERS", len(padded) - 1)
    narrow = laid_out(text)
    assert len(narrow) < len(padded)
    assert laid_out(narrow) == narrow
    monkeypatch.setattr(layout_module, "MOST_CHARACTERS", len(narrow) - 1)
    assert laid_out(text) == text

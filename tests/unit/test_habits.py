"""What people write from the habit of other languages: named, and mended where that is plain."""

from pathlib import Path
from shutil import copytree

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics import Diagnostic
from routekit.engine.fixing import fix_policies

POLICY = """policy care "Care"
record contact { channel one of voice, chat  intent one of billing, cancel, other = other  wait duration ? }
record customer { value integer 0..100 ?  tier ordered silver < gold ?  city text ?  vip flag = no }
record person { born date ? }
calendar office { open Mon-Fri 08:00-20:00 }
channel voice { assisted cost 2 }
queue general { on voice  open office }
queue portal { on voice }
segment high_value when customer.value >= 80
route {
  rule a when high_value and customer.vip then queue general, priority 2
  group g when customer.vip {
    rule b when customer.city is "Rome" then queue general
  }
  otherwise queue portal
}
"""
TEST = "customer.vip then queue general, priority 2"


def _found(text: str) -> tuple[Diagnostic, ...]:
    try:
        return Policy.from_text(text).warnings
    except PolicyError as refused:
        return refused.diagnostics


def _fixed(folder: Path, text: str) -> tuple[str, tuple[Diagnostic, ...]]:
    path = folder / "care.route"
    path.write_text(text, encoding="utf-8")
    fixed = fix_policies([path])
    return (fixed.changes[0].after if fixed.changes else text), fixed.left


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("customer.value <> 3", "customer.value is not 3"),
        ("customer.value => 3", "customer.value >= 3"),
        ("customer.value=<3", "customer.value<=3"),
        ("customer.vip && customer.value > 3", "customer.vip and customer.value > 3"),
        ("customer.vip||customer.value > 3", "customer.vip or customer.value > 3"),
        ("!customer.vip", "not customer.vip"),
        ("contact.intent in [billing, cancel]", "contact.intent in {billing, cancel}"),
        ("customer.city in ('a', 'b')", 'customer.city in {"a", "b"}'),
        ("contact.intent in billing, cancel", "contact.intent in {billing, cancel}"),
        ("contact.intent is billing, cancel", "contact.intent in {billing, cancel}"),
        ("contact.intent is billing or cancel", "contact.intent in {billing, cancel}"),
        ("contact.intent is one of billing, cancel", "contact.intent in {billing, cancel}"),
        ("contact.intent is not billing or cancel", "contact.intent not in {billing, cancel}"),
        ("customer.value between 10 and 20", "customer.value in 10..20"),
        ("customer.value not between 10 and 20", "customer.value not in 10..20"),
        ("customer.value in 0-50", "customer.value in 0..50"),
        ("customer.value in 0 to 50", "customer.value in 0..50"),
        ("customer.value is at least 3", "customer.value >= 3"),
        ("customer.value is greater than 3", "customer.value > 3"),
        ("person.born > 23.11.2026", "person.born > 2026-11-23"),
        ("person.born > 11/23/2026", "person.born > 2026-11-23"),
        ("person.born > 23/11/2026", "person.born > 2026-11-23"),
        ("person.born > 2026/11/23", "person.born > 2026-11-23"),
        ("person.born > 2026年11月3日", "person.born > 2026-11-03"),
        ("contact.wait > 2min", "contact.wait > 2m"),
        ("contact.wait > 2 min", "contact.wait > 2m"),
        ("contact.wait > 30 sec", "contact.wait > 30s"),
        ("contact.wait > 1.5h", "contact.wait > 90m"),
        ("contact.wait > 1h 30m", "contact.wait > 1h30m"),
        ("contact.wait > 2 weeks", "contact.wait > 14d"),
        ("contact.wait > 2分钟", "contact.wait > 2m"),
        ("high-value", "high_value"),
        ("customer.vip is true", "customer.vip is yes"),
        ("customer.vip = FALSE", "customer.vip is no"),
        ("customer.city is 'Rome'", 'customer.city is "Rome"'),
        ("customer.city is null", "customer.city is missing"),
        ("customer.value is not none", "customer.value is not missing"),
        ("customer.value > 1_0", "customer.value > 10"),
        (
            "!customer.vip && contact.intent in [billing, other] || customer.city == 'Rome'",
            'not customer.vip and contact.intent in {billing, other} or customer.city is "Rome"',
        ),
    ],
)
def test_a_habit_in_a_condition_is_mended(tmp_path: Path, wrong: str, right: str) -> None:
    text = POLICY.replace(TEST, f"{wrong} then queue general, priority 2")
    assert any(item.fix is not None for item in _found(text))
    after, left = _fixed(tmp_path, text)
    assert after == text.replace(wrong, right)
    assert not [item for item in left if item.severity == "error"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("general, priority 2", "general priority 2"),
        ("billing, cancel,", "billing cancel,"),
        ("billing, cancel,", "billing; cancel,"),
        ("0..100", "0-100"),
        ("08:00-20:00", "8am-8pm"),
        ("08:00-20:00", "8-20"),
        ("08:00-20:00", "8:00 AM - 8:00 PM"),
        ("Mon-Fri 08:00-20:00", "Mon–Fri 08:00–20:00"),
        ("vip flag = no", "vip boolean = false"),
        ("city text", "city: text"),
        ("city text", "city string"),
        ("assisted cost 2", "assisted, cost 2"),
        ("rule a when", "rule a if"),
        ("then queue general\n", "queue general\n"),
        ("then queue general\n", "-> queue general\n"),
        ("then queue general\n", "then general\n"),
        ("then queue general\n", 'then queue "general"\n'),
        ("priority 2", "priority = 2"),
        ("otherwise queue", "else queue"),
        ("  }\n  otherwise", "  otherwise"),
    ],
)
def test_a_habit_in_a_declaration_is_mended(tmp_path: Path, wrong: str, right: str) -> None:
    text = POLICY.replace(right, wrong)
    assert any(item.fix is not None for item in _found(text))
    assert _fixed(tmp_path, text) == (POLICY, ())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("customer.value > 10%", "a share is a number"),
        ("customer.value > 1,5", "a fraction is written with a point"),
        ("customer.value > 1,000", "without separators"),
        ("person.born > 05/06/2026", "year, month, day"),
        ("contact.wait > 2 months", "nothing longer"),
        ('customer.city like "Ro%"', "contains"),
        ("customer.value > 5 or 7", "each condition is whole"),
        ("contact.intent is billing and cancel", "several values are asked by"),
        ("hour(now) > 8pm", "the hour of a time is a number"),
    ],
)
def test_a_habit_that_can_mean_two_things_is_told_and_left(tmp_path: Path, wrong: str, words: str) -> None:
    text = POLICY.replace(TEST, f"{wrong} then queue general, priority 2")
    assert words in _found(text)[0].help
    assert _fixed(tmp_path, text)[0] == text


@pytest.mark.parametrize("line", ["if customer.vip then queue portal", "elif customer.vip then queue portal"])
def test_a_branch_is_told_to_be_a_rule(line: str) -> None:
    (found,) = _found(POLICY.replace("  otherwise", f"  {line}\n  otherwise"))
    assert "each rule has a name" in found.help


def test_a_name_with_a_dash_is_mended_wherever_it_stands(tmp_path: Path) -> None:
    text = POLICY.replace("high_value", "high-value").replace('"Care"', '"high-value"  # high-value')
    after, left = _fixed(tmp_path, text)
    assert after == POLICY.replace('"Care"', '"high-value"  # high-value')
    assert left == ()


def test_a_value_with_a_dash_is_left_since_data_has_it_too(tmp_path: Path) -> None:
    text = POLICY.replace("silver < gold", "silver < rose-gold")
    (found,) = _found(text)
    assert "in the data too: `rose_gold`" in found.help
    assert _fixed(tmp_path, text)[0] == text


# ── signs of other keyboards ─────────────────────────────────────────────────────

WIDE = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in ",{}()<>=-|.0123456789"})


def _typed_in_chinese(text: str) -> str:
    """A policy as a Chinese keyboard writes it: every sign full-width, quotes curly, texts as they are."""
    parts = text.split('"')
    parts[::2] = [part.translate(WIDE) for part in parts[::2]]
    return "".join(part + ("“" if number % 2 == 0 else "”") for number, part in enumerate(parts))[:-1]


def test_signs_of_a_chinese_keyboard_are_one_finding_and_one_fix(tmp_path: Path) -> None:
    text = POLICY.replace('"Care"', '"Care（all），1"')
    wide = _typed_in_chinese(text)
    (found,) = _found(wide)
    assert found.code == "RK014"
    assert "`，`" in found.message
    assert _fixed(tmp_path, wide) == (text, ())


@pytest.mark.parametrize("pack", ["telecom", "bank", "airline", "utility"])
def test_a_whole_pack_typed_in_chinese_is_mended_at_once(tmp_path: Path, pack: str) -> None:
    copytree("rules", tmp_path / "rules")
    path = tmp_path / "rules" / f"{pack}.route"
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "".join(f"{line.partition('#')[0]}\n" for line in lines)
    path.write_text(_typed_in_chinese(text), encoding="utf-8")
    (change,) = fix_policies([path]).changes
    assert change.after == text


def test_what_else_is_wrong_is_found_in_the_same_run() -> None:
    text = POLICY.replace("{ on voice }", "｛ on vioce ｝").replace("customer.city is", "customer.ctiy is")
    assert [item.code for item in _found(text)] == ["RK014", "RK104", "RK102"]


def test_comments_and_texts_keep_their_signs(tmp_path: Path) -> None:
    text = POLICY.replace('"Rome" ', '"Rome，（Roma）"  # （all） of it，“so”\n      ')
    assert _found(text) == ()


# ── files of another kind ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"contact.channel,customer.value\nvoice,3\n", "a table (CSV)"),
        (b"name;tier\r\nAda;gold\r\n", "a table (CSV)"),
        (b'{"contact": {"channel": "voice"}}\n', "JSON"),
        (b"policy: care\nrules:\n  - a\n", "YAML"),
        (b"<!DOCTYPE html>\n<html>", "a page in HTML or XML"),
        (b"PK\x03\x04\x14\x00\x06\x00", "a workbook or another packed file"),
        (b"PAR1\x15\x04\x15", "a Parquet file"),
    ],
)
def test_a_file_of_another_kind_is_told_once(tmp_path: Path, data: bytes, kind: str) -> None:
    path = tmp_path / "care.route"
    path.write_bytes(data)
    with pytest.raises(PolicyError) as refused:
        Policy.from_path(path)
    assert [(item.code, item.message) for item in refused.value.diagnostics] == [
        ("RK015", f"this is {kind}, not a policy")
    ]


MAP = """
journey buy < use
matter bill when contact.intent is billing { needs customer.city  solved on voice, portal_web  unit finance }
touchpoint site "Our site" { stage buy  on portal_web  ours  chosen  about bill }
touchpoint belt { stage use  in_person  partner "handler"  forced }
channel portal_web { self_service  carries 160 letters  hands over customer.city }
queue back { on voice  asks for customer.city }
route_end
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("journey buy < use", "journey buy, use"),
        ("journey buy < use", "journey buy -> use"),
        ("journey buy < use", 'journey "buy" < "use"'),
        ("journey buy < use", "journey { buy, use }"),
        ("journey buy < use", "journey buy > use"),
        ("in_person", "in person"),
        ("self_service", "self service"),
        ("160 letters", "160 characters"),
        ("160 letters", "160"),
        ("solved on", "solved by"),
        ("solved on", "solved"),
        ("asks for", "asks"),
        ("hands over", "hands"),
        ('partner "handler"', "partner handler"),
        ("forced", "mandatory"),
        ("chosen", "optional"),
    ],
)
def test_a_habit_in_the_contact_map_is_named_and_mended(wrong: str, right: str, tmp_path: Path) -> None:
    whole = POLICY + MAP.replace("route_end\n", "")
    assert right in whole
    text = whole.replace(right, wrong, 1)
    found = [item for item in _found(text) if item.severity == "error"]
    assert found[0].help
    fixed, _ = _fixed(tmp_path, text)
    assert " ".join(fixed.split()) == " ".join(whole.split())

"""Fixes: what findings carry, and what comes of applying them."""

import json
from pathlib import Path

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics.render import RENDERERS
from routekit.engine.fixing import Fixed, fix_policies

POLICY = """policy care "Care"
record contact { channel one of voice, chat  intent one of billing, cancel, other = other }
record customer { value integer 0..100 = 0  tier ordered silver < gold ?  city text ? }
channel voice { assisted }
queue general { on voice }
queue special { on voice }
segment high_value when customer.value >= 80
route {
  rule a when high_value then queue special
  otherwise queue general
}
"""


def _fixed(folder: Path, text: str) -> tuple[str, Fixed]:
    """The text after fixing, and what came of it."""
    path = folder / "care.route"
    path.write_bytes(text.encode())
    fixed = fix_policies([path])
    for change in fixed.changes:
        change.write()
    return path.read_bytes().decode(), fixed


@pytest.mark.parametrize("word", ["null", "NULL", "none", "nil", "undefined", "unknown", "empty"])
@pytest.mark.parametrize("field", ["city", "value", "tier"])
@pytest.mark.parametrize("sign", ["is", "==", "is not", "!="])
def test_a_word_for_nothing_becomes_missing_and_never_a_text(
    tmp_path: Path, word: str, field: str, sign: str
) -> None:
    text = POLICY.replace("= 0", "?").replace("a when high_value", f"a when customer.{field} {sign} {word}")
    after, fixed = _fixed(tmp_path, text)
    negated = "not " if sign in ("is not", "!=") else ""
    assert f"a when customer.{field} is {negated}missing then" in after
    assert not [found for found in fixed.left if found.severity == "error"]


def test_a_value_of_the_field_is_no_word_for_nothing(tmp_path: Path) -> None:
    text = POLICY.replace("billing,", "billing, none,").replace(
        "a when high_value", "a when high_value and contact.intent is none"
    )
    assert _fixed(tmp_path, text) == (text, Fixed((), (), 0, ()))


def test_nothing_within_a_set_is_no_text(tmp_path: Path) -> None:
    text = POLICY.replace("a when high_value", "a when high_value and customer.city in {null}")
    after, fixed = _fixed(tmp_path, text)
    assert after == text
    assert "asked by `is missing`" in fixed.left[0].help


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("customer.value >= 80", "customer.valeu >= 80"),
        ("customer.value >= 80", "custmer.value >= 80"),
        ("customer.value >= 80", "value >= 80"),
        ("customer.value >= 80", "customer.value ≥ 80"),
        ("a when high_value", "a when high_vlaue"),
        ("queue special\n", "queue specail\n"),
        ("{ on voice }\nqueue special", "{ on vioce }\nqueue special"),
        ("segment high_value", "segmnt high_value"),
        ("a when high_value", "a if high_value"),
    ],
)
def test_a_misspelt_word_is_written_as_it_was_meant(tmp_path: Path, right: str, wrong: str) -> None:
    after, fixed = _fixed(tmp_path, POLICY.replace(right, wrong, 1))
    assert after == POLICY
    assert fixed.left == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("customer.tier is glod", "customer.tier is gold"),
        ("customer.teir >= glod", "customer.tier >= gold"),
        ("customer.city is rome", 'customer.city is "rome"'),
        ("contact.intent in {biling, cancle}", "contact.intent in {billing, cancel}"),
        ("contact.intent = cancel", "contact.intent is cancel"),
        ("contact.intent≠cancel", "contact.intent is not cancel"),
        ("wekday(contact.at) is mon", None),
        ("customer.height > 3", None),
    ],
)
def test_fixes_in_conditions(tmp_path: Path, wrong: str, right: str | None) -> None:
    text = POLICY.replace("a when high_value", f"a when high_value and {wrong}")
    after, fixed = _fixed(tmp_path, text)
    if right is None:
        assert any(item.severity == "error" for item in fixed.left)
    else:
        assert after == text.replace(wrong, right)
        assert fixed.left == ()


def test_one_mistake_may_hide_another_of_the_same_file(tmp_path: Path) -> None:
    wrong = POLICY.replace("customer.value >= 80", "customer.teir >= glod or customer.teir is slver")
    after, fixed = _fixed(tmp_path, wrong.replace("queue special\n", "queue specail\n"))
    assert "customer.tier >= gold or customer.tier is silver" in after
    assert fixed.left == ()
    assert [edit.text for edit in fixed.edits].count("tier") == 2


def test_warnings_that_come_to_light_do_not_stand_in_the_way(tmp_path: Path) -> None:
    wrong = POLICY.replace("high_value then", "hgh_value then").replace("queue special\n", "queue specail\n")
    after, fixed = _fixed(tmp_path, f"{wrong}segment idle when customer.value < 3\n")
    assert after == f"{POLICY}segment idle when customer.value < 3\n"
    assert [item.code for item in fixed.left] == ["RK402"]


def test_a_misspelt_code_of_a_warning_is_mended(tmp_path: Path) -> None:
    text = f"{POLICY}segment idle when customer.value < 3  # allow RK420: for the autumn\n"
    after, fixed = _fixed(tmp_path, text)
    assert after == text.replace("RK420", "RK402")
    assert all(item.allowed for item in fixed.left)


def test_a_fix_that_helps_nothing_is_not_applied(tmp_path: Path) -> None:
    """`tier` is the likely word, and no number: with it there would be as many errors as before."""
    text = POLICY.replace("customer.value >= 80", "customer.teir > 3 or customer.value > 90")
    after, fixed = _fixed(tmp_path, text)
    assert (after, fixed.edits) == (text, ())
    assert [item.code for item in fixed.left][:1] == ["RK102"]


def test_the_good_fixes_are_applied_beside_a_bad_one(tmp_path: Path) -> None:
    text = POLICY.replace("customer.value >= 80", "customer.teir > 3 or customer.valeu > 90")
    after, fixed = _fixed(tmp_path, text)
    assert after == text.replace("valeu", "value")
    assert [edit.text for edit in fixed.edits] == ["value"]


def test_a_file_that_is_brought_in_is_mended_too_and_nothing_outside_the_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "outside.route"
    (inside / "common").mkdir(parents=True)
    outside.write_text("segment rich when customer.valeu > 90\n")
    (inside / "common" / "more.route").write_text("segment rich when customer.valeu > 90\n")
    (inside / "link.route").symlink_to(outside)
    text = POLICY.replace("a when high_value", "a when high_value or rich")
    _, fixed = _fixed(inside, f'{text}use "common/more.route"\n')
    assert (inside / "common" / "more.route").read_text() == "segment rich when customer.value > 90\n"
    assert fixed.left == ()
    _, fixed = _fixed(inside, f'{text}use "link.route"\nuse "../outside.route"\n')
    assert outside.read_text() == "segment rich when customer.valeu > 90\n"
    assert {item.code for item in fixed.left} >= {"RK012"}


def test_signs_are_written_as_words_where_they_compare(tmp_path: Path) -> None:
    text = POLICY.replace(
        "  rule a when high_value then queue special\n",
        '  rule a when customer.city!="a == b"and(customer.value)==(3) # not == here\n'
        "    and customer.tier == gold then queue special\n"
        "  table t (customer.value) {\n    == 3 -> queue special\n    != 4 -> queue general\n  }\n",
    )
    after, fixed = _fixed(tmp_path, text)
    assert 'customer.city is not "a == b"and(customer.value) is (3) # not == here' in after
    assert "customer.tier is gold" in after
    assert "    == 3 -> queue special\n    != 4 ->" in after
    assert fixed.worded == 3
    before, now = Policy.from_text(text), Policy.from_text(after)
    assert before.checked.rules == now.checked.rules


def test_ends_of_lines_a_mark_at_the_beginning_and_the_mode_of_the_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    wrong = POLICY.replace("high_value then", "hgh_value then").replace("\n", "\r\n")
    data = b"\xef\xbb\xbf" + wrong.encode()
    path.write_bytes(data)
    path.chmod(0o640)
    for change in fix_policies([path]).changes:
        change.write()
    assert path.read_bytes() == data.replace(b"hgh_value", b"high_value")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["care.route"]


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    path.write_text(POLICY.replace("high_value then", "hgh_value then"))
    (change,) = fix_policies([path]).changes
    path.write_text("somebody else's")
    with pytest.raises(OSError, match="changed meanwhile"):
        change.write()
    assert path.read_text() == "somebody else's"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.route").write_text(POLICY.replace("high_value then", "hgh_value then"))
    link = tmp_path / "care.route"
    link.symlink_to("real.route")
    for change in fix_policies([link]).changes:
        change.write()
    assert link.is_symlink()
    assert (tmp_path / "real.route").read_text() == POLICY


def test_what_is_no_policy_at_all_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    for data in (b"", b"\xff\xfe", b"}{" * 50, b"policy " * 3, b"\x00" * 9, b'use "care.route"'):
        path.write_bytes(data)
        fixed = fix_policies([path])
        assert fixed.changes == ()
        assert fixed.left


def test_machines_are_told_how_to_mend_a_finding() -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(POLICY.replace("customer.value >= 80", "customer.valeu >= 80"), name="a b.route")
    found = refused.value.diagnostics
    place = {"file": "a b.route", "line": 7, "column": 34, "end_line": 7, "end_column": 39}
    region = {"startLine": 7, "startColumn": 34, "endLine": 7, "endColumn": 39}
    (described,) = json.loads(RENDERERS["json"](found))["diagnostics"]
    assert described["fix"] == {"description": "write `value`", "edits": [{**place, "text": "value"}]}
    (result,) = json.loads(RENDERERS["sarif"](found))["runs"][0]["results"]
    assert result["fixes"] == [
        {
            "description": {"text": "write `value`"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "a%20b.route"},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": "value"}}],
                }
            ],
        }
    ]

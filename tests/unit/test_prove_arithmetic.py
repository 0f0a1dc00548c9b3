"""Sums of many fields: proved, refuted by a contact, or unknown by name."""

import pytest

from routekit import Policy
from routekit.analysis import Promise, diff, prove

PARTS = [f"p{number}" for number in range(20)]


def text(fields: str, rules: str, promises: str = "") -> str:
    return f"""policy p
        record contact {{ channel one of voice = voice }}
        record customer {{ {fields} }}
        live queue {{ longest_wait duration 0s..12h = 0s }}
        channel voice {{ assisted }}
        queue one {{ on voice }}
        queue two {{ on voice }}
        queue three {{ on voice }}
        route {{ {rules} otherwise queue three }}
        {promises}"""


def promises(source: str) -> list[Promise]:
    proof = prove(Policy.from_text(source))
    assert not [finding for finding in proof.findings if finding.kind == "unknown"]
    return list(proof.guarantees)


@pytest.mark.parametrize(("type_", "factor"), [("integer 0..100", "3"), ("number 0..100", "0.3")])
def test_a_score_of_twenty_parts_is_decided(type_: str, factor: str) -> None:
    score = " + ".join(f"{factor} * customer.{part}" for part in PARTS)
    kept, broken = promises(
        text(
            " ".join(f"{part} {type_} = 0" for part in PARTS),
            """rule best when score >= 80 then queue one
            rule good when score >= 50 then queue two""",
            f"""let score = {score}
            guarantee kept when score > 50 then queue is not three
            guarantee broken when score > 40 then queue is not three""",
        )
    )
    assert (kept.answer, broken.answer) == ("proved", "counterexample")


def test_what_is_true_of_fractions_and_not_of_floats_is_not_proved() -> None:
    (promise,) = promises(
        text(
            "a number 0..1 = 0  b number 0..1 = 0",
            "rule exact when customer.a + customer.b > 0.3 then queue one",
            """guarantee as_fractions_have_it
               when customer.a is 0.1 and customer.b is 0.2 then queue is three""",
        )
    )
    assert promise.answer == "counterexample"


def test_waits_of_many_queues_are_compared() -> None:
    proof = prove(
        Policy.from_text(
            text(
                "value integer 0..9 = 0",
                """rule chain when one.longest_wait > two.longest_wait + 3m
                     and two.longest_wait > three.longest_wait + 2m then queue one
                   rule within when one.longest_wait > three.longest_wait + 6m
                     and two.longest_wait > three.longest_wait + 2m
                     and one.longest_wait > two.longest_wait + 4m then queue two""",
                """guarantee sooner when one.longest_wait - three.longest_wait >= 6m
                     and two.longest_wait is 3m and three.longest_wait is 0s then queue is one""",
            )
        )
    )
    assert [(finding.kind, finding.subject) for finding in proof.findings] == [("unreachable-rule", "within")]
    assert proof.guarantees[0].answer == "counterexample"
    assert proof.guarantees[0].witness is not None
    assert proof.guarantees[0].witness.contact["live"] == {
        "one": {"longest_wait": "6m"},
        "two": {"longest_wait": "3m"},
    }


def test_ages_and_terms_are_added() -> None:
    (promise,) = promises(
        text(
            "birthday date ?  months integer 0..480 = 0",
            "rule long when years(customer.birthday) + customer.months / 12 > 80 then queue one",
            "guarantee old when years(customer.birthday) >= 41 and customer.months is 480 then queue is one",
        )
    )
    assert promise.answer == "proved"


def test_whole_numbers_have_nothing_between_them() -> None:
    (promise,) = promises(
        text(
            "a integer 0..1000 = 0  b integer 0..1000 = 0",
            "rule even when 2 * customer.a - 4 * customer.b > 48 then queue one",
            """guarantee none when 2 * customer.a - 4 * customer.b > 48 and customer.a - 2 * customer.b < 25
               then queue is two""",
        )
    )
    assert (promise.answer, promise.reason) == ("proved", "no contact meets its `when`")


def test_an_edit_of_a_weight_is_found() -> None:
    fields = "a number 0..100 = 0  b number 0..100 = 0  c number 0..100 = 0"
    rule = "rule best when 0.5 * customer.a + 0.3 * customer.b + 0.2 * customer.c >= 80 then queue one"
    old, new = (
        Policy.from_text(text(fields, rule)),
        Policy.from_text(text(fields, rule.replace("0.3", "0.4"))),
    )
    difference = diff(old, new)
    assert (difference.answer, difference.unknown) == ("different", ())
    assert diff(old, old).answer == "same"


def test_a_test_that_asks_nothing_of_sums_still_tells_what_has_a_value() -> None:
    """It is why another test is known to have one, and was looked up where it had never been put down."""
    text = """
    policy parcels
    record contact { channel one of voice }
    record customer { since date ? }
    channel voice { assisted }
    queue general { on voice }
    route { otherwise queue general }
    offers { offer gift when customer.since < today }
    """
    old, new = Policy.from_text(text), Policy.from_text(text.replace("date ?", "date 2000-01-01.. ?"))
    for one, other in ((old, new), (new, old)):
        (group,) = diff(one, other).groups
        assert group.who.condition == "customer.since < 2000-01-01 and customer.since < date(now)"


def test_a_number_that_a_test_names_is_no_value_of_a_whole_one() -> None:
    """What was found had half of a whole number, and was taken for an error of the analysis."""
    fields = "a integer 0..6 ?  b integer 0..6 = 2  c number 0..3 ?"
    divided = "customer.a / customer.b > 1 and not (customer.a / customer.b > 4)"
    multiplied = "min(customer.a, customer.c) > customer.b * customer.c"
    policy = Policy.from_text(
        text(fields, f"rule best when {divided} then queue one")
        + f"guarantee half when {multiplied} and not (min(customer.a, customer.c) + customer.b < 0.5)"
        + " then queue is three\n"
    )
    (promise,) = prove(policy).guarantees
    assert promise.answer in ("proved", "unknown")
    assert "error of the analysis" not in promise.takes


def test_a_text_begins_with_no_value_that_is_missing() -> None:
    policy = Policy.from_text(
        """
        policy words
        record contact { channel one of voice }
        record customer { name text ?  level integer 0..3 = 1 }
        channel voice { assisted }
        queue general { on voice }
        queue other { on voice }
        let head text { when customer.level > 2 then "x" }
        route {
          rule a when customer.name starts with head or customer.name contains head then queue other
          rule b when customer.name matches "b+" then queue other
          otherwise queue general
        }
        guarantee low when customer.level <= 2 and customer.name in {"a", "x"} then queue is general
        """
    )
    assert [promise.answer for promise in prove(policy).guarantees] == ["proved"]


OWED = "income number 0.. ?  debt number 0.. ?  floor number -20..-10 = -15"


def test_what_holds_defaults_of_its_own_is_not_missing_with_its_fields() -> None:
    """`room` has a value without an income, so what stands behind its `else` is not put in its place."""
    source = text(
        OWED,
        "rule short when customer.income is missing and (room * 0.5 else 0) < customer.floor then queue one",
        """let room = (customer.income else 0) * 36 - (customer.debt else 0)
        guarantee never_short when customer.income is missing then queue is three""",
    )
    assert [promise.answer for promise in promises(source)] == ["counterexample"]
    assert not prove(Policy.from_text(source)).findings


def test_a_flag_with_a_default_is_not_missing_with_what_it_asks_about() -> None:
    source = text(
        f"{OWED}  known flag ?",
        """rule one when ((customer.income is known) else no) or customer.debt - customer.floor > 9
          then queue one""",
        "guarantee open when customer.income is missing then queue is three",
    )
    assert [promise.answer for promise in promises(source)] == ["counterexample"]


@pytest.mark.parametrize("more", ["", " and customer.floor < -12"])
def test_a_value_that_one_test_asks_for_is_there_for_another(more: str) -> None:
    """An income may be so large that `room` has no value; where it is compared it has one."""
    source = text(
        OWED,
        f"rule rich when room >= 10000{more} and (room * 0.002 else 0) > 25 then queue one",
        """let room = (customer.income else 0) * 36 - (customer.debt else 0)
        guarantee never_both when room >= 10000 and (room * 0.002 else 0) < 20 + customer.floor / 100
          then queue is three""",
    )
    assert [promise.answer for promise in promises(source)] == ["proved"]


def test_both_ways_to_ask_which_is_larger_are_one_test() -> None:
    source = text(
        "a number 0..  b number 0..",
        """rule more when customer.a * 0.1 > customer.b * 0.3 then queue one
        rule less when customer.b * 0.3 >= customer.a * 0.1 then queue two
        rule none when customer.a * 0.1 <= customer.b * 0.3 then queue two""",
        "guarantee one_or_two then queue is not three",
    )
    assert [promise.answer for promise in promises(source)] == ["counterexample"]
    kinds = {finding.subject: finding.kind for finding in prove(Policy.from_text(source)).findings}
    assert kinds == {"none": "unreachable-rule"}


@pytest.mark.parametrize(
    ("condition", "is_dead"),
    [
        ("customer.a >= 1000 and (customer.a * 0.1 else 0) < 50", True),
        ("(customer.a * 0.1) is missing and customer.a is known", True),
        ("(customer.a * 10) is missing and customer.a is known", False),
        ("(customer.a / 10 + 5 else 0) < 5", False),
        ("customer.a - 5 > 10 and (customer.a - 0 else 0) < 10", True),
        ("(customer.a - 5) is missing and customer.a is known", True),
        ("(customer.a * 0.3 else 0) > (customer.a * 0.5 + 50 else 0) and customer.a >= 0", True),
    ],
)
def test_a_product_with_a_fraction_has_a_value_however_large_its_field(condition: str, is_dead: bool) -> None:
    policy = Policy.from_text(text("a number 0.. ?", f"rule r when {condition} then queue one"))
    kinds = [finding.kind for finding in prove(policy).findings]
    assert kinds == (["unreachable-rule"] if is_dead else [])

"""The likely spelling of a name that is not known."""

import pytest

from routekit import Policy, PolicyError
from routekit.diagnostics import closest

FIELDS = (
    "id",
    "tier",
    "value",
    "growth",
    "complaints_90d",
    "regulator_case",
    "verified",
    "birthday",
    "account_manager",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("teir", "tier"),
        ("Tier", "tier"),
        ("valeu", "value"),
        ("birth_day", "birthday"),
        ("complaints_90", "complaints_90d"),
        ("acount_manger", "account_manager"),
        ("verfied", "verified"),
        ("regulator", "regulator_case"),
    ],
)
def test_a_slip_is_recognised(written: str, meant: str) -> None:
    assert closest(written, FIELDS) == meant


@pytest.mark.parametrize("written", ["colour", "x", "", "zzzz", "客户"])
def test_what_is_like_nothing_is_not_guessed(written: str) -> None:
    assert closest(written, FIELDS) is None


def test_there_is_nothing_to_suggest_from_nothing() -> None:
    assert closest("tier", ()) is None


def test_a_wrong_name_is_answered_with_the_likely_one() -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_text("""
            policy p "P"
            record contact { channel one of voice, chat }
            record customer { tier ordered bronze < silver < gold ? }
            channel voice { assisted cost 1 }
            queue general { on voice }
            route {
              rule a when customer.teir >= gold then queue general
              rule b when customer.tier >= glod then queue general
              rule c when contact.channel is chta then queue genral
              otherwise queue general
            }
        """)
    assert [found.help for found in refused.value.diagnostics] == [
        "did you mean `tier`?",
        "did you mean `gold`?",
        "did you mean `chat`?",
        "did you mean `general`?",
    ]


def test_thousands_of_slips_do_not_take_thousands_of_searches() -> None:
    """A hang guard: each search looks at every name."""
    fields = "\n".join(f"field_{number} flag = no" for number in range(2_000))
    rules = "\n".join(
        f"rule r{number} when customer.feild_{number} then queue general" for number in range(2_000)
    )
    with pytest.raises(PolicyError) as refused:
        Policy.from_text(f"""
            policy p "P"
            record contact {{ channel one of voice }}
            record customer {{ {fields} }}
            channel voice {{ assisted cost 1 }}
            queue general {{ on voice }}
            route {{ {rules} otherwise queue general }}
        """)
    assert len(refused.value.diagnostics) == 2_000

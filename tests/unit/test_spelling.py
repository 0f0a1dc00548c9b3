"""Texts in another spelling: what is spelled so stays so, and no text makes it slow."""

from collections.abc import Callable
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.policy.operators.spelling import folded, lower
from tests.strategies import slow

ALL = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]


@pytest.mark.parametrize("spelled", [lower, folded])
def test_each_letter_that_is_spelled_so_stays_so(spelled: Callable[[str], str]) -> None:
    assert [letter for letter in ALL if spelled(spelled(letter)) != spelled(letter)] == []


@slow
@given(
    st.text(st.sampled_from("aA ßİΣςẞé\u0301\u0327\u200d\u00ad\ufe0f\u3000\tＦ\ufb00한\u1100\u1161\u0f73"))
)
def test_what_is_folded_stays_so_and_is_normal(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert normalize("NFKC", once) == once == once.casefold() == " ".join(once.split())


@given(st.text(st.sampled_from("a\u0300\u0316\u0301\u0f73\u0344é")))
def test_marks_in_long_runs_are_folded_as_in_short_ones(text: str) -> None:
    long = "a\u0316\u0300" * 700
    assert folded(f"{text} {long}") == f"{folded(text)} {folded(long)}".strip()


def test_a_text_of_marks_alone_is_folded_at_once() -> None:
    marks = 200_000
    assert folded("a" + "\u0300\u0316" * marks) == "\u00e0" + "\u0316" * marks + "\u0300" * (marks - 1)
    assert len(folded("\u0f73" * marks)) == 2 * marks

"""The layout changes nothing but white space, whatever stands where."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.diagnostics import Reporter, Source
from routekit.diagnostics.render import width_of
from routekit.layout import UnreadablePolicyError, laid_out
from routekit.syntax.kinds import kinds_of_tokens
from routekit.syntax.lexer import RAW_TOKEN
from routekit.syntax.parser import parse
from routekit.syntax.tree import Declaration
from routekit.testing.choices import seeded
from tests.strategies import any_text, mangled, policy_texts, seeds, slow, token_soup

ROOT = Path(__file__).parents[2]
POLICIES = sorted([*(ROOT / "rules").rglob("*.route"), *(ROOT / "examples").glob("*.route")])

_ODD = (
    *(" ", "  ", "\t", "\n", "\n\n\n", " \r\n", "\r\n\r\n", "\u3000", "# one\n", "#二\r\n", " # three  \n"),
    *("\n# four\n", '\n\n   # five\n\n# six: "x" {\n', " # seven\n\n\n# eight\n# nine\n"),
)


def _scattered(text: str, seed: int) -> str:
    """The same policy with odd white space and comments between its tokens, few or many."""
    dice, ends = seeded(seed), {end for end, _ in kinds_of_tokens(text).values()}
    often, pieces, begun = dice.pick((1, 3, 20, 100)), [], 0
    for end in sorted(ends):
        pieces.append(text[begun:end])
        goes_on = text[end:].lstrip().startswith("-")  # on a line of its own it would begin a row
        if dice.below(100) < often and not goes_on:
            pieces.append(dice.pick(_ODD))
        begun = end
    return "".join(pieces) + text[begun:].rstrip() + dice.pick(("", "\n", "\r\n", "\n\n", "  # the end"))


def _tree(text: str) -> tuple[Declaration, ...] | None:
    reporter = Reporter()
    file = parse(Source("policy", text), reporter)
    return None if reporter.has_errors else file.declarations


def _comments(text: str) -> list[str]:
    return [match[0].rstrip() for match in RAW_TOKEN.finditer(text) if match.lastgroup == "COMMENT"]


def _expect_laid_out(text: str) -> None:
    tree = _tree(text)
    assert tree is not None
    written = laid_out(text)
    assert _tree(written) == tree
    assert _comments(written) == _comments(text)
    assert laid_out(written) == written
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
    assert "\n\n\n" not in written
    assert not any(line != line.rstrip() for line in written.split("\n"))


@slow
@given(text=policy_texts())
def test_a_policy_keeps_its_meaning(text: str) -> None:
    _expect_laid_out(text)


@partial(slow, times=4)
@given(text=policy_texts(), seed=seeds)
def test_a_policy_in_disorder_keeps_its_meaning_and_its_comments(text: str, seed: int) -> None:
    _expect_laid_out(_scattered(text, seed))


@given(text=policy_texts(), seed=seeds)
def test_white_space_within_lines_makes_no_difference(text: str, seed: int) -> None:
    dice = seeded(seed)
    spaced = "".join(
        dice.pick((" ", "   ", "\t")) if match.lastgroup == "SPACE" and "\n" not in match[0] else match[0]
        for match in RAW_TOKEN.finditer(text)
    )
    assert laid_out(spaced) == laid_out(text)


@given(text=mangled(policy_texts()) | token_soup() | any_text())
def test_any_text_is_laid_out_or_refused_with_a_reason(text: str) -> None:
    if _tree(text.removeprefix("\ufeff")) is not None:
        assert laid_out(laid_out(text)) == laid_out(text)
        return
    with pytest.raises(UnreadablePolicyError) as refused:
        laid_out(text)
    assert refused.value.diagnostics
    assert str(refused.value)


@pytest.mark.parametrize("path", POLICIES, ids=[path.relative_to(ROOT).as_posix() for path in POLICIES])
def test_the_policies_of_the_project_are_laid_out(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert laid_out(text) == text


@partial(slow, times=3)
@given(path=st.sampled_from(POLICIES), seed=seeds)
def test_packs_in_disorder_keep_their_meaning(path: Path, seed: int) -> None:
    _expect_laid_out(_scattered(path.read_text(encoding="utf-8"), seed))


@given(text=st.text())
def test_the_width_of_a_text_is_the_sum_of_its_letters(text: str) -> None:
    assert width_of(text) == sum(map(width_of, text))

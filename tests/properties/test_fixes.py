"""Fixing any policy, however broken: never worse, never another meaning, and done when it is done."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from routekit import Policy, PolicyError
from routekit.diagnostics import Diagnostic
from routekit.engine.fixing import UNREAD, fix_policies
from routekit.testing.choices import seeded
from tests.markdown import CASES, read_cases
from tests.strategies import mangled, policy_texts, seeds

_WORD = re.compile(r"\b[a-z]\w{3,}\b")
_TESTS = re.compile(
    r"(?<=[\w\")]) is (not )?(?=[\w\"(])(?!missing|known|empty|open|not|assisted|self_service)"
)


def _findings(text: str) -> tuple[Diagnostic, ...]:
    try:
        return Policy.from_text(text).warnings
    except PolicyError as error:
        return error.diagnostics


def _errors(found: tuple[Diagnostic, ...]) -> tuple[int, int]:
    """How often a text stops to read, which hides errors, and how many errors there are."""
    unread = sum(item.code in UNREAD for item in found)
    return unread, sum(item.severity == "error" for item in found)


def _fixed(text: str) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.route"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        changes = fix_policies([path]).changes
    return changes[0].after if changes else text


def _misspelt(text: str, seed: int) -> str:
    """Two letters of a few words swapped."""
    dice = seeded(seed)
    words = list(_WORD.finditer(text))
    for match in sorted((dice.pick(words) for _ in range(3)), key=lambda match: -match.start()):
        word = match.group()
        text = text[: match.start()] + word[0] + word[2] + word[1] + word[3:] + text[match.end() :]
    return text


@pytest.mark.parametrize("texts", [policy_texts(), mangled(policy_texts())], ids=["misspelt", "mangled"])
def test_fixing_leaves_no_more_errors_than_there_were(texts: SearchStrategy[str]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(text=texts, seed=seeds)
    def run(text: str, seed: int) -> None:
        wrong = _misspelt(text, seed)
        mended = _fixed(wrong)
        before, after = _errors(_findings(wrong)), _errors(_findings(mended))
        assert after <= before
        if _words(mended) != _words(wrong):
            assert after < before
        assert _fixed(mended) == mended

    run()


_INSTEAD = ("null", "if", "=", "==", "&&", "and and", "then", "true", "||", "route", "rule", "'x'")


def _written_over(text: str, seed: int) -> str:
    """One word of a policy in the place of another, or something from other languages."""
    dice = seeded(seed)
    words = list(_WORD.finditer(text))
    match = dice.pick(words)
    other = dice.pick([*_INSTEAD, dice.pick(words).group(), match.group()[:-1]])
    return text[: match.start()] + other + text[match.end() :]


MAY_NOT_FIT = frozenset({"RK101", "RK102"})
"""Of names, the likely one may be of another type; `check --fix` says that it stays then, and why."""


@pytest.mark.parametrize("part", range(4))
def test_a_fix_that_is_announced_mends(tmp_path: Path, part: int) -> None:
    cases = [case for path in sorted(CASES.glob("*.md")) for case in read_cases(path)]
    policies = [case.policy for case in cases if case.policy and not case.files and not case.marks]
    path = tmp_path / "a.route"
    announced = 0
    for seed in range(part, 640, 4):
        text = _written_over(policies[seed % len(policies)], seed)
        path.write_text(text, encoding="utf-8")
        found = [item for item in _findings(text) if item.fix is not None]
        fixed = fix_policies([path])
        left = [item for item in fixed.left if item.fix is not None]
        assert {item.code for item in left} <= MAY_NOT_FIT
        assert left or len(fixed.edits) >= len(found) > 0 or not found
        announced += len(found)
    assert announced > 8


def _words(text: str) -> str:
    """A text without what tells `==` from `is`."""
    return re.sub(r"\s+", "", text.replace("==", " is ").replace("!=", " is not "))


@settings(max_examples=25, deadline=None)
@given(text=policy_texts())
def test_signs_become_words_without_a_change_of_meaning(text: str) -> None:
    signs = _TESTS.sub(lambda match: " != " if match[1] else " == ", text)
    if _errors(_findings(signs)) > (0, 0):
        return
    mended = Policy.from_text(_fixed(signs)).checked
    policy = Policy.from_text(signs).checked
    assert (mended.rules, mended.offers, mended.definitions) == (
        policy.rules,
        policy.offers,
        policy.definitions,
    )

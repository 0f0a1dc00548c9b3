"""Hypothesis strategies: policies that check clean, contacts for them, and everything that neither is.

What is generated is written by ``tests.generate``; here Hypothesis draws the seeds or the choices.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from routekit.policy.model import CheckedPolicy
from routekit.testing.choices import seeded
from routekit.testing.contact_generator import JUNK, Callers
from routekit.testing.strategies import made
from tests.generate.policies import write_policy

__all__ = [
    "any_text",
    "contacts",
    "json_contacts",
    "json_values",
    "layouts",
    "mangled",
    "policy_texts",
    "seeds",
    "slow",
    "so_many",
    "token_soup",
]

seeds: SearchStrategy[int] = st.integers(0, 2**32 - 1)
"""For ``seeded``: a stream of choices that costs Hypothesis one draw."""


def policy_texts() -> SearchStrategy[str]:
    """Policies that have no errors, over the whole language.

    A seed makes all choices, which is many times faster; under the profile ``new`` Hypothesis makes each of
    them, and reduces a failing policy to a small one.
    """
    if settings.get_current_profile_name() == "new":
        return made(write_policy)
    return seeds.map(lambda seed: write_policy(seeded(seed)))


Test = TypeVar("Test", bound=Callable[..., object])


def slow(test: Test, times: int = 1) -> Test:
    """Marks a property that takes long: a tenth of its examples, and all by ``make slow``.

    ``times``: how many times as many as usual these are.
    """
    few = settings(max_examples=max(1, settings().max_examples * times // 10))
    marked: Test = pytest.mark.slow(few(test))
    return marked


def so_many(usual: int, by_make_slow: int) -> int:
    """How often a test that draws is to draw."""
    return by_make_slow if settings.get_current_profile_name() in ("slow", "long") else usual


def contacts(policy: CheckedPolicy, *, corrupted: bool = False) -> SearchStrategy[object]:
    """Contacts for a policy, at the edges of what it asks; fields may be missing, or, if corrupted, wrong."""
    callers = Callers(policy, seeded(0))
    return made(callers.corrupted if corrupted else callers.valid)


# ── contacts that are none ────────────────────────────────────────────────────

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


def json_values() -> SearchStrategy[object]:
    """Any JSON value, and the numbers that JSON does not have."""
    return st.recursive(
        _SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )


def _around(policy: CheckedPolicy, values: SearchStrategy[object]) -> SearchStrategy[object]:
    """Contacts of a policy's shape that hold such values in any place."""
    of_fields: dict[str, SearchStrategy[object]] = {
        record.name: values | _some_of({field.name: values for field in record.fields})
        for record in policy.records
    }
    signals = _some_of({signal.name: values for signal in policy.live})
    of_fields["live"] = values | _some_of(dict.fromkeys(policy.queues, values | signals))
    names = st.sampled_from([offer.name for offer in policy.offers] or ["none"])
    shown = values | st.fixed_dictionaries({"offer": names | values, "at": values})
    of_fields["offers_shown"] = values | st.lists(shown, max_size=3)
    return _some_of(of_fields)


def _some_of(parts: Mapping[str, SearchStrategy[object]]) -> SearchStrategy[object]:
    return st.fixed_dictionaries({}, optional=dict(parts))


def json_contacts(policy: CheckedPolicy) -> SearchStrategy[object]:
    """Any JSON value; mostly one whose keys are those of a contact."""
    junk = st.integers(0, len(JUNK) - 1).map(lambda number: JUNK[number])
    return json_values() | _around(policy, _SCALARS | json_values() | junk)


# ── texts that are no policies, or hardly ─────────────────────────────────────

_TOKEN = re.compile(
    r"""
      \#[^\n]* | "(?:[^"\\\n]|\\.)*"
    | \d{4}-\d\d-\d\d[T ]+\d+(?::\d\d)+(?:\.\d+)?(?:[+-]\d\d:\d\d)?
    | \s+ | \w+ | [^\w\s]
    """,
    re.VERBOSE,
)
_LANGUAGE = """
    policy timezone use type list let record live channel calendar queue segment route adjust offers
    message guarantee example rule group table otherwise when then because and or not is in has any all
    missing known empty open closed contains starts ends with matches else at most per show by worth on
    skills priority never agent after callback within split seed text flag integer number one of ordered
    time date duration set from holidays given expect now yes no assisted self_service cost contact
    customer contact.channel voice general
    x 名 { } ( ) [ ] , | . .. -> = == != < <= > >= ? + - * / % _ 1 2.5 30s 1h30m 2026-11-23 08:00-20:00
    "a" "" " \\ # @ ;
    """
_WORDS = (
    *_LANGUAGE.split(),
    *("2026-11-23 10:00", "\n", "\n\n", "\u201c", "\u202e", "\ud800", "9" * 30, "1e400", "0x1f", '"\n"'),
)


def any_text() -> SearchStrategy[str]:
    """Any characters at all, lone surrogates included."""
    return st.text(st.characters(codec=None), max_size=200)


def token_soup() -> SearchStrategy[str]:
    """The words of the language in no order."""
    return st.lists(st.sampled_from(_WORDS), max_size=60).map(" ".join)


def mangled(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    """Policies with a few tokens removed, doubled, swapped or put in."""
    return st.builds(_mangle, texts, seeds)


def _mangle(text: str, seed: int) -> str:
    dice = seeded(seed)
    tokens = _TOKEN.findall(text)
    for _ in range(dice.between(1, 4)):
        if not tokens:
            return ""
        place, other = dice.below(len(tokens)), dice.below(len(tokens))
        match dice.below(6):
            case 0:
                del tokens[place : place + dice.between(1, 4)]
            case 1:
                tokens[place:place] = tokens[place : place + dice.between(1, 30)]
            case 2:
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case 3:
                tokens[place] = tokens[other]
            case 4:
                tokens.insert(place, f" {dice.pick(_WORDS)} ")
            case _:
                part = tokens[place]
                cut = dice.below(len(part))
                tokens[place] = part[:cut] + part[cut + 1 :]
    return "".join(tokens)


def layouts(text: str, seed: int) -> str:
    """The same policy laid out otherwise: line ends and indentation carry no meaning."""
    dice = seeded(seed)
    written = []
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        if token.startswith("#"):
            token += "\n"
        elif token.isspace():
            ways = (" ", "\n", "\n\n   ", "\t", " \r\n", "  # a comment\n")
            behind = tokens[place + 1] if place + 1 < len(tokens) else ""
            if behind.startswith("-") and not behind.startswith("->"):
                token = "\n" if "\n" in token else " "  # where it begins a line, it begins a row
            else:
                token = dice.pick(ways)
        written.append(token)
    return "".join(written)

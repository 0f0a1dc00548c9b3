"""Texts that are left open: one is found wherever there is one, and what is refused has none."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.analysis import prove
from routekit.policy import expressions as e
from routekit.policy.splits import WHOLE, point
from routekit.prover.domains.open_texts import OpenTexts, Refused, Share
from routekit.prover.domains.text_tests import asked_of
from routekit.reasons.words import Words

TEXT = e.FieldRef("contact", "text")
TEXTS = ["".join(letters) for length in range(5) for letters in product("abA ", repeat=length)]
PATTERNS = ("^a+$", "(?i)ab", r"\bab\b", "a.b", "^[^a]*$", "b{2,}", "(ab|ba)+$", " ", "^$", r"A\b")
OPERANDS = (TEXT, TEXT, TEXT, e.Call("lower", (TEXT,)), e.Call("folded", (TEXT,)))


def _test(operator: str, operand: e.Expr, word: str, other: str, pattern: str, length: int) -> e.Expr:
    match operator:
        case "matches":
            return e.TextTest(operator, operand, e.Constant(pattern))
        case "length":
            return e.Compare(">=", e.Call("length", (operand,)), e.Constant(length))
        case "is":
            return e.Compare("is", operand, e.Constant(word))
        case _ if operator.endswith("any"):
            return e.TextTest(operator, operand, e.Constant(frozenset({word, other})))
        case _:
            return e.TextTest(operator, operand, e.Constant(word))


OPERATORS = (
    *("contains", "starts with", "ends with", "contains any", "starts with any", "ends with any"),
    *("matches", "is", "length"),
)
WORDS = st.text("abA ", max_size=3)
TESTS = st.builds(
    _test,
    st.sampled_from(OPERATORS),
    st.sampled_from(OPERANDS),
    WORDS,
    WORDS,
    st.sampled_from(PATTERNS),
    st.integers(0, 4),
)


def _open(tests: Sequence[e.Expr], named: Sequence[str] = ()) -> OpenTexts:
    asked = [asked_of(test, TEXT) for test in tests]
    return OpenTexts([each for each in asked if each is not None], named, lambda: None, "`contact.text`")


@settings(max_examples=100, deadline=None)
@given(st.lists(TESTS, min_size=1, max_size=6), st.data(), st.lists(WORDS, max_size=4))
def test_what_is_refused_is_true_of_no_text(
    tests: list[e.Expr], data: st.DataObject, named: list[str]
) -> None:
    texts = _open(tests, named)
    everything = (1 << len(tests)) - 1
    yes = data.draw(st.integers(0, everything))
    no = data.draw(st.integers(0, everything)) & ~yes
    there = [text for text in TEXTS if texts.is_met(text, yes, no)]
    met = texts.meet(yes, no)
    if isinstance(met, str):
        assert texts.is_met(met, yes, no)
    elif isinstance(met, Refused):
        assert not there
        core = met.tests
        assert not [text for text in TEXTS if texts.is_met(text, yes & core, no & core)]
    else:
        spellings = {test.spelling for test in texts.asked}
        assert "folded" in spellings, met.reason


@settings(max_examples=50, deadline=None)
@given(st.lists(TESTS, min_size=1, max_size=3), st.integers(0, 99), st.integers(1, 30))
def test_texts_are_found_on_an_arm_of_a_split(tests: list[e.Expr], percent: int, width: int) -> None:
    texts = _open(tests)
    low = percent * WHOLE // 100
    share = Share(str, "seed", low, min(WHOLE, low + width * WHOLE // 100))
    yes = (1 << len(tests)) - 1
    there = [text for text in TEXTS if texts.is_met(text, yes, 0) and share.holds(text)]
    met = texts.meet(yes, 0, [share])
    if isinstance(met, str):
        assert texts.is_met(met, yes, 0)
        assert share.low <= point("seed", met) < share.high
    elif isinstance(met, Refused):
        assert not there


HEAD = """
policy p "P"
record contact { channel one of voice, chat = voice  text text ?  other text ? }
channel voice { assisted }
channel chat { assisted }
queue people { on voice, chat }
queue special { on voice }
"""
ON = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t")
WORDS_OF_THREE = ["".join(parts) for parts in product(ON, "aeiou", ON)][::3]
ASKING = (
    *(
        'contact.text contains "{}"',
        'contact.text matches "(?i)\\\\b{}"',
        'lower(contact.text) contains "{}"',
    ),
    *('contact.text contains any {{"{}", "{}x"}}', 'contact.text starts with "{}"', 'contact.text is "{}"'),
    *('folded(contact.text) ends with "{}"', '(contact.text else "") contains "{}"'),
)


def _findings(rules: str, more: str = "") -> list[tuple[str, str]]:
    policy = Policy.from_text(f"{HEAD} route {{ {rules} otherwise queue people }} {more}")
    return [(item.kind, item.subject) for item in prove(policy).findings if item.kind != "moved"]


def _rule(name: str, condition: str, then: str = "queue special") -> str:
    return f"rule {name} when {condition} then {then}\n"


_BARE = Policy.from_text(f"{HEAD} route {{ otherwise queue people }}").checked


@pytest.fixture(params=["python-sat", "plain"])
def solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.setitem(__import__("sys").modules, "pysat.solvers", None)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(TESTS, TESTS, st.booleans()), min_size=5, max_size=9), st.booleans())
def test_no_text_decides_what_is_never_reached(
    rules: list[tuple[e.Expr, e.Expr, bool]], is_split: bool
) -> None:
    words = Words(_BARE, whole=True)
    conditions = [
        f"{words.expr(one)} {'and' if number % 2 else 'and not'} ({words.expr(other)})"
        if both
        else words.expr(one)
        for number, (one, other, both) in enumerate(rules)
    ]
    written = "".join(_rule(f"r{number}", condition) for number, condition in enumerate(conditions))
    if is_split:
        arms = "1% queue special  99% queue people"
        written += f'rule s when contact.text is known split by contact.text seed "a" {{ {arms} }}'
    policy = Policy.from_text(f"{HEAD} route {{ {written} otherwise queue people }}")
    dead = {item.subject.split("`")[0] for item in prove(policy).findings if item.kind == "unreachable-rule"}
    engine = Engine(policy)
    deciding = {str(engine.decide({"contact": {"text": text}}).rule) for text in TEXTS}
    assert not dead & deciding


def test_hundreds_of_words_are_known(solver: None) -> None:
    rules = "".join(
        _rule(f"r{number}", ASKING[number % len(ASKING)].format(word, word))
        for number, word in enumerate(WORDS_OF_THREE[:200])
    )
    shadowed = _rule("last", f'contact.text contains "x{WORDS_OF_THREE[0]}"')
    assert _findings(rules + shadowed) == [("unreachable-rule", "last")]


@pytest.mark.parametrize(
    ("condition", "dead"),
    [
        ('contact.text contains "bad" and not (lower(contact.text) contains "bad")', True),
        ('lower(contact.text) contains "bad" and not (contact.text contains "bad")', False),
        ('folded(contact.text) is "bad" and contact.text contains "BAD"', False),
        ('folded(contact.text) is "bad" and length(contact.text) >= 300', False),
        ('contact.text contains "bad" and not (folded(contact.text) contains "bad")', False),
        ('contact.text contains "bad" and length(contact.text) < 3', True),
        ('contact.text contains "bad" and length(contact.text) is 700', False),
        ('contact.text matches "^[0-9]{4}$" and contact.text contains "bad"', True),
        ('contact.text is "bad" and contact.text is "lad"', True),
        ('contact.text in {"bad", "lad"} and contact.text starts with "l"', False),
        ('(contact.text else "bad") is "bad" and contact.text is missing', False),
        ('contact.text contains contact.other and contact.text contains "bad"', False),
    ],
)
def test_what_holds_beside_many_words(condition: str, dead: bool) -> None:
    words = ("one", "two", "three", "four", "five", "six", "seven", "eight")
    others = "".join(_rule(f"o{word}", f'contact.text contains "{word}"') for word in words)
    assert _findings(_rule("r", condition) + others) == ([("unreachable-rule", "r")] if dead else [])


def test_what_is_asked_in_spellings_that_cannot_be_joined_is_unknown_by_name() -> None:
    others = "".join(_rule(f"o{word}", f'contact.text contains "{word}"') for word in WORDS_OF_THREE[:8])
    rule = _rule("r", 'folded(contact.text) is "bad" and contact.text starts with "x"')
    policy = Policy.from_text(f"{HEAD} route {{ {rule} {others} otherwise queue people }}")
    (finding,) = [found for found in prove(policy).findings if found.kind == "unknown"]
    assert "`contact.text`" in finding.reason


@pytest.mark.parametrize(
    ("condition", "dead"),
    [
        ('contact.text matches "^[0-9]{6}$"', []),
        ('contact.text matches "(?i)fax"', []),
        ('contact.text contains "fax" and not (contact.text matches "[0-9]")', []),
        ('lower(contact.text) matches "^a+$"', []),
        ('contact.text matches "^fa[xn]$"', ["r` arm `1", "r` arm `3"]),
    ],
)
def test_splits_behind_patterns(condition: str, dead: list[str]) -> None:
    split = f"""rule r when {condition}
      split by contact.text seed "a" {{ 1% queue special  50% queue people  49% queue people }}
    """
    assert _findings(split) == [("unreachable-arm", subject) for subject in dead]

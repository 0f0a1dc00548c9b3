"""Colours: no character is lost, nothing readable is an error, and a word is a name where it is one."""

from pathlib import Path

import pytest
from hypothesis import given
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Comment, Error, Keyword, Literal, Name, Number, Operator, String

from routekit.highlight import RouteLexer
from tests.strategies import any_text, mangled, policy_texts, token_soup

ROOT = Path(__file__).parents[2]
POLICIES = sorted([*(ROOT / "rules").rglob("*.route"), *(ROOT / "examples").glob("*.route")])


def _kinds(text: str) -> list[tuple[object, str]]:
    return [(kind, word) for kind, word in RouteLexer().get_tokens(text) if word.strip()]


def _words(text: str, kind: object) -> list[str]:
    return [word for found, word in _kinds(text) if found in kind]  # type: ignore[operator]


@given(text=any_text() | token_soup() | mangled(policy_texts()))
def test_no_character_is_lost(text: str) -> None:
    tokens = list(RouteLexer().get_tokens_unprocessed(text))
    assert "".join(word for _, _, word in tokens) == text
    places = [0]
    for _, _, word in tokens:
        places.append(places[-1] + len(word))
    assert [place for place, _, _ in tokens] == places[:-1]


@given(text=policy_texts())
def test_a_policy_has_no_error_token(text: str) -> None:
    assert _words(text, Error) == []


@pytest.mark.parametrize("path", POLICIES, ids=[path.relative_to(ROOT).as_posix() for path in POLICIES])
def test_the_policies_of_the_project_have_no_error_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert _words(text, Error) == []
    assert "".join(word for _, word in RouteLexer().get_tokens(text)) == text


def test_pygments_finds_the_lexer() -> None:
    assert isinstance(get_lexer_by_name("route"), RouteLexer)
    assert isinstance(get_lexer_for_filename("care.route"), RouteLexer)


def test_a_keyword_is_one_only_where_the_language_takes_it_as_one() -> None:
    text = 'queue queue { on voice }\nrecord r { open flag = no  text text ? }\nsegment s when r.queue is "x"'
    assert _words(text, Keyword) == ["queue", "on", "record", "flag", "no", "text", "segment", "when"]
    assert _words(text, Name) == ["queue", "voice", "r", "open", "text", "s", "r", "queue"]
    assert _words(text, Operator.Word) == ["is"]


def test_each_kind_of_literal() -> None:
    text = (
        'timezone Etc/GMT+8\nlet x = hour(now) + 4.20  # "no" text\n'
        "segment s when a.b < 2026-11-23 10:00 and c > 1h30m and d is 2026-11-23\n"
        "calendar c { open Mon-Fri 08:00-20:00 closed holidays DE-HE }"
    )
    assert _words(text, Name.Constant) == ["Etc/GMT+8", "DE-HE"]
    assert _words(text, Name.Function) == ["hour"]
    assert _words(text, Keyword.Constant) == ["now"]
    assert _words(text, Number) == ["4.20", "1h30m"]
    assert _words(text, Literal.Date) == ["2026-11-23 10:00", "2026-11-23", "08:00", "20:00"]
    assert _words(text, Comment) == ['# "no" text']


@pytest.mark.parametrize(
    ("line", "keywords", "names"),
    [
        ("when customer.queue >= 3", ["when"], ["customer", "queue"]),
        ("contact.channel is voice and x", ["is", "and"], ["contact", "channel", "voice", "x"]),
        ("rule rule when", ["rule", "when"], ["rule"]),
        ("customer.open is missing", ["is", "missing"], ["customer", "open"]),
    ],
)
def test_a_line_that_is_being_typed_is_guessed(line: str, keywords: list[str], names: list[str]) -> None:
    found = _kinds(line)
    assert [word for kind, word in found if kind in Keyword or kind in Operator.Word] == keywords
    assert [word for kind, word in found if kind in Name] == names


def test_a_text_that_is_not_closed_is_a_text() -> None:
    assert _words('message m { sms "Solve it', String) == ['"Solve it']
    assert _words("segment a when b @ c", Error) == ["@"]


def test_behind_a_mistake_the_next_declaration_is_read() -> None:
    text = "segment a when\nqueue queue { on on }"
    assert _words(text, Keyword) == ["segment", "when", "queue", "on"]


def test_a_calendar_has_its_dates_and_hours_apart_and_its_words_are_names_elsewhere() -> None:
    text = "calendar days { timezone Asia/Tokyo as makeup open 2026-12-24 08:00-12:00 open makeup days CN }\n"
    assert _words(text, Literal.Date) == ["2026-12-24", "08:00", "12:00"]
    assert _words(text, Name.Constant) == ["Asia/Tokyo", "CN"]
    assert _words(text, Name) == ["days", "Asia/Tokyo", "makeup", "CN"]
    assert _words(text, Keyword) == ["calendar", "timezone", "as", "open", "open", "makeup", "days"]

"""Figures of wordings: what says the same in other letters, and what does not."""

import pytest

from routekit import Policy
from routekit.analysis import contact_map

POLICY = """
policy care
record contact {{ channel one of voice, chat }}
channel voice {{ assisted }}
channel chat {{ assisted }}
queue general {{ on voice, chat }}
message promise {{ voice "{voice}"  chat "{chat}" }}
route {{ otherwise queue general, message promise }}
"""


def kinds(voice: str, chat: str) -> list[str]:
    drawn = contact_map(Policy.from_text(POLICY.format(voice=voice, chat=chat)))
    return [found.kind for found in drawn.findings]


@pytest.mark.parametrize(
    ("voice", "chat"),
    [
        ("12 hours", "twelve hours"),
        ("24 hours", "twenty-four hours"),
        ("24h", "twenty four hours"),
        ("48 hours", "forty-eight hours"),
        ("30 minutes", "half an hour"),
        ("1h30m", "90 minutes"),
        ("1 hour 30 minutes", "1h30m"),
        ("1 hour and 30 minutes", "90 min"),
        ("250 EUR", "two hundred and fifty euros"),
        ("2,000 miles", "two thousand miles"),
        ("10%", "10 per cent"),
        ("10%", "ten per cent"),
        ("6 p.m.", "18:00"),
        ("6pm", "6 p.m."),
        ("30p", "30 pence"),
        ("one click away", "one tap away"),
        ("in a minute", "in one minute"),
        ("5 EUR a month", "5 EUR per month"),
        ("1 day", "24 hours"),
        ("an hour", "60 minutes"),
        ("2 to 3 days", "two to three days"),
        ("7 days", "a week"),
        ("three-day", "3-day"),
        ("0800 123 456", "0800 123 456"),
        ("call 24/7", "call 24/7"),
        ("within 4 hours", "within four hours, on the queue"),
        ("A bag, one of two", "one of two"),
        ("between 8:00 and 18:00", "between 8 a.m. and 6 p.m."),
        ("€1,234.50", "1.234,50 EUR"),
        ("press zero", "press 0"),
        ("1 GB", "1GB"),
        ("5000 miles", "5,000 miles"),
        ("1 hour", "one hour"),
        ("eighty pounds", "£80"),
        ("seventy", "70"),
    ],
)
def test_wordings_say_the_same_in_digits_and_in_words(voice: str, chat: str) -> None:
    assert kinds(voice, chat) == kinds(chat, voice) == []


@pytest.mark.parametrize(
    ("voice", "chat"),
    [
        ("12 hours", "6 hours"),
        ("twelve hours", "six hours"),
        ("twelve hours", "a day and more"),
        ("two thousand miles", "three thousand miles"),
        ("1h30m", "1h15m"),
        ("12 hours", "an hour"),
        ("half an hour", "an hour"),
        ("two days", "two hours"),
        ("5%", "6%"),
        ("5 EUR", "5 USD"),
        ("within 4 hours", "soon"),
        ("6 p.m.", "6 a.m."),
        ("twelve hours", "soon"),
        ("30p", "30 GBP"),
        ("1 hour 30 minutes", "1 hour 15 minutes"),
        ("300 EUR", "three hundred and fifty euros"),
    ],
)
def test_wordings_that_differ_in_a_figure_are_found(voice: str, chat: str) -> None:
    assert kinds(voice, chat) == kinds(chat, voice) == ["wordings"]

"""States of things, each with a sign of its own, so that no reader depends on colours."""

from enum import Enum

from routekit.pages.markup import Markup, element
from routekit.translation import msgid, t

__all__ = ["State", "legend", "mark"]


class State(Enum):
    """How good something is: the name of its colour, its sign, and what a voice says for the sign."""

    GOOD = ("good", "✓", msgid("good"))
    WARN = ("warn", "!", msgid("to be looked at"))
    BAD = ("bad", "✗", msgid("bad"))
    PLAIN = ("plain", "", "")

    def __init__(self, colour: str, sign: str, spoken: str) -> None:
        self.colour = colour
        self.sign = sign
        self.spoken = spoken


def mark(state: State, *said: str) -> Markup:
    """Returns a text in the colour of a state, behind its sign.

    >>> mark(State.BAD, "12 abandoned")
    '<span class="mark bad"><span class="sign" aria-hidden="true">✗</span> 12 abandoned</span>'
    """
    if not state.sign:
        return element("span", *said, class_="mark plain")
    sign = element("span", state.sign, class_="sign", aria_hidden="true") if said else _told(state)
    return element("span", sign, *([" ", *said] if said else []), class_=f"mark {state.colour}")


def legend(*rows: tuple[State, str]) -> Markup:
    """Returns what the states of a page mean, in one line.

    >>> "solved" in legend((State.GOOD, "solved"), (State.BAD, "a blind spot"))
    True
    """
    return element("p", *(mark(state, said) for state, said in rows), class_="legend")


def _told(state: State) -> Markup:
    return element("span", state.sign, class_="sign", role="img", aria_label=t(state.spoken))

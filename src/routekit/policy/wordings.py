"""The texts of messages: the places in them that are filled, and texts with these filled."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from unicodedata import normalize

__all__ = ["Stray", "filled", "placeholders", "strays"]

_PLACEHOLDER = re.compile(r"\{([^\W\d]\w*)\}")
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True)
class Stray:
    """Braces in a text that are no placeholder; ``is_closed`` where there are two."""

    text: str
    is_closed: bool


def placeholders(text: str) -> tuple[str, ...]:
    """Lists the names of the places that are filled in a text, each once, in their order.

    >>> placeholders("{late_fee} within {pay_days} days, {late_fee} more")
    ('late_fee', 'pay_days')
    """
    return tuple(dict.fromkeys(normalize("NFKC", name) for name in _PLACEHOLDER.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Fills the places of a text; one that has no value stays as it is written.

    What is filled in is never looked through for further places.

    >>> filled("{late_fee} until {day}", {"late_fee": "3 EUR"})
    '3 EUR until {day}'
    """
    return _PLACEHOLDER.sub(lambda found: values.get(normalize("NFKC", found[1]), found[0]), text)


def strays(text: str) -> Iterator[Stray]:
    """Yields the braces of a text between which no name stands, or that are not paired.

    >>> [stray.text for stray in strays("{a} {} {pay day} { }} x")]
    ['{}', '{pay day}', '{ }', '}']
    """
    for found in _BRACES.finditer(text):
        if _PLACEHOLDER.fullmatch(found[0]) is None:
            yield Stray(found[0], len(found[0]) > 1)

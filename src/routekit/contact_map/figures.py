"""What a wording says in figures and placeholders, whatever the way in which it is written."""

import re
from collections.abc import Iterator
from decimal import Decimal

__all__ = ["Figure", "figures", "spoken_figures"]

Figure = tuple[Decimal, str]
"""A number with its unit, empty where it has none that is known."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NUMBER = r"\d+(?:[.,']\d+)*"
_MONEY = {"€": "eur", "$": "usd", "£": "gbp", "¥": "cny", "￥": "cny"}
_FIGURE = re.compile(
    rf"(?<![\w.,])(?P<clock>\d{{1,2}}:\d\d)(?:\s?(?P<half>[ap]m\b))?"
    rf"|(?:(?P<money>[€$£¥￥]|\b(?:EUR|USD|GBP|CNY|RMB)\b)\s?)?(?<![^\W_])(?P<number>{_NUMBER})"
    rf"(?P<space>[\s-]?)(?P<unit>[%€$£¥￥]|[^\W\d_]+)?",
    re.IGNORECASE,
)
_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_SPOKEN = {word: Decimal(number) for number, word in enumerate(_WORDS)} | {
    "thirty": Decimal(30),
    "forty": Decimal(40),
    "fifty": Decimal(50),
    "sixty": Decimal(60),
    "ninety": Decimal(90),
    "hundred": Decimal(100),
}
_SPOKEN_FIGURE = re.compile(rf"\b({'|'.join(_SPOKEN)})[\s-]([^\W\d_]+)", re.IGNORECASE)

_UNITS: dict[str, tuple[int, str]] = {
    name: (size, unit)
    for size, unit, names in (
        (1, "s", "s sec secs second seconds 秒"),
        (60, "s", "m min mins minute minutes 分钟"),
        (3600, "s", "h hr hrs hour hours 小时 个小时"),
        (86400, "s", "d day days 天"),
        (604800, "s", "w week weeks 周 星期"),
        (1, "month", "month months 个月"),
        (12, "month", "y year years 年"),
        (1, "%", "% percent"),
        (1, "eur", "€ eur euro euros 欧元"),
        (1, "usd", "$ usd dollar dollars 美元"),
        (1, "gbp", "£ gbp pound pounds"),
        (1, "cny", "¥ ￥ cny rmb yuan 元"),
        (1, "ct", "ct cent cents"),
        (1, "gb", "gb gigabyte gigabytes"),
        (1, "mb", "mb megabyte megabytes"),
    )
    for name in names.split()
}
"""The units that are known by several names; times are in seconds, or in months."""


def figures(text: str) -> dict[Figure, str]:
    """Returns the figures of a wording, each as it is written first.

    >>> figures("Within 12 hours, for $5 or 2,000 miles")
    {(Decimal('43200'), 's'): '12 hours', (Decimal('5'), 'usd'): '$5', (Decimal('2000'), ''): '2,000'}
    >>> figures("12h, EUR 4.50").keys() == figures("12 hours; 4,50 €").keys()
    True
    """
    found: dict[Figure, str] = {}
    for figure, written in _written(_PLACEHOLDER.sub(" ", text)):
        found.setdefault(figure, written)
    return found


def spoken_figures(text: str) -> set[Figure]:
    """Returns the figures that a wording says in words, such as ``twelve hours``.

    >>> spoken_figures("We call you back within twelve hours.") == {*figures("12h")}
    True
    """
    found: set[Figure] = set()
    for word, unit in _SPOKEN_FIGURE.findall(text):
        size, name = _UNITS.get(unit.lower(), (1, ""))
        if name:
            found.add((_SPOKEN[word.lower()] * size, name))
    return found


def _written(text: str) -> Iterator[tuple[Figure, str]]:
    for match in _FIGURE.finditer(text):
        if match["clock"]:
            hours, minutes = map(int, match["clock"].split(":"))
            yield (_by_clock(hours, match["half"]) + Decimal(minutes) / 60, "o'clock"), match.group().strip()
            continue
        number = _value(match["number"])
        money = match["money"]
        unit = _unit(match["unit"] or "")
        written = match.group().strip()
        if money:
            size, name = _UNITS[_MONEY.get(money, money.lower())]
            yield (number * size, name), text[match.start() : match.end("number")]
        elif unit in ("am", "pm"):
            yield (_by_clock(int(number), unit), "o'clock"), written
        elif unit in _UNITS:
            size, name = _UNITS[unit]
            yield (number * size, name), written
        elif unit and not match["space"]:
            yield (number, unit), written
        else:
            yield (number, ""), match["number"]


def _unit(word: str) -> str:
    """The unit that a word is; one of Chinese may begin it, since nothing parts words there."""
    word = word.lower()
    begins = (name for name in _UNITS if not name.isascii() and word.startswith(name))
    return word if word in _UNITS else max(begins, key=len, default=word)


def _by_clock(hours: int, half: str | None) -> Decimal:
    """The hour of a day, of which ``half`` may say which."""
    is_late = half is not None and half.lower().startswith("p")
    return Decimal(hours % 12 + (12 if is_late else 0) if half else hours)


def _value(number: str) -> Decimal:
    """A number as it is meant: three digits behind a sign are thousands, others are decimals."""
    head, *groups = re.split(r"[.,']", number)
    if groups and all(len(group) == 3 for group in groups) and head != "0":
        return Decimal(head + "".join(groups))
    if not groups:
        return Decimal(head)
    *thousands, decimals = groups
    return Decimal(f"{head}{''.join(thousands)}.{decimals}").normalize()

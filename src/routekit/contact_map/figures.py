"""What a wording says in figures and placeholders, whatever the way in which it is written."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

__all__ = ["Figure", "figures", "spoken_figures"]

Figure = tuple[Decimal, str]
"""A number with its unit, empty where it has none that is known."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NUMBER = r"\d+(?:[.,']\d+)*"
_MONEY = {"€": "eur", "$": "usd", "£": "gbp", "¥": "cny", "￥": "cny"}
_FIGURE = re.compile(
    rf"(?<![\w.,])(?P<clock>\d{{1,2}}:\d\d)(?:\s?(?P<half>[ap]\.?m\b))?"
    rf"|(?:(?P<money>[€$£¥￥]|\b(?:EUR|USD|GBP|CNY|RMB)\b)\s?)?(?:(?<![^\W_])|(?<=\d[wdhm]))(?P<number>{_NUMBER})"
    rf"(?P<space>[\s-]?)(?P<unit>[%€$£¥￥]|[ap]\.m\b|per\scent\b|[^\W\d_]+)?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:,|and)?\s*", re.IGNORECASE)
_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_TENS = "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"
_SPOKEN = {
    **{word: number for number, word in enumerate(_SMALL)},
    **{word: 10 * number for number, word in enumerate(_TENS, 3)},
    "hundred": 100,
    "thousand": 1000,
}
_ONE_SPOKEN = f"(?:{'|'.join(_SPOKEN)})"
_SPOKEN_FIGURE = re.compile(
    rf"\b({_ONE_SPOKEN}(?:(?:[\s-]|\sand\s){_ONE_SPOKEN})*)\b(?:[\s-](per\scent\b|[^\W\d_]+))?", re.IGNORECASE
)
_HALVES = {
    "half an hour": 1800,
    "quarter of an hour": 900,
    "hour and a half": 5400,
    "half a day": 43200,
    "day and a half": 129_600,
}
_HALF = re.compile(rf"\b(?:{'|'.join(_HALVES)})\b", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(?:an?|per|each|every)\s([^\W\d_]+)", re.IGNORECASE)
_IDIOMS = 10
"""Up to here a number in words that counts nothing known may be a manner of speaking: `one click away`."""

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
        (1, "p", "p penny pence"),
        (1, "gb", "gb gigabyte gigabytes"),
        (1, "mb", "mb megabyte megabytes"),
    )
    for name in names.split()
}
"""The units that are known by several names; times are in seconds, or in months."""


def figures(text: str) -> dict[Figure, str]:
    """Returns the figures of a wording, each as it is written first, in digits or in words.

    >>> figures("Within 12 hours, for $5 or 2,000 miles")
    {(Decimal('43200'), 's'): '12 hours', (Decimal('5'), 'usd'): '$5', (Decimal('2000'), ''): '2,000'}
    >>> figures("12h, EUR 4.50").keys() == figures("12 hours; 4,50 €").keys()
    True
    >>> figures("In twenty-four hours, one click away")
    {(Decimal('86400'), 's'): 'twenty-four hours'}
    """
    found: dict[Figure, str] = {}
    text = _PLACEHOLDER.sub(" ", text)
    for figure, written in (*_in_digits(text), *_in_words(text)):
        found.setdefault(figure, written)
    return found


def spoken_figures(text: str) -> set[Figure]:
    """Returns the figures that a wording may be heard to say, which are not for certain what it means.

    An article may be a one, and a number in words is what it is without its unit.

    >>> spoken_figures("We call you back in an hour.") == {*figures("60 min")}
    True
    >>> (Decimal(2000), "") in spoken_figures("two thousand miles")
    True
    """
    found = {(Decimal(_sum(words)), "") for words, _ in _SPOKEN_FIGURE.findall(text)}
    for word in _ARTICLE.findall(text):
        size, name = _UNITS.get(word.lower(), (1, ""))
        if name:
            found.add((Decimal(size), name))
    return found


def _in_words(text: str) -> Iterator[tuple[Figure, str]]:
    """Figures in words, as they are written."""
    for match in _HALF.finditer(text):
        yield (Decimal(_HALVES[match.group().lower()]), "s"), match.group()
    for match in _SPOKEN_FIGURE.finditer(text):
        number, unit = _sum(match[1]), _unit(match[2] or "")
        if unit in _UNITS:
            size, name = _UNITS[unit]
            yield (Decimal(number * size), name), match.group()
        elif number > _IDIOMS:
            yield (Decimal(number), ""), match[1]


def _sum(words: str) -> int:
    """The number that is said in words."""
    whole = part = 0
    for word in re.split(r"[\s-]+", words.lower()):
        number = _SPOKEN.get(word, 0)
        if number == 1000:
            whole, part = whole + (part or 1) * number, 0
        elif number == 100:
            part = (part or 1) * number
        else:
            part += number
    return whole + part


class _Part(NamedTuple):
    """A number in digits, where it stands; ``size`` is that of its unit where it is one of time."""

    number: Decimal
    unit: str
    begin: int
    end: int
    size: int = 0


def _in_digits(text: str) -> Iterator[tuple[Figure, str]]:
    """Figures in digits. Spans of time, the larger first, are one: ``1 hour 30 minutes``."""
    parts: list[_Part] = []
    for part in _written(text):
        last = parts[-1] if parts else None
        if last and 0 < part.size < last.size and _BETWEEN.fullmatch(text, last.end, part.begin):
            parts[-1] = part._replace(number=last.number + part.number, begin=last.begin)
        else:
            parts.append(part)
    for part in parts:
        yield (part.number, part.unit), text[part.begin : part.end].strip()


def _written(text: str) -> Iterator[_Part]:
    for match in _FIGURE.finditer(text):
        begin, end = match.span()
        if match["clock"]:
            hours, minutes = map(int, match["clock"].split(":"))
            yield _Part(_by_clock(hours, match["half"]) + Decimal(minutes) / 60, "o'clock", begin, end)
            continue
        number = _value(match["number"])
        money = match["money"]
        unit = _unit(match["unit"] or "")
        if money:
            size, name = _UNITS[_MONEY.get(money, money.lower())]
            yield _Part(number * size, name, begin, match.end("number"))
        elif unit in ("am", "pm"):
            yield _Part(_by_clock(int(number), unit), "o'clock", begin, end)
        elif unit in _UNITS:
            size, name = _UNITS[unit]
            yield _Part(number * size, name, begin, end, size if name == "s" else 0)
        elif unit and not match["space"]:
            yield _Part(number, unit, begin, end)
        else:
            yield _Part(number, "", match.start("number"), match.end("number"))


def _unit(word: str) -> str:
    """The unit that a word is; one of Chinese may begin it, since nothing parts words there."""
    word = word.lower().replace(".", "")
    word = "percent" if word.split() == ["per", "cent"] else word
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

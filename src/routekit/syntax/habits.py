"""What people write from the habit of other languages, and of letters, tables and calendars of their own.

Each habit is one row: how it looks, how it is said here, and, where that is plain, what to write instead.
It is looked for only where a text stops to read as a policy, so a row may look like something legal.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from routekit.translation import msgid, t

__all__ = ["Habit", "Seen", "habits_at"]

LOOKED_AROUND = 300
"""Letters of a line before and behind a place in which a habit is looked for."""

Instead: TypeAlias = Callable[[re.Match[str]], str | None]


@dataclass(frozen=True, slots=True)
class Habit:
    """A way to write that the language does not have, with how the same is said."""

    looks: str
    help: str
    instead: Instead | None = None
    is_vague: bool = False
    """Whether it is only meant where what is written instead makes the text readable."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A habit as it was seen: where in the text, and what to write there, if that is plain."""

    help: str
    start: int
    end: int
    instead: str | None
    is_vague: bool


def habits_at(text: str, position: int) -> Iterator[Seen]:
    """Yields the habits that a line of a text shows around a position, the more telling ones first.

    >>> [(seen.help, seen.instead) for seen in habits_at("when value <> 3", 12)][0]
    ('`x is not y` asks whether two values differ', 'is not')
    """
    first_looked_at, behind = max(0, position - LOOKED_AROUND), position + LOOKED_AROUND
    start = text.rfind("\n", first_looked_at, position) + 1 or first_looked_at
    end = text.find("\n", position, behind)
    line = text[start : end if end >= 0 else behind]
    for habit in _HABITS:
        for match in _compiled(habit.looks).finditer(line):
            first, last = match.start() + start, match.end() + start
            if not first <= position < max(last, first + 1):
                continue
            instead = None if habit.instead is None else habit.instead(match)
            if instead is None and habit.instead is not None:
                continue
            padded = None if instead is None else _padded(text, first, last, instead)
            yield Seen(t(habit.help), first, last, padded, habit.is_vague)


def _padded(text: str, start: int, end: int, instead: str) -> str:
    """What is written instead, with the space around it that keeps it apart from its neighbours."""
    before, behind = text[start - 1 : start], text[end : end + 1]
    if not instead.strip():
        return "" if before.isspace() or behind.isspace() else " "
    needs_left = not before.isspace() and before not in "({" and _is_wordlike(instead[0])
    needs_right = not behind.isspace() and behind not in "),}" and _is_wordlike(instead[-1])
    left, right = " " * (before != "" and needs_left), " " * (behind != "" and needs_right)
    return f"{left}{instead}{right}"


def _is_wordlike(letter: str) -> bool:
    return letter.isalnum() or letter in '_"}'


# ── rows ───────────────────────────────────────────────────────────────────────


def _habit(looks: str, help_: str, instead: str | Instead | None = None, *, is_vague: bool = False) -> Habit:
    mended = instead if instead is None or callable(instead) else _template(instead)
    return Habit(looks, help_, mended, is_vague)


@cache
def _compiled(looks: str) -> re.Pattern[str]:
    """A pattern, compiled when it is first looked for: a policy without mistakes never needs it."""
    return re.compile(looks)


def _template(text: str) -> Instead:
    return lambda match: match.expand(text)


def _day(year: str, month: str, day: str) -> str | None:
    return f"{year}-{int(month):02}-{int(day):02}" if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else None


def _american(match: re.Match[str]) -> str | None:
    """A date by slashes, which is the month or the day first; plain only where one of them is no month."""
    first, second = int(match[1]), int(match[2])
    if first <= 12 and second <= 12 and first != second:
        return None
    return _day(match[3], match[2], match[1]) if first > 12 else _day(match[3], match[1], match[2])


def _clock(hour: str, minute: str | None, half: str | None) -> str | None:
    number = int(hour)
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half.lower().startswith("p") else 0)
    return f"{number:02}:{minute or '00'}" if number <= 24 and int(minute or 0) < 60 else None


def _hours(match: re.Match[str]) -> str | None:
    opens = _clock(match["hour"], match["minute"], match["half"])
    closes = _clock(match["hour2"], match["minute2"], match["half2"])
    if opens is None or closes is None:
        return None
    written = f"{opens}-{'24:00' if closes == '00:00' else closes}"
    return None if written == match.group() else written


_UNITS = {
    "s": "s",
    "m": "m",
    "h": "h",
    "d": "d",
    "秒": "s",
    "分": "m",
    "小": "h",
    "时": "h",
    "天": "d",
    "日": "d",
}


def _span(match: re.Match[str]) -> str | None:
    unit, number = match["unit"].lower(), match["number"]
    if unit.startswith(("w", "周")):
        return f"{7 * int(number)}d" if number.isdigit() else None
    letter = _UNITS[unit[0]]
    if number.isdigit():
        return number + letter
    whole, smaller = {"m": (60, "s"), "h": (60, "m"), "d": (24, "h"), "s": (1, "s")}[letter]
    parts = float(number) * whole
    return f"{int(parts)}{smaller}" if parts.is_integer() and parts else None


def _quoted(match: re.Match[str]) -> str:
    inner = match[1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def _listed(match: re.Match[str]) -> str:
    """The members of a list that had other brackets, or none."""
    texts = re.sub(r"'([^'\"\n]*)'", r'"\1"', match["members"])
    members = re.split(r"\s*(?:,\s*(?:or\b)?|\bor\b)\s*", texts.strip())
    return f"{'not ' if match['no'] else ''}in {{{', '.join(filter(None, members))}}}"


_VALUE = r'(?:"(?:[^"\\\n]|\\.)*"|-?[\w.]*\w(?:-\d+-\d+)?)'
_HALF = r"(?:[ap]\.?m\b\.?)"
_MEMBERS = rf"(?P<members>{_VALUE}(?:\s*,\s*(?:or\s+)?{_VALUE}|\s+or\s+{_VALUE})+)"
_UNIT = (
    r"(?P<unit>seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|秒钟?|分钟?|小时|天|周)"
    r"(?!\w)"
)
_NO_RANGE = msgid("a range is written `a..b`, and asked by `x in a..b`")
_DATE = msgid("a date is written year, month, day: `2026-11-23`")
_HOURS = msgid("hours are written `08:00-20:00`")
_CHOICE = msgid("several values are asked by `x in {a, b}`")
_IS_NOT = msgid("`x is not y` asks whether two values differ")
_EQUAL = msgid("a comparison is written `is`")
_VALUE_BEHIND = msgid("the value stands right behind its word: `queue general, priority 2`")
_FIELDS = msgid("nothing stands between fields and clauses but space")
_THEN = msgid("what is to happen stands behind `then`")

_LETTERS = msgid("how long a message may be is written `carries 160 letters`")
_SOLVED = msgid("where a matter is solved is written `solved on web, voice`")
_WHO = msgid('`partner` and `others` say who it is, in quotes: `partner "the handler"`')
_NEED = msgid("a touchpoint is `forced`, by law, market or process, or `chosen`")

_HABITS = (
    # what may look like a list
    _habit(
        r"(?<![\d.{])\b\d{1,3},\d{3}(?![\d.,])",
        msgid("a number is written without separators: `1000`, and a fraction with a point: `1.5`"),
    ),
    _habit(
        r"(?<![\d.{])\b\d+,\d+(?![\d.,])",
        msgid("a fraction is written with a point: `1.5`, and a set of numbers `{1, 5}`"),
    ),
    # comparisons
    _habit(r"<\s*>", _IS_NOT, "is not"),
    _habit(r"=\s*>", msgid("`>=` asks whether a value is the same or more"), ">="),
    _habit(r"=\s*<", msgid("`<=` asks whether a value is the same or less"), "<="),
    _habit(r"===", _EQUAL, "is"),
    _habit(r"!==", _IS_NOT, "is not"),
    _habit(r"≥", msgid("write `>=`"), ">="),
    _habit(r"≤", msgid("write `<=`"), "<="),
    _habit(r"≠", msgid("write `is not`"), "is not"),
    _habit(r"\b(?:is\s+)?(?:at\s+least)\b", msgid("`>=` asks for a value or more"), ">="),
    _habit(
        r"\bat\s+most(?=\s+\d+\s+per\b)",
        msgid("a cap over several offers is `altogether at most n per D`"),
        "altogether at most",
    ),
    _habit(r"\b(?:is\s+)?(?:at\s+most)\b", msgid("`<=` asks for a value or less"), "<="),
    _habit(
        r"\b(?:is\s+)?(?:more|greater|higher|larger|bigger|later|older)\s+than\s+or\s+equal(?:\s+to)?\b",
        msgid("`>=` asks for a value or more"),
        ">=",
    ),
    _habit(
        r"\b(?:is\s+)?(?:less|lower|fewer|smaller|earlier|younger)\s+than\s+or\s+equal(?:\s+to)?\b",
        msgid("`<=` asks for a value or less"),
        "<=",
    ),
    _habit(
        r"\b(?:is\s+)?(?:more|greater|higher|larger|bigger|later)\s+than\b", msgid("`>` asks for more"), ">"
    ),
    _habit(r"\b(?:is\s+)?(?:less|lower|fewer|smaller|earlier)\s+than\b", msgid("`<` asks for less"), "<"),
    _habit(
        r"\b(?:is\s+)?(?:above|over|after)\b", msgid("`>` asks for more, or for later"), ">", is_vague=True
    ),
    _habit(
        r"\b(?:is\s+)?(?:below|under|before)\b",
        msgid("`<` asks for less, or for earlier"),
        "<",
        is_vague=True,
    ),
    _habit(
        r"\b(?:isnt|isn't|isn’t|not\s+is|not\s+equals?(?:\s+to)?|does\s+not\s+equal|ne|neq)\b",
        _IS_NOT,
        "is not",
    ),
    _habit(r"\bis\s+not\s+equal(?:\s+to)?\b", _IS_NOT, "is not"),
    _habit(r"\bis\s+equal(?:\s+to)?\b|\bequals?(?:\s+to)?\b|\beq\b|\bare\b", _EQUAL, "is"),
    _habit(
        r"\bis\s+(?P<no>not\s+)?in\s*\(\s*(?P<members>[^()\n]*)\)",
        msgid("write `x in {…}` or `x not in {…}`"),
        _listed,
    ),
    _habit(
        r"\bis\s+(not\s+)?in\s*(?=(\{)?)\2",
        msgid("write `x in {…}` or `x not in {…}`"),
        lambda match: f"{match[1] or ''}in {match[2] or ''}",
    ),
    _habit(
        r"(?P<no>\bnot\s+)?\bin\s*\(\s*(?P<members>[^()\n]*)\)", msgid("a set is written `{a, b}`"), _listed
    ),
    _habit(rf"\bis\s+(?P<no>not\s+)?(?:(?:one|any|either)\s+(?:of\s+)?)?{_MEMBERS}", _CHOICE, _listed),
    _habit(r"\bis\s+(?P<no>not\s+)?(?:one|any|either)\s+of\s+\{(?P<members>[^{}\n]*)\}", _CHOICE, _listed),
    _habit(rf"(?P<no>\bnot\s+)?\bin\s+{_MEMBERS}", msgid("a set is written `{a, b}`"), _listed),
    _habit(
        r"\b(?:like|ilike|includes?|regex|rlike)\b|~",
        msgid("a part of a text is asked by `contains`, `starts with` or `matches`"),
    ),
    _habit(
        rf"\b(?:is\s+)?(not\s+)?between\s+({_VALUE})\s+and\s+({_VALUE})",
        _NO_RANGE,
        lambda match: f"{match[1] or ''}in {match[2]}..{match[3]}",
    ),
    # the contact map
    _habit(
        r"^\s*(?:stages|journey)\s+(?:[\[{(]\s*)?(?P<stages>\"?[^\W\d]\w*\"?(?:\s*(?:,|->|→|=>|>|<)\s*\"?[^\W\d]\w*\"?)+)(?:\s*[\]})])?",
        msgid("the stages of a journey stand in their order: `journey discover < buy < use`"),
        lambda match: "journey " + " < ".join(re.findall(r"\w+", match["stages"])),
    ),
    _habit(r"\bin[\s-]person\b", msgid("face to face is one word: `in_person`"), "in_person"),
    _habit(
        r"\bself[\s-](?:service|serve)\b|\bselfservice\b",
        msgid("what a machine answers is `self_service`"),
        "self_service",
    ),
    _habit(
        r"\bcarries\s+(\d+)\s+(?:characters?|chars?|letter|signs?|symbols?)\b",
        _LETTERS,
        r"carries \1 letters",
    ),
    _habit(r"\bcarries\s+(\d+)(\s+(?:(?!letters\b)\w+|\}))", _LETTERS, r"carries \1 letters\2"),
    _habit(r"\bsolved\s+(?:in|by|via|at|through|over)\b", _SOLVED, "solved on"),
    _habit(r"\bsolved\s+(?!on\b)([^\W\d]\w*)", _SOLVED, r"solved on \1", is_vague=True),
    _habit(r"\basks?\s+([^\W\d]\w*\.)", msgid("write `asks for customer.id`"), r"asks for \1"),
    _habit(r"\bhands?\s+([^\W\d]\w*\.)", msgid("write `hands over customer.id`"), r"hands over \1"),
    _habit(
        r"\b(partner|others)\s+(?!(?:forced|chosen|stage|on|about|makes)\b)([^\W\d]\w*)",
        _WHO,
        r'\1 "\2"',
        is_vague=True,
    ),
    _habit(r"\b(?:partner|others)\b", _WHO),
    _habit(r"\b(?:mandatory|required|obligatory|compulsory)\b", _NEED, "forced", is_vague=True),
    _habit(r"\b(?:optional|voluntary)\b", _NEED, "chosen", is_vague=True),
    _habit(
        r"\bmatter\b[^{]*\{\s*when\b",
        msgid("the condition of a matter stands before its braces: `matter bill when … {`"),
    ),
    # values by cases
    _habit(r"=\s*\{\s*(when|table)\b", msgid("cases stand behind the name without `=`"), r"{ \1"),
    _habit(
        r"\blet\s+[^{>]*\{\s*(?!when\b|table\b|otherwise\b)[^{}]*?->",
        msgid("a case is written `when … then …`; rows stand in a `table (…) { … }`"),
    ),
    # joining
    _habit(r"&&?", msgid("conditions are joined by `and`"), "and"),
    _habit(r"\|\|?", msgid("conditions are joined by `or`"), "or"),
    _habit(r"!(?!=)", msgid("write `not`, or `is not`"), "not"),
    _habit(r"\b(and|or)\s+(?:if|when)\b", msgid("conditions are joined by `and` and `or` alone"), r"\1"),
    # literals
    _habit(
        r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)", _DATE, lambda match: _day(match[3], match[2], match[1])
    ),
    _habit(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", _DATE, _american),
    _habit(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", _DATE),
    _habit(
        r"(?<!\d)(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)",
        _DATE,
        lambda match: _day(match[1], match[3], match[4]),
    ),
    _habit(
        r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]",
        _DATE,
        lambda match: _day(match[1], match[2], match[3]),
    ),
    _habit(
        rf"(?<![\d:.])(?P<hour>\d{{1,2}})(?:[:.h](?P<minute>\d{{2}}))?\s*(?P<half>(?i:{_HALF}))?\s*(?:-|–|—|~|\bto\b|\buntil\b|\btill\b|\bbis\b|至|到)\s*"
        rf"(?P<hour2>\d{{1,2}})(?:[:.h](?P<minute2>\d{{2}}))?(?:\s*(?P<half2>(?i:{_HALF})))?(?![\d:])",
        _HOURS,
        _hours,
    ),
    _habit(
        r"\d{1,2}(?::\d{2})?\s*(?i:[ap]\.?m)\b",
        msgid("hours are written `08:00-20:00`; the hour of a time is a number, `hour(contact.at) >= 20`"),
    ),
    _habit(r"(?<=[<>=] )\d{1,2}:\d{2}", msgid("the hour of a time is a number: `hour(contact.at) >= 20`")),
    _habit(
        r"(?<![\w.])\d+[dhms](?:\s+\d+[dhms])+(?!\w)",
        msgid("a duration is one word, such as `1h30m`"),
        lambda match: "".join(match.group().split()),
    ),
    _habit(
        rf"(?<![\w.])(?P<number>\d+(?:\.\d+)?)\s*{_UNIT}",
        msgid("a duration is a number with `s`, `m`, `h` or `d`, without space: `30s`, `2m`"),
        _span,
    ),
    _habit(
        r"\d+(?:\.\d+)?\s*(?:months?|years?|个月|年)",
        msgid("a duration has `d`, `h`, `m` and `s`, and nothing longer: `30d`"),
    ),
    _habit(
        r"(?<![\w.])(-?\d+(?:\.\d+)?)\s*(?:-|–|—|~|\.\.\.|\bto\b|\bbis\b|至|到)\s*(-?\d+(?:\.\d+)?)(?![\w.])",
        _NO_RANGE,
        r"\1..\2",
    ),
    _habit(
        r"(?<![\d.])\d{1,3}(?:[.,]\d{3}){2,}(?![\d.])",
        msgid("a number is written without separators: `1000000`"),
        lambda match: re.sub(r"[.,]", "", match.group()),
    ),
    _habit(
        r"\d+(?:_\d+)+",
        msgid("a number is written without separators: `1000`"),
        lambda match: match.group().replace("_", ""),
    ),
    _habit(
        r"\d\s*%",
        msgid(
            "`%` stands only in a `split`; a share is a number, `0.1`, or `10` where the field has percents"
        ),
    ),
    _habit(r"%", msgid("`%` stands only in a `split`; every tenth customer is an arm of one")),
    _habit(r"[€$£¥￥]\s*\d|\d\s*(?:€|\$|£|¥|￥|元)", msgid("an amount is a number, without its currency")),
    _habit(r"'((?:[^'\n\\]|\\.)*)'", msgid('texts stand between double quotes: "…"'), _quoted),
    _habit(r"['‘’`]", msgid('texts stand between double quotes: "…"')),
    _habit(r"[“”„«»]", msgid('texts stand between straight quotes: "…"')),
    _habit(
        r"\bof\s*[\[{(]([^\[\]{}()\n]*)[\]})]",
        msgid("what a type lists stands without brackets: `one of a, b`"),
        r"of \1",
    ),
    _habit(r"(\bhas\s+(?:any|all)\s*)?\[([^\[\]\n]*)\]", msgid("a set is written `{a, b}`"), r"\1{\2}"),
    _habit(r"[–—−]", msgid("write a plain `-`"), "-"),
    # rules
    _habit(
        r"^\s*(?:elif|elsif|elseif|else\s+if|if|when)\b",
        msgid("each rule has a name: `rule NAME when … then …`, one below the other"),
    ),
    _habit(
        r"\b(?:else|default)(?:\s+then|\s*:|\s*->)?(?=\s+(?:queue|agent|any|split)\b)",
        msgid("what is left goes to `otherwise`"),
        "otherwise",
    ),
    _habit(r"\b(?:if|where|while)\b", msgid("a condition begins with `when`"), "when"),
    _habit(r"->|=>|:|=", _THEN, "then", is_vague=True),
    _habit(r"\bthen\s*[:=]", _THEN, "then", is_vague=True),
    _habit(r"\b(?=(?:queue|agent|priority)\s+\w)", _THEN, "then ", is_vague=True),
    _habit(
        r"\b(queue|priority|message|agent|skills|cost|show|worth)\s*(?:=|:|\bto\b|\bis\b)",
        _VALUE_BEHIND,
        r"\1",
        is_vague=True,
    ),
    _habit(
        r'\b(queue|message|agent)\s+"([^\W\d]\w*)"',
        msgid("a queue, an agent and a message stand without quotes"),
        r"\1 \2",
    ),
    _habit(
        r"(?<=\bthen )(?=[^\W\d]\w*)",
        msgid("an outcome begins with `queue`, `agent` or a change such as `priority + 1`"),
        "queue ",
        is_vague=True,
    ),
    _habit(r"=", _EQUAL, "is"),
    # layout
    _habit(r"//|--(?=\s)|/\*", msgid("a comment begins with `#`"), "#"),
    _habit(r"\.\.", msgid("a range stands without brackets: `x in a..b`")),
    _habit(r"<=?|>=?", msgid("one comparison at a time; a range is asked by `x in a..b`")),
    _habit(r":|,", _FIELDS, " ", is_vague=True),
    _habit(r";", msgid("what is listed is separated by commas"), ",", is_vague=True),
    _habit(r";", msgid("nothing separates declarations; write them one below the other"), " "),
)

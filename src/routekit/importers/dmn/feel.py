"""FEEL, as far as the language says the same: literals, names, arithmetic, comparisons, ranges, cells.

Null of FEEL is a missing value. Where the two differ in what comes of it, the text says what FEEL means:
``not("x")`` holds of null too, and so ``not in {"x"}, is missing`` does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from routekit.importers.dmn.document import Place
from routekit.schema.times import parse_duration
from routekit.schema.writing import quoted

__all__ = ["Names", "NotSaidError", "Value", "cell", "conditional", "expression", "literals"]


class NotSaidError(ValueError):
    """What the language cannot say; the message names it, and ``place`` says where it stands."""

    def __init__(self, what: str, place: Place | None = None) -> None:
        super().__init__(what)
        self.place = place

    def at(self, place: Place) -> "NotSaidError":
        """The same, where nothing nearer is known than this place."""
        return self if self.place is not None else NotSaidError(str(self), place)


@dataclass(frozen=True, slots=True)
class Value:
    """A value as the language writes it: ``text``, and its type where that is known.

    ``literal`` is what a literal stands for, or a function that makes a value of others, None for anything
    else; ``is_plain`` that it needs no brackets.
    """

    text: str
    type: str = ""
    literal: object = None
    is_plain: bool = True

    @property
    def operand(self) -> str:
        """The text where an operand stands."""
        return self.text if self.is_plain else f"({self.text})"


Names: TypeAlias = Mapping[str, Value]
"""What names stand for: those with blanks and dots too."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<sign>\*\*|<=|>=|!=|\.\.|[-+*/<>=()\[\],.:{}?])
  | (?P<word>[^\W\d]\w*)
)""",
    re.VERBOSE,
)
_FUNCTIONS = {"min": "min", "max": "max", "string length": "length", "lower case": "lower"}
_TEMPORAL = {"date": "date", "date and time": "time", "duration": "duration"}
_RESERVED = ("for", "some", "every", "function", "instance", "satisfies", "return")


@dataclass(slots=True)
class _Reader:
    """Reads one expression, word by word."""

    source: str
    names: Names
    at: int = 0

    # ── words ─────────────────────────────────────────────────────────────────

    def space(self) -> None:
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1

    def ends(self) -> bool:
        self.space()
        return self.at >= len(self.source)

    def sees(self, *words: str) -> bool:
        """Whether one of these words or signs comes next."""
        self.space()
        rest = self.source[self.at :]
        return any(
            rest.startswith(word) and not (word[-1].isalnum() and rest[len(word) : len(word) + 1].isalnum())
            for word in words
        )

    def take(self, *words: str) -> str:
        """Takes the first of these that comes next; empty where none does."""
        for word in words:
            if self.sees(word):
                self.at += len(word)
                return word
        return ""

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise NotSaidError(f"`{word}` is expected at `{self.source[self.at :][:20]}`")

    def name(self) -> str | None:
        """The longest name that is known and comes next."""
        self.space()
        rest = self.source[self.at :]
        for name in sorted(self.names, key=len, reverse=True):
            if rest.startswith(name) and not rest[len(name) : len(name) + 1].isidentifier():
                self.at += len(name)
                return name
        return None

    # ── expressions ───────────────────────────────────────────────────────────

    def whole(self) -> Value:
        found = self.disjunction()
        if not self.ends():
            raise NotSaidError(f"`{self.source[self.at :].strip()[:40]}`")
        return found

    def disjunction(self) -> Value:
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else _joined(parts, "or")

    def conjunction(self) -> Value:
        parts = [self.comparison()]
        while self.take("and"):
            parts.append(self.comparison())
        return parts[0] if len(parts) == 1 else _joined(parts, "and")

    def comparison(self) -> Value:
        left = self.sum()
        if self.take("between"):
            low = self.sum()
            self.expect("and")
            return Value(f"{left.operand} in {low.operand}..{self.sum().operand}", "flag", is_plain=False)
        sign = self.take("<=", ">=", "!=", "<", ">", "=")
        if not sign:
            if self.sees("in") or self.sees("instance"):
                raise NotSaidError("`in` within an expression")
            return left
        right = self.sum()
        if sign in ("=", "!="):
            if "null" in (left.type, right.type):
                other = right if left.type == "null" else left
                word = "is missing" if sign == "=" else "is known"
                return Value(f"{other.operand} {word}", "flag", is_plain=False)
            word = "is" if sign == "=" else "is not"
            return Value(f"{left.operand} {word} {right.operand}", "flag", is_plain=False)
        return Value(f"{left.operand} {sign} {right.operand}", "flag", is_plain=False)

    def sum(self) -> Value:
        found = self.product()
        while sign := self.take("+", "-"):
            found = _worked(found, sign, self.product())
        return found

    def product(self) -> Value:
        found = self.power()
        while sign := self.take("*", "/"):
            found = _worked(found, sign, self.power())
        return found

    def power(self) -> Value:
        found = self.unary()
        if self.sees("**"):
            raise NotSaidError("the power `**`")
        return found

    def unary(self) -> Value:
        if self.take("-"):
            inner = self.unary()
            if isinstance(inner.literal, int | float) and not isinstance(inner.literal, bool):
                return Value(f"-{inner.text}", inner.type, -inner.literal)
            return Value(f"-{inner.operand}", inner.type, is_plain=False)
        return self.atom()

    def atom(self) -> Value:
        self.space()
        if self.take("("):
            inner = self.disjunction()
            self.expect(")")
            return Value(f"({inner.text})", inner.type, inner.literal)
        called = self._called()
        if called is not None:
            return called
        name = self.name()
        if name is not None and callable(self.names[name].literal):
            return self._function(self.names[name].literal)
        if name is not None:
            if self.sees("(", "["):
                raise NotSaidError(f"`{name}{self.source[self.at :].strip()[:1]}…`")
            return self.names[name]
        return self._literal()

    def _function(self, called: object) -> Value:
        """A function of the model, which makes a value of its arguments."""
        assert callable(called)
        self.expect("(")
        arguments = [] if self.sees(")") else [self.disjunction()]
        while self.take(","):
            arguments.append(self.disjunction())
        self.expect(")")
        found = called(arguments)
        assert isinstance(found, Value)
        return found

    def _called(self) -> Value | None:
        """A function that the language has, or a literal written as a call."""
        found = re.compile(r"([^\W\d][\w ]*?)\s*\(").match(self.source, self.at)
        if found is None or found[1] in self.names or found[1] in ("if", "not"):
            if found is not None and found[1] == "not" and found[1] not in self.names:
                self.at = found.end()
                inner = self.disjunction()
                self.expect(")")
                return Value(f"not ({inner.text})", "flag", is_plain=False)
            return None
        word = " ".join(found[1].split())
        if word in ("and", "or"):
            return None
        self.at = found.end()
        if word in _TEMPORAL:
            text = self._literal()
            self.expect(")")
            if text.type != "text":
                raise NotSaidError(f"`{word}(…)` of anything but a text")
            return temporal(_TEMPORAL[word], str(text.literal))
        if word not in _FUNCTIONS:
            raise NotSaidError(f"the function `{word}(…)`")
        arguments = [self.disjunction()]
        while self.take(","):
            arguments.append(self.disjunction())
        self.expect(")")
        if word in ("min", "max") and len(arguments) < 2:
            raise NotSaidError(f"`{word}(…)` of a list")
        type_ = {"string length": "number", "lower case": "text"}.get(word, arguments[0].type)
        return Value(f"{_FUNCTIONS[word]}({', '.join(each.text for each in arguments)})", type_)

    def _literal(self) -> Value:
        found = _TOKEN.match(self.source, self.at)
        if found is None:
            raise NotSaidError(f"`{self.source[self.at :].strip()[:40] or 'nothing'}`")
        kind, said = found.lastgroup, found[found.lastgroup or 0]
        if kind == "string":
            self.at = found.end()
            return text(_unescaped(said))
        if kind == "number":
            self.at = found.end()
            number = float(said) if re.search(r"[.eE]", said) else int(said)
            if "e" in said.lower() or said.startswith("."):
                said = format(number, "f").rstrip("0").rstrip(".") if isinstance(number, float) else said
            return Value(said, "number", number)
        if kind == "word" and said in ("true", "false", "null"):
            self.at = found.end()
            return {
                "true": Value("yes", "flag", True),
                "false": Value("no", "flag", False),
                "null": Value("missing", "null"),
            }[said]
        if kind == "word" and said == "if":
            raise NotSaidError("`if … then … else` within an expression")
        if said in _RESERVED or said in "{[":
            raise NotSaidError({"{": "a context", "[": "a list"}.get(said, f"`{said} …`"))
        raise NotSaidError(f"the name `{said}`, which nothing stands for")


def _joined(parts: list[Value], word: str) -> Value:
    return Value(f" {word} ".join(part.operand for part in parts), "flag", is_plain=False)


def _worked(left: Value, sign: str, right: Value) -> Value:
    if "text" in (left.type, right.type):
        raise NotSaidError("texts put together by `+`")
    return Value(f"{left.operand} {sign} {right.operand}", left.type or right.type, is_plain=False)


def text(value: str) -> Value:
    """A text as the language writes it."""
    if any(letter in "\r\n" for letter in value):
        raise NotSaidError("a text of several lines")
    return Value(quoted(value), "text", value)


def temporal(type_: str, said: str) -> Value:
    """A date, an instant or a duration as the language writes it; raises where it has none."""
    if type_ == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return Value(said, "date", said)
    if type_ == "time" and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", said):
        return Value(said, "time", said)
    if type_ == "duration":
        found = re.fullmatch(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", said)
        if found is not None and any(found.groups()[1:]):
            parts = "".join(f"{n}{unit}" for n, unit in zip(found.groups()[1:], "dhms", strict=True) if n)
            if parse_duration(parts) is not None:
                return Value(f"{found[1]}{parts}", "duration", said, is_plain=not found[1])
    raise NotSaidError(f"`{said}` as a {type_}")


def _unescaped(said: str) -> str:
    def letter(found: re.Match[str]) -> str:
        return {"n": "\n", "t": "\t", "r": "\r"}.get(found[1], found[1])

    inner = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), said[1:-1])
    return re.sub(r"\\(.)", letter, inner)


def expression(source: str, names: Names) -> Value:
    """Turns an expression into the language's; raises :class:`NotSaidError`.

    >>> names = {"Applicant.Age": Value("applicant.age", "number")}
    >>> expression("Applicant.Age + 2 >= 18 and true", names).text
    '((applicant.age + 2) >= 18) and yes'
    """
    return _Reader(source.strip(), names).whole()


def conditional(source: str, names: Names) -> tuple[list[tuple[Value, Value]], Value]:
    """Turns an expression into cases, each with its condition, and what holds otherwise.

    >>> cases, last = conditional('if a > 1 then "x" else "y"', {"a": Value("input.a", "number")})
    >>> [(condition.text, value.text) for condition, value in cases], last.text
    ([('input.a > 1', '"x"')], '"y"')
    """
    reader = _Reader(source.strip(), names)
    cases = []
    while reader.take("if"):
        condition = reader.disjunction()
        reader.expect("then")
        value = reader.disjunction()
        reader.expect("else")
        cases.append((condition, value))
    last = reader.whole()
    return cases, last


# ── cells ─────────────────────────────────────────────────────────────────────


def cell(source: str, names: Names) -> str:
    """Turns a cell of a table, a list of unary tests, into a cell of the language.

    >>> [cell(text, {}) for text in ("-", '"a", "b"', "[18..65)", 'not("a")', "(1..5]")]
    ['_', '"a", "b"', '18..<65', 'not in {"a"}, is missing', '> 1 and <= 5']
    """
    source = source.strip()
    if source in ("", "-"):
        return "_"
    reader = _Reader(source, names)
    negated = re.match(r"not\s*\(", source)
    if negated is not None:
        reader.at = negated.end()
        tests = _tests(reader)
        reader.expect(")")
        if not reader.ends():
            raise NotSaidError(f"`{source[reader.at :].strip()[:40]}`")
        return _refused(tests)
    tests = _tests(reader)
    if not reader.ends():
        raise NotSaidError(f"`{source[reader.at :].strip()[:40]}`")
    return ", ".join(test.text for test in tests)


@dataclass(frozen=True, slots=True)
class _Test:
    """A unary test, and what holds where it does not; ``equals`` is the value of one that asks for it."""

    text: str
    refused: str
    equals: Value | None = None


def _tests(reader: _Reader) -> list[_Test]:
    found = [_test(reader)]
    while reader.take(","):
        found.append(_test(reader))
    return found


_MIRRORED = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "is not", "!=": "is"}


def _test(reader: _Reader) -> _Test:
    sign = reader.take("<=", ">=", "!=", "<", ">", "=")
    if sign:
        value = _endpoint(reader)
        word = {"=": "is", "!=": "is not"}.get(sign, sign)
        return _Test(f"{word} {value.text}", f"{_MIRRORED[sign]} {value.text}")
    if reader.sees("[", "(", "]"):
        return _range(reader)
    value = _endpoint(reader)
    if reader.sees("..", "<", ">", "=", "in", "+", "-", "*", "/"):
        raise NotSaidError(f"`{reader.source[:40]}` as a test")
    if value.type == "null":
        return _Test("is missing", "is known")
    if value.literal is None:  # a field stands in no list of values
        return _Test(f"is {value.text}", f"is not {value.text}, is missing")
    return _Test(value.text, f"is not {value.text}", value)


def _range(reader: _Reader) -> _Test:
    opening = reader.take("[", "(", "]")
    low = _endpoint(reader)
    reader.expect("..")
    high = _endpoint(reader)
    closing = reader.take("]", ")", "[")
    if not closing:
        raise NotSaidError("a range without an end")
    has_low, has_high = opening == "[", closing == "]"
    if has_low:
        dots = ".." if has_high else "..<"
        return _Test(f"{low.text}{dots}{high.text}", f"not in {low.text}{dots}{high.text}")
    return _Test(
        f"> {low.text} and {'<=' if has_high else '<'} {high.text}",
        f"<= {low.text}, {'>' if has_high else '>='} {high.text}",
    )


def _endpoint(reader: _Reader) -> Value:
    value = reader.unary()
    if not value.is_plain and not isinstance(value.literal, int | float):
        raise NotSaidError(f"`{reader.source[:40]}`, which is worked out in a cell")
    return value


def _refused(tests: list[_Test]) -> str:
    """What holds where no test does: of a missing value, where all ask for equality."""
    values = [test.equals.text for test in tests if test.equals is not None]
    others = [test.refused for test in tests if test.equals is None]
    if any("," in other for other in others) and (values or len(others) > 1):
        raise NotSaidError("a negation of several ranges")
    listed = [f"not in {{{', '.join(values)}}}"] if values else []
    said = " and ".join((*listed, *others))
    return f"{said}, is missing" if values and not others else said


def literals(source: str) -> tuple[str, ...]:
    """Returns the texts of a list of literals; raises :class:`NotSaidError` where it is anything else.

    >>> literals('"High", "Low"')
    ('High', 'Low')
    """
    reader = _Reader(source.strip(), {})
    found = []
    while True:
        value = reader.unary()
        if value.type not in ("text", "number", "flag"):
            raise NotSaidError("values that are no literals")
        found.append(str(value.literal))
        if not reader.take(","):
            break
    if not reader.ends():
        raise NotSaidError("values that are no literals")
    return tuple(found)

"""TaskRouter's expressions: their tree, and a parser that says where one does not read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias, cast

__all__ = [
    "All",
    "AnyOf",
    "Bare",
    "Compare",
    "Expression",
    "ExpressionError",
    "Key",
    "Listing",
    "Not",
    "Term",
    "Value",
    "comparisons",
    "parse",
]

MOST_NESTING = 40
MOST_CHARACTERS = 100_000

GRAMMAR = r"""
?start: any
?any: all (_OR all)*       -> any_of
?all: negation (_AND negation)* -> all_of
?negation: (_NOT | "!") negation -> negated
         | test
?test: "(" any ")"
     | term                      -> bare
     | term COMPARISON term      -> compare
     | term HAS term             -> compare
     | term CONTAINS term        -> compare
     | term IN members           -> compare
     | term _NOT IN members      -> compare_not_in
     | term _NOT HAS term        -> compare_not
     | term _NOT CONTAINS term   -> compare_not
     | term _IS NULL             -> is_null
     | term _IS _NOT NULL        -> is_not_null
?term: TEXT   -> text
     | NUMBER -> number
     | FLAG   -> flag
     | NULL   -> null
     | PLACEHOLDER -> placeholder
     | KEY    -> key
     | LEFT [items] RIGHT -> listing
?members: term
        | "(" items ")"          -> listing_in_brackets
items: term ("," term)* [","]

LEFT: "["
RIGHT: "]"
_OR.2:  /or\b/i | "||"
_AND.2: /and\b/i | "&&"
_NOT.2: /not\b/i
_IS.2:  /is\b/i
HAS.2:  /has\b/i
IN.2:   /in\b/i
CONTAINS.2: /contains\b/i
NULL.2: /(null|nil|none|undefined)\b/i
FLAG.2: /(true|false)\b/i
COMPARISON: "==" | "!=" | "<>" | "<=" | ">=" | "<" | ">" | "="
TEXT: /"(\\.|[^"\\])*"/s | /'(\\.|[^'\\])*'/s
NUMBER: /[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?(?![\w.])/
PLACEHOLDER: /\$\{[^}]*\}|\{\{.*?\}\}|%\{[^}]*\}|<[A-Za-z_][\w -]*>/s
KEY: /[^\W\d][\w$\-]*([.]\w[\w$\-]*|\[\d+\])*/

%ignore /\s+/
"""


class ExpressionError(ValueError):
    """An expression that does not read; the characters ``start`` up to ``end`` are where it goes wrong."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start, self.end = start, end


@dataclass(frozen=True, slots=True)
class Key:
    """An attribute: ``("customer", "tier")`` for ``customer.tier``."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A constant; None is NULL. A placeholder without quotes is the text that it is written as."""

    value: str | Decimal | bool | None
    is_placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Several terms, written out."""

    items: tuple["Term", ...]


Term: TypeAlias = Key | Value | Listing


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison; ``operator`` is one of == != < <= > >= has contains in, and "not in"."""

    operator: str
    left: Term
    right: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Bare:
    """A term that stands alone as a condition."""

    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    """True where its part is false."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class All:
    """True where every part is."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where a part is."""

    parts: tuple["Expression", ...]


Expression: TypeAlias = Compare | Bare | Not | All | AnyOf


def parse(text: str) -> Expression:
    """Returns the tree of an expression; raises :class:`ExpressionError`.

    >>> parse("type == 'ticket' AND attempts > 1").parts[1].right
    Value(value=Decimal('1'), is_placeholder=False)
    """
    from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedToken

    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"it has more than {MOST_CHARACTERS:,} characters", 0, 1)
    try:
        parsed: Expression = _parser().parse(text)
    except UnexpectedCharacters as error:
        at = cast("int", error.pos_in_stream)
        raise ExpressionError(f"`{text[at]}` has no meaning here", at, at + 1) from None
    except UnexpectedEOF:
        raise ExpressionError("it ends too early", len(text), len(text)) from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise ExpressionError("it ends too early", len(text.rstrip()), len(text.rstrip())) from None
        at = cast("int", error.pos_in_stream)
        raise ExpressionError(
            f"`{error.token}` was not expected here", at, at + max(1, len(str(error.token)))
        ) from None
    deepest = _depth(parsed)
    if deepest > MOST_NESTING:
        raise ExpressionError(f"it is nested {deepest} deep, more than {MOST_NESTING}", 0, 1)
    return parsed


def comparisons(expression: Expression) -> Iterator[Compare | Bare]:
    """Yields what an expression joins, from left to right."""
    match expression:
        case Compare() | Bare():
            yield expression
        case Not(part):
            yield from comparisons(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)


def _depth(expression: Expression) -> int:
    """How deep it is nested; without recursion, since it may be deep."""
    deepest, waiting = 0, [(expression, 1)]
    while waiting:
        item, depth = waiting.pop()
        deepest = max(deepest, depth)
        match item:
            case Not(part):
                waiting.append((part, depth + 1))
            case All(parts) | AnyOf(parts):
                waiting.extend((part, depth + 1) for part in parts)
            case _:
                pass
    return deepest


def _key(text: str) -> Key:
    return Key(tuple(part for part in text.replace("[", ".").replace("]", "").split(".") if part))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A term and where it stands, while the parser is at work."""

    term: Term
    start: int
    end: int


@cache
def _parser() -> Any:
    from lark import Lark, Token, Transformer, v_args

    def joined(kind: type[All] | type[AnyOf], parts: tuple[Expression, ...]) -> Expression:
        flat: list[Expression] = []
        for part in parts:
            flat += part.parts if isinstance(part, kind) else [part]
        return flat[0] if len(flat) == 1 else kind(tuple(flat))

    def placed(term: Term, first: Token, last: Token | None = None) -> _Placed:
        return _Placed(term, first.start_pos or 0, (last or first).end_pos or 0)

    def listing_of(items: tuple[_Placed, ...]) -> Listing:
        return Listing(tuple(item.term for item in items))

    def compared(left: _Placed, operator: str, right: _Placed) -> Compare:
        return Compare(operator, left.term, right.term, left.start, right.end)

    @v_args(inline=True)
    class Build(Transformer):  # type: ignore[type-arg]
        def any_of(self, *parts: Expression) -> Expression:
            return joined(AnyOf, parts)

        def all_of(self, *parts: Expression) -> Expression:
            return joined(All, parts)

        def negated(self, part: Expression) -> Expression:
            return part.part if isinstance(part, Not) else Not(part)

        def bare(self, term: _Placed) -> Expression:
            return Bare(term.term, term.start, term.end)

        def compare(self, left: _Placed, operator: Token, right: _Placed) -> Expression:
            word = operator.lower()
            return compared(left, {"=": "==", "<>": "!="}.get(word, word), right)

        def compare_not_in(self, left: _Placed, _in: Token, right: _Placed) -> Expression:
            return compared(left, "not in", right)

        def compare_not(self, left: _Placed, operator: Token, right: _Placed) -> Expression:
            return Not(compared(left, operator.lower(), right))

        def is_null(self, term: _Placed, null: Token) -> Expression:
            return compared(term, "==", placed(Value(None), null))

        def is_not_null(self, term: _Placed, null: Token) -> Expression:
            return compared(term, "!=", placed(Value(None), null))

        def text(self, token: Token) -> _Placed:
            return placed(Value(re.sub(r"\\([\"'\\])", r"\1", token[1:-1])), token)

        def number(self, token: Token) -> _Placed:
            return placed(Value(Decimal(str(token))), token)

        def flag(self, token: Token) -> _Placed:
            return placed(Value(token.lower() == "true"), token)

        def null(self, token: Token) -> _Placed:
            return placed(Value(None), token)

        def placeholder(self, token: Token) -> _Placed:
            return placed(Value(str(token), is_placeholder=True), token)

        def key(self, token: Token) -> _Placed:
            return placed(_key(str(token)), token)

        def items(self, *terms: _Placed) -> tuple[_Placed, ...]:
            return terms

        def listing(self, first: Token, *rest: Any) -> _Placed:
            items = rest[0] if len(rest) > 1 else ()
            return placed(listing_of(items), first, rest[-1])

        def listing_in_brackets(self, items: tuple[_Placed, ...]) -> _Placed:
            return _Placed(listing_of(items), items[0].start, items[-1].end)

    return Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False, transformer=Build())

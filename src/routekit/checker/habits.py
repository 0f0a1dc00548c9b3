"""What reads as a policy and was meant otherwise: values joined by `or`, names with `-`, dates by slashes."""

import re
from collections.abc import Callable, Container

from routekit.diagnostics import Advice, Fix, Span
from routekit.policy.outcome_parts import PARTS
from routekit.schema.types import Date, Duration, Flag, Integer, Number, Text, Time, Type
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.syntax.habits import habits_at
from routekit.translation import msgid, t

__all__ = [
    "FLAG_IS",
    "flag_of",
    "hyphenated",
    "meant_as_value",
    "range_meant",
    "stray_values",
    "type_meant",
    "without_equals",
]

FLAG_IS = msgid("a flag is `yes` or `no`")

_FLAGS = {"true": "yes", "yes": "yes", "1": "yes", "false": "no", "no": "no", "0": "no"}
_TYPES = {
    "string": "text",
    "str": "text",
    "varchar": "text",
    "char": "text",
    "boolean": "flag",
    "bool": "flag",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "real": "number",
    "money": "number",
    "datetime": "time",
    "timestamp": "time",
    "interval": "duration",
    "timedelta": "duration",
}
"""Types of other languages by their names here."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def type_meant(name: tree.Ident) -> Advice:
    """Tells what a type of another language is called here; empty where it is none."""
    word = name.name.casefold()
    if word == "enum":
        return Advice(t("a type of listed names is written `one of a, b`"))
    if word in ("list", "array", "set"):
        return Advice(t("a type of several values is written `set of text`"))
    meant = _TYPES.get(word)
    return (
        Advice()
        if meant is None
        else Advice(t("that is the type `{meant}`", meant=meant), Fix.replace(name.span, meant))
    )


def flag_of(word: str, span: Span) -> Advice:
    """Tells how a flag is written that another language writes so.

    >>> from routekit.diagnostics import Source
    >>> flag_of("True", Span(Source("a.route", "True"), 0, 4)).fix.edits[0].text
    'yes'
    """
    meant = _FLAGS.get(word.casefold())
    return Advice(FLAG_IS, None if meant is None else Fix.replace(span, meant))


def meant_as_value(left: Type, right: Type, node: tree.Expression) -> Advice:
    """Tells how a value compared with one of another type was likely meant; empty where that is open."""
    is_literal = isinstance(node, tree.Literal)
    match left, right:
        case Flag(), _ if isinstance(node, tree.Literal):
            return flag_of(unquote(node.text) if node.kind == "text" else node.text, node.span)
        case Flag(), _:
            return Advice(FLAG_IS)
        case Text(), (Integer() | Number()) if is_literal:
            text = f'"{node.span.text}"'
            return Advice(t("a text stands in quotes: {text}", text=text), Fix.replace(node.span, text))
        case ((Integer() | Number()), Text()) if isinstance(node, tree.Literal):
            number = unquote(node.text).strip()
            fix = Fix.replace(node.span, number) if _NUMBER.fullmatch(number) else None
            return Advice(t("a number stands without quotes"), fix)
        case ((Date() | Time()), (Integer() | Number())) if isinstance(node, tree.Arithmetic):
            return _of_habit(node)
        case Duration(), (Integer() | Number()):
            return Advice(t("a duration has a unit: `180s` or `3m`"))
        case _:
            return Advice()


def range_meant(node: tree.Expression) -> Advice:
    """Tells how a range is written that reads as a difference; empty where it was none."""
    return _of_habit(node) if isinstance(node, tree.Arithmetic) else Advice()


def _of_habit(node: tree.Expression) -> Advice:
    """What a habit says that looks just like an expression."""
    place = node.span.start, node.span.end
    for seen in habits_at(node.span.source.text, node.span.start):
        if (seen.start, seen.end) == place and not seen.is_vague:
            fix = None if seen.instead is None else Fix.replace(node.span, seen.instead)
            return Advice(seen.help, fix)
    return Advice()


def without_equals(name: tree.Ident, value: tree.Expression) -> Advice:
    """Tells how a part of the outcome is set that the language has a word for; empty for any other."""
    if name.name not in {part.word for part in PARTS if part.in_outcome}:
        return Advice()
    written = f"{name.name} {value.span.text}"
    return Advice(
        t("the value stands right behind its word: `{written}`", written=written),
        Fix.replace(name.span.to(value.span), written),
    )


def hyphenated(node: tree.Arithmetic, names: Container[str]) -> Advice:
    """Tells which declared name was written with `-`, which reads as a difference; empty where none was."""
    written = node.span.text
    plain = written.replace("-", "_")
    if not re.fullmatch(r"[^\W\d]\w*(?:-\w+)+", written) or plain not in names:
        return Advice()
    return Advice(t("did you mean `{plain}`?", plain=plain), Fix.replace(node.span, plain))


def stray_values(
    node: tree.Logic, is_loose: Callable[[tree.Expression], bool]
) -> tuple[tree.Expression, Advice] | None:
    """Finds the first value that stands as a condition behind a comparison: `x is a or b`.

    ``is_loose`` tells of a bare name whether it is no condition.
    """
    for number in range(1, len(node.operands)):
        first, test = node.operands[number], node.operands[number - 1]
        while isinstance(test, tree.Logic):
            test = test.operands[-1]
        if not _is_value(first, is_loose) or not isinstance(test, tree.Test):
            continue
        values = [test.right]
        for operand in node.operands[number:]:
            if not _is_value(operand, is_loose):
                break
            values.append(operand)
        return first, _in_a_set(test, values, node.operator)
    return None


def _is_value(node: tree.Expression, is_loose: Callable[[tree.Expression], bool]) -> bool:
    return isinstance(node, tree.Literal) or (isinstance(node, tree.Path) and is_loose(node))


def _sort_of(value: tree.Expression) -> str:
    """What a value is: a name and a text may both be values of a choice."""
    return value.kind if isinstance(value, tree.Literal) else "text"


def _in_a_set(test: tree.Test, values: list[tree.Expression], joined_by: str) -> Advice:
    """How a comparison with several values is written; a fix where it is one of being the same or not."""
    word = {"is": "in", "is not": "not in"}.get(test.operator)
    left, members = test.left.span.text, ", ".join(value.span.text for value in values)
    if word is None:
        return Advice(
            t(
                "each condition is whole: `{left} {operator} … {joined_by} {left} {operator} …`",
                left=left,
                operator=test.operator,
                joined_by=joined_by,
            )
        )
    written = f"{left} {word} {{{members}}}"
    place = test.span.to(values[-1].span)
    has_brackets = any(mark in place.text for mark in "()")
    are_alike = len({_sort_of(value) for value in values}) == 1
    is_plain = (joined_by == "or" or word == "not in") and not has_brackets and are_alike
    return Advice(
        t("several values are asked by `{written}`", written=written),
        Fix.replace(place, written) if is_plain else None,
    )

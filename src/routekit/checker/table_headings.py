"""What the columns of a table's file are, by the headings in its first row."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.checker.context import Context
from routekit.checker.table_cells import CellError, cleaned
from routekit.checker.titles import titles_of
from routekit.diagnostics import Source, closest
from routekit.policy.model import OUTCOME, SWITCH
from routekit.policy.outcome_parts import PARTS, Kind
from routekit.syntax import tree
from routekit.syntax.fragments import COLUMN, read_piece
from routekit.translation import t

__all__ = [
    "Column",
    "Role",
    "asked_by_policy",
    "case_column",
    "example_column",
    "expression_of",
    "rule_column",
]

Role: TypeAlias = Literal[
    "asked", "given", "expected", "value", "part", "data", "then", "step", "because", "note"
]
"""What the cells of a column are: tests of what it asks, what is given or expected, a part of an outcome …"""

NOTE = "#"
_OUTCOME_WORDS = frozenset(
    (
        *(part.word for part in PARTS if (part.in_outcome or part.in_adjust) and part.kind is not Kind.DATA),
        "plan",
    )
)
_EXPECTED_WORDS = frozenset(
    part.word for part in PARTS if part.expected and part.kind is not Kind.DATA and " " not in part.word
)
_STEP = re.compile(r"after\s+((?:[0-9]+[dhms])+)", re.IGNORECASE)
_DATA = re.compile(r"([^\W\d]\w*)\s*=")
"""A part of the outcome, called as it is set: so one called `because` is told from the reason."""

_NAME = re.compile(r"[^\W\d]\w*")
_ASKED_KINDS = frozenset({"field", "let", "segment"})
_WORDS_OF_VALUES = frozenset({"now", "today"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its place, from 0: its role, and what it asks or sets in words of the language."""

    place: int
    role: Role
    text: str
    heading: str


def rule_column(context: Context, place: int, heading: str, asked: Mapping[str, str] | None) -> Column:
    """Returns a column of a table of ``route`` or ``adjust``.

    ``asked`` are the columns that the policy itself names, by what their headings may be. Raises
    :class:`CellError` for a heading that is none.
    """
    text = cleaned(heading)
    word = text.lower()
    named = _DATA.fullmatch(text)
    if named is not None and _declared(context, named[1]) is not None:
        return Column(place, "data", named[1], heading)
    if word in ("then", "because"):
        return Column(place, "then" if word == "then" else "because", word, heading)
    if word in _OUTCOME_WORDS:
        return Column(place, "part", word, heading)
    step = _STEP.fullmatch(text)
    if step is not None:
        return Column(place, "step", step[1].lower(), heading)
    data = _declared(context, text)
    if data is not None:
        return Column(place, "data", data, heading)
    if text.startswith(NOTE):
        return Column(place, "note", "", heading)
    return Column(place, "asked", _asked_by(context, text, asked), heading)


def case_column(
    context: Context, place: int, heading: str, asked: Mapping[str, str] | None, names: Iterable[str]
) -> Column:
    """Returns a column of a table of a ``let``; values stand under one of the names, or under ``then``."""
    text = cleaned(heading)
    if text in names or text.lower() == "then":
        return Column(place, "value", text, heading)
    if text.lower() == "because":
        raise CellError(t("the rows of a `let` have no `because`"), t("call the column `#`, for notes"))
    found = _STEP.fullmatch(text) or text.lower() in _OUTCOME_WORDS
    if found and not _is_declared(context, text):
        raise CellError(
            t("`{text}` is a part of an outcome, and the rows of a `let` give a value", text=text),
            t("call the column of the values `then`"),
        )
    if text.startswith(NOTE):
        return Column(place, "note", "", heading)
    return Column(place, "asked", _asked_by(context, text, asked), heading)


def example_column(context: Context, place: int, heading: str) -> Column:
    """Returns a column of a table of examples: what is given, or what is expected."""
    text = cleaned(heading)
    named = _DATA.fullmatch(text)
    if named is not None and _declared(context, named[1]) is not None:
        return Column(place, "expected", named[1], heading)
    if text.lower() == "because":
        return Column(place, "because", "because", heading)
    if text.startswith(NOTE):
        return Column(place, "note", "", heading)
    if text.lower() in _EXPECTED_WORDS:
        return Column(place, "expected", text.lower(), heading)
    data = _declared(context, text)
    if data is not None:
        return Column(place, "expected", data, heading)
    path = _asked(context, text)
    if not isinstance(expression_of(path), tree.Path):
        raise CellError(t("`{text}` is no field: what examples give is one", text=text))
    return Column(place, "given", path, heading)


def expression_of(text: str) -> tree.Expression | None:
    """Returns what a text asks, as a column of a table has it; None where it is no such thing."""
    node: tree.Expression | None = read_piece(COLUMN, Source("", text), 0, len(text))
    return node


def _asked_by(context: Context, text: str, asked: Mapping[str, str] | None) -> str:
    """What a heading asks; one of the columns that the policy names, where it does."""
    if asked is None:
        return _asked(context, text)
    found = asked.get(text) or asked.get(_plain(text))
    if found is None:
        found = next((name for name in _by_title(context, text) if name in asked), None)
    if found is None:
        raise _unknown(text, asked.values(), t("the policy asks {listed}", listed=_listed(asked.values())))
    return found


def _asked(context: Context, text: str) -> str:
    """What a heading asks: an expression, or a field by its own name or title where that is the only one."""
    if text.startswith("(") and text.endswith(")") and expression_of(text[1:-1]) is not None:
        return text[1:-1]
    titled = _by_title(context, text)
    if titled:
        return _only(text, titled)
    node = expression_of(text)
    if node is None:
        raise _unknown(text, filter(None, _fields(context).values()), _what_a_heading_is())
    if not isinstance(node, tree.Path) or len(node.parts) > 1 or _is_declared(context, text):
        return text
    owners = [path for path in _fields(context) if _plain(path.split(".")[1]) == _plain(text)]
    if not owners and text not in context.names.lost:
        names = context.names
        known = (
            *_OUTCOME_WORDS,
            *names.lets,
            *names.segments,
            *(path.split(".")[1] for path in _fields(context)),
        )
        raise _unknown(text, known, _what_a_heading_is())
    return _only(text, owners) if owners else text


def _what_a_heading_is() -> str:
    return t("a heading is what a column asks, such as `customer.region`, or a part of the outcome")


def _only(text: str, found: list[str]) -> str:
    if len(found) > 1:
        raise CellError(
            t("`{text}` may be any of {listed}", text=text, listed=_listed(found)), t("write which")
        )
    return found[0]


def _is_declared(context: Context, name: str) -> bool:
    names = context.names
    declared = (names.lets_and_facts, names.segments_and_events, names.switches, _WORDS_OF_VALUES)
    return any(name in each for each in declared)


def _fields(context: Context) -> dict[str, str]:
    """All fields by their paths, each with its title."""
    return {
        f"{record}.{field.name.name}": field.title
        for record, node in context.names.records.items()
        for field in node.fields
    }


def _by_title(context: Context, text: str) -> list[str]:
    """What can be asked and has such a title."""
    return [
        name.removeprefix(f"{SWITCH}.")
        for (kind, name), title in titles_of(context.names).items()
        if kind in _ASKED_KINDS and title.casefold() == text.casefold() and not name.startswith(f"{OUTCOME}.")
    ]


def _declared(context: Context, text: str) -> str | None:
    """The part of the outcome that the policy declares under a name, or a title."""
    fields = [field for node in context.names.data for field in node.fields]
    for field in fields:
        if text == field.name.name:
            return text
    titled = [
        field.name.name for field in fields if field.title and field.title.casefold() == text.casefold()
    ]
    return titled[0] if len(titled) == 1 else None


def _plain(text: str) -> str:
    """A name as people write it over a column: capitals, and spaces for `_`, tell nothing."""
    return text.casefold().replace(" ", "_")


def asked_by_policy(columns: Iterable[tree.Expression]) -> dict[str, str]:
    """Returns the columns that a policy names, by what their headings may be: the text, or a field's name."""
    found: dict[str, str] = {}
    for column in columns:
        text = column.span.text
        found[text] = text
        if isinstance(column, tree.Path):
            found.setdefault(_plain(column.parts[-1].name), text)
    return found


def _unknown(text: str, candidates: Iterable[str], otherwise: str) -> CellError:
    likely = closest(text, candidates)
    hint = t("did you mean `{best}`?", best=likely) if likely is not None else otherwise
    return CellError(t("`{text}` is no column of the table", text=text), hint)


def _listed(texts: Iterable[str]) -> str:
    return t(", ").join(f"`{text}`" for text in list(texts)[:8])

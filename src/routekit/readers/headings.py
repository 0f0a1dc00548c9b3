"""Which column of a table is which field of the policy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routekit.intake.cells import Columns
from routekit.intake.unknown import likely_field
from routekit.readers.rows import UnreadableContactsError
from routekit.translation import msgid, t

__all__ = ["MOST_BEFORE", "Fields", "Heading", "cleaned"]

_MOST_NAMED = 8
_PARTING = re.compile(r"[ .-]+")
_BEHIND = re.compile(r" ?\([^()]*\)$")
"""What is said of a field behind its path: its unit, or the timezone of its times."""
MOST_BEFORE = 20
"""Rows that may stand before the heading: what a table is called, when it was made."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The columns of a table: their names, the places of those that the policy knows, and the others.

    ``known`` are by their fields, ``others`` by what stands above them.
    """

    names: Sequence[str]
    known: Mapping[str, int]
    others: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> Mapping[str, str]:
        """What stands above the column of each field."""
        return {field: self.names[place] for field, place in self.known.items()}


def cleaned(name: str) -> str:
    """Returns what stands above a column without line ends and blanks around it, which nobody sees.

    >>> cleaned(" Wert\\n des Kunden\\u00a0")
    'Wert des Kunden'
    """
    return " ".join(name.replace("\ufeff", "").split())


def _folded(name: str) -> str:
    """A heading in which case and what parts its words do not count."""
    return _PARTING.sub("_", cleaned(name).casefold())


class Fields:
    """Finds the field that a heading stands for: by its path, by a map, or by its own name or title.

    Behind a path its unit may stand in parentheses. A name or title counts where it is that of one field
    alone. Raises :class:`UnreadableContactsError` for a
    map to what is no field.
    """

    def __init__(self, columns: Columns, mapped: Mapping[str, str]) -> None:
        self._columns = columns
        self._mapped = {_folded(heading): field for heading, field in mapped.items()}
        for heading, field in mapped.items():
            if field and field not in columns:
                raise _no_field(heading, field, columns)
        self._named: dict[str, list[str]] = {}
        for field, column in columns.items():
            own = [] if field.startswith("live.") else [field.rpartition(".")[2], column.title]
            for name in dict.fromkeys(map(_folded, own)):
                if name:
                    self._named.setdefault(name, []).append(field)
        self._paths = {_folded(field): field for field in columns}

    def of(self, heading: str) -> list[str]:
        """Returns the fields that a heading may stand for; ``[""]`` where its column is to be left out."""
        name = cleaned(heading)
        if name in self._columns:
            return [name]
        folded = _folded(heading)
        mapped = self._mapped.get(folded)
        if mapped is not None:
            return [mapped]
        path = self._paths.get(folded) or self._paths.get(_folded(_BEHIND.sub("", name)))
        return self._named.get(folded, []) if path is None else [path]

    def known(self, heading: str) -> bool:
        """Tells whether a heading stands for one field."""
        fields = self.of(heading)
        return len(fields) == 1 and bool(fields[0])

    def count(self, cells: Iterable[str]) -> int:
        """Returns how many of some cells stand for a field."""
        return sum(map(self.known, cells))

    def is_heading(self, cells: Sequence[str]) -> bool:
        """Tells whether some cells are headings behind a title: most of them stand for fields."""
        filled = [cell for cell in cells if cell.strip()]
        return bool(filled) and 2 * self.count(filled) >= len(filled)

    def heading(self, name: str, names: Sequence[str]) -> Heading:
        """Returns the columns of a table by the fields of a policy.

        Raises :class:`UnreadableContactsError` where none of them is one, or two are for the same.
        """
        known: dict[str, int] = {}
        others: dict[str, int] = {}
        notes: list[str] = []
        for place, column in enumerate(names):
            fields = self.of(column)
            if fields == [""]:
                continue
            if len(fields) != 1:
                others.setdefault(
                    column or t("(column {number}, which has no heading)", number=place + 1), place
                )
                if fields:
                    notes.append(_ambiguous(name, column, fields))
                continue
            (field,) = fields
            if field in known:
                raise _twice(name, field, names, known[field], place)
            known[field] = place
        if not known:
            raise self._nothing_known(name, list(others))
        return Heading(names, known, others, tuple(notes))

    def _nothing_known(self, name: str, names: Sequence[str]) -> UnreadableContactsError:
        columns = self._columns
        there = ", ".join(f"`{column}`" for column in names[:_MOST_NAMED])
        more = t(" and {number} more", number=len(names) - _MOST_NAMED) if len(names) > _MOST_NAMED else ""
        meant = [(column, likely_field(column, columns)) for column in names[:_MOST_NAMED]]
        likely = [
            t("`{field}` by `{column}`", field=field, column=column)
            for column, field in meant
            if field is not None
        ]
        return UnreadableContactsError(
            t(
                "no column of `{name}` is a field of the policy: there are {there}{more}",
                name=name,
                there=there,
                more=more,
            ),
            t("did you mean {listed}?", listed=t(", ").join(likely))
            if likely
            else t(
                "columns are named as the policy names its fields: {listed}, …; "
                "name those that are called otherwise by --map",
                listed=t(", ").join(list(columns)[:3]),
            ),
        )


def _no_field(heading: str, field: str, columns: Columns) -> UnreadableContactsError:
    likely = likely_field(field, columns)
    return UnreadableContactsError(
        t("`{heading}` stands for `{field}`, which is no field of the policy", heading=heading, field=field),
        t("did you mean `{best}`?", best=likely) if likely is not None else "",
    )


def _twice(name: str, field: str, names: Sequence[str], first: int, second: int) -> UnreadableContactsError:
    hint = t("keep the one that counts")
    if names[first] == names[second] == field:
        return UnreadableContactsError(
            t(
                "`{name}` has two columns `{column}`, the {first} and the {second}",
                name=name,
                column=field,
                first=_nth(first),
                second=_nth(second),
            ),
            hint,
        )
    return UnreadableContactsError(
        t(
            "`{name}` has two columns for `{field}`: `{one}`, the {first}, and `{other}`, the {second}",
            name=name,
            field=field,
            one=names[first],
            other=names[second],
            first=_nth(first),
            second=_nth(second),
        ),
        t(
            'keep the one that counts, or leave the other out by --map: "{heading}" = ""',
            heading=names[second],
        ),
    )


def _ambiguous(name: str, column: str, fields: Sequence[str]) -> str:
    return t(
        "{name}: `{column}` may be {listed}; say which by --map",
        name=name,
        column=column,
        listed=t(", ").join(f"`{field}`" for field in fields),
    )


_ORDINALS = {0: msgid("{number}th"), 1: msgid("{number}st"), 2: msgid("{number}nd"), 3: msgid("{number}rd")}


def _nth(place: int) -> str:
    number = place + 1
    ending = number % 10 if number % 100 not in (11, 12, 13) else 0
    return t(_ORDINALS.get(ending, _ORDINALS[0]), number=number)

"""What a caller says of a table himself, where it is not to be found out."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from routekit.translation import t

__all__ = ["DatePattern", "SettingError", "TableSettings", "date_pattern"]

_DATES = re.compile(r"(dd|mm|yyyy|yy)([./-])(dd|mm|yyyy|yy)\2(dd|mm|yyyy|yy)", re.IGNORECASE)


class SettingError(Exception):
    """A setting of a table that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class DatePattern:
    """The order in which day, month and year stand, as ``dmy``, what parts them, the digits of the year."""

    order: str
    mark: str
    digits: int


def date_pattern(text: str) -> DatePattern:
    """Reads how dates are written. Raises :class:`SettingError`.

    >>> date_pattern("dd.mm.yyyy")
    DatePattern(order='dmy', mark='.', digits=4)
    """
    match = _DATES.fullmatch(text.strip())
    parts = [match[1].lower(), match[3].lower(), match[4].lower()] if match is not None else []
    order = "".join(part[0] for part in parts)
    if match is None or sorted(order) != ["d", "m", "y"]:
        raise SettingError(
            t("`{text}` is no order of a date: write it like dd.mm.yyyy, mm/dd/yyyy or dd/mm/yy", text=text)
        )
    return DatePattern(order, match[2], len(parts[order.index("y")]))


@dataclass(frozen=True, slots=True)
class TableSettings:
    """How a table is to be read; what is empty is found out by its first lines.

    ``columns`` are fields by the headings that stand for them; of a heading that stands for nothing, ``""``,
    the column is left out. Raises :class:`SettingError`.
    """

    separator: str = ""
    encoding: str = ""
    decimal: str = ""
    dates: DatePattern | None = None
    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.separator) > 1 or self.separator in ('"', "\r", "\n"):
            raise SettingError(t("a separator is one character, or `tab`"))
        if self.decimal not in ("", ",", "."):
            raise SettingError(t("a decimal mark is `,` or `.`"))
        if self.encoding:
            try:
                codecs.lookup(self.encoding)
                b"".decode(self.encoding)
            except (LookupError, ValueError):
                raise SettingError(t("there is no encoding `{name}`", name=self.encoding)) from None

    @property
    def named(self) -> list[str]:
        """The options that were given and say something of tables alone."""
        given = {
            "--separator": self.separator,
            "--encoding": self.encoding,
            "--decimal": self.decimal,
            "--dates": self.dates,
            "--sheet": self.sheet,
        }
        return [name for name, value in given.items() if value]

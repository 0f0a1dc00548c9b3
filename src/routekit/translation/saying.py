"""Texts in the language of the moment."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import reduce

from routekit.translation.languages import ENGLISH, language_called

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from typing import TypeVar

    from routekit.translation.catalogue import Catalogue

    Texts = TypeVar("Texts", dict[str, str], tuple[str, ...])

__all__ = ["clauses", "in_language", "language", "msgid", "msgids", "plural", "t", "use_language"]

_default: list[str] = [ENGLISH]
_chosen: ContextVar[str | None] = ContextVar("routekit_language", default=None)
_read: "dict[str, Catalogue]" = {}


def language() -> str:
    """Returns the code of the language that texts are said in here.

    >>> language()
    'en'
    """
    return _chosen.get() or _default[0]


def use_language(name: str) -> None:
    """Says all texts of this process in a language from now on, where :func:`in_language` asks for no other.

    Raises:
        UnknownLanguageError: for a language that is not there; the message names those that are.

    >>> use_language("en")
    """
    _default[0] = language_called(name)


@contextmanager
def in_language(name: str) -> Iterator[None]:
    """Says the texts of a block in a language; other threads and tasks keep theirs.

    Raises:
        UnknownLanguageError: for a language that is not there; the message names those that are.

    >>> with in_language("zh"):
    ...     print(t("an unknown name"))
    未知的名称
    """
    before = _chosen.set(language_called(name))
    try:
        yield
    finally:
        _chosen.reset(before)


def msgid(text: str) -> str:
    """Marks a text that is said later, by :func:`t`, such as a row of a table; returns it as it is."""
    return text


def msgids(texts: "Texts") -> "Texts":
    """Marks all texts of a table written out, the values of a dict, as :func:`msgid` does."""
    return texts


def t(text: str, /, **values: object) -> str:
    """Returns a text in the language of the moment, with values in its places ``{name}``.

    >>> t("did you mean `{best}`?", best="tier")
    'did you mean `tier`?'
    """
    name = language()
    said = text if name == ENGLISH else _catalogue(name).text(text)
    return said.format(**values) if values else said


def plural(one: str, many: str, number: int, /, **values: object) -> str:
    """Returns the text for so many, one or more; ``{number}`` is how many.

    >>> plural("{number} rule", "{number} rules", 2)
    '2 rules'
    """
    name, english = language(), one if number == 1 else many
    said = english if name == ENGLISH else _catalogue(name).plural(one, number, english)
    return said.format(number=number, **values)


def clauses(parts: Iterable[str]) -> str:
    """Returns parts of a sentence as it strings them together, which a list of names may be by another sign.

    >>> clauses(["queue general", "priority 5"])
    'queue general, priority 5'
    """
    said = list(parts)
    return "" if not said else reduce(lambda one, other: t("{one}, {other}", one=one, other=other), said)


def _catalogue(name: str) -> "Catalogue":
    if name not in _read:
        from routekit.translation.catalogue import read  # English needs none

        _read[name] = read(name)
    return _read[name]

"""The languages that are there, and which one is meant."""

from collections.abc import Mapping

__all__ = ["ENGLISH", "LANGUAGES", "UnknownLanguageError", "from_environment", "language_called"]

ENGLISH = "en"

LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "zh": "中文"}
"""What each language calls itself, by its code."""

_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")


class UnknownLanguageError(ValueError):
    """A language that is not there; says which are."""

    def __init__(self, name: str) -> None:
        known = ", ".join(f"`{code}`" for code in LANGUAGES)
        super().__init__(f"there is no language `{name}`; there are {known}")


def language_called(name: str) -> str:
    """Returns the code of a language, also where a country and an encoding stand behind it.

    Raises:
        UnknownLanguageError: for one that is not there.

    >>> language_called("zh_CN.UTF-8")
    'zh'
    """
    code = _code(name)
    if code not in LANGUAGES:
        raise UnknownLanguageError(name)
    return code


def from_environment(environment: Mapping[str, str]) -> str:
    """Returns the language that ``ROUTEKIT_LANG`` asks for, else that of the locale, else English.

    Raises:
        UnknownLanguageError: for a ``ROUTEKIT_LANG`` that is not there.

    >>> from_environment({"LANG": "zh_CN.UTF-8"}), from_environment({"LANG": "de_DE"})
    ('zh', 'en')
    """
    asked = environment.get("ROUTEKIT_LANG")
    if asked:
        return language_called(asked)
    locale = next((environment[name] for name in _LOCALES if environment.get(name)), "")
    return _code(locale) if _code(locale) in LANGUAGES else ENGLISH


def _code(name: str) -> str:
    return name.replace("-", "_").partition(".")[0].partition("_")[0].lower()

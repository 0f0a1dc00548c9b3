"""What is said to people, in their language: English in the code, others in catalogues of gettext.

A text is written as ``t("no queue `{name}`", name=name)``: the template is what a catalogue knows it by.
It is said in the language of the moment, which is English unless :func:`use_language` or
:func:`in_language` says otherwise.
"""

from routekit.translation.languages import (
    ENGLISH,
    LANGUAGES,
    UnknownLanguageError,
    from_environment,
    language_called,
)
from routekit.translation.saying import clauses, in_language, language, msgid, msgids, plural, t, use_language

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "UnknownLanguageError",
    "clauses",
    "from_environment",
    "in_language",
    "language",
    "language_called",
    "msgid",
    "msgids",
    "plural",
    "t",
    "use_language",
]

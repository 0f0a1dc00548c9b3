"""Tells which values of a table could not be read: each by its line and heading, and all of them by kind."""

from collections import Counter
from collections.abc import Iterable

from routekit.cli.output import print_warning
from routekit.policy.decision import Problem
from routekit.readers import Contacts
from routekit.schema.reading import REQUIRED
from routekit.translation import plural, t

__all__ = ["Unreadable"]

_MOST_NAMED = 20


class Unreadable:
    """Counts the values of a file of contacts that could not be read, and names the first of them.

    Of contacts that are no table nothing is said: their decisions have the problems.
    """

    def __init__(self, contacts: Contacts) -> None:
        self._headings = contacts.headings
        self._counts: Counter[str] = Counter()
        self._named = 0

    def note(self, place: str, problems: Iterable[Problem]) -> None:
        """Says which values of one contact could not be read."""
        for problem in problems if self._headings else ():
            if problem.message == t(REQUIRED):
                continue
            heading = self._headings.get(problem.path, problem.path)
            self._counts[f"`{heading}` {problem.message}"] += 1
            if self._named < _MOST_NAMED:
                self._named += 1
                print_warning(f"{place} `{heading}` {problem.message}")

    def report(self) -> None:
        """Says how many values could not be read, by kind, where some kind has come more than once."""
        if self._counts.total() == len(self._counts) <= _MOST_NAMED:
            return
        for kind, count in self._counts.most_common(_MOST_NAMED):
            print_warning(
                plural("{kind}: in {number} contact", "{kind}: in {number:,} contacts", count, kind=kind)
            )
        if len(self._counts) > _MOST_NAMED:
            print_warning(
                t(
                    "{number:,} more kinds of values that cannot be read",
                    number=len(self._counts) - _MOST_NAMED,
                )
            )

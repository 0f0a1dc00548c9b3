"""The exceptions of the public interface."""

from collections.abc import Iterable

from routekit.diagnostics import Diagnostic
from routekit.policy.decision import Problem
from routekit.translation import plural, t

__all__ = ["InvalidContact", "PolicyError"]

MOST_SHOWN = 20


class PolicyError(Exception):
    """A policy that cannot be used; ``diagnostics`` holds every finding, warnings included.

    ``allowed`` are the warnings that the policy silences in place.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], allowed: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics = tuple(diagnostics)
        self.allowed = tuple(allowed)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from routekit.diagnostics.render import pretty  # late: most policies have no error

        errors = [found for found in self.diagnostics if found.severity == "error"]
        shown = "\n\n".join(pretty(found) for found in errors[:MOST_SHOWN])
        more = len(errors) - MOST_SHOWN
        head = plural("the policy has {number} error", "the policy has {number} errors", len(errors))
        return "\n\n".join([head, shown, *([t("and {more} more", more=more)] if more > 0 else [])])


class InvalidContact(ValueError):  # noqa: N818 - a name that callers rely on
    """A contact with problems, where the caller asked for ``strict``."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems)

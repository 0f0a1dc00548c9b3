"""Why a version does not serve: it must not, or it cannot be had."""

from collections.abc import Iterable

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import pretty

__all__ = ["PolicyRefused", "SourceUnreachable"]

MOST_SHOWN = 20


class PolicyRefused(Exception):  # noqa: N818 - says what happened
    """A version that must not serve: ``reasons`` in words, ``diagnostics`` where the checker found errors."""

    def __init__(self, *reasons: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.reasons = reasons
        self.diagnostics = tuple(diagnostics)
        super().__init__(*reasons)

    def __str__(self) -> str:
        shown = [pretty(found) for found in self.diagnostics[:MOST_SHOWN]]
        return "\n\n".join(["\n".join(self.reasons), *shown])


class SourceUnreachable(OSError):  # noqa: N818 - says what happened
    """An address from which no version can be had now; the message says why, without passwords."""

"""Lays a policy's text out: the same tokens and comments, other white space."""

from collections.abc import Iterable

from routekit.diagnostics import Diagnostic, Reporter, Source
from routekit.diagnostics.render import pretty
from routekit.layout.columns import align
from routekit.layout.declarations import mark_file
from routekit.layout.printing import printed
from routekit.layout.scanning import scan
from routekit.layout.sheet import Sheet
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.parser import parse

__all__ = ["UnreadablePolicyError", "laid_out"]


class UnreadablePolicyError(ValueError):
    """A text that does not parse, so that it cannot be laid out; ``diagnostics`` says why."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(pretty(found) for found in self.diagnostics)


def laid_out(text: str, name: str = "<policy>") -> str:
    """Returns the policy of a text in the one layout: the same meaning, every comment kept where it stands.

    ``name`` is what diagnostics call the text. Lines end with ``\\n``, the last one too; a byte order mark is
    dropped, and a text of nothing but white space comes out empty. What was laid out before stays as it is.
    Columns are left out where the text would become too long to be read, and all else where it still would.

    Raises:
        UnreadablePolicyError: where the text does not parse.

    >>> print(laid_out("segment vip when customer.value>=80   # the best\\nsegment new when a!=b"), end="")
    segment vip  when customer.value >= 80  # the best
    segment new  when a is not b
    """
    source, reporter = Source(name, text.removeprefix("\ufeff")), Reporter()
    file = parse(source, reporter)
    if reporter.has_errors:
        raise UnreadablePolicyError(reporter.found)
    for pads in (True, False):
        sheet = Sheet(scan(file))
        mark_file(sheet, file)
        align(sheet, pads=pads)
        laid = printed(sheet)
        if len(laid) <= MOST_CHARACTERS:
            return laid
    return source.text

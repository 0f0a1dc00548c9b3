"""The clauses between the braces of a declaration, and the names that are listed behind one."""

from collections.abc import Collection, Iterable

from routekit.checker.context import Context
from routekit.syntax import tree

__all__ = ["clauses_once", "names_listed"]


def clauses_once(
    context: Context, clauses: Iterable[tree.Clause], *, often: Iterable[str] = ()
) -> dict[str, tree.Clause]:
    """Returns the clauses by their words; one that stands twice is reported, but for words of ``often``."""
    first: dict[str, tree.Clause] = {}
    for clause in clauses:
        known = first.setdefault(clause.word, clause)
        if known is not clause and clause.word not in often:
            context.report_twice(clause.word, clause.span, known.span)
    return first


def names_listed(
    context: Context, kind: str, idents: Iterable[tree.Ident], known: Collection[str]
) -> tuple[str, ...]:
    """Returns the names of a list; one that is not declared, or stands there twice, is reported."""
    first: dict[str, tree.Ident] = {}
    for ident in idents:
        if ident.name in first:
            context.report_twice(ident.name, ident.span, first[ident.name].span)
        elif context.known(kind, ident, known):
            first[ident.name] = ident
    return tuple(first)

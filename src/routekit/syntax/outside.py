"""The files that a file of a policy names: those it brings in, its lists, its facts, and rows of tables."""

from collections.abc import Iterator, Sequence

from routekit.syntax import tree

__all__ = ["file_tables", "named_files"]


def named_files(file: tree.File) -> Iterator[tree.Literal]:
    """Yields the paths of all of them, as they are written."""
    for declaration in file.declarations:
        match declaration:
            case tree.Use(path=path) | tree.ListNode(file=tree.Literal() as path) | tree.FactsFile(file=path):
                yield path
            case _:
                pass
    yield from (named.path for named in file_tables(file))


def file_tables(file: tree.File) -> Iterator[tree.FromFile]:
    """Yields what the tables of a file say of where their rows are."""
    for declaration in file.declarations:
        match declaration:
            case tree.Route(items=items) | tree.Adjust(items=items):
                yield from _of_items(items)
            case tree.LetNode(value=tree.CasesNode(items=cases)):
                for case in cases:
                    if isinstance(case, tree.CaseTable) and case.file is not None:
                        yield case.file
            case tree.ExampleTableNode(file=tree.FromFile() as named):
                yield named
            case _:
                pass


def _of_items(items: Sequence[tree.RouteItem]) -> Iterator[tree.FromFile]:
    pending = [*reversed(items)]
    while pending:
        item = pending.pop()
        if isinstance(item, tree.TableNode) and item.file is not None:
            yield item.file
        elif isinstance(item, tree.GroupNode):
            pending.extend(reversed(item.items))

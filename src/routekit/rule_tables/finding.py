"""The tables of a policy by the names by which people know them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from routekit.diagnostics import Span, closest
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import t

__all__ = ["FoundTable", "TableError", "TableNode", "find_table", "tables_in"]

TableNode: TypeAlias = tree.TableNode | tree.CaseTable | tree.ExampleTableNode


class TableError(ValueError):
    """A table that cannot be found, or told in a spreadsheet; ``hint`` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table, what people call it and by what word, the file that it stands in, the let that it is of."""

    word: str
    name: str
    node: TableNode
    file: tree.File
    let: tree.LetNode | None = None

    @property
    def span(self) -> Span:
        return self.node.span

    @property
    def opening(self) -> int:
        """Where its columns begin, with their bracket; where it names its file, if it has none."""
        columns = self.node.columns
        if not columns:
            assert self.node.file is not None
            return self.node.file.span.start
        return columns[0].span.source.text.rfind("(", 0, columns[0].span.start)


def tables_in(files: Sequence[tree.File]) -> Iterator[FoundTable]:
    """Yields the tables of a policy: of ``route`` and ``adjust``, of lets, and of examples."""
    for file in files:
        for node in file.declarations:
            match node:
                case tree.Route(items=items):
                    yield from _of_items("route", items, file)
                case tree.Adjust(items=items):
                    yield from _of_items("adjust", items, file)
                case tree.LetNode(value=tree.CasesNode(items=cases)):
                    tables = [case for case in cases if isinstance(case, tree.CaseTable)]
                    for number, table in enumerate(tables, start=1):
                        name = node.name.name if len(tables) == 1 else f"{node.name.name}[{number}]"
                        yield FoundTable("let", name, table, file, node)
                case tree.ExampleTableNode():
                    yield FoundTable("example", unquote(node.title.text), node, file)
                case _:
                    pass


def _of_items(word: str, items: Sequence[tree.RouteItem], file: tree.File) -> Iterator[FoundTable]:
    for item in items:
        if isinstance(item, tree.TableNode):
            yield FoundTable(word, item.name.name, item, file)
        elif isinstance(item, tree.GroupNode):
            yield from _of_items(word, item.items, file)


def find_table(files: Sequence[tree.File], name: str) -> FoundTable:
    """Returns the table that a name means: ``fault_desk``, ``adjust fault_desk`` where several are called so.

    Raises :class:`TableError` for a name of none, or of several.
    """
    tables = [*tables_in(files)]
    found = [table for table in tables if name in (table.name, f"{table.word} {table.name}")]
    if len(found) == 1:
        return found[0]
    if found:
        listed = t(", ").join(f"`{table.word} {table.name}`" for table in found)
        raise TableError(
            t("several tables are called `{name}`", name=name), t("write one of {listed}", listed=listed)
        )
    likely = closest(name, (table.name for table in tables))
    listed = t(", ").join(f"`{table.name}`" for table in tables[:8])
    raise TableError(
        t("the policy has no table `{name}`", name=name),
        t("did you mean `{best}`?", best=likely)
        if likely is not None
        else t("there are {listed}", listed=listed)
        if listed
        else "",
    )

"""Building a module of Python out of ``ast`` nodes: names from a counter, constants through a table.

Nothing that an author wrote becomes text of the program: a name, a text or a number of the policy is an
object in the module's table, and the code knows it by a counted name.
"""

import ast
import linecache
from collections.abc import Callable, Iterable, Sequence
from itertools import count

__all__ = [
    "Module",
    "all_of",
    "assign",
    "at",
    "call",
    "choose",
    "compare",
    "function",
    "is_known",
    "is_missing",
    "negate",
    "when",
]

_numbers = count(1)
_MOST_SHOWN = 100


class Module:
    """Functions that share a table of constants; ``build`` makes them callable, ``source`` shows them."""

    def __init__(self) -> None:
        self._names = count()
        self._functions: list[ast.stmt] = []
        self._interned: dict[tuple[type, object], str] = {}
        self.table: dict[str, object] = {}

    def name(self, kind: str) -> str:
        """A new name; ``kind`` is a letter that tells a reader what it stands for."""
        return f"{kind}{next(self._names)}"

    def constant(self, value: object, kind: str = "k") -> ast.expr:
        """An expression for an object of the policy or of this package."""
        if value is None or value is True or value is False:
            return ast.Constant(value)
        key = (type(value), value) if type(value) in (str, int) else (object, id(value))
        name = self._interned.get(key)
        if name is None:
            name = self._interned[key] = self.name(kind)
            self.table[name] = value  # keeps it alive, so that its id stays its own
        return ast.Name(name, ast.Load())

    def add(self, definition: ast.stmt) -> None:
        """Takes in a function."""
        self._functions.append(definition)

    def build(self) -> tuple[dict[str, object], str]:
        """What the functions' names stand for, and their source, which tracebacks show too."""
        module = ast.Module(self._functions, [])
        ast.fix_missing_locations(module)
        source = f"{ast.unparse(module)}\n\n{self._legend()}"
        file = f"<routekit policy {next(_numbers)}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        names = dict(self.table)
        # reparsed, so that the lines of tracebacks are those of the source; the text is our own, counted
        # names and nothing else
        exec(compile(ast.parse(source), file, "exec"), names)  # noqa: S102
        return names, source

    def _legend(self) -> str:
        """The table as comments, for a reader."""
        lines = []
        for name, value in self.table.items():
            shown = value.__qualname__ if callable(value) and hasattr(value, "__qualname__") else ascii(value)
            lines.append(f"# {name} = {shown if len(shown) <= _MOST_SHOWN else shown[:_MOST_SHOWN] + ' …'}")
        return "\n".join(lines) + "\n"

"""Building a module of Python out of ``ast`` nodes: names from a counter, constants through a table.

Nothing that an author wrote becomes a part of the program: a name, a text or a number of the policy is an
object in the module's table, and the code knows it by a counted name.
"""

import ast
import linecache
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from types import MappingProxyType
from weakref import finalize, ref

__all__ = [
    "Module",
    "all_of",
    "any_of",
    "assign",
    "at",
    "call",
    "choose",
    "compare",
    "load",
    "method",
    "negate",
    "when",
]

_numbers = count(1)
_MOST_SHOWN = 80
_SHOWN = (str, float, bool, date, timedelta)


class Module:
    """Functions that share a table of constants; ``build`` makes them callable, with their source."""

    def __init__(self) -> None:
        self._names = count()
        self._functions: list[ast.FunctionDef] = []
        self._interned: dict[tuple[type, object], str] = {}
        self._table: dict[str, object] = {}

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
            self._table[name] = value  # which keeps it alive, so that its id stays its own
        return load(name)

    def function(
        self,
        kind: str,
        parameters: Sequence[str],
        body: list[ast.stmt],
        defaults: Sequence[ast.expr] = (),
        options: Mapping[str, ast.expr] = MappingProxyType({}),
    ) -> str:
        """Takes in a function; its name. ``options`` are parameters to be named, each with its default."""
        name = self.name(kind)
        given = [ast.arg(parameter) for parameter in parameters]
        named = [ast.arg(option) for option in options]
        arguments = ast.arguments([], given, None, named, list(options.values()), None, list(defaults))
        definition = ast.FunctionDef(name, arguments, body, [])
        definition.__dict__.setdefault("type_params", [])  # a part of a definition since Python 3.12
        self._functions.append(definition)
        return name

    def build(self) -> dict[str, object]:
        """What the names of the functions and constants stand for; tracebacks show the source."""
        line = 1
        for function in self._functions:
            line = _place([function], line) + 2
        file = f"routekit-policy-{next(_numbers)}.py"
        names = {**self._table, "module": self}  # which lives as long as its functions do
        module = ref(self)
        linecache.cache[file] = (lambda: _source_of(module),)  # asked for only when shown
        finalize(self, linecache.cache.pop, file, None).atexit = False
        code = compile(ast.Module(list(self._functions), []), file, "exec")
        exec(code, names)  # noqa: S102  # nodes of our own, not text
        return names

    @property
    def source(self) -> str:
        """The functions as Python writes them, and behind them what the names of constants stand for."""
        functions = [f"{ast.unparse(function)}\n\n\n" for function in self._functions]
        return "".join(functions) + "".join(
            f"# {name} = {_show(value)}\n" for name, value in self._table.items()
        )


def _source_of(module: "ref[Module]") -> str:
    known = module()
    return "" if known is None else known.source


def _place(statements: Iterable[ast.stmt], line: int) -> int:
    """Gives each statement the line on which ``unparse`` writes it; the line behind them."""
    for statement in statements:
        heads: list[ast.AST] = [statement]
        match statement:
            case ast.If(test, body, orelse):
                heads += ast.walk(test)
                after = _place(body, line + 1)
                is_elif = len(orelse) == 1 and isinstance(orelse[0], ast.If)
                after = _place(orelse, after + (0 if is_elif or not orelse else 1))
            case ast.FunctionDef(_, arguments, body):
                heads += ast.walk(arguments)
                after = _place(body, line + 1)
            case ast.Try(body, handlers):
                after = _place(body, line + 1)
                for handler in handlers:
                    for node in (handler, *ast.walk(handler.type or handler)):
                        _set_line(node, after)
                    after = _place(handler.body, after + 1)
            case _:
                heads += ast.walk(statement)
                after = line + 1
        for node in heads:
            _set_line(node, line)
        line = after
    return line


def _set_line(node: ast.AST, line: int) -> None:
    if "lineno" in node._attributes:
        node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
        node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]


def _show(value: object) -> str:
    """A constant as a comment of the source shows it, in one short line."""
    if isinstance(value, _SHOWN):
        shown = ascii(value)
    elif isinstance(value, int):
        shown = str(value) if value.bit_length() <= 64 else f"a mask of {value.bit_length()} bits"
    else:
        shown = getattr(value, "__qualname__", None) or f"a {type(value).__name__}"
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]} …"


def load(name: str) -> ast.expr:
    """The value of a name."""
    return ast.Name(name, ast.Load())


def assign(name: str, value: ast.expr) -> ast.stmt:
    """``name = value``."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def at(container: ast.expr, key: ast.expr) -> ast.expr:
    """``container[key]``."""
    return ast.Subscript(container, key, ast.Load())


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """``function(…)``."""
    return ast.Call(function, list(arguments), [])


def method(owner: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    """``owner.name(…)``; the name is one of this package's code, never a policy's."""
    return ast.Call(ast.Attribute(owner, name, ast.Load()), list(arguments), [])


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    """``left operator right``."""
    return ast.Compare(left, [operator], [right])


def choose(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """``then if test else otherwise``."""
    return ast.IfExp(test, then, otherwise)


def negate(test: ast.expr) -> ast.expr:
    """``not test``."""
    return ast.UnaryOp(ast.Not(), test)


def all_of(tests: Iterable[ast.expr]) -> ast.expr:
    """``… and …``; true where there is none."""
    return _joined(ast.And(), list(tests), ast.Constant(True))


def any_of(tests: Iterable[ast.expr]) -> ast.expr:
    """``… or …``; false where there is none."""
    return _joined(ast.Or(), list(tests), ast.Constant(False))


def _joined(operator: ast.boolop, tests: list[ast.expr], none: ast.expr) -> ast.expr:
    return ast.BoolOp(operator, tests) if len(tests) > 1 else tests[0] if tests else none


def when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.stmt:
    """``if test: … else: …``."""
    return ast.If(test, then, otherwise or [])

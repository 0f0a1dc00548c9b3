"""Building a module of Python out of ``ast`` nodes: names from a counter, constants through a table.

Nothing that an author wrote becomes a part of the program: a name, a text or a number of the policy is an
object in the module's table, and the code knows it by a counted name. What an author called a thing is only a
hint for the reader, of which no more than ``a-z``, ``0-9`` and ``_`` is kept; the number behind it makes the
name unlike every keyword, every builtin, every name of this package's own and every other counted one.
"""

import ast
import linecache
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import cast
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
    "filled",
    "load",
    "method",
    "negate",
    "put",
    "unpack",
    "when",
]

_numbers = count(1)
_MOST_SHOWN = 80
_SHOWN = (str, float, bool, date, timedelta)
_LONGEST_HINT = 32
_KINDS = {
    datetime: "moment",
    date: "day",
    timedelta: "span",
    frozenset: "values",
    tuple: "values",
    dict: "table",
    list: "table",
}


class Module:
    """Functions that share a table of constants; ``build`` makes them callable, with their source."""

    def __init__(self) -> None:
        self._names = count()
        self._functions: list[ast.FunctionDef] = []
        self._interned: dict[tuple[type, object], str] = {}
        self._table: dict[str, object] = {}

    def name(self, hint: str) -> str:
        """A new name, which tells a reader what it stands for.

        >>> Module().name("customer.value")
        'customer_value_0'
        >>> Module().name("__import__('os') 客户")
        'import_os_0'
        """
        return f"{_plain(hint)}_{next(self._names)}"

    def constant(self, value: object, hint: str = "") -> ast.expr:
        """An expression for an object of the policy or of this package; each object has one name."""
        if value is None or value is True or value is False:
            return ast.Constant(value)
        key = (type(value), value) if type(value) in (str, int) else (object, id(value))
        name = self._interned.get(key)
        if name is None:
            name = self._interned[key] = self.name(hint or _hint_of(value))
            self._table[name] = value  # which keeps it alive, so that its id stays its own
        return load(name)

    def function(
        self,
        hint: str,
        parameters: Sequence[str],
        body: list[ast.stmt],
        defaults: Sequence[ast.expr] = (),
        options: Mapping[str, ast.expr] = MappingProxyType({}),
    ) -> str:
        """Takes in a function; its name. ``options`` are parameters to be named, each with its default."""
        name = self.name(hint)
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


def _plain(hint: str) -> str:
    """What of a hint may stand in an identifier, behind a letter."""
    words = "_".join(re.findall("[a-z0-9]+", hint.lower()))[:_LONGEST_HINT].strip("_")
    return words if words[:1].isalpha() else f"n{words}" if words else "value"


def _hint_of(value: object) -> str:
    """What a constant is called where nobody knows better."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value) if abs(value) < 1e6 else "number"
    return _KINDS.get(type(value)) or str(getattr(value, "__name__", type(value).__name__))


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


def unpack(names: Sequence[str], value: ast.expr) -> ast.stmt:
    """``a, b = value``."""
    return ast.Assign([ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())], value)


def at(container: ast.expr, key: ast.expr) -> ast.expr:
    """``container[key]``."""
    return ast.Subscript(container, key, ast.Load())


def put(container: ast.expr, key: ast.expr, value: ast.expr) -> ast.stmt:
    """``container[key] = value``."""
    return ast.Assign([ast.Subscript(container, key, ast.Store())], value)


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


def filled(code: str, operands: Mapping[str, ast.expr]) -> ast.expr:
    """An expression of Python in which other code stands for its names; the code is this package's own.

    >>> ast.unparse(filled("part in text", {"part": ast.Constant("a"), "text": load("t")}))
    "'a' in t"
    """
    return cast("ast.expr", _Filling(operands).visit(ast.parse(code, mode="eval").body))


class _Filling(ast.NodeTransformer):
    def __init__(self, operands: Mapping[str, ast.expr]) -> None:
        self._operands = operands

    def visit_Name(self, node: ast.Name) -> ast.expr:  # the name that ast gives it
        return self._operands[node.id]

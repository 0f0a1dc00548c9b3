"""What reading, checking and compiling a policy takes, beside lark's bare parse of its text."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from time import perf_counter

from lark import Lark

from benchmarks.engines.routekit_policy import render
from benchmarks.workload import Order, make_rules
from routekit import Engine, Policy
from routekit.syntax.generate import RouteLexer

__all__ = ["Loading", "measure_loading"]

ROUNDS = 3
SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Loading:
    """Seconds, the best of a few rounds.

    ``parse`` is lark with the project's grammar and lexer, building nothing; ``parse_to_trees`` the
    same, building lark's own trees; ``read`` is ``Policy.from_text``, ``compile`` is ``Engine``.
    """

    rules: int
    characters: int
    parse: float
    parse_to_trees: float
    read: float
    compile: float

    @property
    def ratio(self) -> float:
        """From text to engine, against the bare parse."""
        return (self.read + self.compile) / self.parse


class _Nothing:
    """In the place of a tree builder: whatever lark asks it to build, it builds nothing."""

    def __getattr__(self, name: str) -> Callable[[list[object]], None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _drop


def _drop(_children: list[object]) -> None:
    return None


def measure_loading(count: int) -> Loading:
    """The parts of loading a policy of so many rules, in turns."""
    text = render(make_rules(count, Order.SPECIFIC))
    grammar = (files("routekit.syntax") / "grammar.lark").read_text(encoding="utf-8")
    bare = Lark(grammar, parser="lalr", lexer=RouteLexer, transformer=_Nothing())
    with_trees = Lark(grammar, parser="lalr", lexer=RouteLexer)
    policy = Policy.from_text(text)
    parts: dict[str, Callable[[], object]] = {
        "parse": lambda: bare.parse(text),
        "parse_to_trees": lambda: with_trees.parse(text),
        "read": lambda: Policy.from_text(text),
        "compile": lambda: Engine(policy),
    }
    best = dict.fromkeys(parts, float("inf"))
    begun = perf_counter()
    for _ in range(ROUNDS):
        for name, part in parts.items():
            gc.collect()
            start = perf_counter()
            part()
            best[name] = min(best[name], perf_counter() - start)
        if perf_counter() - begun > SECONDS:
            break
    return Loading(count, len(text), **best)

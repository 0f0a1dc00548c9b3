"""Makes the parser's tables of the grammar, by lark: ``python -m routekit.syntax.generate``.

The tables are kept in ``tables.json``, since lark and the making take longer than all that a command does
on a small policy. They are plain data, the same on every machine.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lark import Lark, Token
from lark.common import LexerConf
from lark.grammar import Rule as LarkRule
from lark.lexer import Lexer, LexerState
from lark.parsers.lalr_analysis import Shift

from routekit.syntax.automaton import END, RuleData, TableData, fingerprint, grammar
from routekit.syntax.lexer import tokens

__all__ = ["RouteLexer", "generate", "rendered"]


def generate() -> TableData:
    """Returns the tables of ``grammar.lark``."""
    text = grammar()
    lark = Lark(text, parser="lalr", lexer=RouteLexer, keep_all_tokens=True, maybe_placeholders=True)
    frontend: Any = lark.parser  # lark has no types for its tables
    table = frontend.parser.parser.parse_table
    rules = sorted(lark.rules, key=_written)
    numbers = {rule: number for number, rule in enumerate(rules)}
    (start,), (end,) = table.start_states.values(), table.end_states.values()
    order = _in_order(table.states, start)
    return {
        "grammar": fingerprint(text),
        "start": order[start],
        "end": order[end],
        "keywords": {terminal.pattern.value: terminal.name for terminal in _by_name(lark)},
        "rules": [_rule(rule) for rule in rules],
        "states": [
            {
                terminal: order[target] if action is Shift else ~numbers[target]
                for terminal, (action, target) in sorted(table.states[state].items())
            }
            for state in order
        ],
    }


def rendered(data: TableData) -> str:
    """Gives the content of ``tables.json``: a rule a line and a state a line, so that changes can be read."""
    parts = []
    for key, value in data.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in value)
            parts.append(f'"{key}": [\n{rows}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _by_name(lark: Lark) -> list[Any]:
    return sorted(lark.terminals, key=lambda terminal: terminal.name)


def _written(rule: LarkRule) -> tuple[str, list[str]]:
    return str(rule.origin.name), [symbol.name for symbol in rule.expansion]


def _in_order(states: Mapping[int, Mapping[str, tuple[object, Any]]], start: int) -> dict[int, int]:
    """Numbers for the states as they are met from the first one on, whatever order lark has them in."""
    numbers, pending = {start: 0}, [start]
    for state in pending:
        for _, (action, target) in sorted(states[state].items()):
            if action is Shift and target not in numbers:
                numbers[target] = len(numbers)
                pending.append(target)
    return numbers


def _rule(rule: LarkRule) -> RuleData:
    order: list[int | None] = []
    place = 0
    for is_left_out in rule.options.empty_indices or [False] * len(rule.expansion):
        if is_left_out:
            order.append(None)
            continue
        symbol = rule.expansion[place]
        is_list = not symbol.is_term and symbol.name.startswith("_")
        order.append(~place if is_list else place)
        place += 1
    origin, size = str(rule.origin.name), len(rule.expansion)
    stands_for_its_piece = rule.options.expand1 and not rule.alias
    if stands_for_its_piece and any(part is not None and part < 0 for part in order):
        raise ValueError(f"`?{origin}` has a part that repeats: give that case a name of its own by `->`")
    if origin.startswith("_"):
        method = "repeated"
    elif stands_for_its_piece and len(order) == 1:
        method = "only_one"
    else:
        method = str(rule.alias or origin)
    return origin, size, method, None if order == list(range(size)) else order


class _LarkParser:
    """lark's parser state, as the lexer asks it."""

    def __init__(self, state: Any) -> None:
        self._states = state.parse_conf.states
        self._end = state.parse_conf.end_state
        self._stack = state.state_stack

    def actions(self) -> Mapping[str, tuple[object, Any]]:
        actions: Mapping[str, tuple[object, Any]] = self._states[self._stack[-1]]
        return actions

    def takes(self, terminal: str) -> bool:
        stack = self._stack.copy()
        while not (terminal == END and stack[-1] == self._end):
            action, target = self._states[stack[-1]].get(terminal, (None, None))
            if action is None or action is Shift:
                return action is Shift
            if target.expansion:
                del stack[-len(target.expansion) :]
            stack.append(self._states[stack[-1]][target.origin.name][1])
        return True


class RouteLexer(Lexer):
    """The lexer as lark asks for it."""

    __future_interface__ = 1

    def __init__(self, conf: LexerConf) -> None:
        self._keywords = {terminal.pattern.value: terminal.name for terminal in conf.terminals}

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
        text: Any = lexer_state.text
        parser = _LarkParser(parser_state)
        return tokens(getattr(text, "text", text), 0, parser, self._keywords, [], _token)


def _token(kind: str, value: str, start: int, end: int) -> Token:
    return Token(kind, value, start, end_pos=end)


def main() -> None:
    """Writes ``tables.json`` beside the grammar."""
    path = Path(__file__).with_name("tables.json")
    path.write_text(rendered(generate()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

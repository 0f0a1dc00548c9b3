"""Comparisons by `==` and `!=`, which the language also has and nobody should have to read."""

from collections.abc import Iterator
from dataclasses import fields

from routekit.diagnostics import Edit, Fix, Reporter, Source, Span
from routekit.syntax.lexer import RAW_TOKEN
from routekit.syntax.parser import parse
from routekit.syntax.tree import File, Node, Test

__all__ = ["in_words"]

_WORDS = {"==": "is", "!=": "is not"}


def in_words(file: File) -> list[Edit]:
    """The edits that write such signs of a file as words, without a change of what it says."""
    edits = [edit for node in _nodes(file.declarations) if isinstance(node, Test) for edit in _signs(node)]
    if not edits or not file.is_whole:
        return []
    text, end = "", 0
    for edit in sorted(edits, key=lambda edit: edit.span.start):
        text += file.source.text[end : edit.span.start] + edit.text
        end = edit.span.end
    again = parse(Source(file.source.name, text + file.source.text[end:]), Reporter())
    return edits if again == file else []


def _signs(test: Test) -> Iterator[Edit]:
    source = test.span.source
    for match in RAW_TOKEN.finditer(source.text, test.left.span.end, test.right.span.start):
        if match.group() in _WORDS:
            fix = Fix.words(Span(source, match.start(), match.end()), _WORDS[match.group()])
            yield from fix.edits


def _nodes(root: object) -> Iterator[Node]:
    pending = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(item)
        elif isinstance(item, Node):
            yield item
            pending.extend(getattr(item, each.name) for each in fields(item))

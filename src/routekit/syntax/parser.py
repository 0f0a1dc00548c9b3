"""Reads a policy's text into its tree, going on behind each mistake to find the next one.

After a syntax error the parser drops the item that it stands in (a declaration, a rule, a row's table,
an offer), looks for the next item at the same depth of braces, and reads on. The names in what was
dropped are remembered, so that nothing is called unknown only because its declaration did not parse.
"""

import re
from collections.abc import Iterator

from routekit.diagnostics import Reporter, Source, Span
from routekit.syntax.automaton import Automaton
from routekit.syntax.braces import margin
from routekit.syntax.hidden import report_hidden_characters
from routekit.syntax.lexer import (
    DECLARATIONS,
    ITEMS,
    RAW_TOKEN,
    Lexeme,
    tokens,
)
from routekit.syntax.limits import (
    LARGEST_WHOLE,
    MOST_CHARACTERS,
    MOST_DIGITS,
    MOST_NAME,
    MOST_NESTING,
    MOST_TEXT,
)
from routekit.syntax.mistakes import Mistakes, is_between_items, nesting
from routekit.syntax.punctuation import with_plain_punctuation
from routekit.syntax.tables import tables
from routekit.syntax.tree import Comment, Declaration, File
from routekit.translation import t

__all__ = ["is_within_limits", "parse"]

MOST_SYNTAX_ERRORS = 50
_MEASURED = re.compile(
    r'(?P<COMMENT>#[^\n]*)|(?P<TEXT>"(?:[^"\\\n]|\\.)*")|(?P<NUMBER>[0-9]+(?:\.[0-9]+)?)|(?P<NAME>\w+)|[^\s\w]'
)
_UNREAD = re.compile(r'"[^\n]*|[^\w\s{}"#]+')
"""What no token begins with: the rest of a line behind a text that is not closed, strange characters."""

_LENGTHS = {
    "TEXT": ("text", MOST_TEXT + 2),
    "NUMBER": ("number", MOST_DIGITS),
    "NAME": ("name", MOST_NAME),
}


def parse(source: Source, reporter: Reporter) -> File:
    """Returns the tree of a source; what cannot be read is reported and left out.

    >>> from routekit.diagnostics import Reporter, Source
    >>> parse(Source("a.route", 'policy care "Care"'), Reporter()).declarations[0].name.name
    'care'
    """
    if len(source.text) > MOST_CHARACTERS:
        reporter.report(
            "RK005",
            t(
                "the file has {count:,} characters, {most_characters:,} at most are read",
                count=len(source.text),
                most_characters=MOST_CHARACTERS,
            ),
            Span(source, 0, 0),
            help=t("split the policy, or keep long lists in files of their own"),
        )
        return File(source, (), (), is_whole=False)
    report_hidden_characters(source, reporter)
    text = with_plain_punctuation(source, reporter)
    if not is_within_limits(source, text, reporter):
        return File(source, (), (), is_whole=False)
    return _Run(source, text, reporter).file()


class _Run:
    """One reading of one source; ``text`` has the language's own signs where the source has others."""

    def __init__(self, source: Source, text: str, reporter: Reporter) -> None:
        self._source = source
        self._text = text
        self._reporter = reporter
        self._comments: list[tuple[int, str]] = []
        self._lost: set[str] = set()
        self._failed = text != source.text
        self._automaton = Automaton(tables())
        self._mending = False

    def file(self) -> File:
        declarations = self._declarations()
        comments = tuple(
            Comment(Span(self._source, start, start + len(text)), text)
            for start, text in sorted(set(self._comments))
        )
        return File(self._source, declarations, comments, frozenset(self._lost), not self._failed)

    def _make(self, kind: str, value: str, start: int, end: int) -> Lexeme:
        return Lexeme(self._source, kind, value, start, end)

    def _lexemes(self, start: int) -> Iterator[Lexeme]:
        yield from tokens(
            self._text, start, self._automaton, tables().keywords, self._comments, self._make, self._mending
        )
        end = len(self._text)
        yield Lexeme(self._source, "$END", "", end, end)

    def _declarations(self) -> tuple[Declaration, ...]:
        position = 0
        for _ in range(1 + MOST_SYNTAX_ERRORS):
            failed = None
            for lexeme in self._lexemes(position):
                if not self._automaton.feed(lexeme):
                    failed = lexeme
                    break
            if failed is None:
                return tuple(self._automaton.values[-1])
            self._failed = True
            if not self._mending:
                self._mending, self._automaton = True, Automaton(tables())
                continue
            mistakes = Mistakes(self._source, self._text, self._reporter, self._automaton)
            position = self._resume_at(failed, mistakes.report(failed))
        return ()

    # going on behind a mistake

    def _resume_at(self, failed: Lexeme, begin: int) -> int:
        """Drops the broken item, leaves the parser where the next one may come, and says where that is.

        It is looked for from ``begin`` on.
        """
        depth = sum(map(nesting, self._automaton.values))
        for word, start in self._landmarks(begin):
            if word == "{":
                depth += 1
            elif word == "}":
                if depth and self._unwind(depth, "RBRACE", failed, start):
                    return start
                depth = max(0, depth - 1)
            else:
                if word in DECLARATIONS:
                    depth = 0
                if self._unwind(depth, tables().keywords[word], failed, start):
                    return start
        self._unwind(0, "$END", failed, len(self._text))
        return len(self._text)

    def _landmarks(self, position: int) -> Iterator[tuple[str, int]]:
        """Braces, and words that begin an item or a declaration, from a position on.

        An item begins a line; a declaration begins one that is no deeper than the file's first.
        """
        text = self._text
        furthest = margin(text)
        while position < len(text):
            match = RAW_TOKEN.match(text, position)
            if match is None:
                unread = _UNREAD.match(text, position)
                position = unread.end() if unread else position + 1
                continue
            word, start = match.group(), match.start()
            position = match.end()
            if match.lastgroup == "COMMENT":
                self._comments.append((start, word))
            elif word in ("{", "}"):
                yield word, start
            elif match.lastgroup == "NAME" and (word in ITEMS or word in DECLARATIONS):
                before = text[text.rfind("\n", 0, start) + 1 : start]
                if not before.strip() and (word in ITEMS or len(before) <= furthest):
                    yield word, start

    def _begins_line(self, failed: Lexeme) -> bool:
        """Whether what was read before is on other lines."""
        return not self._text[self._text.rfind("\n", 0, failed.start) + 1 : failed.start].strip()

    def _unwind(self, depth: int, terminal: str, failed: Lexeme, end: int) -> bool:
        """Pops the parser back to where the terminal begins or ends an item, within so many open braces."""
        stack, values = self._automaton.stack, self._automaton.values
        opened, kept = sum(map(nesting, values)), len(values)
        probe = Automaton(self._automaton.tables, stack.copy())
        is_complete = opened == depth and self._begins_line(failed) and probe.takes(terminal)
        while not (is_complete or (opened == depth and is_between_items(probe) and probe.takes(terminal))):
            if kept == 0 or opened < depth or (opened == depth and nesting(values[kept - 1]) > 0):
                return False
            kept -= 1
            opened -= nesting(values[kept])
            probe.stack.pop()
        dropped = [value for value in values[kept:] if isinstance(value, Lexeme)]
        start = min((lexeme.start for lexeme in dropped), default=failed.start)
        self._lost.update(re.findall(r"[^\W\d]\w*", self._text[start:end]))
        del stack[kept + 1 :], values[kept:]
        return True


# limits


def is_within_limits(source: Source, text: str, reporter: Reporter) -> bool:
    """Checks whether the text may be parsed at all: nothing in it is deeper or longer than can be handled.

    Brackets nest, and so do words without them, such as ``not not not``.
    """
    depth, run = 0, 0
    for match in _MEASURED.finditer(text):
        token, kind = match.group(), match.lastgroup
        if kind == "COMMENT":
            continue
        run = run + 1 if token in ("not", "-") else 0
        if token in ("(", "{"):
            depth += 1
        elif token in (")", "}"):
            depth = max(0, depth - 1)
        if depth > MOST_NESTING or run > MOST_NESTING:
            reporter.report(
                "RK006",
                t("nested more than {most_nesting} levels deep", most_nesting=MOST_NESTING),
                Span(source, match.start(), match.end()),
                help=t("name a part of the condition with `segment` or `let`"),
            )
            return False
        what, most = _LENGTHS.get(kind or "", ("", 0))
        if kind == "NUMBER" and "." not in token and (len(token) > most or int(token) > LARGEST_WHOLE):
            reporter.report(
                "RK007",
                t(
                    "a whole number above {largest_whole:,}, more than 64 bits hold",
                    largest_whole=LARGEST_WHOLE,
                ),
                Span(source, match.start(), match.end()),
                help=t("write a larger one with a point: `1000.0`"),
            )
            return False
        if what and len(token) > most:
            reporter.report(
                "RK007",
                t(
                    "a {what} of {count:,} characters, {most:,} at most are read",
                    what=t(what),
                    count=len(token),
                    most=most,
                ),
                Span(source, match.start(), match.start() + 1),
            )
            return False
    return True

"""Reads a policy's text into its tree, going on behind each mistake to find the next one.

After a syntax error the parser drops the item that it stands in (a declaration, a rule, a row's table,
an offer), looks for the next item at the same depth of braces, and reads on. The names in what was
dropped are remembered, so that nothing is called unknown only because its declaration did not parse.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice

from routekit.diagnostics import Advice, Fix, Reporter, Source, Span
from routekit.syntax.automaton import Automaton
from routekit.syntax.calendar_mistakes import mistaken_days
from routekit.syntax.hidden import is_hidden, report_hidden_characters
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
from routekit.syntax.tables import tables
from routekit.syntax.tree import Comment, Declaration, File
from routekit.syntax.words import expectation, in_words

__all__ = ["parse"]

MOST_SYNTAX_ERRORS = 50
_LOOKED_AHEAD = 5
"""Tokens behind a mistake that a fix of it must make readable."""

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
_HELP = {
    "=": "a comparison is written `is`",
    "&": "conditions are joined by `and`",
    "|": "conditions are joined by `or`",
    "!": "write `not`, or `is not`",
    "“": 'texts stand between straight quotes: "…"',
    "”": 'texts stand between straight quotes: "…"',
    "„": 'texts stand between straight quotes: "…"',
    "'": 'texts stand between double quotes: "…"',
    "‘": 'texts stand between double quotes: "…"',
    "’": 'texts stand between double quotes: "…"',
    ";": "nothing separates declarations; write them one below the other",
    "–": "write a plain `-`",
    "—": "write a plain `-`",
    "≥": "write `>=`",
    "≤": "write `<=`",
    "≠": "write `is not`",
}


_MEANT = {"≥": ">=", "≤": "<=", "≠": "is not"}
"""What to write for a strange character, where that is all that it takes."""


@cache
def _spelling() -> dict[str, str]:
    return {terminal: text for text, terminal in tables().keywords.items()}


def parse(source: Source, reporter: Reporter) -> File:
    """Returns the tree of a source; what cannot be read is reported and left out.

    >>> from routekit.diagnostics import Reporter, Source
    >>> parse(Source("a.route", 'policy care "Care"'), Reporter()).declarations[0].name.name
    'care'
    """
    if len(source.text) > MOST_CHARACTERS:
        reporter.report(
            "RK005",
            f"the file has {len(source.text):,} characters, {MOST_CHARACTERS:,} at most are read",
            Span(source, 0, 0),
            help="split the policy, or keep long lists in files of their own",
        )
        return File(source, (), (), is_whole=False)
    report_hidden_characters(source, reporter)
    if not _is_within_limits(source, reporter):
        return File(source, (), (), is_whole=False)
    return _Run(source, reporter).file()


class _Run:
    """One reading of one source."""

    def __init__(self, source: Source, reporter: Reporter) -> None:
        self._source = source
        self._reporter = reporter
        self._comments: list[tuple[int, str]] = []
        self._lost: set[str] = set()
        self._failed = False
        self._automaton = Automaton(tables())

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
            self._source.text, start, self._automaton, tables().keywords, self._comments, self._make
        )
        end = len(self._source.text)
        yield Lexeme(self._source, "$END", "", end, end)

    def _declarations(self) -> tuple[Declaration, ...]:
        position = 0
        for _ in range(MOST_SYNTAX_ERRORS):
            failed = None
            for lexeme in self._lexemes(position):
                if not self._automaton.feed(lexeme):
                    failed = lexeme
                    break
            if failed is None:
                return tuple(self._automaton.values[-1])
            self._failed = True
            self._report(failed)
            position = self._resume_at(failed)
        return ()

    def _report(self, found: Lexeme) -> None:
        if found.type == "BAD":
            self._report_character(found)
            return
        terminals = self._automaton.actions()
        possible = [
            name for name in terminals if name.isupper() or name == "$END" or name.startswith("__ANON")
        ]
        possible = [name for name in possible if self._automaton.takes(name)]
        expected = expectation(possible, _spelling())
        what = in_words("$END", {}) if found.type == "$END" else f"`{_short(found.value)}`"
        message = f"expected {expected}, found {what}" if expected else f"{what} cannot stand here"
        help_ = self._help_in_calendar(found) or self._help(found) or self._likely_word(found, possible)
        self._reporter.report("RK001", message, found.span, help=help_)

    def _likely_word(self, found: Lexeme, possible: list[str]) -> Advice:
        """The keyword that a word may have been meant as."""
        words = [_spelling()[name] for name in possible if _spelling().get(name, "").isalpha()]
        if found.value == "if" and "when" in words:
            fix = Fix.replace(found.span, "when") if self._goes_on(found, "when") else None
            return Advice("a condition begins with `when`", fix)
        if not found.value.isidentifier():
            return Advice()
        advice = self._reporter.did_you_mean(found.value, words, at=found.span)
        meant = advice.fix.edits[0].text if advice.fix is not None else ""
        return advice if self._goes_on(found, meant) else Advice(advice.text)

    def _goes_on(self, found: Lexeme, word: str) -> bool:
        """Whether the text can be read on, past a few tokens, with a word in the place of the one found."""
        terminal, text = tables().keywords.get(word), self._source.text
        probe = None if terminal is None else self._automaton.after(terminal)
        if probe is None:
            return False
        following = tokens(text, found.end, probe, tables().keywords, [], self._make)
        return all(probe.pass_over(lexeme.type) for lexeme in islice(following, _LOOKED_AHEAD))

    def _help_in_calendar(self, found: Lexeme) -> Advice:
        read = self._automaton.values
        is_within = any(isinstance(value, Lexeme) and value.type == "CALENDAR" for value in read)
        return mistaken_days(self._source, found.span) if is_within else Advice()

    def _help(self, found: Lexeme) -> str | Advice:
        before = self._source.text[max(0, found.start - 200) : found.start].rstrip()
        after = self._source.text[found.end : found.end + 1]
        match found.value:
            case "=":
                return _instead(found, "is" if self._goes_on(found, "is") else "")
            case "|" if after == "|":
                return _HELP["|"]
            case "{" if re.search(r"\bis(\s+not)?\s+in$", before):
                return "write `x in {…}` or `x not in {…}`"
            case "," if before[-1:].isdigit() and after.isdigit():
                return "a fraction is written with a point: `1.5`"
            case "<" | "<=" | ">" | ">=":
                return "one comparison at a time; a range is asked by `x in a..b`"
            case ".." if re.search(r"\(\s*\S+$", before):
                return "a range stands without brackets: `x in a..b`"
        if found.type == "$END" and any(_is_open(value) for value in self._automaton.values):
            return "a `{` is not closed"
        return ""

    def _report_character(self, found: Lexeme) -> None:
        if found.value == '"':
            line_end = self._source.text.find("\n", found.start)
            end = line_end if line_end >= 0 else len(self._source.text)
            self._reporter.report(
                "RK002",
                "this text is not closed",
                Span(self._source, found.start, end),
                help='a text ends with `"` on the line on which it starts',
            )
            return
        if any(map(is_hidden, found.value)):
            return  # reported already
        plain = unicodedata.normalize("NFKC", found.value)
        if plain != found.value and found.value[0].isalnum():
            self._reporter.report(
                "RK009",
                f"`{found.value}` is no name: it stands for `{plain}`",
                found.span,
                help="write it with letters, digits and `_`, not beginning with a digit",
            )
            return
        self._reporter.report(
            "RK009",
            f"the character `{found.value}` has no meaning here",
            found.span,
            help=_instead(found, _MEANT.get(found.value, "")),
        )

    # going on behind a mistake

    def _resume_at(self, failed: Lexeme) -> int:
        """Drops the broken item, leaves the parser where the next one may come, and says where that is."""
        depth = sum(_is_open(value) for value in self._automaton.values)
        for word, start in self._landmarks(failed.start):
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
        self._unwind(0, "$END", failed, len(self._source.text))
        return len(self._source.text)

    def _landmarks(self, position: int) -> Iterator[tuple[str, int]]:
        """Braces, and words that begin an item or a declaration, from the failed token on.

        An item begins a line; a declaration begins one that is no deeper than the file's first.
        """
        text = self._source.text
        margin = _margin(text)
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
                if not before.strip() and (word in ITEMS or len(before) <= margin):
                    yield word, start

    def _unwind(self, depth: int, terminal: str, failed: Lexeme, end: int) -> bool:
        """Pops the parser back to where the terminal begins or ends an item, within so many open braces."""
        stack, values = self._automaton.stack, self._automaton.values
        opened = sum(_is_open(value) for value in values)
        kept = len(values)
        while opened > depth:
            kept -= 1
            opened -= _is_open(values[kept])
        probe = Automaton(self._automaton.tables, stack[: kept + 1])
        while opened < depth or not (_is_between_items(probe) and probe.takes(terminal)):
            if kept == 0 or _is_open(values[kept - 1]) or opened < depth:
                return False
            kept -= 1
            probe.stack.pop()
        dropped = [value for value in values[kept:] if isinstance(value, Lexeme)]
        start = min((lexeme.start for lexeme in dropped), default=failed.start)
        self._lost.update(re.findall(r"[^\W\d]\w*", self._source.text[start:end]))
        del stack[kept + 1 :], values[kept:]
        return True


def _is_between_items(probe: Automaton) -> bool:
    """Whether a declaration, a rule or an offer begins right here, so that whole ones are dropped."""
    actions = probe.actions()
    return any(actions.get(word, -1) >= 0 for word in ("SEGMENT", "RULE", "OFFER"))


def _is_open(value: object) -> bool:
    return isinstance(value, Lexeme) and value.type == "LBRACE"


def _margin(text: str) -> int:
    """How far in the first declaration stands."""
    match = re.search(r"^([ \t]*)[^\s#]", text, re.MULTILINE)
    return len(match.group(1)) if match else 0


def _instead(found: Lexeme, meant: str) -> Advice:
    fix = Fix.words(found.span, meant) if meant else None
    return Advice(_HELP.get(found.value, ""), fix)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


# limits


def _is_within_limits(source: Source, reporter: Reporter) -> bool:
    """Whether the text may be parsed at all: nothing in it is deeper or longer than can be handled.

    Brackets nest, and so do words without them, such as ``not not not``.
    """
    depth, run = 0, 0
    for match in _MEASURED.finditer(source.text):
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
                f"nested more than {MOST_NESTING} levels deep",
                Span(source, match.start(), match.end()),
                help="name a part of the condition with `segment` or `let`",
            )
            return False
        what, most = _LENGTHS.get(kind or "", ("", 0))
        if kind == "NUMBER" and "." not in token and (len(token) > most or int(token) > LARGEST_WHOLE):
            reporter.report(
                "RK007",
                f"a whole number above {LARGEST_WHOLE:,}, more than 64 bits hold",
                Span(source, match.start(), match.end()),
                help="write a larger one with a point: `1000.0`",
            )
            return False
        if what and len(token) > most:
            reporter.report(
                "RK007",
                f"a {what} of {len(token):,} characters, {most:,} at most are read",
                Span(source, match.start(), match.start() + 1),
            )
            return False
    return True

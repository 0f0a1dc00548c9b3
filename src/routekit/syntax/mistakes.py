"""Says what is wrong where a text stops to read as a policy, and what was likely meant.

What is announced as a fix has been tried: with it the item that the mistake stands in reads on.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from routekit.diagnostics import Advice, Edit, Fix, Label, Reporter, Source, Span
from routekit.syntax.automaton import Automaton
from routekit.syntax.braces import Opened, first_unclosed, margin
from routekit.syntax.calendar_mistakes import mistaken_days
from routekit.syntax.habits import LOOKED_AROUND, Seen, habits_at
from routekit.syntax.hidden import is_hidden
from routekit.syntax.lexer import DECLARATIONS, RAW_TOKEN, Lexeme, begins_item, tokens
from routekit.syntax.other_files import kind_of_text
from routekit.syntax.tables import tables
from routekit.syntax.words import expectation, in_words
from routekit.translation import t

__all__ = ["Mistakes", "is_between_items", "nesting"]

_LOOKED_AHEAD = 5
"""Tokens behind a mistake that a fix of it must make readable."""

MOST_TRIED = 30_000
"""Characters of an item that are read again to try a mend of it."""

MOST_TRIED_OF_A_BLOCK = 300_000

MOST_EDITS = 12
"""Mistakes of one item that are mended together."""

_OWN_NAME = re.compile(
    r"\b(?:policy|type|list|let|channel|calendar|queue|segment|message|rule|group|table|offer|guarantee)\s+$"
)
_HYPHENED = re.compile(r"[^\W\d]\w*(?:-\w+)+")
_LISTED = re.compile(r"\b(?:one\s+of|on|about)\s+\w+(?:\s*,\s*\w+)*(?=\s+(\w+))")


class Mistakes:
    """Reports the mistakes of one text; ``text`` is what is read of the source, as long as that."""

    def __init__(self, source: Source, text: str, reporter: Reporter, automaton: Automaton) -> None:
        self._source = source
        self._text = text
        self._reporter = reporter
        self._automaton = automaton
        self._found = 0

    def report(self, found: Lexeme) -> int:
        """Reports that a token cannot stand where it does; returns where to look for the next item."""
        self._found = found.start
        if self._is_another_file(found):
            return len(self._text)
        declared = self._declaration_of(found)
        if declared is not None or found.type == "$END":
            place = found.start if declared is None else declared
            opened = self._unclosed(place)
            if opened is not None:
                self._report_unclosed(opened)
                return place
        if found.type == "BAD":
            self._report_character(found)
        else:
            self._report_token(found)
        return found.start

    # ── tokens and characters ──────────────────────────────────────────────────

    def _report_token(self, found: Lexeme) -> None:
        possible = self._possible()
        name = self._hyphened(found)
        if name is not None:
            message = t("`{text}` is no name: `-` is the sign of a difference", text=name.text)
            self._reporter.report("RK001", message, name, help=self._in_one_word(name))
            return
        advice = Advice()
        if found.value != ",":
            advice = self._days(found) or self._meant(found) or self._likely_word(found, possible)
        if not advice:
            comma = self._missing_comma(found)
            if comma is None:
                advice = self._days(found) or self._meant(found)
            else:
                behind, word = comma
                message = t("expected a comma, found `{short}`", short=_short(word.text))
                help_ = Advice(t("what is listed is separated by commas"), self._inserted(behind, ","))
                self._reporter.report("RK001", message, word, help=help_)
                return
        expected = expectation(possible, _spelling())
        what = in_words("$END", {}) if found.type == "$END" else f"`{_short(found.value)}`"
        message = (
            t("expected {expected}, found {what}", expected=expected, what=what)
            if expected
            else t("{what} cannot stand here", what=what)
        )
        self._reporter.report("RK001", message, found.span, help=advice)

    def _report_character(self, found: Lexeme) -> None:
        if found.value == '"':
            line_end = self._text.find("\n", found.start)
            end = line_end if line_end >= 0 else len(self._text)
            self._reporter.report(
                "RK002",
                t("this text is not closed"),
                Span(self._source, found.start, end),
                help=t('a text ends with `"` on the line on which it starts'),
            )
            return
        if any(map(is_hidden, found.value)):
            return  # reported already
        plain = unicodedata.normalize("NFKC", found.value)
        if plain != found.value and found.value[0].isalnum():
            self._reporter.report(
                "RK009",
                t("`{value}` is no name: it stands for `{plain}`", value=found.value, plain=plain),
                found.span,
                help=t("write it with letters, digits and `_`, not beginning with a digit"),
            )
            return
        self._reporter.report(
            "RK009",
            t("the character `{value}` has no meaning here", value=found.value),
            found.span,
            help=self._days(found) or self._meant(found),
        )

    def _possible(self) -> list[str]:
        """The terminals that can stand where the parser is."""
        named = [
            name
            for name in self._automaton.actions()
            if name.isupper() or name == "$END" or name.startswith("__ANON")
        ]
        return [name for name in named if self._automaton.takes(name)]

    # ── what was meant ─────────────────────────────────────────────────────────

    def _meant(self, found: Lexeme) -> Advice:
        """What a habit says of the place, with a fix where the text reads on with it."""
        seen = list(habits_at(self._text, found.start))
        for habit in seen:
            if habit.instead is None:
                return Advice(habit.help)
            edits = self._mended([self._edit(habit)])
            if edits is not None:
                return Advice(habit.help, Fix(_described(edits), edits))
        return self._bare_queue() or Advice(next((each.help for each in seen if not each.is_vague), ""))

    def _bare_queue(self) -> Advice:
        """Of a name alone behind `then`, that it was meant as a queue."""
        last = self._automaton.values[-1:]
        if not last or not isinstance(last[0], Lexeme) or last[0].type != "NAME":
            return Advice()
        if not re.search(r"\b(?:then|otherwise)\s+$", self._text[max(0, last[0].start - 20) : last[0].start]):
            return Advice()
        edit = Edit(Span(self._source, last[0].start, last[0].start), "queue ")
        mends = self._mended([edit]) is not None
        help_ = t("an outcome begins with `queue`, `agent` or a change such as `priority + 1`")
        return Advice(help_, Fix(t("write `{text}`", text="queue"), (edit,)) if mends else None)

    def _days(self, found: Lexeme) -> Advice:
        """What was meant by the days of a calendar; a fix of them is kept where the text reads on with it."""
        values = self._automaton.values
        if not any(isinstance(value, Lexeme) and value.type == "CALENDAR" for value in values):
            return Advice()
        advice = mistaken_days(self._source, found.span)
        mends = advice.fix is not None and self._mended(advice.fix.edits) is not None
        return advice if mends or not any(habits_at(self._text, found.start)) else Advice()

    def _likely_word(self, found: Lexeme, possible: list[str]) -> Advice:
        """The keyword that a word may have been meant as."""
        words = [_spelling()[name] for name in possible if _spelling().get(name, "").isalpha()]
        if not found.value.isidentifier():
            return Advice()
        if found.value in words:  # the same word in full-width letters
            return Advice(
                t("write it in plain letters: `{value}`", value=found.value),
                Fix.replace(found.span, found.value),
            )
        advice = self._reporter.did_you_mean(found.value, words, at=found.span)
        if advice.fix is None:
            return advice
        return Advice(advice.text, advice.fix if self._mended(advice.fix.edits) is not None else None)

    def _missing_comma(self, found: Lexeme) -> tuple[int, Span] | None:
        """Where a comma makes the text readable: behind which character, and before what."""
        behind = len(self._text[: found.start].rstrip())
        if found.type != "$END" and self._inserted(behind, ",") is not None:
            return behind, found.span
        _, begin = self._item()
        near = max(begin, found.start - LOOKED_AROUND)
        for match in _LISTED.finditer(self._text, near, found.start):
            if self._inserted(match.end(), ",") is not None:
                return match.end(), Span(self._source, *match.span(1))
        return None

    def _inserted(self, position: int, text: str) -> Fix | None:
        edit = Edit(Span(self._source, position, position), text)
        return Fix(t("write `{text}`", text=text), (edit,)) if self._mended([edit]) is not None else None

    def _hyphened(self, found: Lexeme) -> Span | None:
        """The name with `-` in it that the parser stopped in, where a name is expected."""
        if found.value != "-":
            return None
        start = self._text.rfind("\n", 0, found.start) + 1
        for match in _HYPHENED.finditer(self._text, start):
            if match.start() > found.start:
                return None
            if match.end() > found.start:
                is_value = "MINUS" in self._automaton.actions() and self._automaton.takes("MINUS")
                return None if is_value else Span(self._source, *match.span())
        return None

    def _in_one_word(self, name: Span) -> Advice:
        """How a name with `-` is written; a fix, everywhere, where only the policy knows the name."""
        plain = name.text.replace("-", "_")
        if not self._is_declared_at(name.start):
            text = t('a text stands in quotes: "{text}"', text=name.text)
            return Advice(
                t(
                    "a name has letters, digits and `_`, in the data too: `{plain}`; {text}",
                    plain=plain,
                    text=text,
                )
            )
        places = [
            match.start()
            for match in RAW_TOKEN.finditer(self._text)
            if match.lastgroup == "NAME" and self._text.startswith(name.text, match.start())
        ]
        edits = tuple(
            Edit(Span(self._source, start, start + len(name.text)), plain)
            for start in places
            if _HYPHENED.fullmatch(self._text, start, start + len(name.text))
            and not re.match(r"[\w-]", self._text[start + len(name.text) :][:1])
        )
        is_taken = any(
            self._is_declared_at(match.start()) for match in re.finditer(rf"\b{plain}\b", self._text)
        )
        return Advice(
            t("a name has letters, digits and `_`: `{plain}`", plain=plain),
            None if is_taken or self._mended(edits) is None else Fix(t("write `{text}`", text=plain), edits),
        )

    def _is_declared_at(self, position: int) -> bool:
        """Whether a name that the policy gives begins there."""
        return _OWN_NAME.search(self._text[max(0, position - LOOKED_AROUND) : position]) is not None

    # ── trying a fix ───────────────────────────────────────────────────────────

    def _edit(self, seen: Seen) -> Edit:
        return Edit(Span(self._source, seen.start, seen.end), seen.instead or "")

    def _mended(
        self, edits: Sequence[Edit], item: tuple[Automaton, int] | None = None
    ) -> tuple[Edit, ...] | None:
        """The edits, and those that mend what else is wrong near them, if the item reads on with them."""
        probe, begin = item or self._item()
        done = sorted(edits, key=lambda edit: edit.span.start)
        if any(edit.span.start < begin < edit.span.end for edit in done):
            return None
        if self._found - begin > (MOST_TRIED if item is None else MOST_TRIED_OF_A_BLOCK):
            return None
        for _ in range(MOST_EDITS):
            text = _applied(self._text, done)
            shift = sum(_growth(edit) for edit in done if edit.span.end < begin)
            growth = sum(map(_growth, done))
            last, met = done[-1].span.end + growth, self._found + growth
            before = Automaton(probe.tables, probe.stack.copy())
            failed = self._failure(text, begin + shift, max(last, met), before)
            if failed is None:
                return tuple(done)
            more = next((seen for seen in habits_at(text, failed) if not seen.is_vague), None)
            if more is None or more.instead is None or more.start < last:
                return None
            span = Span(self._source, more.start - growth, more.end - growth)
            done.append(Edit(span, more.instead))
        return None

    def _failure(self, text: str, begin: int, last: int, probe: Automaton) -> int | None:
        """Where a text stops to read, from the beginning of an item to some tokens behind a place."""
        ahead = 0
        for lexeme in tokens(text, begin, probe, tables().keywords, [], self._make, mending=True):
            if not probe.pass_over(lexeme.type):
                return lexeme.start
            ahead += lexeme.start >= last
            if ahead == _LOOKED_AHEAD:
                return None
        return None if ahead or probe.takes("$END") else len(text)

    def _item(self) -> tuple[Automaton, int]:
        """The parser before the item that it stands in, and where that begins."""
        values = self._automaton.values
        for kept in range(len(values), -1, -1):
            probe = self._before(kept)
            if kept == len(values):
                if is_between_items(probe):
                    return probe, self._found
                continue
            first = values[kept]
            if isinstance(first, Lexeme) and is_between_items(probe) and probe.takes(first.type):
                return probe, first.start
        return self._before(len(values)), self._found

    def _declaration(self) -> tuple[Automaton, int] | None:
        """The parser before the declaration that it stands in, and where that begins."""
        for kept, first in enumerate(self._automaton.values):
            if isinstance(first, Lexeme):
                return self._before(kept), first.start
        return None

    def _before(self, kept: int) -> Automaton:
        """The parser with so many of its pieces."""
        return Automaton(self._automaton.tables, self._automaton.stack[: kept + 1])

    def _make(self, kind: str, value: str, start: int, end: int) -> Lexeme:
        return Lexeme(self._source, kind, value, start, end)

    # ── blocks that are not closed, files that are no policies ─────────────────

    def _declaration_of(self, found: Lexeme) -> int | None:
        """Where a declaration begins on the line of a token, though a block is still open."""
        start = self._text.rfind("\n", 0, found.start) + 1
        word = re.compile(r"[ \t]*(\w+)").match(self._text, start)
        if word is None or word[1] not in DECLARATIONS or sum(map(nesting, self._automaton.values)) <= 0:
            return None
        if word.start(1) - start > margin(self._text):
            return None
        return word.start(1) if begins_item(self._text, word.start(1)) else None

    def _unclosed(self, place: int) -> Opened | None:
        declaration = self._declaration()
        if declaration is None or sum(map(nesting, self._automaton.values)) <= 0:
            return None
        return first_unclosed(self._text, declaration[1], place)

    def _report_unclosed(self, opened: Opened) -> None:
        before = self._text[: opened.missing]
        line = before.rfind("\n") + 1
        is_at_end = opened.missing == len(self._text)
        edit = Edit(
            Span(self._source, line, line)
            if not before[line:].strip()
            else Span(self._source, len(before), len(before)),
            f"{opened.indent}}}\n" if not before[line:].strip() else f"\n{opened.indent}}}\n",
        )
        next_ = Span(self._source, opened.missing, min(opened.missing + 1, len(self._text)))
        mends = self._mended([edit], self._declaration()) is not None
        self._reporter.report(
            "RK001",
            t("a `{` is not closed")
            if opened.is_set
            else t("the block of `{short}` is not closed", short=_short(opened.head)),
            Span(self._source, opened.start, opened.start + 1),
            label=t("opened here"),
            others=[
                Label(next_, t("the file ends here") if is_at_end else t("a `}` is missing before this"))
            ],
            help=Advice(
                t("write `}` where it ends"), Fix(t("write `{text}`", text="}"), (edit,)) if mends else None
            ),
        )

    def _is_another_file(self, found: Lexeme) -> bool:
        """Whether the text is a file of another kind; that is reported."""
        if "\n" in self._text[: found.start].lstrip():
            return False
        kind = kind_of_text(self._text)
        if kind is None:
            return False
        self._reporter.report(
            "RK015", t("this is {name}, not a policy", name=t(kind.name)), found.span, help=kind.said()
        )
        return True


@cache
def _spelling() -> dict[str, str]:
    return {terminal: text for text, terminal in tables().keywords.items()}


def _described(edits: Iterable[Edit]) -> str:
    return t(
        "write {listed}", listed=t(", ").join(f"`{edit.text.strip()}`" for edit in edits if edit.text.strip())
    )


def _growth(edit: Edit) -> int:
    return len(edit.text) - (edit.span.end - edit.span.start)


def _applied(text: str, edits: Iterable[Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def is_between_items(probe: Automaton) -> bool:
    """Checks whether a declaration, a rule or an offer begins right here, so that whole ones are dropped."""
    actions = probe.actions()
    return any(actions.get(word, -1) >= 0 for word in ("SEGMENT", "RULE", "OFFER"))


def nesting(piece: object) -> int:
    """Tells how much deeper in blocks it is behind a piece of the parser than before it."""
    if not isinstance(piece, Lexeme):
        return 0
    return (piece.type == "LBRACE") - (piece.type == "RBRACE")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"

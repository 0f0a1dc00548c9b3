"""Diagnostics as people want them: pretty, plain and compact; and all renderings by name."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from routekit.diagnostics.diagnostic import Diagnostic
from routekit.diagnostics.folding import NARROWEST, fold, width_of
from routekit.diagnostics.machine import github, sarif, to_json
from routekit.diagnostics.source import Span
from routekit.translation import t

__all__ = [
    "Paint",
    "RENDERERS",
    "compact",
    "github",
    "plain",
    "pretty",
    "sarif",
    "to_json",
    "visible",
    "width_of",
]

WIDEST_LINE = 160

Paint: TypeAlias = Callable[[str, str], str]
"""Colours a text: ``paint(role, text)``, the role one of error, warning, frame, help."""


def _plain(_role: str, text: str) -> str:
    return text


def visible(text: str) -> str:
    """Spells out whatever of a text a terminal would obey; line ends stay.

    >>> print(visible("a\\x1b[31mb"))
    a\\u{1b}[31mb
    """
    return text if text.isprintable() else _spelled_out(text, kept="\n", digits="x")


def _visible(text: str) -> str:
    """Spells out every control character, so that a report shows what stands there."""
    return _spelled_out(text, kept=" ", digits="X")


def _spelled_out(text: str, *, kept: str, digits: str) -> str:
    return "".join(
        letter
        if letter == kept or letter.isprintable()
        else "    "
        if letter == "\t"
        else f"\\u{{{ord(letter):{digits}}}}"
        for letter in text
    )


def pretty(found: Diagnostic, paint: Paint = _plain, *, width: int | None = None) -> str:
    """Writes a diagnostic with its line of the policy, underlined; several lines of text.

    ``width`` is how many columns a line has; without it only the policy's line is cut where it is very long.
    """
    excerpt = found.span.source.excerpt(found.span.start, found.span.end)
    full_line = excerpt.text
    gutter = " " * max(3, len(excerpt.margin))
    widest = WIDEST_LINE if width is None else _letters(full_line, width - len(gutter) - 3)
    shift = max(0, excerpt.start - widest // 2) if len(full_line) > widest else 0
    shown = full_line[shift : shift + widest]
    in_line = excerpt.start - shift
    length = min(max(1, excerpt.length), max(1, len(shown) - in_line))
    before = width_of(_visible(shown[:in_line]))
    marks = "^" * max(1, width_of(_visible(shown[in_line : in_line + length])))
    bar = paint("frame", f"{gutter} │")
    where = found.span.place
    head = f"{t(found.severity)}[{found.code}]"
    title, *more = _folded(t("{head}: {text}", head=head, text=_visible(found.message)), width, "    ")
    label, *below = _folded(f"{marks} {_visible(found.label)}".rstrip(), _left(width, gutter), "", before)
    lines = [
        f"{paint(found.severity, head)}{title.removeprefix(head)}",
        *more,
        f"{paint('frame', f'{gutter} ┌─')} {where}",
        bar,
        f"{paint('frame', f'{excerpt.margin:>{len(gutter)}} │')} {_visible(shown)}".rstrip(),
        *(f"{bar} {' ' * before}{paint(found.severity, text)}" for text in (label, *below)),
    ]
    notes = [(t("note"), f"{other.span.place}: {_visible(other.text)}") for other in found.others]
    notes += [(t("help"), _visible(found.help))] if found.help else []
    for word, text in notes:
        said = t("{head}: {text}", head=word, text=text)
        first, *more = _folded(said, _left(width, gutter), "  ")
        lines.append(f"{paint('frame', f'{gutter} =')} {paint('help', word)}{first.removeprefix(word)}")
        lines += [f"{gutter}   {rest}" for rest in more]
    return "\n".join(lines)


def _folded(text: str, width: int | None, rest: str, taken: int = 0) -> list[str]:
    """A text in lines of so many columns, of which some are taken; in one where there is no width."""
    if width is None:
        return [text]
    return fold(text, max(width - taken, NARROWEST), "", rest) or [text]


def _left(width: int | None, gutter: str) -> int | None:
    return None if width is None else width - len(gutter) - 3


def _letters(line: str, columns: int) -> int:
    """How many letters of a line so many columns hold, all of them as wide as its widest."""
    return max(NARROWEST, columns) // (1 if width_of(_visible(line)) <= len(line) else 2)


def plain(found: Diagnostic) -> str:
    """Writes a diagnostic in sentences, a line each, as a screen reader reads them."""
    where = _place_in_words(found.span)
    lines = [
        t(
            "{severity} {code} in {where}: {message}",
            severity=t(found.severity),
            code=found.code,
            where=where,
            message=_visible(found.message),
        )
    ]
    shown = _visible(found.span.source.excerpt(found.span.start, found.span.end).text.strip())
    if shown:
        shown = shown[:WIDEST_LINE] + ("…" if len(shown) > WIDEST_LINE else "")
        lines.append(
            t("the cell reads: {shown}", shown=shown)
            if found.span.cell
            else t("the line reads: {shown}", shown=shown)
        )
    if found.label:
        lines.append(t("reason: {text}", text=_visible(found.label)))
    lines += [
        t(
            "see also {place}: {text}",
            place=_place_in_words(other.span),
            text=_visible(other.text),
        )
        for other in found.others
    ]
    if found.help:
        lines.append(t("help: {text}", text=_visible(found.help)))
    return "\n".join(lines)


def _place_in_words(span: Span) -> str:
    if span.cell:
        return t("{name}, cell {cell}", name=span.source.name, cell=span.source.place(span.start))
    return t(
        "{name}, line {line}, column {column}", name=span.source.name, line=span.line, column=span.column
    )


def compact(found: Diagnostic) -> str:
    """Writes a diagnostic in one line: ``file:line:column: severity[code]: message``."""
    where = found.span.place
    message = _visible(found.message)
    return f"{where}: {t(found.severity)}[{found.code}]: {message}" + (
        t(" ({listed})", listed=_visible(found.help)) if found.help else ""
    )


def _each(render: Callable[[Diagnostic], str], between: str) -> Callable[[Iterable[Diagnostic]], str]:
    return lambda all_found: between.join(render(found) for found in all_found if not found.allowed)


RENDERERS: dict[str, Callable[[Sequence[Diagnostic]], str]] = {
    "pretty": _each(pretty, "\n\n"),
    "plain": _each(plain, "\n\n"),
    "compact": _each(compact, "\n"),
    "json": to_json,
    "github": _each(github, "\n"),
    "sarif": sarif,
}

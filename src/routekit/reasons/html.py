"""An explanation as HTML, for notebooks and for pages; all that comes from policy or contact is escaped."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from routekit.pages import Markup, element, joined, page_parts, paragraph
from routekit.reasons.text import offer_rows, question, rows_of, said_by
from routekit.translation import t

if TYPE_CHECKING:
    from routekit.reasons.explanation import Change, Explanation

__all__ = ["STYLE", "document", "to_html", "told"]

MOST_ROWS = 50

STYLE = """
.routekit h4{margin:1em 0 .2em;font-size:1em}
.routekit table{border-collapse:collapse}
.routekit td,.routekit th{text-align:left;vertical-align:top;padding:.15em 1em .15em 0}
.routekit td,.routekit th{border:0;font-weight:normal;overflow-wrap:anywhere}
.routekit th{min-width:min(9em,30vw);max-width:24em;font-family:ui-monospace,monospace}
.routekit .set{font-family:ui-monospace,monospace}
"""
"""How an explanation looks, in a page that has some."""

_ALONE = f".routekit{{font:14px/1.5 system-ui,sans-serif;max-width:60em}}{STYLE}"


def document(explanations: "Iterable[tuple[str, Explanation]]") -> Iterator[str]:
    """Yields a whole page, a piece at a time: a heading and an explanation each."""
    sections = (
        element("section", element("h2", element("code", place)), told(explanation, heading="h3"))
        for place, explanation in explanations
    )
    return page_parts(t("Why"), sections, style=f"{STYLE}@media print{{main{{columns:auto}}}}")


def to_html(explanation: "Explanation") -> str:
    """One explanation in a ``div`` that brings its own look."""
    return str(told(explanation, style=_ALONE))


def told(explanation: "Explanation", *, heading: str = "h4", style: str = "") -> Markup:
    """Returns an explanation in a ``div``, its parts under headings of so many a level."""
    decision = explanation.decision
    because = t(" because ")
    lead, has_reasons, reasons = explanation.summary.partition(because)
    parts = [element("style", Markup(style))] if style else []
    parts.append(paragraph(element("strong", lead), has_reasons, reasons))
    if decision.because:
        parts.append(paragraph(t("The rule says: {because}.", because=said_by(decision.because))))
    parts += [_sentence(note) for note in explanation.notes]
    for answer in explanation.answers:
        parts += [element(heading, question(answer, answer.name)), _sentence(answer.text)]
        parts.append(_changes(answer.changes, answer.note))
    rows = [(row.name, row.text) for row in rows_of(explanation.earlier)]
    if len(rows) > MOST_ROWS:
        rows = [*rows[:MOST_ROWS], ("…", t("and {number:,} more", number=len(rows) - MOST_ROWS))]
    for head, lines in (
        (t("Not by an earlier rule"), _rows(rows)),
        (t("Offers made"), _rows(offer_rows(explanation, made=True))),
        (t("Offers not made"), _rows(offer_rows(explanation, made=False))),
        (t("What would change it"), _changes(explanation.changes, explanation.note)),
        (t("Wrong with the contact"), _rows([("", problem) for problem in explanation.problems])),
    ):
        if lines:
            parts += [element(heading, head), lines]
    return element("div", *parts, class_="routekit")


def _sentence(text: str) -> Markup:
    return paragraph(t("{sentence}.", sentence=f"{text[:1].upper()}{text[1:]}"))


def _rows(rows: Sequence[tuple[str, str]]) -> Markup:
    if not rows:
        return Markup()
    return element("table", *(element("tr", _name(name), element("td", said)) for name, said in rows))


def _name(name: str) -> Markup:
    return element("th", name, scope="row") if name else element("td")


def _changes(changes: "Sequence[Change]", note: str) -> Markup:
    if not changes:
        return _sentence(note) if note else Markup()
    rows = (
        element("tr", element("td", change.text, class_="set"), element("td", f"→ {change.leads_to}"))
        for change in changes
    )
    return element("table", joined(rows))

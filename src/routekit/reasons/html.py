"""An explanation as HTML for notebooks and pages; all that comes from policy or contact is escaped."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from routekit.reasons.text import offer_rows, question, rows_of, said_by
from routekit.translation import language, t

if TYPE_CHECKING:
    from routekit.reasons.explanation import Answer, Change, Explanation

__all__ = ["document", "to_html"]

MOST_ROWS = 50

_STYLE = """
.routekit{font:14px/1.5 system-ui,sans-serif;max-width:60em}
.routekit h4{margin:1em 0 .2em;font-size:1em}
.routekit table{border-collapse:collapse}
.routekit td,.routekit th{text-align:left;vertical-align:top;padding:.15em 1em .15em 0}
.routekit td,.routekit th{border:0;font-weight:normal}
.routekit th{min-width:9em;max-width:24em;font-family:ui-monospace,monospace}
.routekit .set{font-family:ui-monospace,monospace}
"""


_PAGE = """
:root{color-scheme:light dark}
body{font:14px/1.5 system-ui,sans-serif;margin:2em}
h3{font-size:1.1em;margin:2em 0 0;font-family:ui-monospace,monospace}
"""


def document(explanations: "Iterable[tuple[str, Explanation]]") -> Iterable[str]:
    """Yields a whole page, a piece at a time: a heading and an explanation each."""
    yield (
        '<!doctype html>\n<html lang="'
        f'{language()}"><head><meta charset="utf-8"><title>{t("Why")}</title>'
        f"<style>{_PAGE}</style></head><body>"
    )
    for heading, explanation in explanations:
        yield f"<h3>{_safe(heading)}</h3>\n{to_html(explanation)}"
    yield "</body></html>"


def to_html(explanation: "Explanation") -> str:
    """One explanation in a ``div``."""
    decision = explanation.decision
    lead, because, reasons = explanation.summary.partition(t(" because "))
    parts = [f"<p><strong>{_safe(lead)}</strong>{because}{_safe(reasons)}</p>"]
    if decision.because:
        parts.append(f"<p>{_safe(t('The rule says: {because}.', because=said_by(decision.because)))}</p>")
    parts += [f"<p>{_sentence(note)}</p>" for note in explanation.notes]
    parts += [_answer(answer) for answer in explanation.answers]
    rows = [(row.name, row.text) for row in rows_of(explanation.earlier)]
    if len(rows) > MOST_ROWS:
        rows = [*rows[:MOST_ROWS], ("…", t("and {number:,} more", number=len(rows) - MOST_ROWS))]
    parts.append(_table(t("Not by an earlier rule"), rows))
    parts.append(_table(t("Offers made"), offer_rows(explanation, made=True)))
    parts.append(_table(t("Offers not made"), offer_rows(explanation, made=False)))
    parts.append(_changes(t("What would change it"), explanation.changes, explanation.note))
    parts.append(_table(t("Wrong with the contact"), [("", problem) for problem in explanation.problems]))
    return f'<div class="routekit"><style>{_STYLE}</style>{"".join(parts)}</div>'


def _safe(text: str) -> str:
    """A text that can stand anywhere in a page; what is no character at all is replaced."""
    return escape(text.encode("utf-8", "replace").decode())


def _sentence(text: str) -> str:
    return _safe(t("{sentence}.", sentence=f"{text[:1].upper()}{text[1:]}"))


def _table(head: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(f"<tr><th>{_safe(name)}</th><td>{_safe(text)}</td></tr>" for name, text in rows)
    return f"<h4>{head}</h4><table>{cells}</table>"


def _answer(answer: "Answer") -> str:
    head = f"<h4>{_safe(question(answer, answer.name))}</h4><p>{_sentence(answer.text)}</p>"
    return head + _changes("", answer.changes, answer.note)


def _changes(head: str, changes: "Sequence[Change]", note: str) -> str:
    title = f"<h4>{head}</h4>" if head and (changes or note) else ""
    if not changes:
        return title + (f"<p>{_sentence(note)}</p>" if note else "")
    rows = "".join(
        f'<tr><td class="set">{_safe(change.text)}</td><td>→ {_safe(change.leads_to)}</td></tr>'
        for change in changes
    )
    return f"{title}<table>{rows}</table>"

"""Findings by their kinds; each opens its place, the contact that shows it, and why it is decided so."""

import json
from collections.abc import Callable, Iterator

from routekit.contact_map.results import DrawnMap, Finding, Kind
from routekit.pages import Markup, State, code, disclosure, element, joined, mark, note, paragraph, section
from routekit.prover.witness import Pair, Witness
from routekit.reasons.explanation import Explanation
from routekit.reasons.html import told
from routekit.translation import clauses, msgid, t

__all__ = ["part"]

_MOST_LETTERS = 300_000
"""Reasons that a page tells in all; findings beyond are told by their contacts alone."""

_KINDS: dict[Kind, str] = {
    "blind": msgid("Blind spots"),
    "misplaced": msgid("Led to where it is not solved"),
    "loop": msgid("Loops"),
    "handoff": msgid("The story told again"),
    "moved": msgid("Moved to another channel unasked"),
    "unanswered": msgid("Matters without an answer"),
    "wordings": msgid("Wordings that differ"),
    "too long": msgid("Wordings that are too long"),
    "expired": msgid("Facts without a value"),
    "stage": msgid("Stages and touchpoints"),
    "unknown": msgid("Left open"),
}
_BAD = frozenset({"blind", "misplaced", "loop"})

Why = Callable[[Witness], Explanation]


def part(drawn: DrawnMap, why: Why | None) -> Markup:
    """Returns the section of the findings."""
    if not drawn.findings:
        return section(t("Findings"), paragraph(mark(State.GOOD, t("nothing was found"))))
    rows: dict[Kind, list[Markup]] = {}
    letters = 0
    for place, finding in enumerate(drawn.findings):
        row = _finding(place, finding, why if letters < _MOST_LETTERS else None)
        letters += len(row)
        rows.setdefault(finding.kind, []).append(row)
    parts = [
        joined([element("h3", f"{t(_KINDS[kind])} ({len(found):,})"), *found]) for kind, found in rows.items()
    ]
    return section(t("Findings"), *parts)


def _finding(place: int, finding: Finding, why: Why | None) -> Markup:
    state = State.BAD if finding.kind in _BAD else State.WARN
    summary = joined([mark(state), finding.message], " ")
    return disclosure(summary, *_opened(finding, why), name=f"f{place}")


def _opened(finding: Finding, why: Why | None) -> Iterator[Markup]:
    rule = [t("rule {rule}", rule=finding.rule)] if finding.rule else []
    place = [] if finding.span is None else [f"{finding.span.source.name}:{finding.span.line}"]
    yield note(code(finding.code), " ", clauses([*rule, *place]))
    yield from (paragraph(said) for said in (finding.reason, finding.takes) if said)
    witness = finding.witness
    if witness is None:
        return
    yield element("h4", t("A contact that shows it"))
    yield _contact(witness.contact)
    if isinstance(witness, Pair):
        yield element("h4", t("And one that differs"))
        yield _contact(witness.other)
    if witness.now is not None:
        yield note(t("at {now}", now=witness.now.isoformat(sep=" ", timespec="minutes")))
    if why is not None:
        yield element("h4", t("Why it is decided so"))
        yield told(why(witness), heading="h5")


def _contact(contact: object) -> Markup:
    return element("pre", code(json.dumps(contact, ensure_ascii=False, default=str)))

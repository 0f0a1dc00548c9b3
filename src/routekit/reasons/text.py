"""An explanation as text, aligned for reading; the commands may colour its parts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routekit.diagnostics.folding import fold
from routekit.diagnostics.render import width_of
from routekit.policy.model import OTHERWISE
from routekit.translation import t

if TYPE_CHECKING:
    from routekit.reasons.explanation import Answer, Change, Explanation, RuleReason

__all__ = ["Paint", "Row", "WIDTH", "answers_to_text", "offer_rows", "rows_of", "to_text"]

Paint = Callable[[str, str], str]
"""Colours a text by its role: ``lead``, ``head``, ``name`` or ``arrow``."""

WIDTH = 110
MOST_ROWS = 12
NEAREST = 6
MOST_NAMES = 3
WIDEST_NAME = 28


def _plain(_: str, text: str) -> str:
    return text


def to_text(
    explanation: "Explanation", *, all_rules: bool = False, paint: Paint = _plain, width: int = WIDTH
) -> str:
    """Returns the whole of it, a section for each question, in lines of so many columns."""
    sections = [
        [*_paragraph(explanation, paint, width)],
        *(_answer(answer, paint, width) for answer in explanation.answers),
        _section(t("Not by an earlier rule"), _earlier(explanation.earlier, all_rules), paint, width),
        _section(t("Offers made"), offer_rows(explanation, made=True), paint, width),
        _section(t("Offers not made"), offer_rows(explanation, made=False), paint, width),
        _changes(t("What would change it"), explanation.changes, explanation.note, paint, width),
        _section(
            t("Wrong with the contact"), [("", problem) for problem in explanation.problems], paint, width
        ),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def answers_to_text(explanation: "Explanation", *, paint: Paint = _plain, width: int = WIDTH) -> str:
    """Returns what was asked about, alone."""
    return "\n\n".join("\n".join(_answer(answer, paint, width)) for answer in explanation.answers)


def _paragraph(explanation: "Explanation", paint: Paint, width: int) -> Iterator[str]:
    lead, because, rest = explanation.summary.partition(t(" because "))
    if explanation.decision.rule == OTHERWISE:
        lead, because = explanation.summary, ""
    yield from (paint("lead", line) for line in fold(lead, width))
    if because:
        yield from fold(t("because {rest}", rest=rest), width)
    if explanation.decision.because:
        yield from fold(t("The rule says: {because}.", because=said_by(explanation.decision.because)), width)
    for note in explanation.notes:
        yield from fold(sentence(note), width)


def sentence(text: str) -> str:
    """Returns a text as a sentence of its own."""
    return t("{sentence}.", sentence=f"{text[:1].upper()}{text[1:]}" if text[:1].islower() else text)


def said_by(because: str) -> str:
    """Returns a rule's own reason, without the point that it may end in."""
    return because.removesuffix(".").removesuffix("。")


def question(answer: "Answer", name: str) -> str:
    """Returns what was asked."""
    about = t(answer.about)
    return (
        t("Why {about} {name}?", about=about, name=name)
        if answer.holds
        else t("Why not {about} {name}?", about=about, name=name)
    )


def _section(head: str, rows: Sequence[tuple[str, str]], paint: Paint, width: int) -> list[str]:
    if not rows:
        return []
    widest = max((width_of(name) for name, _ in rows if width_of(name) <= WIDEST_NAME), default=1)
    lines = [paint("head", head)]
    for name, text in rows:
        indent = " " * (widest + 5 if widest else 2)
        first, *more = fold(text, width, indent, indent) or [indent]
        if width_of(name) > widest:
            lines += [f"  {paint('name', name)}", first, *more]
        else:
            start = f"  {paint('name', name)}{' ' * (widest - width_of(name))}   " if widest else "  "
            lines += [start + first.removeprefix(indent), *more]
    return lines


def _answer(answer: "Answer", paint: Paint, width: int) -> list[str]:
    title = f' "{answer.title}"' if answer.title else ""
    lines = [
        paint("head", question(answer, f"{answer.name}{title}")),
        *fold(t("{sentence}.", sentence=answer.text), width, "  ", "  "),
    ]
    if answer.changes:
        lines += [f"  {line}" for line in _arrows(answer.changes, paint, width)]
    elif answer.note:
        lines += fold(sentence(answer.note), width, "  ", "  ")
    lines[1] = f"  {lines[1].strip()[:1].upper()}{lines[1].strip()[1:]}"
    return lines


def _changes(head: str, changes: "Sequence[Change]", note: str, paint: Paint, width: int) -> list[str]:
    if changes:
        return [paint("head", head), *_arrows(changes, paint, width)]
    return [paint("head", head), *fold(note, width, "  ", "  ")] if note else []


def _arrows(changes: "Sequence[Change]", paint: Paint, width: int) -> Iterator[str]:
    widest = max(width_of(change.text) for change in changes)
    for change in changes:
        arrow = paint("arrow", "→")
        if widest + width_of(change.leads_to) > width - 8:
            yield from fold(change.text, width, "  ", "    ")
            first, *more = fold(change.leads_to, width, "      ", "      ")
            yield from (f"    {arrow} {first.lstrip()}", *more)
        else:
            room = " " * (widest - width_of(change.text))
            yield f"  {paint('name', change.text)}{room}   {arrow} {change.leads_to}"


# ── the rules before ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Row:
    """Rules that did not decide for one and the same reason."""

    reason: "RuleReason"
    rules: tuple[str, ...]

    @property
    def name(self) -> str:
        if self.reason.group is not None and len(self.rules) > 1:
            return t("group {group}", group=self.reason.group)
        runs = _runs(self.rules)
        return ", ".join(runs[:MOST_NAMES]) + (
            t(" and {number:,} more", number=len(runs) - MOST_NAMES) if len(runs) > MOST_NAMES else ""
        )

    @property
    def text(self) -> str:
        if self.reason.group is not None and len(self.rules) > 1:
            return t(
                "{count} rules: {text}", count=len(self.rules), text=self.reason.text.partition(t(": "))[2]
            )
        return self.reason.text


def rows_of(reasons: "Iterable[RuleReason]") -> list[Row]:
    """Returns the rules by their reasons, in the order in which each reason comes first."""
    by_reason: dict[tuple[str, str | None], list[RuleReason]] = {}
    for reason in reasons:
        by_reason.setdefault((reason.text, reason.group), []).append(reason)
    return [
        Row(max(same, key=lambda reason: reason.nearness), tuple(reason.rule for reason in same))
        for same in by_reason.values()
    ]


def _runs(rules: Sequence[str]) -> list[str]:
    """The names, with the rows of one table together: ``fault_desk[1] to [5]``."""
    runs: list[list[str]] = []
    for rule in rules:
        table, bracket, _ = rule.partition("[")
        if bracket and runs and runs[-1][0].startswith(f"{table}["):
            runs[-1].append(rule)
        else:
            runs.append([rule])
    return [
        run[0]
        if len(run) == 1
        else t("{first} to {last}", first=run[0], last=f"[{run[-1].partition('[')[2]}")
        for run in runs
    ]


def _earlier(reasons: "Sequence[RuleReason]", all_rules: bool) -> list[tuple[str, str]]:
    rows = rows_of(reasons)
    if all_rules or len(rows) <= MOST_ROWS:
        return [(row.name, row.text) for row in rows]
    nearest = sorted(range(len(rows)), key=lambda place: (-rows[place].reason.nearness, place))[:NEAREST]
    shown = [rows[place] for place in sorted(nearest)]
    rest = len(reasons) - sum(len(row.rules) for row in shown)
    return [
        *((row.name, row.text) for row in shown),
        ("…", t("{rest:,} other earlier rules did not apply either; these were the nearest", rest=rest)),
    ]


def offer_rows(explanation: "Explanation", *, made: bool) -> list[tuple[str, str]]:
    """Returns the offers that are made, best first, or those that are not, by their reasons."""
    chosen = [offer for offer in explanation.offers if (offer.outcome == "made") is made]
    if made:
        ranked = sorted(chosen, key=lambda offer: explanation.decision.offers.index(offer.offer))
        return [(offer.offer, offer.text) for offer in ranked]
    by_reason: dict[str, list[str]] = {}
    for offer in chosen:
        by_reason.setdefault(offer.text, []).append(offer.offer)
    if len(by_reason) == 1 and len(chosen) > 1 and all(offer.outcome == "never" for offer in chosen):
        return [(t("all"), text) for text in by_reason]
    return [(", ".join(names), text) for text, names in by_reason.items()]

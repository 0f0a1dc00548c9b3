"""A difference in lines for a terminal, and as plain data."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from routekit.diagnostics.folding import fold, line_width
from routekit.diff.callbacks import DueOtherwise
from routekit.diff.changes import Change, Key, holds_several
from routekit.diff.declared_parts import Datum, StepDatum
from routekit.diff.edit_wording import edited
from routekit.diff.results import Description, Difference, Group, PromiseChange, Section, Twice, sections
from routekit.diff.wording import (
    always_text,
    counted,
    decided,
    headline,
    notes_text,
    promise_text,
    rules_text,
    some_text,
    title,
    whom,
)
from routekit.policy.outcome_parts import PART, Saying, as_json
from routekit.prover.report import contacts_text, decision_words, witness_as_json, years_text
from routekit.prover.witness import Pair
from routekit.reasons.words import shortened
from routekit.translation import msgid, t

__all__ = [
    "Lines",
    "difference_as_json",
    "difference_lines",
    "group_changes",
    "heading",
    "promise_lines",
]

Lines = list[tuple[str, str]]

_WIDTH = 110


def group_changes(twice: Twice, group: Group) -> list[Change]:
    """Lists what differs for the contact that shows a group."""
    parts = {change.part: change for change in group.changes}
    return [
        change
        for part, change in parts.items()
        if part in ("ranking", "service") or _value(twice, part) != _value(twice, part, before=True)
    ]


def _value(twice: Twice, part: str, *, before: bool = False) -> object:
    return getattr(twice.told if before else twice.decision, part)


def difference_lines(
    difference: Difference, most: int | None = None, moved: Mapping[Key, int] | None = None
) -> Lines:
    """Writes a difference in lines, each with its role: ``good``, ``bad``, ``open``, ``head`` or ``plain``.

    ``most`` kinds of change are shown, the others counted; ``moved`` says how many contacts of a file are in
    each group.
    """
    lines = [*heading(difference), *_edited(difference)]
    if difference.common.told:
        told = shortened(difference.common.told)
        lines += _folded(t("all of them concern only contacts where {told}", told=told), "  ")
    all_ = sections(difference.groups)
    shown = all_[:most]
    for section in shown:
        lines += [("plain", ""), *_section(section, moved, difference.said)]
    if len(shown) < len(all_):
        lines += [
            ("plain", ""),
            ("head", t("and {number} more: `--all` shows them", number=len(all_) - len(shown))),
        ]
    if difference.more:
        lines.append(
            (
                "open",
                t(
                    "unknown: there may be more than the {count} that were told apart",
                    count=len(difference.groups),
                ),
            )
        )
    lines += _besides(difference)
    for item in difference.unknown:
        lines += [
            ("plain", ""),
            ("open", t("unknown: whether {what} is treated as before, beyond what is told", what=item.what)),
            ("plain", t("  why: {reason}", reason=item.why.reason)),
            ("plain", t("  it would take: {takes}", takes=item.why.takes)),
        ]
    if difference.notes:
        lines += [("plain", ""), ("plain", notes_text(difference.notes))]
    return lines


def heading(difference: Difference) -> Lines:
    """Writes which versions are compared, and the answer."""
    role = {"same": "good", "different": "bad", "unknown": "open"}[difference.answer]
    (name, revision), (other, now) = difference.old, difference.new
    return [
        ("head", f"{name} {revision} → {other} {now}, {years_text(difference.years)}"),
        (role, headline(difference)),
    ]


def _edited(difference: Difference) -> Lines:
    lines: Lines = []
    for text in edited(difference):
        lines += _folded(text, "  ")
    return [("head", "edited"), *lines, ("plain", "")] if lines else []


def _section(section: Section, moved: Mapping[Key, int] | None, said: Saying) -> Lines:
    number = sum((moved or {}).get(group.key, 0) for group in section.groups)
    lines: Lines = [("head", f"{section.number}. {title(section.key, said)}{counted(moved, number)}")]
    if len(section.groups) == 1:
        return lines + _group(section.groups[0], "  ", said)
    for place, group in enumerate(section.groups):
        rest = title(section.rest(group), said) or t("with the same priority")
        many = counted(moved, (moved or {}).get(group.key, 0))
        lines += [("plain", f"  {section.label(place)} {rest}{many}"), *_group(group, "    ", said)]
    return lines


def _group(group: Group, margin: str, said: Saying) -> Lines:
    lines = _folded(whom(group.who), margin)
    for word, text in (
        (t("all of them"), always_text(group, said)),
        (t("some of them"), some_text(group, said)),
    ):
        if text:
            lines += _folded(t("{word}: {text}", word=word, text=text), margin)
    before, after = decided(group.witness, group_changes(group.witness, group), said)
    contact = json.dumps(group.witness.contact, ensure_ascii=False)
    at = "" if group.witness.now is None else t(" at {time}", time=group.witness.now.isoformat())
    return [
        *lines,
        *_folded(t("decided by: {rules}", rules=rules_text(group.rules)), margin),
        ("plain", f"{margin}{t('such as: {contact}{at}', contact=contact, at=at)}"),
        *_folded(t("  before: {before}", before=before), margin),
        *_folded(t("  now:    {after}", after=after), margin),
    ]


def _folded(text: str, margin: str) -> Lines:
    """A text in lines that a terminal holds; what belongs together stands a little further in."""
    within = margin + text[: len(text) - len(text.lstrip())]
    lines = fold(text.strip(), line_width(_WIDTH), within, f"{within}  ")
    return [("plain", line) for line in lines]


def _besides(difference: Difference) -> Lines:
    lines: Lines = []
    if difference.promises:
        lines += [("plain", ""), ("head", t("what is promised")), *promise_lines(difference, "  ")]
    return lines


def promise_lines(difference: Difference, margin: str = "") -> Lines:
    """Writes what became of the guarantees."""
    lines: Lines = []
    for item in difference.promises:
        lines.append(("plain", f"{margin}{promise_text(item)}"))
        lines += [
            ("plain", f"{margin}  {t('{word}: {text}', word=t(word), text=text)}")
            for word, text in ((msgid("was"), item.before), (msgid("is"), item.after))
            if text
            and (item.before != item.after or word == "is")
            and item.kind in ("removed", "added", "changed")
        ]
        if item.witness is not None:
            contact = contacts_text(item.witness)
            decision = decision_words(item.witness.decision, difference.said)
            if isinstance(item.witness, Pair) and item.witness.other_decision is not None:
                other = decision_words(item.witness.other_decision, difference.said)
                decision = t("{decision}; the other: {other}", decision=decision, other=other)
            lines.append(
                (
                    "plain",
                    margin + t("  such as: {contact} – {decision}", contact=contact, decision=decision),
                )
            )
    return lines


# ── as JSON ───────────────────────────────────────────────────────────────────


def difference_as_json(difference: Difference) -> dict[str, object]:
    """Writes a difference as plain data."""
    return {
        "old": {"policy": difference.old[0], "revision": difference.old[1]},
        "new": {"policy": difference.new[0], "revision": difference.new[1]},
        "answer": difference.answer,
        "concerned": difference.concerned or None,
        "concerned_in": list(difference.common.versions),
        "concerned_names": _names_as_json(difference.common),
        "groups": [_group_as_json(group) for group in difference.groups],
        "more_groups": difference.more,
        "settings": [
            {"kind": item.kind, "name": item.name, "message": item.message, "matters": item.matters}
            for item in difference.settings
        ],
        "guarantees": [_promise_as_json(item) for item in difference.promises],
        "unknown": [
            {"what": item.what, "reason": item.why.reason, "takes": item.why.takes}
            for item in difference.unknown
        ],
        "notes": list(difference.notes),
        "renames": [
            {"kind": item.kind, "before": item.before, "now": item.now, "sent": list(item.sent)}
            for item in difference.renames
        ],
        "edits": [asdict(item) for item in difference.edits],
        "seconds": difference.seconds,
        "years": list(difference.years),
    }


def _group_as_json(group: Group) -> dict[str, object]:
    twice = group.witness
    return {
        "title": title(group.key),
        "changes": [_change(change) for change in group.changes],
        "more_changes_in": list(group.more),
        "condition": group.who.condition or None,
        "condition_in": list(group.who.versions),
        "condition_names": _names_as_json(group.who),
        "exact": group.who.exact,
        "share": group.who.share or None,
        "rules": [{"before": one, "after": other} for one, other in group.rules],
        "witness": {
            "contact": twice.contact,
            "now": None if twice.now is None else twice.now.isoformat(),
            "before": twice.before.to_dict(),
            "after": twice.decision.to_dict(),
        },
    }


def _names_as_json(who: Description) -> dict[str, dict[str, str]]:
    """The names in a condition that are not the same in both versions."""
    return {item.written: {"name": item.name, "of": item.version} for item in who.meant}


def _change(change: Change) -> dict[str, object]:
    if change.part == "ranking" or (change.part in PART and holds_several(PART[change.part])):
        return {
            "part": change.part,
            "gone": _things(change.before),
            "come": _things(change.after),
            "always": change.always,
        }
    return {
        "part": change.part,
        "before": _things(change.before)[0],
        "after": _things(change.after)[0],
        "always": change.always,
    }


def _things(things: Sequence[object]) -> list[object]:
    return [
        str(thing) if isinstance(thing, Datum | StepDatum | DueOtherwise) else as_json(thing)
        for thing in things
    ]


def _promise_as_json(item: PromiseChange) -> dict[str, object]:
    return {
        "name": item.name,
        "title": item.title,
        "kind": item.kind,
        "before": item.before or None,
        "after": item.after or None,
        "now": item.now,
        "witness": witness_as_json(item.witness),
    }

"""A difference as whoever approves it reads it: what was edited, then whom it moves, in a few lines."""

import json
from collections.abc import Callable, Mapping, Sequence

from routekit.diagnostics.folding import fold, line_width, width_of
from routekit.diff.changes import Key
from routekit.diff.edit_wording import edited
from routekit.diff.report import Lines, group_changes, heading
from routekit.diff.results import Difference, Group, Section
from routekit.diff.wording import counted, decided, notes_text, promise_text, title, whom
from routekit.policy.outcome_parts import PART, Saying, written
from routekit.prover.report import contacts_text
from routekit.reasons.words import count, joined, shortened
from routekit.translation import clauses, t

__all__ = ["brief_lines"]

_WIDTH = 110
_MOST_LINES = 16
"""A difference is cut to so many lines, but shows one kind of change at least."""
_MOST_EDITS = 6


def brief_lines(difference: Difference, moved: Mapping[Key, int] | None = None) -> Lines:
    """Writes a difference in some fifteen lines, each with its role, as :func:`difference_lines` does."""
    lines = [*heading(difference), *_edited(difference)]
    below = _below(difference)
    lines += _moves(difference, moved, _MOST_LINES - len(lines) - len(below))
    return lines + below


def _edited(difference: Difference) -> Lines:
    texts = edited(difference)
    if not texts:
        return []
    if len(texts) == 1:
        return _folded(t("edited: {text}", text=texts[0]), "")
    more = len(texts) - _MOST_EDITS
    shown = texts if more <= 1 else texts[:_MOST_EDITS]
    lines: Lines = [("head", t("edited:"))]
    for text in shown:
        lines += _folded(text, "  ")
    return lines + (
        [("plain", t("  and {more} more: `--details` shows them", more=more))] if more > 1 else []
    )


def _moves(difference: Difference, moved: Mapping[Key, int] | None, room: int) -> Lines:
    groups = difference.groups
    if not groups:
        return []
    more = t("at least ") if difference.more else ""
    common = shortened(difference.common.told)
    where = t(", only where {common}", common=common) if common else ""
    lines = _folded(
        t(
            "moves: {more}{groups} of contacts{where}",
            more=more,
            groups=count(len(groups), "group"),
            where=where,
        ),
        "",
    )
    entries = _entries(groups)
    shown = 0
    for entry in entries:
        mine = _entry(entry, moved, difference.said)
        rest = 0 if shown + 1 == len(entries) else 2
        if shown and len(lines) + len(mine) + rest > room:
            break
        lines += mine
        shown += 1
    left = [_heading(entry, difference.said) for entry in entries[shown:]]
    return lines + (_cut(_folded(t("also {listed}", listed=t("; ").join(left)), "  ")) if left else [])


def _entries(groups: Sequence[Group]) -> list[Section]:
    """Gathers groups that lead from one queue, or to one queue, whichever are fewer; others by their part."""
    ways = [_gathered(groups, place) for place in ("before", "after")]
    return min(ways, key=len)


def _gathered(groups: Sequence[Group], place: str) -> list[Section]:
    found: dict[object, list[Group]] = {}
    for group in groups:
        changes = {change.part: change for change in group.key}
        queue = changes.get("queue")
        first = group.key[0].part if queue is None else getattr(queue, place)
        found.setdefault((first, changes.get("service")), []).append(group)
    return [Section(number, same[0].key, tuple(same)) for number, same in enumerate(found.values(), start=1)]


def _entry(entry: Section, moved: Mapping[Key, int] | None, said: Saying) -> Lines:
    """Groups of one kind: who, in one line if it has room, the smallest contact, and both decisions."""
    first = entry.groups[0]
    several = f" ({count(len(entry.groups), 'group')})" if len(entry.groups) > 1 else ""
    number = sum((moved or {}).get(group.key, 0) for group in entry.groups)
    lines = _cut(_folded(f"{entry.number}. {_heading(entry, said)}{several}{counted(moved, number)}", "  "))
    if not several and first.who.condition:
        lines += _short(whom(first.who)) or _short(first.who.share)
    at = "" if first.witness.now is None else t(" at {time}", time=first.witness.now.isoformat())
    lines.append(("plain", f"     {json.dumps(first.witness.contact, ensure_ascii=False)}{at}"))
    return lines + _folded(_decisions(first, said), "     ")


def _decisions(group: Group, said: Saying) -> str:
    """Both decisions, as far as they are of weight, and what else changes."""
    changes = group_changes(group.witness, group)
    led = {"given": "priority", "service": "channel"}
    leading = {led.get(change.part, change.part) for change in group.key}
    weighty = [change for change in changes if change.part in leading]
    before, after = decided(group.witness, weighty, said)
    others = [t(change.part) for change in changes if change.part not in leading and change.part not in led]
    more = t("; also {listed}", listed=joined(others)) if others else ""
    return f"{before} → {after}{more}"


def _heading(entry: Section, said: Saying) -> str:
    """Says what changes in all groups of an entry."""
    if len(entry.groups) == 1:
        return title(entry.key, said)
    changes = [change for group in entry.groups for change in group.key]
    queues = [change for change in changes if change.part == "queue"]
    if not queues:
        return _few(t("; ").join, [title(group.key, said) for group in entry.groups])
    queue = PART["queue"]
    ends = (
        _few(joined, [written(queue, getattr(change, end)[0], said) for change in queues])
        for end in ("before", "after")
    )
    service = title(tuple(change for change in entry.key if change.part == "service"), said)
    return clauses([t("queue {queue}", queue=" → ".join(ends)), *([service] if service else [])])


_MOST_NAMED = 4


def _few(join: Callable[[list[str]], str], texts: Sequence[str]) -> str:
    each = list(dict.fromkeys(texts))
    more = len(each) - _MOST_NAMED
    return join([*each[:_MOST_NAMED], t("{more} more", more=more)] if more > 0 else each)


def _short(text: str) -> Lines:
    """A condition where it has room in a line; else it is told on demand."""
    line = f"     {text}"
    return [("plain", line)] if text and width_of(line) <= line_width(_WIDTH) else []


def _cut(lines: Lines) -> Lines:
    """Two lines at most."""
    return lines if len(lines) <= 2 else [lines[0], (lines[1][0], f"{lines[1][1]} …")]


def _below(difference: Difference) -> Lines:
    """What is promised, what is open, and where there is more to read."""
    lines: Lines = []
    for promise in difference.promises:
        lines += _folded(promise_text(promise), "")
        if promise.witness is not None:
            lines.append(
                (
                    "plain",
                    t(
                        "  such as: {contact}",
                        contact=contacts_text(promise.witness),
                    ),
                )
            )
    for item in difference.unknown:
        lines += _folded(t("unknown beyond what is told: {reason}", reason=item.why.reason), "", "open")
    notes = [note for note in difference.notes if not note[0].isdigit()]  # what is counted was told
    if notes:
        lines += _folded(notes_text(notes), "")
    if difference.groups:
        lines.append(("plain", t("the conditions, all that changes and who decides: `--details`")))
    return lines


def _folded(text: str, margin: str, role: str = "plain") -> Lines:
    lines = fold(text, line_width(_WIDTH), margin, f"{margin}  ")
    return [(role, line) for line in lines]

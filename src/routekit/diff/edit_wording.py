"""Edits in words: one line for each thing, or for several that were edited alike."""

from collections.abc import Iterable, Iterator, Sequence

from routekit.diff.contact_map import is_of_the_map
from routekit.diff.results import Difference, Edit
from routekit.diff.wording import setting_text
from routekit.reasons.words import joined, shortened
from routekit.translation import plural, t

__all__ = ["edit_texts", "edited"]

_LONGEST = 100
_MOST_NAMES = 3
_TEXTS = ("title", "reason")
_EDITED = frozenset(("policy", "field", "message", "channel", "queue", "calendar", "offer", "fact"))
"""The kinds of settings of which edits tell."""


def edited(difference: Difference) -> list[str]:
    """Writes all edits of a difference, a line each, and the settings of which there are no edits."""
    others = (setting_text(item) for item in difference.settings if item.kind not in _EDITED)
    return [*edit_texts(difference.edits), *others]


def edit_texts(edits: Iterable[Edit]) -> list[str]:
    """Writes edits, a line each; titles and reasons, which decide nothing, are counted in the last one.

    >>> edit_texts([Edit("queue", "desk", "renamed", before="desk", now="care")])
    ['queue desk is called care now, wherever it stood']
    >>> edit_texts([Edit("rule", name, "changed", "priority", "2", "3") for name in ("gold", "best")])
    ['rules gold and best: priority 2 → 3']
    """
    told = [edit for edit in edits if edit.part not in _TEXTS]
    things: dict[tuple[str, str], list[Edit]] = {}
    for edit in told:
        things.setdefault((edit.kind, edit.name), []).append(edit)
    alike: dict[tuple[str, str], list[str]] = {}
    for (kind, name), same in things.items():
        alike.setdefault((kind, _of_thing(name, same)), []).append(name)
    lines = [f"{_named(kind, names)}{text}" for (kind, text), names in alike.items()]
    texts = sum(edit.part in _TEXTS for edit in edits)
    return [
        *lines,
        *([plural("{number:,} title or reason", "{number:,} title or reason", texts)] if texts else []),
    ]


def _named(kind: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{t(kind)} {names[0]}".strip() if kind else names[0]
    more = len(names) - _MOST_NAMES
    shown = [*names[:_MOST_NAMES], t("{more} more", more=more)] if more > 0 else names
    return t("{kind}s {listed}", kind=t(kind), listed=joined(shown))


def _of_thing(name: str, edits: Sequence[Edit]) -> str:
    is_idle = all(is_of_the_map(edit.kind, edit.part) for edit in edits)
    return "".join(_said(edits, name)) + (t("; changes no decision") if is_idle else "")


def _said(edits: Sequence[Edit], name: str) -> Iterator[str]:
    changes = [edit for edit in edits if edit.did == "changed"]
    for edit in edits:
        if edit.did != "changed":
            yield _whole(edit, name)
    if changes:
        yield t(": {reason}", reason=t("; ").join(map(_change, changes)))


def _whole(edit: Edit, name: str) -> str:
    callers = t("; {callers}", callers=edit.callers) if edit.callers else ""
    match edit.did:
        case "renamed":
            where = "" if edit.kind == "rule" else t(", wherever it stood")
            return t(" is called {now} now{where}{callers}", now=edit.now, where=where, callers=callers)
        case "moved":
            return t(" stands before {now} now", now=edit.now) if edit.now else t(" stands last now")
        case "added":
            text = edit.now.removeprefix(f"{edit.kind} {name}").strip()
            return t(
                " is new{text}{callers}",
                text=t(": {reason}", reason=_cut(text)) if text else "",
                callers=callers,
            )
        case _:
            text = edit.before if edit.kind == "row" else ""
            return t(
                " is gone{text}{callers}",
                text=t(": {reason}", reason=_cut(text)) if text else "",
                callers=callers,
            )


def _change(edit: Edit) -> str:
    before, now = _cut_apart(edit.before, edit.now)
    callers = t(" ({listed})", listed=edit.callers) if edit.callers else ""
    if before and now:
        return f"{t(edit.part) if edit.part else ''} {before} → {now}{callers}".strip()
    label = "" if edit.part in ("", "steps", "change") else f"{t(edit.part)} "
    said = f"{label}{now or before}"
    return (t("with {listed}", listed=said) if now else t("without {listed}", listed=said)) + callers


def _cut_apart(before: str, now: str) -> tuple[str, str]:
    """Cuts what was and is said, as far as they still differ."""
    one, other = _cut(before), _cut(now)
    if one != other or not one:
        return one, other
    alike = next(
        (place for place, pair in enumerate(zip(before, now, strict=False)) if pair[0] != pair[1]), 0
    )
    start = max(0, alike - _LONGEST // 4)
    return _cut(f"…{before[start:]}"), _cut(f"…{now[start:]}")


def _cut(text: str) -> str:
    short = shortened(text)
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 1]}…"

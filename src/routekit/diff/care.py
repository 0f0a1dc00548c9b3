"""What changed of whom a company turns to by itself."""

from collections.abc import Iterator
from dataclasses import replace

from routekit.diff.results import Setting
from routekit.policy import expressions as e
from routekit.policy.model import Cap, CheckedPolicy
from routekit.policy.reaches import Care, Due, Reach
from routekit.policy.references import body_of, care_expressions, declared, path_of
from routekit.reasons.words import Words
from routekit.schema.times import format_duration
from routekit.translation import t

__all__ = ["compare_care"]


def compare_care(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """Lists the reaches that are new, gone or made otherwise, and what changed for all of them."""
    told = [*_said(old, new), *_read(old, new)]
    if not told and _untitled(old.care) != _untitled(new.care):
        told.append(Setting("care", "care", t("means something else now, in the same words")))
    yield from told


def _said(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """What care says in one of the two."""
    was, is_ = _settings(old), _settings(new)
    for word in dict.fromkeys((*was, *is_)):
        yield from _changed("care", word, was.get(word), is_.get(word))
    before, after = (
        {reach.name: _clauses(policy, reach) for reach in policy.care.reaches} for policy in (old, new)
    )
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield Setting("reach", name, t("is no longer made"))
        elif name not in before:
            yield Setting("reach", name, t("is new: {clauses}", clauses=" ".join(after[name].values())))
        else:
            for word in dict.fromkeys((*before[name], *after[name])):
                yield from _changed("reach", name, before[name].get(word), after[name].get(word))
    order = [[name for name in names if name in before and name in after] for names in (before, after)]
    if order[0] != order[1]:
        yield Setting(
            "care",
            "reaches",
            t(
                "come in the order {now}; it was {before}",
                now=t(", ").join(order[1]),
                before=t(", ").join(order[0]),
            ),
        )


def _read(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """What care reads that goes by the same name in both, and is not the same."""
    was, is_ = _read_by_care(old), _read_by_care(new)
    for kind, name in was:
        if is_.get((kind, name), was[kind, name]) != was[kind, name]:
            yield Setting(kind, name, t("is otherwise now, and care reads it"))


def _read_by_care(policy: CheckedPolicy) -> dict[tuple[str, str], object]:
    """Maps each field, definition and calendar by which care is looked at to what it says."""
    if not policy.care.reaches:
        return {}
    fields = {path_of(ref): item for ref, item in declared(policy).items()}
    bodies = {item.name: body_of(item) for item in policy.definitions}
    queues = (policy.queues[reach.queue] for reach in policy.care.reaches if reach.queue is not None)
    found: dict[tuple[str, str], object] = {("policy", "timezone"): policy.timezone}
    calendars = {queue.calendar for queue in queues}
    pending, seen = [*care_expressions(policy)], set[e.Expr]()
    while pending:
        for part in e.parts(pending.pop()):
            match part:
                case e.FieldRef() | e.SignalRef():
                    item = fields[path := path_of(part)]
                    found["field", path] = item.type, item.optional, item.default
                case e.CalendarOpen(calendar):
                    calendars.add(calendar)
                case e.LetRef(name) | e.SegmentRef(name) if part not in seen:
                    seen.add(part)
                    pending.append(bodies[name])
                    found["let" if isinstance(part, e.LetRef) else "segment", name] = bodies[name]
    for calendar in sorted(name for name in calendars if name is not None):
        found["calendar", calendar] = policy.calendars[calendar]
    return found


def _untitled(care: Care) -> Care:
    return replace(care, reaches=tuple(replace(reach, title="") for reach in care.reaches))


def _changed(kind: str, name: str, was: str | None, is_: str | None) -> Iterator[Setting]:
    if was == is_:
        return
    if is_ is None:
        yield Setting(kind, name, t("no longer says `{before}`", before=was))
    elif was is None:
        yield Setting(kind, name, t("says `{now}` now", now=is_))
    else:
        yield Setting(kind, name, t("says `{now}`; it said `{before}`", now=is_, before=was))


def _settings(policy: CheckedPolicy) -> dict[str, str]:
    """What counts for all reaches, as a policy writes it."""
    words, care = Words(policy, whole=True), policy.care
    found = {}
    if care.quiet is not None:
        found["quiet"] = f"quiet {care.quiet}"
    if care.clock is not None:
        found["clock"] = f"clock {words.expr(care.clock)}"
    if care.consent is not None:
        found["consent"] = f"consent {words.expr(care.consent)}"
    for number, never in enumerate(care.nevers, start=1):
        found[f"never {number}"] = f"never when {words.expr(never.condition)}"
    return found


def _clauses(policy: CheckedPolicy, reach: Reach) -> dict[str, str]:
    """The clauses of a reach, as a policy writes them, each under its word."""
    words = Words(policy, whole=True)
    found = {"kind": "survey" if reach.is_survey else "reach"}
    if reach.condition is not None:
        found["when"] = f"when {words.expr(reach.condition)}"
    found["after"] = _due(words, reach.due)
    found["on"] = f"on {', '.join(reach.channels)}"
    given = [f"queue {reach.queue}"] if reach.queue else []
    given += [f"message {reach.message}"] if reach.message else []
    found["then"] = f"then {', '.join([*given, f'priority {reach.priority}'])}"
    for number, cap in enumerate(reach.caps):
        found[f"cap {number}"] = _cap(cap)
    return found


def _due(words: Words, due: Due) -> str:
    value = f"anniversary({words.expr(due.value)})" if due.recurs else words.expr(due.value)
    return f"after {value} by {format_duration(due.by)} for {format_duration(due.lasts)}"


def _cap(cap: Cap) -> str:
    together = "altogether " if cap.over is None else ""
    return f"{together}at most {cap.most} per {format_duration(cap.per)}"

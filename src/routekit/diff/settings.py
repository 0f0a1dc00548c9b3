"""What changed besides the rules: wordings, costs, what queues ask for, opening hours, what fields mean."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from routekit.diff.care import compare_care
from routekit.diff.renames import Rename
from routekit.diff.results import Setting
from routekit.policy import expressions as e
from routekit.policy.model import HISTORY, OUTCOME, CheckedPolicy, Feature, Message, Queue, SetPart
from routekit.policy.outcome_parts import PART
from routekit.policy.outcomes import all_outcomes, names_given
from routekit.policy.references import declared
from routekit.reasons.words import joined
from routekit.schema.times import format_duration
from routekit.schema.writing import number_text, quoted, type_text

__all__ = ["compare_settings", "cost_text", "feature_text", "rename_settings"]


def compare_settings(old: CheckedPolicy, new: CheckedPolicy) -> tuple[Setting, ...]:
    """Lists what changed, each with whether anybody notices it by itself.

    Opening hours matter by whom they lead elsewhere.
    """
    return tuple(
        chain(
            _history(old, new),
            _privacy(old, new),
            _declared(old, new),
            _samenesses(old, new),
            _messages(old, new),
            _channels(old, new),
            _queues(old, new),
            _calendars(old, new),
            compare_care(old, new),
        )
    )


def rename_settings(renames: Iterable[Rename]) -> Iterator[Setting]:
    """Lists what decisions call by another name."""
    for item in renames:
        if item.is_said:
            yield Setting(item.kind, item.before, f"is called {item.now} now, wherever it stood")


def _history(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """What is known of earlier contacts: it is worked out otherwise, and then decided by as it comes."""
    was = {feature.name: feature for feature in old.history}
    for feature in new.history:
        before = was.get(feature.name)
        if before is not None and before != feature:
            text = f"is `{feature_text(feature)}`; it was `{feature_text(before)}`"
            yield Setting("field", f"{HISTORY}.{feature.name}", text)


def feature_text(feature: Feature) -> str:
    """A feature as a policy writes it."""
    what = feature.what if isinstance(feature.what, str) else ".".join(feature.what or ())
    parts = ["open incident" if feature.kind == "open" else feature.kind, what]
    parts += [f"on {', '.join(feature.channels)}"] if feature.channels else []
    parts += [f"about {'.'.join(feature.about)}"] if feature.about is not None else []
    parts += [f"within {format_duration(feature.within)}"] if feature.within is not None else []
    return " ".join(part for part in parts if part)


def _privacy(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    before = declared(old)
    for leaf, item in declared(new).items():
        if leaf in before and isinstance(leaf, e.FieldRef) and before[leaf].private != item.private:
            text = "is private now, and was not" if item.private else "is no longer private"
            yield Setting("field", f"{leaf.record}.{leaf.field}", text, False)


def _declared(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """The parts of a decision that only one of the two declares, or each with a type of another kind."""
    was, is_ = ({field.name: type_text(field.type) for field in policy.data} for policy in (old, new))
    kinds = [{field.name: type(field.type) for field in policy.data} for policy in (old, new)]
    for name in dict.fromkeys((*was, *is_)):
        if kinds[0].get(name) is kinds[1].get(name):
            continue
        if name not in was:
            text = f"is new, `{is_[name]}`"
        elif name not in is_:
            text = "is no longer there"
        else:
            text = f"is `{is_[name]}`; it was `{was[name]}`"
        yield Setting("field", f"{OUTCOME}.{name}", text)


def _samenesses(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """Promises that contacts which differ in some fields alone are treated the same."""
    was, is_ = ({item.name: item for item in policy.samenesses} for policy in (old, new))
    for name in dict.fromkeys((*was, *is_)):
        if name not in is_:
            yield Setting("guarantee", name, "is no longer promised")
        elif name not in was:
            yield Setting("guarantee", name, "is newly promised")
        elif replace(was[name], title=is_[name].title) != is_[name]:
            yield Setting("guarantee", name, "is promised otherwise")


def _messages(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    said = _said(old) & _said(new)
    for name, message in new.messages.items():
        if name in old.messages:
            yield from _wordings(old.messages[name], message, name in said)


def _wordings(before: Message, after: Message, matters: bool) -> Iterator[Setting]:
    for channel in dict.fromkeys((*before.wordings, *after.wordings)):
        one, other = before.wordings.get(channel), after.wordings.get(channel)
        if one == other:
            continue
        if other is None:
            text = f"says nothing on {channel} any more; it said {quoted(one or '')}"
        elif one is None:
            text = f"says something on {channel} now: {quoted(other)}"
        else:
            text = f"says on {channel} {quoted(other)}; it said {quoted(one)}"
        yield Setting("message", after.name, text if matters else f"{text}; nobody is told it", matters)


def _said(policy: CheckedPolicy) -> set[str]:
    """The messages that somebody may be told."""
    changed = {
        str(change.value)
        for item in policy.adjustments
        for change in item.changes
        if isinstance(change, SetPart) and PART[change.part].names == "message"
    }
    return changed | names_given(all_outcomes(policy), "message")


def _channels(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    for name, after in new.channels.items():
        before = old.channels.get(name)
        if before is None:
            continue
        if before.assisted != after.assisted:
            was, is_ = ("assisted" if channel.assisted else "self_service" for channel in (before, after))
            yield Setting("channel", name, f"was {was} and is {is_} now")
        if before.cost != after.cost:
            yield Setting(
                "channel", name, f"costs {cost_text(after.cost)} a contact; it cost {cost_text(before.cost)}"
            )


def cost_text(cost: float | None) -> str:
    """Writes what a contact costs on a channel."""
    if cost is None:
        return "nothing that is told"
    rounded = f"{cost:.2f}"
    return rounded if float(rounded) == cost else number_text(cost)


def _queues(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    fed = names_given(all_outcomes(old), "queue") & names_given(all_outcomes(new), "queue")
    for name, after in new.queues.items():
        before = old.queues.get(name)
        if before is None:
            continue
        if set(before.skills) != set(after.skills):
            yield Setting(
                "queue",
                name,
                f"asks its agents for skills {_set(after.skills)}; it asked for {_set(before.skills)}",
                name in fed,
            )
        if before.channels != after.channels:
            yield Setting(
                "queue",
                name,
                f"is served on {', '.join(after.channels)}; it was on {', '.join(before.channels)}",
                False,
            )
        if before.calendar != after.calendar:
            yield Setting("queue", name, f"is open {_hours(after)}; it was {_hours(before)}", False)
    for name, queue in old.queues.items():
        if name not in new.queues:
            like = [
                other for other, item in new.queues.items() if other not in old.queues and _alike(queue, item)
            ]
            hint = f"; {joined(like, ' or ')} has its channels, skills and hours" if like else ""
            yield Setting("queue", name, f"is no longer there{hint}", False)


def _alike(one: Queue, other: Queue) -> bool:
    return (one.channels, set(one.skills), one.calendar) == (
        other.channels,
        set(other.skills),
        other.calendar,
    )


def _set(skills: tuple[str, ...]) -> str:
    return f"{{{', '.join(sorted(skills))}}}"


def _hours(queue: Queue) -> str:
    return "always" if queue.calendar is None else f"by {queue.calendar}"


def _calendars(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    for name, after in new.calendars.items():
        before = old.calendars.get(name)
        if before is None or before == after:
            continue
        if before.timezone != after.timezone:
            text = f"goes by the clocks of {after.timezone}; it went by those of {before.timezone}"
            yield Setting("calendar", name, text, False)
        was, is_ = (list(dict.fromkeys(map(str, item.clauses))) for item in (before, after))
        added = ", ".join(clause for clause in is_ if clause not in was)
        removed = ", ".join(clause for clause in was if clause not in is_)
        if added or removed:
            parts = [f"says {added} now"] if added else []
            parts += [f"it said {removed}" if added else f"no longer says {removed}"] if removed else []
            yield Setting("calendar", name, "; ".join(parts), False)
        elif before.timezone == after.timezone:
            yield Setting("calendar", name, "says the same in another order of what it begins with", False)

"""What changed besides the rules: wordings, costs, what queues ask for, opening hours, what fields mean."""

from collections.abc import Iterable, Iterator
from itertools import chain

from routekit.diff.care import compare_care
from routekit.diff.kept_facts import compare_facts
from routekit.diff.renames import Rename
from routekit.diff.results import Setting
from routekit.policy import expressions as e
from routekit.policy.model import HISTORY, OUTCOME, CheckedPolicy, Feature, Message, Queue, SetPart
from routekit.policy.outcome_parts import PART
from routekit.policy.outcomes import all_outcomes, names_given
from routekit.policy.references import declared, path_of
from routekit.reasons.words import joined
from routekit.schema.times import format_duration
from routekit.schema.types import Integer, Number, SetOf, Time, Type
from routekit.schema.writing import number_text, quoted, type_text
from routekit.translation import t

__all__ = ["compare_settings", "cost_text", "feature_text", "rename_settings"]


def compare_settings(old: CheckedPolicy, new: CheckedPolicy) -> tuple[Setting, ...]:
    """Lists what changed, each with whether anybody notices it by itself.

    Opening hours matter by whom they lead elsewhere.
    """
    return tuple(
        chain(
            _clock(old, new),
            _fractions(old, new),
            _history(old, new),
            _privacy(old, new),
            _declared(old, new),
            _messages(old, new),
            compare_facts(old, new),
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
            yield Setting(item.kind, item.before, t("is called {now} now, wherever it stood", now=item.now))


def _clock(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """By whose clock times are read that come without an offset."""
    if old.timezone != new.timezone:
        types = {type(_inner(item.type)) for policy in (old, new) for item in declared(policy).values()}
        text = t(
            "reads times that say no offset by the clocks of {now}, no longer of {before}",
            now=new.timezone,
            before=old.timezone,
        )
        has_periods = any(
            value.since is not None or value.until is not None
            for policy in (old, new)
            for fact in policy.facts
            for value in fact.values
        )
        yield Setting("policy", new.name, text, Time in types or has_periods)


def _fractions(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """The fields of which only one version reads numbers with a fraction."""
    was = declared(old)
    for leaf, item in declared(new).items():
        before = was.get(leaf)
        if before is None or {type(before.type), type(item.type)} != {Integer, Number}:
            continue
        types = {"now": type_text(item.type), "before": type_text(before.type)}
        if isinstance(item.type, Number):
            text = t("reads numbers with a fraction now: it is `{now}`, and was `{before}`", **types)
        else:
            text = t("reads no numbers with a fraction now: it is `{now}`, and was `{before}`", **types)
        yield Setting("field", path_of(leaf), text, is_read_apart=True)


def _inner(type_: Type) -> Type:
    return type_.element if isinstance(type_, SetOf) else type_


def _history(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """What is known of earlier contacts: it is worked out otherwise, and then decided by as it comes."""
    was = {feature.name: feature for feature in old.history}
    for feature in new.history:
        before = was.get(feature.name)
        if before is not None and before != feature:
            text = t(
                "is `{now}`; it was `{before}`",
                now=feature_text(feature),
                before=feature_text(before),
            )
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
            text = t("is private now, and was not") if item.private else t("is no longer private")
            yield Setting("field", f"{leaf.record}.{leaf.field}", text, False)


def _declared(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """The parts of a decision that only one of the two declares, or each with a type of another kind."""
    was, is_ = ({field.name: type_text(field.type) for field in policy.data} for policy in (old, new))
    kinds = [{field.name: type(field.type) for field in policy.data} for policy in (old, new)]
    for name in dict.fromkeys((*was, *is_)):
        if kinds[0].get(name) is kinds[1].get(name):
            continue
        if name not in was:
            text = t("is new, `{what}`", what=is_[name])
        elif name not in is_:
            text = t("is no longer there")
        else:
            text = t("is `{now}`; it was `{before}`", now=is_[name], before=was[name])
        yield Setting("field", f"{OUTCOME}.{name}", text)


def _messages(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    said = _said(old) & _said(new)
    for name, message in new.messages.items():
        if name in old.messages:
            yield from _wordings(old.messages[name], message, name in said)
    for name in dict.fromkeys((*old.messages, *new.messages)):
        was, is_ = (policy.messages[name].about if name in policy.messages else () for policy in (old, new))
        come, gone = (
            [matter for matter in one if matter not in other] for one, other in ((is_, was), (was, is_))
        )
        if come:
            text = t("answers questions about {listed} now", listed=t(", ").join(come))
            yield Setting("message", name, text, False)
        if gone:
            text = t("answers no questions about {listed} any more", listed=t(", ").join(gone))
            yield Setting("message", name, text, False)


def _wordings(before: Message, after: Message, matters: bool) -> Iterator[Setting]:
    for channel in dict.fromkeys((*before.wordings, *after.wordings)):
        one, other = before.wordings.get(channel), after.wordings.get(channel)
        if one == other:
            continue
        if other is None:
            text = t(
                "says nothing on {channel} any more; it said {quoted}",
                channel=channel,
                quoted=quoted(one or ""),
            )
        elif one is None:
            text = t("says something on {channel} now: {other}", channel=channel, other=quoted(other))
        else:
            text = t(
                "says on {channel} {other}; it said {one}",
                channel=channel,
                other=quoted(other),
                one=quoted(one),
            )
        yield Setting(
            "message", after.name, text if matters else t("{text}; nobody is told it", text=text), matters
        )


def _said(policy: CheckedPolicy) -> set[str]:
    """The messages that somebody may be told."""
    changed = {
        str(change.value)
        for item in policy.adjustments
        for change in item.changes
        if isinstance(change, SetPart) and PART[change.part].names == "message"
    }
    cared = {reach.message for reach in policy.care.reaches if reach.message is not None}
    answers = {message.name for message in policy.messages.values() if message.about}
    return changed | cared | answers | names_given(all_outcomes(policy), "message")


def _channels(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    for name, after in new.channels.items():
        before = old.channels.get(name)
        if before is None:
            continue
        if before.assisted != after.assisted:
            was, is_ = ("assisted" if channel.assisted else "self_service" for channel in (before, after))
            yield Setting("channel", name, t("was {before} and is {now} now", before=was, now=is_))
        if before.cost != after.cost:
            yield Setting(
                "channel",
                name,
                t(
                    "costs {cost} a contact; it cost {before}",
                    cost=cost_text(after.cost),
                    before=cost_text(before.cost),
                ),
            )


def cost_text(cost: float | None) -> str:
    """Writes what a contact costs on a channel."""
    if cost is None:
        return t("nothing that is told")
    rounded = f"{cost:.2f}"
    return rounded if float(rounded) == cost else number_text(cost)


def _queues(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    later = _led_to_later(old) & _led_to_later(new)
    fed = _fed(old) & _fed(new)
    for name, after in new.queues.items():
        before = old.queues.get(name)
        if before is None:
            continue
        if set(before.skills) != set(after.skills):
            yield Setting(
                "queue",
                name,
                t(
                    "asks its agents for skills {set}; it asked for {before}",
                    set=_set(after.skills),
                    before=_set(before.skills),
                ),
                name in fed,
            )
        if before.channels != after.channels:
            yield Setting(
                "queue",
                name,
                t(
                    "is served on {listed}; it was on {value_listed}",
                    listed=t(", ").join(after.channels),
                    value_listed=t(", ").join(before.channels),
                ),
                name in later,
            )
        if before.calendar != after.calendar:
            yield Setting(
                "queue",
                name,
                t("is open {after}; it was {before}", after=_hours(after), before=_hours(before)),
                False,
            )
    for name, queue in old.queues.items():
        if name not in new.queues:
            like = [
                other for other, item in new.queues.items() if other not in old.queues and _alike(queue, item)
            ]
            hint = (
                t("; {listed} has its channels, skills and hours", listed=joined(like, " or "))
                if like
                else ""
            )
            yield Setting("queue", name, t("is no longer there{hint}", hint=hint), False)


def _fed(policy: CheckedPolicy) -> set[str]:
    """The queues that somebody may come to."""
    cared = {reach.queue for reach in policy.care.reaches if reach.queue is not None}
    return cared | names_given(all_outcomes(policy), "queue")


def _led_to_later(policy: CheckedPolicy) -> set[str]:
    """The queues to which some step leads, whose decisions do not tell on which channel."""
    steps = (step for outcome in all_outcomes(policy) for step in outcome.plan)
    return {step.queue for step in steps if step.queue is not None}


def _alike(one: Queue, other: Queue) -> bool:
    return (one.channels, set(one.skills), one.calendar) == (
        other.channels,
        set(other.skills),
        other.calendar,
    )


def _set(skills: tuple[str, ...]) -> str:
    return f"{{{', '.join(sorted(skills))}}}"


def _hours(queue: Queue) -> str:
    return t("always") if queue.calendar is None else t("by {calendar}", calendar=queue.calendar)


def _calendars(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    for name, after in new.calendars.items():
        before = old.calendars.get(name)
        if before is None or before == after:
            continue
        if before.timezone != after.timezone:
            text = t(
                "goes by the clocks of {timezone}; it went by those of {before_timezone}",
                timezone=after.timezone,
                before_timezone=before.timezone,
            )
            yield Setting("calendar", name, text, False)
        was, is_ = (list(dict.fromkeys(map(str, item.clauses))) for item in (before, after))
        added = ", ".join(clause for clause in is_ if clause not in was)
        removed = ", ".join(clause for clause in was if clause not in is_)
        if added or removed:
            parts = [t("says {added} now", added=added)] if added else []
            parts += (
                [
                    t("it said {removed}", removed=removed)
                    if added
                    else t("no longer says {removed}", removed=removed)
                ]
                if removed
                else []
            )
            yield Setting("calendar", name, t("; ").join(parts), False)
        elif before.timezone == after.timezone:
            yield Setting("calendar", name, t("says the same in another order of what it begins with"), False)

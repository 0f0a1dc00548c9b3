"""A difference in words that a head of service reads."""

from collections.abc import Iterable, Mapping, Sequence

from routekit.diff.changes import ASPECTS, WEIGHED, Change, Key, holds_several, step_text
from routekit.diff.declared_parts import Datum
from routekit.diff.results import Description, Difference, Group, PromiseChange, Setting, Twice, sections
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.outcome_parts import PART, PLAIN, Kind, Part, Saying, leading, written
from routekit.reasons.words import count, shortened
from routekit.translation import clauses, msgids, plural, t

__all__ = [
    "always_text",
    "counted",
    "decided",
    "headline",
    "notes_text",
    "promise_text",
    "rules_text",
    "setting_text",
    "some_text",
    "title",
    "whom",
]

_SERVICE = msgids({"assisted": "a person", "self_service": "self-service"})
_KEEPS = msgids({"kept": "holds", "broken": "does not hold", "unknown": "may or may not hold"})
_MOST_RULES = 4
_MOST_NAMED = 4


def headline(difference: Difference) -> str:
    """Says the answer in one line."""
    match difference.answer:
        case "same":
            return t("proved the same: every contact there can be is treated as before")
        case "unknown":
            return t("unknown: no difference was found, but it is not proved that there is none")
        case _:
            said = [_counted(difference)] if difference.groups else [t("nobody is sent elsewhere")]
            if not difference.groups and any(item.is_read_apart for item in difference.settings):
                said = [t("nobody whom both read alike is sent elsewhere")]
            if not difference.groups and difference.unknown:
                said = [t("nobody was found who is sent elsewhere")]
            names = sum(item.is_said for item in difference.renames)
            others = sum(item.matters for item in difference.settings) - names
            said += [count(names, "new name")] if names else []
            said += [count(others, "setting")] if others else []
            if difference.promises:
                said.append(count(len(difference.promises), "guarantee"))
            return t("different: {listed}", listed=clauses(said))


def _counted(difference: Difference) -> str:
    number = len(sections(difference.groups))
    return (
        plural("at least {number:,} kind of change", "at least {number:,} kinds of change", number)
        if difference.more
        else plural("{number:,} kind of change", "{number:,} kinds of change", number)
    )


def counted(moved: Mapping[Key, int] | None, number: int) -> str:
    """Says how many contacts of a file are meant; nothing where there is no file."""
    return "" if moved is None else t("  ({number:,} of the contacts)", number=number)


def notes_text(notes: Sequence[str]) -> str:
    """Says what changed without any consequence; of many names some, and how many more there are.

    >>> notes_text(["1 rule was moved", "a, b, c, d, e, f are new or said otherwise"])
    '1 rule was moved, a, b, c, d and 2 more are new or said otherwise: nothing comes of it'
    """
    return t("{notes}: nothing comes of it", notes=clauses(map(_few_names, notes)))


def _few_names(note: str) -> str:
    *names, last = note.split(", ")
    more = len(names) + 1 - _MOST_NAMED
    return (
        t(
            "{listed} and {more:,} more {last}",
            listed=t(", ").join(names[:_MOST_NAMED]),
            more=more,
            last=last.partition(" ")[2],
        )
        if more > 1
        else note
    )


def title(key: Key, said: Saying = PLAIN) -> str:
    """Says what a group has in common.

    >>> title((Change("queue", ("general",), ("retention",)), Change("given", (5,), (2,))))
    'queue general → retention, priority 5 → 2'
    """
    order = sorted(key, key=lambda change: change.part == "service")
    return clauses(_change(change, said) for change in order)


def _change(change: Change, said: Saying) -> str:
    before, after = change.before, change.after
    match change.part:
        case "service":
            return f"{t(_SERVICE[str(before[0])])} → {t(_SERVICE[str(after[0])])}"
        case "given":
            return t("priority {before} → {after}", before=before[0], after=after[0])
        case "ranking":
            return t("the same offers in another order")
    part = PART[change.part]
    if part.kind is Kind.DATA:
        return t(", ").join(_data(before, after))
    if holds_several(part):
        comma = t(" and ") if part.kind is Kind.STEPS else t(", ")
        gone, come = (comma.join(_thing(thing, said) for thing in things) for things in (before, after))
        told = [t("without {listed}", listed=gone)] if before else []
        told += [t("with {listed}", listed=come)] if after else []
        return f"{t(part.phrase)} {t(', ').join(told)}"
    if not part.may_be_missing:
        return f"{t(part.phrase)} {_value(part, before[0], said)} → {_value(part, after[0], said)}"
    one, other = (
        t("no {word}", word=t(part.word)) if x is None else f"{t(part.phrase)} {_value(part, x, said)}"
        for x in (before[0], after[0])
    )
    return f"{one} → {other}"


def _data(before: Sequence[object], after: Sequence[object]) -> list[str]:
    """What changes of the parts that the policies declare."""
    was = {item.name: item.value for item in before if isinstance(item, Datum)}
    return [
        f"{item.name} {was[item.name]} → {item.value}" if item.name in was else str(item)
        for item in after
        if isinstance(item, Datum)
    ]


def _value(part: Part, value: object, said: Saying) -> str:
    """A value of a part; of one that is worked out, what works it out."""
    return shortened(str(value)) if part.computed else written(part, value, said)


def _thing(thing: object, said: Saying) -> str:
    return step_text(thing, said) if isinstance(thing, PlanStep) else str(thing)


def always_text(group: Group, said: Saying = PLAIN) -> str:
    """Says what else changes for all of a group."""
    led = {change.part for change in group.key}
    return t("; ").join(
        _change(change, said)
        for change in group.changes
        if change.always and change.part not in led and not _is_given(change, group.key)
    )


def some_text(group: Group, said: Saying = PLAIN) -> str:
    """Says what changes for some of a group."""
    led = {change.part for change in group.key}
    told: list[str] = []
    for name in ASPECTS:
        ways = [
            change
            for change in group.changes
            if change.part == name and not change.always and not _is_given(change, group.key)
        ]
        if ways and name not in led:
            told.append(_ways(name, ways, said, more=name in group.more))
    return t("; ").join(told)


def _ways(name: str, ways: Sequence[Change], said: Saying, *, more: bool) -> str:
    """The ways in which one part changes for some; which of them for whom, the contacts tell."""
    if len(ways) == 1 and not more:
        return _change(ways[0], said)
    if name == "ranking":
        return _change(ways[0], said)
    if name == "service":
        return t("a person or self-service, where it was the other")
    gone, come = (
        tuple(dict.fromkeys(thing for change in ways for thing in getattr(change, end)))
        for end in ("before", "after")
    )
    part = PART[name]
    if part.kind is Kind.STEPS:
        return t("other steps in the {name}", name=t(name))
    if holds_several(part):
        if more or (gone and come):
            return t("other {name}", name=t(name))
        listed = t(", ").join(_thing(thing, said) for thing in gone or come)
        return (
            t("fewer {name} ({listed})", name=t(name), listed=listed)
            if gone
            else t("more {name} ({listed})", name=t(name), listed=listed)
        )
    if not part.may_be_missing and not more:
        told = (f"{_value(part, way.before[0], said)} → {_value(part, way.after[0], said)}" for way in ways)
        return f"{t(part.phrase)} {t(', ').join(told)}"
    if gone == (None,):
        return (
            t("an {word}, where there was none", word=t(part.word))
            if part.word[0] in "aeiou"
            else t("a {word}, where there was none", word=t(part.word))
        )
    return (
        t("another {word} or none", word=t(part.word))
        if None in come
        else t("another {word}", word=t(part.word))
    )


def _is_given(change: Change, key: Key) -> bool:
    """Whether it is the change of priority that the title tells."""
    return change.part == "priority" and any(
        item.part == "given" and (item.before, item.after) == (change.before, change.after) for item in key
    )


def whom(who: Description) -> str:
    """Says for whom it changes."""
    share = f" – {who.share}" if who.share else ""
    if not who.condition:
        return (
            t("for some contacts{share}", share=share)
            if not who.exact
            else t("for every contact{share}", share=share)
        )
    return (
        t("exactly where {condition}{share}", condition=shortened(who.told), share=share)
        if who.exact
        else t("only where {condition}{share}", condition=shortened(who.told), share=share)
    )


def rules_text(rules: Sequence[tuple[str, str]]) -> str:
    """Names the rules that decide, before and now."""
    said = [one if one == other else f"{one} → {other}" for one, other in rules[:_MOST_RULES]]
    more = len(rules) - _MOST_RULES
    return t(", ").join(said) + (t(" and {more} more", more=more) if more > 0 else "")


def decided(twice: Twice, changes: Iterable[Change], said: Saying = PLAIN) -> tuple[str, str]:
    """Tells both decisions about a contact: the rules, and what differs."""
    parts = {change.part for change in changes}
    return _decision(twice.told, parts, said), _decision(twice.decision, parts, said)


def _decision(decision: Decision, parts: set[str], said: Saying) -> str:
    arm = "" if decision.arm is None else t(" arm {arm}", arm=decision.arm)
    told = (
        parts | ({"channel"} if "service" in parts else set()) | ({"offers"} if "ranking" in parts else set())
    )
    words = (_part(part, getattr(decision, part.name), said) for part in _TOLD if part.name in told)
    return clauses((t("rule {rule}{arm}", rule=decision.rule, arm=arm), *words))


_TOLD = leading(WEIGHED, "queue", "channel", "agent", "priority", "skills", "message", "offers")


def _part(part: Part, value: object, said: Saying) -> str:
    if part.kind is Kind.STEPS and isinstance(value, tuple):
        steps = t("; ").join(step_text(step, said) for step in value)
        return t("{part}: {steps}", part=t(part.phrase), steps=steps or t("none"))
    if value is None:
        return t("no {word}", word=t(part.word))
    return f"{t(part.phrase)} {written(part, value, said)}"


def setting_text(item: Setting) -> str:
    """Says what changed besides the rules; long wordings are cut."""
    message = shortened(item.message) if item.kind == "message" else item.message
    return t("{kind} {name} {message}", kind=t(item.kind), name=item.name, message=message)


def promise_text(item: PromiseChange) -> str:
    """Says what became of a guarantee."""
    name = t("guarantee {name}", name=item.name) + (f' "{item.title}"' if item.title else "")
    keeps = t(_KEEPS[item.now])
    match item.kind:
        case "removed":
            return t("no longer promised: {name}; in the new version it {keeps}", name=name, keeps=keeps)
        case "added":
            return t("newly promised: {name}; it {keeps}", name=name, keeps=keeps)
        case "changed" if item.before == item.after:
            return t(
                "promised of others: {name}: its words are the same, their meaning changed; it {keeps}",
                name=name,
                keeps=keeps,
            )
        case "changed":
            return t("promised otherwise: {name}; it {keeps}", name=name, keeps=keeps)
        case "broken":
            return t("no longer kept: {name}", name=name)
        case _:
            return t("kept now, and was not: {name}", name=name)

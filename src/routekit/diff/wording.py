"""A difference in words that a head of service reads."""

from collections.abc import Iterable, Sequence

from routekit.diff.changes import PARTS, Change, Key, step_text
from routekit.diff.results import Description, Difference, Group, PromiseChange, Twice
from routekit.diff.sections import chapters
from routekit.policy.decision import Decision, PlanStep
from routekit.reasons.words import count

__all__ = [
    "always_text",
    "decided",
    "headline",
    "promise_text",
    "rules_text",
    "some_text",
    "title",
    "whom",
]

_SERVICE = {"assisted": "a person", "self_service": "self-service"}
_MOST_RULES = 4


def headline(difference: Difference) -> str:
    """The answer in one line."""
    match difference.answer:
        case "same":
            return "proved the same: every contact there can be is treated as before"
        case "unknown":
            return "unknown: no difference was found, but it is not proved that there is none"
        case _:
            said = [_counted(difference)] if difference.groups else ["nobody is sent elsewhere"]
            if not difference.groups and difference.unknown:
                said = ["nobody was found who is sent elsewhere"]
            if difference.settings:
                said.append(count(len(difference.settings), "setting"))
            if difference.promises:
                said.append(count(len(difference.promises), "guarantee"))
            return f"different: {', '.join(said)}"


def _counted(difference: Difference) -> str:
    number = len(chapters(difference.groups))
    return f"{'at least ' if difference.more else ''}{count(number, 'kind')} of change"


def title(key: Key) -> str:
    """What a group has in common.

    >>> title((Change("queue", ("general",), ("retention",)), Change("given", (5,), (2,))))
    'queue general → retention, priority 5 → 2'
    """
    order = sorted(key, key=lambda change: change.part == "service")
    return ", ".join(map(_change, order))


def _change(change: Change) -> str:
    before, after = change.before, change.after
    match change.part:
        case "service":
            return f"{_SERVICE[str(before[0])]} → {_SERVICE[str(after[0])]}"
        case "queue" | "channel":
            return f"{change.part} {before[0]} → {after[0]}"
        case "priority" | "given":
            return f"priority {before[0]} → {after[0]}"
        case "agent" | "message":
            one, other = (f"{change.part} {x}" if x else f"no {change.part}" for x in (before[0], after[0]))
            return f"{one} → {other}"
        case "skills":
            return _gone_and_come("skills", before, after)
        case "plan":
            return _gone_and_come("plan", before, after, " and ")
        case "offers":
            return _gone_and_come("offers", before, after)
        case _:
            return "the same offers in another order"


def _gone_and_come(what: str, before: Sequence[object], after: Sequence[object], comma: str = ", ") -> str:
    said = []
    if before:
        said.append(f"without {comma.join(map(_thing, before))}")
    if after:
        said.append(f"with {comma.join(map(_thing, after))}")
    return f"{what} {', '.join(said)}"


def _thing(thing: object) -> str:
    return step_text(thing) if isinstance(thing, PlanStep) else str(thing)


def always_text(group: Group) -> str:
    """What else changes for all of a group."""
    led = {change.part for change in group.key}
    return "; ".join(
        _change(change)
        for change in group.changes
        if change.always and change.part not in led and not _is_given(change, group.key)
    )


def some_text(group: Group) -> str:
    """What changes for some of a group."""
    led = {change.part for change in group.key}
    said = []
    for part in PARTS:
        ways = [
            change
            for change in group.changes
            if change.part == part and not change.always and not _is_given(change, group.key)
        ]
        if ways and part not in led:
            said.append(_ways(part, ways, more=part in group.more))
    return "; ".join(said)


def _ways(part: str, ways: Sequence[Change], *, more: bool) -> str:
    """The ways in which one part changes for some; which of them for whom, the contacts tell."""
    if len(ways) == 1 and not more:
        return _change(ways[0])
    gone, come = (
        tuple(dict.fromkeys(thing for change in ways for thing in getattr(change, end)))
        for end in ("before", "after")
    )
    match part:
        case "skills" | "offers" if not more and not (gone and come):
            return f"{'fewer' if gone else 'more'} {part} ({', '.join(map(_thing, gone or come))})"
        case "skills" | "offers":
            return f"other {part}"
        case "plan":
            return "other steps in the plan"
        case "queue" | "channel" | "priority" if not more:
            return f"{part} " + ", ".join(f"{change.before[0]} → {change.after[0]}" for change in ways)
        case "agent" | "message" if gone == (None,):
            return f"{_A[part]}, where there was none"
        case "ranking":
            return _change(ways[0])
        case "service":
            return "a person or self-service, where it was the other"
        case _:
            return f"another {part}{' or none' if None in come else ''}"


_A = {"agent": "an agent", "message": "a message"}


def _is_given(change: Change, key: Key) -> bool:
    """Whether it is the change of priority that the title tells."""
    return change.part == "priority" and any(
        item.part == "given" and (item.before, item.after) == (change.before, change.after) for item in key
    )


def whom(who: Description) -> str:
    """For whom it changes."""
    share = f" – {who.share}" if who.share else ""
    if not who.condition:
        return f"for some contacts{share}" if not who.exact else f"for every contact{share}"
    return f"{'exactly' if who.exact else 'only'} where {who.condition}{share}"


def rules_text(rules: Sequence[tuple[str, str]]) -> str:
    """The rules that decide, before and now."""
    said = [one if one == other else f"{one} → {other}" for one, other in rules[:_MOST_RULES]]
    more = len(rules) - _MOST_RULES
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")


def decided(twice: Twice, changes: Iterable[Change]) -> tuple[str, str]:
    """Both decisions about a contact: the rules, and what differs."""
    parts = {change.part for change in changes}
    return _decision(twice.before, parts), _decision(twice.decision, parts)


def _decision(decision: Decision, parts: set[str]) -> str:
    arm = "" if decision.arm is None else f" arm {decision.arm}"
    said = [f"rule {decision.rule}{arm}"]
    said += [f"queue {decision.queue}"] if "queue" in parts else []
    said += [f"channel {decision.channel}"] if parts & {"channel", "service"} else []
    said += [f'agent "{decision.agent}"' if decision.agent else "no agent"] if "agent" in parts else []
    said += [f"priority {decision.priority}"] if "priority" in parts else []
    said += [f"skills {{{', '.join(sorted(decision.skills))}}}"] if "skills" in parts else []
    said += (
        [f"message {decision.message}" if decision.message else "no message"] if "message" in parts else []
    )
    said += [f"offers {{{', '.join(decision.offers)}}}"] if parts & {"offers", "ranking"} else []
    if "plan" in parts:
        said.append(f"plan: {'; '.join(map(step_text, decision.plan)) or 'none'}")
    return ", ".join(said)


def promise_text(item: PromiseChange) -> str:
    """What became of a guarantee."""
    name = f"guarantee {item.name}" + (f' "{item.title}"' if item.title else "")
    keeps = {"kept": "holds", "broken": "does not hold", "unknown": "may or may not hold"}[item.now]
    match item.kind:
        case "removed":
            return f"no longer promised: {name}; in the new version it {keeps}"
        case "added":
            return f"newly promised: {name}; it {keeps}"
        case "changed" if item.before == item.after:
            return f"promised of others: {name}: its words are the same, their meaning changed; it {keeps}"
        case "changed":
            return f"promised otherwise: {name}; it {keeps}"
        case "broken":
            return f"no longer kept: {name}"
        case _:
            return f"kept now, and was not: {name}"

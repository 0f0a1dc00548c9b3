"""What a log with outcomes knows: how long contacts take agents and wait, and how those who move fared.

Who moves is set beside those who were treated in the new way already: who came to the queue that the new
version leads to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from routekit.backtest.load import Handling
from routekit.diff import Key
from routekit.performance.figures import Figure
from routekit.performance.grouping import ContactReader
from routekit.performance.joining import LogFindings, Watch, joined, unwatched
from routekit.performance.log_entries import Contact, Entry, Reader
from routekit.performance.measures import Settings
from routekit.performance.score import score_of
from routekit.policy.model import CheckedPolicy

__all__ = ["FARED", "Fared", "Outcomes", "outcomes_of"]

FARED = ("waited_p50", "abandoned", "resolved_first", "came_back", "satisfied", "score")
"""The figures of a score that are told of those who move."""
_LEAST = 20
"""Contacts by which a time is called measured."""
_MOVED, _STAYED = "moved", "queue"


@dataclass(frozen=True, slots=True)
class Fared:
    """How contacts fared who move, by the names of the figures, and ``beside`` them those who were there."""

    moved: Mapping[str, Figure]
    beside: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a log tells: handling times by queue, and how each group of those who move fared."""

    handling: Mapping[str, Handling] = field(default_factory=dict)
    fared: Mapping[Key, Fared] = field(default_factory=dict)


def outcomes_of(
    policy: CheckedPolicy,
    entries: Callable[[Reader], Iterable[Entry]],
    moved: Mapping[str, Key],
    within: timedelta,
    watch: Watch = unwatched,
) -> Outcomes:
    """Reads what a log knows; ``entries`` yields its lines anew, by a reader of its records.

    ``moved`` are the changes for those who are treated differently, by the ids of their decisions, and
    ``within`` is the time of the service level.
    """
    handling = _handling(entries(ContactReader(("queue",), policy=policy)), watch)
    if not moved:
        return Outcomes(handling)
    keys = list(dict.fromkeys(moved.values()))
    numbers = {key: str(number) for number, key in enumerate(keys)}
    read = ContactReader(("queue",), policy=policy)

    def labelled(record: Mapping[str, object]) -> Contact:
        contact = read(record)
        key = moved.get(contact.id)
        told = (_STAYED, contact.queue) if key is None else (_MOVED, numbers[key])
        return replace(contact, key=told)

    settings = Settings(within.total_seconds())
    scored = score_of(entries(labelled), ("what", "which"), settings, least=1, policy=policy, watch=watch)
    figures = {group.key: group.figures for group in scored.groups}
    return Outcomes(handling, dict(_fared(keys, numbers, figures)))


def _fared(
    keys: Iterable[Key], numbers: Mapping[Key, str], figures: Mapping[tuple[str, ...], Mapping[str, Figure]]
) -> Iterator[tuple[Key, Fared]]:
    for key in keys:
        mine = figures.get((_MOVED, numbers[key]), {})
        queue = next((str(change.after[0]) for change in key if change.part == "queue"), None)
        beside = {} if queue is None else figures.get((_STAYED, queue), {})
        if any(name in mine and mine[name].of for name in FARED):
            yield key, Fared(mine, beside)


@dataclass(slots=True)
class _Times:
    """Seconds that agents took, and that customers waited, with how many gave up."""

    handled: float = 0.0
    ended: int = 0
    waited: float = 0.0
    gave_up: int = 0


def _handling(entries: Iterable[Entry], watch: Watch) -> dict[str, Handling]:
    """The handling times that are measured, by queue; patience as all waiting over those who gave up."""
    times: dict[str, _Times] = {}
    stories = joined(entries, LogFindings(), watch)
    try:
        for story in (story for theirs in stories for story in theirs):
            answered, ended = story.first("answered"), story.first("ended", "resolved")
            gave_up = story.first("abandoned")
            end = answered or gave_up
            if end is None:
                continue
            mine = times.setdefault(end.queue or story.contact.queue, _Times())
            mine.waited += max(0.0, end.at - story.contact.at)
            mine.gave_up += answered is None
            if answered is not None and ended is not None and ended.at > answered.at:
                mine.handled += ended.at - answered.at
                mine.ended += 1
    finally:
        stories.close()
    return {
        queue: Handling(
            timedelta(seconds=each.handled / each.ended),
            "measured",
            timedelta(seconds=each.waited / each.gave_up) if each.gave_up >= _LEAST and each.waited else None,
        )
        for queue, each in sorted(times.items())
        if each.ended >= _LEAST
    }

"""What customers really went through: paths, returns, repeats, steps that were reached, callbacks kept."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Protocol

from routekit.engine.policy import Policy
from routekit.performance.episodes import Episode, callback_of, episodes_of, places_of, steps_of
from routekit.performance.grouping import DEFAULT_MATTER, NOTHING, ContactReader
from routekit.performance.joining import LogFindings, Story, Watch, joined, unwatched
from routekit.performance.log_entries import Entry, read_logs
from routekit.policy.model import CheckedPolicy, SetPart
from routekit.policy.outcomes import outcomes_of
from routekit.translation import t

__all__ = ["Export", "Journeys", "Path", "StepUse", "journeys", "journeys_of"]

_LONGEST = 12
_MOST_PATHS = 100_000
GAP = timedelta(days=7)


class Export(Protocol):
    """Takes episodes one after the other, such as a file of events for tools of process mining."""

    def episode(self, episode: Episode) -> None:
        """Takes an episode."""


@dataclass(frozen=True, slots=True)
class Path:
    """A way that episodes went: places, each a channel and a queue; ``count`` episodes, one of a customer."""

    places: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class StepUse:
    """A step of a plan: its rule and number, what it does, and of how many contacts it was reached.

    ``of`` counts those with the step of which it is known. A callback is promised ``within`` so many seconds,
    from the least to the most where opening hours make it differ.
    """

    rule: str
    number: int
    after: float
    reached: int
    of: int
    queue: str | None = None
    within: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Journeys:
    """What customers went through, over all episodes: contacts about one matter, each soon after another.

    ``lengths`` counts episodes by their contacts, ``paths`` by where they led, most frequent first, with
    ``other_paths`` that found no room. ``returns`` are ways from a place to another and back, ``repeats``
    contacts on the channel of the one before, ``switches`` those on another. ``steps`` are those of plans,
    ``callbacks`` what became of promises. Of a policy's contact map, ``unseen`` are touchpoints that no
    contact passed and ``unknown`` what contacts did that it does not have, by what that is; None where no
    policy was given, ``unseen`` also where it has no touchpoint.
    """

    contacts: int
    episodes: int
    customers: int
    lengths: Counter[int]
    paths: tuple[Path, ...]
    other_paths: int
    returns: Counter[tuple[str, str]]
    repeats: Counter[str]
    switches: Counter[tuple[str, str]]
    steps: tuple[StepUse, ...]
    callbacks: Counter[str]
    unseen: tuple[str, ...] | None
    unknown: Counter[str] | None
    findings: LogFindings


def journeys(
    logs: Sequence[str],
    *,
    policy: Policy | None = None,
    gap: timedelta = GAP,
    matter: str = DEFAULT_MATTER,
    key: str = "customer.id",
) -> Journeys:
    """Follows customers through decision logs, from contact to contact about one matter.

    Contacts of one episode lie at most ``gap`` apart. Matters and touchpoints are those of ``policy``;
    without its matters, ``matter`` is the field that says what a contact is about. Customers are told apart
    by the field ``key``, or by its pseudonym. Raises ``OSError`` for a log that cannot be read.

    >>> journeys([]).episodes
    0
    """
    checked = None if policy is None else policy.checked
    reader = ContactReader((), policy=checked, matter=matter, key=key)
    return journeys_of(read_logs(logs, reader), policy=checked, gap=gap)


def journeys_of(
    entries: Iterable[Entry],
    *,
    policy: CheckedPolicy | None = None,
    gap: timedelta = GAP,
    exports: Sequence[Export] = (),
    watch: Watch = unwatched,
) -> Journeys:
    """Follows customers through the entries of logs; ``exports`` take each episode."""
    findings = LogFindings()
    stories = joined(entries, findings, watch)
    count = _Count(policy)
    try:
        for theirs in stories:
            count.customers += theirs[0].contact.customer is not None
            for story in theirs:
                count.story(story, findings.end)
            for episode in episodes_of(theirs, gap.total_seconds()):
                if episode.customer is not None:
                    count.episode(episode)
                for export in exports:
                    export.episode(episode)
    finally:
        stories.close()
    return count.journeys(findings)


@dataclass(slots=True)
class _Count:
    """What is counted, contact by contact and episode by episode."""

    policy: CheckedPolicy | None
    customers: int = 0
    episodes: int = 0
    lengths: Counter[int] = field(default_factory=Counter)
    paths: Counter[tuple[str, ...]] = field(default_factory=Counter)
    other_paths: int = 0
    returns: Counter[tuple[str, str]] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    switches: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: Counter[tuple[str, int, float, str | None, bool]] = field(default_factory=Counter)
    promised: dict[tuple[str, int, float, str | None], tuple[float, float]] = field(default_factory=dict)
    callbacks: Counter[str] = field(default_factory=Counter)
    seen: set[tuple[str, str]] = field(default_factory=set)
    unknown: Counter[str] = field(default_factory=Counter)
    ways: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        if self.policy is not None:
            self.ways = frozenset(_ways(self.policy))

    def story(self, story: Story, end: float) -> None:
        contact = story.contact
        for reached in steps_of(story):
            if reached.is_reached is not None:
                step = reached.step
                row = (contact.rule, reached.number, step.after, step.queue)
                self.steps[*row, reached.is_reached] += 1
                if step.within is not None:
                    low, high = self.promised.get(row, (step.within, step.within))
                    self.promised[row] = min(low, step.within), max(high, step.within)
        callback = callback_of(story, end)
        if callback is not None:
            self.callbacks[callback.fate] += 1
        elif story.first("called_back") is not None:
            self.callbacks["unpromised"] += 1
        if self.policy is not None:
            self._on_map(self.policy, story)

    def episode(self, episode: Episode) -> None:
        self.episodes += 1
        self.lengths[len(episode.stories)] += 1
        places = episode.places
        if len(places) > _LONGEST:
            places = (*places[:_LONGEST], "…")
        if places in self.paths or len(self.paths) < _MOST_PATHS:
            self.paths[places] += 1
        else:
            self.other_paths += 1
        for first, second, third in zip(places, places[1:], places[2:], strict=False):
            if first == third != second:
                self.returns[first, second] += 1
        for before, after in pairwise(story.contact.channel for story in episode.stories):
            if before == after:
                self.repeats[before] += 1
            else:
                self.switches[before, after] += 1

    def _on_map(self, policy: CheckedPolicy, story: Story) -> None:
        contact = story.contact
        channels = {contact.channel, contact.inbound} - {NOTHING}
        matters = contact.matter.split(", ")
        self.seen |= {(channel, matter) for channel in channels for matter in matters}
        drawn = policy.contact_map
        if drawn.touchpoints:
            known = {channel for point in drawn.touchpoints for channel in point.channels}
            for channel in sorted(channels - known):
                self.unknown[t("no touchpoint is on channel {channel}", channel=channel)] += 1
        if drawn.matters and not {matter.name for matter in drawn.matters} & set(matters):
            self.unknown[t("a contact has none of the matters")] += 1
        for before, after in pairwise(place.partition(" ")[2] for place in places_of(story)):
            if before != after and (before, after) not in self.ways:
                self.unknown[
                    t("no plan leads from queue {before} to {after}", before=before, after=after)
                ] += 1

    def journeys(self, findings: LogFindings) -> Journeys:
        order = sorted(self.paths.items(), key=lambda item: (-item[1], item[0]))
        return Journeys(
            findings.contacts, self.episodes, self.customers, self.lengths,
            tuple(Path(places, count) for places, count in order), self.other_paths, self.returns,
            self.repeats, self.switches, tuple(self._steps()), self.callbacks,
            tuple(self._unseen(self.policy)) if self.policy and self.policy.contact_map.touchpoints else None,
            None if self.policy is None else self.unknown, findings,
        )  # fmt: skip

    def _steps(self) -> Iterator[StepUse]:
        rows = {row[:4] for row in self.steps}
        for row in sorted(rows, key=lambda row: (row[0], row[1], row[2], row[3] or "")):
            rule, number, after, queue = row
            reached, missed = self.steps[*row, True], self.steps[*row, False]
            yield StepUse(rule, number, after, reached, reached + missed, queue, self.promised.get(row))

    def _unseen(self, policy: CheckedPolicy) -> Iterator[str]:
        """Touchpoints that contacts could pass and none did; where people meet, no log tells."""
        for point in policy.contact_map.touchpoints:
            is_seen = any(
                channel in point.channels and (not point.about or matter in point.about)
                for channel, matter in self.seen
            )
            if point.channels and not is_seen:
                yield point.name


def _ways(policy: CheckedPolicy) -> Iterator[tuple[str, str]]:
    """The ways between queues that plans have."""
    for rule in policy.rules:
        for outcome in outcomes_of(rule.body):
            before = outcome.queue
            for step in outcome.plan:
                for action in step.actions:
                    if isinstance(action, SetPart) and action.part == "queue":
                        yield before, str(action.value)
                        before = str(action.value)

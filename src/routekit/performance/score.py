"""Efficiency beside effect: what contacts cost and how long they waited, and whether that solved anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import ceil

from routekit.engine.policy import Policy
from routekit.performance.figures import Figure, Group
from routekit.performance.grouping import BESIDE, DEFAULT_MATTER, ContactReader, usual_groups
from routekit.performance.intervals import wilson
from routekit.performance.joining import Joined, LogFindings, Watch, joined, unwatched
from routekit.performance.log_entries import Entry, read_logs
from routekit.performance.measures import MEASURES, Settings, facts_of
from routekit.performance.parity import Comparison, compared, worse_than
from routekit.performance.spool import Spool
from routekit.policy.model import CheckedPolicy
from routekit.translation import t

__all__ = ["LEAST", "Score", "TooManyGroupsError", "score", "score_of"]

LEAST = 20
_MOST_GROUPS = 50_000


class TooManyGroupsError(ValueError):
    """Contacts grouped by something that nearly each of them has for itself; the message names it."""


@dataclass(frozen=True, slots=True)
class Score:
    """How contacts fared, in groups.

    ``by`` says what they are grouped by; a contact is in the group of each of its segments. ``groups`` are
    those of ``least`` contacts at least, the rows of one matter beside each other; ``hidden_groups`` smaller
    ones with ``hidden_contacts`` are in ``total`` alone. ``comparisons`` put the same matter by another
    channel beside it. ``findings`` say what is amiss with the logs; ``settings`` what figures were asked
    with; ``has_costs`` whether a policy said what contacts cost.
    """

    by: tuple[str, ...]
    groups: tuple[Group, ...]
    total: Group
    hidden_groups: int
    hidden_contacts: int
    comparisons: tuple[Comparison, ...]
    findings: LogFindings
    settings: Settings
    least: int
    has_costs: bool


def score(
    logs: Sequence[str],
    *,
    by: Sequence[str] = (),
    policy: Policy | None = None,
    least: int = LEAST,
    within: timedelta = timedelta(seconds=20),
    satisfied: float = 4,
    matter: str = DEFAULT_MATTER,
    key: str = "customer.id",
) -> Score:
    """Scores decision logs: files of JSON lines, also compressed by gzip, in any order.

    Contacts are grouped ``by`` parts of the decision (``channel``, ``queue``, ``segment``, ``day``, …) or
    paths of fields (``customer.tier``), by default by channel, segment and matter. Segments, matters and
    costs are those of ``policy``; without its matters, ``matter`` is the field that says what a contact is
    about. Groups of fewer than ``least`` contacts are hidden. A contact answered ``within`` that time counts
    for the service level, a rating from ``satisfied`` on as a good one. Customers are told apart by the field
    ``key``, or by its pseudonym.

    Raises ``OSError`` for a log that cannot be read, ``ValueError`` for what contacts cannot be grouped by.

    >>> found = score([])
    >>> found.by, found.total.figures["contacts"].value
    (('channel', 'matter'), 0)
    """
    checked = None if policy is None else policy.checked
    reader = ContactReader(by or usual_groups(checked), policy=checked, matter=matter, key=key)
    entries = read_logs(logs, reader)
    settings = Settings(within.total_seconds(), satisfied)
    return score_of(entries, by or usual_groups(checked), settings, least=least, policy=checked)


def score_of(
    entries: Iterable[Entry],
    by: Sequence[str],
    settings: Settings,
    *,
    least: int = LEAST,
    policy: CheckedPolicy | None = None,
    watch: Watch = unwatched,
) -> Score:
    """Scores entries whose contacts have the values of ``by`` as keys; ``watch`` shows how far it is."""
    findings = LogFindings()
    stories = joined(entries, findings, watch)
    settings = replace(settings, end=findings.end, told=frozenset(findings.events))
    try:
        tallies, total = _tallied(stories, settings, by)
    finally:
        stories.close()
    shown = [key for key, tally in tallies.items() if tally.contacts >= least]
    groups = [Group(key, tallies[key].figures()) for key in _ordered(shown, by)]
    marked = tuple(replace(group, worse_than=worse_than(group, groups, by)) for group in groups)
    return Score(
        tuple(by),
        marked,
        Group((), total.figures()),
        len(tallies) - len(shown),
        sum(tally.contacts for key, tally in tallies.items() if tally.contacts < least),
        compared(groups, by),
        findings,
        settings,
        least,
        policy is not None,
    )


def _ordered(keys: Iterable[tuple[str, ...]], by: Sequence[str]) -> list[tuple[str, ...]]:
    """Sorts keys so that those which differ in the channel alone stand beside each other."""
    place = by.index("channel") if "channel" in by else 0
    return sorted(keys, key=lambda key: (key[:place], key[place + 1 :], key[place : place + 1]))


# ── adding up ─────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Tally:
    """What the facts of a group add up to: for each measure of how many it is known, and the sum."""

    contacts: int = 0
    known: list[int] = field(default_factory=lambda: [0] * len(MEASURES))
    sums: list[float] = field(default_factory=lambda: [0.0] * len(MEASURES))
    waits: dict[str, float] = field(default_factory=dict)
    passed: int = 0

    def add(self, values: Sequence[float | bool | None]) -> None:
        self.contacts += 1
        known, sums = self.known, self.sums
        for place, value in enumerate(values):
            if value is not None:
                known[place] += 1
                sums[place] += value

    def figures(self) -> Mapping[str, Figure]:
        found: dict[str, Figure] = {}
        for measure, of, total in zip(MEASURES, self.known, self.sums, strict=True):
            match measure.kind:
                case "count":
                    found[measure.name] = Figure(self.contacts, self.contacts)
                case "share" if of:
                    found[measure.name] = Figure(total / of, of, round(total), *wilson(round(total), of))
                case "mean" if of:
                    found[measure.name] = Figure(total / of, of)
                case "sum" if of:
                    found[measure.name] = Figure(total, of)
                case "median" | "ninetieth" if of:
                    found[measure.name] = Figure(self.waits[measure.kind], of)
                case _:
                    found[measure.name] = Figure(None, 0)
        return found


def _tallied(
    stories: Joined, settings: Settings, by: Sequence[str]
) -> tuple[dict[tuple[str, ...], _Tally], _Tally]:
    tallies: dict[tuple[str, ...], _Tally] = {}
    total = _Tally()
    reads = [measure.of for measure in MEASURES]
    with Spool() as waits:
        for theirs in stories:
            for story, facts in zip(theirs, facts_of(theirs, settings), strict=True):
                values = [read(facts) for read in reads]
                total.add(values)
                keys = _keys(story.contact.key, by)
                for key in keys:
                    tally = tallies.get(key)
                    if tally is None:
                        if len(tallies) >= _MOST_GROUPS:
                            raise TooManyGroupsError(_too_many(by))
                        tally = tallies[key] = _Tally()
                    tally.add(values)
                if facts.waited is not None:
                    waits.put([("", facts.waited, [list(key) for key in keys])])
        _rank(waits, tallies, total)
    return tallies, total


def _keys(key: tuple[str, ...], by: Sequence[str]) -> list[tuple[str, ...]]:
    """The groups of a contact: one for each segment that it is in."""
    if "segment" not in by:
        return [key]
    place = by.index("segment")
    return [(*key[:place], name, *key[place + 1 :]) for name in key[place].split(BESIDE)]


def _rank(waits: Spool, tallies: Mapping[tuple[str, ...], _Tally], total: _Tally) -> None:
    """Finds the waits that half, and nine of ten, did not exceed, in one pass over all in their order."""
    place = next(number for number, measure in enumerate(MEASURES) if measure.kind == "median")
    for _, waited, held in waits:
        for tally in (total, *(tallies[tuple(key)] for key in held)):
            tally.passed += 1
            for kind, share in (("median", 0.5), ("ninetieth", 0.9)):
                if tally.passed == ceil(share * tally.known[place] - 1e-9):
                    tally.waits[kind] = waited


def _too_many(by: Sequence[str]) -> str:
    return t(
        "by {by} there are more than {most:,} groups; choose fields of fewer values",
        by=t(", ").join(f"`{name}`" for name in by),
        most=_MOST_GROUPS,
    )

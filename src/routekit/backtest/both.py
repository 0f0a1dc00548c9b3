"""Contacts decided by two policies: one by one, or a table at once, where each pair of decisions is looked
at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from routekit.backtest.tally import MOST_PLACES, QUARTER, Tally, quarter_of
from routekit.batch import Batch
from routekit.compiled import Compiled
from routekit.diff import Comparer, Key
from routekit.diff.renames import Rename, Renamed
from routekit.diff.totals import Totals
from routekit.intake import Intake
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Both", "Change"]

_QUARTER_US = QUARTER.seconds * 1_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """Two versions of a policy, what the new one calls otherwise, and the clock of timeless contacts."""

    old: CheckedPolicy
    new: CheckedPolicy
    renames: tuple[Rename, ...]
    now: datetime


class Both:
    """Decides by both versions."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._comparer = Comparer(change.old, change.new, change.renames)
        self._renamed = Renamed(change.old, change.renames)
        self._decide = tuple(Compiled(policy).decide for policy in (change.old, change.new))
        self._batches = tuple(
            Batch(policy, decide)
            for policy, decide in zip((change.old, change.new), self._decide, strict=True)
        )
        self._intake = Intake(change.new)

    def nothing(self) -> Tally:
        """A tally of no contact."""
        return Tally(Totals(self.change.old, self._renamed), Totals(self.change.new))

    # ── one by one ────────────────────────────────────────────────────────────

    def count(self, tally: Tally, contact: object, place: str) -> None:
        """Decides one contact, at its time or by the clock of all."""
        before, now = (decide(contact, self.change.now) for decide in self._decide)
        tally.locate(self.add(tally, before, now), (place,))
        arrived = self._arrival(self._intake.read(contact, self.change.now), contact)
        if arrived is None:
            tally.timeless += 1
        else:
            self.arrive(tally, (before, now), quarter_of(arrived))

    def add(self, tally: Tally, before: Decision, now: Decision, number: int = 1) -> Key | None:
        """Counts contacts that come to these decisions; what changes for them, None where nothing does."""
        tally.before.add(before, number)
        tally.now.add(now, number)
        if before.problems or now.problems:
            tally.with_problems += number
        changes = self._comparer.changes(before, now)
        if not changes:
            return None
        key = self._comparer.key(before, now, changes)
        tally.moved[key] += number
        return key

    def arrive(self, tally: Tally, decisions: Sequence[Decision], quarter: int, number: int = 1) -> None:
        """Counts contacts that come to queues in which people answer."""
        for version, decision in enumerate(decisions):
            queue = self._waits_in(version, decision)
            if queue is not None:
                tally.arrivals[version, queue, quarter] += number

    def _waits_in(self, version: int, decision: Decision) -> str | None:
        """The queue, by its new name, in which people answer; None of another."""
        policy = self.change.new if version else self.change.old
        if not policy.channels[decision.channel].assisted:
            return None
        return decision.queue if version else self._renamed.decision(decision).queue

    @staticmethod
    def _arrival(facts: Facts, contact: object) -> datetime | None:
        sent = contact.get("contact") if isinstance(contact, Mapping) else None
        if not isinstance(sent, Mapping) or sent.get("at") is None:
            return None
        return facts.now if not any(problem.path == "contact.at" for problem in facts.problems) else None

    # ── tables ────────────────────────────────────────────────────────────────

    def count_table(self, batch: "pa.RecordBatch") -> Tally:
        """Decides a table; its places are the numbers of rows, from 0. Needs pyarrow and numpy."""
        import numpy as np

        tally = self.nothing()
        if not batch.num_rows:
            return tally
        before, now = (each.decided(batch, now=self.change.now) for each in self._batches)
        ways = len(now.decisions)
        pairs = np.asarray(before.places, np.int64) * ways + np.asarray(now.places, np.int64)
        found, places, counts = np.unique(pairs, return_inverse=True, return_counts=True)
        places = places.reshape(-1)
        decided = [(before.decisions[pair // ways], now.decisions[pair % ways]) for pair in found.tolist()]
        rows: dict[Key, list[int]] = {}
        for place in range(len(decided)):
            key = self.add(tally, *decided[place], number=int(counts[place]))
            if key is not None:
                rows[key] = [*rows.get(key, ()), *np.flatnonzero(places == place)[:MOST_PLACES].tolist()]
        for key, found_in in rows.items():
            tally.locate(key, tuple(map(str, sorted(found_in)[:MOST_PLACES])))
        self._arrivals(tally, batch, decided, places)
        return tally

    def _arrivals(
        self, tally: Tally, batch: "pa.RecordBatch", decided: Sequence[tuple[Decision, Decision]], places: Any
    ) -> None:
        import numpy as np

        moments, known = self._batches[1].arrivals(batch)
        tally.timeless += int(batch.num_rows - known.sum())
        quarters = (moments // _QUARTER_US)[known]
        for version in (0, 1):
            names = [self._waits_in(version, pair[version]) for pair in decided]
            queues = list(dict.fromkeys(name for name in names if name is not None))
            nowhere = len(queues)
            codes = [nowhere if name is None else queues.index(name) for name in names]
            mine = np.array(codes, np.int64).take(places[known])
            wanted = mine < nowhere
            found, counts = np.unique(quarters[wanted] * nowhere + mine[wanted], return_counts=True)
            for code, number in zip(found.tolist(), counts.tolist(), strict=True):
                tally.arrivals[version, queues[code % nowhere], code // nowhere] += number

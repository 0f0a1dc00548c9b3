"""What a backtest found, as frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass

from routekit.backtest.load import Handling, QueueLoad, Week, loads_of, week_of
from routekit.backtest.outcomes import Fared, Outcomes
from routekit.backtest.tally import Tally
from routekit.diff import Difference, Group, Key
from routekit.diff.totals import Totals
from routekit.erlang import Target
from routekit.policy.model import CheckedPolicy
from routekit.schema.times import zone

__all__ = ["Backtest", "Moved", "backtested"]


@dataclass(frozen=True, slots=True)
class Moved:
    """Contacts for whom the same changes; ``places`` are where the first of them stand.

    ``group`` is that of the difference, with its condition; None where the difference did not tell it apart.
    ``fared`` is how they did before, where a log with outcomes tells it.
    """

    key: Key
    contacts: int
    places: tuple[str, ...]
    group: Group | None
    fared: Fared | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a new version of a policy would have done to contacts that came.

    ``moved`` come by their number, the most first. ``before`` and ``now`` are the totals of both versions,
    ``loads`` the busiest half hour of each queue in which people answer, ``weeks`` its mean week. ``broken``
    lines could not be read; ``in_doubt`` contacts may be treated differently, since what is asked of them is
    masked; ``timeless`` ones count in no load.
    """

    difference: Difference
    contacts: int
    moved: tuple[Moved, ...]
    before: Totals
    now: Totals
    loads: tuple[QueueLoad, ...]
    weeks: Mapping[str, Week]
    target: Target
    broken: int
    with_problems: int
    in_doubt: int
    timeless: int

    @property
    def treated_differently(self) -> int:
        """How many contacts move."""
        return sum(moved.contacts for moved in self.moved)

    @property
    def share(self) -> float:
        """Which share of the contacts moves, from 0 to 1."""
        return self.treated_differently / self.contacts if self.contacts else 0.0


def backtested(
    policy: CheckedPolicy,
    difference: Difference,
    tally: Tally,
    handling: Mapping[str, Handling],
    target: Target | None = None,
    outcomes: Outcomes | None = None,
) -> Backtest:
    """Puts what was counted beside the difference; ``policy`` is the new version, whose timezone counts.

    Handling times that are given count before those that ``outcomes`` tell.
    """
    known = outcomes or Outcomes()
    aim = target or Target()
    groups = {group.key: group for group in difference.groups}
    order = {key: place for place, key in enumerate(groups)}
    ranked = sorted(
        tally.moved.items(), key=lambda item: (-item[1], order.get(item[0], len(order)), str(item[0]))
    )
    weeks = week_of(tally.arrivals, zone(policy.timezone))
    return Backtest(
        difference,
        tally.contacts,
        tuple(
            Moved(key, number, tally.places.get(key, ()), groups.get(key), known.fared.get(key))
            for key, number in ranked
        ),
        tally.before,
        tally.now,
        loads_of(weeks, {**known.handling, **handling}, aim),
        weeks,
        aim,
        tally.broken,
        tally.with_problems,
        tally.in_doubt,
        tally.timeless,
    )

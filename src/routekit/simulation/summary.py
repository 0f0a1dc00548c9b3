"""What is kept of a replication: small enough to go from one process to another."""

from dataclasses import dataclass
from typing import TypeAlias

from routekit.simulation.tally import Tally, quantile
from routekit.translation import msgid

__all__ = ["MEASURES", "Measures", "Summary", "summary_of"]

Measures: TypeAlias = dict[str, float]

MEASURES = {
    "service_level": msgid("service level"),
    "wait_mean": msgid("waited on average, s"),
    "wait_p50": msgid("waited p50, s"),
    "wait_p90": msgid("waited p90, s"),
    "abandoned": msgid("abandoned"),
    "without_people": msgid("served without people"),
    "back_72h": msgid("of these back within 72 h"),
    "came_back": msgid("came back, of all contacts"),
    "called_in_time": msgid("calls back in time"),
    "blocked": msgid("found all lines busy"),
    "occupancy": msgid("occupancy"),
    "cost": msgid("cost a contact"),
}
"""What is measured of a replication, and its words. Shares are in percent."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One replication of one arm: its measures, and its counts by queue, half hour and contact."""

    measures: Measures
    offered: list[list[int]]
    in_time: list[list[int]]
    waited: list[list[float]]
    work: list[list[float]]
    waits: list[int]
    waited_by: list[float]
    offered_by: list[int]
    first_queue: bytes
    contacts: int
    unserved: int


def summary_of(tally: Tally) -> Summary:
    """Sums a replication up."""
    offered = sum(map(sum, tally.offered))
    histogram = tally.histogram()  # puts the waits in order
    waits = tally.waits
    staffed = sum(tally.staffed)
    measures = {
        "service_level": _percent(sum(map(sum, tally.in_time)), offered),
        "wait_mean": sum(waits) / len(waits) if waits else 0.0,
        "wait_p50": quantile(waits, 0.5),
        "wait_p90": quantile(waits, 0.9),
        "abandoned": _percent(sum(map(sum, tally.abandoned)), offered),
        "without_people": _percent(tally.contained, tally.contacts),
        "back_72h": _percent(tally.contained_back, tally.contained),
        "came_back": _percent(tally.came_back, tally.contacts),
        "called_in_time": _percent(tally.called_in_time, tally.called_back),
        "blocked": _percent(tally.blocked, tally.contacts),
        "occupancy": _percent(sum(tally.busy), staffed),
        "cost": tally.cost / tally.first_contacts if tally.first_contacts else 0.0,
    }
    return Summary(
        measures,
        tally.offered,
        tally.in_time,
        tally.waited,
        tally.work,
        histogram,
        tally.waited_by,
        tally.offered_by,
        bytes(tally.first_queue),
        tally.contacts,
        tally.unserved,
    )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0

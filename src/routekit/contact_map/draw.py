"""Draws the contact map of a policy: what is declared, what becomes of contacts, and what is found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from time import monotonic
from typing import TypeAlias

from routekit.contact_map.cells import Cells, Faults
from routekit.contact_map.declared import declared
from routekit.contact_map.kept import expired, too_long
from routekit.contact_map.results import KINDS, Cell, DrawnMap, Finding, Move, QueueOnMap
from routekit.contact_map.search import Found, Search, all_unknown
from routekit.contact_map.served import Served
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcome_parts import saying
from routekit.policy.references import path_of
from routekit.prover.encoding.space import Space, Unsettled, time_up
from routekit.prover.limits import TIMEOUT, YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.witness import Witnesses
from routekit.translation import t

__all__ = ["Progress", "draw"]

_MET = 1_600

Progress: TypeAlias = Callable[[int, int, str], None]
"""Told how much is done, of how much, and what is looked at."""


def draw(
    policy: CheckedPolicy,
    *,
    on: date,
    fills: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
    years: Years = YEARS,
    progress: Progress = lambda *_: None,
) -> DrawnMap:
    """Draws the map as it is ``on`` a day; what is not settled in ``timeout`` seconds is unknown.

    ``fills`` are what callers put into wordings, by the names of the places.
    """
    start = monotonic()
    years = checked_years(years)
    asked = _asked(policy, Deadline(timeout), years, progress)
    still = [*declared(policy), *too_long(policy, on, fills or {}), *expired(policy, on)]
    findings = _in_order(policy, [*((finding, FALSE) for finding in still), *asked.findings])
    faults = {
        place: (finding.about if finding.kind in ("blind", "misplaced") else "", literal)
        for place, (finding, literal) in enumerate(findings)
        if literal != FALSE
    }
    channels, cells, moves = asked.shown(faults)
    return DrawnMap(
        policy.name,
        policy.title,
        policy.revision,
        on,
        policy.contact_map.stages,
        policy.contact_map.touchpoints,
        policy.contact_map.matters,
        channels,
        cells,
        tuple(
            QueueOnMap(
                name, policy.called("queue", name), queue.channels, tuple(map(path_of, queue.asks_for))
            )
            for name, queue in policy.queues.items()
        ),
        moves,
        tuple(finding for finding, _ in findings),
        monotonic() - start,
        years=years,
        said=saying(policy),
    )


def _in_order(policy: CheckedPolicy, found: Iterable[Found]) -> list[Found]:
    """What is found and not allowed, by kind and then by place."""

    def place(item: Found) -> tuple[int, tuple[str, int]]:
        finding, _ = item
        where = ("", -1) if finding.span is None else (finding.span.source.name, finding.span.start)
        return KINDS.index(finding.kind), where

    return sorted((item for item in found if not _is_allowed(policy, item[0])), key=place)


def _is_allowed(policy: CheckedPolicy, finding: Finding) -> bool:
    span = finding.span
    return span is not None and any(
        allowed.code == finding.code
        and allowed.span.source.name == span.source.name
        and allowed.span.start <= span.start < allowed.span.end
        for allowed in policy.contact_map.allowed
    )


# ── of contacts ───────────────────────────────────────────────────────────────

Shown: TypeAlias = tuple[tuple[str, ...], tuple[Cell, ...], tuple[Move, ...]]
"""The channels by which contacts come in, the cells, and the ways between queues."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the space of a policy said: findings with their literals, and what shows the rest."""

    findings: list[Found]
    shown: Callable[[Faults], Shown]


def _asked(policy: CheckedPolicy, deadline: Deadline, years: Years, progress: Progress) -> _Asked:
    untold = unsupported(policy)
    if untold is not None:
        return _unknown(policy, Unsettled(untold, t(TAKES)))
    try:
        space = Space(policy, deadline, years=years)
        outcomes = Outcomes(space)
        served = Served(space, outcomes)
        outcomes.register()
        served.register()
        space.close()
        outcomes.build()
    except TimeUpError:
        return _unknown(policy, time_up())
    met = list(served.met())
    space.invite([*(met * (_MET // max(1, len(met)))), *(way.wanted for way in outcomes.ways)])
    witnesses = Witnesses(space, outcomes)
    matters = policy.contact_map.matters
    total = 2 * len(matters) + 3 + len(matters) * len(served.inbound)
    done = count()

    def step(what: str) -> None:
        progress(next(done), total, what)

    def shown(faults: Faults) -> Shown:
        cells = Cells(space, served, witnesses)
        return served.inbound, tuple(cells.cells(faults, step)), tuple(cells.moves())

    return _Asked(list(Search(space, outcomes, served, witnesses).findings(step)), shown)


def _unknown(policy: CheckedPolicy, why: Unsettled) -> _Asked:
    """Nothing is known of any contact."""
    channels = tuple(policy.channels)
    cells = tuple(
        Cell(matter.name, channel, "unknown") for matter in policy.contact_map.matters for channel in channels
    )
    return _Asked([(finding, FALSE) for finding in all_unknown(policy, why)], lambda _: (channels, cells, ()))

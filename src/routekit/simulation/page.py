"""A simulation as a page: what a head of service opens, and sends on."""

from collections.abc import Iterator
from itertools import accumulate
from math import inf

from routekit import pages
from routekit.pages import Curve, Markup, Series
from routekit.simulation.results import Measure, Results
from routekit.simulation.tally import WAIT_EDGES
from routekit.simulation.telling import PERCENT, called, changed, number, rows, who_waits_longer
from routekit.simulation.week import HALF_HOURS
from routekit.translation import msgids, plural, t

__all__ = ["as_page"]

_BETTER = {
    "service_level": True, "wait_mean": False, "wait_p50": False, "wait_p90": False, "abandoned": False,
    "back_72h": False, "came_back": False, "called_in_time": True, "blocked": False, "cost": False,
}  # fmt: skip
"""Which way each measure is better; of those that are not here neither is."""
_LEADING = ("service_level", "wait_p90", "abandoned", "cost")
_MOST_QUEUES, _MOST_SEGMENTS, _MOST_WEIGHTS = 6, 16, 8
_EXPLAINED = msgids(
    {
        "service_level": "of all who came to people, those answered in time",
        "wait_p90": "nine of ten answered waited no longer",
        "abandoned": "of all who came to people, those who gave up",
        "cost": "all channels a customer used, divided by those who came first",
    }
)


def as_page(found: Results, title: str) -> str:
    """Returns a simulation as one HTML page that needs nothing beside it."""
    lead = t(
        "simulated, not measured: {days} from {begin}, {contacts:,.0f} contacts, {replications}, seed {seed}",
        days=plural("{number} day", "{number} days", found.days),
        begin=found.begin,
        contacts=found.contacts,
        replications=plural("{number} replication", "{number} replications", found.replications),
        seed=found.seed,
    )
    return pages.page(title, *_sections(found), lead=lead)


def _sections(found: Results) -> Iterator[Markup]:
    two = len(found.arms) > 1
    yield pages.section(
        t("What comes of it"),
        pages.key_figures(_leading(found)),
        pages.beside(
            pages.table(t("Measures"), _head(found), [_row(found, row) for row in rows(found)]),
            *_differences(found),
        ),
        *(
            pages.paragraph(t("Who waits longer: {segments}.", segments=who_waits_longer(found)))
            for _ in [0]
            if two
        ),
        *_worst(found),
        wide=True,
    )
    yield from _days(found)
    yield _waits(found)
    moved = [flow for flow in found.flows if flow.now != flow.new]
    if two:
        yield pages.section(
            t("Who is led elsewhere"),
            pages.flows(
                t("Queues at arrival"),
                [pages.Flow(flow.now, flow.new, flow.contacts) for flow in found.flows],
                before=t("now"),
                after=t("new"),
                unit=t("contacts"),
            )
            if moved
            else pages.paragraph(t("Every contact is led to the same queue.")),
        )
    if found.segments:
        yield _segments(found)
    yield _assumed(found)


def _leading(found: Results) -> Iterator[tuple[str, str, str]]:
    for measure in found.measures:
        if measure.name in _LEADING:
            now = number(measure.name, measure.now.mean)
            said = now if measure.new is None else f"{now} → {number(measure.name, measure.new.mean)}"
            yield called(found, measure.name), said, t(_EXPLAINED[measure.name])


def _head(found: Results) -> list[str]:
    return ["", t("now"), t("new"), t("difference, 95 %")] if len(found.arms) > 1 else ["", t("value")]


def _row(found: Results, row: tuple[str, str, str, str]) -> tuple[str, ...]:
    return row if len(found.arms) > 1 else row[:2]


def _differences(found: Results) -> Iterator[Markup]:
    shown = [
        pages.Interval(
            called(found, measure.name),
            measure.difference.mean,
            measure.difference.low,
            measure.difference.high,
            _unit(measure.name),
            more_is_better=_BETTER.get(measure.name),
        )
        for measure in found.measures
        if measure.difference is not None and measure.difference.high < inf
    ]
    if shown:
        yield pages.intervals(
            t("New against now"),
            shown,
            lead=t("the same contacts and chances in both; what is of one unit is of one scale"),
        )


def _unit(name: str) -> str:
    """What a difference is counted in."""
    if name.startswith("wait_"):
        return "s"
    return t("points") if name in PERCENT else ""


def _worst(found: Results) -> Iterator[Markup]:
    for arm, name in zip(found.arms, (t("now"), t("new")), strict=False):
        if arm.worst is not None:
            yield pages.note(
                t(
                    "{arm}: the lowest service level is that of {queue} on {when}, {level:.0f} %.",
                    arm=name,
                    queue=arm.worst.queue,
                    when=arm.worst.half_hour,
                    level=arm.worst.service_level,
                )
            )


def _days(found: Results) -> Iterator[Markup]:
    """Load and waiting over an average day, of the queues with the most contacts."""
    at = [f"{half // 2:02}:{'30' if half % 2 else '00'}" for half in range(HALF_HOURS)]
    arms = [*zip(found.arms, (t("now"), t("new")), strict=False)]
    busiest = sorted(
        {day.queue for arm in found.arms for day in arm.queues},
        key=lambda name: (
            -max(sum(day.offered) for arm in found.arms for day in arm.queues if day.queue == name)
        ),
    )[:_MOST_QUEUES]
    blocks: list[Markup] = []
    for queue in busiest:
        days = [(day, name) for arm, name in arms for day in arm.queues if day.queue == queue]
        load = [Series(name, day.erlangs) for day, name in days]
        wait = [
            Series(name, tuple(s if n else None for s, n in zip(day.wait, day.offered, strict=True)))
            for day, name in days
        ]
        blocks.append(
            pages.beside(
                pages.lines(t("{queue}: load in erlangs", queue=queue), at, load),
                pages.lines(t("{queue}: waiting", queue=queue), at, wait, unit="s"),
            )
        )
    if blocks:
        yield pages.section(
            t("Load and waiting over the day"),
            *blocks,
            lead=t("an average day; one erlang keeps one person busy"),
            wide=True,
        )


def _waits(found: Results) -> Markup:
    curves = [
        Curve(name, tuple(zip((*WAIT_EDGES, WAIT_EDGES[-1] * 2), [*accumulate(arm.waits)], strict=True)))
        for arm, name in zip(found.arms, (t("now"), t("new")), strict=False)
    ]
    most = max(
        (place for arm in found.arms for place, share in enumerate(arm.waits) if share > 0.002), default=0
    )
    return pages.section(
        t("How long the answered waited"),
        pages.distribution(
            t("Share answered within a time"),
            [Curve(curve.name, curve.points[: most + 1]) for curve in curves],
        ),
    )


def _segments(found: Results) -> Markup:
    two = len(found.arms) > 1
    head = [t("segment"), t("contacts to people"), t("now")] + (
        [t("new"), t("difference, 95 %")] if two else []
    )
    ordered = sorted(found.segments, key=lambda segment: -segment.contacts)[:_MOST_SEGMENTS]

    def row(name: str, contacts: float, wait: Measure) -> list[str]:
        cells = [name, f"{contacts:,.0f}", number(wait.name, wait.now.mean)]
        if wait.new is not None and wait.difference is not None:
            cells += [number(wait.name, wait.new.mean), changed(wait.name, wait.difference)]
        return cells

    return pages.section(
        t("By segment"),
        pages.table(
            t("Seconds waited on average"),
            head,
            [row(segment.title, segment.contacts, segment.wait) for segment in ordered],
        ),
    )


def _assumed(found: Results) -> Markup:
    if not found.assumed:
        return pages.section(
            t("What was assumed"), pages.paragraph(t("All values of the scenario are measured."))
        )
    blocks = [
        pages.paragraph(
            t("Nobody measured these; the service level moves by so many points where one is a fifth larger.")
        )
    ]
    if found.weights:
        blocks.append(
            pages.bars(
                t("What matters most"),
                [weight.path for weight in found.weights[:_MOST_WEIGHTS]],
                [Series(t("points"), tuple(weight.effect for weight in found.weights[:_MOST_WEIGHTS]))],
            )
        )
    values = pages.table(
        t("Assumptions"), [t("what"), t("value")], [[path, value] for path, value in found.assumed]
    )
    blocks.append(pages.disclosure(t("All assumptions"), values))
    return pages.section(t("What was assumed"), *blocks)

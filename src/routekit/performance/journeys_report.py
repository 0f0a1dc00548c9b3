"""What customers went through, as text, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

from routekit.performance.journeys import Journeys, StepUse
from routekit.performance.score_report import aligned, findings_as_dict
from routekit.schema.times import format_duration
from routekit.schema.writing import JSON
from routekit.translation import t

__all__ = [
    "FORMAT_VERSION",
    "callbacks_said",
    "journeys_as_csv",
    "journeys_as_dict",
    "journeys_lines",
    "path_said",
    "step_said",
]

FORMAT_VERSION = 1
_MOST = 15
_FATES = ("kept", "late", "missed", "served", "open", "unpromised")


def path_said(places: tuple[str, ...]) -> str:
    """Returns a path as people read it.

    >>> path_said(("app machine", "voice general"))
    'app machine → voice general'
    """
    return " → ".join(places)


def step_said(use: StepUse) -> str:
    """Returns what a step does, and when."""
    after = format_duration(timedelta(seconds=use.after))
    if use.within is not None:
        low, high = (format_duration(timedelta(seconds=round(seconds))) for seconds in use.within)
        span = low if low == high else t("{low} to {high}", low=low, high=high)
        return t("after {after}: callback within {span}", after=after, span=span)
    if use.queue is not None:
        return t("after {after}: queue {queue}", after=after, queue=use.queue)
    return t("after {after}", after=after)


def callbacks_said(found: Journeys) -> Iterator[tuple[str, int]]:
    """Yields what became of callbacks, and how often."""
    said = {
        "kept": t("called back in time"),
        "late": t("called back too late"),
        "missed": t("never called back"),
        "served": t("answered by somebody before"),
        "open": t("not due yet at the end of the log"),
        "unpromised": t("called back without a promise"),
    }
    for fate in _FATES:
        if found.callbacks[fate]:
            yield said[fate], found.callbacks[fate]


def journeys_lines(found: Journeys) -> Iterator[str]:
    """Yields the lines that a terminal shows."""
    yield t(
        "{contacts:,} contacts, {episodes:,} episodes of {customers:,} customers",
        contacts=found.contacts,
        episodes=found.episodes,
        customers=found.customers,
    )
    if found.episodes:
        yield from _section(t("contacts in an episode"), [t("contacts"), t("episodes")], _lengths(found))
    rows = [[path_said(path.places), f"{path.count:,}"] for path in found.paths[:_MOST]]
    yield from _section(t("paths"), [t("path"), t("episodes")], rows)
    left = sum(path.count for path in found.paths[_MOST:]) + found.other_paths
    if left:
        yield t("  and {number:,} episodes on other paths", number=left)
    back = [
        [f"{one} → {two} → {one}", f"{count:,}"] for (one, two), count in found.returns.most_common(_MOST)
    ]
    yield from _section(t("there and back"), [t("path"), t("times")], back)
    again = [[channel, f"{count:,}"] for channel, count in found.repeats.most_common()]
    yield from _section(t("again on the same channel"), [t("channel"), t("times")], again)
    moved = [[f"{one} → {two}", f"{count:,}"] for (one, two), count in found.switches.most_common(_MOST)]
    yield from _section(t("then on another channel"), [t("channels"), t("times")], moved)
    steps = [[use.rule, step_said(use), f"{use.reached:,}", f"{use.of:,}"] for use in found.steps]
    head = [t("rule"), t("step"), t("reached"), t("of")]
    yield from _section(t("steps of plans"), head, steps, names=2)
    calls = [[said, f"{count:,}"] for said, count in callbacks_said(found)]
    yield from _section(t("callbacks"), [t("what became of them"), t("times")], calls)
    if found.unseen:
        yield t("touchpoints that no contact passed: {names}", names=t(", ").join(found.unseen))
    if found.unknown:
        rows = [[said, f"{count:,}"] for said, count in found.unknown.most_common(_MOST)]
        yield from _section(t("what the contact map does not know"), [t("what"), t("times")], rows)


def _lengths(found: Journeys) -> list[list[str]]:
    few = [[f"{number}", f"{found.lengths[number]:,}"] for number in (1, 2, 3) if found.lengths[number]]
    more = sum(count for number, count in found.lengths.items() if number > 3)
    return [*few, *([[t("4 or more"), f"{more:,}"]] if more else [])]


def _section(title: str, head: list[str], rows: list[list[str]], names: int = 1) -> Iterator[str]:
    if rows:
        yield from aligned(title, head, rows, names)


def journeys_as_dict(found: Journeys) -> dict[str, JSON]:
    """Returns what customers went through as JSON has it."""
    return {
        "format_version": FORMAT_VERSION,
        "log": findings_as_dict(found.findings),
        "contacts": found.contacts,
        "episodes": found.episodes,
        "customers": found.customers,
        "lengths": [{"contacts": key, "episodes": count} for key, count in sorted(found.lengths.items())],
        "paths": [{"places": list(path.places), "episodes": path.count} for path in found.paths],
        "other_paths": found.other_paths,
        "returns": [
            {"from": one, "by": two, "times": count} for (one, two), count in found.returns.most_common()
        ],
        "repeats": [{"channel": key, "times": count} for key, count in found.repeats.most_common()],
        "switches": [
            {"from": one, "to": two, "times": count} for (one, two), count in found.switches.most_common()
        ],
        "steps": [
            {
                "rule": use.rule, "number": use.number, "after": use.after, "queue": use.queue,
                "callback_within": None if use.within is None else list(use.within),
                "reached": use.reached, "of": use.of,
            }
            for use in found.steps
        ],
        "callbacks": {fate: found.callbacks[fate] for fate in _FATES},
        "unseen": None if found.unseen is None else list(found.unseen),
        "unknown": None
        if found.unknown is None
        else [{"what": key, "times": count} for key, count in found.unknown.most_common()],
    }  # fmt: skip


def journeys_as_csv(found: Journeys) -> str:
    """Returns the paths as CSV, most frequent first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["path", "episodes"])
    for path in found.paths:
        said = path_said(path.places)
        writer.writerow([f"'{said}" if said[:1] in "=+-@" else said, path.count])
    return stream.getvalue()

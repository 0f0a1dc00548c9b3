"""A simulation told as text, as a head of service reads it."""

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from routekit.simulation.intervals import Interval
from routekit.simulation.results import Measure, Results
from routekit.simulation.summary import MEASURES
from routekit.translation import plural, t

__all__ = ["PERCENT", "Simulation", "called", "number", "rows", "told", "who_waits_longer"]

PERCENT = frozenset(
    (
        "service_level",
        "abandoned",
        "without_people",
        "back_72h",
        "came_back",
        "called_in_time",
        "blocked",
        "occupancy",
    )
)
"""Measures that are shares, in percent."""

_MOST_NAMED = 5


def called(found: Results, name: str) -> str:
    """Names a measure: ``service level 20 s``."""
    label = t(MEASURES[name]) if name in MEASURES else name
    return f"{label} {found.within:g} s" if name == "service_level" else label


def number(name: str, value: float) -> str:
    """Writes a value of a measure, with as many digits as say something."""
    if name in PERCENT:
        return f"{value:.1f} %"
    return f"{value:.2f}" if name == "cost" else f"{value:.1f}"


def rows(found: Results) -> Iterator[tuple[str, str, str, str]]:
    """Yields the table: what, now, new, and the difference with its interval."""
    for measure in found.measures:
        difference = ""
        if measure.difference is not None:
            difference = changed(measure.name, measure.difference)
        new = "" if measure.new is None else number(measure.name, measure.new.mean)
        yield called(found, measure.name), number(measure.name, measure.now.mean), new, difference


def changed(name: str, difference: Interval) -> str:
    """Writes a difference with its interval: ``+5.0 (+4.6 to +5.4)``."""
    digits = 2 if name == "cost" else 1
    mean, low, high = (_signed(value, digits) for value in (difference.mean, difference.low, difference.high))
    if difference.low == -float("inf"):
        return t("{mean} (one replication: no interval)", mean=mean)
    return t("{mean} ({low} to {high})", mean=mean, low=low, high=high)


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")


def who_waits_longer(found: Results) -> str:
    """Says which segments wait longer under the new policy, as far as that is found."""
    longer = found.longer
    if not longer:
        compared = [segment for segment in found.segments if segment.wait.difference is not None]
        if not compared:
            return t("no segment to be compared")
        most = max(
            compared, key=lambda segment: segment.wait.difference.mean if segment.wait.difference else 0.0
        )
        assert most.wait.difference is not None
        return t(
            "nobody, as far as is found; the most {segment} {difference}",
            segment=most.title,
            difference=_seconds(most.wait),
        )
    named = [f"{segment.title} {_seconds(segment.wait)}" for segment in longer[:_MOST_NAMED]]
    return "; ".join(named)


def _seconds(measure: Measure) -> str:
    assert measure.difference is not None
    return changed(measure.name, measure.difference).replace(" (", " s (", 1)


def told(found: Results) -> str:
    """Tells a simulation as text."""
    return "\n".join(_lines(found))


def _lines(found: Results) -> Iterator[str]:
    yield t(
        "{days} from {begin}, {contacts:,.0f} contacts, {replications}, seed {seed}",
        days=plural("{number} day", "{number} days", found.days),
        begin=found.begin,
        contacts=found.contacts,
        replications=plural("{number} replication", "{number} replications", found.replications),
        seed=found.seed,
    )
    yield ""
    two = len(found.arms) > 1
    head = (
        ("", t("now"), t("new"), t("difference, 95 %")) if two else ("", t("value"), "", t("95 % interval"))
    )
    table = [*rows(found)]
    if not two:
        table = [
            (name, now, "", _own(measure))
            for (name, now, *_), measure in zip(table, found.measures, strict=True)
        ]
    yield from _table([head, *table])
    if two:
        yield ""
        yield t("who waits longer: {segments}", segments=who_waits_longer(found))
    for arm, name in zip(found.arms, (t("now"), t("new")) if two else ("",), strict=True):
        if arm.worst is not None:
            where = t(
                "worst: {queue} {when}, {level:.0f} %",
                queue=arm.worst.queue,
                when=arm.worst.half_hour,
                level=arm.worst.service_level,
            )
            yield f"{name}: {where}" if name else where
        if arm.unserved:
            left = t("{count:,.1f} contacts a replication still wait at the end", count=arm.unserved)
            yield f"{name}: {left}" if name else left
    if found.assumed:
        yield ""
        yield t("assumed, not measured: {paths}", paths=", ".join(path for path, _ in found.assumed))
        if found.weights:
            yield t("what matters most (a fifth larger moves the service level by):")
            for weight in found.weights[:3]:
                value = f" ({weight.value})" if weight.value else ""
                yield f"  {weight.path}{value}  {t('{points} points', points=_signed(weight.effect, 1))}"


def _own(measure: Measure) -> str:
    if measure.now.low == -float("inf"):
        return ""
    low, high = (number(measure.name, value) for value in (measure.now.low, measure.now.high))
    return t("{low} to {high}", low=low, high=high)


def _table(table: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(_width(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        first, *others = row
        cells = [first + " " * (widths[0] - _width(first))]
        for place, cell in enumerate(others, start=1):
            gap = " " * (widths[place] - _width(cell))
            if widths[place]:
                cells.append(cell + gap if place == len(others) else gap + cell)
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


class Simulation(Results):
    """All that a simulation found, told as text by ``str()``."""

    __slots__ = ()

    def __str__(self) -> str:
        return told(self)

"""Words of a backtest that its report and its page share."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from routekit.backtest.load import HALF_HOUR, Handling, QueueLoad, Slot
from routekit.backtest.outcomes import FARED
from routekit.backtest.results import Backtest, Moved
from routekit.diff.totals import Totals
from routekit.erlang import Target
from routekit.performance.figures import Figure
from routekit.performance.measures import MEASURES
from routekit.schema.times import format_duration
from routekit.schema.types import WEEKDAYS
from routekit.translation import msgids, plural, t

__all__ = [
    "assumption",
    "changed",
    "fared_text",
    "headline",
    "left_out",
    "people_text",
    "self_service",
    "share_text",
    "slot_text",
    "target_text",
]

_KNOWN = msgids({"measured": "measured", "assumed": "assumed"})
_MODEL = msgids({"A": "Erlang A", "C": "Erlang C"})


def headline(found: Backtest) -> str:
    """Says how many contacts are treated differently."""
    return plural(
        "of {contacts:,} contacts {number:,} ({share}) is treated differently",
        "of {contacts:,} contacts {number:,} ({share}) are treated differently",
        found.treated_differently,
        contacts=found.contacts,
        share=share_text(found.share),
    )


def share_text(share: float) -> str:
    """Writes a share as a percentage.

    >>> share_text(0.0399)
    '4.0 %'
    """
    return f"{100 * share:.1f} %"


def changed(before: float, now: float) -> str:
    """Writes by how much a figure changes, in percent of what it was; nothing where it was 0.

    >>> changed(3.94, 4.11)
    '+4.3 %'
    """
    if not before:
        return ""
    return f"{100 * (now - before) / before:+.1f} %".replace("-", "−")


def self_service(total: Totals) -> float:
    """Which share of the contacts machines serve."""
    return total.service["self_service"] / total.contacts if total.contacts else 0.0


def slot_text(slot: Slot) -> str:
    """Writes a half hour of the week by its beginning.

    >>> slot_text((0, 20))
    'Mon 10:00'
    """
    hours, minutes = divmod(int(slot[1] * HALF_HOUR / timedelta(minutes=1)), 60)
    return f"{WEEKDAYS.names[slot[0]].capitalize()} {hours:02}:{minutes:02}"


def target_text(target: Target) -> str:
    """Writes a service level.

    >>> target_text(Target())
    '80 % in 20s'
    """
    within = format_duration(target.within)
    return t("{share:.0f} % in {within}", share=100 * target.share, within=within)


def people_text(load: QueueLoad) -> str:
    """Says how many people a queue takes in its busiest half hour, before and now."""
    if load.people is None:
        return ""
    before, now = (t("more than can be") if each is None else f"{each:,}" for each in load.people)
    return before if before == now else f"{before} → {now}"


def assumption(handling: Handling) -> str:
    """Says by which formula people are counted, and what is known of the handling time."""
    said = t(
        "{model}, handling time {seconds:,.0f} s, {known}",
        model=t(_MODEL["C" if handling.patience is None else "A"]),
        seconds=handling.time.total_seconds(),
        known=t(_KNOWN[handling.known]),
    )
    if handling.patience is None:
        return said
    return said + t(", patience {seconds:,.0f} s", seconds=handling.patience.total_seconds())


def fared_text(moved: Moved) -> Iterator[str]:
    """Says how those who move fared before, and those who were treated in the new way already."""
    if moved.fared is None:
        return
    yield t("fared so far: {figures}", figures=_figures(moved.fared.moved))
    if any(moved.fared.beside[name].of for name in FARED if name in moved.fared.beside):
        yield t("those already in that queue: {figures}", figures=_figures(moved.fared.beside))


def _figures(figures: Mapping[str, Figure]) -> str:
    said = []
    for measure in MEASURES:
        figure = figures.get(measure.name)
        if measure.name not in FARED or figure is None or not figure.of or figure.value is None:
            continue
        match measure.kind:
            case "share":
                value = share_text(figure.value)
            case "median" | "ninetieth":
                value = f"{figure.value:,.0f} s"
            case _:
                value = f"{figure.value:,.2f}"
        said.append(t("{name} {value} (of {of:,})", name=t(measure.title), value=value, of=figure.of))
    return t(", ").join(said)


def left_out(found: Backtest) -> Iterator[str]:
    """Says what could not be counted as it should be, each with its number."""
    if found.in_doubt:
        yield plural(
            "{number:,} contact may be treated otherwise than is counted, since what is asked is masked",
            "{number:,} contacts may be treated otherwise than is counted, since what is asked is masked",
            found.in_doubt,
        )
    if found.with_problems:
        yield plural(
            "{number:,} contact has problems, and was decided with what could be read",
            "{number:,} contacts have problems, and were decided with what could be read",
            found.with_problems,
        )
    if found.timeless:
        yield plural(
            "{number:,} contact has no time, and counts in no load",
            "{number:,} contacts have no time, and count in no load",
            found.timeless,
        )
    if found.broken:
        yield plural("{number:,} line could not be read", "{number:,} lines could not be read", found.broken)

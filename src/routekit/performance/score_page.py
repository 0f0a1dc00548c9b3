"""A score as one page: what contacts cost beside what they solved, and which channels differ."""

from collections.abc import Iterable, Iterator, Sequence

from routekit.pages import (
    Interval,
    Markup,
    Series,
    bars,
    beside,
    disclosure,
    intervals,
    key_figures,
    listing,
    note,
    section,
    table,
)
from routekit.pages import page as page_of
from routekit.performance.figures import Group
from routekit.performance.log_entries import instant
from routekit.performance.measures import MEASURES, Measure
from routekit.performance.parity import Comparison
from routekit.performance.score import Score
from routekit.performance.score_report import (
    EFFECT,
    EFFICIENCY,
    findings_said,
    hidden_said,
    largest,
    left_said,
    marks_said,
    score_head,
    score_rows,
    title_of,
    value_said,
)
from routekit.translation import t

__all__ = ["score_page"]

_LEADING = (
    "contacts",
    "cost",
    "service_level",
    "abandoned",
    "contained_72h",
    "resolved_first",
    "came_back",
    "satisfied",
)
_MOST_BARS = 16
_MOST_ROWS = 40
_MOST_MARKS = 8
_MOST_INTERVALS = 24
_BY_NAME = {measure.name: measure for measure in MEASURES}


def score_page(score: Score, logs: Sequence[str]) -> str:
    """Returns a page that a stranger reads: the leading figures, the tables, what differs, what is amiss."""
    return page_of(
        t("What became of contacts"),
        section(t("At a glance"), key_figures(_leading(score)), wide=True),
        *_pictures(score),
        section(
            t("Efficiency"),
            *_tables(score, t("What contacts cost, and how long they waited"), EFFICIENCY),
            *_marks(score),
            wide=True,
        ),
        section(
            t("Effect"),
            *_tables(score, t("What came of it"), EFFECT),
            *([note(hidden_said(score))] if hidden_said(score) else []),
            wide=True,
        ),
        *_parity(score),
        section(t("What the figures mean"), _definitions(score), wide=True),
        section(t("What is amiss with the log"), *_findings(score), wide=True),
        lead=_lead(score, logs),
    )  # fmt: skip


def _tables(score: Score, title: str, shown: Sequence[str]) -> Iterator[Markup]:
    """The largest groups, and behind a line all of them."""
    head = score_head(score, shown)
    yield table(title, head, score_rows(score, shown, _MOST_ROWS))
    if left_said(score, _MOST_ROWS):
        everything = table(t("All groups"), head, score_rows(score, shown), shown=False)
        yield disclosure(t("All {number:,} groups", number=len(score.groups)), everything)


def _lead(score: Score, logs: Sequence[str]) -> str:
    findings = score.findings
    if not findings.contacts:
        return t("the logs tell of no contact")
    return t(
        "{contacts:,} contacts and {events:,} events, {begin} to {end} UTC, from {logs}",
        contacts=findings.contacts,
        events=sum(findings.events.values()),
        begin=f"{instant(findings.begin):%Y-%m-%d %H:%M}",
        end=f"{instant(findings.end):%Y-%m-%d %H:%M}",
        logs=t(", ").join(logs[:3]) + ("…" if len(logs) > 3 else ""),
    )


def _leading(score: Score) -> Iterator[tuple[str, str, str]]:
    for name in _LEADING:
        measure, figure = _BY_NAME[name], score.total.figures[name]
        if figure.value is None:
            continue
        yield title_of(name), value_said(measure, figure), _aside(score, measure)


def _aside(score: Score, measure: Measure) -> str:
    figure = score.total.figures[measure.name]
    if measure.name == "cost":
        return t("a contact, by the policy")
    if measure.name == "service_level":
        return t("within {seconds:g} s, of {of:,}", seconds=score.settings.within, of=figure.of)
    return t("of {of:,}", of=figure.of) if measure.kind == "share" else ""


def _pictures(score: Score) -> Iterator[Markup]:
    """The largest groups, in the order of the tables, as far as anything is known of them."""
    drawn = []
    for title, shown in (
        (t("Answered in time, and given up"), ("service_level", "abandoned")),
        (t("Solved without people, and back again"), ("contained_72h", "came_back")),
    ):
        groups = [
            group for group in largest(score, _MOST_BARS) if any(group.figures[name].of for name in shown)
        ]
        series = [Series(title_of(name), _percents(groups, name)) for name in shown]
        if groups:
            drawn.append(bars(title, [t(", ").join(group.key) for group in groups], series, unit="%"))
    if drawn:
        yield section(t("The largest groups"), beside(*drawn), wide=True)


def _percents(groups: Iterable[Group], name: str) -> tuple[float | None, ...]:
    values = (group.figures[name].value for group in groups)
    return tuple(None if value is None else round(100 * value, 1) for value in values)


def _marks(score: Score) -> Iterator[Markup]:
    marked = [*marks_said(score)]
    if len(marked) > _MOST_MARKS:
        said = t("{number:,} rows are cheaper and worse than a row beside them", number=len(marked))
        yield disclosure(said, listing(marked))
    elif marked:
        yield listing(marked)


def _parity(score: Score) -> Iterator[Markup]:
    sure = sorted(
        (one for one in score.comparisons if one.difference.is_found and one.is_effect),
        key=lambda one: -abs(one.difference.value),
    )
    if not score.comparisons:
        return
    lead = t(
        "Shares in points, with the interval that holds the difference in 95 of 100 cases; {found} of"
        " {all} differences are surely there.",
        found=len(sure),
        all=sum(one.is_effect for one in score.comparisons),
    )
    rows = [_interval(one) for one in sure[:_MOST_INTERVALS]]
    block = intervals(t("The same matter by another channel"), rows, lead=lead) if rows else note(lead)
    yield section(t("The same matter by another channel"), block, wide=True)


def _interval(one: Comparison) -> Interval:
    rest = t(", ").join(one.key)
    pair = t("{channel} against {other}", channel=one.channel, other=one.other)
    found = one.difference
    return Interval(
        f"{title_of(one.measure)}: {pair}" + (f", {rest}" if rest else ""),
        round(100 * found.value, 1),
        min(round(100 * found.low, 1), round(100 * found.value, 1)),
        max(round(100 * found.high, 1), round(100 * found.value, 1)),
        more_is_better=_BY_NAME[one.measure].more_is_better,
    )


def _definitions(score: Score) -> Markup:
    rows = [[title_of(measure.name), t(measure.means), _known(score, measure)] for measure in MEASURES]
    return disclosure(
        t("Each figure with its definition"),
        table(t("Definitions"), [t("figure"), t("what it means"), t("how it is known")], rows, shown=False),
    )


def _known(score: Score, measure: Measure) -> str:
    if measure.name == "cost":
        return t("said by the policy") if score.has_costs else t("not known: no policy was given")
    return t("measured") if score.total.figures[measure.name].value is not None else t("not known")


def _findings(score: Score) -> Iterator[Markup]:
    said = [*findings_said(score.findings)]
    yield listing(said) if said else note(t("Nothing: each line was read, and each event has its decision."))
    if score.findings.places:
        yield disclosure(
            t("Lines that cannot be read"),
            listing(f"{one.place} {one.message}" for one in score.findings.places),
        )

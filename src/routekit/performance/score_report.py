"""A score as text, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.cells import cell_len, set_cell_size

from routekit.performance.figures import Figure, Group
from routekit.performance.joining import LogFindings
from routekit.performance.log_entries import instant
from routekit.performance.measures import MEASURES, Measure
from routekit.performance.parity import Comparison
from routekit.performance.score import Score
from routekit.schema.writing import JSON
from routekit.translation import plural, t

__all__ = [
    "EFFECT",
    "EFFICIENCY",
    "aligned",
    "FORMAT_VERSION",
    "difference_said",
    "findings_as_dict",
    "findings_said",
    "hidden_said",
    "key_said",
    "largest",
    "left_said",
    "marks_said",
    "score_as_csv",
    "score_as_dict",
    "score_head",
    "score_rows",
    "share_said",
    "title_of",
    "value_said",
]

FORMAT_VERSION = 1

EFFICIENCY = (
    "contacts", "cost", "waited_p50", "waited_p90", "service_level", "abandoned", "contained_24h",
    "contained_72h", "transferred",
)  # fmt: skip
"""What contacts cost, and how long they waited."""

EFFECT = ("contacts", "resolved_first", "came_back", "satisfied", "responded", "offers", "taken", "worth")
"""What came of it."""

_BY_NAME = {measure.name: measure for measure in MEASURES}


def title_of(name: str) -> str:
    """Returns what a figure is called in the language of the reader."""
    return t(_BY_NAME[name].title)


def value_said(measure: Measure, figure: Figure) -> str:
    """Returns a figure as people read it, with as many digits as it is worth.

    >>> value_said(_BY_NAME["abandoned"], Figure(0.0624, 1_000, 62, 0.049, 0.079)), Figure(None, 0).value
    ('6.2 %', None)
    """
    value = figure.value
    if value is None:
        return "–"
    match measure.kind:
        case "share":
            return share_said(value, 1)
        case "count":
            return f"{value:,.0f}"
        case "median" | "ninetieth":
            return f"{value:,.0f}"
    return f"{value:,.2f}"


def score_head(score: Score, shown: Sequence[str]) -> list[str]:
    """Returns the headings of a table: what contacts are grouped by, then the figures that are shown."""
    return [*score.by, *(t(_BY_NAME[name].title) for name in shown)]


def score_rows(score: Score, shown: Sequence[str], most: int | None = None) -> Iterator[list[str]]:
    """Yields the rows of a table, the last one of all contacts; of more than ``most`` groups the largest."""
    for group in largest(score, most):
        yield [*group.key, *_cells(group, shown)]
    yield [t("all"), *("" for _ in score.by[1:]), *_cells(score.total, shown)]


def _with_interval(said: str, figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return said
    return f"{said} ({100 * figure.low:.1f}–{100 * figure.high:.1f})"


def largest(score: Score, most: int | None) -> Sequence[Group]:
    """Returns the largest groups, in the order of the table."""
    if most is None or len(score.groups) <= most:
        return score.groups
    order = sorted(score.groups, key=lambda group: -(group.figures["contacts"].value or 0))
    kept = {group.key for group in order[:most]}
    return [group for group in score.groups if group.key in kept]


def left_said(score: Score, most: int) -> str:
    """Returns how many groups a table of the largest leaves out; nothing where it has all."""
    left = len(score.groups) - most
    if left <= 0:
        return ""
    return plural(
        "{number:,} smaller group is not in the table", "{number:,} smaller groups are not in the table", left
    )


def _cells(group: Group, shown: Sequence[str]) -> Iterator[str]:
    for name in shown:
        said = value_said(_BY_NAME[name], group.figures[name])
        if name == "satisfied":  # of few answers, so that nobody reads it without how sure it is
            said = _with_interval(said, group.figures[name])
        yield f"{said} !" if name == "cost" and group.worse_than else said


def aligned(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], names: int) -> Iterator[str]:
    """Yields the lines of a table in columns, the first ``names`` of them to the left.

    >>> for line in aligned("queues", ["queue", "contacts"], [["general", "1,204"]], 1):
    ...     print(line)
    queues
      queue    contacts
      general     1,204
    """
    lines = [list(head), *map(list, rows)]
    wide = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    yield title
    for line in lines:
        cells = [
            set_cell_size(cell, width) if place < names else " " * (width - cell_len(cell)) + cell
            for place, (cell, width) in enumerate(zip(line, wide, strict=True))
        ]
        yield f"  {'  '.join(cells)}".rstrip()


def marks_said(score: Score) -> Iterator[str]:
    """Yields which rows are cheaper and worse than the row beside them, a sentence each."""
    for group in score.groups:
        if group.worse_than:
            yield t(
                "! {key} is cheaper and worse than {channels}",
                key=key_said(score.by, group.key),
                channels=t(", ").join(group.worse_than),
            )


def key_said(by: Sequence[str], key: Sequence[str]) -> str:
    """Returns the values of a group with what they are of.

    >>> key_said(("channel", "contact.intent"), ("voice", "billing"))
    'channel voice, contact.intent billing'
    """
    return t(", ").join(f"{name} {value}" for name, value in zip(by, key, strict=True))


def hidden_said(score: Score) -> str:
    """Returns how many groups are hidden since they are small; nothing where none is."""
    if not score.hidden_groups:
        return ""
    return plural(
        "{number:,} group of fewer than {least} contacts is hidden, with {contacts:,} contacts",
        "{number:,} groups of fewer than {least} contacts are hidden, with {contacts:,} contacts",
        score.hidden_groups,
        least=score.least,
        contacts=score.hidden_contacts,
    )


def difference_said(comparison: Comparison) -> str:
    """Returns a difference of shares in points, with its interval."""
    found = comparison.difference
    value, low, high = (f"{100 * part:+.1f}" for part in (found.value, found.low, found.high))
    return t("{value} ({low} to {high})", value=value, low=low, high=high)


def share_said(hits: float, of: float) -> str:
    """Returns a share in percent, as people read it.

    >>> share_said(1, 3)
    '33.3 %'
    """
    return t("{share} %", share=f"{100 * hits / of:.1f}") if of else "–"


def findings_said(findings: LogFindings) -> Iterator[str]:
    """Yields what is amiss with the logs, a sentence each."""
    lost = findings.strays - findings.older
    said = (
        (findings.broken, plural("{number:,} line cannot be read", "{number:,} lines cannot be read",
            findings.broken)),
        (findings.doubled, plural(
            "{number:,} line tells again what another one tells: it counts once",
            "{number:,} lines tell again what others tell: each counts once", findings.doubled)),
        (findings.contradicting, plural(
            "{number:,} line tells something else of a decision told before: the first counts",
            "{number:,} lines tell something else of decisions told before: the first counts",
            findings.contradicting)),
        (findings.ahead, plural(
            "{number:,} event lies before its decision by its time: clocks disagree",
            "{number:,} events lie before their decisions by their times: clocks disagree", findings.ahead)),
        (findings.older, plural(
            "{number:,} event is of a contact from before the logs",
            "{number:,} events are of contacts from before the logs", findings.older)),
        (lost, plural(
            "{number:,} event is of a decision that the logs do not have: lost, or its customer erased",
            "{number:,} events are of decisions that the logs do not have: lost, or their customers erased",
            lost)),
        (findings.silent, plural(
            "of {number:,} contact nothing is told that became of it",
            "of {number:,} contacts nothing is told that became of them", findings.silent)),
        (findings.unnamed, plural(
            "{number:,} contact tells no customer: nobody knows whether he came back",
            "{number:,} contacts tell no customer: nobody knows whether they came back", findings.unnamed)),
    )  # fmt: skip
    yield from (text for number, text in said if number)
    for name, number in findings.doubts.most_common():
        yield plural(
            "of {number:,} contact it is in doubt whether it is in `{name}`, since values are masked",
            "of {number:,} contacts it is in doubt whether they are in `{name}`, since values are masked",
            number,
            name=name,
        )


def _counts(findings: LogFindings) -> dict[str, int]:
    return {
        "broken": findings.broken,
        "doubled": findings.doubled,
        "contradicting": findings.contradicting,
        "early": findings.early,
        "ahead": findings.ahead,
        "older": findings.older,
        "lost": findings.strays - findings.older,
        "silent": findings.silent,
        "unnamed": findings.unnamed,
    }


# ── for machines ──────────────────────────────────────────────────────────────


def findings_as_dict(findings: LogFindings) -> dict[str, JSON]:
    """Returns what is amiss with the logs as JSON has it, with the times that they reach over."""
    is_empty = findings.end < findings.begin or not findings.contacts
    return {
        "lines": findings.lines,
        "contacts": findings.contacts,
        "events": dict(sorted(findings.events.items())),
        "begin": None if is_empty else instant(findings.begin).isoformat(),
        "end": None if is_empty else instant(findings.end).isoformat(),
        **_counts(findings),
        "in_doubt": dict(sorted(findings.doubts.items())),
        "broken_lines": [{"place": one.place, "message": one.message} for one in findings.places],
    }


def score_as_dict(score: Score) -> dict[str, JSON]:
    """Returns a score as JSON has it: each figure with of how many contacts it is known."""
    return {
        "format_version": FORMAT_VERSION,
        "by": list(score.by),
        "least": score.least,
        "within": score.settings.within,
        "satisfied": score.settings.satisfied,
        "log": findings_as_dict(score.findings),
        "figures": {
            measure.name: {"kind": measure.kind, "means": measure.means, "known": _source(score, measure)}
            for measure in MEASURES
        },
        "groups": [_group(score.by, group) for group in score.groups],
        "total": _figures(score.total.figures),
        "hidden": {"groups": score.hidden_groups, "contacts": score.hidden_contacts},
        "parity": [
            {
                "key": dict(zip(_rest(score.by), comparison.key, strict=True)),
                "channel": comparison.channel,
                "other": comparison.other,
                "figure": comparison.measure,
                "difference": comparison.difference.value,
                "low": comparison.difference.low,
                "high": comparison.difference.high,
                "found": comparison.difference.is_found,
            }
            for comparison in score.comparisons
        ],
    }


def _source(score: Score, measure: Measure) -> str:
    """How a figure is known: measured by the log, said by the policy, or not at all."""
    if measure.name == "cost":
        return "policy" if score.has_costs else "unknown"
    return "unknown" if score.total.figures[measure.name].value is None else "measured"


def _group(by: Sequence[str], group: Group) -> dict[str, JSON]:
    return {
        "key": dict(zip(by, group.key, strict=True)),
        "figures": _figures(group.figures),
        "worse_than": list(group.worse_than),
    }


def _figures(figures: Mapping[str, Figure]) -> dict[str, JSON]:
    return {name: _figure(figure) for name, figure in figures.items()}


def _figure(figure: Figure) -> dict[str, JSON]:
    told: dict[str, JSON] = {"value": figure.value, "of": figure.of}
    if figure.hits is not None:
        told |= {"hits": figure.hits, "low": figure.low, "high": figure.high}
    return told


def _rest(by: Sequence[str]) -> list[str]:
    return [name for name in by if name != "channel"]


def score_as_csv(score: Score) -> str:
    """Returns the groups as CSV: a column for each figure, for a share also of how many, and its interval."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    head = [*score.by]
    for measure in MEASURES:
        head.append(measure.name)
        if measure.kind == "share":
            head += [f"{measure.name}_of", f"{measure.name}_low", f"{measure.name}_high"]
    writer.writerow([*head, "worse_than"])
    for group in score.groups:
        row: list[object] = [*map(_harmless, group.key)]
        for measure in MEASURES:
            figure = group.figures[measure.name]
            row.append(_plain(figure.value))
            if measure.kind == "share":
                row += [figure.of, _plain(figure.low), _plain(figure.high)]
        writer.writerow([*row, " ".join(group.worse_than)])
    return stream.getvalue()


def _harmless(text: str) -> str:
    """A text that no table program takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text[:1] else text


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"

"""Coverage as one HTML page: the policy's text, what its examples reach in it, and what they do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from routekit.diagnostics import Source
from routekit.pages import Markup, State, disclosure, element, listing, mark, page, table
from routekit.pages import joined as put_together
from routekit.translation import plural, t
from routekit.trials.coverage import Coverage, Unit, joined
from routekit.trials.reports import rounded
from routekit.trials.trial import Result, Trial, title_of

__all__ = ["as_html"]

_WORSE = {"": 0, "hit": 1, "part": 2, "miss": 3}


@dataclass
class _Line:
    """How a line is shown, and what is said beside it."""

    look: str = ""
    notes: list[Markup] = field(default_factory=list)

    def worsen(self, look: str) -> None:
        self.look = max(self.look, look, key=_WORSE.__getitem__)


def as_html(trials: Sequence[Trial]) -> str:
    """Returns a page that needs nothing beside it; all that authors wrote is escaped."""
    whole = joined(trial.coverage for trial in trials)
    names = ", ".join(trial.policy.name for trial in trials)
    looks = (
        ("hit", t("reached")),
        ("part", t("a condition seen one way only")),
        ("miss", t("not reached")),
    )
    return page(
        t("{names}: coverage", names=names),
        element("p", *(element("span", said, class_=look) for look, said in looks), class_="key"),
        *(element("section", *_policy(number, trial)) for number, trial in enumerate(trials)),
        lead=t("What the examples cover: {percent}%", percent=rounded(whole.percent)),
        style=(files("routekit.trials") / "page.css").read_text(encoding="utf-8"),
    )


def _policy(number: int, trial: Trial) -> Iterator[Markup]:
    coverage = trial.coverage
    yield element("h2", trial.path)
    yield _figures(trial)
    sources = _sources(trial)
    anchors = {source: f"p{number}f{place}" for place, source in enumerate(sources)}
    if coverage.gaps:
        gaps = (put_together([_link(unit, anchors), unit.gap], " ") for unit in coverage.gaps)
        yield disclosure(t("What is not covered"), listing(gaps), open=True)
    for source in sources:
        yield element("h3", source.name)
        yield _listing(source, anchors[source], _lines(source, coverage, trial.results))


def _figures(trial: Trial) -> Markup:
    failed = len(trial.failed)
    examples = _of(len(trial.results) - failed, len(trial.results))
    rows = [
        (t("examples passed"), mark(State.BAD if failed else State.GOOD, examples)),
        *((t(kind), _of(*counted)) for kind, counted in trial.coverage.by_kind().items()),
        (t("all"), f"{rounded(trial.coverage.percent)}%"),
    ]
    return table(trial.path, ("", ""), rows, shown=False)


def _of(covered: int, total: int) -> str:
    return t("{covered} of {total}", covered=covered, total=total)


def _sources(trial: Trial) -> list[Source]:
    """The files in which units or examples stand."""
    spans = [unit.span for unit in trial.coverage.units]
    spans += [result.example.span for result in trial.results]
    return list({span.source: None for span in spans if span is not None})


def _link(unit: Unit, anchors: dict[Source, str]) -> Markup:
    if unit.span is None:
        return Markup()
    return element("a", unit.where, href=f"#{anchors[unit.span.source]}l{unit.span.line}")


def _lines(source: Source, coverage: Coverage, results: Sequence[Result]) -> dict[int, _Line]:
    """The lines of which there is something to say, by their numbers."""
    lines: dict[int, _Line] = {}
    spanned = [(unit, unit.span) for unit in coverage.units if unit.span and unit.span.source == source]
    for unit, span in spanned:
        last = source.position(max(span.start, span.end - 1))[0]
        look = "hit" if unit.is_covered else "part" if unit.kind == "conditions" and unit.hits else "miss"
        for number in range(span.line, last + 1):
            lines.setdefault(number, _Line()).worsen(look)
        lines[span.line].notes.append(_note(unit))
    for result in results:
        example = result.example
        if example.span is not None and example.span.source == source:
            lines.setdefault(example.span.line, _Line()).notes.append(_result(result))
    return lines


def _note(unit: Unit) -> Markup:
    if not unit.is_covered:
        return element("span", unit.gap, class_="bad")
    if unit.kind == "conditions":
        return Markup()
    times = plural("{number} example", "{number} examples", unit.hits)
    return put_together([t("{name}: {times}", name=unit.name, times=times)])


def _result(result: Result) -> Markup:
    title = title_of(result.example)
    if result.passed:
        return put_together([mark(State.GOOD, t("passed")), title], " ")
    differs = ", ".join(map(str, result.mismatches))
    return put_together([mark(State.BAD, t("failed")), f"{title}{t(': ')}{differs}"], " ")


def _listing(source: Source, anchor: str, lines: dict[int, _Line]) -> Markup:
    rows = []
    for number, text in enumerate(source.text.split("\n"), start=1):
        line = lines.get(number, _Line())
        notes = put_together([note for note in line.notes if note], Markup("<br>"))
        row = element(
            "tr",
            element("td", str(number), class_="n"),
            element("td", text.rstrip("\r")),
            element("td", notes, class_="note"),
            id=f"{anchor}l{number}",
            class_=line.look or None,
        )
        rows.append(row)
    return element("table", Markup("\n"), put_together(rows, Markup("\n")), class_="source")

"""Coverage as one HTML page: the policy's text, what its examples reach in it, and what they do not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files

from routekit.diagnostics import Source
from routekit.translation import language, plural, t
from routekit.trials.coverage import Coverage, Unit, joined
from routekit.trials.reports import rounded
from routekit.trials.trial import Result, Trial, title_of

__all__ = ["as_html"]

_WORSE = {"": 0, "hit": 1, "part": 2, "miss": 3}


@dataclass
class _Line:
    """How a line is shown, and what is said beside it."""

    look: str = ""
    notes: list[str] = field(default_factory=list)

    def worsen(self, look: str) -> None:
        self.look = max(self.look, look, key=_WORSE.__getitem__)


def as_html(trials: Sequence[Trial]) -> str:
    """Returns a page that needs nothing beside it; all that authors wrote is escaped."""
    style = (files("routekit.trials") / "page.css").read_text(encoding="utf-8")
    body = "".join("".join(_policy(number, trial)) for number, trial in enumerate(trials))
    whole = joined(trial.coverage for trial in trials)
    names = ", ".join(trial.policy.name for trial in trials)
    return (
        '<!doctype html>\n<html lang="'
        f'{language()}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(t('{names}: coverage', names=names))}</title>\n<style>\n{style}</style>\n"
        "</head>\n<body>\n"
        f"<h1>{_text(t('What the examples cover: {percent}%', percent=rounded(whole.percent)))}</h1>\n"
        f'<p class="key"><span style="background:var(--hit)">{_text(t("reached"))}</span>'
        f'<span style="background:var(--part)">{_text(t("a condition seen one way only"))}</span>'
        f'<span style="background:var(--miss)">{_text(t("not reached"))}</span></p>\n'
        f"{body}</body>\n</html>\n"
    )


def _text(text: str) -> str:
    """A text for the page, whatever stands in it."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"), quote=True)


def _policy(number: int, trial: Trial) -> Iterator[str]:
    coverage = trial.coverage
    yield f"<h2>{_text(trial.path)}</h2>\n{_figures(trial)}"
    sources = _sources(trial)
    anchors = {source.name: f"p{number}f{place}" for place, source in enumerate(sources)}
    if coverage.gaps:
        yield f"<details open><summary>{_text(t('What is not covered'))}</summary>\n<ul class=gaps>\n"
        for unit in coverage.gaps:
            yield f"<li>{_link(unit, anchors)} {_text(unit.gap)}</li>\n"
        yield "</ul></details>\n"
    for source in sources:
        yield f"<h3>{_text(source.name)}</h3>\n"
        yield _listing(source, anchors[source.name], _lines(source, coverage, trial.results))


def _figures(trial: Trial) -> str:
    failed = len(trial.failed)
    examples = _of(len(trial.results) - failed, len(trial.results))
    look = "bad" if failed else "good"
    rows = "".join(
        f"<tr><td>{_text(t(kind))}</td><td>{_of(covered, total)}</td></tr>"
        for kind, (covered, total) in trial.coverage.by_kind().items()
    )
    return (
        f"<table class=figures><tr><td>{_text(t('examples passed'))}</td>"
        f"<td class={look}>{examples}</td></tr>"
        f"{rows}<tr><th>{_text(t('all'))}</th><td>{rounded(trial.coverage.percent)}%</td></tr></table>\n"
    )


def _of(covered: int, total: int) -> str:
    return _text(t("{covered} of {total}", covered=covered, total=total))


def _sources(trial: Trial) -> list[Source]:
    """The files in which units or examples stand."""
    spans = [unit.span for unit in trial.coverage.units]
    spans += [result.example.span for result in trial.results]
    return list({span.source.name: span.source for span in spans if span is not None}.values())


def _link(unit: Unit, anchors: dict[str, str]) -> str:
    if unit.span is None:
        return ""
    return f'<a href="#{anchors[unit.span.source.name]}l{unit.span.line}">{_text(unit.where)}</a>'


def _lines(source: Source, coverage: Coverage, results: Sequence[Result]) -> dict[int, _Line]:
    """The lines of which there is something to say, by their numbers."""
    lines: dict[int, _Line] = {}
    spanned = [
        (unit, unit.span) for unit in coverage.units if unit.span and unit.span.source.name == source.name
    ]
    for unit, span in spanned:
        last = source.position(max(span.start, span.end - 1))[0]
        look = "hit" if unit.is_covered else "part" if unit.kind == "conditions" and unit.hits else "miss"
        for number in range(span.line, last + 1):
            lines.setdefault(number, _Line()).worsen(look)
        lines[span.line].notes.append(_note(unit))
    for result in results:
        example = result.example
        if example.span is not None and example.span.source.name == source.name:
            lines.setdefault(example.span.line, _Line()).notes.append(_result(result))
    return lines


def _note(unit: Unit) -> str:
    if not unit.is_covered:
        return f"<span class=bad>{_text(unit.gap)}</span>"
    if unit.kind == "conditions":
        return ""
    times = plural("{number} example", "{number} examples", unit.hits)
    return _text(t("{name}: {times}", name=unit.name, times=times))


def _result(result: Result) -> str:
    title = _text(title_of(result.example))
    if result.passed:
        return f"<span class=good>{_text(t('passed'))}</span> {title}"
    differs = ", ".join(map(str, result.mismatches))
    return f"<span class=bad>{_text(t('failed'))}</span> {title}{_text(t(': '))}{_text(differs)}"


def _listing(source: Source, anchor: str, lines: dict[int, _Line]) -> str:
    rows = []
    for number, text in enumerate(source.text.split("\n"), start=1):
        line = lines.get(number, _Line())
        notes = "<br>".join(note for note in line.notes if note)
        rows.append(
            f'<tr id="{anchor}l{number}" class="{line.look}"><td class=n>{number}</td>'
            f"<td>{_text(text.rstrip(chr(13)))}</td><td class=note>{notes}</td></tr>\n"
        )
    return f"<table class=source>\n{''.join(rows)}</table>\n"

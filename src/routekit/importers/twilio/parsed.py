"""A workflow whose expressions are parsed; what does not read is reported where it stands."""

from dataclasses import dataclass

from routekit.importers.twilio.attributes import paths
from routekit.importers.twilio.expression_parser import (
    Bare,
    Compare,
    Expression,
    ExpressionError,
    Listing,
    Term,
    Value,
    comparisons,
    parse,
)
from routekit.importers.twilio.report import Place, Report
from routekit.importers.twilio.template import has_placeholder
from routekit.importers.twilio.workflow import Filter, Target, Workflow

__all__ = ["UNREADABLE", "ParsedFilter", "ParsedTarget", "parsed"]

UNREADABLE = Value(None)
"""Stands alone as the condition of a filter whose expression does not read."""

_ALWAYS = Bare(Value(True), 0, 0)


@dataclass(frozen=True, slots=True)
class ParsedTarget:
    """A target with its expressions; None where it has none, or one that does not read."""

    target: Target
    place: Place
    workers: Expression | None
    skip: Expression | None


@dataclass(frozen=True, slots=True)
class ParsedFilter:
    """A filter with its expression; one that does not read is a term that stands for the whole text."""

    filter: Filter
    place: Place
    expression: Expression
    targets: tuple[ParsedTarget, ...]


def parsed(workflow: Workflow, report: Report) -> tuple[tuple[ParsedFilter, ...], tuple[ParsedTarget, ...]]:
    """Returns the filters of a workflow and the targets of its default, parsed."""
    filters = []
    for item in workflow.filters:
        place = Place(item.number, item.title)
        filters.append(
            ParsedFilter(
                item, place, _filter_expression(item, place, report), _targets(item.targets, place, report)
            )
        )
        _unknown(item.unknown, place, report)
    default = Place(None, "default filter")
    return tuple(filters), _targets(workflow.default, default, report)


def _targets(targets: tuple[Target, ...], place: Place, report: Report) -> tuple[ParsedTarget, ...]:
    found = []
    for number, target in enumerate(targets, 1):
        where = place if place.filter is None else Place(place.filter, place.title, number)
        workers = _read(target.expression, where, report, "left out") if target.expression else None
        skip = _read(target.skip_if, where, report, "left out, so that the target is never skipped")
        found.append(ParsedTarget(target, where, workers, skip if target.skip_if else None))
        _unknown(target.unknown, where, report)
    return tuple(found)


def _filter_expression(item: Filter, place: Place, report: Report) -> Expression:
    text = item.expression or ""
    if not text.strip():
        report.warn(
            "no-expression",
            place,
            "the filter has no expression; it is read as one that takes every task",
            "write the expression that was meant, or 1==1",
        )
        return _ALWAYS
    expression = _read(text, place, report, "kept as a condition that the service answers")
    if expression is None:
        return Bare(UNREADABLE, 0, len(text))
    for leaf in comparisons(expression):
        _look_at(leaf, text, place, report)
    return expression


def _look_at(leaf: Compare | Bare, text: str, place: Place, report: Report) -> None:
    """Reports what is read, and surely not meant so."""
    span = (leaf.start, leaf.end)
    if isinstance(leaf, Compare):
        filled = [value for value in _texts(leaf) if has_placeholder(value)]
        if filled:
            report.warn(
                "placeholder",
                place,
                f"`{filled[0]}` is kept as text, so the comparison waits for its value",
                "fill in the template before the import, or the value in the policy",
                text,
                span,
            )
    for path in paths(leaf):
        name = ".".join(path)
        if path[0].lower() in ("worker", "workers") and len(path) > 1:
            report.warn(
                "worker-in-filter",
                place,
                f"`{name}` is read as an attribute of the task: a filter does not see workers",
                "move it into the expression of a target",
                text,
                span,
            )
        if "-" in name:
            report.warn(
                "spelling",
                place,
                f"`{name}` has a hyphen, which TaskRouter does not take in an attribute",
                "rename the attribute",
                text,
                span,
            )


def _texts(leaf: Compare) -> list[str]:
    terms: list[Term] = []
    for side in (leaf.left, leaf.right):
        terms += side.items if isinstance(side, Listing) else (side,)
    return [term.value for term in terms if isinstance(term, Value) and isinstance(term.value, str)]


def _read(text: str, place: Place, report: Report, consequence: str) -> Expression | None:
    if not text.strip():
        return None
    try:
        return parse(text)
    except ExpressionError as error:
        report.warn(
            "unreadable-expression",
            place,
            f"the expression does not read: {error}; it is {consequence}",
            "mend the expression",
            text,
            (error.start, error.end),
        )
        return None


def _unknown(keys: tuple[str, ...], place: Place, report: Report) -> None:
    for key in keys:
        report.warn(
            "unknown-key", place, f"TaskRouter has no key `{key}` here; it is left out", "check its spelling"
        )

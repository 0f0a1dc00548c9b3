"""The page as a whole, and the sheet that it is printed on."""

from collections.abc import Callable

from routekit.contact_map.page import findings, matters, queues, touchpoints
from routekit.contact_map.results import DrawnMap
from routekit.pages import fitting, matrix_lines, page, rows_of
from routekit.prover.witness import Witness
from routekit.reasons.explanation import Explanation
from routekit.reasons.html import STYLE
from routekit.translation import clauses, plural, t

__all__ = ["as_html"]


def as_html(drawn: DrawnMap, why: Callable[[Witness], Explanation] | None = None) -> str:
    """Returns a page that needs nothing beside it; ``why`` explains contacts that findings are shown by."""
    sections = (
        touchpoints.part(drawn) if drawn.stages or drawn.touchpoints else "",
        matters.part(drawn) if drawn.matters else "",
        queues.part(drawn),
        findings.part(drawn, why),
    )
    return page(
        t("The contact map: {title}", title=drawn.title or drawn.policy),
        *filter(None, sections),
        lead=_lead(drawn),
        style=STYLE + fitting(lambda letters: _lines(drawn, letters)),
    )


def _lead(drawn: DrawnMap) -> str:
    said = [
        plural("{number} finding", "{number} findings", len(drawn.findings))
        if drawn.findings
        else t("nothing was found"),
        plural("{number} matter", "{number} matters", len(drawn.matters)),
        plural("{number} touchpoint", "{number} touchpoints", len(drawn.touchpoints)),
    ]
    if drawn.contacts is not None:
        said.append(plural("{number:,} contact", "{number:,} contacts", drawn.contacts))
    said += [t("as of {day}", day=drawn.on), t("revision {revision}", revision=drawn.revision)]
    return clauses(said)


def _lines(drawn: DrawnMap, letters: float) -> float:
    """About how many lines the page takes on paper, where so many letters stand across the sheet."""
    upper = sum(
        7 + matrix_lines(*cells, letters) for cells in (touchpoints.cells(drawn), matters.cells(drawn))
    )
    ways = sum(move.kind == "step" for move in drawn.moves)
    left = 6 + 3.2 * len(drawn.queues) + 1.2 * ways
    kinds = len({finding.kind for finding in drawn.findings})
    told = rows_of((finding.message for finding in drawn.findings), 0.4 * letters)
    return 5 + upper + max(left, 3 + 2 * kinds + 1.35 * told)

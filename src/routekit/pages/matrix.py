"""A matrix: two sets of names, and in each cell how many and how good, with a sign beside the colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routekit.pages.blocks import link, scrolling
from routekit.pages.marks import State, mark
from routekit.pages.markup import Markup, element, joined

__all__ = ["Cell", "matrix"]

_HEATS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: what is said of it, and lines below; how many there are, and how good it is.

    ``target`` is what is said leads to: a name within the page, as :func:`disclosure` and :func:`section`
    give it.
    """

    said: str = ""
    below: tuple[str, ...] = ()
    count: int | None = None
    state: State = State.PLAIN
    target: str = ""


def matrix(
    title: str,
    corner: str,
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], Cell],
    *,
    lead: str = "",
) -> Markup:
    """Returns a matrix as a table; cells of no state are the darker the more they count, others are empty.

    ``corner`` names what stands in rows and columns, such as `matter, by channel`; ``cells`` are found by
    row and column.

    >>> cells = {("bill", "chat"): Cell("no channel solves it", (), 12, State.BAD, "f1")}
    >>> written = matrix("Matters", "matter, by channel", ["bill"], ["chat"], cells)
    >>> '<td class="bad"><span class="count">12</span><a href="#f1">' in written and "✗" in written
    True
    """
    most = max((cell.count or 0 for cell in cells.values()), default=0)
    head = element(
        "tr", element("th", corner, scope="col"), *(element("th", name, scope="col") for name in columns)
    )
    lines = (
        element(
            "tr",
            element("th", row, scope="row"),
            *(_cell(cells.get((row, column)), most) for column in columns),
        )
        for row in rows
    )
    caption = element("caption", title, *([element("div", lead, class_="note")] if lead else []))
    body = element("tbody", joined(lines, Markup("\n")))
    return scrolling(title, element("table", caption, element("thead", head), body, class_="matrix"))


def _cell(cell: Cell | None, most: int) -> Markup:
    if cell is None:
        return element("td")
    said = mark(cell.state, cell.said) if cell.said or cell.state.sign else Markup()
    parts = [] if cell.count is None else [element("span", f"{cell.count:,}", class_="count")]
    parts.append(link(cell.target, said) if cell.target else said)
    parts += [element("div", line, class_="note") for line in cell.below]
    return element("td", *parts, class_=_look(cell, most))


def _look(cell: Cell, most: int) -> str | None:
    if cell.state is not State.PLAIN:
        return cell.state.colour
    heat = -(-(cell.count or 0) * _HEATS // most) if most else 0
    return f"heat-{heat}" if heat else None

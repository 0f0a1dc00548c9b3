"""What all plots share: the picture, its axes and series, and the table of the same figures below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from routekit.pages.blocks import disclosure, scrolling, table
from routekit.pages.markup import Markup, element, joined
from routekit.pages.palette import SERIES
from routekit.pages.scales import Scale, figure
from routekit.translation import t

__all__ = ["Series", "dash", "drawn", "ink", "label", "marker", "plot", "stroke", "upright"]

_DASHES = (None, "7 4", "2 4", "10 3 2 3", "5 2", "1 6")
_SHAPES = ("circle", "square", "triangle", "diamond", "hollow circle", "hollow square")


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each place of a plot, under the name that readers know.

    ``None`` stands where there is none; what is no number, or has no end, counts as none too.
    """

    name: str
    values: tuple[float | None, ...]

    def __post_init__(self) -> None:
        known = (None if value is None or not isfinite(value) else value for value in self.values)
        object.__setattr__(self, "values", tuple(known))


def plot(title: str, lead: str, picture: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Returns a picture under its title, and its figures as a table that opens below it."""
    caption = element("figcaption", title, element("span", lead) if lead else "")
    figures = disclosure(t("The figures"), table(title, head, rows, shown=False))
    return element("figure", caption, scrolling(title, picture), figures)


def drawn(title: str, described: str, wide: float, high: float, *parts: str) -> Markup:
    """Returns a picture with what a reader hears of it in place of seeing it."""
    told = [element("title", title), element("desc", described)] if described else [element("title", title)]
    return element(
        "svg",
        *told,
        *parts,
        width=round(wide),
        height=round(high),
        viewBox=f"0 0 {wide:.0f} {high:.0f}",
        role="img",
    )


def label(x: float, y: float, said: str, look: str = "") -> Markup:
    """Returns a text whose line stands at ``y``."""
    return element("text", said, x=x, y=y, class_=look or None)


def stroke(points: Iterable[tuple[float, float]], look: str, dashes: str | None = None) -> Markup:
    """Returns a line through points."""
    path = " ".join(f"{'L' if number else 'M'}{x:.1f} {y:.1f}" for number, (x, y) in enumerate(points))
    return element("path", d=path, class_=look, stroke_dasharray=dashes)


def ink(number: int) -> str:
    """Returns the class of the ink of a series, by its place among them."""
    return f"ink-{SERIES[number % len(SERIES)]}"


def dash(number: int) -> str | None:
    """Returns how the line of a series is broken, by its place among them."""
    return _DASHES[number % len(_DASHES)]


def marker(x: float, y: float, number: int, size: float = 4) -> Markup:
    """Returns the mark of a series at a point, another shape for each."""
    shape = _SHAPES[number % len(_SHAPES)]
    look = "hollow" if shape.startswith("hollow") else "fill"
    if shape.endswith("circle"):
        return element("circle", cx=x, cy=y, r=size, class_=look)
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "triangle": ((0, -1.1), (1.1, 0.9), (-1.1, 0.9)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    }[shape.removeprefix("hollow ")]
    path = "M" + "L".join(f"{x + size * across:.1f} {y + size * down:.1f}" for across, down in corners) + "Z"
    return element("path", d=path, class_=look)


def upright(scale: Scale, values: Sequence[float], left: float, right: float, unit: str) -> Markup:
    """Returns the axis that goes up: a thin line across the plot for each value, named at the left."""
    lines = [stroke([(left, scale(value)), (right, scale(value))], "rule") for value in values]
    names = [label(left - 6, scale(value) + 4, figure(value), "dim right") for value in values]
    head = [label(0, scale(values[-1]) - 12, unit, "dim")] if unit else []
    return joined([*lines, *names, *head])

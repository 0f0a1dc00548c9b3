"""Ways: places below each other, and who is led from which to which, each way with what it happens after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routekit.pages.marks import State
from routekit.pages.markup import Markup, element, joined
from routekit.pages.picture import drawn, label, plot, stroke
from routekit.pages.scales import figure, shortened, width
from routekit.translation import t

__all__ = ["Place", "Way", "ways"]

_WIDE, _TOP, _HEAD, _ROW, _GAP, _LANE = 620, 6, 24, 19, 12, 13
_BOLD = 1.12
"""How much wider bold letters are."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is on the map, such as a queue: its name, and what is said of it beside and below."""

    name: str
    aside: str = ""
    below: str = ""
    state: State = State.PLAIN


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one place to another: what leads there, how many go it, and how good it is."""

    source: str
    target: str
    said: str = ""
    count: int | None = None
    state: State = State.PLAIN


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where all is: the top of each place, the line of each way, the lane that leads to each place."""

    tops: Mapping[str, float]
    lines: Sequence[tuple[Way, float]]
    lanes: Mapping[str, float]
    first: float
    high: float


def ways(title: str, places: Sequence[Place], leads: Sequence[Way], *, lead: str = "") -> Markup:
    """Returns places below each other with the ways between them; each place is reached by a line of its own.

    A way begins at a line below its source and joins the line of its target, which ends in an arrow.

    >>> queues = [Place("general", "voice, chat"), Place("senior")]
    >>> written = ways("Queues", queues, [Way("general", "senior", "after 5 min")])
    >>> "after 5 min" in written, written.count("<circle")
    (True, 1)
    """
    names = {place.name for place in places}
    kept = [way for way in leads if way.source in names and way.target in names]
    layout = _laid_out(places, kept)
    parts = [_trunk(name, layout) for name in layout.lanes]
    parts += [_place(place, layout) for place in places]
    parts += [_way(way, y, layout) for way, y in layout.lines]
    wide = max([*layout.lanes.values(), layout.first]) + 12
    head = [t("from"), t("to"), t("when"), t("how many")]
    rows = [
        [way.source, way.target, way.said, "" if way.count is None else figure(way.count)] for way in kept
    ]
    return plot(title, lead, drawn(title, lead, max(wide, 440), layout.high, *parts), head, rows)


def _laid_out(places: Sequence[Place], kept: Sequence[Way]) -> _Layout:
    reached = [place.name for place in places if any(way.target == place.name for way in kept)]
    wanted = [width(_said(way)) + 36 for way in kept]
    for place in places:
        wanted.append(_BOLD * width(_name(place)) + width(place.aside) + 36)
        wanted.append(width(place.below) + 28)
    first = min(max(wanted, default=100), _WIDE - _LANE * len(reached) - 20)
    tops: dict[str, float] = {}
    lines: list[tuple[Way, float]] = []
    top = float(_TOP)
    for place in places:
        tops[place.name] = top
        top += _height(place)
        for way in kept:
            if way.source == place.name:
                lines.append((way, top + _ROW / 2))
                top += _ROW
        top += _GAP
    lanes = {name: first + 14 + _LANE * number for number, name in enumerate(reached)}
    return _Layout(tops, lines, lanes, first, top)


def _height(place: Place) -> float:
    return _HEAD + (_ROW - 2 if place.below else 0)


def _name(place: Place) -> str:
    return f"{place.state.sign} {place.name}" if place.state.sign else place.name


def _said(way: Way) -> str:
    told = [way.said, t("to {place}", place=way.target)] if way.said else [t("to {place}", place=way.target)]
    said = " ".join([*([way.state.sign] if way.state.sign else []), *told])
    return said if way.count is None else f"{said}  {figure(way.count)}"


def _place(place: Place, layout: _Layout) -> Markup:
    top, first, said = layout.tops[place.name], layout.first, _name(place)
    aside = shortened(place.aside, first - 32 - _BOLD * width(said))
    name = element("tspan", said, class_="strong inked" if place.state.sign else "strong")
    beside = element("tspan", aside, dx=8, class_="dim") if aside else ""
    box = element("rect", x=2, y=top, width=first - 2, height=_height(place), rx=4, class_="box")
    head = element("text", name, beside, x=12, y=top + 16, class_=f"ink-{place.state.colour}")
    below = [label(12, top + 34, shortened(place.below, first - 24), "dim")] if place.below else []
    return joined([box, head, *below])


def _way(way: Way, y: float, layout: _Layout) -> Markup:
    said, lane = shortened(_said(way), layout.first - 34), layout.lanes[way.target]
    return element(
        "g",
        stroke(
            [(min(26 + width(said), layout.first), y), (lane, y)],
            "stroke",
            None if way.state is State.PLAIN else "5 3",
        ),
        element("circle", cx=lane, cy=y, r=2.8, class_="fill"),
        label(22, y + 4, said, "inked" if way.state.sign else "halo"),
        class_=f"ink-{way.state.colour}",
    )


def _trunk(name: str, layout: _Layout) -> Markup:
    """The lane that leads to a place, along all lines that join it."""
    into, lane, first = layout.tops[name] + _HEAD / 2, layout.lanes[name], layout.first
    joins = [into, *(y for way, y in layout.lines if way.target == name)]
    line = stroke([(lane, min(joins)), (lane, max(joins))], "stroke")
    arrow = element("path", d=f"M{first + 1:.1f} {into:.1f}l7 -4v8z", class_="fill")
    return element("g", line, stroke([(lane, into), (first + 7, into)], "stroke"), arrow, class_="ink-one")

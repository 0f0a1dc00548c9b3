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
    """A place that is on the map, such as a queue: its name, and what is said of it beside."""

    name: str
    aside: str = ""
    state: State = State.PLAIN


@dataclass(frozen=True, slots=True)
class Way:
    """A way from one place to another: what leads there, how many go it, and how good it is."""

    source: str
    target: str
    said: str = ""
    count: int | None = None
    state: State = State.PLAIN


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
    outgoing = {place.name: [way for way in kept if way.source == place.name] for place in places}
    tops = _tops(places, outgoing)
    reached = [place.name for place in places if any(way.target == place.name for way in kept)]
    said = [width(_said(way)) + 36 for way in kept] + [
        width(f"{one.name}  {one.aside}") + 40 for one in places
    ]
    first = min(max(said, default=100), _WIDE - _LANE * len(reached) - 20)
    lanes = {name: first + 14 + _LANE * number for number, name in enumerate(reached)}
    parts = [_trunk(name, lanes[name], tops, outgoing, first) for name in reached]
    parts += [_place(place, tops[place.name], first) for place in places]
    for place in places:
        for number, way in enumerate(outgoing[place.name]):
            parts.append(_way(way, _line(tops[place.name], number), lanes[way.target], first))
    high = _line(tops[places[-1].name], len(outgoing[places[-1].name])) if places else 20.0
    wide = max([*lanes.values(), first]) + 12
    head = [t("from"), t("to"), t("when"), t("how many")]
    rows = [
        [way.source, way.target, way.said, "" if way.count is None else figure(way.count)] for way in kept
    ]
    return plot(title, lead, drawn(title, lead, max(wide, 440), high, *parts), head, rows)


def _tops(places: Sequence[Place], outgoing: Mapping[str, Sequence[Way]]) -> dict[str, float]:
    tops, top = {}, float(_TOP)
    for place in places:
        tops[place.name] = top
        top += _HEAD + _ROW * len(outgoing[place.name]) + _GAP
    return tops


def _line(top: float, number: int) -> float:
    """Where the line of a way lies, below the place it begins at."""
    return top + _HEAD + _ROW * number + _ROW / 2


def _said(way: Way) -> str:
    told = [way.said, t("to {place}", place=way.target)] if way.said else [t("to {place}", place=way.target)]
    said = " ".join([*([way.state.sign] if way.state.sign else []), *told])
    return said if way.count is None else f"{said}  {figure(way.count)}"


def _place(place: Place, top: float, first: float) -> Markup:
    said = f"{place.state.sign} {place.name}" if place.state.sign else place.name
    aside = shortened(place.aside, first - 32 - _BOLD * width(said))
    name = element("tspan", said, class_="strong inked" if place.state.sign else "strong")
    beside = element("tspan", aside, dx=8, class_="dim") if aside else ""
    box = element("rect", x=2, y=top, width=first - 2, height=_HEAD, rx=4, class_="box")
    return joined([box, element("text", name, beside, x=12, y=top + 16, class_=f"ink-{place.state.colour}")])


def _way(way: Way, y: float, lane: float, first: float) -> Markup:
    said = shortened(_said(way), first - 34)
    end = 26 + width(said)
    return element(
        "g",
        stroke([(min(end, first), y), (lane, y)], "stroke", None if way.state is State.PLAIN else "5 3"),
        element("circle", cx=lane, cy=y, r=2.8, class_="fill"),
        label(22, y + 4, said, "inked" if way.state.sign else "halo"),
        class_=f"ink-{way.state.colour}",
    )


def _trunk(
    name: str, lane: float, tops: Mapping[str, float], outgoing: Mapping[str, Sequence[Way]], first: float
) -> Markup:
    into = tops[name] + _HEAD / 2
    joins = [
        _line(tops[source], number)
        for source, leads in outgoing.items()
        for number, way in enumerate(leads)
        if way.target == name
    ]
    line = stroke([(lane, min([into, *joins])), (lane, max([into, *joins]))], "stroke")
    arrow = element("path", d=f"M{first + 1:.1f} {into:.1f}l7 -4v8z", class_="fill")
    return element("g", line, stroke([(lane, into), (first + 7, into)], "stroke"), arrow, class_="ink-one")

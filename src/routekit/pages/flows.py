"""Flows: how many go from where to where between two times or versions, as bands whose width is how many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routekit.pages.markup import Markup, element, joined
from routekit.pages.picture import drawn, label, plot
from routekit.pages.scales import figure, shortened
from routekit.translation import t

__all__ = ["Flow", "flows"]

_WIDE, _TOP, _GAP, _LEAST = 620, 30, 14, 14
_POST, _ROOM = 9, 190


@dataclass(frozen=True, slots=True)
class Flow:
    """So many that go from one place to another, or stay where both are the same."""

    source: str
    target: str
    count: float


@dataclass(frozen=True, slots=True)
class _Post:
    """A place at one side of the picture."""

    name: str
    count: float
    top: float
    high: float


def flows(
    title: str, moves: Sequence[Flow], *, before: str = "", after: str = "", unit: str = "", lead: str = ""
) -> Markup:
    """Returns bands from the places at the left to those at the right; who stays is drawn pale.

    ``before`` and ``after`` name the two sides, such as two versions of a policy.

    >>> moved = [Flow("general", "general", 900), Flow("general", "dedicated", 60)]
    >>> written = flows("Who moves", moved, before="now", after="new")
    >>> written.count("<path"), "pale" in written
    (2, True)
    """
    kept = [move for move in moves if move.count > 0]
    total = sum(move.count for move in kept) or 1.0
    places = _places(kept)
    high = max(160.0, 30.0 * len(places))
    left = _posts(places, {name: _sum(kept, source=name) for name in places}, high / total)
    right = _posts(places, {name: _sum(kept, target=name) for name in places}, high / total)
    foot = max(post.top + post.high for post in (*left.values(), *right.values())) if kept else _TOP + 20
    start, end = _ROOM, _WIDE - _ROOM
    parts = [label(start, 14, before, "dim right"), label(end, 14, after, "dim")]
    parts += _bands(kept, left, right, high / total)
    parts += [_post(post, start, outward=-1) for post in left.values()]
    parts += [_post(post, end - _POST, outward=1) for post in right.values()]
    head = [before or t("from"), after or t("to"), unit or t("how many")]
    rows = [[move.source, move.target, figure(move.count)] for move in kept]
    return plot(title, lead, drawn(title, lead, _WIDE, foot + 10, *parts), head, rows)


def _places(moves: Iterable[Flow]) -> list[str]:
    """All places, those that most come from or go to first."""
    weights: dict[str, float] = {}
    for move in moves:
        for name in (move.source, move.target):
            weights[name] = weights.get(name, 0) + move.count
    return sorted(weights, key=lambda name: (-weights[name], name))


def _sum(moves: Iterable[Flow], *, source: str | None = None, target: str | None = None) -> float:
    return sum(
        move.count for move in moves if source in (None, move.source) and target in (None, move.target)
    )


def _posts(places: Sequence[str], counts: Mapping[str, float], scale: float) -> dict[str, _Post]:
    posts, top = {}, float(_TOP)
    for name in places:
        if counts[name] > 0:
            high = max(counts[name] * scale, 1.5)
            posts[name] = _Post(name, counts[name], top, high)
            top += max(high, _LEAST) + _GAP
    return posts


def _bands(
    moves: Sequence[Flow], left: Mapping[str, _Post], right: Mapping[str, _Post], scale: float
) -> list[Markup]:
    order = {name: number for number, name in enumerate(dict.fromkeys((*left, *right)))}
    out = {name: post.top for name, post in left.items()}
    into = {name: post.top for name, post in right.items()}
    bands = []
    for move in sorted(moves, key=lambda move: (order[move.source], order[move.target])):
        wide = max(move.count * scale, 0.8)
        bands.append((move.source != move.target, _band(move, out[move.source], into[move.target], wide)))
        out[move.source] += move.count * scale
        into[move.target] += move.count * scale
    return [band for _, band in sorted(bands, key=lambda pair: pair[0])]


def _band(move: Flow, top: float, to: float, wide: float) -> Markup:
    start, end = _ROOM + _POST, _WIDE - _ROOM - _POST
    middle = (start + end) / 2
    path = (
        f"M{start} {top:.1f}C{middle} {top:.1f} {middle} {to:.1f} {end} {to:.1f}V{to + wide:.1f}"
        f"C{middle} {to + wide:.1f} {middle} {top + wide:.1f} {start} {top + wide:.1f}Z"
    )
    moved = move.source != move.target
    said = t("{source} → {target}: {count}", source=move.source, target=move.target, count=figure(move.count))
    band = element(
        "path",
        element("title", said),
        d=path,
        class_="fill" if moved else "fill pale",
        opacity=0.62 if moved else None,
    )
    return element("g", band, class_="ink-two" if moved else "ink-plain")


def _post(post: _Post, x: float, *, outward: int) -> Markup:
    bar = element("rect", x=x, y=post.top, width=_POST, height=post.high, class_="fill")
    middle = post.top + max(post.high, _LEAST) / 2 + 4 if post.high > _LEAST else post.top + post.high / 2 + 4
    said = f"{shortened(post.name, _ROOM - 70)}  {figure(post.count)}"
    where = x - 6 if outward < 0 else x + _POST + 6
    name = label(where, middle, said, "right" if outward < 0 else "")
    return joined([element("g", bar, class_="ink-one"), name])

"""What the contact map of a policy says, thing by thing; none of it changes a decision."""

from collections.abc import Iterator

from routekit.diff.things import Name, Said, Thing, present, texts, thing
from routekit.policy.contact_map import ContactMap, Matter, Touchpoint
from routekit.policy.model import Channel
from routekit.policy.references import path_of
from routekit.reasons.words import Words
from routekit.schema.writing import quoted

__all__ = ["ABOUT", "channel_parts", "is_of_the_map", "map_things"]

ABOUT = "about matter"
"""The part of a message that names matters; others are named by channels."""

_KINDS = frozenset({"journey", "touchpoint", "matter"})
_PARTS = frozenset(
    {
        ("channel", "in_person"),
        ("channel", "carries"),
        ("channel", "hands over"),
        ("queue", "asks for"),
        ("message", ABOUT),
        ("event", "about"),
        ("event", "expect"),
    }
)


def is_of_the_map(kind: str, part: str) -> bool:
    """Tells whether the part of a thing belongs to the map, so that no decision rests on it."""
    return kind in _KINDS or (kind, part) in _PARTS


def channel_parts(channel: Channel) -> dict[str, Said]:
    """Lists what a channel says for the map alone."""
    handed = None if channel.hands_over is None else [*map(path_of, channel.hands_over)]
    return {
        "in_person": texts("yes" if channel.in_person else ""),
        "carries": texts("" if channel.carries is None else f"{channel.carries} letters"),
        "hands over": texts("all") if handed is None else texts(*handed),
    }


def map_things(drawn: ContactMap, words: Words) -> Iterator[tuple[Name, Thing]]:
    """Yields the journey, the touchpoints and the matters."""
    if drawn.stages:
        yield ("journey", ""), thing({"": texts(" < ".join(drawn.stages))})
    for touchpoint in drawn.touchpoints:
        yield ("touchpoint", touchpoint.name), thing(_touchpoint(touchpoint))
    for matter in drawn.matters:
        yield ("matter", matter.name), _matter(matter, words)


def _touchpoint(item: Touchpoint) -> dict[str, Said]:
    return {
        "title": texts(item.title),
        "stage": texts(*item.stages),
        "on": texts(*item.channels, "in_person" if item.in_person else ""),
        "control": texts(item.control + (f" {quoted(item.kept_by)}" if item.kept_by else "")),
        "need": texts("forced" if item.forced else "chosen"),
        "about": texts(*item.about),
        "makes": texts(*item.makes),
    }


def _matter(item: Matter, words: Words) -> Thing:
    parts: dict[str, Said] = {"title": texts(item.title)}
    if item.condition is not None:
        parts["condition"] = item.condition
    parts["needs"] = texts(*map(path_of, item.needs))
    parts["unit"] = texts(item.unit or "")
    solved: dict[str, list[str]] = {}
    for one in item.solved:
        when = "always" if one.condition is None else words.expr(one.condition)
        solved.setdefault(f"solved on {one.channel}", []).append(when)
    parts |= {label: texts(*dict.fromkeys(said)) for label, said in solved.items()}
    shown = ", ".join(dict.fromkeys(one.channel for one in item.solved)) or "nothing"
    return Thing(present(parts), f"solved on {shown}")

"""Matters by channel: where those who come are led, and whether that solves what they come about."""

from collections.abc import Sequence

from routekit.contact_map.results import Becomes, Cell, DrawnMap, Place, Solved
from routekit.pages import Cell as Shown
from routekit.pages import Markup, State, element, joined, legend, link, matrix, section, text
from routekit.policy.contact_map import Matter
from routekit.policy.references import path_of
from routekit.translation import clauses, msgid, plural, t

__all__ = ["cells", "part"]

_BECOMES: dict[Becomes, tuple[State, str]] = {
    "solved": (State.GOOD, msgid("solved at once")),
    "later": (State.WARN, msgid("solved later")),
    "blind": (State.BAD, msgid("a blind spot")),
    "nobody": (State.PLAIN, msgid("nobody comes")),
    "unknown": (State.WARN, msgid("unknown")),
}
_SOLVED: dict[Solved, tuple[str, str]] = {
    "all": ("", ""),
    "some": ("◐", msgid("solved there for some")),
    "none": ("✗", msgid("not solved there")),
    "unknown": ("?", msgid("unknown")),
}


def part(drawn: DrawnMap) -> Markup:
    """Returns the section of the matters."""
    lead = t(
        "Each cell tells of those who come by the channel with the matter: where they are led, at once and "
        "by steps of their plan, and whether that solves it."
    )
    states = [(state, t(said)) for state, said in list(_BECOMES.values())[:3]]
    signs = [(State.PLAIN, f"{_SOLVED[solved][0]} {t(_SOLVED[solved][1])}") for solved in ("some", "none")]
    return section(
        t("What becomes of whom"),
        legend(*states, *signs, (State.PLAIN, t("empty: nobody comes"))),
        matrix(t("Matters by channel"), t("matter, by channel"), *cells(drawn), lead=lead),
        wide=True,
    )


def cells(drawn: DrawnMap) -> tuple[list[str], list[str], dict[tuple[str, str], Shown]]:
    """Returns rows, columns and what stands where."""
    titles = {matter.name: _titled(matter) for matter in drawn.matters}
    found: dict[tuple[str, str], Shown] = {
        (titles[cell.matter], cell.channel): _shown(cell) for cell in drawn.cells if cell.becomes != "nobody"
    }
    return list(titles.values()), list(drawn.channels), found


def _titled(matter: Matter) -> Markup:
    """A matter with where it can be solved, what must be known for it, and who answers for it."""
    channels = dict.fromkeys(item.channel for item in matter.solved)
    always = {item.channel for item in matter.solved if item.condition is None}
    where = clauses(
        channel if channel in always else t("{channel} for some", channel=channel) for channel in channels
    )
    solved = t("solved on {channels}", channels=where) if where else t("solved nowhere")
    asks = [t("needs {fields}", fields=clauses(map(path_of, matter.needs)))] if matter.needs else []
    asks += [t("unit {unit}", unit=matter.unit)] if matter.unit else []
    name = [element("code", matter.name)] if matter.title else []
    lines = (line for line in (solved, " · ".join(asks)) if line)
    return joined(
        [
            joined([matter.title or matter.name, *name], " "),
            *(element("div", line, class_="note") for line in lines),
        ]
    )


def _shown(cell: Cell) -> Shown:
    """What becomes of those in a cell; steps that come after all is solved are left to the queues below."""
    state, said = _BECOMES[cell.becomes]
    below: list[Markup] = []
    if cell.arrival:
        below.append(_places("→", cell.arrival))
    if cell.becomes != "solved":
        moved, called = ([place for place in cell.later if place.is_call is call] for call in (False, True))
        below += [_places(t("later →"), moved)] if moved else []
        below += [_places(t("called by"), called)] if called else []
    counted = cell.counted
    if counted is not None and counted.contacts > counted.at_arrival:
        now, later, never = counted.at_arrival, counted.later, counted.never
        shares = t("{now:,} at once, {later:,} later, {never:,} never", now=now, later=later, never=never)
        below.append(text(shares))
    if cell.findings:
        number = len(cell.findings)
        said_of = plural("{number} finding", "{number} findings", number)
        below.append(link(f"f{cell.findings[0]}", said_of))
    return Shown(t(said), tuple(below), None if counted is None else counted.contacts, state)


def _places(lead: str, places: Sequence[Place]) -> Markup:
    """Queues, each once, with a sign where they do not help all."""
    worst: dict[str, Solved] = {}
    order = list(_SOLVED)
    for place in places:
        worst[place.queue] = max(worst.get(place.queue, "all"), place.solved, key=order.index)
    return joined([lead, joined((_place(*item) for item in worst.items()), ", ")], "\u00a0")


def _place(name: str, solved: Solved) -> Markup:
    sign, said = _SOLVED[solved]
    return (
        joined([name, element("span", sign, role="img", aria_label=t(said))], "\u00a0")
        if sign
        else text(name)
    )

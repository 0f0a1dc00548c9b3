"""The queues, by which channels they are reached, and where the steps of plans lead from them."""

from collections.abc import Iterable

from routekit.contact_map.results import DrawnMap, Move, QueueOnMap
from routekit.pages import Markup, Place, Way, section, ways
from routekit.schema.times import format_duration
from routekit.translation import clauses, plural, t

__all__ = ["part"]

_MOST_RULES = 2


def part(drawn: DrawnMap) -> Markup:
    """Returns the section of the queues."""
    lead = t(
        "A line leads from a queue to the one that a step of its plan leads to, with the rules that do so."
    )
    places = [_place(queue, drawn.moves) for queue in drawn.queues]
    steps = [_way(move) for move in drawn.moves if move.kind == "step"]
    return section(t("Queues"), ways(t("Queues and the ways between them"), places, steps, lead=lead))


def _place(queue: QueueOnMap, moves: Iterable[Move]) -> Place:
    into = [move for move in moves if move.queue == queue.name]
    names = dict.fromkeys(move.origin for move in into if move.kind == "arrival")
    if names:
        reached = t("reached from {channels}", channels=clauses(names))
    elif any(move.kind == "step" for move in into):
        reached = t("reached by steps alone")
    else:
        reached = t("reached by nobody")
    aside = [clauses(queue.channels)]
    if any(move.kind == "callback" for move in into):
        aside.append(t("calls back"))
    if queue.counted is not None:
        aside.append(plural("{number:,} contact", "{number:,} contacts", queue.counted))
    below = [reached]
    if queue.asks_for:
        below.append(t("asks for {fields}", fields=clauses(queue.asks_for)))
    return Place(queue.name, " · ".join(aside), " · ".join(below))


def _way(move: Move) -> Way:
    rest = len(move.rules) - _MOST_RULES
    more = [t("{number:,} more", number=rest)] if rest > 0 else []
    rules = clauses([*move.rules[:_MOST_RULES], *more])
    if move.after is None:
        said = t("by {rules}", rules=rules)
    else:
        said = t("after {time} by {rules}", time=format_duration(move.after), rules=rules)
    return Way(move.origin, move.queue, said, move.counted)

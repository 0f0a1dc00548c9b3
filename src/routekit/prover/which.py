"""Which of many things some contact comes to, by one search for each that is found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.sat.formula import FALSE

__all__ = ["which"]

K = TypeVar("K")


def which(
    space: Space, targets: Mapping[K, int], about: Sequence[int] = ()
) -> Iterator[tuple[K, Unsettled | None]]:
    """Yields each thing whose literal holds for a contact; with the reason those of which it is not known.

    ``about`` are literals that hold as well. Raises ``TimeUpError`` when the time is up.
    """
    left = {thing: literal for thing, literal in targets.items() if literal != FALSE}
    for thing in [thing for thing, literal in left.items() if space.is_sampled([*about, literal])]:
        yield thing, None
        del left[thing]
    while left:
        space.deadline.check()
        held = space.holding([*about, space.gates.any(left.values())], set(left.values()))
        if held is None:
            return
        if isinstance(held, Unsettled):
            break
        here = [thing for thing, literal in left.items() if literal in held]
        for thing in here:
            yield thing, None
            del left[thing]
    for thing, literal in left.items():
        space.deadline.check()
        possible = space.possible([*about, literal])
        if possible is not False:
            yield thing, possible if isinstance(possible, Unsettled) else None

"""The groups of a difference by what they have in common, as they are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routekit.diff.changes import Key
from routekit.diff.results import Group

__all__ = ["Chapter", "chapters"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Groups that go from the same queue to the same queue, or a single one.

    ``key`` is what changes in all of them.
    """

    number: int
    key: Key
    groups: tuple[Group, ...]

    def label(self, place: int) -> str:
        """How a group of it is numbered: ``2``, or ``2.1`` where there are several."""
        return str(self.number) if len(self.groups) == 1 else f"{self.number}.{place + 1}"

    def rest(self, group: Group) -> Key:
        """What changes in one of its groups beyond that."""
        return tuple(change for change in group.key if change not in self.key)


def chapters(groups: Sequence[Group]) -> tuple[Chapter, ...]:
    """The chapters in the order of their first groups."""
    found: dict[Key, list[Group]] = {}
    for group in groups:
        found.setdefault(_main(group.key), []).append(group)
    return tuple(
        Chapter(number, _common([group.key for group in same]), tuple(same))
        for number, same in enumerate(found.values(), start=1)
    )


def _main(key: Key) -> Key:
    return tuple(change for change in key if change.part == "queue") or key


def _common(keys: Sequence[Key]) -> Key:
    first, *others = keys
    return tuple(change for change in first if _in_all(change, others))


def _in_all(change: object, keys: Iterable[Key]) -> bool:
    return all(change in key for key in keys)

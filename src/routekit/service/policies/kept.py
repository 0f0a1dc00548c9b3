"""The revisions that served before, to go back to."""

from collections import deque

from routekit.service.policies.revision import Revision

__all__ = ["Kept"]


class Kept:
    """The last revisions that served, oldest first, the one that serves now among them."""

    def __init__(self, most: int) -> None:
        self._revisions: deque[Revision] = deque(maxlen=most + 1)

    def add(self, revision: Revision) -> None:
        """Keeps a revision that begins to serve; one of the same number makes room."""
        others = [item for item in self._revisions if item.serial != revision.serial]
        self._revisions.clear()
        self._revisions.extend([*others, revision])

    def before(self, current: Revision, serial: int | None) -> Revision:
        """The revision of a number, or the one that served before; ``ValueError`` where it is not kept."""
        kept = list(self._revisions)
        if serial is None:
            place = kept.index(current)
            if place == 0:
                raise ValueError("there is no earlier revision to go back to")
            return kept[place - 1]
        found = next((item for item in kept if item.serial == serial), None)
        if found is None:
            shown = ", ".join(str(item) for item in self.serials())
            raise ValueError(f"revision {serial} is not kept; kept are {shown}")
        return found

    def serials(self) -> list[int]:
        return [item.serial for item in self._revisions]

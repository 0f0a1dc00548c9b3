"""The numbers of versions, which only go forward."""

from routekit.service.policies.bundle import Document
from routekit.service.policies.errors import PolicyRefused

__all__ = ["Serials"]


class Serials:
    """Which number was accepted last, and what the next may be."""

    def __init__(self) -> None:
        self.last = 0
        self._digest = b""
        self._spent: set[bytes] = set()

    def is_last(self, document: Document, digest: bytes) -> bool:
        """Whether a document is the version that was accepted last."""
        return document.revision == self.last and digest == self._digest

    def next(self, document: Document) -> int:
        """The number of a new version; raises :class:`PolicyRefused` for one that goes back."""
        revision = document.revision
        if revision is None:
            return self.last + 1
        if document.rollback:
            if document.mark() in self._spent:
                raise PolicyRefused(
                    f"this rollback to revision {revision} was followed already and is over; "
                    f"publish it under a number above {self.last}"
                )
            return revision
        if revision == self.last:
            raise PolicyRefused(
                f"revision {revision} is there already with other content: "
                "each version has a number of its own"
            )
        if revision < self.last:
            raise PolicyRefused(
                f"revision {revision} is older than {self.last}, which was accepted already; "
                "publish it under a larger number, or as a rollback"
            )
        return revision

    def accept(self, serial: int, document: Document, digest: bytes) -> None:
        """From now on versions are newer than this one."""
        self.last, self._digest = serial, digest
        if document.rollback:
            self._spent.add(document.mark())

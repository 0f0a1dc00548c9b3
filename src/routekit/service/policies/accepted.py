"""Which revisions were accepted, and which a rollback left behind: they only go forward."""

from collections.abc import Iterable, Mapping

from routekit.service.policies.bundle import Document
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.events import JSON

__all__ = ["AcceptedRevisions"]


class AcceptedRevisions:
    """The high-water mark of a source, and the tombstones of what it went back from.

    ``last`` is the number accepted last, ``highest`` the highest ever: a rollback makes the first smaller,
    never the second. ``left_behind`` are the digests of versions that a rollback or a withdrawal has left;
    none of them is taken again by itself.
    """

    def __init__(self) -> None:
        self.last = self.highest = 0
        self.left_behind: set[bytes] = set()
        self._digest = b""
        self._followed: set[bytes] = set()

    def is_last(self, document: Document, digest: bytes) -> bool:
        """Whether a document is the version that was accepted last."""
        return document.revision == self.last and digest == self._digest

    def next(self, document: Document, digest: bytes) -> int:
        """The number of a new version; raises :class:`PolicyRefused` for one that goes back."""
        revision = document.revision
        if revision is None:
            return self.highest + 1
        if self.is_last(document, digest):
            return revision
        if document.rollback:
            if document.mark() in self._followed:
                raise PolicyRefused(
                    f"this rollback to revision {revision} was followed already and is over; "
                    f"publish it under a number above {self.highest}"
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
        if revision <= self.highest:
            raise PolicyRefused(
                f"revision {revision} was left behind by the rollback to {self.last}; "
                f"publish it under a number above {self.highest}"
            )
        return revision

    def accept(self, serial: int, document: Document, digest: bytes) -> None:
        """From now on versions are newer than this one."""
        self.last, self._digest = serial, digest
        self.highest = max(self.highest, serial)
        if document.rollback:
            self._followed.add(document.mark())

    def leave_behind(self, digests: Iterable[bytes]) -> None:
        """These versions do not come again by themselves."""
        self.left_behind.update(digests)

    def take_over(self, other: "AcceptedRevisions") -> None:
        """Goes on where an earlier process ended."""
        self.last, self._digest = other.last, other._digest
        self.add(other)

    def add(self, other: "AcceptedRevisions") -> None:
        """Takes over what another process of the same source knows."""
        self.highest = max(self.highest, other.highest)
        self.left_behind |= other.left_behind
        self._followed |= other._followed

    def to_dict(self) -> dict[str, JSON]:
        """All of it, as JSON has it."""
        return {
            "last": self.last,
            "highest": self.highest,
            "digest": self._digest.hex(),
            "followed": [*_texts(self._followed)],
            "left_behind": [*_texts(self.left_behind)],
        }

    @classmethod
    def from_dict(cls, read: Mapping[str, object]) -> "AcceptedRevisions":
        """Reads what :meth:`to_dict` wrote; raises ``ValueError`` for anything else."""
        made = cls()
        last, highest, digest = read.get("last"), read.get("highest"), read.get("digest")
        if not isinstance(last, int) or not isinstance(highest, int) or not isinstance(digest, str):
            raise ValueError("these are no accepted revisions")
        made.last, made.highest, made._digest = last, highest, bytes.fromhex(digest)
        made._followed, made.left_behind = _digests(read.get("followed")), _digests(read.get("left_behind"))
        return made


def _texts(digests: Iterable[bytes]) -> list[str]:
    return sorted(digest.hex() for digest in digests)


def _digests(read: object) -> set[bytes]:
    if not isinstance(read, list) or not all(isinstance(text, str) for text in read):
        raise ValueError("these are no digests")
    return {bytes.fromhex(text) for text in read}

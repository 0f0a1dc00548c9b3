"""Which revisions serve: a new one at once or step by step, promoted, withdrawn, rolled back."""

from collections import deque
from collections.abc import Container, Iterable
from threading import RLock
from time import monotonic

from routekit.service.policies.events import JSON, Events
from routekit.service.policies.last_good import AcceptedRevisions
from routekit.service.policies.revision import Revision, Rollout, Serving
from routekit.service.policies.shadow import Shadowing

__all__ = ["RevisionHistory", "Deployment"]


class RevisionHistory:
    """The last revisions that served, oldest first, the one that serves now among them."""

    def __init__(self, most: int) -> None:
        self._revisions: deque[Revision] = deque(maxlen=most + 1)

    def add(self, revision: Revision) -> None:
        """Keeps a revision that begins to serve; one of the same number makes room."""
        others = [item for item in self._revisions if item.serial != revision.serial]
        self._revisions.clear()
        self._revisions.extend([*others, revision])

    def before(self, current: Revision, serial: int | None, left_behind: Container[bytes]) -> Revision:
        """Finds the revision of a number, or the one before; ``ValueError`` where it is not kept."""
        kept = list(self._revisions)
        if serial is None:
            earlier = [item for item in kept[: kept.index(current)] if item.digest not in left_behind]
            if not earlier:
                raise ValueError("there is no earlier revision to go back to")
            return earlier[-1]
        found = next((item for item in kept if item.serial == serial), None)
        if found is None:
            shown = ", ".join(str(item) for item in self.serials())
            raise ValueError(f"revision {serial} is not kept; kept are {shown}")
        return found

    def later_than(self, revision: Revision) -> list[Revision]:
        """Returns those that came after one."""
        kept = list(self._revisions)
        return kept[kept.index(revision) + 1 :] if revision in kept else []

    def newer_than(self, serial: int) -> list[Revision]:
        """Returns those of larger numbers."""
        return [item for item in self._revisions if item.serial > serial]

    def serial_of(self, fingerprint: str) -> int | None:
        """Returns the number of the newest of a text, None where none is kept."""
        found = [item.serial for item in self._revisions if item.fingerprint == fingerprint]
        return found[-1] if found else None

    def serials(self) -> list[int]:
        return [item.serial for item in self._revisions]


class Deployment:
    """Swaps what serves by one reference, ``serving``; each change is a new one, made ready before.

    The lock orders those who change it; who decides takes none.
    """

    def __init__(self, rollout: Rollout, keep: int, events: Events, accepted: AcceptedRevisions) -> None:
        self.serving: Serving | None = None
        self._accepted = accepted
        self._is_held_back = False
        self._rollout = rollout
        self._events = events
        self._history = RevisionHistory(keep)
        self._standing: Revision | None = None
        self._shadowing: Shadowing | None = None
        self._promoted_at: float | None = None
        self._lock = RLock()

    def restore(self, revision: Revision) -> None:
        """Has the last good revision of an earlier process serve."""
        with self._lock:
            self._is_held_back = bool(self._accepted.left_behind)
            self._serve(revision, "restored")

    def take(self, revision: Revision, *, at_once: bool) -> None:
        """Has an accepted revision serve, or be tried first; ``at_once`` one that goes back, too."""
        with self._lock:
            self._is_held_back = False
            if at_once:
                self._leave_behind(self._history.newer_than(revision.serial))
            if self.serving is None or at_once or not self._rollout.is_stepwise:
                self._serve(revision, "swapped")
                return
            hold = self._rollout.hold
            self._promoted_at = None if hold is None else monotonic() + hold.total_seconds()
            self._put(self.serving.current, revision)
            self._events.tell("candidate", **revision.to_dict())

    def promote(self) -> Revision:
        """Has the candidate serve everybody; raises ``ValueError`` where there is none."""
        with self._lock:
            candidate = self._candidate()
            self._serve(candidate, "promoted")
            return candidate

    def withdraw(self) -> Revision:
        """Takes the candidate back, which is returned; raises ``ValueError`` where there is none."""
        with self._lock:
            candidate = self._candidate()
            self._leave_behind((candidate,))
            self._is_held_back = True
            self._drop(candidate)
            return candidate

    def put_back(self) -> None:
        """Learns that the author has put back what serves: a candidate goes, and may come again."""
        with self._lock:
            if self.serving is not None and self.serving.candidate is not None:
                self._drop(self.serving.candidate)

    def rollback(self, serial: int | None) -> Revision:
        """Goes back to an earlier revision; raises ``ValueError`` where it is not kept."""
        with self._lock:
            current = self._current()
            earlier = self._history.before(current, serial, self._accepted.left_behind)
            if earlier is not current:
                self._leave_behind(self._history.later_than(earlier))
                self._is_held_back = True
                self._put(earlier, None)
                self._events.tell("rolled_back", **earlier.to_dict(), before=current.serial)
            return earlier

    def follow(self, step: str, fingerprint: str) -> None:
        """Takes a step that another worker took to the revision of a text, or from it.

        Raises ``ValueError`` where that is not the candidate here, or not kept.
        """
        with self._lock:
            serving = self.serving
            candidate = None if serving is None else serving.candidate
            if step == "rollback":
                serial = self._history.serial_of(fingerprint)
                if serial is None:
                    raise ValueError(f"no revision {fingerprint} is kept")
                self.rollback(serial)
            elif candidate is not None and candidate.fingerprint == fingerprint:
                self.promote() if step == "promote" else self.withdraw()
            elif step == "withdraw" or serving is None or serving.current.fingerprint != fingerprint:
                raise ValueError(f"the candidate is not {fingerprint}")

    def compare_with(self, standing: Revision) -> None:
        """Has a revision of another policy decide beside whatever serves."""
        with self._lock:
            self._standing = standing
            if self.serving is not None:
                self._put(self.serving.current, self.serving.candidate)

    def seconds_left(self) -> float | None:
        """Tells how long the candidate is still tried; None where it is not promoted by itself."""
        until = self._promoted_at
        return None if until is None else max(0.0, until - monotonic())

    def promote_in_time(self) -> None:
        """Promotes a candidate that has been tried long enough."""
        with self._lock:
            if self.seconds_left() == 0.0:
                self.promote()

    def close(self) -> None:
        if self._shadowing is not None:
            self._shadowing.close()

    def begin_anew(self) -> None:
        """Starts over in a forked child: its own lock, and its own thread for the shadow."""
        self._lock = RLock()
        if self.serving is not None:
            self._shadowing = None
            self._put(self.serving.current, self.serving.candidate)

    def shadowed(self, result: str) -> int:
        """Tells how many decisions the shadow of now has decided, found different, dropped or failed at."""
        shadowing = self._shadowing
        return 0 if shadowing is None else shadowing.counts()[result]

    def status(self) -> dict[str, JSON]:
        serving, shadowing = self.serving, self._shadowing
        candidate: dict[str, JSON] | None = None
        if serving is not None and serving.candidate is not None:
            share = 0.0 if serving.canary is None else serving.canary.share
            left = self.seconds_left()
            candidate = {
                **serving.candidate.to_dict(),
                "share": share,
                "promoted_in": left and round(left, 1),
            }
        return {
            "serving": None if serving is None else serving.current.to_dict(),
            "candidate": candidate,
            "shadow": None if shadowing is None else shadowing.status(),
            "kept": [*self._history.serials()],
            "is_held_back": self._is_held_back,
        }

    def _current(self) -> Revision:
        if self.serving is None:
            raise ValueError("no revision serves yet")
        return self.serving.current

    def _candidate(self) -> Revision:
        if self.serving is None or self.serving.candidate is None:
            raise ValueError("there is no candidate")
        return self.serving.candidate

    def _leave_behind(self, revisions: Iterable[Revision]) -> None:
        """These do not come again by themselves, nor does what was on trial beside them."""
        candidate = None if self.serving is None else self.serving.candidate
        trial = () if candidate is None else (candidate,)
        self._accepted.leave_behind(item.digest for item in (*revisions, *trial) if item.digest)

    def _drop(self, candidate: Revision) -> None:
        self._put(self._current(), None)
        self._events.tell("withdrawn", **candidate.to_dict())

    def _serve(self, revision: Revision, event: str) -> None:
        before = None if self.serving is None else self.serving.current.serial
        self._history.add(revision)
        self._put(revision, None)
        self._events.tell(event, **revision.to_dict(), before=before)

    def _put(self, current: Revision, candidate: Revision | None) -> None:
        if candidate is None:
            self._promoted_at = None
        shadow = candidate if self._rollout.shadow is True else self._standing
        canary = self._rollout.sample if candidate is not None else None
        last, shadowing = self._shadowing, None
        if shadow is not None:
            is_same = last is not None and (last.current, last.other) == (current, shadow)
            shadowing = last if is_same else Shadowing(current, shadow, self._events)
        beside = None if shadowing is None else shadowing.observe
        self._shadowing = shadowing
        self.serving = Serving(current, candidate, canary, shadow, beside)
        if last is not None and last is not shadowing:
            last.close()

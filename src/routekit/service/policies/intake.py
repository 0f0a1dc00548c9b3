"""What becomes of each version that an address holds: taken, refused, no news, or left behind."""

from collections.abc import Mapping
from datetime import datetime
from threading import Event, RLock

from routekit.schema.times import utc_now
from routekit.service.policies.acceptance import Report, Review
from routekit.service.policies.address import Address
from routekit.service.policies.bundle import Document
from routekit.service.policies.deployment import Deployment
from routekit.service.policies.events import JSON, Events, PolicyRefused, Refusal, SourceUnreachable
from routekit.service.policies.last_good import AcceptedRevisions, LastGood

__all__ = ["Intake"]

_CHANGES = ("swapped", "candidate", "promoted", "withdrawn", "rolled_back")
"""Events behind which something else serves, or must not come again."""


class Intake:
    """Reads an address and hands good versions to a deployment; one look at a time.

    Once the source has ``ended`` nothing is taken. ``refusal`` is that of the version that was refused last,
    ``trouble`` why the address cannot be read.
    """

    def __init__(
        self,
        address: Address,
        review: Review,
        deployment: Deployment,
        accepted: AcceptedRevisions,
        events: Events,
        last_good: LastGood | None,
        ended: Event,
    ) -> None:
        self.refusal: Refusal | None = None
        self.trouble: str | None = None
        self.last_look: datetime | None = None
        self._address = address
        self._review = review
        self._deployment = deployment
        self._accepted = accepted
        self._events = events
        self._last_good = last_good
        self._seen = b""
        self._ended = ended
        self.begin_anew()
        if last_good is not None:
            events.subscribe(self._keep_last_good)

    def begin_anew(self) -> None:
        """Starts over in a forked child, with a lock of its own."""
        self._looking = RLock()

    def look(self, *, again: bool) -> None:
        """Reads the version that is there, also one that was refused where asked for ``again``."""
        with self._looking:
            self.last_look = utc_now()
            seen, self._seen = self._seen, b""
            try:
                document = self._address.read(again=again)
                self._told_of_trouble(None)
                mark = seen if document is None else document.mark()
                self._seen = mark
                if document is not None and (mark != seen or (again and self.refusal is not None)):
                    self._consider(document)
            except SourceUnreachable as error:
                self._told_of_trouble(str(error))
            except PolicyRefused as error:
                self._told_of_trouble(None)
                self._refuse(error)

    def _consider(self, document: Document) -> None:
        """Takes a version, unless it must not serve or is no news."""
        self._review.verify(document)
        digest = document.bundle.digest()
        if self._is_settled(document, digest):
            self.refusal = None
            return
        serial = self._accepted.next(document, digest)
        serving = self._deployment.serving
        old = None if serving is None else serving.current
        revision = self._review.revision(document, serial, self._address.name, old)
        if self._ended.is_set():
            return
        self._accepted.accept(serial, document, digest)
        self.refusal = None
        self._deployment.take(revision, at_once=document.rollback)

    def _is_settled(self, document: Document, digest: bytes) -> bool:
        """Whether a version needs no more thought: it serves, is tried, or was left behind."""
        if document.revision is not None and not self._accepted.is_last(document, digest):
            return False
        serving = self._deployment.serving
        if serving is None:
            return False
        if digest == serving.current.digest:
            if document.revision is None:
                self._deployment.put_back()
            return True
        is_tried = serving.candidate is not None and serving.candidate.digest == digest
        return is_tried or digest in self._accepted.left_behind

    # ── the last good policy ──────────────────────────────────────────────────

    def restore(self) -> None:
        """Serves what served last, before the address is asked: so its numbers go on from there."""
        found = None if self._last_good is None else self._last_good.load()
        if found is None:
            return
        document, serial, accepted = found
        try:
            revision = self._review.restored(document, serial, self._address.name)
        except PolicyRefused as error:
            self._events.tell("unrestored", reason=str(error))
            return
        self._accepted.take_over(accepted)
        self._deployment.restore(revision)

    def _keep_last_good(self, event: str, _facts: Mapping[str, JSON]) -> None:
        serving = self._deployment.serving
        if event in _CHANGES and self._last_good is not None and serving is not None:
            self._last_good.save(serving.current, self._accepted)

    # ── telling ───────────────────────────────────────────────────────────────

    def tell_broken(self, report: Report) -> None:
        """Tells of the guarantees that a contact breaks."""
        for item in report.broken:
            self._events.tell("broken", guarantee=item.name, contact=item.to_dict()["contact"])

    def _refuse(self, error: PolicyRefused) -> None:
        if self._ended.is_set():
            return
        before = self.refusal
        self.refusal = Refusal(error, utc_now())
        if before is None or not before.is_for(error):
            self._events.tell("refused", **self.refusal.to_dict())

    def _told_of_trouble(self, trouble: str | None) -> None:
        before, self.trouble = self.trouble, trouble
        if trouble is not None and trouble != before:
            self._events.tell("unreachable", trouble=trouble)
        elif trouble is None and before is not None:
            self._events.tell("reachable")

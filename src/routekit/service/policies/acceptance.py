"""What a new version goes through before it serves: verified, checked, examined, compiled."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Literal, TypeAlias

from routekit.diff.approvals import read_approvals
from routekit.engine.engine import Engine
from routekit.engine.errors import PolicyError
from routekit.engine.live import LiveSignals
from routekit.engine.log import log
from routekit.engine.policy import Policy
from routekit.schema.times import utc_now
from routekit.service.policies.bundle import Bundle, Document
from routekit.service.policies.events import JSON, PolicyRefused
from routekit.service.policies.examining import Answer, Examiner, Samples
from routekit.service.policies.revision import Revision
from routekit.service.policies.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["Acceptance", "Report", "Review"]

Approves: TypeAlias = Callable[[Policy, Policy], bool]
"""Whether the change from a policy to a newer one is approved."""

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a new version must pass before it serves, beside being free of errors.

    ``examples``: its own examples hold. ``guarantees``: ``off``; ``look``: broken ones are reported, no
    more, once the version serves, which does not wait for that; ``require``: each must be proved before, so
    that what stays unknown refuses too. Both run in a process of their own, but for few and quick examples:
    the examples for ``timeout`` seconds, then all guarantees together for as long, in ``most_bytes`` of
    memory. A version that has lost guarantees of the one before, as a file that was cut off has, or has
    another name, is refused unless ``may_drop_guarantees`` or ``may_change_name``.

    ``require_approval``: who has approved the change from the version that serves to the new one: a file of
    ``routekit diff --approve``, a folder of such files, or a function of both that says yes. A version that
    nobody approved is refused; the first one takes the place of none, and needs no approval.
    """

    examples: bool = True
    guarantees: Literal["off", "look", "require"] = "look"
    timeout: float = 10.0
    most_bytes: int = 2_000_000_000
    may_drop_guarantees: bool = False
    may_change_name: bool = False
    require_approval: Path | str | Approves | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of a version that passed.

    ``samples`` are the contacts of the examples, of both versions; ``different`` how many of them the
    version before decides otherwise, ``kinds`` in what.
    """

    warnings: int
    examples: int
    guarantees: tuple[Answer, ...]
    lost: tuple[str, ...]
    samples: int
    different: int
    kinds: tuple[tuple[str, int], ...]

    @property
    def broken(self) -> tuple[Answer, ...]:
        return tuple(item for item in self.guarantees if item.answer == "counterexample")

    def to_dict(self) -> dict[str, JSON]:
        return {
            "warnings": self.warnings,
            "examples": self.examples,
            "guarantees": [item.to_dict() for item in self.guarantees],
            "lost_guarantees": [*self.lost],
            "samples": self.samples,
            "decided_otherwise": self.different,
            "otherwise_in": dict(self.kinds),
        }


def _reasons(acceptance: Acceptance, new: Policy, old: Policy | None) -> tuple[list[str], tuple[str, ...]]:
    """Why a version must not take the place of another one, by what both declare; and what it has lost."""
    if old is None:
        return [], ()
    policy, before, reasons = new.checked, old.checked, []
    names = {item.name for item in policy.guarantees}
    lost = tuple(item.name for item in before.guarantees if item.name not in names)
    if policy.name != before.name and not acceptance.may_change_name:
        reasons.append(
            f"the policy is called `{policy.name}`, the one that serves `{before.name}`: "
            "is it the wrong file? `Acceptance(may_change_name=True)` allows it"
        )
    if lost and not acceptance.may_drop_guarantees:
        reasons.append(
            f"guarantees of the version before are gone: {_named(lost)}; was the file cut off? "
            "`Acceptance(may_drop_guarantees=True)` allows it"
        )
    if acceptance.require_approval is not None and policy.revision != before.revision:
        reasons += _unapproved(acceptance.require_approval, old, new)
    return reasons, lost


def _unapproved(required: Path | str | Approves, old: Policy, new: Policy) -> list[str]:
    """Why the change from a version to another is not approved."""
    change = f"from revision {old.revision} to {new.revision}"
    if callable(required):
        return [] if required(old, new) is True else [f"the change {change} is not approved"]
    path, revisions = Path(required), (old.revision, new.revision)
    try:
        if any(item.is_of(new.name, *revisions) for item in read_approvals(path)):
            return []
    except FileNotFoundError:
        return [f"nobody has approved the change {change}: there is no `{path}`"]
    except (OSError, ValueError) as error:
        return [f"nobody has approved the change {change}: `{path}` cannot be read: {error}"]
    return [
        f"nobody has approved the change {change}, as `routekit diff OLD NEW --approve FILE` does, "
        f"in `{path}`"
    ]


def _shortened(failing: tuple[str, ...]) -> list[str]:
    more = len(failing) - _MOST_NAMED
    rest = [f"and {more} more of the examples' expectations fail"] if more > 0 else []
    return [*failing[:_MOST_NAMED], *rest]


def _unproved(item: Answer) -> str:
    if item.answer == "counterexample":
        return f"guarantee `{item.name}` is broken by a contact: {dict(item.contact or {})}"
    return f"guarantee `{item.name}` could not be proved: {item.reason}"


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"


class Review:
    """What every new version goes through, in the thread of its source; ``report`` is of the last to pass."""

    def __init__(
        self,
        acceptance: Acceptance,
        signature: Signature | None,
        records: "Mapping[str, type[BaseModel]] | None",
        live: LiveSignals,
    ) -> None:
        self.report: Report | None = None
        self._acceptance = acceptance
        self._signature = signature
        self._records = records
        self._live = live
        self._examiner = Examiner(acceptance.most_bytes)
        self._unproved: tuple[Policy, Document] | None = None
        self._looking: Examiner | None = None
        self._lock = Lock()

    def verify(self, document: Document) -> None:
        """Raises :class:`PolicyRefused` where a signature is required and is not there or is wrong."""
        if self._signature is None:
            return
        if not document.signature:
            raise PolicyRefused("it is not signed, and a signature is required")
        if not self._signature.verify(document.signed_bytes(), document.signature):
            raise PolicyRefused("its signature is not one of the key that is configured")

    def revision(self, document: Document, serial: int, address: str, old: Revision | None) -> Revision:
        """Returns a version read, examined beside the one that serves, and compiled.

        Raises :class:`PolicyRefused`, whatever the files hold.
        """
        return self._guarded(lambda: self._revision(document, serial, address, old))

    def _guarded(self, make: Callable[[], Revision]) -> Revision:
        try:
            return make()
        except PolicyRefused:
            raise
        except PolicyError as error:
            errors = [found for found in error.diagnostics if found.severity == "error"]
            count = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
            raise PolicyRefused(f"the policy has {count}", diagnostics=errors) from None
        except Exception as error:
            log(logging.ERROR, "policy could not be examined", exc_info=True)
            raise PolicyRefused(f"it could not be examined: {type(error).__name__}") from None

    def _revision(self, document: Document, serial: int, address: str, old: Revision | None) -> Revision:
        policy = self._read(document)
        report = self._examined(policy, document, old)
        engine = Engine(policy, live=self._live)
        is_unproved = self._acceptance.guarantees == "look" and policy.checked.guarantees
        with self._lock:
            self.report, self._unproved = report, (policy, document) if is_unproved else None
            self._end_look()
        return self._made(engine, policy, serial, address, document)

    def _examined(self, new: Policy, document: Document, old: Revision | None) -> Report:
        acceptance, before = self._acceptance, None
        if old is not None:
            before = old.policy, self._bundle(old.document)
        reasons, lost = _reasons(acceptance, new, None if old is None else old.policy)
        samples = Samples()
        if acceptance.examples or old is not None:
            samples = self._examiner.samples(
                (new, self._bundle(document)),
                before,
                is_tested=acceptance.examples,
                timeout=acceptance.timeout,
            )
        reasons += _shortened(samples.failing)
        if reasons:
            raise PolicyRefused(*reasons)
        answers = self._required(document, new) if acceptance.guarantees == "require" else ()
        return Report(
            len(new.warnings),
            len(new.checked.examples),
            answers,
            lost,
            samples.number,
            samples.different,
            samples.kinds,
        )

    def _bundle(self, document: Document | None) -> Bundle | None:
        """The files of a version, where it can be made of them alone in another process."""
        return None if self._records or document is None else document.bundle

    def restored(self, document: Document, serial: int, address: str) -> Revision:
        """Returns the last good version, which has passed before: verified and compiled; raises as above."""
        self.verify(document)
        return self._guarded(lambda: self._restored(document, serial, address))

    def _restored(self, document: Document, serial: int, address: str) -> Revision:
        policy = self._read(document)
        return self._made(Engine(policy, live=self._live), policy, serial, address, document)

    def _read(self, document: Document) -> Policy:
        bundle = document.bundle
        return Policy.from_files(bundle.files, bundle.first, prefix=bundle.prefix, records=self._records)

    def _made(
        self, engine: Engine, policy: Policy, serial: int, address: str, document: Document
    ) -> Revision:
        digest = document.bundle.digest()
        return Revision(engine, policy, serial, policy.revision, address, utc_now(), digest, document)

    def look_at_guarantees(self, tell: Callable[[Report], None]) -> None:
        """Begins to prove the guarantees of the version that serves, in a thread that ``tell`` is called in.

        Nothing where that is done or under way; a newer version that passes ends it.
        """
        with self._lock:
            if self._unproved is None or self._looking is not None:
                return
            self._looking = Examiner(self._acceptance.most_bytes)
            parts = (self._looking, *self._unproved, tell)
        Thread(target=self._look, args=parts, name="routekit guarantees", daemon=True).start()

    def _look(
        self, examiner: Examiner, policy: Policy, document: Document, tell: Callable[[Report], None]
    ) -> None:
        answers = examiner.answers(policy, self._bundle(document), self._acceptance.timeout)
        with self._lock:
            if self._looking is not examiner or self.report is None:
                return
            self._looking = self._unproved = None
            self.report = report = replace(self.report, guarantees=answers)
        tell(report)

    def _end_look(self) -> None:
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.close()

    def close(self) -> None:
        """Ends examples and proofs that are under way."""
        self._examiner.close()
        with self._lock:
            self._unproved = None
            self._end_look()

    def begin_anew(self) -> None:
        """Starts over in a forked child, where nothing is under way."""
        self._examiner = Examiner(self._acceptance.most_bytes)
        self._looking = None
        self._lock = Lock()

    def _required(self, document: Document, policy: Policy) -> tuple[Answer, ...]:
        """Proves the guarantees of a version that must not serve without."""
        answers = self._examiner.answers(policy, self._bundle(document), self._acceptance.timeout)
        open_ = [item for item in answers if item.answer != "proved"]
        if open_:
            raise PolicyRefused(*(_unproved(item) for item in open_))
        return answers

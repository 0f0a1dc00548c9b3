"""What a new version goes through before it serves: verified, checked, examined, compiled."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from routekit.engine.engine import Engine
from routekit.engine.errors import PolicyError
from routekit.engine.examples import clock_of, contact_of
from routekit.engine.live import LiveSignals
from routekit.engine.log import log
from routekit.engine.policy import Policy
from routekit.policy.outcome_parts import differing
from routekit.schema.times import utc_now
from routekit.service.policies.bundle import Document
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.events import JSON
from routekit.service.policies.proving import Answer, Prover
from routekit.service.policies.revision import Revision
from routekit.service.policies.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["Acceptance", "Prove", "Report", "Review", "examine"]

Prove: TypeAlias = Callable[[Policy], tuple[Answer, ...]]

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a new version must pass before it serves, beside being free of errors.

    ``examples``: its own examples hold. ``guarantees``: ``off``; ``look``: broken ones are reported, no
    more; ``require``: each must be proved, so that what stays unknown refuses too. All are looked at for
    ``timeout`` seconds together. A version that has lost guarantees of the one before, as a file that was
    cut off has, or has another name, is refused unless ``may_drop_guarantees`` or ``may_change_name``.
    """

    examples: bool = True
    guarantees: Literal["off", "look", "require"] = "look"
    timeout: float = 10.0
    may_drop_guarantees: bool = False
    may_change_name: bool = False


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


def examine(acceptance: Acceptance, new: Policy, old: Policy | None, prove: Prove | None) -> Report:
    """Looks at a new version beside the one that serves; raises :class:`PolicyRefused` with all reasons.

    The guarantees are not looked at where no ``prove`` is given.
    """
    policy = new.checked
    engine = Engine(new, evaluator="reference")  # with a board of its own: examples speak of no live signals
    reasons: list[str] = []
    lost: tuple[str, ...] = ()
    if old is not None:
        before, names = old.checked, {item.name for item in policy.guarantees}
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
    if acceptance.examples:
        reasons += _failing(engine)
    if reasons:
        raise PolicyRefused(*reasons)
    answers: tuple[Answer, ...] = ()
    if prove is not None and acceptance.guarantees != "off":
        answers = prove(new)
    if acceptance.guarantees == "require":
        open_ = [item for item in answers if item.answer != "proved"]
        if open_:
            raise PolicyRefused(*(_unproved(item) for item in open_))
    samples, different, kinds = (0, 0, Counter[str]()) if old is None else _compared(engine, old)
    return Report(
        len(new.warnings),
        len(policy.examples),
        answers,
        lost,
        samples,
        different,
        tuple(sorted(kinds.items())),
    )


def _failing(engine: Engine) -> list[str]:
    from routekit.trials import run_example
    from routekit.trials.words import title_of

    said = []
    for example in engine.policy.checked.examples:
        for item in run_example(engine, example).mismatches:
            expected, actual = item.as_written(item.expected), item.as_written(item.actual)
            line = f", line {example.span.line}" if example.span else ""
            said.append(f"example `{title_of(example)}`{line}: {item.what} is {actual}, not {expected}")
    more = len(said) - _MOST_NAMED
    return [
        *said[:_MOST_NAMED],
        *([f"and {more} more of the examples' expectations fail"] if more > 0 else []),
    ]


def _unproved(item: Answer) -> str:
    if item.answer == "counterexample":
        return f"guarantee `{item.name}` is broken by a contact: {dict(item.contact or {})}"
    return f"guarantee `{item.name}` could not be proved: {item.reason}"


def _compared(new: Engine, before: Policy) -> tuple[int, int, Counter[str]]:
    """How many contacts of the examples of both are decided otherwise, and in what."""
    old = Engine(before, evaluator="reference")
    samples = different = 0
    kinds: Counter[str] = Counter()
    for engine in (old, new):
        clock = clock_of(engine.policy.checked)
        for example in engine.policy.checked.examples:
            contact = contact_of(example)
            found = differing(old.decide(contact, now=clock), new.decide(contact, now=clock))
            samples += 1
            different += bool(found)
            kinds.update(part.name for part in found)
    return samples, different, kinds


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
        self._prover = Prover()
        self._unproved: tuple[Policy, Document] | None = None

    def verify(self, document: Document) -> None:
        """Raises :class:`PolicyRefused` where a signature is required and is not there or is wrong."""
        if self._signature is None:
            return
        if not document.signature:
            raise PolicyRefused("it is not signed, and a signature is required")
        if not self._signature.verify(document.signed_bytes(), document.signature):
            raise PolicyRefused("its signature is not one of the key that is configured")

    def revision(self, document: Document, serial: int, address: str, old: Policy | None) -> Revision:
        """A version read, examined beside the one that serves, and compiled.

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

    def _revision(self, document: Document, serial: int, address: str, old: Policy | None) -> Revision:
        policy = self._read(document)
        waits = old is None and self._acceptance.guarantees == "look"
        report = examine(self._acceptance, policy, old, None if waits else partial(self._prove, document))
        engine = Engine(policy, live=self._live)
        self.report, self._unproved = report, (policy, document) if waits else None
        return self._made(engine, policy, serial, address, document)

    def restored(self, document: Document, serial: int, address: str) -> Revision:
        """The last good version, which has passed before: verified and compiled; raises as above."""
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

    def prove_later(self) -> Report | None:
        """Looks at the guarantees of the first version, whose start was not made to wait for that."""
        waiting, self._unproved = self._unproved, None
        if waiting is None or self.report is None:
            return None
        policy, document = waiting
        self.report = replace(self.report, guarantees=self._prove(document, policy))
        return self.report

    def close(self) -> None:
        """Ends a proof that is under way."""
        self._prover.close()

    def begin_anew(self) -> None:
        """In a forked child: no proof is under way."""
        self._prover = Prover()

    def _prove(self, document: Document, policy: Policy) -> tuple[Answer, ...]:
        bundle = None if self._records else document.bundle
        return self._prover.answers(policy, bundle, self._acceptance.timeout)

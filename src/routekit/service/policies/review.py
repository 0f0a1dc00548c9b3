"""From a document to a revision that may serve: verified, checked, examined, compiled."""

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from routekit.engine.engine import Engine
from routekit.engine.errors import PolicyError
from routekit.engine.live import LiveSignals
from routekit.engine.log import log
from routekit.engine.policy import Policy
from routekit.schema.times import utc_now
from routekit.service.policies.acceptance import Acceptance, Report, examine
from routekit.service.policies.bundle import Document
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.proving import Answer, Prover
from routekit.service.policies.revision import Revision
from routekit.service.policies.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

__all__ = ["Review"]


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
        try:
            return self._revision(document, serial, address, old)
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
        bundle = document.bundle
        policy = Policy.from_files(bundle.files, bundle.first, prefix=bundle.prefix, records=self._records)
        waits = old is None and self._acceptance.guarantees == "look"
        report = examine(self._acceptance, policy, old, None if waits else partial(self._prove, document))
        engine = Engine(policy, live=self._live)
        self.report, self._unproved = report, (policy, document) if waits else None
        return Revision(engine, policy, serial, policy.revision, address, utc_now(), document.bundle.digest())

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

"""Policies that change while they serve.

An ``address`` gives a document, the bytes of one version: of files, HTTP or Redis. ``source`` is the thread
that asks; ``intake`` knows which revision may come next and makes one of a document, by way of
``acceptance``, whose examples and proofs run outside the serving process (``examining``). What passes goes
to ``deployment``, the only one to assign what serves: a frozen ``Serving`` that is whole before it is seen,
so no lock is needed to read it. ``last_good`` keeps it on disk, with what was rolled back. A policy is
checked from its bytes in memory, so that what was verified and what is compiled are the same.
"""

from routekit.service.policies.acceptance import Acceptance
from routekit.service.policies.events import PolicyRefused, SourceUnreachable
from routekit.service.policies.files import document, sign
from routekit.service.policies.revision import Canary, Revision, Rollout, Serving
from routekit.service.policies.signature import Signature
from routekit.service.policies.source import PolicySource

__all__ = [
    "Acceptance",
    "Canary",
    "PolicyRefused",
    "PolicySource",
    "Revision",
    "Rollout",
    "Serving",
    "Signature",
    "SourceUnreachable",
    "document",
    "sign",
]

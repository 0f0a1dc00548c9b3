"""Policies that change while they serve."""

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

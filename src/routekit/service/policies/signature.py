"""Signatures over what a policy is read from: who wrote it is known before it is checked."""

from __future__ import annotations

__all__ = ["Signature"]


class Signature:
    """Says whether a version was signed by the one who may; made by :meth:`hmac` or :meth:`ed25519`."""

"""Signatures over all that a version is read from: who wrote it is known before it is checked."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["Signature"]

LEAST_KEY = 16


class Signature:
    """Says whether something was signed by the one who may, and signs where it has the key for that.

    Made by :meth:`hmac`, :meth:`ed25519` or :meth:`any_of`.

    >>> signature = Signature.hmac(b"a key of sixteen bytes or more")
    >>> signed = signature.sign(b"policy care")
    >>> signed[:20], signature.verify(b"policy care", signed), signature.verify(b"policy bare", signed)
    ('hmac-sha256:915FBdmE', True, False)
    """

    def __init__(
        self, verify: Callable[[bytes, str], bool], sign: Callable[[bytes], str] | None, kind: str
    ) -> None:
        self._verify = verify
        self._sign = sign
        self._kind = kind

    def verify(self, message: bytes, signature: str) -> bool:
        """Checks whether a signature is one of this key over the message."""
        return self._verify(message, signature)

    def sign(self, message: bytes) -> str:
        """Returns the signature of a message; raises ``ValueError`` where the key can only verify."""
        if self._sign is None:
            raise ValueError("a public key cannot sign: give the private one")
        return self._sign(message)

    @classmethod
    def hmac(cls, key: bytes) -> "Signature":
        """Signs by HMAC-SHA-256: who can verify can sign. Raises ``ValueError`` for a key below 16 bytes."""
        if len(key) < LEAST_KEY:
            raise ValueError(f"a key of {len(key)} bytes is too short: take {LEAST_KEY} or more")

        def sign(message: bytes) -> str:
            return f"hmac-sha256:{b64encode(hmac.digest(key, message, sha256)).decode()}"

        def verify(message: bytes, given: str) -> bool:
            return hmac.compare_digest(sign(message).encode(), given.encode("utf-8", "replace"))

        return cls(verify, sign, "hmac")

    @classmethod
    def ed25519(cls, public_key: bytes | None = None, *, private_key: bytes | None = None) -> "Signature":
        """Signs by Ed25519: the service verifies by the public key, only the publisher has the private one.

        A key is 32 bytes, or PEM. Raises ``ImportError`` where ``cryptography`` is not installed
        (``pip install routekit[signed]``), ``ValueError`` for what is no such key.
        """
        private = None if private_key is None else _private(private_key)
        if public_key is None and private is None:
            raise ValueError("give a public key, or the private one")
        public = private.public_key() if public_key is None and private else _public(public_key or b"")

        def sign(message: bytes) -> str:
            assert private is not None
            return f"ed25519:{b64encode(private.sign(message)).decode()}"

        def verify(message: bytes, given: str) -> bool:
            from cryptography.exceptions import InvalidSignature

            kind, _, text = given.partition(":")
            try:
                public.verify(b64decode(text, validate=True), message)
            except (InvalidSignature, ValueError):
                return False
            return kind == "ed25519"

        return cls(verify, None if private is None else sign, "ed25519")

    @classmethod
    def any_of(cls, *signatures: "Signature") -> "Signature":
        """Takes any of several keys, so that one can be changed for another; the first one signs."""
        return cls(
            lambda message, given: any(item.verify(message, given) for item in signatures),
            signatures[0].sign if signatures else None,
            "any of several",
        )

    def __repr__(self) -> str:
        return f"<Signature {self._kind}>"


def _public(key: bytes) -> "Ed25519PublicKey":
    _need()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    is_pem = key.lstrip().startswith(b"-----")
    loaded = load_pem_public_key(key) if is_pem else Ed25519PublicKey.from_public_bytes(key)
    if not isinstance(loaded, Ed25519PublicKey):
        raise ValueError("the public key is none of Ed25519")
    return loaded


def _private(key: bytes) -> "Ed25519PrivateKey":
    _need()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    is_pem = key.lstrip().startswith(b"-----")
    loaded = load_pem_private_key(key, None) if is_pem else Ed25519PrivateKey.from_private_bytes(key)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise ValueError("the private key is none of Ed25519")
    return loaded


def _need() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise ImportError("Ed25519 signatures need `cryptography`: pip install routekit[signed]") from None

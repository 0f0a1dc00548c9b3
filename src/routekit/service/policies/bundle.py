"""All the bytes that one version of a policy is made of, and the document that carries them."""

import json
from base64 import b64decode, b64encode
from binascii import Error as BinasciiError
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TypeGuard

from routekit.checker.workspace import path_beside
from routekit.service.policies.events import JSON, PolicyRefused
from routekit.service.policies.signature import Signature

__all__ = ["FORMAT_VERSION", "MOST_BYTES", "Bundle", "Document"]

FORMAT_VERSION = 1
MOST_BYTES = 64_000_000
"""How large a document may be."""

_POLICY = ".route"

_KEYS = {"format_version", "revision", "first", "files", "packed", "signature", "rollback"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one version by their paths, and which of them is the first.

    ``prefix`` is what diagnostics show before a path.
    """

    first: str
    files: Mapping[str, bytes]
    prefix: str = field(default="", compare=False)

    def digest(self) -> bytes:
        """Returns a fingerprint of the paths and the bytes of all files."""
        return sha256(self.encoded()).digest()

    def encoded(self) -> bytes:
        """Paths and hashes of the files in one order, each with its length before it."""
        parts = [self.first.encode("utf-8", "surrogateescape")]
        for path in sorted(self.files):
            parts += [path.encode("utf-8", "surrogateescape"), sha256(self.files[path]).digest()]
        return _joined(parts)


@dataclass(frozen=True, slots=True)
class Document:
    """A version as it comes: ``revision`` is None where the address does not number its versions.

    ``rollback`` allows a revision smaller than the one that serves.
    """

    bundle: Bundle
    revision: int | None = None
    rollback: bool = False
    signature: str | None = None

    def signed_bytes(self) -> bytes:
        """Tells what a signature is made over: all but the signature."""
        revision = "" if self.revision is None else str(self.revision)
        kind = b"rollback" if self.rollback else b"forward"
        return _joined([b"routekit-policy-1", revision.encode(), kind, self.bundle.encoded()])

    def signed(self, signature: Signature) -> "Document":
        """Returns the document with a signature."""
        return replace(self, signature=signature.sign(self.signed_bytes()))

    def mark(self) -> bytes:
        """Returns a fingerprint of all of it, the signature included."""
        return sha256(_joined([self.signed_bytes(), (self.signature or "").encode()])).digest()

    def to_json(self) -> str:
        """Returns the document as JSON; raises ``ValueError`` where a file is not UTF-8."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    def to_dict(self) -> dict[str, JSON]:
        """Returns the document as JSON has it; workbooks and other bytes are ``packed``, in base64.

        Raises ``ValueError`` where a file of the policy itself is not UTF-8.
        """
        files: dict[str, JSON] = {}
        packed: dict[str, JSON] = {}
        for path, data in sorted(self.bundle.files.items()):
            try:
                files[path] = data.decode()
            except UnicodeDecodeError:
                if path == self.bundle.first or path.endswith(_POLICY):
                    raise ValueError(f"the file `{path}` is not UTF-8") from None
                packed[path] = b64encode(data).decode()
        return {
            "format_version": FORMAT_VERSION,
            "revision": self.revision,
            "first": self.bundle.first,
            "files": files,
            **({"packed": packed} if packed else {}),
            "rollback": self.rollback,
            "signature": self.signature,
        }

    @classmethod
    def from_json(cls, data: bytes, *, prefix: str = "") -> "Document":
        """Reads a document; raises :class:`PolicyRefused` where it is none."""
        try:
            read = json.loads(data.decode())
        except (ValueError, RecursionError):
            raise PolicyRefused("what the address holds is no JSON document") from None
        return cls.from_dict(read, prefix=prefix)

    @classmethod
    def from_dict(cls, read: object, *, prefix: str = "", is_numbered: bool = True) -> "Document":
        """Reads a document out of JSON; raises :class:`PolicyRefused` where it is none."""
        if not isinstance(read, dict):
            raise PolicyRefused("the document is no JSON object")
        version = read.get("format_version")
        if version != FORMAT_VERSION or isinstance(version, bool):
            raise PolicyRefused(f"the document's `format_version` is not {FORMAT_VERSION}")
        unknown = sorted(read.keys() - _KEYS)
        if unknown:
            raise PolicyRefused(f"the document has keys that nobody knows: {', '.join(unknown[:5])}")
        revision, rollback, signature = (
            read.get("revision"),
            read.get("rollback", False),
            read.get("signature"),
        )
        if (revision is not None or is_numbered) and (
            not isinstance(revision, int) or isinstance(revision, bool) or not 0 < revision < 2**63
        ):
            raise PolicyRefused("the document's `revision` is no whole number from 1")
        if not isinstance(rollback, bool):
            raise PolicyRefused("the document's `rollback` is neither true nor false")
        if not isinstance(signature, str | None):
            raise PolicyRefused("the document's `signature` is no text")
        bundle = _bundle(read.get("first"), read.get("files"), read.get("packed", {}), prefix)
        return cls(bundle, revision, rollback, signature)


def _bundle(first: object, files: object, packed: object, prefix: str) -> Bundle:
    if not _is_of_texts(files):
        raise PolicyRefused("the document's `files` is no object of texts")
    if not _is_of_texts(packed):
        raise PolicyRefused("the document's `packed` is no object of texts")
    if not all(_is_plain(path) for path in (*files, *packed)) or files.keys() & packed.keys():
        raise PolicyRefused("the document has a path that leaves its folder or is not in its shortest form")
    if not isinstance(first, str) or first not in files:
        raise PolicyRefused("the document's `first` names none of its files")
    try:
        texts = {path: text.encode() for path, text in files.items()}
        held = {path: b64decode(text, validate=True) for path, text in packed.items()}
        return Bundle(first, texts | held, prefix)
    except BinasciiError:
        raise PolicyRefused("the document's `packed` is no base64") from None
    except UnicodeEncodeError:
        raise PolicyRefused("the document holds halves of surrogate pairs, which are no text") from None


def _is_of_texts(read: object) -> TypeGuard[dict[str, str]]:
    return isinstance(read, dict) and all(isinstance(text, str) for text in read.values())


def _is_plain(path: str) -> bool:
    return path_beside(path, "") == path and path.isprintable() and "\\" not in path


def _joined(parts: list[bytes]) -> bytes:
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)

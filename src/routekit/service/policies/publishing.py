"""Publishing a policy: the document that a server gives out, and signatures of files."""

from pathlib import Path

from routekit.engine.files import replace_file
from routekit.service.policies.bundle import Document
from routekit.service.policies.files import SIGNED, read_bundle
from routekit.service.policies.signature import Signature

__all__ = ["document", "sign", "write_whole"]


def document(
    path: str | Path, *, revision: int, sign: Signature | None = None, rollback: bool = False
) -> str:
    """A policy with all its files as one JSON document, for a server of HTTP or a key of Redis.

    ``revision`` is a whole number from 1, larger than those published before, unless ``rollback`` has the
    services go back. The policy is not checked: that is what ``routekit check`` is for, and the services
    do. Raises ``OSError`` where a file cannot be read, ``ValueError`` for one that is not UTF-8.

    >>> import json
    >>> published = json.loads(document("rules/telecom.route", revision=12))
    >>> published["revision"], published["first"], len(published["files"])
    (12, 'telecom.route', 6)
    """
    if revision < 1:
        raise ValueError("a revision is a whole number from 1")
    made = Document(read_bundle(Path(path)), revision, rollback)
    return (made if sign is None else made.signed(sign)).to_json()


def sign(path: str | Path, signature: Signature) -> Path:
    """Signs all the files of the policy in a file or a folder; the file with the signature, beside the first.

    Sign after each change: a service that requires signatures takes the files once both fit. Raises as
    :func:`document` does.
    """
    path = Path(path)
    signed = Document(read_bundle(path)).signed(signature)
    folder = path if path.is_dir() else path.parent
    target = folder / (signed.bundle.first + SIGNED)
    write_whole(target, f"{signed.signature}\n".encode())
    return target


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file that others read: they see all of it or what was there before."""
    if path.exists():
        replace_file(path, data)
        return
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(data)
    draft.replace(path)

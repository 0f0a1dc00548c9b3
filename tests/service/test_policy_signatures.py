"""Signatures: once configured, nothing serves that was not signed by the one who may."""

import json
from pathlib import Path
from typing import Any

import pytest

from routekit.service.policies import (
    Acceptance,
    PolicyRefused,
    PolicySource,
    Signature,
    document,
    sign,
)
from routekit.service.policies.bundle import Document
from tests.service.versions import Told, eventually, queue, version

OFF = Acceptance(guarantees="off")
HMAC = Signature.hmac(b"sixteen bytes, or a few more")
OTHER = Signature.hmac(b"sixteen bytes of another key")


def ed25519() -> Signature:
    pytest.importorskip("cryptography")
    return Signature.ed25519(private_key=bytes(range(32)))


@pytest.fixture(params=["hmac", "ed25519"])
def key(request: pytest.FixtureRequest) -> Signature:
    return HMAC if request.param == "hmac" else ed25519()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(version(1, 'use "words.route"'))
    (tmp_path / "words.route").write_text('message hello { web "hello" }')
    return path


@pytest.fixture
def signed(path: Path, key: Signature) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(document(path, revision=7, sign=key))
    return read


def is_verified(read: dict[str, Any], key: Signature) -> bool:
    found = Document.from_json(json.dumps(read).encode())
    return found.signature is not None and key.verify(found.signed_bytes(), found.signature)


def test_what_was_signed_is_verified(signed: dict[str, Any], key: Signature) -> None:
    assert is_verified(signed, key)
    assert not is_verified(signed, OTHER)
    assert is_verified(signed, Signature.any_of(OTHER, key))


def test_whatever_is_changed_is_seen(signed: dict[str, Any], key: Signature) -> None:
    files = signed["files"]
    names = dict(zip(files, reversed(files.values()), strict=True))
    renamed = {name.replace("words", "wards"): text for name, text in files.items()}
    text = files["care.route"]
    for changed in (
        {"revision": 8},
        {"rollback": True},
        {"first": "words.route"},
        {"files": names},
        {"files": renamed},
        {"files": {**files, "more.route": ""}},
        {"files": {"care.route": text}},
        {"files": {**files, "care.route": text.replace("priority 2", "priority 3")}},
        {"signature": None},
        {"signature": ""},
        {"signature": signed["signature"][:-4]},
        {"signature": signed["signature"].split(":")[1]},
        {"signature": "ünïcode"},
    ):
        assert not is_verified({**signed, **changed}, key), changed


def test_every_changed_byte_is_seen(signed: dict[str, Any]) -> None:
    found = Document.from_json(json.dumps(signed).encode())
    message = found.signed_bytes()
    signature = HMAC.sign(message)
    for place in range(len(message)):
        changed = bytes([*message[:place], message[place] ^ 1, *message[place + 1 :]])
        assert not HMAC.verify(changed, signature)


def test_files_have_their_signature_beside_them(path: Path, key: Signature) -> None:
    told = Told()
    with pytest.raises(PolicyRefused, match="is not signed, and a signature is required"):
        PolicySource(path, signature=key, settle=0).start()
    assert sign(path, key) == path.with_name("care.route.sig")
    with PolicySource(path, acceptance=OFF, signature=key, settle=0.01, poll=0.1, on_event=told) as source:
        (path.parent / "words.route").write_text('message hello { web "bye" }')
        eventually(lambda: "refused" in told.names)
        assert told.last("refused")["reasons"] == ["its signature is not one of the key that is configured"]
        path.write_text(version(2, 'use "words.route"'))
        sign(path, key)
        eventually(lambda: queue(source) == "q2")
        sign(path, OTHER)
        eventually(lambda: told.names.count("refused") >= 2)
        assert queue(source) == "q2"


def test_keys_that_are_none() -> None:
    with pytest.raises(ValueError, match="5 bytes is too short"):
        Signature.hmac(b"short")
    pytest.importorskip("cryptography")
    with pytest.raises(ValueError, match="give a public key"):
        Signature.ed25519()
    with pytest.raises(ValueError, match="32 bytes"):
        Signature.ed25519(b"short")


def test_the_public_key_verifies_and_cannot_sign() -> None:
    private = ed25519()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    for key in (
        public.public_bytes_raw(),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        service = Signature.ed25519(key)
        assert service.verify(b"text", private.sign(b"text"))
        assert not service.verify(b"next", private.sign(b"text"))
        with pytest.raises(ValueError, match="cannot sign"):
            service.sign(b"text")

"""Policies from an address of HTTP: revisions forward only, and servers on bad days."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from routekit.service.policies import (
    Acceptance,
    PolicyRefused,
    PolicySource,
    SourceUnreachable,
    document,
)
from routekit.service.policies.http import HttpAddress
from tests.service.versions import Told, eventually, queue, version

OFF = Acceptance(guarantees="off")


class Server:
    """A server of one document that can be had to misbehave."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.body = b""
        self.mode = "well"
        self.full_answers = 0
        self.asked: list[tuple[str | None, str | None]] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self._server.server_port}/policy.json"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body, tag = self.body, f'"{hash(self.body)}"'
        self.asked.append((request.headers.get("Authorization"), request.headers.get("X-Tenant")))
        match self.mode:
            case "silent":
                self.released.wait(30)
                return
            case "dripping":
                request.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
                while not self.released.wait(0.02):
                    request.wfile.write(b" ")
            case "broken off":
                request.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\n" + body[:40])
            case "500":
                request.send_error(500)
            case "to a file":
                request.send_response(302)
                request.send_header("Location", "ftp://127.0.0.1/policy.json")
                request.end_headers()
            case str(mode) if mode.startswith("to http"):
                request.send_response(302)
                request.send_header("Location", mode.removeprefix("to "))
                request.end_headers()
            case "elsewhere" if request.path != "/other":
                request.send_response(302)
                request.send_header("Location", "/other")
                request.end_headers()
            case _ if request.headers.get("If-None-Match") == tag:
                request.send_response(304)
                request.end_headers()
            case _:
                self.full_answers += 1
                request.send_response(200)
                request.send_header("ETag", tag)
                request.send_header("Content-Length", str(len(body)))
                request.end_headers()
                request.wfile.write(body)

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def made(tmp_path: Path) -> Any:
    def make(number: int, revision: int, *, rollback: bool = False) -> bytes:
        path = tmp_path / "care.route"
        path.write_text(version(number))
        return document(path, revision=revision, rollback=rollback).encode()

    return make


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def source(server: Server, made: Any, told: Told) -> Iterator[PolicySource]:
    server.body = made(1, 10)
    with PolicySource(server.url, acceptance=OFF, poll=0.02, deadline=0.5, on_event=told) as source:
        yield source


def test_only_another_document_is_had(source: PolicySource, server: Server, made: Any) -> None:
    assert source.serving.current.serial == 10
    before = source.status()["last_look"]
    eventually(lambda: source.status()["last_look"] != before)
    assert server.full_answers == 1
    server.body = made(2, 12)
    eventually(lambda: queue(source) == "q2")
    assert source.serving.current.serial == 12
    assert source.serving.current.source == server.url


def test_revisions_only_go_forward(source: PolicySource, server: Server, made: Any, told: Told) -> None:
    server.body = made(2, 9)
    eventually(lambda: "refused" in told.names)
    assert "revision 9 is older than 10" in told.last("refused")["reasons"][0]
    server.body = made(2, 10)
    eventually(lambda: told.names.count("refused") == 2)
    assert "revision 10 is there already with other content" in told.last("refused")["reasons"][0]
    assert queue(source) == "q1"
    server.body = made(3, 11)
    eventually(lambda: queue(source) == "q3")


def test_a_rollback_that_is_published(source: PolicySource, server: Server, made: Any, told: Told) -> None:
    back = made(2, 9, rollback=True)
    server.body = back
    eventually(lambda: queue(source) == "q2")
    assert source.serving.current.serial == 9
    server.body = made(3, 11)
    eventually(lambda: queue(source) == "q3")
    server.body = back
    eventually(lambda: "refused" in told.names)
    assert "followed already" in told.last("refused")["reasons"][0], "an old document, sent again"
    assert queue(source) == "q3"


def test_a_rollback_here_holds_until_a_newer_revision(
    source: PolicySource, server: Server, made: Any
) -> None:
    server.body = made(2, 11)
    eventually(lambda: queue(source) == "q2")
    source.rollback()
    assert queue(source) == "q1"
    source.refresh()
    assert queue(source) == "q1"
    server.body = made(3, 12)
    eventually(lambda: queue(source) == "q3")


@pytest.mark.parametrize("mode", ["silent", "dripping", "broken off", "500", "to a file"])
def test_a_server_that_misbehaves(
    mode: str, source: PolicySource, server: Server, made: Any, told: Told
) -> None:
    server.mode = mode
    server.body = made(2, 11)
    eventually(lambda: "unreachable" in told.names)
    assert queue(source) == "q1"
    assert source.status()["reachable"] is False
    server.released.set()
    server.mode = "well"
    eventually(lambda: queue(source) == "q2")
    assert source.status()["reachable"] is True
    eventually(lambda: told.names[-2:] == ["reachable", "swapped"])


def test_redirects_within_the_scheme_are_followed(source: PolicySource, server: Server, made: Any) -> None:
    server.mode = "elsewhere"
    server.body = made(2, 11)
    eventually(lambda: queue(source) == "q2")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "no JSON document"),
        (b"[" * 100_000, "no JSON document"),
        (b"[]", "no JSON object"),
        (b'{"format_version": 2}', "`format_version` is not 1"),
        (b'{"format_version": 1, "revison": 2}', "nobody knows: revison"),
        (b'{"format_version": 1, "revision": true}', "`revision` is no whole number"),
        (b'{"format_version": 1, "revision": 11, "rollback": 1}', "`rollback` is neither"),
        (b'{"format_version": 1, "revision": 11, "signature": 1}', "`signature` is no text"),
        (b'{"format_version": 1, "revision": 11, "files": []}', "`files` is no object of texts"),
        (b'{"format_version": 1, "revision": 11, "files": {"../a": ""}}', "leaves its folder"),
        (b'{"format_version": 1, "revision": 11, "files": {"/a": ""}}', "leaves its folder"),
        (b'{"format_version": 1, "revision": 11, "files": {"a": ""}, "first": "b"}', "names none of its"),
        (b'{"format_version": 1, "revision": 11, "files": {"a": "\\ud800"}, "first": "a"}', "surrogate"),
        (b'{"format_version": 1, "revision": 11, "files": {"a": "policy"}, "first": "a"}', "1 error"),
    ],
)
def test_what_is_no_document(
    body: bytes, reason: str, source: PolicySource, server: Server, made: Any, told: Told
) -> None:
    server.body = body
    eventually(lambda: "refused" in told.names)
    assert reason in told.last("refused")["reasons"][0]
    assert queue(source) == "q1"
    server.body = made(2, 11)
    eventually(lambda: queue(source) == "q2")


def test_a_document_beyond_the_limit(server: Server, made: Any) -> None:
    server.body = made(1, 1)
    address = HttpAddress(server.url, 1.0, 5.0, most_bytes=100)
    with pytest.raises(PolicyRefused, match="more than 100 bytes"):
        address.read(again=False)


def test_a_server_that_is_down(server: Server, made: Any) -> None:
    server.body = made(1, 1)
    url = server.url
    source = PolicySource(url, acceptance=OFF, poll=0.02)
    source.start()
    server.close()
    eventually(lambda: source.status()["reachable"] is False)
    assert queue(source) == "q1"
    source.close()
    with pytest.raises(SourceUnreachable, match="connection refused"):
        PolicySource(url).start()


def certificate_for_here(folder: Path) -> Path:
    """A key and a certificate that it signs itself, in one file."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "here.pem"
    path.write_bytes(written + certificate.public_bytes(pem))
    return path


def test_a_server_is_known_by_its_certificate(
    tmp_path: Path, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for_here(tmp_path)
    server = Server(certificate)
    server.body = made(1, 1)
    try:
        with pytest.raises(SourceUnreachable, match=r"certificate verify failed|SSLCertVerificationError"):
            PolicySource(server.url, acceptance=OFF).start()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with PolicySource(server.url, acceptance=OFF) as source:
            assert queue(source) == "q1"
    finally:
        server.close()


def test_a_server_may_have_an_authority_of_its_own_and_ask_who_comes(tmp_path: Path, made: Any) -> None:
    certificate = certificate_for_here(tmp_path)
    server = Server(certificate)
    server.body = made(1, 1)
    server.mode = "elsewhere"
    try:
        with PolicySource(
            server.url,
            acceptance=OFF,
            ca_file=certificate,
            token="a secret",
            headers={"X-Tenant": "care"},
        ) as source:
            assert queue(source) == "q1"
        assert server.asked == [("Bearer a secret", "care")] * 2, "of the same host behind a redirect, too"
        with pytest.raises(ValueError, match="holds no certificates"):
            PolicySource(server.url, ca_file=tmp_path / "none.pem")
    finally:
        server.close()


def test_secrets_are_not_sent_to_another_host(server: Server, made: Any) -> None:
    other = Server()
    server.mode, other.body = f"to {other.url}", made(1, 1)
    try:
        with PolicySource(server.url, acceptance=OFF, token="a secret") as source:
            assert queue(source) == "q1"
        assert (server.asked, other.asked) == ([("Bearer a secret", None)], [(None, None)])
    finally:
        other.close()


@pytest.mark.parametrize(
    ("address", "options", "said"),
    [
        ("https://host/policy.json", {"token": ""}, "the token of a policy's address is empty"),
        ("https://host/policy.json", {"headers": {"a b": "c"}}, "the header `a b`"),
        ("https://host/policy.json", {"headers": {"a": "b\r\nc: d"}}, "the header `a`"),
        ("care.route", {"token": "a secret"}, "for a policy that comes over HTTP"),
        ("redis://host/0?socket_timout=1", {}, "an option that there is not: `socket_timout`"),
    ],
)
def test_a_way_to_an_address_that_cannot_be(address: str, options: dict[str, Any], said: str) -> None:
    pytest.importorskip("redis")
    with pytest.raises(ValueError, match=said):
        PolicySource(address, **options)


def test_close_does_not_wait_for_a_server(server: Server, made: Any) -> None:
    server.body = made(1, 1)
    source = PolicySource(server.url, acceptance=OFF, poll=0.01, deadline=60)
    source.start()
    server.mode = "silent"
    looks = source.status()["last_look"]
    eventually(lambda: source.status()["last_look"] != looks)
    source.close()
    assert source._thread is not None
    assert not source._thread.is_alive()


def test_addresses_that_are_none() -> None:
    for address, reason in [
        ("ftp://host/policy.json", "cannot come from `ftp://`"),
        ("https://me:secret@host/policy.json", "no password"),
        ("http:///policy.json", "has a host"),
    ]:
        with pytest.raises(ValueError, match=reason):
            PolicySource(address)


def test_a_document_is_json_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "care.route").write_text(version(1, 'use "words.route"'))
    (tmp_path / "words.route").write_text('message hello { web "Grüß Gott" }')
    read = json.loads(document(tmp_path, revision=3))
    assert read["first"] == "care.route"
    assert set(read["files"]) == {"care.route", "words.route"}
    assert (read["revision"], read["rollback"], read["signature"]) == (3, False, None)
    with pytest.raises(ValueError, match="from 1"):
        document(tmp_path, revision=0)
    (tmp_path / "words.route").write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"`words\.route` is not UTF-8"):
        document(tmp_path, revision=3)

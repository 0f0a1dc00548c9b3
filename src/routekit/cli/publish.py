"""``routekit publish``."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import FINDINGS, fail, plain_option, print_diagnostics, reason, say, write
from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy
from routekit.service.policies.bundle import Document
from routekit.service.policies.events import PolicyRefused, SourceUnreachable
from routekit.service.policies.files import read_bundle, write_whole
from routekit.service.policies.redis import connect, split_key
from routekit.service.policies.signature import Signature
from routekit.translation import msgid, t

__all__ = ["command"]

_PATIENCE = 10.0
"""Seconds that Redis may take."""


@click.command()
@click.argument("policy", metavar="POLICY", shell_complete=complete_policies)
@click.option("--revision", type=click.IntRange(min=1), required=True, help=msgid("Larger than any before."))
@click.option("--rollback", is_flag=True, help=msgid("Have the services go back to this revision."))
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help=msgid("Sign: a private key of Ed25519 as PEM, else the bytes of a key for HMAC."),
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help=msgid("Write to a file."))
@click.option("--to", metavar="URL", help=msgid("A key of Redis: redis://host/0?key=NAME."))
@click.option(
    "--yes", is_flag=True, help=msgid("Publish what services will refuse as older, without asking.")
)
@plain_option
def command(
    policy: str,
    revision: int,
    rollback: bool,
    key_file: Path | None,
    output: Path | None,
    to: str | None,
    yes: bool,
) -> None:
    """Write a policy with all its files as one document, for services that take it from HTTP or Redis.

    POLICY is a file, or a folder with one policy in it. Services take a revision that is larger than the one
    they have, unless it is a rollback; a smaller one than is there is asked about first, and needs --yes
    where nobody can answer. A line end behind an HMAC key is no part of it.
    Exit status: 0 published, 1 the policy has errors, 2 it could not run.

    \b
    Examples:
      routekit publish rules/telecom.route --revision 12 -o telecom.json
      routekit publish rules/telecom.route --revision 13 --key-file key.pem --to redis://localhost/0?key=telecom
    """
    try:
        bundle = read_bundle(Path(policy))
        Policy.from_files(bundle.files, bundle.first, prefix=bundle.prefix)
        document = Document(bundle, revision, rollback)
        text = (document if key_file is None else document.signed(_key(key_file))).to_json()
    except PolicyError as error:
        print_diagnostics(found for found in error.diagnostics if found.severity == "error")
        raise click.exceptions.Exit(FINDINGS) from None
    except (SourceUnreachable, PolicyRefused) as error:
        raise fail(str(error)) from None
    except (ImportError, ValueError) as error:
        raise fail(t("the policy cannot be published: {error}", error=error)) from None
    if not (rollback or yes):
        for place, before in _published(output, to):
            _ask_whether_older(document, place, before)
    if to is not None:
        _send(to, text)
    if output is not None:
        _write(output, text)
    if to is None and output is None:
        write(text, nl=False)
    else:
        signed = "" if key_file is None else t(", signed")
        say(
            t(
                "published `{policy}` as revision {revision}{signed}",
                policy=policy,
                revision=revision,
                signed=signed,
            ),
            err=True,
        )


def _key(path: Path) -> Signature:
    try:
        key = path.read_bytes()
    except OSError as error:
        raise fail(t("the key `{path}` cannot be read: {error}", path=path, error=reason(error))) from None
    if key.lstrip().startswith(b"-----"):
        return Signature.ed25519(private_key=key)
    return Signature.hmac(key.rstrip(b"\r\n"))


def _published(output: Path | None, to: str | None) -> Iterator[tuple[str, Document]]:
    """The documents that are there already, with the names of their places."""
    found: list[tuple[str, bytes | None]] = []
    if output is not None:
        with suppress(OSError):
            found.append((f"`{output}`", output.read_bytes()))
    if to is not None:
        found.append(("redis", _received(to)))
    for place, data in found:
        if data is not None:
            with suppress(PolicyRefused):
                yield place, Document.from_json(data)


def _ask_whether_older(document: Document, place: str, before: Document) -> None:
    assert document.revision is not None
    assert before.revision is not None
    is_same = document.bundle.digest() == before.bundle.digest()
    if document.revision > before.revision or (is_same and document.revision == before.revision):
        return
    is_older = document.revision < before.revision
    revisions = {"place": place, "there": before.revision, "revision": document.revision}
    said = (
        t("{place} holds revision {there}: services will refuse {revision} as older", **revisions)
        if is_older
        else t(
            "{place} holds revision {there}: services will refuse {revision} "
            "as there already with other content",
            **revisions,
        )
    )
    if not _is_answered():
        raise fail(said, t("a larger number, or --rollback; --yes publishes it all the same"))
    click.confirm(t("{said}. Publish it all the same?", said=said), abort=True, err=True)


def _is_answered() -> bool:
    """Whether somebody sits there who can be asked."""
    return sys.stdin.isatty()


def _received(url: str) -> bytes | None:
    """What is under a key of Redis; None where nothing is, or it cannot be asked: then it cannot be sent."""
    try:
        plain, key = split_key(url)
        with connect(plain, _PATIENCE) as client:
            data = client.get(key)
    except Exception:  # as below, where it is told
        return None
    return data if isinstance(data, bytes) else None


def _send(url: str, text: str) -> None:
    try:
        plain, key = split_key(url)
        with connect(plain, _PATIENCE) as client:
            client.set(key, text)
    except Exception as error:  # the names of its errors are those of an optional package
        raise fail(
            t("redis did not take it: {name}", name=type(error).__name__), t("is the address right?")
        ) from None


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise fail(t("`{path}` cannot be written: {error}", path=path, error=reason(error))) from None

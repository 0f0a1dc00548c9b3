"""Files of a git revision, spelled ``REVISION:PATH``, as files that can be read."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from shutil import which
from tempfile import TemporaryDirectory

from routekit.cli.output import fail

__all__ = ["checked_out"]


@contextmanager
def checked_out(path: str) -> Iterator[str]:
    """The path of a policy; one of a revision is laid out with its folder as long as it is needed."""
    revision, colon, inner = path.partition(":")
    if not colon or Path(path).exists() or len(revision) < 2:
        yield path
        return
    with TemporaryDirectory(prefix="routekit-") as folder:
        yield _lay_out(revision, inner, Path(folder)).as_posix()


def _lay_out(revision: str, inner: str, folder: Path) -> Path:
    """Writes the folder of a file as it was in a revision."""
    if which("git") is None:
        raise fail(
            f"`{revision}:{inner}` names a git revision, but there is no git", "install git, or name a file"
        )
    if revision.startswith("-"):
        raise fail(f"`{revision}` is no git revision")
    top = _git(["rev-parse", "--show-prefix"], revision, inner).decode().strip()
    place = PurePosixPath(inner[2:] if inner.startswith("./") else inner)
    if place.is_absolute() or ".." in place.parts:
        raise fail(
            f"`{inner}` must be a path within the repository", f"such as {revision}:rules/telecom.route"
        )
    # git reads a path from the top of the repository, unless it begins with ./
    whole = PurePosixPath(top, place) if inner.startswith("./") else place
    parent = "" if whole.parent == PurePosixPath(".") else whole.parent.as_posix()
    _git(["cat-file", "-e", f"{revision}:{whole}"], revision, inner)
    data = _git(["archive", "--format=tar", f"{revision}:{parent}"], revision, inner, at_top=True)
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return folder / whole.name


def _git(arguments: list[str], revision: str, inner: str, *, at_top: bool = False) -> bytes:
    where = ["-C", _git(["rev-parse", "--show-toplevel"], revision, inner).decode().strip()] if at_top else []
    done = subprocess.run(["git", *where, *arguments], capture_output=True, check=False)  # noqa: S603, S607 - git alone
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise fail(
            f"`{revision}:{inner}` cannot be taken from git: {said.splitlines()[0] if said else 'it failed'}",
            "the path counts from the top of the repository; `./` from here",
        )
    return done.stdout

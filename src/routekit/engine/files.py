"""Texts of policies: read under the names by which their authors know them, and written in one step."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from routekit.diagnostics import Reporter, Source, Span
from routekit.engine.errors import PolicyError
from routekit.policy.model import Field
from routekit.syntax.limits import MOST_CHARACTERS
from routekit.syntax.other_files import kind_of_bytes
from routekit.translation import t

if TYPE_CHECKING:
    from routekit.checker.workspace import Folder

__all__ = ["Origin", "read_source", "replace_file", "source_of"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a policy was read from, so that a question can be read in its names."""

    source: Source
    path: str
    folder: "Folder"
    models: dict[str, tuple[Field, ...]] | None


def read_source(path: Path) -> Source:
    """Returns the text of a policy's first file, under the name by which its author knows it.

    Raises ``OSError`` where it cannot be read, ``PolicyError`` where it is too large or is not UTF-8.
    """
    with path.open("rb") as file:
        return source_of(file.read(4 * MOST_CHARACTERS + 1), path.as_posix())


def source_of(data: bytes, name: str) -> Source:
    """Returns the text of a first file; raises ``PolicyError`` where it is too large or is not UTF-8."""
    reporter = Reporter()
    if len(data) > 4 * MOST_CHARACTERS:
        span = Span(Source(name, ""), 0, 0)
        reporter.report(
            "RK005", t("the file has more than {number:,} bytes", number=4 * MOST_CHARACTERS), span
        )
        raise PolicyError(reporter.found)
    kind = kind_of_bytes(data)
    if kind is not None:
        span = Span(Source(name, ""), 0, 0)
        reporter.report("RK015", t("this is {name}, not a policy", name=t(kind.name)), span, help=kind.said())
        raise PolicyError(reporter.found)
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        readable = data[: error.start].decode("utf-8-sig")
        source = Source(name, f"{readable}\ufffd")
        span = Span(source, len(readable), len(readable) + 1)
        reporter.report("RK004", t("the file is not UTF-8"), span, help=t("save it as UTF-8"))
        raise PolicyError(reporter.found) from None


def replace_file(path: Path, data: bytes) -> None:
    """Puts data into the place of a file's content, whole or not at all: nobody ever reads half of it.

    A link stays a link, and the file's mode stays. Raises ``OSError`` where that cannot be done.
    """
    target = path.resolve()
    if not os.access(target, os.W_OK):
        raise PermissionError(13, t("permission denied"))
    from tempfile import mkstemp  # late: whoever only decides writes no file

    handle, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        draft.chmod(target.stat().st_mode)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

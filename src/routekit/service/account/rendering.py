"""A record as a line of JSON."""

import json
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from structlog.processors import JSONRenderer

__all__ = ["JSON", "Record", "as_line", "get_ready"]

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"
Record: TypeAlias = Mapping[str, JSON]

# by escapes alone, so that no line is ended by what some readers take for the end of one
_dumps = partial(json.dumps, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def get_ready() -> None:
    """Imports what a line needs: a thread in the middle of an import does not survive a fork."""
    _renderer()


@cache
def _renderer() -> "JSONRenderer":
    from structlog.processors import JSONRenderer

    return JSONRenderer(serializer=_dumps)


def as_line(record: Record) -> bytes:
    r"""The record as one line of ASCII.

    >>> as_line({"id": "d-1", "queue": "général\u2028"})
    b'{"id":"d-1","queue":"g\\u00e9n\\u00e9ral\\u2028"}\n'
    """
    text = _renderer()(None, "info", dict(record))
    return (text.encode() if isinstance(text, str) else text) + b"\n"

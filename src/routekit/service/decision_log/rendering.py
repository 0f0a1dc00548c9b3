"""What a decision is handed over as, and the line of JSON that its record becomes."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pydantic_core import PydanticSerializationError, to_json

from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.schema.writing import JSON
from routekit.service.contact_events import ContactEvent

if TYPE_CHECKING:
    from structlog.processors import JSONRenderer

__all__ = ["Entry", "Happened", "JSON", "Record", "as_line", "as_lines", "get_ready"]


class Entry(NamedTuple):
    """A decision with what it was made of.

    ``at`` is the clock at which it was made, in UTC, ``latency`` in seconds. ``contact`` is the raw contact
    with all that the router added to it, which nobody changes any more; it is read by the fields of
    ``policy``, the one that decided. ``round`` counts from 1 where an offer was taken by somebody else and it
    was decided again; ``canary`` says whether a revision on trial decided, None where there is no trial.
    """

    id: str
    at: datetime
    latency: float
    decision: Decision
    contact: object
    policy: CheckedPolicy
    round: int | None = None
    canary: bool | None = None


class Happened(NamedTuple):
    """Something that became of a contact, with the policy by whose words it is masked."""

    event: ContactEvent
    policy: CheckedPolicy


Record: TypeAlias = Mapping[str, JSON]

_slowly = partial(json.dumps, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _dumps(record: Record, **_: object) -> bytes:
    """The record in ASCII: no line is ended by what some readers take for the end of one."""
    with suppress(PydanticSerializationError):  # half of a surrogate pair
        quickly = to_json(record, inf_nan_mode="strings")
        if quickly.isascii():
            return quickly
    return _slowly(record).encode()


def get_ready() -> None:
    """Imports what a line needs: a thread in the middle of an import does not survive a fork."""
    _renderer()


@cache
def _renderer() -> "JSONRenderer":
    from structlog.processors import JSONRenderer

    return JSONRenderer(serializer=_dumps)


def as_line(record: Record) -> bytes:
    r"""Returns the record as one line of ASCII.

    >>> as_line({"id": "d-1", "queue": "général\u2028"})
    b'{"id":"d-1","queue":"g\\u00e9n\\u00e9ral\\u2028"}\n'
    """
    text = _renderer()(None, "info", record)  # type: ignore[arg-type]  # it is not changed
    return (text.encode() if isinstance(text, str) else text) + b"\n"


def as_lines(records: Sequence[Record]) -> list[bytes]:
    """Writes a line for each record, up to the first that is no JSON; raises where that is the first."""
    lines: list[bytes] = []
    for record in records:
        try:
            lines.append(as_line(record))
        except (TypeError, ValueError, RecursionError):
            if not lines:
                raise
            break
    return lines

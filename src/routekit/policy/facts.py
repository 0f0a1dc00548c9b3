"""What is known of one contact, read and checked: the input of every evaluator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from routekit.policy.decision import Problem
from routekit.schema.types import Value

__all__ = ["Facts", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer that this customer has been shown, and when."""

    offer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """The values of all declared fields and signals, None where one is missing.

    ``fields`` is keyed by record and field, ``signals`` by queue and signal. ``now`` is the time of the
    decision, in UTC.
    """

    fields: Mapping[tuple[str, str], Value | None]
    signals: Mapping[tuple[str, str], Value | None]
    shown: tuple[Shown, ...]
    now: datetime
    problems: tuple[Problem, ...]

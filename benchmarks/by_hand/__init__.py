"""The four rule packs as a good engineer writes them by hand: a Python function each, with what it needs.

Each takes a contact and the time, and gives the decision as ``Decision.to_dict`` has it, problems included. A
value that is not plain is read by routekit's own reader, so that its problem is told in the same words.
"""

from collections.abc import Callable
from datetime import datetime

from benchmarks.by_hand import airline, bank, telecom, utility

__all__ = ["BY_HAND"]

BY_HAND: dict[str, Callable[[object, datetime], dict[str, object]]] = {
    "telecom": telecom.decide,
    "bank": bank.decide,
    "airline": airline.decide,
    "utility": utility.decide,
}

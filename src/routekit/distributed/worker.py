"""The engine of a worker process: made by the first task that needs it, kept for those behind it."""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from routekit.batch import Batch
from routekit.compiled import Compiled
from routekit.engine.policy import Policy
from routekit.policy.model import Record
from routekit.schema.times import utc_now

__all__ = ["clock", "decide_batches", "made"]

_MOST_KEPT = 4
_kept: "OrderedDict[tuple[str, tuple[Record, ...]], Batch]" = OrderedDict()


def made(policy: Policy) -> Batch:
    """Makes what decides tables by a policy, once in a process, whose tasks may each bring the policy."""
    key = policy.revision, policy.checked.records  # which a service's own models may have given
    found = _kept.get(key)
    if found is None:
        found = Batch(policy.checked, Compiled(policy.checked).decide)
        _kept[key] = found
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def clock(now: datetime | None) -> datetime:
    """Gives the clock of a whole run, so that all its tasks, and those that are tried again, decide alike."""
    if now is None:
        return utc_now()
    if now.tzinfo is None:
        raise ValueError("`now` needs a timezone: workers may stand in another")
    return now.astimezone(UTC)


def decide_batches(policy: Policy, batches: Iterator[Any], now: datetime) -> Iterator[Any]:
    """Yields the decisions of record batches, one by one."""
    batch = made(policy)
    for each in batches:
        yield batch.decide(each, now=now)

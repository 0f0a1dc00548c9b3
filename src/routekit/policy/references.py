"""What the references in a policy's expressions stand for."""

from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field, Let

__all__ = ["Leaf", "declared", "defined"]

Leaf: TypeAlias = e.FieldRef | e.SignalRef


def declared(policy: CheckedPolicy) -> dict[Leaf, Field]:
    """Each field of a record, and behind them each signal of a queue."""
    found: dict[Leaf, Field] = {
        e.FieldRef(record.name, field.name): field for record in policy.records for field in record.fields
    }
    for queue in policy.queues:
        found |= {e.SignalRef(queue, signal.name): signal for signal in policy.live}
    return found


def defined(policy: CheckedPolicy) -> dict[e.Expr, e.Expr]:
    """What each let is worked out by, and each segment's condition; each stands behind those it needs."""
    return {
        e.LetRef(item.name) if isinstance(item, Let) else e.SegmentRef(item.name): (
            item.expr if isinstance(item, Let) else item.condition
        )
        for item in policy.definitions
    }

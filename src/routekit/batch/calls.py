"""When plans call back in open time: an instant for each row of a table, in decisions alike in all else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from routekit.batch.vectors import number_of
from routekit.batch.working_out import Rows
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.model import Step

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

__all__ = ["Calls", "calls_of", "with_calls"]

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Calls:
    """When a step, which comes so long ``after`` the arrival, calls back in some ``rows``.

    Within so many microseconds, which ends at an instant.
    """

    after: timedelta
    rows: "Places"
    within: "Places"
    by: "Places"


def calls_of(step: Step, rows: Rows, at: "Places") -> "tuple[Calls, Marks]":
    """When a step calls back in all of some rows, which stand ``at`` places; and where it does so at all."""
    assert step.calendar is not None
    assert step.callback_within is not None
    after, within = number_of(step.after), number_of(step.callback_within)
    assert isinstance(after, int)
    assert isinstance(within, int)
    comes = np.broadcast_to(rows.vector(e.Now()).values, len(at)) + after
    if not rows.walls.covers(comes):
        rows.odd = np.bool_(True)
        return Calls(step.after, at, comes, comes), np.zeros(len(at), np.bool_)
    due, known = rows.walls.after_open_time(step.calendar, comes, within)
    return Calls(step.after, at, due - comes, due), known


def with_calls(plans: Any, places: "Places", decisions: Sequence[Decision], calls: Iterable[Calls]) -> Any:
    """The plans of rows, each with its own times in the place of those of the decision that stands for it.

    ``places`` are those of the decisions, of which only the first are given: those of rows like others.
    """
    offsets = plans.offsets.to_numpy()
    found: list[tuple[Places, Places, Places]] = []
    for each in calls:
        mine = np.flatnonzero(places.take(each.rows) < len(decisions))
        used, of_row = np.unique(places.take(each.rows[mine]), return_inverse=True)
        known = np.array([_place(decisions[place], each.after) for place in used.tolist()], np.int64)
        step = known.take(of_row.reshape(-1))
        mine, step = mine[step >= 0], step[step >= 0]
        found.append((offsets.take(each.rows[mine]) + step, each.within[mine], each.by[mine]))
    at, within, by = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(at)
    new = {
        "callback_within": pa.array(within[order] / _SECOND),
        "callback_by": pa.array(by[order]).cast(pa.timestamp("us", "UTC")),
    }
    mask = np.zeros(len(plans.values), np.bool_)
    mask[at] = True
    steps = plans.values
    members = [
        pc.replace_with_mask(member, pa.array(mask), new[field.name]) if field.name in new else member
        for field, member in zip(steps.type, steps.flatten(), strict=True)
    ]
    replaced = pa.StructArray.from_arrays(members, fields=[*steps.type])
    return pa.ListArray.from_arrays(plans.offsets, replaced, type=plans.type)


def _place(decision: Decision, after: timedelta) -> int:
    """Where the step that calls back in open time stands in a plan, -1 where it does not."""
    found = (
        place
        for place, step in enumerate(decision.plan)
        if step.after == after and step.callback_by is not None
    )
    return next(found, -1)

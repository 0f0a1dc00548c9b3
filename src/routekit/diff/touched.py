"""Which parts of what is decided a difference is in, by names that a check of a change asks for."""

from routekit.diff.changes import WEIGHED
from routekit.diff.results import Difference, Group, Setting
from routekit.policy.model import OUTCOME

__all__ = ["GUARANTEES", "KINDS", "SELF_SERVICE", "touched"]

SELF_SERVICE, GUARANTEES = "self_service", "guarantees"
KINDS = (SELF_SERVICE, *(part.name for part in WEIGHED), GUARANTEES)
"""A person's place taken by a machine, the parts of a decision, and what is promised."""


def touched(difference: Difference) -> frozenset[str]:
    """Lists the kinds of which something may differ: all of them where that is not settled."""
    if difference.unknown or difference.more or any(map(_is_of_all, difference.settings)):
        return frozenset(KINDS)
    found = {kind for group in difference.groups for kind in _of_group(group)}
    found.update(_of_setting(item) for item in difference.settings if item.matters)
    return frozenset(found | ({GUARANTEES} if difference.promises else set()))


def _is_of_all(item: Setting) -> bool:
    """Whether it may change anything: what a contact brings, or is known of it, comes otherwise."""
    is_sent = item.kind == "field" and not item.name.startswith(f"{OUTCOME}.")
    return item.matters and (item.kind == "policy" or is_sent)


def _of_setting(item: Setting) -> str:
    if item.kind == "field" and item.name.startswith(f"{OUTCOME}."):
        return "data"
    return {"guarantee": GUARANTEES, "offer": "offers"}.get(item.kind, item.kind)


def _of_group(group: Group) -> set[str]:
    found = set(group.more)
    for change in group.changes:
        match change.part:
            case "service" if change.after == (SELF_SERVICE,):
                found |= {"service", SELF_SERVICE}
            case "ranking":
                found.add("offers")
            case part:
                found.add(part)
    # more ways than are told may be of any kind that the part has
    return found | ({SELF_SERVICE} if "service" in group.more else set())

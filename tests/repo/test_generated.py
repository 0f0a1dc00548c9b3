"""Every field of what a policy holds is written by the generator, so that no property goes by without it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache

import pytest

from routekit import Policy
from routekit.policy import contact_map, kept_facts, model, offers, reaches
from routekit.testing.choices import seeded
from tests.generate.policies import write_policy

NEVER = {
    ("AddNames", "part"): "one part holds names that can be changed",
    ("Allowed", "code"): "a comment lets a finding of the map be, and is no part of what is generated",
    ("Allowed", "reason"): "as its code",
    ("Allowed", "span"): "as its code",
    ("RemoveNames", "part"): "one part holds names that can be changed",
    ("ShiftPart", "part"): "one part holds a number that can be changed",
    ("WorkOutPart", "part"): "one part is worked out",
}
"""Fields that have one value in all generated policies, and why."""
_SEEDS = 150

CLASSES = sorted(
    {
        held
        for module in (contact_map, kept_facts, model, offers, reaches)
        for held in vars(module).values()
        if isinstance(held, type) and is_dataclass(held) and held.__module__ == module.__name__
    },
    key=lambda held: held.__name__,
)


def _held(root: object) -> Iterator[object]:
    """All that a policy holds, each thing once."""
    pending, seen = [root], set[int]()
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Mapping):
            pending += part.values()
        elif isinstance(part, tuple | frozenset):
            pending += part
        elif is_dataclass(part):
            yield part
            pending += [getattr(part, item.name) for item in fields(part)]


@cache
def _written() -> dict[tuple[str, str], set[str]]:
    """The first few values of each field, by its class and name."""
    found: dict[tuple[str, str], set[str]] = {}
    for seed in range(_SEEDS):
        for part in _held(Policy.from_text(write_policy(seeded(seed))).checked):
            if type(part) not in CLASSES:
                continue
            for item in fields(part):  # type: ignore[arg-type]
                values = found.setdefault((type(part).__name__, item.name), set())
                if item.compare and len(values) < 2:
                    values.add(repr(getattr(part, item.name)))
    return found


@pytest.mark.parametrize("kind", CLASSES)
def test_every_field_is_written_with_different_values(kind: type) -> None:
    names = [item.name for item in fields(kind) if item.compare]
    alike = {name for name in names if len(_written().get((kind.__name__, name), ())) < 2}
    assert alike == {name for held, name in NEVER if held == kind.__name__}

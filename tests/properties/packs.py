"""The rule packs in ``rules/`` and the sample contacts for them."""

import json
from functools import cache
from pathlib import Path

from routekit import Policy

__all__ = ["PACKS", "RULES", "pack", "sample_contacts"]

_ROOT = Path(__file__).parents[2]
RULES = _ROOT / "rules"
PACKS = tuple(sorted(path.stem for path in RULES.glob("*.route")))


@cache
def pack(name: str) -> Policy:
    return Policy.from_path(RULES / f"{name}.route")


@cache
def sample_contacts(name: str) -> tuple[object, ...]:
    lines = (_ROOT / "examples" / "contacts" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)

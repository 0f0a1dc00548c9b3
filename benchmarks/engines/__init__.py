"""One adapter per engine; an engine whose package is not installed is left out, with the reason."""

import importlib
from dataclasses import dataclass

from benchmarks.engines.base import Adapter, Prepared, Ready

__all__ = ["Adapter", "Found", "Prepared", "Ready", "find"]

MODULES = (
    "dictionary",
    "routekit_policy",
    "zen_table",
    "clips_rules",
    "cel_cpp",
    "cel_rust",
    "cedar_policies",
    "json_logic_tree",
    "rule_engine_texts",
    "business_rules_list",
    "if_chain",
)


@dataclass(frozen=True, slots=True)
class Found:
    """The engines that can be measured here, and why the others cannot."""

    adapters: tuple[Adapter, ...]
    missing: dict[str, str]


def find() -> Found:
    """Imports every adapter; the floor is the first, routekit the second."""
    adapters: list[Adapter] = []
    missing: dict[str, str] = {}
    for name in MODULES:
        try:
            module = importlib.import_module(f"benchmarks.engines.{name}")
        except ImportError as error:
            missing[name] = str(error)
        else:
            adapters.append(module.ADAPTER)
    return Found(tuple(adapters), missing)

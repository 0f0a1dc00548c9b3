"""Outputs of a model that are to be a queue, a priority or a message: a rule for each of their values."""

from collections.abc import Mapping
from dataclasses import dataclass

from routekit.importers.dmn.document import DmnError
from routekit.importers.dmn.tables import Part
from routekit.importers.names import Names, slug
from routekit.layout.writing import block
from routekit.schema.writing import quoted

__all__ = ["MAPPED", "Routed", "routed"]

MAPPED = ("queue", "priority", "message")
"""Parts of a decision that an output may be mapped to."""
OTHERS = "everyone"


@dataclass(frozen=True, slots=True)
class Routed:
    """Queues, the last of which takes all others; rules, each with its condition and queue; and the rest."""

    queues: tuple[str, ...] = ()
    rules: tuple[tuple[str, str, str], ...] = ()
    messages: tuple[str, ...] = ()
    adjusted: tuple[str, ...] = ()


def routed(parts: Mapping[str, Part], mapped: Mapping[str, str]) -> Routed:
    """Turns outputs into queues, priorities and messages; raises :class:`DmnError` where that cannot be."""
    queues, rules, messages, adjusted = list[str](), list[tuple[str, str, str]](), list[str](), list[str]()
    names, queue_names = Names({"otherwise"}), Names()
    if len(set(mapped.values())) < len(mapped):
        raise DmnError("two outputs are mapped to one part of the decision")
    for called, to in mapped.items():
        part = parts.get(called)
        if part is None:
            raise DmnError(f"`{called}` is no output that was translated", f"there are {', '.join(parts)}")
        if to not in MAPPED:
            raise DmnError(f"`{called}` cannot be mapped to `{to}`", f"there are {', '.join(MAPPED)}")
        if not part.values:
            raise DmnError(f"`{called}` writes out no values, so that none can be a {to}")
        for value in part.values:
            test = f"{part.name} is {quoted(value) if isinstance(value, str) else _number(value)}"
            name = names.unique(slug(f"{to} {value}", "rule"))
            if to == "queue":
                queues.append(queue_names.unique(slug(str(value), "queue")))
                rules.append((name, test, queues[-1]))
            elif to == "priority":
                if isinstance(value, bool) or not isinstance(value, int | float) or value not in range(1, 11):
                    raise DmnError(f"`{called}` gives {value}, which is no priority from 1 to 10")
                adjusted.append(f"rule {name} when {test} then priority {int(value)}")
            else:
                message = slug(str(value), "message")
                messages.append(block(f"message {message}", [f"any {quoted(str(value))}"]))
                adjusted.append(f"rule {name} when {test} then message {message}")
    others = [queue_names.unique(OTHERS)] if queues else []
    return Routed((*queues, *others), tuple(rules), tuple(messages), tuple(adjusted))


def _number(value: object) -> str:
    return "yes" if value is True else "no" if value is False else str(value)

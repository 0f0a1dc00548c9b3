"""routekit, through its public interface: a policy's text, ``Policy``, ``Engine``, ``decide``."""

from collections.abc import Sequence

from benchmarks.engines.base import Adapter, Prepared, Ready
from benchmarks.workload import (
    ATTRIBUTES,
    CHANNELS,
    OTHERWISE,
    QUEUES,
    Attribute,
    Choice,
    FlagIs,
    OneOf,
    Outcome,
    Rule,
    Test,
    Whole,
    Within,
)
from routekit import Decision, Engine, Policy

__all__ = ["ADAPTER", "render"]


def render(rules: Sequence[Rule]) -> str:
    """The policy as its author would write it."""
    records = "\n".join(_record(record) for record in ("contact", "customer"))
    channels = "\n".join(f"channel {name} {{ assisted cost 1 }}" for name in CHANNELS)
    queues = "\n".join(f"queue {name} {{ on {', '.join(CHANNELS)} }}" for name in QUEUES)
    body = "\n".join(
        f"  rule {rule.outcome.rule}\n"
        f"    when {' and '.join(_test(test) for test in rule.tests)}\n"
        f"    then {_outcome(rule.outcome)}"
        for rule in rules
    )
    return (
        f'policy benchmark "Made up"\n{records}\n{channels}\n{queues}\n'
        f"route {{\n{body}\n  otherwise {_outcome(OTHERWISE)}\n}}\n"
    )


def _record(record: str) -> str:
    fields = "\n".join(
        f"  {attribute.name} {_type(attribute)}" for attribute in ATTRIBUTES if attribute.record == record
    )
    return f"record {record} {{\n{fields}\n}}"


def _type(attribute: Attribute) -> str:
    match attribute:
        case Choice(values=values):
            return f"one of {', '.join(values)}"
        case Whole(low=low, high=high):
            return f"integer {low}..{high}"
        case _:
            return "flag"


def _test(test: Test) -> str:
    field = f"{test.attribute.record}.{test.attribute.name}"
    match test:
        case OneOf(values=(only,)):
            return f"{field} is {only}"
        case OneOf(values=values):
            return f"{field} in {{{', '.join(values)}}}"
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return f"{field} <= {high}"
            if high == attribute.high:
                return f"{field} >= {low}"
            return f"{field} in {low}..{high}"
        case FlagIs(value=value):
            return field if value else f"not {field}"


def _outcome(outcome: Outcome) -> str:
    return f"queue {outcome.queue}, priority {outcome.priority}"


def _prepare(rules: Sequence[Rule]) -> Prepared:
    text = render(rules)
    return lambda: Ready(Engine(Policy.from_text(text)).decide, _read)


def _read(decision: Decision) -> Outcome:
    if decision.problems:
        raise ValueError(f"routekit found problems in a good contact: {decision.problems}")
    return Outcome(decision.rule, decision.queue, decision.priority)


ADAPTER = Adapter("routekit", "routekit", _prepare)

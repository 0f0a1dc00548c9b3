"""What a programmer would write by hand: one Python function, an ``if`` for each rule."""

from collections.abc import Sequence

from benchmarks.engines.base import Adapter, Prepared, Ready, flat_name, itself
from benchmarks.workload import ATTRIBUTES, OTHERWISE, FlagIs, OneOf, Rule, Test, Within

__all__ = ["ADAPTER"]


def _prepare(rules: Sequence[Rule]) -> Prepared:
    reads = [f"    {flat_name(each)} = contact[{each.record!r}][{each.name!r}]" for each in ATTRIBUTES]
    tests = [
        f"    if {' and '.join(map(_test, rule.tests))}:\n        return outcomes[{number}]"
        for number, rule in enumerate(rules)
    ]
    text = "\n".join(["def decide(contact):", *reads, *tests, "    return otherwise"])
    names = {"outcomes": [rule.outcome for rule in rules], "otherwise": OTHERWISE}

    def load() -> Ready:
        namespace: dict[str, object] = dict(names)
        exec(compile(text, "<if chain>", "exec"), namespace)
        decide = namespace["decide"]
        assert callable(decide)
        return Ready(decide, itself)

    return load


def _test(test: Test) -> str:
    name = flat_name(test.attribute)
    match test:
        case OneOf(values=(only,)):
            return f"{name} == {only!r}"
        case OneOf(values=values):
            return f"{name} in {{{', '.join(map(repr, values))}}}"
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return f"{name} <= {high}"
            return f"{name} >= {low}" if high == attribute.high else f"{low} <= {name} <= {high}"
        case FlagIs(value=value):
            return name if value else f"not {name}"


ADAPTER = Adapter("if chain", None, _prepare)

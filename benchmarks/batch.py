"""Many decisions in one call: routekit's, zen's, and a Polars ``when/then`` chain."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.engines.base import flat_name
from benchmarks.engines.routekit_policy import render
from benchmarks.timing import WrongAnswerError
from benchmarks.workload import (
    ATTRIBUTES,
    OTHERWISE,
    Attribute,
    Choice,
    Contact,
    FlagIs,
    OneOf,
    Order,
    Rule,
    Test,
    Within,
    first_match,
    make_contacts,
    make_rules,
)
from routekit import Engine, Policy

__all__ = ["BATCH", "POLARS", "SINGLE", "ZEN", "Batch", "measure_batch"]

ROUNDS = 15
FEWEST_ROUNDS = 2
SECONDS = 2.0
CHECKED = 300
ONE_BY_ONE = 2_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Seconds per contact of one way, the best of a few rounds."""

    name: str
    contacts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Way:
    """A batch call ready to be made over all the contacts, and how its answer's rules are read."""

    name: str
    contacts: int
    run: Callable[[], Any]
    rules: Callable[[Any], Sequence[str]]


def measure_batch(count: int, contacts: int) -> tuple[list[Batch], dict[str, str]]:
    """Each way, in turns, most specific rule first; and why a way is left out."""
    rules = make_rules(count, Order.SPECIFIC)
    traffic = make_contacts(contacts)
    expected = [first_match(rules, contact).rule for contact in traffic[:CHECKED]]
    ways: list[_Way] = []
    skipped: dict[str, str] = {}
    for name, prepare in WAYS.items():
        try:
            ways.append(prepare(name, rules, traffic))
        except ImportError as error:
            skipped[name] = str(error)
    best = dict.fromkeys((way.name for way in ways), float("inf"))
    spent = dict.fromkeys(best, 0.0)
    for turn in range(ROUNDS):
        for way in ways:
            if turn >= FEWEST_ROUNDS and spent[way.name] > SECONDS:
                continue
            gc.collect()
            start = perf_counter()
            answer = way.run()
            taken = perf_counter() - start
            spent[way.name] += taken
            best[way.name] = min(best[way.name], taken)
            if list(way.rules(answer)[:CHECKED]) != expected:
                raise WrongAnswerError(f"{way.name} differs from the independent evaluator")
    return [Batch(way.name, way.contacts, best[way.name] / way.contacts) for way in ways], skipped


def _single(name: str, rules: Sequence[Rule], contacts: Sequence[Contact]) -> _Way:
    decide = Engine(Policy.from_text(render(rules))).decide

    few = contacts[:ONE_BY_ONE]

    def run() -> list[str]:
        return [decide(contact).rule for contact in few]

    return _Way(name, len(few), run, lambda answer: answer)


def _batch(name: str, rules: Sequence[Rule], contacts: Sequence[Contact]) -> _Way:
    import pyarrow

    decide_batch = Engine(Policy.from_text(render(rules))).decide_batch
    table = pyarrow.table({f"{each.record}.{each.name}": _column(each, contacts) for each in ATTRIBUTES})
    return _Way(
        name,
        len(contacts),
        lambda: decide_batch(table),
        lambda answer: answer["rule"].slice(0, CHECKED).to_pylist(),
    )


def _zen(name: str, rules: Sequence[Rule], contacts: Sequence[Contact]) -> _Way:
    from benchmarks.engines import zen_table

    engine = zen_table.load(zen_table.render(rules))
    requests: list[Any] = [{"key": zen_table.KEY, "context": contact} for contact in contacts]
    return _Way(
        name,
        len(contacts),
        lambda: engine.evaluate_batch(requests),
        lambda answer: [each["data"]["result"]["rule"] for each in answer[:CHECKED]],
    )


def _polars(name: str, rules: Sequence[Rule], contacts: Sequence[Contact]) -> _Way:
    import polars as pl

    frame = pl.DataFrame(
        [
            pl.Series(
                flat_name(each),
                _column(each, contacts),
                dtype=pl.Enum(each.values) if isinstance(each, Choice) else None,
            )
            for each in ATTRIBUTES
        ]
    )
    chain: Any = pl
    for number, rule in enumerate(rules):
        chain = chain.when(*map(_expression, rule.tests)).then(pl.lit(number, dtype=pl.UInt32))
    chain = chain.otherwise(pl.lit(len(rules), dtype=pl.UInt32)).alias("rule")
    names = [*(rule.outcome.rule for rule in rules), OTHERWISE.rule]
    return _Way(
        name,
        len(contacts),
        lambda: frame.select(chain),
        lambda answer: [names[number] for number in answer["rule"].head(CHECKED)],
    )


def _expression(test: Test) -> Any:
    import polars as pl

    column = pl.col(flat_name(test.attribute))
    match test:
        case OneOf(values=(only,)):
            return column == only
        case OneOf(values=values):
            return column.is_in(values)
        case Within(attribute=attribute, low=low, high=high):
            if low == attribute.low:
                return column <= high
            return column >= low if high == attribute.high else column.is_between(low, high)
        case FlagIs(value=value):
            return column if value else ~column


def _column(attribute: Attribute, contacts: Sequence[Contact]) -> list[Any]:
    return [contact[attribute.record][attribute.name] for contact in contacts]


SINGLE = "routekit, one by one"
BATCH = "routekit decide_batch, Arrow with text columns"
ZEN = "zen evaluate_batch"
POLARS = "Polars when/then on enum columns"
WAYS: dict[str, Callable[[str, Sequence[Rule], Sequence[Contact]], _Way]] = {
    SINGLE: _single,
    BATCH: _batch,
    ZEN: _zen,
    POLARS: _polars,
}

"""How one decision, and a load, are timed.

The garbage collector stays on throughout, as in a service. What was loaded before is frozen out of
its sight (``gc.freeze``), since an engine should not pay for walking the objects of its neighbours.
"""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter, perf_counter_ns

from benchmarks.engines import Prepared, Ready
from benchmarks.workload import Contact, Outcome

__all__ = ["Effort", "Latency", "WrongAnswerError", "check", "latency", "load", "throughput"]

CHECKED_AT_LEAST = 10
PASS_SECONDS = 0.01
DECISIONS_AT_LEAST = 10
MOST_LATENCIES = 30_000
ENOUGH_FOR_P99 = 300
LOADS = 3
LOAD_SECONDS = 0.5


class WrongAnswerError(Exception):
    """An engine decided otherwise than the independent evaluator."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured: seconds per engine and policy, and rounds to pick the best of."""

    check: float = 2.0
    throughput: float = 1.5
    throughput_rounds: int = 60
    latency: float = 0.3
    latency_rounds: int = 5


@dataclass(frozen=True, slots=True)
class Latency:
    """Nanoseconds of a decision, in the quietest round; ``p99`` where there were enough of them."""

    p50: float
    p99: float | None
    decisions: int


def load(prepared: Prepared, contact: Contact) -> tuple[Ready, float]:
    """The ready engine, and the seconds that it took, the best of up to three.

    The first decision counts as loading, since some engines put work off until then.
    """
    best = float("inf")
    spent = 0.0
    for _ in range(LOADS):
        gc.collect()
        gc.freeze()
        start = perf_counter()
        ready = prepared()
        ready.decide(contact)
        taken = perf_counter() - start
        best = min(best, taken)
        spent += taken
        if spent > LOAD_SECONDS:
            break
    return ready, best


def check(
    name: str,
    ready: Ready,
    contacts: Sequence[Contact],
    expected: Sequence[Outcome],
    effort: Effort,
) -> int:
    """How many answers were compared: all, or for a slow engine as many as its time allows.

    Raises :class:`WrongAnswerError` for the first that differs.
    """
    start = perf_counter()
    checked = 0
    for contact, outcome in zip(contacts, expected, strict=True):
        answer = ready.outcome(ready.decide(contact))
        if answer != outcome:
            raise WrongAnswerError(f"{name} says {answer}, not {outcome}, for {contact}")
        checked += 1
        if checked >= CHECKED_AT_LEAST and perf_counter() - start > effort.check:
            break
    return checked


def throughput(engines: Mapping[str, Ready], contacts: Sequence[Contact], effort: Effort) -> dict[str, float]:
    """Seconds per decision, by engine: the best pass of several.

    The engines take turns, so that noise hits all alike. A pass is as many contacts as fill its
    time, for a slow engine a few; one that has used up its time sits out the rounds left.
    """
    passes = {name: _pass(ready, contacts) for name, ready in engines.items()}
    best = dict.fromkeys(engines, float("inf"))
    spent = dict.fromkeys(engines, 0.0)
    for _ in range(effort.throughput_rounds):
        for name, ready in engines.items():
            if spent[name] < effort.throughput:
                taken = _seconds(ready, passes[name])
                spent[name] += taken
                best[name] = min(best[name], taken / len(passes[name]))
    return best


def _pass(ready: Ready, contacts: Sequence[Contact]) -> list[Contact]:
    few = contacts[:DECISIONS_AT_LEAST]
    estimate = _seconds(ready, few) / len(few)
    count = max(DECISIONS_AT_LEAST, int(PASS_SECONDS / estimate))
    if count > len(contacts):  # whole rounds through the contacts, so that each counts alike
        count -= count % len(contacts)
    return list(islice(cycle(contacts), count))


def _seconds(ready: Ready, contacts: Sequence[Contact]) -> float:
    decide = ready.decide
    start = perf_counter()
    for contact in contacts:
        decide(contact)
    return perf_counter() - start


def latency(ready: Ready, contacts: Sequence[Contact], effort: Effort) -> Latency:
    """What single decisions take, one clock reading before and one after each."""
    quietest = _latency(ready, contacts, effort.latency)
    for _ in range(1, effort.latency_rounds):
        if quietest.p99 is None:
            break
        again = _latency(ready, contacts, effort.latency)
        if again.p99 is not None and again.p99 < quietest.p99:
            quietest = again
    return quietest


def _latency(ready: Ready, contacts: Sequence[Contact], seconds: float) -> Latency:
    decide = ready.decide
    taken: list[int] = []
    until = perf_counter_ns() + int(seconds * 1e9)
    for contact in islice(cycle(contacts), MOST_LATENCIES):
        start = perf_counter_ns()
        decide(contact)
        end = perf_counter_ns()
        taken.append(end - start)
        if end > until:
            break
    taken.sort()
    p99 = float(taken[len(taken) * 99 // 100]) if len(taken) >= ENOUGH_FOR_P99 else None
    return Latency(float(taken[len(taken) // 2]), p99, len(taken))

"""Erlang's formulas, as textbooks have them: what simple queues do in the long run."""

from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True)
class LongRun:
    """The mean wait of all who come, in seconds, the share who give up, and the mean number who wait."""

    wait: float
    abandoned: float
    waiting: float


def erlang_c(rate: float, handling: float, people: int) -> LongRun:
    """M/M/c: nobody gives up; ``rate`` contacts a second."""
    load = rate * handling
    blocked = 1.0  # Erlang B, by its recursion
    for number in range(1, people + 1):
        blocked = load * blocked / (number + load * blocked)
    waits = blocked / (1 - load / people * (1 - blocked))
    wait = waits * handling / (people - load)
    return LongRun(wait, 0.0, rate * wait)


def erlang_a(rate: float, handling: float, people: int, patience: float) -> LongRun:
    """M/M/c+M: each who waits gives up after an exponential time. By the probabilities of the states."""
    logs = [0.0]
    number = 0
    while len(logs) < 50 or logs[-1] > max(logs) - 40:
        number += 1
        served = min(number, people) / handling + max(0, number - people) / patience
        logs.append(logs[-1] + log(rate / served))
    top = max(logs)
    weights = [exp(each - top) for each in logs]
    total = sum(weights)
    waiting = sum(max(0, state - people) * weight for state, weight in enumerate(weights)) / total
    return LongRun(waiting / rate, waiting / patience / rate, waiting)

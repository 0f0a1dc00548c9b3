"""A small centre written with simpy: processes that wait for each other, without a line of the loop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import simpy


@dataclass
class Caller:
    """A contact with all that chance has settled: when it comes, how long it takes, how patient it is."""

    at: float
    priority: int
    queue: str
    skills: frozenset[str]
    handling: float
    patience: float
    answered: float | None = None
    gave_up: float | None = None


@dataclass
class Person:
    """Somebody with queues and skills, and since when he is idle."""

    number: int
    queues: frozenset[str]
    skills: frozenset[str]
    idle_since: float | None = 0.0


@dataclass
class Twin:
    """People who take the most urgent, then the longest waiting; the longest idle of them takes who comes."""

    people: Sequence[Person]
    environment: Any = field(default_factory=simpy.Environment)
    waiting: list[tuple[int, float, int, Caller, Any]] = field(default_factory=list)

    def run(self, callers: Sequence[Caller]) -> None:
        for number, caller in enumerate(callers):
            self.environment.process(self._comes(number, caller))
        self.environment.run()

    def _comes(self, number: int, caller: Caller) -> Iterator[Any]:
        yield self.environment.timeout(caller.at)
        idle = [person for person in self.people if person.idle_since is not None and _can(person, caller)]
        if idle:
            person = min(idle, key=lambda each: (each.idle_since, each.number))
        else:
            turn = self.environment.event()
            entry = (caller.priority, caller.at, number, caller, turn)
            self.waiting.append(entry)
            patience = self.environment.timeout(caller.patience) if caller.patience < inf else None
            yield turn if patience is None else turn | patience
            if not turn.triggered:
                self.waiting.remove(entry)
                caller.gave_up = self.environment.now
                return
            person = turn.value
        person.idle_since = None
        caller.answered = self.environment.now
        yield self.environment.timeout(caller.handling)
        mine = [entry for entry in self.waiting if _can(person, entry[3])]
        if mine:
            first = min(mine, key=lambda entry: entry[:3])
            self.waiting.remove(first)
            first[4].succeed(person)
        else:
            person.idle_since = self.environment.now


def _can(person: Person, caller: Caller) -> bool:
    return caller.queue in person.queues and caller.skills <= person.skills

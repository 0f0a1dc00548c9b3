"""Random graphs of queues and skills, to the second as simpy runs them."""

from random import Random
from typing import Any

import pytest

from routekit import Policy
from routekit.simulation.arrivals import Coming
from routekit.simulation.draws import Draws
from routekit.simulation.loop import run
from routekit.simulation.study import Study
from tests.simulation.small import scenario
from tests.simulation.traces import Told
from tests.simulation.twin import Caller, Person, Twin

pytest.importorskip("simpy", reason="the twin is written with simpy, of the extra `dev`")

SKILLS = ("red", "green", "blue")


def _centre(dice: Random) -> tuple[str, dict[str, Any], list[Caller], list[Person]]:
    """A policy with as many rules as kinds of contacts, people of a few groups, and those who come."""
    queues = [f"q{number}" for number in range(dice.randint(1, 4))]
    kinds: list[tuple[str, int, frozenset[str]]] = [
        (dice.choice(queues), dice.randint(1, 4), frozenset(dice.sample(SKILLS, dice.choice((0, 0, 1, 2)))))
        for _ in range(6)
    ]
    rules = "\n".join(
        f"  rule k{number} when contact.kind is {number} then queue {queue}, priority {priority}"
        + (f", skills {{{', '.join(sorted(skills))}}}" if skills else "")
        for number, (queue, priority, skills) in enumerate(kinds)
    )
    policy = f"""
policy drawn
record contact {{ channel one of voice  kind integer 0..5 = 0 }}
channel voice {{ assisted }}
{chr(10).join(f"queue {queue} {{ on voice }}" for queue in queues)}
route {{
{rules}
  otherwise queue {queues[0]}
}}
"""
    staff: list[dict[str, Any]] = []
    people: list[Person] = []
    for number in range(dice.randint(1, 4)):
        able = frozenset(SKILLS if number == 0 else dice.sample(SKILLS, dice.randint(0, 3)))
        served = queues if number == 0 else dice.sample(queues, dice.randint(1, len(queues)))
        count = dice.randint(1, 5)
        staff.append({"name": f"s{number}", "queues": served, "skills": [*able], "on_duty": count})
        people += [Person(len(people) + place, frozenset(served), able) for place in range(count)]
    callers, at = [], 0.0
    handling = dice.uniform(60, 300)
    for _ in range(400):
        at += dice.expovariate(1.1 * len(people) / handling)
        queue, priority, skills = kinds[dice.randrange(len(kinds))]
        callers.append(
            Caller(at, priority, queue, skills, dice.expovariate(1 / handling), dice.expovariate(1 / 200))
        )
    parts = {"staff": staff, "handling": {"default": {"exponential": 1}}, "patience": {}}
    return policy, parts | {"kinds": kinds}, callers, people


@pytest.mark.parametrize("number", range(20))
def test_the_loop_does_what_the_twin_does(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text, parts, callers, people = _centre(Random(f"twin {number}"))
    kinds = parts.pop("kinds")
    contacts = tuple({"contact": {"channel": "voice", "kind": kind}} for kind in range(len(kinds)))
    parts["patience"] = {"default": {"exponential": 1}}
    study = Study((Policy.from_text(text).checked,), scenario(**parts), contacts, 1)
    world = study.world(0)
    handling = [caller.handling for caller in callers]
    patience = [caller.patience for caller in callers]
    given = {"handling": handling, "patience": patience}
    monkeypatch.setattr(Draws, "first", lambda self, purpose, count: given[purpose])
    for kind, (queue, _, skills) in enumerate(kinds):
        demand = world.demands[world.demand(world.queues.index(queue), "voice", skills)]
        demand.handling = demand.patience = float  # the very numbers that are drawn
        assert kind < len(contacts)
    come = Coming(
        [caller.at for caller in callers],
        [kinds.index((caller.queue, caller.priority, caller.skills)) for caller in callers],
    )
    told = Told()
    run(world, come, Draws(1, 0), told)
    Twin(people).run(callers)
    found = {(number, kind.split(" ")[0]): at for number, kind, at in told.events}
    nine = 9 * 3600
    for place, caller in enumerate(callers):
        answered, gave_up = found.get((place, "answered")), found.get((place, "abandoned"))
        assert (answered, gave_up) == pytest.approx(
            tuple(None if at is None else at - nine for at in (caller.answered, caller.gave_up)), abs=1e-5
        )
    assert sum(caller.gave_up is not None for caller in callers) > 10

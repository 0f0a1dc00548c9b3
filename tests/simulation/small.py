"""Small policies and scenarios for tests of the simulation."""

from typing import Any

from routekit import Policy
from routekit.simulation import Scenario
from routekit.simulation.study import Study
from routekit.simulation.summary import Summary

ONE_QUEUE = """
policy one "One queue"
record contact { channel one of voice }
channel voice { assisted cost 4 }
queue general { on voice }
route { otherwise queue general }
"""
CALL = {"contact": {"channel": "voice"}}


def scenario(**parts: Any) -> Scenario:
    """A day on which ten people answer one queue, as far as nothing else is said."""
    usual: dict[str, Any] = {
        "begin": "2026-11-02",
        "arrivals": {"per_half_hour": 30},
        "staff": [{"name": "all", "queues": ["general"], "on_duty": 10}],
        "handling": {"default": {"exponential": 300}},
        "patience": {"default": {"exponential": 120}},
    }
    return Scenario.model_validate(usual | parts)


def study(*policies: str, contacts: tuple[object, ...] = (CALL,), seed: int = 1, **parts: Any) -> Study:
    return Study(
        tuple(Policy.from_text(policy).checked for policy in policies or (ONE_QUEUE,)),
        scenario(**parts),
        contacts,
        seed,
    )


def mean_wait(summary: Summary) -> float:
    """The mean wait of all who came to people, whether they were answered or gave up."""
    return sum(map(sum, summary.waited)) / sum(map(sum, summary.offered))

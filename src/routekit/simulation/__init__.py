"""What would become of it: a policy before the queues of a scenario, contact by contact and second by second.

``simulate`` puts a policy, or two, before a ``Scenario``; ``read_scenario`` reads one from TOML. Every
contact is decided by the engine at its simulated moment, and each step of its plan runs at its time.
"""

from routekit.simulation.errors import Finding, ScenarioError
from routekit.simulation.intervals import Interval
from routekit.simulation.reading import read_scenario, scenario_of, scenario_schema
from routekit.simulation.results import Arm, Flow, Measure, QueueDay, Segment, Weight, Worst
from routekit.simulation.scenario import Scenario
from routekit.simulation.simulate import simulate
from routekit.simulation.telling import Simulation

__all__ = [
    "Arm",
    "Finding",
    "Flow",
    "Interval",
    "Measure",
    "QueueDay",
    "Scenario",
    "ScenarioError",
    "Segment",
    "Simulation",
    "Weight",
    "Worst",
    "read_scenario",
    "scenario_of",
    "scenario_schema",
    "simulate",
]

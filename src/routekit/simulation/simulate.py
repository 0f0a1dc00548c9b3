"""Puts a policy, or two, before a scenario: as many replications as the answer needs."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from typing import Protocol, TypeAlias

from routekit.policy.model import CheckedPolicy
from routekit.simulation.gathering import Gathered
from routekit.simulation.results import Weight
from routekit.simulation.scenario import Scenario
from routekit.simulation.study import Spread, Study, Task, in_processes
from routekit.simulation.summary import Summary
from routekit.simulation.telling import Simulation

__all__ = ["Progress", "simulate"]

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many runs are done, of how many that are foreseen."""

_FIRST = 5
"""Replications before it is asked whether they are enough; and as many more each time."""
_MOST = 200
_LARGER = 1.2
_ENOUGH_CONTACTS = 6_000
"""Of a run that weighs an assumption: days are left out beyond them."""


class Policy(Protocol):
    """A policy as a caller holds it: ``routekit.Policy``."""

    @property
    def checked(self) -> CheckedPolicy: ...


def simulate(
    policy: Policy,
    scenario: Scenario,
    contacts: Iterable[object],
    *,
    against: Policy | None = None,
    seed: int = 1,
    replications: int | None = None,
    until: float | None = None,
    jobs: int = 1,
    spread: Spread | None = None,
    assumptions: bool = True,
    progress: Progress | None = None,
) -> Simulation:
    """Simulates a scenario under a policy, and under another one ``against`` it.

    ``contacts`` are those who may come, each as ``Engine.decide`` takes it. All arms see the same contacts at
    the same seconds, with the same patience and matters that take as long. ``replications``, by default 5,
    are made; with ``until`` as many more, up to 200, as it takes for the interval of the service level, or of
    its difference, to reach no more points to either side. ``jobs`` is the number of processes; ``spread``
    runs the replications elsewhere. The same ``seed`` gives the same result, however it is spread.
    ``assumptions``: also weighs what nobody measured, each by a run in which it is a fifth larger.

    Raises :class:`routekit.simulation.ScenarioError` for a scenario that cannot be.

    >>> from routekit import Policy
    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice }
    ...     channel voice { assisted cost 4.20 }
    ...     queue general { on voice }
    ...     route { otherwise queue general }
    ... ''')
    >>> scenario = Scenario.model_validate({
    ...     "begin": "2026-11-02", "arrivals": {"per_half_hour": 20},
    ...     "staff": [{"name": "all", "queues": ["general"], "on_duty": 5}],
    ...     "handling": {"default": {"exponential": "5m"}}, "patience": {"default": {"exponential": "2m"}},
    ... })
    >>> found = simulate(policy, scenario, [{"contact": {"channel": "voice"}}], assumptions=False)
    >>> found.replications, 60 < found.measure("service_level").now.mean < 95
    (5, True)
    """
    from routekit.simulation.possible import make_sure

    policies = (policy.checked,) if against is None else (policy.checked, against.checked)
    study = Study(policies, scenario, tuple(contacts), seed)
    make_sure(study)
    processes = in_processes(jobs)
    try:
        return _simulated(study, replications, until, spread or processes, assumptions, progress)
    finally:
        processes.close()


def _simulated(
    study: Study,
    replications: int | None,
    until: float | None,
    spread: Spread,
    assumptions: bool,
    progress: Progress | None,
) -> Simulation:
    found = Gathered(study)
    arms = len(study.policies)
    wanted = replications or _FIRST
    weighing = _Weighing(study) if assumptions else None
    running = study if weighing is None else weighing.study
    variants = 0 if weighing is None else len(weighing.tasks)
    while found.replications < wanted:
        tasks = [(arm, number) for number in range(found.replications, wanted) for arm in range(arms)]
        runs: list[Summary] = []
        for summary in spread(running, tasks):
            runs.append(summary)
            if len(runs) == arms:
                found.add(runs)
                runs = []
            if progress is not None:
                progress(found.replications * arms + len(runs), wanted * arms + variants)
        if until is not None and found.replications < _MOST:
            level = found.difference("service_level")
            width = (level.difference or level.now).half_width
            if width > until:
                wanted = min(_MOST, wanted + _FIRST)
    weights: list[Summary] = []
    for summary in () if weighing is None else spread(running, weighing.tasks):
        weights.append(summary)
        if progress is not None:
            progress(wanted * arms + len(weights), wanted * arms + variants)
    scenario = study.scenario
    return Simulation(
        scenario.begin.isoformat(),
        scenario.days,
        scenario.within,
        study.seed,
        found.replications,
        sum(summary.contacts for summary in found.arms[0]) / found.replications,
        found.measures(),
        found.segments(),
        found.told_arms(),
        found.flows(),
        () if weighing is None else tuple((each.path, each.value) for each in weighing.assumed),
        () if weighing is None else weighing.weights(weights),
    )


class _Weighing:
    """How much each assumption matters to the service level of the last arm: a run for each, of some days.

    ``study`` has the arms that are asked for, and behind them one for each run.
    """

    def __init__(self, study: Study) -> None:
        scenario = _shortened(study)
        self.assumed = [*scenario.assumptions()]
        self._signs: list[int] = []
        variants = [scenario]
        for each in self.assumed:
            changed, sign = scenario.with_scaled(each.path, _LARGER), 1
            if changed == scenario:  # a share that cannot be larger
                changed, sign = scenario.with_scaled(each.path, 2 - _LARGER), -1
            variants.append(changed)
            self._signs.append(sign)
        arms = len(study.policies)
        self.tasks: list[Task] = [(arms + number, 0) for number in range(len(variants))]
        self.study = study.beside(variants)

    def weights(self, runs: Sequence[Summary]) -> tuple[Weight, ...]:
        """Returns the assumptions, those that matter most first."""
        base, *others = (run.measures["service_level"] for run in runs)
        weights = [
            Weight(each.path, each.value, sign * (level - base))
            for each, sign, level in zip(self.assumed, self._signs, others, strict=True)
        ]
        return tuple(sorted(weights, key=lambda weight: -abs(weight.effect)))


def _shortened(study: Study) -> Scenario:
    total = sum(study.arrivals().expected)
    days = study.scenario.days
    return study.scenario.model_copy(
        update={"days": max(1, min(days, ceil(days * _ENOUGH_CONTACTS / max(total, 1.0))))}
    )

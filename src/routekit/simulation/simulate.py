"""Puts a policy, or two, before a scenario: as many replications as the answer needs."""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Protocol, TypeAlias

from routekit.policy.model import CheckedPolicy
from routekit.simulation.gathering import Gathered
from routekit.simulation.results import Weight
from routekit.simulation.scenario import Scenario
from routekit.simulation.study import Spread, Study, in_processes
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
    weighed = [*study.scenario.assumptions()] if assumptions else []
    while found.replications < wanted:
        tasks = [(arm, number) for number in range(found.replications, wanted) for arm in range(arms)]
        runs: list[Summary] = []
        for summary in spread(study, tasks):
            runs.append(summary)
            if len(runs) == arms:
                found.add(runs)
                runs = []
            if progress is not None:
                done = found.replications * arms + len(runs)
                progress(done, wanted * arms + len(weighed) + bool(weighed))
        if until is not None and found.replications < _MOST:
            level = found.difference("service_level")
            width = (level.difference or level.now).half_width
            if width > until:
                wanted = min(_MOST, wanted + _FIRST)
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
        tuple((each.path, each.value) for each in weighed),
        _weights(study, found, spread, progress) if weighed else (),
    )


def _weights(study: Study, found: Gathered, spread: Spread, progress: Progress | None) -> tuple[Weight, ...]:
    """How much each assumption matters to the service level of the last arm, the most first."""
    scenario = _shortened(study)
    assumed = [*scenario.assumptions()]
    variants, signs = [scenario], []
    for each in assumed:
        changed, sign = scenario.with_scaled(each.path, _LARGER), 1
        if changed == scenario:  # a share that cannot be larger
            changed, sign = scenario.with_scaled(each.path, 2 - _LARGER), -1
        variants.append(changed)
        signs.append(sign)
    arms = len(variants)
    changing = Study(study.policies[-1:] * arms, scenario, study.contacts, study.seed, tuple(variants))
    done = found.replications * len(study.policies)
    levels: list[float] = []
    for run in spread(changing, [(arm, 0) for arm in range(arms)]):
        levels.append(run.measures["service_level"])
        if progress is not None:
            progress(done + len(levels), done + arms)
    base, *others = levels
    weights = [
        Weight(each.path, each.value, sign * (level - base))
        for each, sign, level in zip(assumed, signs, others, strict=True)
    ]
    return tuple(sorted(weights, key=lambda weight: -abs(weight.effect)))


def _shortened(study: Study) -> Scenario:
    total = sum(study.arrivals().expected)
    days = study.scenario.days
    return study.scenario.model_copy(
        update={"days": max(1, min(days, ceil(days * _ENOUGH_CONTACTS / max(total, 1.0))))}
    )

"""What a simulated contact costs: with the telecom pack and live signals, with a plain policy, beside simpy.

``python -m benchmarks.simulate`` prints contacts a CPU-second, how many times as fast that is as a small
centre written with simpy in the same process, and how long a month of 10,000 contacts a day takes under two
policies.
"""

import argparse
import json
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any

from routekit import Policy
from routekit.simulation import Scenario, simulate
from routekit.simulation.study import Study, usual_jobs

ROOT = Path(__file__).parent.parent
TELECOM = ROOT / "rules/telecom.route"
CONTACTS = ROOT / "examples/contacts/telecom.jsonl"


def telecom_scenario(days: int, per_day: int, *, busy: float = 1.0) -> Scenario:
    """Centres as large as they need to be for so many contacts, from eight to eight."""
    unit = per_day / 10_000 / busy

    def staff(name: str, queues: list[str], skills: str, people: float, **more: Any) -> dict[str, Any]:
        count = max(1, round(people * unit))
        roster = {"Mon-Sun 08:00-22:00": count}
        return {"name": name, "queues": queues, "skills": skills.split(), "on_duty": roster} | more

    return Scenario.model_validate(
        {
            "begin": "2026-11-02",
            "days": days,
            "arrivals": {"per_half_hour": {"Mon-Sun 08:00-20:00": per_day / 24}},
            "staff": [
                staff("general", ["general"], "english patience mobile", 20),
                staff(
                    "engineers",
                    ["technical", "retention", "general"],
                    "fibre copper installation patience english mobile",
                    30,
                ),
                staff("dedicated", ["dedicated"], "english patience", 18, at_once={"chat": 3}),
                staff("social", ["social_desk"], "english patience", 4),
            ],
            "handling": {"default": {"exponential": "5m"}},
            "patience": {"default": {"exponential": "3m"}},
            "comes_back": {"machine": {"share": 0.3}, "abandoned": {"share": 0.4}},
        }
    )


def plain(rules: int) -> str:
    """A policy of so many rules on one field, one queue each but for the last."""
    lines = [
        f"  rule r{number} when contact.kind is {number} then queue q{number % 4}" for number in range(rules)
    ]
    queues = [f"queue q{number} {{ on voice }}" for number in range(4)]
    return "\n".join(
        [
            "policy plain",
            f"record contact {{ channel one of voice  kind integer 0..{rules} = 0 }}",
            "channel voice { assisted }",
            *queues,
            "route {",
            *lines,
            "  otherwise queue q0",
            "}",
        ]
    )


def plain_study(per_half_hour: float) -> Study:
    """Twenty rules, four queues, two groups of people, who have enough to do."""
    people = round(per_half_hour * 120 / 1800 / 1.7) + 2
    scenario = Scenario.model_validate(
        {
            "begin": "2026-11-02",
            "arrivals": {"per_half_hour": per_half_hour},
            "staff": [
                {"name": "one", "queues": ["q0", "q1"], "on_duty": people},
                {"name": "two", "queues": ["q2", "q3"], "on_duty": people},
            ],
            "handling": {"default": {"exponential": 120}},
            "patience": {"default": {"exponential": 120}},
        }
    )
    contacts = tuple({"contact": {"channel": "voice", "kind": kind}} for kind in range(21))
    return Study((Policy.from_text(plain(20)).checked,), scenario, contacts, 1)


def telecom_study(days: int, per_day: int) -> Study:
    """The telecom pack, whose signals, clocks and history count."""
    contacts = tuple(map(json.loads, CONTACTS.read_text(encoding="utf-8").splitlines()))
    return Study((Policy.from_path(TELECOM).checked,), telecom_scenario(days, per_day), contacts, 1)


def speed(study: Study, replications: int) -> float:
    """Contacts a CPU-second, the best of some replications; the first one makes all ready."""
    study.replicate((0, 0))
    best = 0.0
    for number in range(1, replications + 1):
        start = process_time()
        summary = study.replicate((0, number))
        best = max(best, summary.contacts / (process_time() - start))
    return best


def simpy_speed(contacts: int) -> float:
    """The same plain centre with simpy, a resource for each group, contacts a CPU-second."""
    import simpy

    dice = Random(1)
    environment = simpy.Environment()
    rate = contacts / 86_400
    people = round(rate * 120 / 1.7) + 2
    groups = [simpy.PriorityResource(environment, people) for _ in range(2)]

    def call(kind: int) -> Any:
        with groups[kind % 4 // 2].request(priority=5) as request:
            patience = environment.timeout(dice.expovariate(1 / 120))
            yield request | patience
            if request.triggered:
                yield environment.timeout(dice.expovariate(1 / 120))

    def calls() -> Any:
        for _ in range(contacts):
            yield environment.timeout(dice.expovariate(rate))
            environment.process(call(dice.randrange(21)))

    start = process_time()
    environment.process(calls())
    environment.run()
    return contacts / (process_time() - start)


def month(days: int, per_day: int, jobs: int) -> tuple[float, float]:
    """How long so many days under two policies take, in seconds, and how many contacts that are."""
    old = Policy.from_path(TELECOM)
    text = TELECOM.read_text(encoding="utf-8").replace(
        "general.longest_wait > 5m", "general.longest_wait > 1m"
    )
    new = Policy.from_text(text, folder=TELECOM.parent)
    contacts = [json.loads(line) for line in CONTACTS.read_text(encoding="utf-8").splitlines()]
    start = perf_counter()
    found = simulate(
        old,
        telecom_scenario(days, per_day),
        contacts,
        against=new,
        replications=1,
        jobs=jobs,
        assumptions=False,
    )
    return perf_counter() - start, found.contacts


def narrower(replications: int) -> float:
    """How many times as narrow the interval of a difference is by common chances as by independent ones."""
    from statistics import stdev

    study = telecom_study(1, 3000)
    text = TELECOM.read_text(encoding="utf-8").replace(
        "general.longest_wait > 5m", "general.longest_wait > 1m"
    )
    study.policies = (*study.policies, Policy.from_text(text, folder=TELECOM.parent).checked)
    level = "service_level"
    old, new = (
        [study.replicate((arm, number)).measures[level] for number in range(replications)] for arm in (0, 1)
    )
    apart = [study.replicate((1, replications + number)).measures[level] for number in range(replications)]
    common = stdev([after - before for before, after in zip(old, new, strict=True)])
    return stdev([after - before for before, after in zip(old, apart, strict=True)]) / common


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a few seconds, to see that it runs")
    small = parser.parse_args().small
    repeats = 1 if small else 5
    telecom = speed(telecom_study(1, 2_000 if small else 10_000), repeats)
    rules = speed(plain_study(100 if small else 1000), repeats)
    with_simpy = simpy_speed(4_000 if small else 48_000)
    print(f"telecom pack, live signals     {telecom:>10,.0f} contacts a CPU-second")
    print(f"plain policy of 20 rules       {rules:>10,.0f} contacts a CPU-second")
    print(f"simpy, without any policy      {with_simpy:>10,.0f} contacts a CPU-second")
    print(f"plain policy against simpy     {rules / with_simpy:>10.2f}")
    print(f"telecom pack against simpy     {telecom / with_simpy:>10.2f}")
    print(f"intervals narrower by          {narrower(4 if small else 30):>10.2f}")
    days = 1 if small else 30
    seconds, contacts = month(days, 1_000 if small else 10_000, usual_jobs())
    print(f"{days} days, two arms, {usual_jobs()} jobs {seconds:>10.1f} s for {contacts:,.0f} contacts each")


if __name__ == "__main__":
    main()

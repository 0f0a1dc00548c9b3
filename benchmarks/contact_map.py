"""The contact map of a large policy, beside a proof of the same policy and a promise of what differs.

    python -m benchmarks.contact_map [--rules 1000] [--matters 20] [--channels 10] [--seed 1]

A policy is written from a seed: rules over seven fields, queues with hours on several channels, plans that
lead on and call back, matters that some channels solve. It tells the CPU-seconds of ``contact_map``, what it
found and what it left unknown; those of a whole ``prove`` of the policy, and how many times as long the map
took; and those in which the first pair is found that breaks the promise that nobody is led to another queue
for being a senior or for the channel.
"""

import argparse
from collections import Counter
from random import Random
from time import process_time

from routekit import Policy
from routekit.analysis import contact_map, promises, prove

__all__ = ["main", "write"]

_PROMISE = "guarantee fair whatever customer.senior, contact.channel then same queue\n"


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--matters", type=int, default=20)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each question")
    options = parser.parse_args()
    text = write(Random(options.seed), options.rules, options.matters, options.channels)
    policy = Policy.from_text(text)
    start = process_time()
    drawn = contact_map(policy, timeout=options.timeout)
    took = process_time() - start
    kinds = Counter(finding.kind for finding in drawn.findings)
    becomes = Counter(cell.becomes for cell in drawn.cells)
    print(f"map       {took:7.1f} s  {dict(kinds)} in {len(drawn.cells)} cells: {dict(becomes)}", flush=True)
    start = process_time()
    proof = prove(policy, timeout=options.timeout)
    proving = process_time() - start
    times = f"the map took {took / proving:.1f} times that"
    print(f"prove     {proving:7.1f} s  {len(proof.findings)} found; {times}", flush=True)
    promised = Policy.from_text(text + _PROMISE)
    start = process_time()
    (promise,) = promises(promised, timeout=options.timeout)
    print(f"whatever  {process_time() - start:7.1f} s  {promise.answer}")
    return 0


def write(dice: Random, rules: int, matters: int, channels: int) -> str:
    """Returns a policy of so many rules, matters and channels."""
    names = [f"ch{number}" for number in range(channels)]
    intents = [f"i{number}" for number in range(matters)]
    lines = [
        "policy large",
        f"record contact {{ channel one of {', '.join(names)}  at time ?",
        f"  intent one of {', '.join(intents)} }}",
        "record customer { id text ?  tier ordered low < mid < top ?  value integer 0..100 = 0",
        "  senior flag = no  age integer 0..120 ?  region one of n, s, e, w = n  open flag = no }",
        "calendar office { open Mon-Fri 08:00-18:00, Sat 09:00-13:00 }",
    ]
    for number, name in enumerate(names):
        kind = "self_service" if number % 3 == 2 else "assisted"
        handed = "  hands over contact.intent" if number % 3 == 2 else ""
        lines.append(f"channel {name} {{ {kind}{handed} }}")
    queues = [f"q{number}" for number in range(3 * channels)]
    for number, name in enumerate(queues):
        served = [names[number % channels], *dice.sample(names, 2)]
        opened = "  open office" if number % 4 == 1 else ""
        asked = "  asks for customer.id" if number % 5 == 0 else ""
        lines.append(f"queue {name} {{ on {', '.join(dict.fromkeys(served))}{opened}{asked} }}")
    for number, name in enumerate(intents):
        solved = dice.sample(names, 6)
        when = " when not customer.senior" if number % 4 == 0 else ""
        lines.append(
            f"matter m{number} when contact.intent is {name} {{ solved on {', '.join(solved[:3])}{when}  "
            f"solved on {', '.join(solved[3:])} }}"
        )
    lines.append("route {")
    for number in range(rules):
        lines.append(
            f"  rule r{number} when {_condition(dice, intents, names)} then queue {dice.choice(queues)}"
        )
        if dice.random() < 0.5:
            lines.append(f"    after 2m queue {dice.choice(queues)}")
        if dice.random() < 0.2:
            lines.append(f"    after 5m callback within {dice.choice((1, 2, 4))}h of office")
    return "\n".join([*lines, "  otherwise queue q0 }", ""])


def _condition(dice: Random, intents: list[str], names: list[str]) -> str:
    low = dice.randrange(0, 90)
    tests = [
        f"contact.intent in {{{', '.join(dice.sample(intents, 2))}}}",
        f"contact.channel in {{{', '.join(dice.sample(names, 3))}}}",
        f"customer.value in {low}..{low + dice.randrange(5, 30)}",
        f"customer.tier >= {dice.choice(('mid', 'top'))}",
        f"customer.age >= {dice.randrange(18, 90)}",
        f"customer.region is {dice.choice('nsew')}",
        dice.choice(("customer.senior", "not customer.senior", "customer.open")),
    ]
    return " and ".join(dice.sample(tests, dice.randrange(3, 5)))


if __name__ == "__main__":
    raise SystemExit(main())

"""Writes what is proved, answered and told of policies, so that other processes can be compared.

Run as ``python -m tests.properties.answers SEED…``: a line of JSON for each seed.
"""

import json
import sys

from routekit import Policy
from routekit.analysis import ask, diff, prove
from routekit.diff.report import difference_as_json
from routekit.prover.report import proof_as_json, reply_as_json
from routekit.testing.choices import seeded
from tests.generate.edits import versions
from tests.generate.policies import write_policy
from tests.generate.settings import SMALL

__all__ = ["main"]

_TIMEOUT = 600.0


def main(seeds: list[int]) -> None:
    """Writes the answers to some seeds, but for how long each took."""
    for seed in seeds:
        dice = seeded(seed)
        old, new = versions(dice)
        whole = Policy.from_text(write_policy(dice))
        told = (
            difference_as_json(diff(old, new, timeout=_TIMEOUT)),
            proof_as_json(prove(new, timeout=_TIMEOUT)),
            proof_as_json(prove(whole, timeout=_TIMEOUT)),
            reply_as_json(ask(old, f"can {dice.pick(SMALL.tests)} reach queue is people", timeout=_TIMEOUT)),
        )
        for item in told:
            del item["seconds"]
        print(json.dumps([seed, *told]))


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]])

"""Hypothesis profiles.

``same``, the usual one, tries the same examples in each run; ``new`` others, and reduces a failing policy to
a small one; ``slow`` ten times as many as usual, and ``long`` a hundred times.

pytest --hypothesis-profile=new
pytest -m slow --hypothesis-profile=slow
ROUTEKIT_PAIRS=10000000 pytest --hypothesis-profile=long tests/properties/test_engines.py
"""

import os

from hypothesis import HealthCheck, Phase, settings

os.environ["ROUTEKIT_LANG"] = "en"  # whatever the locale of the machine is

_SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

settings.register_profile(
    "new",
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW_BY_NATURE,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
settings.register_profile("same", settings.get_profile("new"), derandomize=True, database=None)
settings.register_profile("slow", settings.get_profile("same"), max_examples=1_000)
settings.register_profile("long", settings.get_profile("new"), max_examples=10_000)
settings.load_profile("same")

"""Hypothesis profiles: ``ci``, the usual one, and ``long``, a hundred times as much.

    pytest --hypothesis-profile=long        ROUTEKIT_PAIRS=10000000 pytest tests/properties/test_engines.py

Where the environment says ``CI=true`` every run tries the same examples; elsewhere each run tries new ones.
"""

import os

from hypothesis import HealthCheck, Phase, settings

_SAME_EACH_TIME = os.environ.get("CI", "").lower() in ("1", "true", "yes")
_SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=_SAME_EACH_TIME,
    suppress_health_check=_SLOW_BY_NATURE,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=10_000, print_blob=True)
settings.load_profile("ci")

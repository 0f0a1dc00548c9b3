"""What the benchmark compares routekit with does the same as routekit."""

import pytest

from benchmarks.by_hand import BY_HAND
from benchmarks.packs import differences


@pytest.mark.parametrize("pack", BY_HAND)
def test_the_packs_by_hand_decide_as_the_reference_does(pack: str) -> None:
    assert not differences(pack, more=100)

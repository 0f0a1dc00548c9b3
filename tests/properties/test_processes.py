"""The same input has the same answer in every process, whatever order it keeps its sets in."""

import os
import subprocess
import sys

SEEDS = ("4",)


def test_every_process_says_the_same() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.properties.answers", *SEEDS],
            env={**os.environ, "PYTHONHASHSEED": order},
            stdout=subprocess.PIPE,
        )
        for order in ("0", "1", "2")
    ]
    first, *others = [process.communicate()[0] for process in running]
    assert first.count(b"\n") == len(SEEDS)
    assert all(other == first for other in others)

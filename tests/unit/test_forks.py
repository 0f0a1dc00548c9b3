"""Forking: what is in the middle of something is waited for, and the child begins anew."""

import os
import threading

import pytest

from routekit.engine.forks import Gate, anew_after_fork

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]


def test_a_fork_waits_for_whoever_is_inside() -> None:
    gate, entered, leave = Gate(), threading.Event(), threading.Event()
    left = []

    def work() -> None:
        with gate:
            entered.set()
            leave.wait(10)
            left.append(True)

    worker = threading.Thread(target=work)
    worker.start()
    entered.wait(10)
    threading.Timer(0.1, leave.set).start()
    child = os.fork()
    if child == 0:
        with gate:  # nobody is inside here
            os._exit(0 if left else 1)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 0
    worker.join()
    with gate:
        pass


def test_what_is_held_begins_anew_in_the_child_alone() -> None:
    class Counted:
        times = 0

        def begin_anew(self) -> None:
            self.times += 1

    counted = Counted()
    anew_after_fork(counted)
    child = os.fork()
    if child == 0:
        os._exit(counted.times)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 1
    assert counted.times == 0

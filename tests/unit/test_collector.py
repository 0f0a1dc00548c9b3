"""The collector's pause: shared by threads, and gone behind the last of them."""

import gc
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from routekit.engine.collector import resting_collector


@pytest.fixture(autouse=True)
def _collector_on() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_until_the_last_thread_has_left() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        with resting_collector():
            entered.set()
            leave.wait(10)

    with resting_collector():
        worker = threading.Thread(target=work)
        worker.start()
        assert entered.wait(10)
    assert not gc.isenabled()  # the other thread is still within
    leave.set()
    worker.join()
    assert gc.isenabled()


def test_who_leaves_first_does_not_matter() -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(resting_collector())
    second.enter_context(resting_collector())
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with resting_collector(), resting_collector():
        pass
    assert not gc.isenabled()


def test_an_error_within_ends_the_pause() -> None:
    with pytest.raises(ValueError, match="unreadable"), resting_collector():
        raise ValueError("unreadable")
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_collects_though_a_thread_was_within() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        with resting_collector():
            entered.set()
            leave.wait(10)

    worker = threading.Thread(target=work)
    worker.start()
    assert entered.wait(10)
    child = os.fork()
    if child == 0:
        os._exit(0 if gc.isenabled() else 1)
    leave.set()
    worker.join()
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 0

"""Old revisions leave nothing behind, and a forked process has a source of its own."""

import gc
import linecache
import os
import warnings
from pathlib import Path
from weakref import ref

import pytest

from routekit import Engine, Policy
from routekit.service.policies import Acceptance, PolicySource
from tests.service.versions import VOICE, eventually, queue, replace, version

OFF = Acceptance(guarantees="off")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "care.route"
    path.write_text(version(1))
    return path


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_an_engine_that_nobody_holds_is_gone_with_its_source() -> None:
    engine = Engine(Policy.from_text(version(1)))
    engine.decide(VOICE)
    file = engine.decide.__code__.co_filename
    assert "def " in "".join(linecache.getlines(file))
    gone = ref(engine)
    del engine
    gc.collect()
    assert gone() is None
    assert file not in linecache.cache


def test_reloads_leave_nothing_behind(path: Path) -> None:
    with PolicySource(path, acceptance=OFF, settle=0, poll=60, keep=3) as source:
        source.close()
        source._ended.clear()  # looks only when it is asked to

        def reload(times: int) -> None:
            for number in range(times):
                path.write_text(version(number % 50, f"# {source.serving.current.serial}"))
                assert source.refresh()
                source.serving.current.engine.decide(VOICE)

        reload(20)
        before = objects()
        reload(150)
        assert objects() - before < 150, "less than an object each"
        kept = source.status()["kept"]
        assert kept == [168, 169, 170, 171]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_hears_of_new_versions(path: Path) -> None:
    with PolicySource(path, acceptance=OFF, settle=0.01, poll=0.05) as source:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # there are threads: that is the point
            child = os.fork()
        if child == 0:
            status = 1
            try:
                eventually(lambda: queue(source) == "q2")
                source.close()
                status = 0
            finally:
                os._exit(status)
        replace(path, version(2))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0

"""Policies in files and folders, on good days and bad ones."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.checker.workspace import read_regular
from routekit.service.policies import Acceptance, PolicyRefused, PolicySource, SourceUnreachable, files
from tests.service.versions import VOICE, Told, eventually, queue, replace, version

OFF = Acceptance(guarantees="off")


def is_at(source: PolicySource, number: int) -> bool:
    return queue(source) == f"q{number}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "policy" / "care.route"
    path.parent.mkdir()
    path.write_text(version(1))
    return path


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def source(path: Path, told: Told) -> Iterator[PolicySource]:
    with PolicySource(path, acceptance=OFF, poll=0.1, settle=0.01, on_event=told) as source:
        yield source


def test_a_new_version_is_swapped_in(source: PolicySource, path: Path, told: Told) -> None:
    before = source.serving
    replace(path, version(2))
    eventually(lambda: queue(source) == "q2")
    assert (before.current.serial, source.serving.current.serial) == (1, 2)
    assert before.current.engine.decide(VOICE).queue == "q1", "a decision under way keeps its revision"
    assert told.names == ["swapped", "swapped"]
    assert source.serving.current.fingerprint == Policy.from_path(path).revision


def test_a_bad_version_changes_nothing_and_is_reported(source: PolicySource, path: Path, told: Told) -> None:
    serving = source.serving
    replace(path, version(2).replace("queue q2 {", "queue q3 {"))
    eventually(lambda: "refused" in told.names)
    assert source.serving is serving
    refused: Any = source.status()["refused"]
    assert refused["reasons"] == ["the policy has 2 errors"]
    first = refused["diagnostics"][0]
    assert first["file"] == path.as_posix()
    assert (first["line"], first["code"]) == (9, "RK104")
    replace(path, version(3))
    eventually(lambda: queue(source) == "q3")
    assert source.status()["refused"] is None
    assert source.serving.current.serial == 2, "what was refused takes no number"


def test_what_was_refused_is_reported_once(source: PolicySource, path: Path, told: Told) -> None:
    replace(path, "policy")
    eventually(lambda: "refused" in told.names)
    for _ in range(3):
        assert not source.refresh()
    assert told.names.count("refused") == 1


def test_a_failing_example_refuses(source: PolicySource, path: Path, told: Told) -> None:
    replace(path, version(2).replace("expect queue q2", "expect queue q2, rule gold"))
    eventually(lambda: "refused" in told.names)
    assert told.last("refused")["reasons"] == ["the policy has 1 error"]
    replace(path, version(2).replace("priority 3\n", "priority 4\n"))
    eventually(lambda: told.names.count("refused") == 2)
    assert told.last("refused")["reasons"] == ["example `anybody`, line 13: priority is 3, not 4"]
    assert queue(source) == "q1"


def test_examples_do_not_hear_the_live_signals(path: Path) -> None:
    signals = "live queue { waiting integer 0.. = 0 }"
    text = version(1, signals).replace(
        "route {", "queue full { on voice }\nroute { rule long when q1.waiting > 5 then queue full"
    )
    path.write_text(text)
    with PolicySource(path, acceptance=OFF, settle=0) as source:
        source.live.update("q1", waiting=9)
        replace(path, text + "# again\n")
        eventually(lambda: source.serving.current.serial == 2)
        assert queue(source) == "full"


def test_lost_guarantees_are_refused_unless_allowed(source: PolicySource, path: Path, told: Told) -> None:
    without = version(2).replace("guarantee people", "guarantee nobody")
    replace(path, without)
    eventually(lambda: "refused" in told.names)
    [reason] = told.last("refused")["reasons"]
    assert "`people`" in reason
    assert "may_drop_guarantees=True" in reason
    source.close()
    allowed = Acceptance(guarantees="off", may_drop_guarantees=True)
    path.write_text(version(1))
    with PolicySource(path, acceptance=allowed, settle=0) as other:
        replace(path, without)
        eventually(lambda: queue(other) == "q2")
        report: Any = other.status()["report"]
        assert report["lost_guarantees"] == ["people"]


def test_another_policy_is_refused_unless_allowed(source: PolicySource, path: Path, told: Told) -> None:
    replace(path, version(2, name="bank"))
    eventually(lambda: "refused" in told.names)
    assert "`bank`" in told.last("refused")["reasons"][0]


def test_differences_are_counted_over_the_examples_of_both(source: PolicySource, path: Path) -> None:
    replace(path, version(2))
    eventually(lambda: queue(source) == "q2")
    report: Any = source.status()["report"]
    assert (report["samples"], report["decided_otherwise"]) == (2, 2)
    assert report["otherwise_in"] == {"priority": 2, "queue": 2}


def test_a_first_version_that_is_bad_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "care.route"
    with pytest.raises(SourceUnreachable, match=r"care\.route` cannot be read: no such file"):
        PolicySource(path, settle=0).start()
    path.write_text("policy care")
    source = PolicySource(path, settle=0)
    with pytest.raises(PolicyRefused, match=r"the policy has 2 errors(.|\n)*RK301"):
        source.start()
    with pytest.raises(RuntimeError, match="was not started"):
        _ = source.serving
    path.write_text(version(1))
    with source.start():
        assert queue(source) == "q1"


def test_every_truncation_is_refused_or_a_whole_policy(path: Path) -> None:
    whole = version(2).encode()
    taken = []
    with PolicySource(path, acceptance=OFF, settle=0, poll=60) as source:
        source.close()
        source._ended.clear()  # looks only when it is asked to
        for length in range(len(whole) + 1):
            path.write_bytes(whole[:length])
            if source.refresh():
                taken.append(whole[:length])
            policy = source.serving.current.policy
            assert [promise.name for promise in policy.checked.guarantees] == ["people"]
            assert queue(source) == ("q2" if taken else "q1")
            is_whole = b"then channel is assisted" in whole[:length]
            assert is_whole or source.status()["refused"] is not None
    assert taken
    assert queue(source) == "q2"


def test_clocks_that_step_back_hide_nothing(path: Path, monkeypatch: Any) -> None:
    real = time.time
    with PolicySource(path, acceptance=OFF, settle=0.01, poll=0.05) as source:
        monkeypatch.setattr(time, "time", lambda: real() - 3600)
        replace(path, version(2))
        hour_ago = path.stat().st_mtime - 3600
        os.utime(path, (hour_ago, hour_ago))
        eventually(lambda: queue(source) == "q2")
        assert source.serving.current.serial == 2


def test_edited_in_place(source: PolicySource, path: Path, told: Told) -> None:
    """A file that is written slowly is read when it is whole."""
    text = version(2).encode()
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(text), 40):
            file.write(text[start : start + 40])
            sleep(0.004)
    eventually(lambda: queue(source) == "q2")
    assert source.status()["refused"] is None


@pytest.mark.parametrize("use_watchfiles", [True, False])
def test_with_and_without_watchfiles(path: Path, use_watchfiles: bool, monkeypatch: Any) -> None:
    if not use_watchfiles:
        monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)
    with PolicySource(path, acceptance=OFF, poll=0.05, settle=0.01) as source:
        replace(path, version(2))
        eventually(lambda: queue(source) == "q2")
        polling = "polling every 0.05s, since watchfiles is not installed: pip install routekit[service]"
        watching = "watchfiles" if use_watchfiles else polling
        eventually(lambda: source.status()["watching"] == watching)


def test_files_that_it_brings_in(path: Path, told: Told) -> None:
    shared = path.parent / "common"
    shared.mkdir()
    (shared / "types.route").write_text("type tier = one of gold, silver")
    (path.parent / "blocked.txt").write_text("c-9\n")
    uses = 'use "common/types.route"\nlist blocked from "blocked.txt"\n'
    path.write_text(version(1, uses + "segment out when customer.id in blocked"))
    with PolicySource(path, acceptance=OFF, poll=0.1, settle=0.01, on_event=told) as source:
        assert source.status()["refused"] is None
        (path.parent / "blocked.txt").write_text("c-8\n")
        eventually(lambda: source.serving.current.serial == 2)
        (shared / "types.route").write_text("type tier = one of gold")
        eventually(lambda: source.serving.current.serial == 3)
        (shared / "types.route").unlink()
        eventually(lambda: "refused" in told.names)
        (shared / "types.route").write_text("type tier = one of gold")
        eventually(lambda: source.status()["refused"] is None)
        assert source.serving.current.serial == 3, "what serves was put back"


def test_a_folder_removed_and_restored(source: PolicySource, path: Path, told: Told) -> None:
    shutil.rmtree(path.parent)
    eventually(lambda: "unreachable" in told.names)
    assert queue(source) == "q1"
    assert source.status()["reachable"] is False
    path.parent.mkdir()
    path.write_text(version(2))
    eventually(lambda: queue(source) == "q2")
    assert source.status()["reachable"] is True
    replace(path, version(3))
    eventually(lambda: queue(source) == "q3")


def test_a_config_map_that_is_swapped_by_its_link(tmp_path: Path) -> None:
    """As Kubernetes does it: files are links into ``..data``, a link that is replaced."""
    volume = tmp_path / "volume"
    for number in (1, 2):
        release = volume / f"..release_{number}"
        release.mkdir(parents=True)
        (release / "care.route").write_text(version(number, 'use "words.route"'))
        (release / "words.route").write_text(f'message hello {{ web "{number}" }}')
    (volume / "..data").symlink_to("..release_1")
    for name in ("care.route", "words.route"):
        (volume / name).symlink_to(f"..data/{name}")
    with PolicySource(volume, acceptance=OFF, poll=0.1, settle=0.01) as source:
        assert queue(source) == "q1"
        (volume / "..data_tmp").symlink_to("..release_2")
        (volume / "..data_tmp").rename(volume / "..data")
        shutil.rmtree(volume / "..release_1")
        eventually(lambda: queue(source) == "q2")
        policy = source.serving.current.policy
        assert policy.wording("hello", "web") == "2"


def test_a_folder_has_one_first_file(tmp_path: Path) -> None:
    source = PolicySource(tmp_path, acceptance=OFF, settle=0)
    with pytest.raises(PolicyRefused, match="no file that begins with `policy NAME`"):
        source.start()
    (tmp_path / "words.route").write_text('message hello { web "hello" }')
    (tmp_path / "care.route").write_text(version(1, 'use "words.route"'))
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "old.route").write_text(version(0))
    with source.start():
        assert queue(source) == "q1"
        (tmp_path / "other.route").write_text(version(2))
        eventually(lambda: source.status()["refused"] is not None)
        refused: Any = source.status()["refused"]
        assert "care.route`, `" in refused["reasons"][0]
        assert "other.route`" in refused["reasons"][0]
        (tmp_path / "other.route").unlink()
        eventually(lambda: source.status()["refused"] is None)


def test_what_would_hang_or_lead_out_is_refused(path: Path) -> None:
    os.mkfifo(path.parent / "pipe.route")
    path.write_text(version(1, 'use "pipe.route"'))
    with pytest.raises(SourceUnreachable, match="is no regular file"):
        PolicySource(path, settle=0).start()
    (path.parent.parent / "secret.route").write_text("type secret = text")
    (path.parent / "out.route").symlink_to("../secret.route")
    path.write_text(version(1, 'use "out.route"'))
    with pytest.raises(PolicyRefused, match="the policy has 1 error"):
        PolicySource(path, settle=0).start()


def test_what_changes_while_it_is_read_is_read_again(path: Path, monkeypatch: Any) -> None:
    """Files of two versions are never mixed."""
    parts = [f"part{number}.route" for number in range(4)]
    path.write_text(version(1, "".join(f'use "{name}"\n' for name in parts)))
    changes = iter(range(1, 4))
    content = read_regular

    def write(number: int) -> None:
        for place, name in enumerate(parts):
            replace(path.parent / name, f'message m{place} {{ web "{number}" }}')

    def changing(file: Path, limit: int) -> bytes:
        data = content(file, limit)
        if file.name == "part2.route" and (number := next(changes, None)) is not None:
            write(number)
        return data

    write(0)
    monkeypatch.setattr(files, "read_regular", changing)
    with PolicySource(path, acceptance=OFF, settle=0) as source:
        policy = source.serving.current.policy
        assert {policy.wording(f"m{place}", "web") for place in range(4)} == {"3"}


def test_files_that_never_rest_are_reported(path: Path, monkeypatch: Any) -> None:
    content = read_regular

    def changing(file: Path, limit: int) -> bytes:
        data = content(file, limit)
        replace(path, version(2))
        return data

    monkeypatch.setattr(files, "read_regular", changing)
    with pytest.raises(PolicyRefused, match="the files changed each of the 20 times that they were read"):
        PolicySource(path, acceptance=OFF, settle=0).start()


WRITER = """
import sys, time
from pathlib import Path
from tests.service.versions import replace, version
for number in range(300):
    replace(Path(sys.argv[1]), version(number % 40))
    time.sleep(0.01)
replace(Path(sys.argv[1]), version(39))
"""


def test_replaced_a_hundred_times_a_second_under_32_readers(path: Path) -> None:
    ended = threading.Event()
    wrong: list[object] = []
    seen: list[set[int]] = [set() for _ in range(32)]
    known = {Policy.from_text(version(n)).revision: n for n in range(40)}

    def reader(place: int) -> None:
        while not ended.is_set():
            revision = watched.serving.revision_for(f"c-{place}")
            decision = revision.engine.decide(VOICE)
            number = known.get(decision.revision, -1)
            if (decision.queue, decision.priority) != (f"q{number}", number % 9 + 1):
                wrong.append(decision)
            seen[place].add(number)
            sleep(0.001)

    with PolicySource(path, acceptance=OFF, settle=0.001, poll=0.01) as watched:
        threads = [threading.Thread(target=reader, args=(place,)) for place in range(32)]
        for thread in threads:
            thread.start()
        subprocess.run([sys.executable, "-c", WRITER, str(path)], check=True)
        eventually(lambda: queue(watched) == "q39")
        ended.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert min(map(len, seen)) > 5
    assert watched.status()["refused"] is None


def test_rollback_holds_until_something_newer_comes(source: PolicySource, path: Path, told: Told) -> None:
    for number in (2, 3):
        replace(path, version(number))
        eventually(partial(is_at, source, number))
    assert source.rollback().serial == 2
    assert queue(source) == "q2"
    path.touch()
    assert not source.refresh()
    assert queue(source) == "q2"
    assert source.rollback(1).serial == 1
    assert source.rollback(3).serial == 3
    with pytest.raises(ValueError, match="revision 9 is not kept; kept are 1, 2, 3"):
        source.rollback(9)
    source.rollback()
    replace(path, version(4))
    eventually(lambda: queue(source) == "q4")
    assert source.serving.current.serial == 4
    assert told.names.count("rolled_back") == 4


def test_a_listener_that_fails_harms_nobody(source: PolicySource, path: Path) -> None:
    def failing(_name: str, _facts: object) -> None:
        raise ValueError

    end = source.subscribe(failing)
    replace(path, version(2))
    eventually(lambda: queue(source) == "q2")
    end()


def test_the_thread_outlives_its_own_errors(
    source: PolicySource, path: Path, told: Told, monkeypatch: Any
) -> None:
    def broken(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(source._address, "read", broken)
    replace(path, version(2))
    eventually(lambda: "failed" in told.names)
    monkeypatch.undo()
    replace(path, version(3))
    eventually(lambda: queue(source) == "q3")


def test_close_ends_its_threads_and_goes_on_serving(path: Path) -> None:
    before = threading.active_count()
    source = PolicySource(path, acceptance=OFF)
    source.start()
    source.close()
    source.close()
    assert threading.active_count() == before
    assert queue(source) == "q1"
    replace(path, version(2))
    assert not source.refresh()
    with pytest.raises(RuntimeError, match="closed"):
        source.start()


def test_a_fixed_policy_stays() -> None:
    engine = Engine(Policy.from_text(version(1)))
    source = PolicySource.fixed(engine)
    with source:
        assert source.serving.current.engine is engine
        assert source.serving.revision_of(VOICE) is source.serving.current
        assert not source.refresh()
        with pytest.raises(ValueError, match="no earlier revision"):
            source.rollback()
    assert source.status()["address"] == "a policy that stays"

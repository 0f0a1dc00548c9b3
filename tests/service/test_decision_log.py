"""The decision log on good days and bad: what is written, what is counted, what never waits."""

import json
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.service.decision_log import DecisionLog, Entry, FileSink, StdoutSink, writer
from routekit.service.decision_log.rendering import Record
from routekit.service.telemetry import Meters

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy.from_text("""
    policy care "Care"
    record contact { channel one of voice, web  note text ? }
    channel voice { assisted }
    queue general { on voice }
    route { otherwise queue general }
""")
ENGINE = Engine(POLICY)
CONTACT = {"contact": {"channel": "voice"}}
DECISION = ENGINE.decide(CONTACT)


def entry(number: int = 0) -> Entry:
    return Entry(f"d-{number}", NOON, 0.0001, DECISION, CONTACT, POLICY.checked)


def state(log: DecisionLog, place: int = 0) -> Any:
    return log.status()["sinks"][place]  # type: ignore[index]


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Gate:
    """A sink that hangs until it is let go."""

    name = "gate"

    def __init__(self) -> None:
        self.is_open = threading.Event()
        self.taken: list[Record] = []

    def __call__(self, record: Record) -> None:
        self.is_open.wait()
        self.taken.append(record)


@contextmanager
def hanging(**options: Any) -> Iterator[tuple[DecisionLog, Gate, list[Record]]]:
    gate, other = Gate(), list[Record]()
    log = DecisionLog(gate, other.append, **options)
    try:
        yield log, gate, other
    finally:
        gate.is_open.set()
        log.close()


# ── what is written ───────────────────────────────────────────────────────────


def test_records_are_written_in_the_order_in_which_they_came() -> None:
    records: list[Record] = []
    with DecisionLog(records.append) as log:
        for number in range(3_000):
            log.put(entry(number))
        assert log.flush()
        assert [record["id"] for record in records] == [f"d-{number}" for number in range(3_000)]


def test_many_threads_lose_nothing() -> None:
    records: list[Record] = []
    with DecisionLog(records.append, capacity=100_000) as log:

        def work(first: int) -> None:
            for number in range(first, first + 500):
                log.put(entry(number))

        threads = [threading.Thread(target=work, args=(1_000 * number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({record["id"] for record in records}) == len(records) == 4_000


def test_a_log_without_sinks_takes_anything() -> None:
    with DecisionLog() as log:
        log.put(entry())
        assert log.flush()


def test_standard_output_gets_a_line_of_json(capfd: pytest.CaptureFixture[str]) -> None:
    with DecisionLog(StdoutSink()) as log:
        log.put(entry())
    assert json.loads(capfd.readouterr().out)["queue"] == "general"


def test_standard_output_may_be_replaced_by_something_without_a_descriptor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with DecisionLog(StdoutSink()) as log:
        log.put(entry())
    assert json.loads(capsys.readouterr().out)["queue"] == "general"


# ── sinks that hang, fail, refuse ─────────────────────────────────────────────


def test_a_hung_sink_holds_up_neither_a_decision_nor_another_sink() -> None:
    with hanging(capacity=50) as (log, gate, other):
        for number in range(200):
            log.put(entry(number))
            if number % 20 == 0:
                until(lambda number=number: len(other) == number + 1)  # type: ignore[misc]
        until(lambda: len(other) == 200)
        hung = state(log)
        assert hung["waiting"] <= 51
        assert hung["dropped"] == 200 - hung["waiting"]
        assert state(log, 1)["dropped"] == 0
        gate.is_open.set()
        assert log.flush()
        assert len(gate.taken) + state(log)["dropped"] == 200


def test_a_sink_that_hangs_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routekit.service.decision_log.writer.HANGS", 0.05)
    with hanging() as (log, gate, _):
        log.put(entry())
        until(lambda: state(log)["state"] == "hangs")
        assert state(log)["hanging_for"] >= 0
        gate.is_open.set()
        until(lambda: state(log)["state"] == "ok")


def test_closing_ends_though_a_sink_hangs_and_counts_what_is_lost() -> None:
    with hanging() as (log, gate, other):
        for number in range(10):
            log.put(entry(number))
        until(lambda: len(other) == 10)
        started = time.monotonic()
        assert not log.close(timeout=0.2)
        assert time.monotonic() - started < 5
        assert state(log)["dropped"] == 10
        gate.is_open.set()
        until(lambda: len(gate.taken) == 1)  # the one that it had in hand, which is not counted twice
        assert (state(log)["written"], state(log)["dropped"]) == (0, 10)


def test_flushing_ends_though_a_sink_hangs() -> None:
    with hanging() as (log, _, _):
        log.put(entry())
        assert not log.flush(timeout=0.1)


def test_what_is_put_into_a_closed_log_is_dropped_and_counted() -> None:
    records: list[Record] = []
    log = DecisionLog(records.append)
    log.put(entry())
    assert log.close()
    assert log.close()
    log.put(entry())
    assert (len(records), state(log)["dropped"]) == (1, 1)
    assert log.flush()


def test_a_record_is_tried_again_where_the_system_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "routekit")
    records: list[Record] = []
    failures = [OSError(28, "secret-1"), TimeoutError("secret-1")]

    def sink(record: Record) -> None:
        if failures:
            raise failures.pop()
        records.append(record)

    with DecisionLog(sink) as log:
        log.put(entry(1))
        log.put(entry(2))
        until(lambda: len(failures) == 1)
        until(lambda: state(log)["state"] == "failing")
        assert state(log)["trouble"] in ("TimeoutError", "OSError: no space left on device")
        assert state(log)["failing_since"]
        assert "secret" not in repr(log.status())
        until(lambda: len(records) == 2)
        until(lambda: state(log)["state"] == "ok")
        assert (state(log)["failed"], state(log)["dropped"]) == (0, 0)
    assert [record["id"] for record in records] == ["d-1", "d-2"]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "decision log fails",
        "decision log goes on",
    ]
    assert "secret" not in caplog.text


@pytest.mark.parametrize("error", [ValueError("secret-1"), SystemExit("secret-1"), RecursionError()])
def test_a_record_that_a_sink_refuses_costs_only_itself(error: BaseException) -> None:
    records: list[Record] = []

    def sink(record: Record) -> None:
        if record["id"] == "d-1":
            raise error
        records.append(record)

    with DecisionLog(sink) as log:
        for number in range(3):
            log.put(entry(number))
        assert log.flush()
        assert [record["id"] for record in records] == ["d-0", "d-2"]
        assert (state(log)["written"], state(log)["failed"]) == (2, 1)
        assert "secret" not in repr(log.status())


def test_an_entry_that_cannot_be_told_costs_only_itself() -> None:
    records: list[Record] = []
    with DecisionLog(records.append) as log:
        log.put(entry()._replace(policy=None))  # type: ignore[arg-type]
        log.put(entry(2))
        assert log.flush()
        assert [record["id"] for record in records] == ["d-2"]
        assert state(log)["failed"] == 1


def test_a_failing_sink_does_not_hold_up_closing() -> None:
    def sink(record: Record) -> None:
        raise ConnectionError

    log = DecisionLog(sink)
    for number in range(5):
        log.put(entry(number))
    log.close(timeout=5)
    assert state(log)["dropped"] == 5


def test_the_figures_of_the_sinks_stand_among_the_meters() -> None:
    meters = Meters()
    with DecisionLog(lambda record: None, capacity=5) as log:
        log.measure(meters)
        log.put(entry())
        assert log.flush()
        values = {family.name: family.samples[0].value for family in meters.read() if family.samples}
    assert values["routekit_log_written_total"] == 1
    assert values["routekit_log_dropped_total"] == 0


@pytest.mark.parametrize("options", [{"capacity": 0}, {"pseudonyms": "too short"}])
def test_settings_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least"):
        DecisionLog(**options)


class Picky:
    """Takes several records at once: as many as it likes, none of some, and not every time."""

    name = "picky"

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.calls = 0

    def __call__(self, record: Record) -> None:
        raise AssertionError

    def many(self, records: Sequence[Record]) -> int:
        self.calls += 1
        if self.calls % 3 == 0:
            raise ConnectionError
        if records[0]["id"] == "d-50":
            raise ValueError
        some = list(takewhile(lambda record: record["id"] != "d-50", records))[: 1 + self.calls % 5]
        self.taken += [record["id"] for record in some]
        return len(some)


def test_a_sink_may_take_several_at_once_and_leave_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "FIRST_DELAY", 0.001)
    sink = Picky()
    with DecisionLog(sink) as log:
        for number in range(100):
            log.put(entry(number))
        assert log.flush()
        assert (state(log)["written"], state(log)["failed"], state(log)["dropped"]) == (99, 1, 0)
    assert sink.taken == [f"d-{number}" for number in range(100) if number != 50]
    assert sink.calls < 90


# ── files ─────────────────────────────────────────────────────────────────────


def lines(path: Path) -> list[Any]:
    return [json.loads(line)["id"] for line in path.read_text("ascii").splitlines()]


def record(number: int) -> dict[str, Any]:
    return {"id": number}


def test_a_file_is_turned_over_at_its_size(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    sink = FileSink(path, most_bytes=30, keep=2)
    for number in range(10):
        sink(record(number))
    sink.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log.jsonl", "log.jsonl.1", "log.jsonl.2"]
    kept = [lines(tmp_path / name) for name in ("log.jsonl.2", "log.jsonl.1", "log.jsonl")]
    assert kept == [[3, 4, 5], [6, 7, 8], [9]]


def test_a_record_larger_than_a_file_is_written_all_the_same(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "log.jsonl", most_bytes=5)
    for number in range(3):
        sink(record(number))
    assert lines(tmp_path / "log.jsonl") == [2]


@pytest.mark.parametrize("moved", [True, False])
def test_a_file_that_is_renamed_or_deleted_is_made_anew(tmp_path: Path, moved: bool) -> None:
    path = tmp_path / "log.jsonl"
    sink = FileSink(path)
    sink(record(1))
    path.rename(tmp_path / "old.jsonl") if moved else path.unlink()
    sink(record(2))
    assert lines(path) == [2]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "log.jsonl"
    FileSink(path)(record(1))
    assert lines(path) == [1]


def test_a_folder_that_cannot_be_made_is_a_failure_until_it_can(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    with DecisionLog(FileSink(tmp_path / "logs" / "log.jsonl")) as log:
        log.put(entry(1))
        until(lambda: state(log)["state"] == "failing")
        (tmp_path / "logs").unlink()
        until(lambda: state(log)["state"] == "ok")
    assert lines(tmp_path / "logs" / "log.jsonl") == ["d-1"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_a_failure_and_not_the_end() -> None:
    log = DecisionLog(FileSink("/dev/full", most_bytes=None), capacity=10)
    for number in range(100):
        log.put(entry(number))
    until(lambda: state(log)["state"] == "failing")
    assert state(log)["trouble"] == "OSError: no space left on device"
    log.close()
    assert state(log)["dropped"] == 100


def disk_with(room: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Room for so many bytes, and no more; the list holds how many are left, and may be given others."""
    write, left = os.write, [room]

    def narrow(descriptor: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(28, "No space left on device")
        written = write(descriptor, data[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr(os, "write", narrow)
    return left


def test_a_disk_that_is_full_within_a_line_spoils_that_line_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, room = tmp_path / "log.jsonl", disk_with(14, monkeypatch)
    sink = FileSink(path)
    sink(record(1))
    with pytest.raises(OSError, match="No space"):
        sink(record(2))
    room[0] = 1000
    sink(record(2))
    assert path.read_text() == '{"id":1}\n{"id"\n{"id":2}\n'


def test_a_disk_that_is_full_within_many_lines_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, room = tmp_path / "log.jsonl", disk_with(30, monkeypatch)
    sink = FileSink(path)
    records = [record(number) for number in range(10)]
    assert sink.many(records) == 3
    with pytest.raises(OSError, match="No space"):
        sink.many(records[3:])
    room[0] = 1000
    assert sink.many(records[3:]) == 7
    told = path.read_text().splitlines()
    assert [json.loads(line)["id"] for line in told if line.endswith("}")] == list(range(10))
    assert len(told) == 11


def test_many_records_are_shared_out_to_files_of_their_size(tmp_path: Path) -> None:
    sink, left = FileSink(tmp_path / "log.jsonl", most_bytes=30, keep=9), [record(n) for n in range(10)]
    while left:
        left = left[sink.many(left) :]
    kept = [lines(file) for file in sorted(tmp_path.iterdir(), reverse=True)]
    assert kept == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]


def test_a_record_that_is_no_json_costs_itself_alone(tmp_path: Path) -> None:
    sink, bad = FileSink(tmp_path / "log.jsonl"), {"id": object()}
    assert sink.many([record(1), bad, record(2)]) == 1  # type: ignore[list-item]
    with pytest.raises(TypeError):
        sink.many([bad, record(2)])  # type: ignore[list-item]
    assert sink.many([record(2)]) == 1
    assert lines(tmp_path / "log.jsonl") == [1, 2]


def test_a_line_that_a_killed_process_left_torn_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text('{"id":1}\n{"id":')
    FileSink(path)(record(2))
    assert path.read_text() == '{"id":1}\n{"id":\n{"id":2}\n'


def test_a_file_that_cannot_be_turned_over_grows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "log.jsonl.1").mkdir()
    sink = FileSink(tmp_path / "log.jsonl", most_bytes=10, keep=1)
    for number in range(3):
        sink(record(number))
    assert lines(tmp_path / "log.jsonl") == [0, 1, 2]
    assert [said.getMessage().split(":")[0] for said in caplog.records] == ["log file not turned over"]


def test_several_processes_write_whole_lines_into_files_that_are_turned_over(tmp_path: Path) -> None:
    code = """
        import sys
        from routekit.service.decision_log import FileSink
        sink = FileSink(sys.argv[1], most_bytes=20_000, keep=100)
        for number in range(1_000):
            sink({"id": f"{sys.argv[2]}-{number}", "filled": "x" * 20})
    """
    writers = [_start(code, str(tmp_path / "log.jsonl"), str(number)) for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    ids = [number for file in tmp_path.iterdir() for number in lines(file)]
    assert len(ids) == len(set(ids)) == 3_000


# ── processes ─────────────────────────────────────────────────────────────────


def _start(code: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), *arguments])


_PROGRAM = """
    import os, sys, threading, time
    from datetime import UTC, datetime
    from routekit import Engine, Policy
    from routekit.service.decision_log import DecisionLog, Entry, FileSink
    policy = Policy.from_text('''
        policy care
        record contact { channel one of voice, web }
        channel voice { assisted }
        queue general { on voice }
        route { otherwise queue general }
    ''')
    decision = Engine(policy).decide({})
    def entry(number):
        return Entry(f"d-{number}", datetime.now(UTC), 0.0001, decision, {}, policy.checked)
    path = sys.argv[1]
"""


def _run(code: str, *arguments: str) -> None:
    assert _start(textwrap.dedent(_PROGRAM) + textwrap.dedent(code), *arguments).wait(60) == 0


def test_what_is_waiting_at_the_end_of_a_process_is_written(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    _run(
        """
        log = DecisionLog(FileSink(path))
        for number in range(500):
            log.put(entry(number))
        """,
        str(path),
    )
    assert lines(path) == [f"d-{number}" for number in range(500)]


def test_a_process_ends_though_a_sink_hangs(tmp_path: Path) -> None:
    _run(
        """
        import routekit.service.decision_log.log as module
        DecisionLog.close.__defaults__ = (0.2,)
        log = DecisionLog(lambda record: time.sleep(1000))
        log.put(entry(1))
        """,
        str(tmp_path),
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_writes_what_is_its_own_and_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    _run(
        """
        log = DecisionLog(FileSink(path))
        for number in range(300):
            log.put(entry(number))
        child = os.fork()
        log.put(entry(1000 if child else 2000))
        if not child:
            assert log.flush()
            assert log.status()["sinks"][0]["written"] == 1
            log.close()
            os._exit(0)
        os.waitpid(child, 0)
        """,
        str(path),
    )
    assert sorted(lines(path)) == sorted(f"d-{number}" for number in [*range(300), 1000, 2000])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_multiprocessing_writes_all_before_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    _run(
        """
        import multiprocessing
        log = DecisionLog(FileSink(path))
        def work():
            for number in range(300):
                log.put(entry(number))
        process = multiprocessing.get_context("fork").Process(target=work)
        process.start()
        process.join()
        assert process.exitcode == 0
        """,
        str(path),
    )
    assert lines(path) == [f"d-{number}" for number in range(300)]

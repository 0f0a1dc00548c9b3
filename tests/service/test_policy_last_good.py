"""What a rollback left behind stays behind, and a worker starts from the last good policy."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from routekit.service.policies import (
    Acceptance,
    PolicyRefused,
    PolicySource,
    Rollout,
    Signature,
    SourceUnreachable,
    document,
)
from tests.service.test_policy_http import Server, server
from tests.service.versions import Told, queue, replace, version

__all__ = ["server"]

OFF = Acceptance(guarantees="off")
KEY = Signature.hmac(b"sixteen bytes, or a few more")

Open = Callable[..., PolicySource]
Made = Callable[..., bytes]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(number: int, revision: int, *, rollback: bool = False, sign: Signature | None = None) -> bytes:
        path = tmp_path / "care.route"
        path.write_text(version(number))
        return document(path, revision=revision, rollback=rollback, sign=sign).encode()

    return make


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "state" / "last-good.json"


@pytest.fixture
def worker(server: Server, kept: Path) -> Iterator[Open]:
    """Starts a process' worth of a source; the address is looked at only by ``refresh``."""
    opened = []

    def start(**options: Any) -> PolicySource:
        given: dict[str, Any] = {"acceptance": OFF, "poll": 60, "deadline": 2, "last_good": kept, **options}
        source = PolicySource(server.url, **given)
        opened.append(source)
        return source.start()

    yield start
    for source in opened:
        source.close()


def serve(source: PolicySource, server: Server, body: bytes) -> str:
    server.body = body
    source.refresh()
    return queue(source)


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_stale_answer_does_not_bring_back_what_was_rolled_back(
    worker: Open, server: Server, made: Made, is_kept: bool
) -> None:
    server.body = made(1, 11)
    source = worker(**({} if is_kept else {"last_good": None}))
    stale, back = made(2, 12), made(1, 11, rollback=True)
    assert serve(source, server, stale) == "q2"
    assert serve(source, server, back) == "q1"
    assert serve(source, server, stale) == "q1"
    refused: Any = source.status()["refused"]
    assert refused["reasons"] == [
        "revision 12 was left behind by the rollback to 11; publish it under a number above 12"
    ]
    assert serve(source, server, back) == "q1"
    assert source.status()["refused"] is None, "the rollback that is still there is the version that serves"
    assert serve(source, server, made(3, 13)) == "q3"


def test_the_mark_outlives_the_process(worker: Open, server: Server, made: Made) -> None:
    server.body = made(1, 11)
    first = worker()
    stale, back = made(2, 12), made(1, 11, rollback=True)
    serve(first, server, stale)
    serve(first, server, back)
    first.close()
    server.body = stale
    second = worker()
    assert queue(second) == "q1"
    assert "left behind by the rollback" in str(second.status()["refused"])
    assert serve(second, server, made(3, 13)) == "q3"
    assert serve(second, server, back) == "q3", "a rollback is followed once, whichever process followed it"


def test_a_rollback_by_hand_outlives_the_process(worker: Open, server: Server, made: Made) -> None:
    server.body = made(1, 11)
    first = worker()
    bad = made(2, 12)
    serve(first, server, bad)
    first.rollback()
    first.close()
    second = worker()
    assert (queue(second), second.status()["is_held_back"]) == ("q1", True)
    assert serve(second, server, made(3, 13)) == "q3"
    assert second.status()["is_held_back"] is False


def test_a_worker_starts_while_the_source_is_gone(worker: Open, server: Server, made: Made) -> None:
    server.body = made(4, 20)
    worker().close()
    server.mode = "500"
    told = Told()
    source = worker(on_event=told)
    assert (queue(source), source.serving.current.serial) == ("q4", 20)
    assert told.names[:2] == ["restored", "unreachable"]
    assert source.status()["reachable"] is False
    server.mode = "well"
    assert serve(source, server, made(3, 19)) == "q4", "older than what served before"
    assert serve(source, server, made(5, 21)) == "q5"


def test_a_bad_first_version_does_not_keep_a_worker_from_its_last_good_one(
    worker: Open, server: Server, made: Made
) -> None:
    server.body = made(1, 1)
    worker().close()
    server.body = b"no document"
    source = worker()
    assert queue(source) == "q1"
    assert source.status()["refused"] is not None


def test_what_is_kept_is_verified_again(worker: Open, server: Server, made: Made, kept: Path) -> None:
    server.body = made(1, 1, sign=KEY)
    worker(signature=KEY).close()
    read = json.loads(kept.read_text())
    read["document"]["files"]["care.route"] = version(2)
    kept.write_text(json.dumps(read))
    server.mode = "500"
    told = Told()
    with pytest.raises(SourceUnreachable):
        worker(signature=KEY, on_event=told)
    assert told.last("unrestored")["reason"] == "its signature is not one of the key that is configured"


@pytest.mark.parametrize("text", ["", "[]", '{"format_version": 1}', '{"format_version": 1, "serial": 1'])
def test_a_file_that_is_none_is_told_and_written_anew(
    worker: Open, server: Server, made: Made, kept: Path, text: str
) -> None:
    kept.parent.mkdir()
    kept.write_text(text)
    server.body = made(1, 1)
    source = worker()
    assert queue(source) == "q1"
    last_good: Any = source.status()["last_good"]
    assert (last_good["path"], last_good["trouble"]) == (str(kept), None)
    assert json.loads(kept.read_text())["serial"] == 1


def test_a_folder_that_cannot_be_written_stops_nobody(
    worker: Open, server: Server, made: Made, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    server.body = made(1, 1)
    source = worker(last_good=tmp_path / "file" / "last-good.json")
    assert queue(source) == "q1"
    last_good: Any = source.status()["last_good"]
    assert last_good["trouble"].startswith("cannot be written")


def test_a_slower_worker_does_not_overtake_a_faster_one(worker: Open, server: Server, made: Made) -> None:
    server.body = made(1, 11)
    slow, fast = worker(), worker()
    stale, back = made(2, 12), made(1, 11, rollback=True)
    serve(fast, server, stale)
    serve(fast, server, back)
    serve(slow, server, stale)
    server.mode = "500"
    assert queue(worker()) == "q1"


def test_a_candidate_is_on_trial_again_after_a_restart(worker: Open, server: Server, made: Made) -> None:
    server.body = made(1, 11)
    rollout = Rollout(canary="10%")
    first = worker(rollout=rollout)
    serve(first, server, made(2, 12))
    first.close()
    second = worker(rollout=rollout)
    assert queue(second) == "q1"
    candidate: Any = second.status()["candidate"]
    assert candidate["serial"] == 12
    second.withdraw()
    second.close()
    third = worker(rollout=rollout)
    assert (queue(third), third.status()["candidate"]) == ("q1", None)


def test_files_that_were_rolled_back_from_stay_behind(tmp_path: Path, kept: Path) -> None:
    path = tmp_path / "care.route"
    path.write_text(version(1))

    def opened() -> PolicySource:
        return PolicySource(path, acceptance=OFF, settle=0, poll=60, last_good=kept).start()

    with opened() as source:
        for number in (2, 3):
            replace(path, version(number))
            source.refresh()
        assert queue(source) == "q3"
        source.rollback(1)
    with opened() as source:
        assert queue(source) == "q1"
        for number in (2, 3):
            replace(path, version(number))
            source.refresh()
            assert queue(source) == "q1"
        replace(path, version(4))
        source.refresh()
        assert queue(source) == "q4"


def test_going_back_twice_passes_over_what_was_left(server: Server, made: Made, worker: Open) -> None:
    server.body = made(1, 1)
    source = worker()
    serve(source, server, made(2, 2))
    serve(source, server, made(1, 1, rollback=True))
    serve(source, server, made(3, 3))
    assert source.rollback().serial == 1


def test_nothing_kept_and_nothing_there(worker: Open, server: Server) -> None:
    server.body = b"[]"
    with pytest.raises(PolicyRefused):
        worker()

"""Policies under a key of Redis, on a real server that is stopped, hung and started again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from routekit.service.policies import Acceptance, PolicyRefused, PolicySource, SourceUnreachable, document
from routekit.service.policies.redis import RedisAddress
from tests.service.servers import RedisServer, redis_server
from tests.service.versions import Told, eventually, queue, version

__all__ = ["redis_server"]

OFF = Acceptance(guarantees="off")


@pytest.fixture
def publish(tmp_path: Path, redis_server: RedisServer) -> Any:
    redis = pytest.importorskip("redis")
    path = tmp_path / "care.route"
    redis_server.start()

    def publish(number: int, revision: int, *, key: str = "routekit:policy") -> None:
        path.write_text(version(number))
        with redis.Redis.from_url(redis_server.url) as client:
            client.set(key, document(path, revision=revision))

    return publish


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def source(redis_server: RedisServer, publish: Any, told: Told) -> Iterator[PolicySource]:
    publish(1, 1)
    with PolicySource(redis_server.url, acceptance=OFF, poll=0.02, deadline=0.5, on_event=told) as source:
        yield source


def test_a_new_document_is_had_under_the_key(source: PolicySource, publish: Any, told: Told) -> None:
    publish(2, 2)
    eventually(lambda: queue(source) == "q2")
    publish(3, 1)
    eventually(lambda: "refused" in told.names)
    assert queue(source) == "q2"


def test_a_key_of_its_own(redis_server: RedisServer, publish: Any) -> None:
    publish(5, 1, key="care: 1")
    with PolicySource(f"{redis_server.url}?key=care%3A+1", acceptance=OFF) as source:
        assert queue(source) == "q5"
        assert source.address == f"{redis_server.url}?key=care: 1"
    with pytest.raises(SourceUnreachable, match="nothing under the key `other`"):
        PolicySource(f"{redis_server.url}?key=other").start()


def test_the_document_is_sent_only_where_it_is_another(redis_server: RedisServer, publish: Any) -> None:
    publish(1, 1)
    address = RedisAddress(redis_server.url, 1.0, 5.0)
    assert address.read(again=False) is not None
    assert address.read(again=False) is None
    assert address.read(again=True) is not None
    address.close()
    with pytest.raises(PolicyRefused, match="more than 10 bytes"):
        RedisAddress(redis_server.url, 1.0, 5.0, most_bytes=10).read(again=False)


@pytest.mark.parametrize("fault", ["down", "hung"])
def test_a_server_away(
    fault: str, source: PolicySource, redis_server: RedisServer, publish: Any, told: Told
) -> None:
    redis_server.stop() if fault == "down" else redis_server.pause()
    eventually(lambda: "unreachable" in told.names)
    assert queue(source) == "q1"
    redis_server.start() if fault == "down" else redis_server.resume()
    publish(2, 2)
    eventually(lambda: queue(source) == "q2")
    assert source.status()["reachable"] is True


def test_passwords_are_not_shown() -> None:
    pytest.importorskip("redis")
    source = PolicySource("redis://me:secret@127.0.0.1:1/0?key=care", deadline=0.2)
    with pytest.raises(SourceUnreachable) as raised:
        source.start()
    assert source.address == "redis://127.0.0.1:1/0?key=care"
    assert "secret" not in str(source.status()) + str(raised.value)

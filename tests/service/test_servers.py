"""The servers that other tests rely on do what those need."""

import socket
from urllib.parse import urlsplit

import pytest

from tests.service.servers import (
    PostgresServer,
    RedisServer,
    Server,
    postgres_cluster,
    postgres_server,
    redis_server,
)

__all__ = ["postgres_cluster", "postgres_server", "redis_server"]


def is_listening(server: Server) -> bool:
    where = urlsplit(server.url)
    with socket.socket() as connection:
        connection.settimeout(5)
        return connection.connect_ex((where.hostname, where.port)) == 0


def test_a_redis_server_keeps_what_it_holds_over_a_restart(redis_server: RedisServer) -> None:
    assert redis_server.ask("SET a 1") == b"+OK\r\n"
    redis_server.stop()
    assert not is_listening(redis_server)
    redis_server.start()
    assert redis_server.ask("GET a") == b"$1\r\n1\r\n"


def test_a_full_redis_server_refuses_writes_until_it_is_drained(redis_server: RedisServer) -> None:
    redis_server.fill()
    assert redis_server.ask("SET a 1").startswith(b"-OOM")
    redis_server.drain()
    assert redis_server.ask("SET a 1") == b"+OK\r\n"


def test_a_paused_redis_server_answers_once_it_is_resumed(redis_server: RedisServer) -> None:
    redis_server.pause()
    assert is_listening(redis_server)
    redis_server.resume()
    assert redis_server.is_ready()


@pytest.mark.parametrize("time", [1, 2])
def test_each_test_has_a_database_of_its_own(postgres_server: PostgresServer, time: int) -> None:
    postgres_server.run("CREATE TABLE once (a int)")
    postgres_server.restart()
    assert postgres_server.run("SELECT count(*) FROM once") == "0"
    postgres_server.pause()
    assert is_listening(postgres_server)

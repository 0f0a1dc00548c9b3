"""Real servers for tests: started on a free port, stopped, hung and filled at will, gone at the end.

``redis_server`` and ``postgres_server`` are fixtures; a module of tests takes them by
``from tests.service.servers import postgres_server, redis_server``  (and names them in ``__all__``).
Where a server is not installed the test is skipped.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

__all__ = [
    "PostgresServer",
    "RedisServer",
    "Server",
    "eventually_free",
    "postgres_cluster",
    "postgres_server",
    "redis_server",
]

PATIENCE = 30.0
"""Seconds that a server may take to come up, on a machine that does much else."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A process that serves at ``url`` while it is started."""

    url: str

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            [*_dies_with_us(), *self.command()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{self.command()[0]} did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends it as an operator would; what it holds is there again after ``start``."""
        if self._process is None:
            return
        self.resume()
        self._process.send_signal(self.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self.kill()

    stop_signal = signal.SIGTERM

    def kill(self) -> None:
        """Ends it at once, with all its children."""
        if self._process is None:
            return
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Hangs it: connections are accepted by the system, and nobody answers."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def _family(self) -> list[psutil.Process]:
        if self._process is None or self._process.poll() is not None:
            return []
        try:
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _dies_with_us() -> list[str]:
    """Ends the server even where the tests are killed."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL"]


def eventually_free(make: Callable[[int], Server]) -> Server:
    """Starts a server on a port; another process may have taken it in between."""
    for _ in range(3):
        server = make(free_port())
        with contextlib.suppress(RuntimeError):
            server.start()
            return server
    raise RuntimeError("no server could be started")


# ── Redis ─────────────────────────────────────────────────────────────────────


class RedisServer(Server):
    """Keeps what it holds over a restart. ``fill`` leaves no memory for writes, ``drain`` gives it back."""

    def __init__(self, folder: Path, port: int, *arguments: str) -> None:
        super().__init__()
        self._folder, self._port, self._arguments = folder, port, arguments
        self.url = f"redis://127.0.0.1:{port}/0"

    def command(self) -> list[str]:
        options = {
            "port": self._port,
            "bind": "127.0.0.1",
            "dir": self._folder,
            "appendonly": "yes",
            "save": "",
        }
        given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        return ["redis-server", *given, *self._arguments]

    def is_ready(self) -> bool:
        return self.ask("PING") == b"+PONG\r\n"

    def fill(self) -> None:
        assert self.ask("CONFIG SET maxmemory-policy noeviction") == b"+OK\r\n"
        self.ask(f"SET filling {'x' * 1_000_000}")
        assert self.ask("CONFIG SET maxmemory 1mb") == b"+OK\r\n"

    def drain(self) -> None:
        assert self.ask("CONFIG SET maxmemory 0") == b"+OK\r\n"
        self.ask("DEL filling")

    def ask(self, command: str) -> bytes:
        """The raw answer to an inline command; nothing where there is none."""
        words = command.split(" ")
        sent = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words)
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                connection.sendall(sent)
                return connection.recv(65536)
        except OSError:
            return b""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = eventually_free(lambda port: RedisServer(tmp_path, port))
    assert isinstance(server, RedisServer)
    try:
        yield server
    finally:
        server.kill()


# ── PostgreSQL ────────────────────────────────────────────────────────────────


class PostgresServer(Server):
    """A cluster of databases in a folder; ``url`` is that of a fresh one."""

    stop_signal = signal.SIGINT  # ends connections that are still there

    def __init__(self, programs: Path, folder: Path, user: list[str], port: int) -> None:
        super().__init__()
        self._programs, self._folder, self._user, self._port = programs, folder, user, port
        self.url = self.address("postgres")

    def address(self, database: str) -> str:
        return f"postgresql://routekit:secret-word@127.0.0.1:{self._port}/{database}"

    def command(self) -> list[str]:
        settings = ("fsync=off", "max_connections=60", "shared_buffers=16MB", f"port={self._port}")
        given = [part for setting in settings for part in ("-c", setting)]
        sockets = ["-k", str(self._folder), "-h", "127.0.0.1"]
        return [
            *self._user,
            str(self._programs / "postgres"),
            "-D",
            str(self._folder / "data"),
            *sockets,
            *given,
        ]

    def is_ready(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.run(asked, check=False).returncode == 0

    def fresh_database(self) -> None:
        name = f"test_{uuid4().hex}"
        self.run(f"CREATE DATABASE {name}", database="postgres")
        self.url = self.address(name)

    def run(self, statement: str, *, database: str | None = None) -> str:
        """What psql prints for a statement, without decoration."""
        url = self.url if database is None else self.address(database)
        asked = [str(self._programs / "psql"), url, "-v", "ON_ERROR_STOP=1", "-qAtc", statement]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def _programs() -> Path | None:
    """Where `initdb` and `postgres` are: on the path, or where Debian keeps them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in versions), key=lambda path: float(path.parts[-2]), default=None)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresServer]:
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    setpriv = shutil.which("setpriv")
    user: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="routekit-postgres-"))
    try:
        if os.geteuid() == 0:
            if setpriv is None:
                pytest.skip("PostgreSQL refuses to run as root, and `setpriv` is not installed")
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            user = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
            user += ["--pdeathsig", "KILL"]  # a change of user clears it
        secret = folder / "password"
        secret.write_text("secret-word\n")
        secret.chmod(0o644)
        made = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "routekit", "-A", "scram-sha-256"]
        subprocess.run(
            [*user, *made, "--pwfile", str(secret), "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        server = eventually_free(lambda port: PostgresServer(programs, folder, user, port))
        assert isinstance(server, PostgresServer)
        try:
            yield server
        finally:
            server.stop_signal = signal.SIGQUIT  # nothing of it is kept
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_server(postgres_cluster: PostgresServer) -> Iterator[PostgresServer]:
    """With a database of its own; whatever the test did, the next one finds the server up."""
    postgres_cluster.resume()
    postgres_cluster.start()
    postgres_cluster.fresh_database()
    yield postgres_cluster
    postgres_cluster.resume()
    postgres_cluster.start()

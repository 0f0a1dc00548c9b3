"""The load script: what it measures, whom it leaves alone, and the examples in the services' own texts."""

import doctest
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from click.testing import CliRunner

from examples.services.load import main
from examples.services.open_loop import Target, percentile, run
from tests.service.running import eventually, running
from tests.service.servers import free_port


class _Answers(BaseHTTPRequestHandler):
    """Answers at once, but for the tenth request, which takes a second, and those to /broken."""

    protocol_version = "HTTP/1.1"
    seen = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).seen += 1
        if self.path == "/stalls" and self.seen == 10:
            sleep(1)
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *parts: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    _Answers.seen = 0
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_stall_is_charged_to_all_who_would_have_called_meanwhile(port: int) -> None:
    result = run(Target("127.0.0.1", port, "/stalls", (b"{}",), 1), seconds=1.0, rate=100)
    assert len(result.latencies) + result.errors.total() == 100
    waited = sum(latency > 0.1 for latency in result.latencies) + result.errors.total()
    assert waited > 50  # a generator that waits for each answer would have seen one


def test_flat_out_sends_as_fast_as_answers_come(port: int) -> None:
    result = run(Target("127.0.0.1", port, "/", (b"{}",), 1), seconds=0.3, rate=None)
    assert result.latencies
    assert not result.errors
    assert result.rate == len(result.latencies) / 0.3


def test_answers_that_are_none_count_as_errors(port: int) -> None:
    result = run(Target("127.0.0.1", port, "/broken", (b"{}",), 1), seconds=0.2, rate=50)
    assert not result.latencies
    assert set(result.errors) == {"status 500"}


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1)] == [50, 99, 99]
    assert percentile([], 0.5) == 0


def test_it_sends_to_this_machine_alone_unless_it_is_told_to(tmp_path: Path) -> None:
    runner = CliRunner()
    refused = runner.invoke(main, ["--url", "http://192.0.2.1"])
    assert refused.exit_code == 2
    assert "--any-host" in refused.output
    assert runner.invoke(main, ["--url", "ftp://localhost"]).exit_code == 2
    (tmp_path / "broken.jsonl").write_text("{", encoding="utf-8")
    assert runner.invoke(main, ["--contacts", str(tmp_path / "broken.jsonl")]).exit_code == 2


def test_it_says_where_nothing_answers() -> None:
    nobody = CliRunner().invoke(main, ["--url", f"http://127.0.0.1:{free_port()}"])
    assert nobody.exit_code == 2
    assert "start it with" in nobody.output


def test_it_compares_a_service_with_its_constant(tmp_path: Path) -> None:
    with running("fastapi_app", tmp_path) as service:
        eventually(lambda: service.client.get("/health").is_success)
        options = [
            "--rate",
            "20",
            "--seconds",
            "0.5",
            "--rounds",
            "1",
            "--connections",
            "2",
            "--customers",
            "20",
        ]
        for processes in ("1", "2"):
            measured = CliRunner().invoke(main, ["--url", service.url, "--processes", processes, *options])
            assert measured.exit_code == 0, measured.output
            assert "/contacts" in measured.output
            assert "of the constant's" in measured.output
            assert "p99" in measured.output


@pytest.mark.parametrize("name", ["connect_event", "twiml", "validation"])
def test_the_examples_in_their_texts_hold(name: str) -> None:
    tried = doctest.testmod(import_module(f"examples.services.{name}"))
    assert tried.attempted > 0
    assert tried.failed == 0

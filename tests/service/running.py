"""The example services as a user has them: started by the commands of their README, on a free port."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "examples" / "services" / "README.md"
RULES = ROOT / "rules"
PATIENCE = 30.0
"""Seconds that something may take on a machine that does much else."""

T = TypeVar("T")


class Running:
    """A service that runs; ``client`` talks to it."""

    def __init__(self, process: subprocess.Popen[bytes], told: Path) -> None:
        self.process = process
        self._told = told
        self.url = self._address()
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)

    def told(self) -> str:
        """What it has said on standard error."""
        return self._told.read_text(encoding="utf-8", errors="replace")

    def _address(self) -> str:
        def found() -> str | None:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service has ended:\n{self.told()}")
            address = re.search(r"http://127\.0\.0\.1:\d+", self.told())
            return address[0] if address else None

        return eventually(found)

    def stop(self) -> None:
        """Ends it as an operator would."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


def eventually(ask: Callable[[], T | None]) -> T:
    """The first answer that is something; fails where none comes in a long time."""
    until = time.monotonic() + PATIENCE
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def command(name: str) -> list[str]:
    """The command of the README that starts a service, on a free port instead of the one named there."""
    found = re.search(rf"^(?:uvicorn|python -m) .*\b{name}\b.*$", README.read_text(encoding="utf-8"), re.M)
    assert found is not None, f"the README does not say how to start {name}"
    words = shlex.split(found[0], comments=True)
    if words[0] == "uvicorn":
        words = [
            "python",
            "-m",
            *(word for word in words if not word.isdigit() and word != "--port"),
            "--port",
            "0",
        ]
    return [sys.executable, *words[1:]]


@contextmanager
def running(
    name: str, folder: Path, settings: Mapping[str, str] | None = None, *, unread: bool = False
) -> Iterator[Running]:
    """A service that runs while it is needed; ``unread`` leaves its standard output to fill up."""
    pytest.importorskip("fastapi", reason="the example services need routekit[examples]")
    pytest.importorskip("uvicorn", reason="the example services need routekit[examples]")
    told = folder / "stderr.txt"
    environment = {
        **{
            name: value for name, value in os.environ.items() if not name.startswith(("ROUTEKIT_", "TWILIO_"))
        },
        "ROUTEKIT_HISTORY": str(folder / "history.sqlite"),
        "ROUTEKIT_LOG": str(folder / "decisions.jsonl"),
        "ROUTEKIT_PORT": "0",
        **(settings or {}),
    }
    with told.open("wb") as errors:
        process = subprocess.Popen(
            command(name),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE if unread else subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    service = None
    try:
        service = Running(process, told)
        yield service
    finally:
        if service is not None:
            service.client.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def policy_in(folder: Path) -> Path:
    """A copy of the telecom pack that a test may break."""
    copy = folder / "rules"
    shutil.copytree(RULES, copy)
    return copy / "telecom.route"

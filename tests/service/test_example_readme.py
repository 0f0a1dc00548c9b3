"""What the README of the example services shows: each request gets the answer that is shown."""

import re
import shlex
import shutil
import subprocess
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.service.running import README, Running, eventually, running

_PORTS = {"8000": "fastapi_app", "8001": "twilio_webhook", "9000": "connect_lambda"}
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _requests() -> list[tuple[str, str]]:
    """Each command, and what is shown of its answer."""
    blocks = _BLOCK.findall(README.read_text(encoding="utf-8"))
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [(command, shown.strip()) for command, _, shown in (part.partition("\n") for part in parts)]


def _is_ready(service: Running) -> bool:
    return service.client.get("/health").is_success


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README asks by curl, which is not installed")
def test_each_request_of_the_readme_is_answered_as_it_says(tmp_path: Path) -> None:
    with ExitStack() as stack:
        services = {}
        for port, name in _PORTS.items():
            folder = tmp_path / name
            folder.mkdir()
            services[port] = stack.enter_context(running(name, folder))
        for service in (services["8000"], services["8001"]):
            eventually(partial(_is_ready, service))
        id = ""
        for command, shown in _requests():
            asked = re.sub(r"localhost:(\d+)", lambda port: services[port[1]].url, command)
            words = shlex.split(asked.replace("/ID/", f"/{id}/"))
            answer = subprocess.run(words, capture_output=True, check=True).stdout.decode().strip()
            pattern = ".*".join(map(re.escape, shown.split("…")))
            assert re.fullmatch(pattern, answer, re.DOTALL), f"{command}\n{answer}"
            if '"latency"' in answer and not id:
                id = answer.partition('"id":"')[2].partition('"')[0]

"""Proofs in a process of their own: one in a thread would have every decision wait for its turn.

``python -m routekit.service.policies.proving`` reads a policy's files from standard input and writes the
answers to standard output, both as JSON.
"""

import json
import os
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from routekit.analysis import Promise, promises
from routekit.engine.policy import Policy
from routekit.service.policies.bundle import Bundle
from routekit.service.policies.events import JSON

__all__ = ["Answer", "Prover"]

SPARE = 10.0
"""Seconds that a process may take besides the proofs."""

_PYTHON = re.compile("python|pypy")
"""Programs that embed Python name themselves instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a guarantee holds: ``proved``, ``counterexample`` or ``unknown``.

    ``reason`` says why it is unknown, ``contact`` breaks the guarantee.
    """

    name: str
    answer: str
    reason: str = ""
    contact: Mapping[str, JSON] | None = None

    @classmethod
    def of(cls, promise: Promise) -> "Answer":
        contact = None
        if promise.witness is not None:
            contact = json.loads(json.dumps(promise.witness.contact, default=_plain))
        return cls(promise.name, promise.answer, promise.reason, contact)

    def to_dict(self) -> dict[str, JSON]:
        contact = None if self.contact is None else dict(self.contact)
        return {"name": self.name, "answer": self.answer, "reason": self.reason, "contact": contact}


class Prover:
    """Proves guarantees, one policy after another; ``close`` ends what is under way."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        self._is_closed = False

    def answers(self, policy: Policy, bundle: Bundle | None, timeout: float) -> tuple[Answer, ...]:
        """Whether the guarantees of a policy hold.

        They are proved here where no process can: without a bundle, since a policy with pydantic models
        cannot be made of its files alone, and in a program that embeds Python.
        """
        names = [guarantee.name for guarantee in policy.checked.guarantees]
        if not names:
            return ()
        if bundle is None or not _PYTHON.match(Path(sys.executable or "").name):
            return tuple(map(Answer.of, promises(policy, timeout=timeout)))
        try:
            return tuple(Answer(**item) for item in json.loads(self._ask(bundle, timeout)))
        except (OSError, ValueError, TypeError):
            return tuple(Answer(name, "unknown", "the proof ended without an answer") for name in names)

    def _ask(self, bundle: Bundle, timeout: float) -> bytes:
        asked = {
            "first": bundle.first,
            "files": {path: b64encode(data).decode() for path, data in bundle.files.items()},
            "timeout": timeout,
        }
        paths = [path for path in sys.path if path]
        with self._lock:
            if self._is_closed:
                return b""
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", "-m", "routekit.service.policies.proving"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        with process:
            try:
                return process.communicate(json.dumps(asked).encode(), timeout + SPARE)[0]
            except subprocess.TimeoutExpired:
                process.kill()
                return b""

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def main() -> None:
    """Answers for one policy."""
    with suppress(AttributeError, OSError):
        os.nice(5)  # decisions come first
    asked = json.load(sys.stdin.buffer)
    files = {path: b64decode(data) for path, data in asked["files"].items()}
    policy = Policy.from_files(files, asked["first"])
    found = promises(policy, timeout=asked["timeout"])
    json.dump([Answer.of(promise).to_dict() for promise in found], sys.stdout)


if __name__ == "__main__":
    main()

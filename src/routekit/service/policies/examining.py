"""Examples and proofs in a process of their own: in a thread they would have every decision wait.

``python -m routekit.service.policies.examining`` reads the files of a policy from standard input, and of the
one before, and writes what was found to standard output, both as JSON.
"""

import json
import os
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from time import thread_time
from typing import Literal

from routekit.analysis import Promise, promises
from routekit.engine.engine import Engine
from routekit.engine.examples import clock_of, contact_of, mismatches
from routekit.engine.policy import Policy
from routekit.policy.outcome_parts import differing
from routekit.service.policies.bundle import Bundle
from routekit.service.policies.events import JSON, PolicyRefused
from routekit.trials.trial import title_of

if sys.platform != "win32":
    import resource

__all__ = ["Answer", "Examiner", "Samples"]

SPARE = 10.0
"""Seconds that a process may take besides what is asked of it."""

_HERE = 0.1
"""Seconds of processor time that examples may take in the process that serves."""

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


@dataclass(frozen=True, slots=True)
class Samples:
    """What the examples of a version say: expectations that fail, and how the version before decides."""

    failing: tuple[str, ...] = ()
    number: int = 0
    different: int = 0
    kinds: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(
        cls,
        new: Policy,
        old: Policy | None,
        *,
        is_tested: bool,
        seconds: float,
        evaluator: Literal["compiled", "reference"] = "compiled",
    ) -> "Samples":
        """Decides the contacts of all examples; raises ``TimeoutError`` once its thread has spent the time.

        ``is_tested`` has the expectations looked at too. A few are decided sooner than a policy is compiled.
        """
        budget = _Budget(seconds)
        engine = Engine(new, evaluator=evaluator)  # with a board of its own: examples speak of no signals
        failing = tuple(_failing(engine, budget)) if is_tested else ()
        number = different = 0
        kinds: Counter[str] = Counter()
        if old is not None and not failing:
            before = Engine(old, evaluator=evaluator)
            for policy in (old.checked, new.checked):
                clock = clock_of(policy)
                for example in policy.examples:
                    budget.check()
                    contact = contact_of(example)
                    found = differing(before.decide(contact, now=clock), engine.decide(contact, now=clock))
                    number += 1
                    different += bool(found)
                    kinds.update(part.name for part in found)
        return cls(failing, number, different, tuple(sorted(kinds.items())))


class _Budget:
    """Processor time that a thread may spend."""

    def __init__(self, seconds: float) -> None:
        self._until = thread_time() + seconds

    def check(self) -> None:
        if thread_time() > self._until:
            raise TimeoutError


def _failing(engine: Engine, budget: _Budget) -> Iterator[str]:
    for example in engine.policy.checked.examples:
        budget.check()
        _, found = mismatches(engine, example)
        for item in found:
            line = f", line {example.span.line}" if example.span else ""
            expected, actual = item.as_written(item.expected), item.as_written(item.actual)
            yield f"example `{title_of(example)}`{line}: {item.what} is {actual}, not {expected}"


class Examiner:
    """Examines one policy after another, bounded in time and memory; ``close`` ends what is under way."""

    def __init__(self, most_bytes: int = 2_000_000_000) -> None:
        self._most_bytes = most_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        self._is_closed = False

    def samples(
        self,
        new: tuple[Policy, Bundle | None],
        old: tuple[Policy, Bundle | None] | None,
        *,
        is_tested: bool,
        timeout: float,
    ) -> Samples:
        """Runs the examples; raises :class:`PolicyRefused` where they take too long or too much memory.

        Few and quick ones are decided here, since a process costs more. So are all where no process can
        decide them: without a bundle, since a policy with pydantic models cannot be made of its files alone,
        and in a program that embeds Python.
        """
        policies = (new[0], None if old is None else old[0])
        bundles = [None if pair is None else pair[1] for pair in (new, old)]
        is_outside = bundles[0] is not None and (old is None or bundles[1] is not None) and _has_python()
        with suppress(TimeoutError):
            seconds = _HERE if is_outside else timeout
            return Samples.of(*policies, is_tested=is_tested, seconds=seconds, evaluator="reference")
        if is_outside:
            told = self._ask(bundles, timeout, samples=True, is_tested=is_tested)
            with suppress(ValueError, TypeError, KeyError):
                read = json.loads(told)
                kinds = tuple((str(name), int(number)) for name, number in read["kinds"])
                return Samples(tuple(read["failing"]), read["number"], read["different"], kinds)
        raise PolicyRefused(
            f"its examples were not through within {timeout:g}s and {self._most_bytes // 1_000_000:,} MB; "
            "`Acceptance(timeout=…, most_bytes=…)` allows more"
        )

    def answers(self, policy: Policy, bundle: Bundle | None, timeout: float) -> tuple[Answer, ...]:
        """Checks whether the guarantees of a policy hold; proved here where no process can, as above."""
        names = [guarantee.name for guarantee in policy.checked.guarantees]
        if not names:
            return ()
        if bundle is None or not _has_python():
            return tuple(map(Answer.of, promises(policy, timeout=timeout)))
        try:
            return tuple(Answer(**item) for item in json.loads(self._ask([bundle], timeout)))
        except (OSError, ValueError, TypeError):
            return tuple(Answer(name, "unknown", "the proof ended without an answer") for name in names)

    def _ask(self, bundles: Sequence[Bundle | None], timeout: float, **what: bool) -> bytes:
        written = [
            {
                "first": bundle.first,
                "files": {path: b64encode(data).decode() for path, data in bundle.files.items()},
            }
            for bundle in bundles
            if bundle is not None
        ]
        asked = {"policies": written, "timeout": timeout, "most_bytes": self._most_bytes, **what}
        paths = [path for path in sys.path if path]
        with self._lock:
            if self._is_closed:
                return b""
            try:
                self._process = process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "routekit.service.policies.examining"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                )
            except OSError:
                return b""
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


def _has_python() -> bool:
    return _PYTHON.match(Path(sys.executable or "").name) is not None


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset | set) else str(value)


def main() -> None:
    """Answers for one policy."""
    with suppress(AttributeError, OSError):
        os.nice(5)  # decisions come first
    asked = json.load(sys.stdin.buffer)
    if sys.platform != "win32":
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (asked["most_bytes"], asked["most_bytes"]))
    new, *before = (
        Policy.from_files({path: b64decode(data) for path, data in read["files"].items()}, read["first"])
        for read in asked["policies"]
    )
    if asked.get("samples"):
        found = Samples.of(
            new, next(iter(before), None), is_tested=asked["is_tested"], seconds=asked["timeout"]
        )
        json.dump(asdict(found), sys.stdout)
        return
    json.dump([Answer.of(item).to_dict() for item in promises(new, timeout=asked["timeout"])], sys.stdout)


if __name__ == "__main__":
    main()

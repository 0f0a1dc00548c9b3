"""All examples of one policy, run together."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from routekit.diagnostics import Diagnostic
from routekit.engine.engine import Engine
from routekit.engine.errors import PolicyError
from routekit.engine.examples import clock_of, contact_of
from routekit.engine.policy import Policy
from routekit.policy.model import Example
from routekit.trials.coverage import Coverage, Observer
from routekit.trials.results import Result, run_example, title_of

__all__ = ["Broken", "Running", "Trial", "start"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a policy's examples; ``skipped`` counts those that were not selected."""

    path: str
    policy: Policy
    results: tuple[Result, ...]
    coverage: Coverage
    skipped: int = 0

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if not result.passed)


@dataclass(frozen=True, slots=True)
class Broken:
    """A policy that cannot be tried, with its errors."""

    path: str
    diagnostics: tuple[Diagnostic, ...]


class Running:
    """A policy whose examples are being run, one at a time."""

    def __init__(self, path: str, policy: Policy, words: str = "") -> None:
        self._path = path
        self._policy = policy
        examples = policy.checked.examples
        self.selected = tuple(example for example in examples if _is_selected(example, words))
        self._skipped = len(examples) - len(self.selected)
        self._results: list[Result] = []
        self._observer = Observer(policy.checked)

    def results(self) -> Iterator[Result]:
        """Runs the examples in their order."""
        engine = Engine(self._policy)
        clock = clock_of(self._policy.checked).astimezone(UTC)
        for example in self.selected:
            result = run_example(engine, example)
            self._observer.observe(contact_of(example), clock, result.decision)
            self._results.append(result)
            yield result

    def trial(self) -> Trial:
        """Returns what came of the examples that have been run."""
        return Trial(self._path, self._policy, tuple(self._results), self._observer.coverage(), self._skipped)


def start(path: str, words: str = "") -> Running | Broken:
    """Makes the examples of a policy ready, those alone whose titles hold all the words, in any case.

    Raises ``OSError`` where the file cannot be read.
    """
    try:
        return Running(path, Policy.from_path(path), words)
    except PolicyError as error:
        return Broken(path, tuple(found for found in error.diagnostics if found.severity == "error"))


def _is_selected(example: Example, words: str) -> bool:
    title = title_of(example).casefold()
    return all(word in title for word in words.casefold().split())

"""Collects ``.route`` files: one test for each example, named by its title.

pytest imports this module at every start, so routekit itself is imported by the first policy. That is why
the module lies beside the package and not within it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from routekit import Engine
    from routekit.policy.model import Example
    from routekit.trials import Result

SUFFIX = ".route"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "RouteFile | None":
    """A policy file; the files that policies bring in are collected with them."""
    if file_path.suffix != SUFFIX:
        return None
    return RouteFile.from_parent(parent, path=file_path)


class RouteFile(pytest.File):
    """A policy; one that has errors is a collection error, in the words of ``routekit check``."""

    def collect(self) -> "Iterator[RouteExample]":
        from routekit import Engine, Policy, PolicyError
        from routekit.diagnostics.render import RENDERERS
        from routekit.trials.finding import is_policy
        from routekit.trials.trial import title_of

        if not is_policy(self.path, self.config.rootpath):
            return
        try:
            policy = Policy.from_path(_shown(self.path))
        except PolicyError as error:
            found = [item for item in error.diagnostics if item.severity == "error"]
            raise self.CollectError(RENDERERS["pretty"](found)) from None
        except OSError as error:
            raise self.CollectError(f"the policy cannot be read: {error.strerror or error}") from None
        engine = Engine(policy)
        taken: set[str] = set()
        for example in policy.checked.examples:
            name = _unlike(_name(title_of(example)), taken)
            yield RouteExample.from_parent(self, name=name, engine=engine, example=example)


class RouteExample(pytest.Item):
    """An example of a policy."""

    def __init__(self, *, engine: "Engine", example: "Example", **others: Any) -> None:
        super().__init__(**others)
        self._engine = engine
        self._example = example

    def runtest(self) -> None:
        from routekit.trials import run_example

        result = run_example(self._engine, self._example)
        if not result.passed:
            raise ExampleFailedError(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ExampleFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        span = self._example.span
        if span is None:
            return self.path, 0, self.name
        return Path(span.source.name), span.line - 1, self.name


class ExampleFailedError(Exception):
    """An example that did not come true; says how and why."""

    def __init__(self, result: "Result") -> None:
        from routekit.trials.trial import as_text, place_of, title_of

        file, line = place_of(result.example)
        because = f"\n{result.example.because}" if result.example.because else ""
        super().__init__(f"{file}:{line}: {title_of(result.example)}{because}\n{as_text(result)}")


def _shown(path: Path) -> Path:
    """The path as people write it, from where they are."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _name(title: str) -> str:
    """A title as the name of a test: pytest reads ``::`` as a part of its path, brackets as parameters."""
    return title.replace("::", ":").translate(str.maketrans("[]", "()"))


def _unlike(name: str, taken: set[str]) -> str:
    """A name that no other example has; one that is used again is numbered."""
    number, unlike = 1, name
    while unlike in taken:
        number += 1
        unlike = f"{name} ({number})"
    taken.add(unlike)
    return unlike

"""A scenario that cannot be, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from routekit.translation import t

__all__ = ["Finding", "Path", "ScenarioError"]

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in a scenario: ``("staff", 0, "queues")``."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a scenario, where, and what to do; ``line`` is None where it came from no file."""

    path: Path
    message: str
    help: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in self.path)
        head = f"{place}: {self.message}" if place else self.message
        return f"{head}\n  {self.help}" if self.help else head

    def to_dict(self) -> dict[str, object]:
        """Returns the finding as JSON has it."""
        return {"path": list(self.path), "message": self.message, "help": self.help, "line": self.line}


class ScenarioError(ValueError):
    """Raised for a scenario that cannot be; ``findings`` say all that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join([t("the scenario cannot be"), *map(str, self.findings)]))

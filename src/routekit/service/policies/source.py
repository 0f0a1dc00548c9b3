"""Where a routing service has its policy from: read, checked, tried, then swapped in by one reference."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.service.policies.acceptance import Acceptance
from routekit.service.policies.revision import Revision, Serving
from routekit.service.policies.rollout import Rollout
from routekit.service.policies.signature import Signature

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["JSON", "OnEvent", "PolicySource"]

JSON: TypeAlias = "None | bool | int | float | str | list[JSON] | dict[str, JSON]"
OnEvent: TypeAlias = Callable[[str, Mapping[str, JSON]], None]
"""Told what happened, by name, with its facts: ``swapped``, ``refused``, ``unreachable``, ``differs`` …"""


class PolicySource:
    """A policy that may change while it serves; see docs/service.md."""

    serving: Serving

    def __init__(
        self,
        address: str | Path,
        *,
        acceptance: Acceptance = Acceptance(),  # noqa: B008 - frozen
        signature: Signature | None = None,
        rollout: Rollout = Rollout(),  # noqa: B008 - frozen
        poll: float | None = None,
        settle: float = 0.05,
        keep: int = 5,
        records: "Mapping[str, type[BaseModel]] | None" = None,
        live: object = None,
        on_event: OnEvent | None = None,
    ) -> None:
        self.address = str(address)
        self.rollout = rollout

    @classmethod
    def fixed(cls, policy: Policy | Engine) -> "PolicySource":
        """A source of one policy that never changes."""
        engine = policy if isinstance(policy, Engine) else Engine(policy)
        source = cls("fixed")
        revision = Revision(engine, engine.policy, 1, engine.policy.revision, "fixed", datetime.now(UTC))
        source.serving = Serving(revision)
        return source

    def start(self) -> Self:
        """Reads the first version and begins to watch; once started, does nothing."""
        return self

    def close(self) -> None:
        """Ends the threads; the last version goes on serving."""

    def refresh(self) -> bool:
        """Looks for a new version now; whether another one serves."""
        return False

    def rollback(self, serial: int | None = None) -> Revision:
        """Goes back to an earlier version."""
        raise NotImplementedError

    def promote(self) -> Revision:
        """Has the candidate serve everybody."""
        raise NotImplementedError

    def withdraw(self) -> Revision:
        """Takes the candidate back."""
        raise NotImplementedError

    def subscribe(self, on_event: OnEvent) -> Callable[[], None]:
        """Has a function told of what happens; what comes back ends it."""
        raise NotImplementedError

    def status(self) -> dict[str, JSON]:
        """What serves, what was refused and why, as JSON has it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

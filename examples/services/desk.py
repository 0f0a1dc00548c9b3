"""A router that opens as soon as its policy can be read, and is closed when the service ends."""

import asyncio
import gc
import json
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from examples.services.assembly import Assembly, assembled, source_of
from examples.services.settings import Settings
from routekit.service import PolicySource, Routed, Router
from routekit.service.policies import PolicyRefused, Serving, SourceUnreachable

__all__ = ["Desk", "NotReadyError"]

_AGAIN = 1.0
"""Seconds between two tries to read the first policy."""

_TROUBLES = ("refused", "unreachable", "broken", "failed", "polling")

_log = logging.getLogger("uvicorn.error")


def _tell(event: str, facts: Mapping[str, object]) -> None:
    """What happens to the policy, for whoever watches the service."""
    level = logging.WARNING if event in _TROUBLES else logging.INFO
    _log.log(level, "policy %s: %s", event.replace("_", " "), json.dumps(facts, ensure_ascii=False))


class NotReadyError(Exception):
    """There is no policy to decide by; the text says why."""


class Desk:
    """Has the router of a service: ``key`` is the field by which the directory knows customers."""

    def __init__(self, settings: Settings, *, key: str = "customer.id") -> None:
        self.settings = settings
        self.source: PolicySource = source_of(settings)
        self.source.subscribe(_tell)
        self.reason = "the service is starting"
        self._key = key
        self._assembly: Assembly | None = None

    @property
    def is_ready(self) -> bool:
        return self._assembly is not None

    @property
    def router(self) -> Router:
        """The router; raises :class:`NotReadyError` before the first policy was read."""
        return self._assembled.router

    @property
    def serving(self) -> Serving:
        """The versions of the policy that serve; raises :class:`NotReadyError` before there is one."""
        if self._assembly is None:
            raise NotReadyError(self.reason)
        return self.source.serving

    @property
    def _assembled(self) -> Assembly:
        if self._assembly is None:
            raise NotReadyError(self.reason)
        return self._assembly

    def open(self) -> None:
        """Opens the router; raises ``PolicyRefused`` or ``SourceUnreachable`` where there is no policy."""
        self._assembly = assembled(self.settings, self.source, self._key)
        # the policy stays, and so does much of what comes: to go over all of it holds up whoever calls
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 5, 1_000)

    def close(self) -> None:
        """Writes what is waiting, and ends all threads."""
        assembly, self._assembly, self.reason = self._assembly, None, "the service has ended"
        if assembly is not None:
            assembly.router.close()
        self.source.close()

    def flush(self) -> None:
        """Waits a moment until what was decided is written down: for a process that may be frozen next."""
        self._assembled.flush(self.settings.flush)

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Opens the router with an application, or later, and closes it with the application."""
        # the decision log stands in its place; it would have every request wait for standard output
        logging.getLogger("uvicorn.access").handlers.clear()
        sys.setswitchinterval(0.001)  # threads that read a new policy let go sooner
        await self._try_to_open()
        opening = asyncio.create_task(self._open_when_it_can())
        try:
            yield
        finally:
            opening.cancel()
            with suppress(asyncio.CancelledError):
                await opening
            await asyncio.to_thread(self.close)

    async def _try_to_open(self) -> None:
        try:
            await asyncio.to_thread(self.open)
        except (PolicyRefused, SourceUnreachable) as error:
            if str(error) != self.reason:
                self.reason = str(error)
                _log.error("there is no policy to decide by, looking again until there is:\n%s", self.reason)
        else:
            _log.info("deciding by %s", self.source.serving.current)

    async def _open_when_it_can(self) -> None:
        while not self.is_ready:
            await asyncio.sleep(_AGAIN)
            await self._try_to_open()

    def wording(self, routed: Routed, channel: str) -> str | None:
        """What a decision's message says to the customer on a channel; None for nothing."""
        serving = self.source.serving
        for revision in (serving.current, serving.candidate):
            if revision is not None and revision.fingerprint == routed.revision and routed.message:
                said = revision.policy.say(routed.message, channel=channel, fills=self.settings.fills)
                return None if said is None else said.text
        return None  # that version was replaced a moment ago

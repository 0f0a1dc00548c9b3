"""What a probe asks: does it route, and what is not as it should be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Health", "health_of"]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether contacts are routed, and what is wrong around that, in words for people.

    A router goes on without its history, log or provider; so troubles alone do not make it less ready.
    """

    is_ready: bool
    troubles: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Returns the health as JSON has it.

        >>> Health(True, ("history is away",)).to_dict()
        {'status': 'degraded', 'troubles': ['history is away']}
        """
        status = "closed" if not self.is_ready else "degraded" if self.troubles else "ok"
        return {"status": status, "troubles": list(self.troubles)}


def health_of(status: Mapping[str, object]) -> Health:
    """Returns the health of a router, by its status."""
    return Health(not status["is_closed"], tuple(_troubles(status)))


def _troubles(status: Mapping[str, object]) -> Iterator[str]:
    parts = ("policy", "customers", "history", "log", "live")
    policy, customers, history, log, live = (_of(status, part) for part in parts)
    if policy.get("refused"):
        yield "the newest version of the policy was refused"
    if policy.get("reachable") is False:
        yield f"the policy's address is not to be reached: {policy.get('trouble')}"
    if (trouble := _of(policy, "last_good").get("trouble")) is not None:
        yield f"the last good policy {trouble}"
    if customers.get("state") == "away":
        yield f"customers cannot be looked up: {customers['problem']}"
    if history.get("state", "ok") != "ok":
        waits = f": {history['pending']} changes wait to be written" if history["state"] == "behind" else ""
        yield f"history is {history['state']}{waits}"
    troubles = history.get("troubles")
    for trouble in troubles if isinstance(troubles, list) else ():
        yield f"history: {trouble}"
    sinks = log.get("sinks")
    for sink in sinks if isinstance(sinks, list) else ():
        if sink["state"] != "ok":
            yield f"log: {sink['sink']} is {sink['state']}"
    if live.get("stale_count"):
        yield f"live: {live['stale_count']} signals are too old"


def _of(status: Mapping[str, object], part: str) -> Mapping[str, object]:
    found = status.get(part)
    return found if isinstance(found, Mapping) else {}

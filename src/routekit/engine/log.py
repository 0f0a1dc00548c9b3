"""Structured logging through structlog, onto the logger ``routekit``; silent until a service listens."""

import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging

__all__ = ["INFO", "WARNING", "log"]

INFO, WARNING = 20, 30
"""As ``logging`` numbers its levels."""

_LONGEST = 1_000
"""Characters of a fact that a message shows."""


@cache
def _logger() -> "logging.Logger":
    import logging

    logger = logging.getLogger("routekit")
    logger.addHandler(logging.NullHandler())
    return logger


def log(level: int, event: str, **facts: object) -> None:
    """Logs an event with its facts, where somebody listens at that level.

    The facts stand in the message, which every formatter shows, and in the record for those who read it.
    """
    if "logging" not in sys.modules or not _logger().isEnabledFor(level):
        return  # nobody listens by what nobody has imported
    import structlog  # costs more than all else that is imported, and most processes never log

    processors: list[Any] = [structlog.stdlib.add_log_level, structlog.stdlib.render_to_log_kwargs]
    structlog.wrap_logger(_logger(), processors=processors, wrapper_class=structlog.stdlib.BoundLogger).log(
        level, _with_facts(event, facts), **facts
    )


def _with_facts(event: str, facts: Mapping[str, object]) -> str:
    """The event, and behind it what there is to know.

    >>> _with_facts("policy refused", {"address": "care.route", "reasons": ["it is not signed"]})
    "policy refused: address=care.route reasons=['it is not signed']"
    """
    told = " ".join(f"{name}={_shortened(str(fact))}" for name, fact in facts.items() if name != "exc_info")
    return f"{event}: {told}" if told else event


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

"""Structured logging through structlog, onto the logger ``routekit``; silent until a service listens."""

import logging
from typing import Any

__all__ = ["log"]

_logger = logging.getLogger("routekit")
_logger.addHandler(logging.NullHandler())


def log(level: int, event: str, **facts: object) -> None:
    """Logs an event with its facts, where somebody listens at that level."""
    if not _logger.isEnabledFor(level):
        return
    import structlog  # costs more than all else that is imported, and most processes never log

    processors: list[Any] = [structlog.stdlib.add_log_level, structlog.stdlib.render_to_log_kwargs]
    structlog.wrap_logger(_logger, processors=processors, wrapper_class=structlog.stdlib.BoundLogger).log(
        level, event, **facts
    )

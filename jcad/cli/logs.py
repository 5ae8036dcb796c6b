"""One logging pipeline: structlog's, in which the libraries' own logging ends. To stderr; never a secret or a body."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from jcad.model import Secret

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_BODIES = ("pypsrp", "urllib3", "requests", "httpx", "httpcore", "ldap3", "spnego", "psrpcore")
"""Libraries that may log what they send: of these nothing below a warning is ever shown."""


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put stars in place of secrets, wherever they stand in an event."""
    return {name: _redacted(value) for name, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, Secret):
        return "***"
    if isinstance(value, dict):
        return {name: _redacted(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(part) for part in value]
    return value


def configure_logging(verbosity: int) -> None:
    """Send logs of the chosen level to stderr."""
    level = _LEVELS[min(verbosity, len(_LEVELS) - 1)]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _BODIES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))

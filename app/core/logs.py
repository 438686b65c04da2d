"""Structured logs: one JSON object a line, without personal data (ids of things, never names, numbers or bodies)."""

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import orjson
import structlog

SECRET = {"password", "pin", "token", "authorization", "secret", "refresh_token", "key", "name", "email", "phone"}
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every value whose key could hold a secret or a person's data."""
    for key in event:
        if key.lower() in SECRET:
            event[key] = "[redacted]"
    return event


def _line(event: Any, default: Callable[[Any], Any]) -> bytes:
    return orjson.dumps(event, default)


def configure(level: str) -> None:
    """Send JSON lines to standard error."""
    # The HTTP client logs every address it calls, and a webhook's address may hold a secret.
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )

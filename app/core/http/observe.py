"""Around every request: an id, the caller's credential read once, one log line without personal data, and metrics."""

import re
import time
from collections.abc import Iterable
from functools import cache

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.audit import ORIGIN, Origin
from app.core.credentials import read_credential
from app.core.errors import AppError
from app.core.http.problems import problem
from app.core.ids import new_id
from app.core.tokens import TokenReader

log = structlog.get_logger()
REQUESTS = Counter("interlude_requests_total", "Answered requests", ["method", "operation", "status"])
SECONDS = Histogram("interlude_request_seconds", "Time to answer a request", ["method", "operation"])
GIVEN_ID = re.compile(rb"\A[A-Za-z0-9._-]{8,64}\Z")
# Added to every answer that does not say otherwise itself.
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
NO_STORE = (b"cache-control", b"no-store")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def operation_of(scope: Scope) -> str:
    """The operation's id, so that ids in addresses never become metric labels."""
    return getattr(scope.get("endpoint"), "__name__", "") or "unmatched"


@cache
def _meters(method: str, operation: str, status: int) -> tuple[Counter, Histogram]:
    """The series of one kind of answer: looking them up by their labels costs more than counting."""
    return REQUESTS.labels(method, operation, status), SECONDS.labels(method, operation)


def _completed(given: Iterable[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with its request id, and with ours where it set none of that name."""
    out = [one for one in given if one[0] != b"x-request-id"]
    names = {name.lower() for name, _ in out}
    out += [one for one in SECURITY_HEADERS if one[0] not in names]
    if scope["path"].startswith("/v1") and b"cache-control" not in names:
        out.append(NO_STORE)
    out.append((b"x-request-id", scope["request_id"].encode()))
    return out


class Observe:
    """Outermost ASGI middleware."""

    def __init__(self, app: ASGIApp, tokens: TokenReader) -> None:
        self.app = app
        self.tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        scope["request_id"] = given.decode() if GIVEN_ID.match(given) else str(new_id())
        client = scope.get("client")
        ORIGIN.set(Origin(client[0] if client else None, scope["request_id"]))
        started, status = time.perf_counter(), 500

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _completed(message.get("headers", ()), scope)
            await send(message)

        try:
            await self._answer(scope, receive, observed, headers.get(b"authorization"))
        finally:
            self._record(scope, status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, authorization: bytes | None) -> None:
        if authorization is not None:
            try:
                scope["credential"] = read_credential(authorization.decode("latin-1"), self.tokens)
            except AppError as error:
                await problem(Request(scope), error)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        operation = operation_of(scope)
        counted, timed = _meters(method, operation, status)
        counted.inc()
        timed.observe(seconds)
        log.info(
            "request",
            method=method,
            operation=operation,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=scope["request_id"],
        )

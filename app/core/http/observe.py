"""Around every request: an id, the caller's credential read once, one log line without personal data, and metrics."""

import re
import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
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
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


def operation_of(scope: Scope) -> str:
    """The operation's id, so that ids in addresses never become metric labels."""
    return getattr(scope.get("endpoint"), "__name__", "") or "unmatched"


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
                out = MutableHeaders(scope=message)
                out["x-request-id"] = scope["request_id"]
                for name, value in SECURITY_HEADERS.items():
                    out.setdefault(name, value)
                if scope["path"].startswith("/v1"):
                    out.setdefault("cache-control", "no-store")
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
        method, operation = scope["method"], operation_of(scope)
        if method not in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}:
            method = "OTHER"
        REQUESTS.labels(method, operation, status).inc()
        SECONDS.labels(method, operation).observe(seconds)
        log.info(
            "request",
            method=method,
            operation=operation,
            status=status,
            ms=round(seconds * 1000, 1),
            request_id=scope["request_id"],
        )

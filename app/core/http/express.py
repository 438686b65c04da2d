"""The express lane: the hottest reads answered without the general machinery of routing and dependencies.

A route whose endpoint is marked `express` asks the database once (`Once`) and can do without the address. Such a request
meets the same policy, headers, logs, metrics and error answers; one with a query, a body or another method takes the
usual way. Why, and what it saves: docs/decisions/0004-an-express-lane-for-the-hottest-read.md.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.db import one_trip
from app.core.http.observe import Observe
from app.core.tokens import TokenReader

Endpoint = Callable[..., Awaitable[Response]]
WITH_BODY = frozenset({b"content-length", b"transfer-encoding"})


def express(endpoint: Endpoint) -> Endpoint:
    """Mark a GET route that takes `Once` first, has a default for all else, and answers a `Response`."""
    endpoint.__express__ = True  # type: ignore[attr-defined]  # read back when the application is put together
    return endpoint


class ExpressApi(FastAPI):
    """FastAPI with an express lane in front."""

    lane: ASGIApp | None = None
    endpoints: dict[str, Endpoint]

    def open_lane(self, tokens: TokenReader) -> None:
        """Put the marked routes in front; every route and error handler must be there already."""
        routes = (route for route in self.routes if isinstance(route, APIRoute))
        self.endpoints = {route.path: route.endpoint for route in routes if getattr(route.endpoint, "__express__", False)}
        handlers: dict[Any, Any] = dict(self.exception_handlers)
        unexpected = handlers.pop(Exception)
        handled = ExceptionMiddleware(self._answer, handlers=handlers)
        self.lane = ServerErrorMiddleware(Observe(handled, tokens=tokens), handler=unexpected)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.lane is not None and self._plain(scope):
            scope["app"] = self
            await self.lane(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _plain(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["path"] in self.endpoints
            and scope["method"] == "GET"
            and not scope["query_string"]
            and not scope.get("root_path")
            and not any(name in WITH_BODY for name, _ in scope["headers"])
        )

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = scope["endpoint"] = self.endpoints[scope["path"]]
        answer = await endpoint(await one_trip(Request(scope)))
        await answer(scope, receive, send)

"""Limits applied before anything is parsed: body size, JSON depth, numbers and characters, address length.

What fails here is a 4xx problem; nothing of it reaches a parser, a model or the database.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import AppError, BadRequest, FieldError, Invalid, TooLarge, TooSlow
from app.core.http.problems import problem

BODY_BYTES = 1_000_000
IMPORT_BYTES = 20_000_000
IMPORT_PATH = "/v1/imports"
# Decides from the address and the credential alone whether a large body may come at all. Raises AppError.
Admit = Callable[[Scope], Awaitable[None]]
DEPTH = 32
ADDRESS_BYTES = 8192
# How long a body may keep us waiting before its first byte, and how fast it must come from then on.
PATIENCE_SECONDS = 10
SLOWEST_BYTES_A_SECOND = 1024
ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def body_limit(scope: Scope) -> int:
    """The largest body in bytes that an address takes."""
    return IMPORT_BYTES if scope["path"] == IMPORT_PATH and scope["method"] == "POST" else BODY_BYTES


def depth_of(value: Any) -> int:
    """The deepest nesting of arrays and objects in a parsed JSON value."""
    deepest = 0
    level = [value]
    while True:
        inner: list[Any] = []
        found = False
        for one in level:
            if type(one) is dict:
                found = True
                inner.extend(one.values())
            elif type(one) is list:
                found = True
                inner.extend(one)
        if not found:
            return deepest
        deepest += 1
        level = inner


def check_json(body: bytes) -> None:
    """Refuse JSON that parsers disagree about. Raises BadRequest or Invalid with a stable code."""
    if b"\\u0000" in body and ESCAPED_NUL.search(body):
        raise Invalid("Texts must not contain the NUL character.", code="invalid_character")
    try:
        # Integers too long for a float are refused here too, so no later parser meets them.
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            "The body is not valid JSON (UTF-8, no NaN or Infinity, no lone surrogates).",
            code="malformed_json",
            errors=(FieldError("#", f"line {error.lineno}, column {error.colno}", "json"),),
        ) from error
    if body.count(b"[") + body.count(b"{") > DEPTH and depth_of(value) > DEPTH:
        raise BadRequest(f"The JSON is nested deeper than {DEPTH} levels.", code="too_deep")


def check_address(scope: Scope) -> None:
    """Refuse addresses no route can mean. Raises BadRequest."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query: bytes = scope.get("query_string", b"")
    if len(raw) + len(query) > ADDRESS_BYTES:
        raise BadRequest(f"The address is longer than {ADDRESS_BYTES} bytes.", code="address_too_long")
    for part in (raw, query):
        decoded = unquote_to_bytes(part) if b"%" in part else part
        try:
            text = decoded.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRequest("The address is not valid UTF-8.", code="malformed_address") from error
        if "\x00" in text:
            raise BadRequest("The address contains the NUL character.", code="malformed_address")


async def _soon(receive: Receive, until: float) -> Message:
    """The next part of a body, by an instant of the loop's clock. Raises TooSlow after it."""
    try:
        async with asyncio.timeout_at(until):
            return await receive()
    except TimeoutError as error:
        raise TooSlow("The body came too slowly: send it again.") from error


class Limits:
    """ASGI middleware that reads and checks the body once, then replays it to the application."""

    def __init__(self, app: ASGIApp, admit: Admit) -> None:
        self.app = app
        self.admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            check_address(scope)
            body = await self._body(scope, receive)
        except AppError as error:
            await problem(Request(scope), error)(scope, receive, send)
            return
        if body is None:
            await self.app(scope, receive, send)
            return
        sent = False

        async def replay() -> Message:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self.app(scope, replay, send)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length")
        if declared is None and b"transfer-encoding" not in headers:
            return None
        limit = body_limit(scope)
        too_large = TooLarge(f"The body is larger than {limit} bytes.", code="body_too_large")
        if declared is not None and (not declared.isdigit() or int(declared[:18]) > limit or len(declared) > 18):
            raise too_large
        if limit > BODY_BYTES and (declared is None or int(declared) > BODY_BYTES):
            # Twenty megabytes are kept in memory only for somebody who may send them.
            await self.admit(scope)
        chunks, size, more = [], 0, True
        began = asyncio.get_running_loop().time()
        while more:
            message = await _soon(receive, began + PATIENCE_SECONDS + size / SLOWEST_BYTES_A_SECOND)
            if message["type"] == "http.disconnect":
                raise BadRequest("The request ended before its body.", code="incomplete_body")
            size += len(message.get("body", b""))
            if size > limit:
                raise too_large
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(chunks)
        if body and b"json" in headers.get(b"content-type", b"").lower():
            check_json(body)
        return body

"""Idempotency-Key: the same key and body get the same answer, for 30 days, stored in the effect's own transaction."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import text

from app.core.db import WriteTransaction
from app.core.errors import AppError, BadRequest, Conflict

MAX_KEY = 200
KEY_PATTERN = r"^[!-~]{1,200}$"
KEPT = timedelta(days=30)
LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:lock, 7))")
FIND = text(
    "select fingerprint, status, media_type, headers, body from idempotency_key where organization_id = :organization_id "
    "and principal_id = :principal and route = :route and key = :key and created_at > :oldest"
)
KEEP = text(
    "insert into idempotency_key (organization_id, principal_id, route, key, fingerprint, status, media_type, headers, body, "
    "created_at) values (:organization_id, :principal, :route, :key, :fingerprint, :status, :media_type, "
    ":headers, :body, :now) on conflict (organization_id, principal_id, route, key) do update set "
    "fingerprint = excluded.fingerprint, status = excluded.status, media_type = excluded.media_type, "
    "headers = excluded.headers, body = excluded.body, created_at = excluded.created_at"
)


class Replayed(AppError):
    """Not a failure: the stored answer of the first request with this key."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


async def answer_again(_request: Request, error: Exception) -> Response:
    """Exception handler that sends the stored answer."""
    assert isinstance(error, Replayed)
    return error.response


async def remember(request: Request, tx: WriteTransaction) -> None:
    """Replay a known key, or arrange for the answer to be kept. Raises Replayed, Conflict or AppError(422)."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return
    if re.fullmatch(KEY_PATTERN, key) is None:
        raise BadRequest(f"Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters.", code="malformed_key")
    route = f"{request.method} {request.scope['endpoint'].__name__}"
    body = await request.body()
    address = request.url.path.encode() + b"?" + request.scope.get("query_string", b"")
    given = b"\n".join([address, request.headers.get("if-match", "").encode(), body])
    fingerprint = hashlib.sha256(given).digest()
    where = {"principal": tx.caller.id, "route": route, "key": key}
    if not await tx.scalar(LOCK, lock=f"{tx.organization_id}|{tx.caller.id}|{route}|{key}"):
        raise Conflict(
            "The first request with this Idempotency-Key is still running.", code="still_running", headers={"Retry-After": "1"}
        )
    found = await tx.row(FIND, **where, oldest=tx.now - KEPT)
    if found is not None:
        if bytes(found.fingerprint) != fingerprint:
            refused = AppError("This Idempotency-Key was used with another body.", code="idempotency_key_reused")
            refused.status = 422
            raise refused
        raise Replayed(
            Response(bytes(found.body), found.status, {**found.headers, "Idempotency-Replayed": "true"}, found.media_type)
        )

    async def keep(result: Any) -> None:
        status, headers, media_type, content = _shape(request, result)
        await tx.run(
            KEEP,
            **where,
            fingerprint=fingerprint,
            status=status,
            media_type=media_type,
            headers=headers,
            body=content,
            now=tx.now,
        )

    tx.keep_answer = keep


def _shape(request: Request, result: Any) -> tuple[int, str, str, bytes]:
    """Status, kept headers, media type and bytes of what the route is about to answer."""
    if isinstance(result, Response):
        etag = result.headers.get("etag")
        headers = {"ETag": etag} if etag else {}
        return result.status_code, orjson.dumps(headers).decode(), result.media_type or "application/json", bytes(result.body)
    status = request.scope["route"].status_code or 200
    version = getattr(result, "version", None)
    headers = {"ETag": f'"v{version}"'} if isinstance(version, int) else {}
    if result is None:
        content = b""
    elif isinstance(result, BaseModel):
        content = result.model_dump_json().encode()
    else:
        content = TypeAdapter(Any).dump_json(result)
    return status, orjson.dumps(headers).decode(), "application/json", content

"""The upload of offline results."""

from datetime import datetime

from fastapi import APIRouter, HTTPException, Request, Response

from app.core.access import allow
from app.core.db import Opens
from app.core.errors import AppError
from app.learning.domain.values import LEARN, Unreadable, Upload
from app.learning.schemas.batch import BatchOut, batch_answer, batch_schema, read_batch
from app.learning.service import batch as service

router = APIRouter(prefix="/v1", tags=["learning"])


@router.post(
    "/attempt-batches",
    summary="Upload results made offline",
    response_model=BatchOut,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": batch_schema()}}}},
)
@allow(LEARN)
async def upload_attempts(tx: Opens, request: Request) -> Response:
    """One verdict an item, in order: created, exists, conflict or rejected. A bad item never blocks the others.

    An id takes effect at most once, for ever: sending a batch again changes nothing and answers the same.
    """
    try:
        given, sent_at = await _given(request)
    except (AppError, HTTPException):
        # Whoever may not upload is told that, and not what is wrong with the body.
        await tx.begin()
        raise
    return Response(batch_answer(await service.record_batch(tx, given, sent_at)), media_type="application/json")


async def _given(request: Request) -> tuple[list[Upload | Unreadable], datetime | None]:
    if "application/json" not in request.headers.get("content-type", "").lower():
        raise HTTPException(415, "Send application/json.")
    return read_batch(await request.body())

"""The upload of offline results."""

from fastapi import APIRouter, HTTPException, Request, Response

from app.core.access import allow
from app.core.db import Tx
from app.learning.domain.values import LEARN
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
async def upload_attempts(tx: Tx, request: Request) -> Response:
    """One verdict an item, in order: created, exists, conflict or rejected. A bad item never blocks the others.

    An id takes effect at most once, for ever: sending a batch again changes nothing and answers the same.
    """
    if "application/json" not in request.headers.get("content-type", "").lower():
        raise HTTPException(415, "Send application/json.")
    given, sent_at = read_batch(await request.body())
    return Response(batch_answer(await service.record_batch(tx, given, sent_at)), media_type="application/json")

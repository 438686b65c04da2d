"""Routes of the hash chain."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read
from app.paytime.domain.chain import LEDGER_VERIFY
from app.paytime.schemas.chain import LedgerHeadOut, PublishedHeadOut, PublishedHeadsOut, VerificationOut
from app.paytime.service import chain as service

router = APIRouter(prefix="/v1", tags=["pay time"])
Cursor = Annotated[str | None, Query(max_length=60, description="`next_cursor` of the step before; start without it.")]
Links = Annotated[int, Query(ge=1, le=service.STEP, description="How many links at most this step checks.")]
Days = Annotated[int, Query(ge=1, le=200, description="How many days at most.")]


@router.get("/ledger/head", summary="Show the end of the ledger's hash chain")
@allow(LEDGER_VERIFY)
async def ledger_head(tx: Read) -> LedgerHeadOut:
    return LedgerHeadOut.of(*await service.head(tx))


@router.get("/ledger/heads", summary="List the heads told to the outside each day")
@allow(LEDGER_VERIFY)
async def list_ledger_heads(tx: Read, limit: Days = 50) -> PublishedHeadsOut:
    return PublishedHeadsOut(items=[PublishedHeadOut.of(row) for row in await service.heads(tx, limit)])


@router.get("/ledger/verification", summary="Verify the ledger, step by step")
@allow(LEDGER_VERIFY)
async def verify_ledger(tx: Read, cursor: Cursor = None, limit: Links = service.STEP) -> VerificationOut:
    """Finds any line that was changed, removed, inserted or reordered behind the application's back."""
    return VerificationOut.of(await service.verify(tx, cursor, limit))

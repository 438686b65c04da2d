"""Routes of disputes."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read, Tx, Watched
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.paytime import service
from app.paytime.domain import PAY_ANSWER, PAY_DISPUTE, PAY_OWN
from app.paytime.schemas.disputes import DisputeAnswer, DisputeOpen, DisputeOut, DisputeReply

router = APIRouter(prefix="/v1", tags=["pay time"])
OnlyRunning = Annotated[bool, Query(alias="open", description="Only those that have not ended.")]


@router.post("/me/pay-disputes", status_code=201, summary="Object to a line, or to time that was not paid")
@allow(PAY_OWN)
async def open_pay_dispute(tx: Tx, body: DisputeOpen) -> DisputeOut:
    """Within 90 days. Somebody who did not write the line answers."""
    return DisputeOut.of(await service.open_dispute(tx, body.id, body.entry_id, body.exception_id, body.note))


@router.get("/me/pay-disputes", summary="My disputes")
@allow(PAY_OWN)
async def my_pay_disputes(tx: Read, asked: Paged) -> Listing[DisputeOut]:
    """With every step, its author and words."""
    return listing(await service.own_disputes(tx, asked), asked, DisputeOut.of)


@router.post("/me/pay-disputes/{dispute_id}/replies", status_code=201, summary="Accept an answer, escalate or withdraw")
@allow(PAY_OWN)
async def reply_to_pay_dispute(tx: Tx, dispute_id: Id, body: DisputeReply) -> DisputeOut:
    """After an escalation somebody else answers, and that is the end. Silence for 14 days accepts."""
    return DisputeOut.of(await service.reply(tx, dispute_id, body.reply, body.note))


@router.get("/pay-disputes", summary="List disputes")
@allow(PAY_ANSWER)
async def list_pay_disputes(tx: Watched, asked: Paged, only_open: OnlyRunning = False) -> Listing[DisputeOut]:
    """Those within the caller's reach."""
    return listing(await service.disputes(tx, asked, only_open=only_open), asked, DisputeOut.of)


@router.get("/pay-disputes/{dispute_id}", summary="One dispute")
@allow(PAY_DISPUTE)
async def get_pay_dispute(tx: Read, dispute_id: Id) -> DisputeOut:
    """One's own, or within payroll's reach."""
    return DisputeOut.of(await service.dispute(tx, dispute_id))


@router.post("/pay-disputes/{dispute_id}/answers", status_code=201, summary="Answer a dispute")
@allow(PAY_ANSWER)
async def answer_pay_dispute(tx: Tx, dispute_id: Id, body: DisputeAnswer) -> DisputeOut:
    """By somebody who neither wrote the line nor answered before. Without an answer in 14 days it escalates."""
    return DisputeOut.of(await service.answer(tx, dispute_id, body.outcome, body.note))

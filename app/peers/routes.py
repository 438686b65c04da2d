"""Routes of peer assists."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id, Instant
from app.peers import service
from app.peers.domain import ASSISTS_COUNT, ASSISTS_OWN, AssistStatus
from app.peers.schemas import AssistCountsOut, AssistCreate, AssistOut

router = APIRouter(prefix="/v1", tags=["peers"])

Status = Annotated[AssistStatus | None, Query(description="Only assists that stand so now.")]
Start = Annotated[Instant | None, Query(alias="from", description="Assists that started at or after this instant.")]
End = Annotated[Instant | None, Query(alias="to", description="Assists that started before this instant.")]
AtCenter = Annotated[Id | None, Query(description="Only this work center.")]


@router.post("/peer-assists", status_code=201, summary="Log help between me and a colleague")
@allow(ASSISTS_OWN)
async def log_peer_assist(tx: Tx, body: AssistCreate) -> AssistOut:
    return AssistOut.of(await service.log(tx, body.asked()), tx.caller.worker_id, tx.now)


@router.post("/peer-assists/{assist_id}/confirmation", summary="Confirm what a colleague logged")
@allow(ASSISTS_OWN)
async def confirm_peer_assist(tx: Tx, assist_id: Id) -> AssistOut:
    return AssistOut.of(await service.confirm(tx, assist_id), tx.caller.worker_id, tx.now)


@router.post("/peer-assists/{assist_id}/decline", summary="Decline what a colleague logged")
@allow(ASSISTS_OWN)
async def decline_peer_assist(tx: Tx, assist_id: Id) -> AssistOut:
    return AssistOut.of(await service.decline(tx, assist_id), tx.caller.worker_id, tx.now)


@router.get("/peer-assists/counts", summary="Count assists per work center")
@allow(ASSISTS_COUNT)
async def count_peer_assists(tx: Read, start: Start = None, end: End = None, work_center_id: AtCenter = None) -> AssistCountsOut:
    return AssistCountsOut.of(await service.counts(tx, start, end, work_center_id))


@router.get("/peer-assists/{assist_id}", summary="Show an assist of mine")
@allow(ASSISTS_OWN)
async def show_peer_assist(tx: Read, assist_id: Id) -> AssistOut:
    return AssistOut.of(await service.read(tx, assist_id), tx.caller.worker_id, tx.now)


@router.get("/me/peer-assists", summary="List my assists")
@allow(ASSISTS_OWN)
async def list_my_peer_assists(tx: Read, asked: Paged, status: Status = None) -> Listing[AssistOut]:
    found = await service.own(tx, status, asked)
    return listing(found, asked, lambda assist: AssistOut.of(assist, tx.caller.worker_id, tx.now))

"""Routes of single blocks and blackouts."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.errors import Invalid
from app.core.http.etags import IfMatch, set_tag
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id, Instant
from app.planning import service
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.schemas import plans as shapes

router = APIRouter(prefix="/v1", tags=["planning"])
LONGEST_QUESTION = timedelta(days=92)
From = Annotated[Instant, Query(alias="from", description="Start of the asked time.")]
Until = Annotated[Instant, Query(alias="to", description="End of the asked time, at most 92 days later.")]


def asked_time(start: Any, end: Any) -> None:
    """Refuse an empty or endless stretch of time."""
    if not timedelta(0) < end - start <= LONGEST_QUESTION:
        raise Invalid.field("query:to", "`to` lies after `from`, at most 92 days.", "order")


@router.get("/blocks/{block_id}", summary="One block")
@allow(PLAN_READ)
async def get_block(tx: Read, block_id: Id, response: Response) -> shapes.BlockOut:
    """Whose it is, what and when."""
    row = await service.block(tx, block_id)
    set_tag(response, row.version)
    return shapes.block_out(row)


def wanted(body: shapes.BlockEdit) -> service.Edit:
    """The body as the service takes it."""
    return service.Edit(body.pinned, body.status == "cancelled", body.window_id, body.starts_at)


@router.patch("/blocks/{block_id}", summary="Move, pin, unpin or drop a block")
@allow(PLAN_WRITE)
async def edit_block(tx: Tx, block_id: Id, body: shapes.BlockEdit, version: IfMatch, response: Response) -> shapes.BlockOut:
    """Checked at once against every hard rule. A published block that moves gets a new id; the answer is the one that counts."""
    row = await service.edit_block(tx, block_id, wanted(body), version)
    set_tag(response, row.version)
    return shapes.block_out(row)


@router.patch("/plans/{plan_id}/blocks/{block_id}", summary="Move, pin, unpin or drop a proposed block")
@allow(PLAN_WRITE)
async def edit_plan_block(
    tx: Tx, plan_id: Id, block_id: Id, body: shapes.BlockEdit, version: IfMatch, response: Response
) -> shapes.BlockOut:
    """At the version of the plan, which grows: whoever publishes the plan as it was read before gets 412."""
    row = await service.edit_plan_block(tx, plan_id, block_id, wanted(body), version)
    set_tag(response, version + 1)
    return shapes.block_out(row)


@router.post("/blackouts", status_code=201, summary="Close time for learning")
@allow(PLAN_WRITE)
async def create_blackout(tx: Tx, body: shapes.BlackoutCreate) -> shapes.BlackoutMade:
    """What is scheduled in it moves to other windows, or is cancelled where there is none."""
    if (body.site_id is None) == (body.work_center_id is None):
        raise Invalid.field("#/site_id", "Name either site_id or work_center_id.", "scope")
    row, fallen = await service.add_blackout(tx, service.BlackoutAsked(**body.model_dump()))
    return shapes.BlackoutMade(**shapes.blackout_out(row).model_dump(), cancelled_blocks=fallen)


@router.get("/blackouts", summary="Blackouts in a stretch of time")
@allow(PLAN_READ)
async def list_blackouts(tx: Read, asked: Paged, start: From, end: Until) -> Listing[shapes.BlackoutOut]:
    """Those within the caller's reach."""
    asked_time(start, end)
    rows = await service.list_blackouts(tx, start, end, asked.after, asked.limit + 1)
    return listing(rows, asked, shapes.blackout_out)


@router.delete("/blackouts/{blackout_id}", status_code=204, summary="Open time for learning again")
@allow(PLAN_WRITE)
async def delete_blackout(tx: Tx, blackout_id: Id) -> None:
    """Blocks that found no other place come back with the next plan."""
    await service.drop_blackout(tx, blackout_id)

"""Routes about the caller's own learning time."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response

from app.core.access import allow
from app.core.db import Once, Read
from app.core.http.express import express
from app.core.schemas import Id, Instant
from app.planning import service
from app.planning.policies import OWN_LEARNING
from app.planning.routes.blocks import asked_time
from app.planning.schemas import plans as shapes
from app.planning.schemas.now import MeNow

router = APIRouter(prefix="/v1", tags=["planning"])


@router.get("/me/now", summary="What I can learn now", response_model=MeNow)
@express
@allow(OWN_LEARNING)
async def learn_now(
    trip: Once,
    station_id: Annotated[Id | None, Query(description="The station the worker stands at, for its tablet.")] = None,
    minutes: Annotated[int | None, Query(ge=1, le=120, description="Minutes at hand; else what the window leaves.")] = None,
) -> Response:
    """My shift, the window I am in or the next one, my block, and what fits best and why."""
    found = await service.now(trip, station_id, None if minutes is None else minutes * 60)
    return Response(orjson.dumps(found), media_type="application/json")


@router.get("/me/blocks", summary="My blocks")
@allow(OWN_LEARNING)
async def my_blocks(
    tx: Read,
    start: Annotated[Instant, Query(alias="from", description="Start of the asked time.")],
    end: Annotated[Instant, Query(alias="to", description="End of the asked time, at most 92 days later.")],
) -> shapes.MyBlocks:
    """Published ones in order of time, at most 500."""
    asked_time(start, end)
    assert tx.caller.worker_id is not None
    rows = await service.own_blocks(tx, tx.caller.worker_id, start, end)
    return shapes.MyBlocks(items=[shapes.block_out(row) for row in rows])

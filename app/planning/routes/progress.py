"""Routes of a plan while it is being solved: watch it, stop it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.core.access import allow
from app.core.db import Read, Tx, read_transaction
from app.core.errors import AppError
from app.core.http.etags import set_tag
from app.core.schemas import Id
from app.planning import service
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.schemas import plans as shapes
from app.planning.schemas.progress import PlanProgressOut, progress_out

router = APIRouter(prefix="/v1", tags=["planning"])
EVENTS = "text/event-stream"
LOOK_SECONDS = 0.5
# What stands between a server and a phone takes a silent connection for a dead one, many after 30 or 60 seconds.
SILENT_SECONDS = 15.0
STILL_HERE = b": still here\n\n"
# Clients come back by themselves after so many milliseconds when the stream ended before the plan did.
RETRY = b"retry: 1000\n\n"
EVENT = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["progress", "done"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
DESCRIBED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events named `progress`, and one named `done` at the end; their data is the same as the JSON.",
        "content": {EVENTS: {"schema": EVENT}},
    }
}


@router.get("/plans/{plan_id}/progress", summary="How far a plan is", response_model=PlanProgressOut, responses=DESCRIBED)
@allow(PLAN_READ)
async def watch_plan(tx: Read, plan_id: Id, request: Request) -> Response:
    """A stream of events until the plan is done; with `Accept: application/json` one look, for polling."""
    shown = progress_out(await service.plan(tx, plan_id))
    if "application/json" in request.headers.get("accept", ""):
        return Response(shown.model_dump_json(), media_type="application/json")
    return StreamingResponse(_watched(request, shown), media_type=EVENTS, headers={"X-Accel-Buffering": "no"})


async def _watched(request: Request, shown: PlanProgressOut) -> AsyncIterator[bytes]:
    """Every change until the end; between two looks nothing is held: no transaction, no connection of the pool."""
    runtime = request.app.state.runtime
    loop = asyncio.get_running_loop()
    told = loop.time()
    until = told + runtime.settings.stream_seconds
    yield RETRY + _event(shown)
    while shown.phase != "done" and loop.time() < until and not runtime.memory.get("stopping"):
        await asyncio.sleep(LOOK_SECONDS)
        try:
            # Whoever lost the right to see the plan meanwhile sees no more of it.
            async with asynccontextmanager(read_transaction)(request) as tx:
                now = progress_out(await service.plan_progress(tx, shown.plan_id))
        except AppError:
            return
        if now != shown or loop.time() >= told + SILENT_SECONDS:
            yield _event(now) if now != shown else STILL_HERE
            shown, told = now, loop.time()


def _event(shown: PlanProgressOut) -> bytes:
    name = "done" if shown.phase == "done" else "progress"
    return f"event: {name}\ndata: {shown.model_dump_json()}\n\n".encode()


@router.post("/plans/{plan_id}/cancellation", summary="Stop solving a plan")
@allow(PLAN_WRITE)
async def cancel_plan(tx: Tx, plan_id: Id, response: Response) -> shapes.PlanHead:
    """Whoever works on it stops within a second and nothing is kept. Stopping it twice changes nothing."""
    row = await service.cancel_plan(tx, plan_id)
    set_tag(response, row.version)
    return shapes.plan_head(row)

"""Checklist runs, worked through online."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.schemas import Id
from app.learning.domain.values import LEARN, Outcome
from app.learning.schemas.attempts import ItemsSave, RunFinish, RunOut, RunStart, Saved, run_out, saved
from app.learning.schemas.common import interrupt_reason
from app.learning.service import attempts as service

router = APIRouter(prefix="/v1/checklist-runs", tags=["learning"])
RunId = Annotated[Id, Path(description="The id you gave it.")]


@router.post("", status_code=201, summary="Start a checklist")
@allow(LEARN)
async def start_checklist_run(tx: Tx, body: RunStart) -> RunOut:
    """Answers the items to look at."""
    return run_out(await service.start(tx, body.id, "checklist", body.key, body.language))


@router.put("/{run_id}/items", summary="Keep findings")
@allow(LEARN)
async def save_checklist_items(tx: Tx, run_id: RunId, body: ItemsSave) -> Saved:
    """A checkpoint: a finding given again replaces the first."""
    return saved(await service.save(tx, run_id, service.RUNS, body.work()))


@router.post("/{run_id}/finish", summary="Finish or interrupt a checklist")
@allow(LEARN)
async def finish_checklist_run(tx: Tx, run_id: RunId, body: RunFinish) -> RunOut:
    """Refused with a pointer to each required item or photo that is still missing, unless it was interrupted."""
    reason = interrupt_reason(body.reason) if body.outcome is Outcome.INTERRUPTED else None
    return run_out(await service.finish(tx, run_id, service.RUNS, outcome=body.outcome, reason=reason, work=body.work()))


@router.get("/{run_id}", summary="Read one of your checklist runs")
@allow(LEARN)
async def read_checklist_run(tx: Read, run_id: RunId) -> RunOut:
    """A run with what was found so far."""
    return run_out(await service.read(tx, run_id, service.RUNS))

"""Assignments: given by supervisors and learning managers, read by workers."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch, set_tag
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.learning.domain.values import ASSIGN, ASSIGNMENTS_READ, LEARN, READINESS
from app.learning.schemas.assignments import (
    AssignmentCreate,
    AssignmentOut,
    MyAssignment,
    ReadinessOut,
    assignment_out,
    my_assignment,
    readiness_out,
)
from app.learning.service import assignments as service
from app.learning.service import reading

router = APIRouter(prefix="/v1", tags=["learning"])
AssignmentId = Annotated[Id, Path(description="The assignment.")]


@router.post("/assignments", status_code=201, summary="Assign learning")
@allow(ASSIGN)
async def create_assignment(tx: Tx, response: Response, body: AssignmentCreate) -> AssignmentOut:
    """Supervisors name workers and crews in their reach; job roles are for those responsible for all sites."""
    made = await service.assign(
        tx,
        body.id,
        content=(body.kind, body.key),
        mandatory=body.mandatory,
        due_at=body.due_at,
        priority=body.priority,
        workers=body.workers,
        crews=body.crews,
        job_roles=body.job_roles,
    )
    set_tag(response, made.version)
    return assignment_out(made)


@router.get("/assignments", summary="List assignments")
@allow(ASSIGNMENTS_READ)
async def list_assignments(tx: Read, asked: Paged) -> Listing[AssignmentOut]:
    """Those that name somebody in your reach, cancelled ones included."""
    return listing(await service.assignments(tx, asked.after, asked.limit + 1), asked, assignment_out)


@router.get("/assignments/{assignment_id}", summary="Read an assignment")
@allow(ASSIGNMENTS_READ)
async def read_assignment(tx: Read, response: Response, assignment_id: AssignmentId) -> AssignmentOut:
    """The answer's ETag is needed to cancel it."""
    found = await service.assignment(tx, assignment_id)
    set_tag(response, found.version)
    return assignment_out(found)


@router.delete("/assignments/{assignment_id}", status_code=204, summary="Cancel an assignment")
@allow(ASSIGN)
async def cancel_assignment(tx: Tx, assignment_id: AssignmentId, version: IfMatch) -> None:
    """Nobody is asked for it any more; whoever started may still finish."""
    await service.cancel(tx, assignment_id, version)


@router.get("/me/assignments", summary="List your assignments")
@allow(LEARN)
async def list_my_assignments(tx: Read, asked: Paged) -> Listing[MyAssignment]:
    """Open, started and completed ones, oldest first."""
    rows = await reading.my_assignments(tx, asked.after, asked.limit + 1)
    return listing(rows, asked, my_assignment, key="assignment_id")


@router.get("/workers/{worker_id}/readiness", summary="See whether a worker is ready")
@allow(READINESS)
async def read_worker_readiness(
    tx: Read, worker_id: Annotated[Id, Path(description="The worker.")], asked: Paged
) -> Listing[ReadinessOut]:
    """Ready, not ready or due for each assignment; never answers, scores or how often somebody tried."""
    rows = await reading.worker_readiness(tx, worker_id, asked.after, asked.limit + 1)
    shown = listing([row[0] for row in rows], asked, lambda row: row, key="assignment_id")
    return Listing(items=[readiness_out(row) for row in rows[: asked.limit]], next_cursor=shown.next_cursor)

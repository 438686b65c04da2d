"""Modules and quizzes, learned online."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.learning.domain.values import LEARN, Outcome
from app.learning.schemas.attempts import (
    AnswersSave,
    AttemptFinish,
    AttemptOut,
    AttemptStart,
    AttemptSummary,
    Saved,
    attempt_out,
    saved,
    summary,
)
from app.learning.schemas.common import interrupt_reason
from app.learning.service import attempts as service

router = APIRouter(prefix="/v1", tags=["learning"])
AttemptId = Annotated[Id, Path(description="The id you gave it.")]


@router.post("/attempts", status_code=201, summary="Start a module or quiz")
@allow(LEARN)
async def start_attempt(tx: Tx, body: AttemptStart) -> AttemptOut:
    """Answers what to show, without the key. The version is pinned: it stays the same until the attempt ends."""
    return attempt_out(await service.start(tx, body.id, body.kind, body.key, body.language))


@router.put("/attempts/{attempt_id}/answers", summary="Keep work in progress")
@allow(LEARN)
async def save_attempt_answers(tx: Tx, attempt_id: AttemptId, body: AnswersSave) -> Saved:
    """A checkpoint: answers given again replace, cards add up."""
    return saved(await service.save(tx, attempt_id, service.TRIES, body.work()))


@router.post("/attempts/{attempt_id}/finish", summary="Finish or interrupt an attempt")
@allow(LEARN)
async def finish_attempt(tx: Tx, attempt_id: AttemptId, body: AttemptFinish) -> AttemptOut:
    """Grades completed work, answers key and rationale, and pays. Interrupted work is paid and not graded."""
    reason = interrupt_reason(body.reason) if body.outcome is Outcome.INTERRUPTED else None
    return attempt_out(await service.finish(tx, attempt_id, service.TRIES, outcome=body.outcome, reason=reason, work=body.work()))


@router.get("/attempts/{attempt_id}", summary="Read one of your attempts")
@allow(LEARN)
async def read_attempt(tx: Read, attempt_id: AttemptId) -> AttemptOut:
    """An open attempt with what was kept, or an ended one with its result."""
    return attempt_out(await service.read(tx, attempt_id, service.TRIES))


@router.get("/me/attempts", summary="List your attempts and runs")
@allow(LEARN)
async def list_my_attempts(tx: Read, asked: Paged) -> Listing[AttemptSummary]:
    """Oldest first. Nobody else sees this list."""
    return listing(await service.mine(tx, asked.after, asked.limit + 1), asked, summary)

"""Routes of a worker's own two-phase sessions."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.paytime import service
from app.paytime.domain.sessions import SESSIONS
from app.paytime.schemas.sessions import LearningSessionEnd, LearningSessionOut, LearningSessionStart

router = APIRouter(prefix="/v1/me/learning-sessions", tags=["pay time"])
SessionId = Annotated[Id, Path(description="The id you gave it.")]


@router.post("", status_code=201, summary="Start a session and reserve its time")
@allow(SESSIONS)
async def start_learning_session(tx: Tx, body: LearningSessionStart) -> LearningSessionOut:
    """Cut at the next break and at the end of the shift; while it runs, nothing else counts for this time."""
    return LearningSessionOut.of(await service.start_session(tx, body.value()))


@router.get("", summary="List my sessions")
@allow(SESSIONS)
async def list_learning_sessions(tx: Read, asked: Paged) -> Listing[LearningSessionOut]:
    """Oldest first."""
    return listing(await service.own_sessions(tx, asked), asked, LearningSessionOut.of)


@router.get("/{learning_session_id}", summary="One of my sessions")
@allow(SESSIONS)
async def get_learning_session(tx: Read, learning_session_id: SessionId) -> LearningSessionOut:
    """Reserved, or how it ended."""
    return LearningSessionOut.of(await service.own_session(tx, learning_session_id))


@router.post("/{learning_session_id}/end", summary="End a session and be credited")
@allow(SESSIONS)
async def end_learning_session(tx: Tx, learning_session_id: SessionId, body: LearningSessionEnd) -> LearningSessionOut:
    """Never more than was reserved. A session that nobody ends expires 30 minutes after its time."""
    return LearningSessionOut.of(await service.end_session(tx, learning_session_id, body.ended_at, body.why()))


@router.post("/{learning_session_id}/void", summary="Take a session back")
@allow(SESSIONS)
async def void_learning_session(tx: Tx, learning_session_id: SessionId) -> LearningSessionOut:
    """As if it had not been: nothing is credited, the time is free."""
    return LearningSessionOut.of(await service.void_session(tx, learning_session_id))

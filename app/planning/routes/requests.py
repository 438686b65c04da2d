"""Routes of protected time and shadowing that supervisors ask for."""

from fastapi import APIRouter, Response

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.planning import service
from app.planning.policies import OWN_LEARNING, PLAN_READ, PLAN_WRITE
from app.planning.schemas import requests as shapes

router = APIRouter(prefix="/v1", tags=["planning"])


@router.post("/protected-time-requests", status_code=201, summary="Ask for protected time in the coming plans")
@allow(PLAN_WRITE)
async def create_protected_request(tx: Tx, body: shapes.ProtectedRequestCreate, response: Response) -> shapes.ProtectedRequestOut:
    """Each worker gets one block, whole, in a window of the kind `protected`; publishing the plan promises it to them."""
    seconds = None if body.minutes is None else body.minutes * 60
    asked = service.ProtectedAsked(body.id, tuple(body.worker_ids), seconds, body.starts_at, body.ends_at, body.priority)
    found = await service.request_protected(tx, asked)
    response.headers["Location"] = f"/v1/protected-time-requests/{found.row.id}"
    return shapes.protected_out(found)


@router.get("/protected-time-requests", summary="Protected time that was asked for")
@allow(PLAN_READ)
async def list_protected_requests(tx: Read, asked: Paged, site_id: Id | None = None) -> Listing[shapes.ProtectedRequestOut]:
    """Oldest first, with the blocks that meet each and who still waits."""
    found = await service.protected_requests(tx, site_id, asked.after, asked.limit + 1)
    return listing([shapes.protected_out(one) for one in found], asked, lambda one: one)


@router.get("/protected-time-requests/{request_id}", summary="One request for protected time")
@allow(PLAN_READ)
async def get_protected_request(tx: Read, request_id: Id) -> shapes.ProtectedRequestOut:
    """With the blocks that meet it and who still waits."""
    return shapes.protected_out(await service.protected_request(tx, request_id))


@router.post("/protected-time-requests/{request_id}/cancellation", summary="Give a request for protected time up")
@allow(PLAN_WRITE)
async def cancel_protected_request(tx: Tx, request_id: Id) -> shapes.ProtectedRequestOut:
    """Published blocks that have not begun are cancelled, and their workers told. Once more changes nothing."""
    return shapes.protected_out(await service.cancel_protected(tx, request_id))


@router.post("/shadow-sessions", status_code=201, summary="Ask for an hour beside a trainer")
@allow(PLAN_WRITE)
async def create_shadow_session(tx: Tx, body: shapes.ShadowCreate, response: Response) -> shapes.ShadowOut:
    """The next plan of the work center finds trainer and hour, in a window of the kind `shadowing`, or tells why not."""
    names = ("id", "work_center_id", "trainee_id", "trainer_id", "skill", "priority")
    given = {name: getattr(body, name) for name in names}
    asked = service.ShadowAsked(**given, seconds=body.minutes * 60, release_at=body.starts_at, due_at=body.ends_at)
    found = await service.request_session(tx, asked)
    response.headers["Location"] = f"/v1/shadow-sessions/{found.row.id}"
    return shapes.shadow_out(found)


@router.get("/shadow-sessions", summary="Shadowing sessions within reach")
@allow(PLAN_READ)
async def list_shadow_sessions(tx: Read, asked: Paged, work_center_id: Id | None = None) -> Listing[shapes.ShadowOut]:
    """Oldest first, whatever became of them."""
    found = await service.sessions(tx, work_center_id, asked.after, asked.limit + 1)
    return listing([shapes.shadow_out(one) for one in found], asked, lambda one: one)


@router.get("/me/shadow-sessions", summary="My shadowing sessions")
@allow(OWN_LEARNING)
async def my_shadow_sessions(tx: Read, asked: Paged) -> Listing[shapes.ShadowOut]:
    """Those in which I learn and those in which I show."""
    assert tx.caller.worker_id is not None  # the policy lets only people in
    found = await service.own_sessions(tx, tx.caller.worker_id, asked.after, asked.limit + 1)
    return listing([shapes.shadow_out(one) for one in found], asked, lambda one: one)


@router.get("/shadow-sessions/{session_id}", summary="One shadowing session")
@allow(PLAN_READ)
async def get_shadow_session(tx: Read, session_id: Id) -> shapes.ShadowOut:
    """Who shows whom what, when, or why there is no hour yet."""
    return shapes.shadow_out(await service.session(tx, session_id))


@router.post("/shadow-sessions/{session_id}/cancellation", summary="Give a shadowing session up")
@allow(PLAN_WRITE)
async def cancel_shadow_session(tx: Tx, session_id: Id) -> shapes.ShadowOut:
    """What is published of it and has not begun is cancelled, and both are told. Once more changes nothing."""
    return shapes.shadow_out(await service.cancel_session(tx, session_id))

"""Routes of workers and their crews."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.http.etags import IfMatch
from app.core.ids import new_id
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.people.domain import WORKERS_READ, WORKERS_WRITE, Membership
from app.people.models import WorkerStatus
from app.people.routes.places import shaped, tagged
from app.people.schemas.workers import (
    MembershipCreate,
    MembershipEnd,
    MembershipOut,
    MembershipsOut,
    WorkerCreate,
    WorkerOut,
    WorkerPatch,
)
from app.people.service import memberships, records

router = APIRouter(prefix="/v1", tags=["workers"])
Search = Annotated[str, StringConstraints(min_length=1, max_length=100)]


@router.get("/workers", summary="List workers within your reach")
@allow(WORKERS_READ)
async def list_workers(
    tx: Read,
    asked: Paged,
    site_id: Annotated[Id | None, Query(description="Only workers of this home site.")] = None,
    crew_id: Annotated[Id | None, Query(description="Only workers in this crew today.")] = None,
    status: Annotated[WorkerStatus | None, Query(description="Only workers with this status.")] = None,
    q: Annotated[Search | None, Query(description="The start of a number or a part of a name.")] = None,
) -> Listing[WorkerOut]:
    found = await records.page(tx, asked, site_id=site_id, crew_id=crew_id, status=status, q=q)
    return listing(found, asked, lambda record: shaped(WorkerOut, record))


@router.post("/workers", status_code=201, summary="Add a worker")
@allow(WORKERS_WRITE)
async def create_worker(tx: Tx, response: Response, body: WorkerCreate) -> WorkerOut:
    return tagged(response, WorkerOut, await records.add(tx, dict(body)))


@router.get("/workers/{worker_id}", summary="Read a worker")
@allow(WORKERS_READ)
async def read_worker(tx: Read, response: Response, worker_id: Id) -> WorkerOut:
    return tagged(response, WorkerOut, await records.read(tx, worker_id))


@router.patch("/workers/{worker_id}", summary="Change a worker")
@allow(WORKERS_WRITE)
async def update_worker(tx: Tx, response: Response, worker_id: Id, version: IfMatch, body: WorkerPatch) -> WorkerOut:
    return tagged(response, WorkerOut, await records.change(tx, worker_id, version, body.changes()))


@router.post("/workers/{worker_id}/deactivate", summary="Take a worker out of service")
@allow(WORKERS_WRITE)
async def deactivate_worker(tx: Tx, response: Response, worker_id: Id, version: IfMatch) -> WorkerOut:
    return tagged(response, WorkerOut, await records.deactivate(tx, worker_id, version))


@router.post("/workers/{worker_id}/reactivate", summary="Bring a worker back")
@allow(WORKERS_WRITE)
async def reactivate_worker(tx: Tx, response: Response, worker_id: Id, version: IfMatch) -> WorkerOut:
    return tagged(response, WorkerOut, await records.reactivate(tx, worker_id, version))


@router.get("/workers/{worker_id}/memberships", summary="List a worker's crews by date")
@allow(WORKERS_READ)
async def list_memberships(tx: Read, worker_id: Id) -> MembershipsOut:
    found = await memberships.of_worker(tx, worker_id)
    return MembershipsOut(items=[MembershipOut.model_validate(membership) for membership in found])


@router.post("/workers/{worker_id}/memberships", status_code=201, summary="Put a worker into a crew")
@allow(WORKERS_WRITE)
async def create_membership(tx: Tx, worker_id: Id, body: MembershipCreate) -> MembershipOut:
    made = Membership(body.id or new_id(), worker_id, body.crew_id, body.valid_from, body.valid_until)
    return MembershipOut.model_validate(await memberships.join(tx, made))


@router.post("/memberships/{membership_id}/end", summary="End a membership")
@allow(WORKERS_WRITE)
async def end_membership(tx: Tx, membership_id: Id, body: MembershipEnd) -> MembershipOut:
    return MembershipOut.model_validate(await memberships.end(tx, membership_id, body.valid_until))

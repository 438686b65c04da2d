"""Routes of roles on the tree."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.access import allow
from app.core.db import Read, Tx
from app.core.pages import Listing, Paged, listing
from app.core.schemas import Id
from app.people.domain import ROLES_WRITE
from app.people.schemas.workers import RoleGrantCreate, RoleGrantOut
from app.people.service import roles

router = APIRouter(prefix="/v1", tags=["roles"])


@router.get("/role-grants", summary="List roles on the nodes you administer")
@allow(ROLES_WRITE)
async def list_role_grants(
    tx: Read, asked: Paged, worker_id: Annotated[Id | None, Query(description="Only roles of this worker.")] = None
) -> Listing[RoleGrantOut]:
    return listing(await roles.page(tx, asked, worker_id), asked, RoleGrantOut.model_validate)


@router.post("/role-grants", status_code=201, summary="Grant or deny a role on a node")
@allow(ROLES_WRITE)
async def create_role_grant(tx: Tx, body: RoleGrantCreate) -> RoleGrantOut:
    made = await roles.give(
        tx, grant_id=body.id, worker_id=body.worker_id, role=body.role, node_id=body.node_id, allow=body.allow
    )
    return RoleGrantOut.model_validate(made)


@router.delete("/role-grants/{grant_id}", status_code=204, summary="Revoke a role or lift a denial")
@allow(ROLES_WRITE)
async def delete_role_grant(tx: Tx, grant_id: Id) -> None:
    await roles.revoke(tx, grant_id)

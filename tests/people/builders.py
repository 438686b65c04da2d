"""Builders of people's tests: roles given past the routes."""

from uuid import UUID

from sqlmodel import insert

from app.core.access import Role
from app.core.ids import new_id
from app.people.models import NodeKind, RoleGrantRow
from tests.builders import Plant


async def give(plant: Plant, who: str, role: Role, kind: NodeKind, node_id: UUID, *, allow: bool = True) -> UUID:
    """A role, or with `allow` false its denial, stored directly."""
    grant_id = new_id()
    async with plant.write() as tx:
        await tx.run(insert(RoleGrantRow).values(
            organization_id=plant.organization_id, id=grant_id, worker_id=plant.people[who], role=role, node_kind=kind,
            node_id=node_id, allow=allow, granted_by=plant.people["admin"], created_at=tx.now))  # fmt: skip
    return grant_id

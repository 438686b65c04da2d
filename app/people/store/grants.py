"""Statements about roles on the tree, outside names of things, and new organizations."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert

from app.core.access import Role
from app.core.db import ReadTransaction, WriteTransaction
from app.core.tables import metadata
from app.people.domain import RoleGrant
from app.people.models import ExternalIdRow, OrganizationRow, RoleGrantRow
from app.people.store.rows import named

SELECT = (
    "select id, worker_id, role, node_kind, node_id, allow, granted_by from role_grant where organization_id = :organization_id "
)
GRANTS = text(
    SELECT + "and id > :after and (cast(:worker_id as uuid) is null or worker_id = :worker_id) "
    "and (:everywhere or node_id = any(:nodes)) order by id limit :limit"
)
GRANT = text(SELECT + "and id = :id")
SAME = text(SELECT + "and worker_id = :worker_id and role = :role and node_id = :node_id")
ADD = insert(metadata.tables[RoleGrantRow.__tablename__]).on_conflict_do_nothing()
REMOVE = text("delete from role_grant where organization_id = :organization_id and id = :id")
LOCK_ADMINS = text("select pg_advisory_xact_lock(hashtextextended(:lock, 10))")
OTHER_ADMINS = text(
    "select count(*) from role_grant g join worker w on w.organization_id = g.organization_id and w.id = g.worker_id "
    "where g.organization_id = :organization_id and g.role = 'admin' and g.allow and g.node_id = g.organization_id "
    "and w.status = 'active' and w.id <> :worker_id"
)
IS_ADMIN = text(
    "select 1 from role_grant where organization_id = :organization_id and worker_id = :worker_id "
    "and role = 'admin' and allow and node_id = organization_id"
)
FIND = text(
    "select external_id, thing_id from external_id where organization_id = :organization_id and kind = :kind "
    "and source = :source and external_id = any(:external_ids)"
)
NAMES = text(
    "select external_id, thing_id from external_id where organization_id = :organization_id and kind = :kind "
    "and source = :source and thing_id = any(:thing_ids)"
)
LINK = insert(metadata.tables[ExternalIdRow.__tablename__]).on_conflict_do_nothing()
OPEN = insert(metadata.tables[OrganizationRow.__tablename__]).on_conflict_do_nothing()


def _grant(row: Row[Any]) -> RoleGrant:
    return RoleGrant(**{**named(row), "role": Role(row.role)})


async def grants(
    tx: ReadTransaction, *, worker_id: UUID | None, nodes: Sequence[UUID] | None, after: UUID, limit: int
) -> list[RoleGrant]:
    """Grants after an id, of one worker or all, on these nodes (None: everywhere)."""
    rows = await tx.rows(GRANTS, worker_id=worker_id, everywhere=nodes is None, nodes=list(nodes or ()), after=after, limit=limit)
    return [_grant(row) for row in rows]


async def grant(tx: ReadTransaction, grant_id: UUID) -> RoleGrant | None:
    """One grant."""
    found = await tx.row(GRANT, id=grant_id)
    return None if found is None else _grant(found)


async def same(tx: ReadTransaction, worker_id: UUID, role: str, node_id: UUID) -> RoleGrant | None:
    """The grant or denial of this role on this node that a worker already has."""
    found = await tx.row(SAME, worker_id=worker_id, role=role, node_id=node_id)
    return None if found is None else _grant(found)


async def add(tx: WriteTransaction, made: RoleGrant) -> bool:
    """Store a grant; False when its id is taken or the worker has one for this role and node."""
    names = ("id", "worker_id", "role", "node_kind", "node_id", "allow", "granted_by")
    values = {name: getattr(made, name) for name in names}
    return await tx.run(ADD.values(organization_id=tx.organization_id, created_at=tx.now, **values)) == 1


async def remove(tx: WriteTransaction, grant_id: UUID) -> None:
    """Delete a grant."""
    await tx.run(REMOVE, id=grant_id)


async def is_last_admin(tx: WriteTransaction, worker_id: UUID) -> bool:
    """Whether nobody but this worker administers the organization; nobody else can change that until the end."""
    await tx.rows(LOCK_ADMINS, lock=f"admins|{tx.organization_id}")
    if await tx.scalar(IS_ADMIN, worker_id=worker_id) is None:
        return False
    return int(await tx.scalar(OTHER_ADMINS, worker_id=worker_id)) == 0


async def external(tx: ReadTransaction, kind: str, source: str, external_ids: Collection[str]) -> dict[str, UUID]:
    """Our ids of things that `source` names; unknown names are absent."""
    rows = await tx.rows(FIND, kind=kind, source=source, external_ids=list(external_ids))
    return {row.external_id: row.thing_id for row in rows}


async def link(tx: WriteTransaction, kind: str, source: str, pairs: Sequence[tuple[str, UUID]]) -> None:
    """Remember what `source` calls our things; a name that is taken keeps its meaning."""
    common = {"organization_id": tx.organization_id, "kind": kind, "source": source, "created_at": tx.now}
    if pairs:
        await tx.run(LINK.values([{**common, "external_id": name, "thing_id": thing} for name, thing in pairs]))


async def open_organization(tx: WriteTransaction, slug: str, name: str) -> bool:
    """Store the organization this transaction is fenced to; False when the slug is taken."""
    values = {"organization_id": tx.organization_id, "slug": slug, "name": name, "settings": {}}
    return await tx.run(OPEN.values(**values, created_at=tx.now, version=1)) == 1


async def outside_names(tx: ReadTransaction, kind: str, source: str, thing_ids: Collection[UUID]) -> dict[UUID, str]:
    """What `source` calls our things; things it has no name for are absent."""
    rows = await tx.rows(NAMES, kind=kind, source=source, thing_ids=list(thing_ids))
    return {row.thing_id: row.external_id for row in rows}

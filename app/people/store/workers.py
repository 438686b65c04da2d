"""Statements about workers and their crews."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core.access import Policy
from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.core.tables import metadata
from app.people.domain import Membership, WorkerRecord
from app.people.models import MembershipRow, WorkerRow
from app.people.store.rows import named

WORKER: Table = metadata.tables[WorkerRow.__tablename__]
MEMBERSHIP: Table = metadata.tables[MembershipRow.__tablename__]
SELECT = (
    "select w.id, w.site_id, w.number, w.display_name, w.languages, w.job_role, w.email, w.phone, w.status, "
    "w.employed_from, w.employed_until, w.version, coalesce(m.crews, '{}') as crew_ids, "
    "coalesce(m.places, '{}') as place_ids from worker w left join lateral (select array_agg(c.id) as crews, "
    "array_remove(array_agg(c.work_center_id) || array_agg(wc.area_id) || array_agg(c.site_id), null) as places "
    "from membership m join crew c on c.organization_id = m.organization_id and c.id = m.crew_id "
    "left join work_center wc on wc.organization_id = c.organization_id and wc.id = c.work_center_id "
    "where m.organization_id = w.organization_id and m.worker_id = w.id and m.valid_from <= :day "
    "and (m.valid_until is null or m.valid_until >= :day)) m on true where w.organization_id = :organization_id "
)
RECORDS = text(
    SELECT + "and ((cast(:ids as uuid[]) is not null and w.id = any(cast(:ids as uuid[]))) "
    "or (cast(:numbers as text[]) is not null and w.number = any(cast(:numbers as text[])))) order by w.id"
)
# A role reaches a worker when it is allowed on one of the worker's nodes and denied on none of them.
REACHED = (
    "and (:everybody or w.id = :own or exists (select 1 from "
    "jsonb_to_recordset(cast(:grants as jsonb)) as g(role text, node_id uuid, allow boolean) "
    "where g.node_id = any(array[w.organization_id, w.site_id] || coalesce(m.crews, '{}') || coalesce(m.places, '{}')) "
    "group by g.role having bool_and(g.allow))) "
)
PAGE = text(
    SELECT + REACHED + "and w.id > :after and (cast(:site_id as uuid) is null or w.site_id = :site_id) "
    "and (cast(:crew_id as uuid) is null or :crew_id = any(m.crews)) "
    "and (cast(:status as text) is null or w.status = :status) "
    "and (cast(:q as text) is null or starts_with(w.number, :q) "
    "or position(lower(:q) in lower(w.display_name)) > 0) order by w.id limit :limit"
)
ADD = insert(WORKER).on_conflict_do_nothing().returning(WORKER.c.id)
JOIN = insert(MEMBERSHIP)
JOINED = text(
    "select id, worker_id, crew_id, valid_from, valid_until from membership "
    "where organization_id = :organization_id and worker_id = :worker_id order by valid_from, id"
)
MEMBER = text(
    "select id, worker_id, crew_id, valid_from, valid_until from membership where organization_id = :organization_id and id = :id"
)
JOIN_ONCE = text(
    "insert into membership (organization_id, id, worker_id, crew_id, valid_from, valid_until, created_at) "
    "select cast(:organization_id as uuid), cast(:id as uuid), cast(:worker_id as uuid), cast(:crew_id as uuid), "
    "cast(:valid_from as date), cast(:valid_until as date), cast(:now as timestamptz) where not exists "
    "(select 1 from membership where organization_id = :organization_id and worker_id = :worker_id and crew_id = :crew_id "
    "and valid_from <= coalesce(cast(:valid_until as date), 'infinity') "
    "and coalesce(valid_until, 'infinity') >= cast(:valid_from as date)) on conflict (organization_id, id) do nothing"
)
LEAVE = text("update membership set valid_until = :day where organization_id = :organization_id and id = :id")
LOCK = text("select pg_advisory_xact_lock(hashtextextended(:lock, 9))")
CURRENT = text(
    "select id, worker_id, crew_id, valid_from, valid_until from membership where organization_id = :organization_id "
    "and worker_id = any(:ids) and (valid_until is null or valid_until >= :day)"
)


async def records(
    tx: ReadTransaction, *, ids: Collection[UUID] | None = None, numbers: Collection[str] | None = None
) -> list[WorkerRecord]:
    """Workers with one of these ids or one of these numbers, with the crews they are in today."""
    rows = await tx.rows(
        RECORDS,
        day=tx.now.date(),
        ids=None if ids is None else list(ids),
        numbers=None if numbers is None else list(numbers),
    )
    return [WorkerRecord(**named(row)) for row in rows]


async def page(tx: ReadTransaction, policy: Policy, filters: Mapping[str, Any], after: UUID, limit: int) -> list[WorkerRecord]:
    """Workers after an id whom the policy lets the caller reach, matching `site_id`, `crew_id`, `status` and `q`."""
    caller = tx.caller
    grants = [
        {"role": g.role.value, "node_id": str(g.node_id), "allow": g.allow} for g in caller.grants if g.role in policy.roles
    ]
    rows = await tx.rows(
        PAGE,
        **filters,
        after=after,
        limit=limit,
        day=tx.now.date(),
        everybody=caller.is_system or caller.kind == "integration",
        own=caller.worker_id,
        grants=as_json(grants),
    )
    return [WorkerRecord(**named(row)) for row in rows]


async def add(tx: WriteTransaction, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Store new workers in one statement; answers the ids of those whose id and number were free."""
    if not rows:
        return set()
    common = {"organization_id": tx.organization_id, "created_at": tx.now, "version": 1, "status": "active"}
    added = await tx.connection.execute(ADD.values([{**common, **row} for row in rows]))
    return {row.id for row in added.all()}


async def change(tx: WriteTransaction, worker_id: UUID, version: int, values: Mapping[str, Any]) -> bool:
    """Change a worker who still has this version."""
    mine = (WORKER.c.organization_id == tx.organization_id) & (WORKER.c.id == worker_id) & (WORKER.c.version == version)
    return await tx.run(update(WORKER).where(mine).values(**values, version=version + 1)) == 1


async def lock(tx: WriteTransaction, worker_id: UUID) -> None:
    """Let nobody else change this worker's crews until the transaction ends."""
    await tx.rows(LOCK, lock=f"worker|{tx.organization_id}|{worker_id}")


async def memberships(tx: ReadTransaction, worker_id: UUID) -> list[Membership]:
    """Every crew a worker was, is or will be in, by date."""
    return [Membership(**named(row)) for row in await tx.rows(JOINED, worker_id=worker_id)]


async def membership(tx: ReadTransaction, membership_id: UUID) -> Membership | None:
    """One membership."""
    found = await tx.row(MEMBER, id=membership_id)
    return None if found is None else Membership(**named(found))


async def join(tx: WriteTransaction, made: Membership) -> bool:
    """Add a membership; False when the id is taken or the worker is in that crew on one of these days."""
    values = {name: getattr(made, name) for name in ("id", "worker_id", "crew_id", "valid_from", "valid_until")}
    return await tx.run(JOIN_ONCE, **values, now=tx.now) == 1


async def leave(tx: WriteTransaction, membership_id: UUID, day: date) -> None:
    """End a membership after a day."""
    await tx.run(LEAVE, id=membership_id, day=day)


async def current_memberships(tx: ReadTransaction, worker_ids: Collection[UUID], day: date) -> list[Membership]:
    """Memberships of these workers that have not ended before a day."""
    return [Membership(**named(row)) for row in await tx.rows(CURRENT, ids=list(worker_ids), day=day)]


async def join_many(tx: WriteTransaction, made: Sequence[Membership]) -> None:
    """Add memberships whose dates were checked under the import's lock."""
    rows = [
        {"id": m.id, "worker_id": m.worker_id, "crew_id": m.crew_id, "valid_from": m.valid_from, "created_at": tx.now}
        for m in made
    ]
    await tx.run_many(JOIN, rows)


async def leave_many(tx: WriteTransaction, ends: Mapping[UUID, date]) -> None:
    """End memberships after their days."""
    await tx.run_many(LEAVE, [{"id": key, "day": day} for key, day in ends.items()])

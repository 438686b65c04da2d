"""Statements about assignments and who they reach.

Targets are matched whenever somebody asks: whoever joins a crew has its assignments from the first day of the
membership, and whoever leaves it loses only what they never started. No event or job could be as punctual.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.learning.domain.values import Assigned, Assignment, ItemStatus, Target, TargetKind

ADD = text(
    "with added as (insert into assignment (organization_id, id, kind, key, mandatory, due_at, priority, fingerprint, "
    "created_by, created_at, version) values (:organization_id, :id, :kind, :key, :mandatory, :due_at, :priority, "
    ":fingerprint, :created_by, :now, 1) on conflict (organization_id, id) do nothing returning id), "
    "targeted as (insert into assignment_target (organization_id, kind, ref, assignment_id, nodes) "
    "select :organization_id, t.kind, t.ref, added.id, t.nodes from added, "
    "jsonb_to_recordset(cast(:targets as jsonb)) as t(kind text, ref text, nodes uuid[])) select id from added"
)
COLUMNS = "a.id, a.kind, a.key, a.mandatory, a.due_at, a.priority, a.created_by, a.created_at, a.cancelled_at, a.version"
TARGETS = (
    "(select jsonb_agg(jsonb_build_object('kind', t.kind, 'ref', t.ref, 'nodes', to_jsonb(t.nodes)) order by t.kind, t.ref) "
    "from assignment_target t where t.organization_id = a.organization_id and t.assignment_id = a.id) as targets"
)
ONE = text(
    f"select {COLUMNS}, {TARGETS}, a.fingerprint from assignment a "  # noqa: S608  # constants of this module
    "where a.organization_id = :organization_id and a.id = :id"
)
PAGE = text(
    f"select {COLUMNS}, {TARGETS} from assignment a "  # noqa: S608  # constants of this module
    "where a.organization_id = :organization_id and a.id > :after "
    "and (cast(:nodes as uuid[]) is null or exists (select from assignment_target t "
    "where t.organization_id = a.organization_id and t.assignment_id = a.id and t.nodes && cast(:nodes as uuid[]))) "
    "order by a.id limit :limit"
)
CANCEL = text(
    "update assignment set cancelled_at = :now, version = version + 1 where organization_id = :organization_id "
    "and id = :id and version = :version and cancelled_at is null"
)
CREWS = text(
    "select c.id, array_remove(array[c.id, c.site_id, c.work_center_id, w.area_id], null) as nodes from crew c "
    "left join work_center w on w.organization_id = c.organization_id and w.id = c.work_center_id "
    "where c.organization_id = :organization_id and c.id = any(cast(:ids as uuid[]))"
)
# Who is reached today, then what they started earlier and may finish even after leaving the crew or cancelling.
ASSIGNED = (
    "with reach as (select w.id as worker_id, 'worker' as kind, cast(w.id as text) as ref from worker w "
    "where w.organization_id = :organization_id and w.id = any(cast(:workers as uuid[])) "
    "union all select m.worker_id, 'crew', cast(m.crew_id as text) from membership m "
    "where m.organization_id = :organization_id and m.worker_id = any(cast(:workers as uuid[])) "
    "and m.valid_from <= :day and (m.valid_until is null or m.valid_until >= :day) "
    "union all select w.id, 'job_role', w.job_role from worker w "
    "where w.organization_id = :organization_id and w.id = any(cast(:workers as uuid[])) and w.job_role is not null), "
    "held as (select t.assignment_id, r.worker_id from reach r join assignment_target t "
    "on t.organization_id = :organization_id and t.kind = r.kind and t.ref = r.ref join assignment a "
    "on a.organization_id = :organization_id and a.id = t.assignment_id and a.cancelled_at is null "
    "union select s.assignment_id, s.worker_id from assignment_worker s where s.organization_id = :organization_id "
    "and s.worker_id = any(cast(:workers as uuid[])) and (:completed or s.status = 'started')) "
    "select a.id, h.worker_id, a.kind, a.key, s.hash, a.mandatory, a.due_at, a.priority, "
    "coalesce(s.status, 'open') as status, s.started_at, s.completed_at{extra} from held h "
    "join assignment a on a.organization_id = :organization_id and a.id = h.assignment_id "
    "left join assignment_worker s on s.organization_id = :organization_id and s.assignment_id = h.assignment_id "
    "and s.worker_id = h.worker_id where (:completed or coalesce(s.status, 'open') <> 'completed')"
)
ALL_ASSIGNED = text(ASSIGNED.format(extra="") + " and a.id > :after order by a.id, h.worker_id limit :limit")
OPEN_ASSIGNED = text(
    ASSIGNED.format(
        extra=", (select coalesce(array_agg(p.key), '{{}}') from progress p where p.organization_id = :organization_id "
        "and p.worker_id = h.worker_id and p.kind = 'module' and p.completed_at is not null) as learned"
    ).replace("{{}}", "{}")
)
COMPLETED = text(
    "select worker_id, kind, key from progress where organization_id = :organization_id "
    "and worker_id = any(cast(:workers as uuid[])) and completed_at is not null"
)
PINNED = text(
    "select s.hash from assignment_worker s join assignment a on a.organization_id = s.organization_id "
    "and a.id = s.assignment_id where s.organization_id = :organization_id and s.worker_id = :worker_id "
    "and s.status = 'started' and a.kind = :kind and a.key = :key order by s.started_at limit 1"
)

BEGUN = text(
    "select distinct worker_id, kind, key from attempt where organization_id = :organization_id "
    "and worker_id = any(cast(:workers as uuid[])) and started_at >= :since"
)


async def add(tx: WriteTransaction, assignment: Assignment, fingerprint: str) -> bool:
    """Store an assignment with its targets; false when the id is taken already."""
    targets = [{"kind": t.kind, "ref": t.ref, "nodes": [str(node) for node in t.nodes]} for t in assignment.targets]
    for target in targets:
        # A PostgreSQL array inside JSON is written as its literal.
        target["nodes"] = "{" + ",".join(target["nodes"]) + "}"
    added = await tx.scalar(
        ADD,
        id=assignment.id,
        kind=assignment.kind,
        key=assignment.key,
        mandatory=assignment.mandatory,
        due_at=assignment.due_at,
        priority=assignment.priority,
        fingerprint=fingerprint,
        created_by=assignment.created_by,
        now=tx.now,
        targets=as_json(targets),
    )
    return added is not None


async def one(tx: ReadTransaction, assignment_id: UUID) -> tuple[Assignment, str] | None:
    """An assignment and the fingerprint of the request that made it."""
    row = await tx.row(ONE, id=assignment_id)
    return None if row is None else (_assignment(row), row.fingerprint)


async def page(tx: ReadTransaction, nodes: Sequence[UUID] | None, after: UUID, limit: int) -> list[Assignment]:
    """Assignments that name somebody under `nodes` (None: all), by id."""
    rows = await tx.rows(PAGE, nodes=None if nodes is None else list(nodes), after=after, limit=limit)
    return [_assignment(row) for row in rows]


async def cancel(tx: WriteTransaction, assignment_id: UUID, version: int) -> bool:
    """Cancel if the version is still the one named."""
    return bool(await tx.run(CANCEL, id=assignment_id, version=version, now=tx.now))


async def crew_nodes(tx: ReadTransaction, crew_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """The crews that exist, each with itself and the places above it."""
    return {row.id: tuple(row.nodes) for row in await tx.rows(CREWS, ids=list(crew_ids))}


async def assigned(tx: ReadTransaction, worker_id: UUID, *, after: UUID, limit: int) -> list[Assigned]:
    """Everything one worker has to learn, is learning or has learned by assignment, by assignment id."""
    rows = await tx.rows(ALL_ASSIGNED, workers=[worker_id], day=tx.now.date(), completed=True, after=after, limit=limit)
    return [_assigned(row) for row in rows]


async def open_assigned(tx: ReadTransaction, worker_ids: Sequence[UUID], day: date) -> list[tuple[Assigned, frozenset[str]]]:
    """What is not completed yet, each with the modules its worker has completed: one statement for any number of people."""
    rows = await tx.rows(OPEN_ASSIGNED, workers=list(worker_ids), day=day, completed=False)
    return [(_assigned(row), frozenset(row.learned)) for row in rows]


async def completed(tx: ReadTransaction, worker_ids: Sequence[UUID]) -> list[tuple[UUID, str, str]]:
    """Worker, kind and key of everything that was completed at least once."""
    return [(row.worker_id, row.kind, row.key) for row in await tx.rows(COMPLETED, workers=list(worker_ids))]


async def pinned(tx: ReadTransaction, worker_id: UUID, kind: str, key: str) -> str | None:
    """The version a worker already started for an assignment."""
    found: str | None = await tx.scalar(PINNED, worker_id=worker_id, kind=kind, key=key)
    return found


def _assignment(row: Row[tuple[object, ...]]) -> Assignment:
    targets = tuple(Target(TargetKind(t["kind"]), t["ref"], tuple(UUID(node) for node in t["nodes"])) for t in row.targets or ())
    due: datetime | None = row.due_at
    return Assignment(
        row.id, row.kind, row.key, row.mandatory, due, row.priority, row.created_by, row.created_at, row.cancelled_at,
        row.version, targets,
    )  # fmt: skip


def _assigned(row: Row[tuple[object, ...]]) -> Assigned:
    return Assigned(
        row.id, row.worker_id, row.kind, row.key, row.hash, row.mandatory, row.due_at, row.priority, ItemStatus(row.status),
        row.started_at, row.completed_at,
    )  # fmt: skip


async def begun(tx: ReadTransaction, worker_ids: Sequence[UUID], since: datetime) -> Sequence[Row[Any]]:
    """What workers began to learn since an instant."""
    return await tx.rows(BEGUN, workers=list(worker_ids), since=since)

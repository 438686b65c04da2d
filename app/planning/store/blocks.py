"""Statements about blocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.core.pages import START

COLUMNS = (
    "b.id, b.plan_id, b.worker_id, b.work_center_id, b.window_id, b.business_date, b.starts_at, b.ends_at, b.assignment_id, b.kind, "
    "b.key, b.hash, b.seconds, b.needs_tablet, b.status, b.pinned, b.version"
)
ADD = text(
    "insert into block (organization_id, id, plan_id, worker_id, work_center_id, window_id, business_date, starts_at, ends_at, "
    "assignment_id, kind, key, hash, seconds, needs_tablet, status, pinned, created_at, version) "
    "select :organization_id, b.id, :plan_id, b.worker_id, b.work_center_id, b.window_id, b.business_date, b.starts_at, b.ends_at, "
    "b.assignment_id, b.kind, b.key, b.hash, b.seconds, b.needs_tablet, 'proposed', b.pinned, :now, 1 "
    "from jsonb_to_recordset(cast(:blocks as jsonb)) as b(id uuid, worker_id uuid, work_center_id uuid, window_id uuid, "
    "business_date date, starts_at timestamptz, ends_at timestamptz, assignment_id uuid, kind text, key text, hash text, seconds int, "
    "needs_tablet boolean, pinned boolean)"
)
OF_PLAN = text(
    f"select {COLUMNS} from block b where b.organization_id = :organization_id and b.plan_id = :plan_id "  # noqa: S608  # constant columns
    "and b.id > :after and (not :proposed or b.status = 'proposed') order by b.id limit :limit"
)
LIVE = text(
    f"select {COLUMNS} from block b where b.organization_id = :organization_id "  # noqa: S608  # constant columns
    "and b.status in ('scheduled', 'started', 'done') and b.starts_at < :end and b.ends_at > :start "
    "and (b.worker_id = any(cast(:workers as uuid[])) or b.work_center_id = any(cast(:centers as uuid[]))) order by b.starts_at, b.id"
)
COMING = text(
    f"select {COLUMNS} from block b where b.organization_id = :organization_id and b.status = 'scheduled' "  # noqa: S608  # constant columns
    "and b.work_center_id = any(cast(:centers as uuid[])) and b.starts_at > :now order by b.starts_at, b.id"
)
OWN = text(
    f"select {COLUMNS} from block b where b.organization_id = :organization_id and b.worker_id = :worker_id "  # noqa: S608  # constant columns
    "and b.status in ('scheduled', 'started', 'done') and b.starts_at < :end and b.ends_at > :start order by b.starts_at, b.id limit 500"
)
ONE = text(f"select {COLUMNS} from block b where b.organization_id = :organization_id and b.id = :id")  # noqa: S608  # constant columns
BY_ID = text(
    f"select {COLUMNS}, b.created_at from block b where b.organization_id = :organization_id "  # noqa: S608  # constant columns
    "and b.id = any(cast(:ids as uuid[])) order by b.starts_at, b.id"
)
# Whoever got something else to do meanwhile keeps that.
RESTORE = text(
    "update block b set status = 'scheduled', version = b.version + 1 where b.organization_id = :organization_id "  # noqa: S608  # constant columns
    "and b.id = any(cast(:ids as uuid[])) and b.status in ('moved', 'cancelled') and b.starts_at > :now and not exists (select from "
    "block o where o.organization_id = b.organization_id and o.worker_id = b.worker_id and o.status in ('scheduled', 'started') "
    f"and o.starts_at < b.ends_at and o.ends_at > b.starts_at) returning {COLUMNS}"
)
HAND_BACK = text(
    "update block b set plan_id = h.plan_id from jsonb_to_recordset(cast(:pairs as jsonb)) as h(id uuid, plan_id uuid) "
    "where b.organization_id = :organization_id and b.id = h.id"
)
MOVE = text(
    "update block set window_id = :window_id, work_center_id = :work_center_id, business_date = :business_date, starts_at = :starts_at, "
    "ends_at = :ends_at, pinned = :pinned, version = version + 1 where organization_id = :organization_id and id = :id "
    "and status = 'proposed'"
)
CHANGE = text(
    "update block set pinned = :pinned, status = :status, version = version + 1 where organization_id = :organization_id "
    "and id = :id and version = :version"
)
OF_SESSION = text(
    f"select {COLUMNS} from block b where b.organization_id = :organization_id and b.assignment_id = :assignment_id "  # noqa: S608  # constant columns
    "and b.status = :status and b.plan_id is not distinct from :plan_id order by b.id"
)
SCHEDULE = text(
    "update block set status = 'scheduled', version = version + 1 where organization_id = :organization_id "
    "and id = any(cast(:ids as uuid[]))"
)
DROP = text(
    "delete from block where organization_id = :organization_id and id = any(cast(:ids as uuid[])) and status = 'proposed'"
)
ADOPT = text("update block set plan_id = :plan_id where organization_id = :organization_id and id = any(cast(:ids as uuid[]))")
END = text(
    "update block set status = :status, version = version + 1 where organization_id = :organization_id "
    "and id = any(cast(:ids as uuid[])) and status = 'scheduled'"
)
IN_BLACKOUT = text(
    f"select {COLUMNS} from block b join work_center w on w.organization_id = b.organization_id and w.id = b.work_center_id "  # noqa: S608  # constant columns
    "where b.organization_id = :organization_id and b.status = 'scheduled' and w.site_id = :site_id "
    "and (cast(:work_center_id as uuid) is null or b.work_center_id = :work_center_id) "
    "and b.starts_at < :ends_at and b.ends_at > :starts_at and b.ends_at > :now order by b.starts_at, b.id"
)
FINISH = text(
    "update block b set status = 'done', version = b.version + 1 from jsonb_to_recordset(cast(:done as jsonb)) as d(worker_id uuid, "
    "kind text, key text) where b.organization_id = :organization_id and b.worker_id = d.worker_id and b.kind = d.kind "
    "and b.key = d.key and b.status in ('scheduled', 'started')"
)
# Time is recorded during or after the session, on the same day.
FINISH_SESSION = text(
    "update block set status = 'done', version = version + 1 where organization_id = :organization_id and id = ("
    "select b.id from block b where b.organization_id = :organization_id and b.worker_id = :worker_id and b.kind = :kind "
    "and b.status in ('scheduled', 'started') and b.starts_at <= :at and b.ends_at > cast(:at as timestamptz) - interval '12 hours' "
    "order by b.starts_at desc, b.id limit 1)"
)
PREREQUISITE_OF = text(
    "select b.id from block b join content_version v on v.organization_id = b.organization_id and v.kind = b.kind and v.hash = b.hash "
    "where b.organization_id = :organization_id and b.worker_id = :worker_id and b.plan_id = :plan_id and b.status = :status "
    "and b.starts_at >= :after and :key = any(v.prerequisites) limit 1"
)


async def add(tx: WriteTransaction, plan_id: UUID | None, blocks: Sequence[dict[str, Any]]) -> None:
    """Store proposed blocks of a plan, or of none."""
    if blocks:
        await tx.run(ADD, plan_id=plan_id, blocks=as_json(list(blocks)), now=tx.now)


async def of_plan(
    tx: ReadTransaction, plan_id: UUID, *, after: UUID = START, limit: int = 1_000_000, proposed: bool = False
) -> Sequence[Row[Any]]:
    """Blocks of a plan by id; with `proposed` only those that wait for publication."""
    return await tx.rows(OF_PLAN, plan_id=plan_id, after=after, limit=limit, proposed=proposed)


async def live(
    tx: ReadTransaction, start: datetime, end: datetime, *, workers: Sequence[UUID] = (), centers: Sequence[UUID] = ()
) -> Sequence[Row[Any]]:
    """Published blocks of any of the workers or at any of the work centers that share time with [start, end)."""
    return await tx.rows(LIVE, start=start, end=end, workers=list(workers), centers=list(centers))


async def coming(tx: ReadTransaction, centers: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Scheduled blocks at the work centers that have not begun."""
    return await tx.rows(COMING, centers=list(centers), now=tx.now)


async def own(tx: ReadTransaction, worker_id: UUID, start: datetime, end: datetime) -> Sequence[Row[Any]]:
    """Published blocks of one worker."""
    return await tx.rows(OWN, worker_id=worker_id, start=start, end=end)


async def one(tx: ReadTransaction, block_id: UUID) -> Row[Any] | None:
    """One block."""
    return await tx.row(ONE, id=block_id)


async def by_id(tx: ReadTransaction, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Some blocks in order of time, with when they were made."""
    return await tx.rows(BY_ID, ids=list(ids))


async def of_session(tx: ReadTransaction, block: Row[Any]) -> Sequence[Row[Any]]:
    """Both sides of the session that a block belongs to, as they stand in the same plan."""
    return await tx.rows(OF_SESSION, assignment_id=block.assignment_id, status=block.status, plan_id=block.plan_id)


async def restore(tx: WriteTransaction, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Schedule blocks again that were moved or cancelled, where their time is still to come and still free; answers them."""
    return await tx.rows(RESTORE, ids=list(ids), now=tx.now)


async def hand_back(tx: WriteTransaction, pairs: Sequence[Sequence[str]]) -> None:
    """Let blocks belong to the plans they came from: pairs of block and plan."""
    await tx.run(HAND_BACK, pairs=as_json([{"id": block, "plan_id": plan} for block, plan in pairs]))


async def move(tx: WriteTransaction, block_id: UUID, **place: Any) -> bool:
    """Move a proposed block."""
    return bool(await tx.run(MOVE, id=block_id, **place))


async def change(tx: WriteTransaction, block_id: UUID, *, pinned: bool, status: str, version: int) -> bool:
    """Pin, unpin or drop a block if it still has the expected version."""
    return bool(await tx.run(CHANGE, id=block_id, pinned=pinned, status=status, version=version))


async def schedule(tx: WriteTransaction, ids: Sequence[UUID]) -> None:
    """Turn proposed blocks into scheduled ones."""
    await tx.run(SCHEDULE, ids=list(ids))


async def drop(tx: WriteTransaction, ids: Sequence[UUID]) -> None:
    """Remove proposed blocks that are not needed after all."""
    await tx.run(DROP, ids=list(ids))


async def adopt(tx: WriteTransaction, plan_id: UUID, ids: Sequence[UUID]) -> None:
    """Let scheduled blocks that a new plan leaves as they are belong to it; nothing changes for their workers."""
    await tx.run(ADOPT, plan_id=plan_id, ids=list(ids))


async def end(tx: WriteTransaction, ids: Sequence[UUID], status: str) -> None:
    """Mark scheduled blocks as moved or cancelled."""
    await tx.run(END, ids=list(ids), status=status)


async def in_blackout(tx: ReadTransaction, **values: Any) -> Sequence[Row[Any]]:
    """What is scheduled in a blackout and not over."""
    return await tx.rows(IN_BLACKOUT, now=tx.now, **values)


async def finish(tx: WriteTransaction, done: Sequence[dict[str, str]]) -> None:
    """Mark blocks of items that their workers have learned as done."""
    await tx.run(FINISH, done=as_json(list(done)))


async def finish_session(tx: WriteTransaction, **values: Any) -> None:
    """Mark the latest side of a session that somebody had around an instant as done."""
    await tx.run(FINISH_SESSION, **values)


async def waits_for(tx: ReadTransaction, block: Row[Any]) -> bool:
    """Whether a later block of the same worker and plan needs the module of this one."""
    if block.kind != "module":
        return False
    found = await tx.scalar(
        PREREQUISITE_OF,
        worker_id=block.worker_id,
        plan_id=block.plan_id,
        status=block.status,
        after=block.ends_at,
        key=block.key,
    )
    return found is not None

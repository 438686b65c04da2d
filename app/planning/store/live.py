"""Statements about offers on the floor and flags on blocks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.jsonb import as_json
from app.planning.store.blocks import COLUMNS as BLOCK

COLUMNS = (
    "id, window_id, work_center_id, worker_id, assignment_id, kind, key, hash, seconds, needs_tablet, business_date, status, "
    "offered_at, expires_at, until, answered_at, block_id"
)
# Beside publishers, who take this lock alone: several lines may act at once, but none while a plan is being published.
SHARE = text("select pg_advisory_xact_lock_shared(hashtextextended(cast(cast(:organization_id as uuid) as text), 17))")
ADD = text(
    f"insert into learning_offer (organization_id, {COLUMNS}) "  # noqa: S608  # constant columns
    "select :organization_id, o.id, :window_id, :work_center_id, o.worker_id, o.assignment_id, o.kind, o.key, o.hash, o.seconds, "
    "o.needs_tablet, o.business_date, 'offered', :now, o.expires_at, o.until, null, null "
    "from jsonb_to_recordset(cast(:offers as jsonb)) as o(id uuid, worker_id uuid, assignment_id uuid, kind text, key text, hash text, "
    "seconds int, needs_tablet boolean, business_date date, expires_at timestamptz, until timestamptz) on conflict do nothing "
    f"returning {COLUMNS}"
)
ONE = text(f"select {COLUMNS} from learning_offer where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
OF_WINDOW = text(
    f"select {COLUMNS} from learning_offer where organization_id = :organization_id and window_id = :window_id order by id"  # noqa: S608  # constant columns
)
OWN = text(
    f"select {COLUMNS} from learning_offer where organization_id = :organization_id and worker_id = :worker_id and status = 'offered' "  # noqa: S608  # constant columns
    "and expires_at > :now order by id limit 50"
)
ANSWER = text(
    "update learning_offer set status = :status, answered_at = :now, block_id = :block_id "
    "where organization_id = :organization_id and id = :id and status = 'offered'"
)
LAPSE = text(
    "update learning_offer set status = 'lapsed', answered_at = :now where organization_id = :organization_id "  # noqa: S608  # constant columns
    f"and window_id = :window_id and status = 'offered' and expires_at <= :now returning {COLUMNS}"
)
WITHDRAW = text(
    "update learning_offer set status = 'withdrawn', answered_at = :now where organization_id = :organization_id "  # noqa: S608  # constant columns
    f"and window_id = :window_id and status = 'offered' returning {COLUMNS}"
)
IN_WINDOW = text(
    f"select {BLOCK} from block b where b.organization_id = :organization_id and b.window_id = any(cast(:windows as uuid[])) "  # noqa: S608  # constant columns
    "and b.status <> 'proposed' order by b.starts_at, b.id"
)
END = text(
    "update block set status = :status, version = version + 1 where organization_id = :organization_id "
    "and id = any(cast(:ids as uuid[])) and status in ('scheduled', 'started')"
)
AHEAD = text(
    f"select {BLOCK} from block b where b.organization_id = :organization_id and b.status in ('scheduled', 'started') "  # noqa: S608  # constant columns
    "and b.worker_id = any(cast(:workers as uuid[])) and b.ends_at > :now order by b.starts_at, b.id"
)
PLANNED = text(
    "select max(ends_at) as until, (array_agg(daily_cap_seconds order by publication desc))[1] as cap from plan "
    "where organization_id = :organization_id and status = 'published' and work_center_ids && cast(:centers as uuid[])"
)
FLAG = text(
    "insert into block_flag (organization_id, block_id, work_center_id, reason, flagged_at) "
    "select :organization_id, f.block_id, f.work_center_id, f.reason, :now from jsonb_to_recordset(cast(:flags as jsonb)) as "
    "f(block_id uuid, work_center_id uuid, reason text) on conflict do nothing returning block_id"
)
UNFLAG = text(
    "delete from block_flag where organization_id = :organization_id and work_center_id = any(cast(:centers as uuid[])) "
    "and not block_id = any(cast(:still as uuid[]))"
)
FLAGGED = text(
    f"select {BLOCK}, f.reason, f.flagged_at from block_flag f join block b on b.organization_id = f.organization_id "  # noqa: S608  # constant columns
    "and b.id = f.block_id where f.organization_id = :organization_id and b.status in ('scheduled', 'started') and b.ends_at > :now "
    "and f.block_id > :after and (cast(:nodes as uuid[]) is null or f.work_center_id = any(cast(:nodes as uuid[]))) "
    "order by f.block_id limit :limit"
)


async def share(tx: WriteTransaction) -> None:
    """Keep publishers out until the transaction ends; taken before a line's own lock, never after it."""
    await tx.rows(SHARE)


async def add(
    tx: WriteTransaction, window_id: UUID, work_center_id: UUID, offers: Sequence[dict[str, Any]]
) -> Sequence[Row[Any]]:
    """Make offers; whoever was asked in this window before is left out. Answers those that were made."""
    if not offers:
        return []
    values = {"window_id": window_id, "work_center_id": work_center_id, "offers": as_json(list(offers)), "now": tx.now}
    return await tx.rows(ADD, **values)


async def one(tx: ReadTransaction, offer_id: UUID) -> Row[Any] | None:
    """One offer."""
    return await tx.row(ONE, id=offer_id)


async def of_window(tx: ReadTransaction, window_id: UUID) -> Sequence[Row[Any]]:
    """Everybody who was asked in a window."""
    return await tx.rows(OF_WINDOW, window_id=window_id)


async def own(tx: ReadTransaction, worker_id: UUID) -> Sequence[Row[Any]]:
    """A worker's offers that still stand."""
    return await tx.rows(OWN, worker_id=worker_id, now=tx.now)


async def answer(tx: WriteTransaction, offer_id: UUID, status: str, block_id: UUID | None = None) -> bool:
    """Accept or decline an offer; False when it was answered before."""
    return bool(await tx.run(ANSWER, id=offer_id, status=status, block_id=block_id, now=tx.now))


async def lapse(tx: WriteTransaction, window_id: UUID) -> Sequence[Row[Any]]:
    """Let offers go whose time is over; answers them."""
    return await tx.rows(LAPSE, window_id=window_id, now=tx.now)


async def withdraw(tx: WriteTransaction, window_id: UUID) -> Sequence[Row[Any]]:
    """Take back what nobody answered yet; answers it."""
    return await tx.rows(WITHDRAW, window_id=window_id, now=tx.now)


async def in_windows(tx: ReadTransaction, windows: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Every block that was ever published in windows, whatever became of it."""
    return await tx.rows(IN_WINDOW, windows=list(windows))


async def end_blocks(tx: WriteTransaction, ids: Sequence[UUID], status: str) -> None:
    """Mark blocks, begun or not, as moved or cancelled."""
    if ids:
        await tx.run(END, ids=list(ids), status=status)


async def ahead(tx: ReadTransaction, workers: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Published blocks of workers that are not over."""
    return await tx.rows(AHEAD, workers=list(workers), now=tx.now)


async def planned(tx: ReadTransaction, centers: Sequence[UUID]) -> tuple[datetime | None, int | None]:
    """Up to when anything is published for work centers, and the daily limit it was planned with."""
    row = await tx.row(PLANNED, centers=list(centers))
    return (None, None) if row is None else (row.until, row.cap)


async def flag(tx: WriteTransaction, flags: Sequence[dict[str, Any]]) -> set[UUID]:
    """Flag blocks; answers those that were not flagged before."""
    if not flags:
        return set()
    return {row.block_id for row in await tx.rows(FLAG, flags=as_json(list(flags)), now=tx.now)}


async def unflag(tx: WriteTransaction, centers: Sequence[UUID], still: Sequence[UUID]) -> None:
    """Take flags off everything at the work centers but these."""
    await tx.run(UNFLAG, centers=list(centers), still=list(still))


async def flagged(tx: ReadTransaction, nodes: Sequence[UUID] | None, after: UUID, limit: int) -> Sequence[Row[Any]]:
    """One page of blocks that wait for a supervisor at these work centers; None is everywhere."""
    return await tx.rows(FLAGGED, nodes=None if nodes is None else list(nodes), after=after, limit=limit, now=tx.now)

"""Statements about standing time: what holds it, and how exceptions ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.intervals import Interval

HELD = text(
    "select i.entry_id, i.starts_at, i.ends_at, i.reserved from pay_interval i where i.organization_id = :organization_id "
    "and i.worker_id = :worker_id and i.starts_at < :end and i.ends_at > :start order by i.starts_at"
)
TAKEN_BACK = text(
    "select r.starts_at, r.ends_at from pay_entry r where r.organization_id = :organization_id and r.reverses_id = :entry_id "
    "order by r.starts_at"
)
END = text(
    "insert into pay_outcome (organization_id, exception_id, outcome, reason, entry_ids, actor_id, recorded_at) "
    "select :organization_id, x, :outcome, :reason, cast(:entry_ids as uuid[]), :actor_id, :now "
    "from unnest(cast(:ids as uuid[])) x on conflict do nothing"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch of a worker's time and the line or reservation that holds it."""

    entry_id: UUID
    interval: Interval
    reserved: bool


async def held(tx: ReadTransaction, worker_id: UUID, within: Interval) -> list[Held]:
    """What holds a worker's time in a stretch, whole intervals in order."""
    rows = await tx.rows(HELD, worker_id=worker_id, start=within.start, end=within.end)
    return [Held(row.entry_id, Interval(row.starts_at, row.ends_at), row.reserved) for row in rows]


async def taken_back(tx: ReadTransaction, entry_id: UUID) -> list[Interval]:
    """Which stretches of a line other lines have taken back."""
    return [Interval(row.starts_at, row.ends_at) for row in await tx.rows(TAKEN_BACK, entry_id=entry_id)]


async def end(tx: WriteTransaction, ids: Sequence[UUID], outcome: str, reason: str, entry_ids: Sequence[UUID] = ()) -> int:
    """Write how exceptions ended; answers for how many of them that was news."""
    given = {"ids": list(ids), "entry_ids": list(entry_ids), "actor_id": tx.caller.id, "now": tx.now}
    return await tx.run(END, outcome=outcome, reason=reason, **given)

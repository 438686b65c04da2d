"""Statements that find what a change of the roster may have made wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction
from app.core.intervals import Interval
from app.paytime.domain import Claim, PayKind, Reason, ReasonCode
from app.paytime.store.sessions import OTHER_NAME

# A session that nobody ended waits for a supervisor, whatever the roster says.
CLAIMS = text(
    "select c.worker_id, c.source_id, c.kind, c.mandatory, c.starts_at, c.ends_at, c.job_related, c.productive, c.device_at, "  # noqa: S608  # constants
    "coalesce(h.travel, false) as travel from pay_claim c "
    "left join pay_hold h on h.organization_id = c.organization_id and h.worker_id = c.worker_id and h.kind = c.kind "
    f"and h.starts_at = c.starts_at and c.source_id in (h.id, {OTHER_NAME}) "
    "left join pay_resolution r on r.organization_id = h.organization_id and r.hold_id = h.id "
    "where c.organization_id = :organization_id and c.worker_id = :worker_id and c.starts_at < :end and c.ends_at > :start "
    "and c.ends_at > c.starts_at and r.resolution is distinct from 'expired' order by c.recorded_at, c.starts_at, c.source_id"
)
# What people decided stays as they decided it.
DECIDED = text(
    "select e.source_id, e.starts_at, e.ends_at from pay_entry e where e.organization_id = :organization_id "
    "and e.worker_id = :worker_id and e.source_id = any(cast(:sources as uuid[])) "
    "and (e.reason_code <> :automatic or (e.reason_code is null and e.entry_type <> 'credit')) "
    "union all select x.source_id, x.starts_at, x.ends_at from pay_exception x join pay_outcome o "
    "on o.organization_id = x.organization_id and o.exception_id = x.id where x.organization_id = :organization_id "
    "and x.worker_id = :worker_id and x.source_id = any(cast(:sources as uuid[])) and o.outcome <> 'reclassified'"
)
OPEN = text(
    "select x.id, x.source_id, x.starts_at, x.ends_at, x.reason, x.paid, x.shift_id, x.site_id, x.work_center_id, x.business_date "
    "from pay_exception x left join pay_outcome o on o.organization_id = x.organization_id and o.exception_id = x.id "
    "where x.organization_id = :organization_id and x.worker_id = :worker_id and x.source_id = any(cast(:sources as uuid[])) "
    "and o.outcome is null"
)
TOUCHED = text(
    "select distinct c.worker_id from pay_claim c where c.organization_id = :organization_id and c.starts_at < :end "
    "and c.ends_at > :start and (cardinality(cast(:workers as uuid[])) = 0 or c.worker_id = any(cast(:workers as uuid[]))) "
    "order by c.worker_id"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An exception that nobody has decided about, and the place it was written for."""

    id: UUID
    source_id: UUID
    interval: Interval
    reason: Reason
    paid: bool
    place: tuple[Any, ...]


async def claims(tx: ReadTransaction, worker_id: UUID, within: Interval) -> list[Claim]:
    """A worker's claims that share time with a stretch, in the order they were settled."""
    rows = await tx.rows(CLAIMS, worker_id=worker_id, start=within.start, end=within.end)
    return [Claim(**{**row._asdict(), "kind": PayKind(row.kind)}) for row in rows]


async def decided(tx: ReadTransaction, worker_id: UUID, sources: Sequence[UUID]) -> dict[UUID, list[Interval]]:
    """Time of each source that people have decided about."""
    automatic = ReasonCode.ROSTER_CHANGED.value
    found: dict[UUID, list[Interval]] = {}
    for row in await tx.rows(DECIDED, worker_id=worker_id, sources=list(sources), automatic=automatic):
        found.setdefault(row.source_id, []).append(Interval(row.starts_at, row.ends_at))
    return found


async def waiting(tx: ReadTransaction, worker_id: UUID, sources: Sequence[UUID]) -> list[Waiting]:
    """Exceptions of these sources that nobody has decided about."""
    return [
        Waiting(
            row.id,
            row.source_id,
            Interval(row.starts_at, row.ends_at),
            Reason(row.reason),
            row.paid,
            (row.shift_id, row.site_id, row.work_center_id, row.business_date),
        )
        for row in await tx.rows(OPEN, worker_id=worker_id, sources=list(sources))
    ]


async def touched(tx: ReadTransaction, start: datetime, end: datetime, workers: Sequence[UUID]) -> list[UUID]:
    """Workers who claimed time in a stretch, among some or, for an empty list, among all."""
    return [row.worker_id for row in await tx.rows(TOUCHED, start=start, end=end, workers=list(workers))]

"""Statements about reservations and how they ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.pages import Page
from app.paytime.domain import PayKind
from app.paytime.domain.sessions import BreakReason, Resolution, Session

# A client's id may name something else as well, such as the attempt made in the session. What came first keeps it; the
# session's time then stands under a name made of it.
OTHER_NAME = "cast(md5('session ' || cast(h.id as text)) as uuid)"
NAME = (
    "case when exists (select from pay_claim c where c.organization_id = h.organization_id and c.worker_id = h.worker_id "
    f"and c.source_id = {OTHER_NAME}) then {OTHER_NAME} else h.id end"
)
COLUMNS = (
    "h.id, h.worker_id, h.kind, h.mandatory, h.job_related, h.travel, h.block_id, h.starts_at, h.ends_at, h.expires_at, h.device_at, "  # noqa: S608  # constants
    "h.site_id, h.time_zone, h.utc_offset_seconds, h.tzdata_version, h.recorded_at, r.resolution, r.recorded_at as resolved_at, "
    "r.ended_at, r.break_reason, coalesce((select sum(e.seconds) from pay_entry e where e.organization_id = h.organization_id "
    f"and e.worker_id = h.worker_id and e.source_id = {NAME} and r.resolution <> 'voided'), 0) as seconds"
)
FROM = "from pay_hold h left join pay_resolution r on r.organization_id = h.organization_id and r.hold_id = h.id "
ONE = text(f"select {COLUMNS} {FROM} where h.organization_id = :organization_id and h.id = :id")  # constants
OWN = text(
    f"select {COLUMNS} {FROM} where h.organization_id = :organization_id and h.worker_id = :worker_id "  # constants
    "and h.id > :after order by h.id limit :limit"
)
# The reserved intervals are few, and exactly those of reservations without an end.
OVERDUE = text(
    f"select {COLUMNS} from pay_interval i join pay_hold h on h.organization_id = i.organization_id and h.id = i.entry_id "  # noqa: S608  # constants
    "left join pay_resolution r on r.organization_id = h.organization_id and r.hold_id = h.id "
    "where i.organization_id = :organization_id and i.reserved and h.expires_at <= :now order by h.worker_id, h.id limit :limit"
)
RESERVE = text(
    "insert into pay_hold (organization_id, id, worker_id, kind, mandatory, job_related, travel, block_id, starts_at, ends_at, "
    "expires_at, device_at, site_id, time_zone, utc_offset_seconds, tzdata_version, actor_id, recorded_at) "
    "values (:organization_id, :id, :worker_id, :kind, :mandatory, :job_related, :travel, :block_id, :starts_at, :ends_at, "
    ":expires_at, :device_at, :site_id, :time_zone, :utc_offset_seconds, :tzdata_version, :actor_id, :now) on conflict do nothing"
)
# The primary key decides a race: whoever comes second writes nothing.
RESOLVE = text(
    "insert into pay_resolution (organization_id, hold_id, resolution, ended_at, break_reason, actor_id, recorded_at) "
    "values (:organization_id, :hold_id, :resolution, :ended_at, :break_reason, :actor_id, :now) on conflict do nothing"
)
FREE_NAME = text(
    "select case when exists (select from pay_claim c where c.organization_id = h.organization_id and c.worker_id = h.worker_id "  # noqa: S608  # constants
    f"and c.source_id = h.id) then {OTHER_NAME} else h.id end from pay_hold h "
    "where h.organization_id = :organization_id and h.id = :id"
)
KNOWN = text("select 1 from pay_claim where organization_id = :organization_id and source_id = :id limit 1")


def _session(row: Any) -> Session:
    return Session(
        **{
            **row._asdict(),
            "kind": PayKind(row.kind),
            "resolution": Resolution(row.resolution) if row.resolution else None,
            "break_reason": BreakReason(row.break_reason) if row.break_reason else None,
            "seconds": int(row.seconds),
        }
    )


async def one(tx: ReadTransaction, session_id: UUID) -> Session | None:
    """One session."""
    row = await tx.row(ONE, id=session_id)
    return None if row is None else _session(row)


async def own(tx: ReadTransaction, worker_id: UUID, page: Page) -> list[Session]:
    """A worker's sessions, one more than the page shows."""
    return [_session(row) for row in await tx.rows(OWN, worker_id=worker_id, after=page.after, limit=page.limit + 1)]


async def overdue(tx: ReadTransaction, limit: int) -> list[Session]:
    """Open sessions whose time is over."""
    return [_session(row) for row in await tx.rows(OVERDUE, now=tx.now, limit=limit)]


async def known_source(tx: ReadTransaction, source_id: UUID) -> bool:
    """Whether something else was credited under this id."""
    return await tx.scalar(KNOWN, id=source_id) is not None


async def free_name(tx: ReadTransaction, session_id: UUID) -> UUID:
    """The source under which a session's time is credited: its own id, unless something else was credited under it."""
    found: UUID = await tx.scalar(FREE_NAME, id=session_id)
    return found


async def reserve(tx: WriteTransaction, **values: Any) -> bool:
    """Store a reservation; false when its id is taken."""
    return bool(await tx.run(RESERVE, actor_id=tx.caller.id, now=tx.now, **values))


async def resolve(
    tx: WriteTransaction, hold_id: UUID, resolution: Resolution, ended_at: datetime | None, why: BreakReason | None
) -> bool:
    """End a reservation; false when it has ended already."""
    given = {"ended_at": ended_at, "break_reason": why.value if why else None, "actor_id": tx.caller.id, "now": tx.now}
    return bool(await tx.run(RESOLVE, hold_id=hold_id, resolution=resolution.value, **given))

"""Every statement about peer assists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction, WriteTransaction
from app.core.pages import Page
from app.peers.domain import Assist, AssistCount, AssistRole, AssistStatus

COLUMNS = (
    "id, helper_id, helped_id, logged_by, skill, work_center_id, site_id, started_at, ends_at, note, status, created_at, "
    "expires_at, resolved_at, version"
)
ONE = text(f"select {COLUMNS} from peer_assist where organization_id = :organization_id and id = :id")  # noqa: S608  # constant columns
OWN = text(
    f"select {COLUMNS} from peer_assist where organization_id = :organization_id "  # noqa: S608  # constant columns
    "and (helper_id = :worker_id or helped_id = :worker_id) and id > :after "
    "and (cast(:status as text) is null or :status = case when status = 'logged' and expires_at <= :now then 'expired' "
    "else status end) order by id limit :limit"
)
# Whoever logs about the same two people waits here, so that the check sees what the other one wrote; the exclusion
# constraint alone would also refuse, but two waiting for each other would end in a deadlock.
LOCK_PAIR = text(
    "select pg_advisory_xact_lock(hashtextextended(concat(cast(:organization_id as uuid), "
    "least(cast(:one as uuid), cast(:other as uuid)), greatest(cast(:one as uuid), cast(:other as uuid))), 29))"
)
OVERLAPPING = text(
    "select id from peer_assist where organization_id = :organization_id and helper_id in (:one, :other) "
    "and helped_id in (:one, :other) and status in ('logged', 'confirmed') and started_at < :ends_at and ends_at > :started_at limit 1"
)
ADD = text(
    f"insert into peer_assist ({COLUMNS}, organization_id) values (:id, :helper_id, :helped_id, :logged_by, :skill, :work_center_id, "  # noqa: S608  # constant columns
    ":site_id, :started_at, :ends_at, :note, :status, :created_at, :expires_at, null, 1, :organization_id) "
    "on conflict (organization_id, id) do nothing"
)
# The row is the referee: of two answers at once, the second finds it no longer logged and changes nothing.
RESOLVE = text(
    "update peer_assist set status = :status, resolved_at = :now, version = version + 1 "
    "where organization_id = :organization_id and id = :id and status = 'logged' and expires_at > :now"
)
EXPIRE = text(
    "update peer_assist set status = 'expired', resolved_at = :now, version = version + 1 where organization_id = :organization_id "  # noqa: S608  # constant columns
    "and id in (select id from peer_assist where organization_id = :organization_id and status = 'logged' and expires_at <= :now "
    "and (cast(:pair as uuid[]) is null or (helper_id = any(cast(:pair as uuid[])) and helped_id = any(cast(:pair as uuid[])))) "
    f"order by id limit :limit for update) returning {COLUMNS}"
)
COUNTS = text(
    "select a.work_center_id, count(*) filter (where a.state = 'logged') as logged, "
    "count(*) filter (where a.state = 'confirmed') as confirmed, count(*) filter (where a.state = 'declined') as declined, "
    "count(*) filter (where a.state = 'expired') as expired, "
    "coalesce(sum(extract(epoch from a.ends_at - a.started_at)) filter (where a.state = 'confirmed'), 0) / 60 as minutes "
    "from (select p.*, c.area_id, case when p.status = 'logged' and p.expires_at <= :now then 'expired' else p.status end as state "
    "from peer_assist p join work_center c on c.organization_id = p.organization_id and c.id = p.work_center_id "
    "where p.organization_id = :organization_id and p.started_at >= :start and p.started_at < :end "
    "and (cast(:work_center_id as uuid) is null or p.work_center_id = :work_center_id)) a "
    "where (cast(:allowed as uuid[]) is null or array[a.site_id, a.work_center_id, a.area_id] && cast(:allowed as uuid[])) "
    "and not array[a.site_id, a.work_center_id, a.area_id] && cast(:denied as uuid[]) "
    "group by a.work_center_id order by a.work_center_id"
)


def _assist(row: Any) -> Assist:
    values = row._asdict()
    return Assist(**{**values, "logged_by": AssistRole(row.logged_by), "status": AssistStatus(row.status)})


async def one(tx: ReadTransaction, assist_id: UUID) -> Assist | None:
    """One assist."""
    row = await tx.row(ONE, id=assist_id)
    return None if row is None else _assist(row)


async def own(tx: ReadTransaction, worker_id: UUID, status: AssistStatus | None, page: Page) -> list[Assist]:
    """Assists of one worker on either side, one more than the page shows."""
    rows = await tx.rows(
        OWN, worker_id=worker_id, status=status.value if status else None, now=tx.now, after=page.after, limit=page.limit + 1
    )
    return [_assist(row) for row in rows]


async def lock_pair(tx: WriteTransaction, one: UUID, other: UUID) -> None:
    """Wait until nobody else is logging about these two; held until the transaction ends."""
    await tx.run(LOCK_PAIR, one=one, other=other)


async def overlapping(tx: ReadTransaction, assist: Assist) -> bool:
    """Whether the same two have another assist at that time, whoever helped whom."""
    found = await tx.scalar(
        OVERLAPPING, one=assist.helper_id, other=assist.helped_id, started_at=assist.started_at, ends_at=assist.ends_at
    )
    return found is not None


async def add(tx: WriteTransaction, assist: Assist) -> bool:
    """Insert an assist; False when its id is known already."""
    values = {name: getattr(assist, name) for name in Assist.__dataclass_fields__ if name not in {"resolved_at", "version"}}
    return await tx.run(ADD, **values) == 1


async def resolve(tx: WriteTransaction, assist_id: UUID, status: AssistStatus) -> bool:
    """Settle a logged assist that is not overdue; False when somebody else did or time ran out."""
    return await tx.run(RESOLVE, id=assist_id, status=status.value, now=tx.now) == 1


async def expire(tx: WriteTransaction, limit: int, pair: Sequence[UUID] | None = None) -> list[Assist]:
    """Write the end of overdue assists, those of everybody or of one pair."""
    rows = await tx.rows(EXPIRE, now=tx.now, limit=limit, pair=None if pair is None else list(pair))
    return [_assist(row) for row in rows]


async def counts(
    tx: ReadTransaction,
    start: datetime,
    end: datetime,
    *,
    work_center_id: UUID | None,
    allowed: Sequence[UUID] | None,
    denied: Sequence[UUID],
) -> list[AssistCount]:
    """Assists per work center that started in [start, end), within the nodes given."""
    rows = await tx.rows(
        COUNTS,
        start=start,
        end=end,
        now=tx.now,
        work_center_id=work_center_id,
        allowed=None if allowed is None else list(allowed),
        denied=list(denied),
    )
    return [AssistCount(r.work_center_id, r.logged, r.confirmed, r.declined, r.expired, int(r.minutes)) for r in rows]

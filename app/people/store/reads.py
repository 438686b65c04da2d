"""Places and workers as other features read them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.core.db import ReadTransaction
from app.people.domain import Site, WorkCenter, Worker

SITES = text("select id, code, name, time_zone from site where organization_id = :organization_id order by code")
WORK_CENTERS = text(
    "select w.id, w.site_id, w.area_id, w.code, w.name, s.time_zone, w.minimum_staying, w.tablets "
    "from work_center w join site s on s.organization_id = w.organization_id and s.id = w.site_id "
    "where w.organization_id = :organization_id "
    "and (cast(:ids as uuid[]) is null or w.id = any(cast(:ids as uuid[]))) "
    "and (cast(:site_id as uuid) is null or w.site_id = :site_id) order by w.id"
)
WORKERS = text(
    "select w.id, w.site_id, w.number, w.display_name, w.languages, w.job_role, w.status, "
    "coalesce(m.crews, '{}') as crews, coalesce(m.places, '{}') as places "
    "from worker w left join lateral (select array_agg(c.id) as crews, "
    "array_remove(array_agg(c.work_center_id) || array_agg(wc.area_id) || array_agg(c.site_id), null) as places "
    "from membership m join crew c on c.organization_id = m.organization_id and c.id = m.crew_id "
    "left join work_center wc on wc.organization_id = c.organization_id and wc.id = c.work_center_id "
    "where m.organization_id = w.organization_id and m.worker_id = w.id and m.valid_from <= :day "
    "and (m.valid_until is null or m.valid_until >= :day)) m on true "
    "where w.organization_id = :organization_id "
    "and (cast(:ids as uuid[]) is null or w.id = any(cast(:ids as uuid[]))) "
    "and (cast(:site_id as uuid) is null or w.site_id = :site_id) "
    "and (cast(:places as uuid[]) is null or m.places && cast(:places as uuid[])) "
    "and (cast(:crews as uuid[]) is null or m.crews && cast(:crews as uuid[])) "
    "and (cast(:job_roles as text[]) is null or w.job_role = any(cast(:job_roles as text[]))) "
    "and (cast(:status as text) is null or w.status = :status) order by w.id"
)


async def sites(tx: ReadTransaction) -> list[Site]:
    """Every site."""
    return [Site(*tuple(row)) for row in await tx.rows(SITES)]


async def work_centers(tx: ReadTransaction, ids: Sequence[UUID] | None, site_id: UUID | None) -> list[WorkCenter]:
    """Work centers by id or site; both None means all."""
    rows = await tx.rows(WORK_CENTERS, ids=None if ids is None else list(ids), site_id=site_id)
    return [WorkCenter(*tuple(row)) for row in rows]


async def workers(
    tx: ReadTransaction,
    *,
    day: date,
    ids: Sequence[UUID] | None = None,
    site_id: UUID | None = None,
    places: Sequence[UUID] | None = None,
    crews: Sequence[UUID] | None = None,
    job_roles: Sequence[str] | None = None,
    status: str | None = None,
) -> list[Worker]:
    """Workers matching every given filter, with the crews they are in on `day`."""
    rows = await tx.rows(
        WORKERS,
        day=day,
        ids=None if ids is None else list(ids),
        site_id=site_id,
        places=None if places is None else list(places),
        crews=None if crews is None else list(crews),
        job_roles=None if job_roles is None else list(job_roles),
        status=status,
    )
    return [
        Worker(
            r.id, r.site_id, r.number, r.display_name, tuple(r.languages), r.job_role, r.status, tuple(r.crews), tuple(r.places)
        )
        for r in rows
    ]

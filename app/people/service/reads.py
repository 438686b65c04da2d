"""Places and workers as other features read them."""

from collections.abc import Sequence
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.errors import NotFound
from app.people.domain import Site, WorkCenter, Worker
from app.people.store import reads as store


async def sites(tx: ReadTransaction) -> dict[UUID, Site]:
    """Every site by id."""
    return {site.id: site for site in await store.sites(tx)}


async def site(tx: ReadTransaction, site_id: UUID) -> Site:
    """One site. Raises NotFound."""
    found = (await sites(tx)).get(site_id)
    if found is None:
        raise NotFound
    return found


async def work_centers(
    tx: ReadTransaction, *, ids: Sequence[UUID] | None = None, site_id: UUID | None = None
) -> list[WorkCenter]:
    """Work centers by ids or site; without a filter all of them."""
    return await store.work_centers(tx, ids, site_id)


async def work_center(tx: ReadTransaction, work_center_id: UUID) -> WorkCenter:
    """One work center. Raises NotFound."""
    found = await store.work_centers(tx, [work_center_id], None)
    if not found:
        raise NotFound
    return found[0]


async def workers(tx: ReadTransaction, ids: Sequence[UUID]) -> dict[UUID, Worker]:
    """The named workers by id, with the crews they are in today; unknown ids are absent."""
    return {worker.id: worker for worker in await store.workers(tx, day=tx.now.date(), ids=ids)}


async def worker(tx: ReadTransaction, worker_id: UUID) -> Worker:
    """One worker. Raises NotFound."""
    found = await workers(tx, [worker_id])
    if worker_id not in found:
        raise NotFound
    return found[worker_id]


async def active_workers(
    tx: ReadTransaction,
    *,
    site_id: UUID | None = None,
    places: Sequence[UUID] | None = None,
    crews: Sequence[UUID] | None = None,
    job_roles: Sequence[str] | None = None,
) -> list[Worker]:
    """Active workers of a site, of places (work centers or areas their crews stand at), crews or job roles."""
    return await store.workers(
        tx, day=tx.now.date(), site_id=site_id, places=places, crews=crews, job_roles=job_roles, status="active"
    )

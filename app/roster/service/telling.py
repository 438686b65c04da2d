"""Telling that the roster of work centers changed: one fact a site, whatever the number of shifts."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.events import publish
from app.roster import store
from app.roster.events import RosterChanged

# A site and one of its work centers.
Place = tuple[UUID, UUID]
# Whose time changed, and the stretch in which it did.
Touched = tuple[UUID, datetime, datetime]
# More names would not fit into an event; then everybody in the stretch is meant.
MOST_NAMES = 50


async def tell_changed(tx: WriteTransaction, places: Iterable[Place], touched: Iterable[Touched]) -> None:
    """Publish what changed where, for whom and when; nothing where nothing did."""
    stretches = list(touched)
    names = tuple(sorted({worker_id for worker_id, _, _ in stretches}))
    start, end = min((s for _, s, _ in stretches), default=None), max((e for _, _, e in stretches), default=None)
    by_site: dict[UUID, set[UUID]] = defaultdict(set)
    for site_id, work_center_id in places:
        by_site[site_id].add(work_center_id)
    told = (
        RosterChanged(
            subject_id=site,
            work_center_ids=tuple(sorted(ids)),
            worker_ids=names if len(names) <= MOST_NAMES else (),
            starts_at=start,
            ends_at=end,
        )
        for site, ids in sorted(by_site.items())
    )
    await publish(tx, *told)


async def tell_of_worker(tx: WriteTransaction, worker_id: UUID) -> None:
    """Tell that a worker's shifts from now on count no more, or count again."""
    coming = await store.coming(tx, worker_id)
    places = {(shift.site_id, shift.work_center_id) for shift in coming}
    await tell_changed(tx, places, [(worker_id, shift.starts_at, shift.ends_at) for shift in coming])


async def coming_work_centers(tx: ReadTransaction, worker_ids: Iterable[UUID]) -> list[UUID]:
    """Where these workers are rostered from now on."""
    return sorted({shift.work_center_id for one in worker_ids for shift in await store.coming(tx, one)})

"""Telling that the roster of work centers changed: one fact a site, whatever the number of shifts."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.events import publish
from app.roster.events import RosterChanged

# A site and one of its work centers.
Place = tuple[UUID, UUID]


async def tell_changed(tx: WriteTransaction, places: Iterable[Place]) -> None:
    """Publish what changed where; nothing where nothing did."""
    by_site: dict[UUID, set[UUID]] = defaultdict(set)
    for site_id, work_center_id in places:
        by_site[site_id].add(work_center_id)
    told = (RosterChanged(subject_id=site, work_center_ids=tuple(sorted(ids))) for site, ids in sorted(by_site.items()))
    await publish(tx, *told)

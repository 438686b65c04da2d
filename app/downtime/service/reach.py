"""Which work centers a question about downtime is about, and whether the caller reaches them."""

from uuid import UUID

from app.core.access import Policy
from app.core.db import ReadTransaction
from app.core.errors import NotFound
from app.people import service as people
from app.people.domain import WorkCenter


async def one_center(tx: ReadTransaction, policy: Policy, work_center_id: UUID) -> WorkCenter:
    """One work center. Raises NotFound outside the caller's reach."""
    center = await people.work_center(tx, work_center_id)
    policy.must_reach(tx.caller, center.nodes)
    return center


async def centers_asked(
    tx: ReadTransaction, policy: Policy, work_center_id: UUID | None = None, site_id: UUID | None = None
) -> list[WorkCenter]:
    """The named work center, or those of a site (or of all sites) that the caller reaches. Raises NotFound if none."""
    if work_center_id is not None:
        center = await one_center(tx, policy, work_center_id)
        return [center] if site_id in (None, center.site_id) else []
    centers = await people.work_centers(tx, site_id=site_id)
    reached = [center for center in centers if policy.reaches(tx.caller, center.nodes)]
    if site_id is not None and not reached:
        raise NotFound
    return reached

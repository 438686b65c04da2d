"""Windows as a supervisor looks at them: page by page, with who is there and which share time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.errors import Invalid
from app.core.intervals import Interval
from app.downtime.domain.changes import SeenWindow
from app.downtime.domain.patterns import overlaps
from app.downtime.policies import DOWNTIME_READ
from app.downtime.service.reach import centers_asked
from app.downtime.service.windows import StaffedWindow, seen_windows, staffed
from app.people.domain import WorkCenter


@dataclass(frozen=True, slots=True)
class WindowPage:
    """Windows in order of start, their work centers, and for each the others of its work center that share its time."""

    items: list[StaffedWindow]
    centers: Mapping[UUID, WorkCenter]
    sharing: Mapping[UUID, list[UUID]]
    more: bool


async def list_windows(
    tx: ReadTransaction,
    horizon: Interval,
    *,
    work_center_id: UUID | None,
    site_id: UUID | None,
    cancelled: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> WindowPage:
    """One page of the windows of a work center or of a site's within the caller's reach. Raises NotFound or Invalid."""
    if work_center_id is None and site_id is None:
        raise Invalid.field("query:work_center_id", "Name a work center or a site.", "missing")
    centers = await centers_asked(tx, DOWNTIME_READ, work_center_id, site_id)
    found = [one for one in await seen_windows(tx, centers, horizon) if cancelled or not one.cancelled]
    sharing: dict[UUID, list[UUID]] = defaultdict(list)
    for one, other in overlaps(one.window for one in found if not one.cancelled):
        sharing[one.id].append(other.id)
        sharing[other.id].append(one.id)
    rest = [one for one in found if after is None or _place(one) > after]
    items = await staffed(tx, centers, rest[:limit])
    return WindowPage(items, {center.id: center for center in centers}, sharing, len(rest) > limit)


def _place(one: SeenWindow) -> tuple[datetime, UUID]:
    return (one.window.starts_at, one.window.id)

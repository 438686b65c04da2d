"""Which published blocks can no longer take place as they stand, and why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction
from app.core.intervals import Interval, covered, union
from app.downtime import service as downtime
from app.downtime.domain.changes import LONGEST_WINDOW
from app.downtime.domain.patterns import Window
from app.planning.domain.offers import Flag
from app.planning.service.live.offering import learning_span
from app.planning.store import plans as plan_store
from app.roster import service as roster
from app.roster.domain import learnable_intervals

Place = tuple[UUID, UUID]


async def lost_blocks(tx: ReadTransaction, site_id: UUID, centers: Sequence[UUID], coming: Sequence[Any]) -> dict[UUID, Flag]:
    """By block why no window, no paid time of its worker or no open time of the line holds it any more."""
    if not coming:
        return {}
    start, end = min(block.starts_at for block in coming), max(block.ends_at for block in coming)
    # Windows are cut at the ends of what is asked for, so every one around a block is asked for whole.
    found = await downtime.windows(tx, centers, start - LONGEST_WINDOW, end + LONGEST_WINDOW)
    windows = {window.id: window for window in found}
    paid = await _paid(tx, coming, start, end)
    closed = await plan_store.closed(tx, site_id, centers, start, end)
    lost = ((block, _why(block, windows, paid, closed)) for block in coming)
    return {block.id: why for block, why in lost if why is not None}


def _why(
    block: Any, windows: Mapping[UUID, Window], paid: Mapping[Place, Sequence[Interval]], closed: Iterable[Any]
) -> Flag | None:
    window = windows.get(block.window_id)
    if window is None or not _inside(block, window):
        return Flag.WINDOW_LOST
    if not covered(Interval(block.starts_at, block.ends_at), paid.get((block.worker_id, block.work_center_id), ())):
        return Flag.TIME_LOST
    dark = (row for row in closed if row.work_center_id in (None, block.work_center_id))
    if any(row.starts_at < block.ends_at and block.starts_at < row.ends_at for row in dark):
        return Flag.BLACKOUT
    return None


def _inside(block: Any, window: Window) -> bool:
    opens, closes = learning_span(window)
    return bool(opens <= block.starts_at and block.ends_at <= closes)


async def _paid(tx: ReadTransaction, coming: Iterable[Any], start: datetime, end: datetime) -> dict[Place, tuple[Interval, ...]]:
    """When each worker may learn at each work center."""
    found: dict[Place, list[Interval]] = {}
    workers = sorted({block.worker_id for block in coming})
    edge = timedelta(seconds=1)
    for shift in await roster.shifts(tx, start=start - edge, end=end + edge, worker_ids=workers):
        found.setdefault((shift.worker_id, shift.work_center_id), []).extend(learnable_intervals(shift))
    return {place: union(intervals) for place, intervals in found.items()}

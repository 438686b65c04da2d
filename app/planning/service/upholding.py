"""Published blocks after the downtime map or the roster changed: what has lost its time is cancelled and told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.core.events import publish
from app.core.intervals import Interval, covered, union
from app.downtime import service as downtime
from app.downtime.domain.changes import LONGEST_WINDOW
from app.downtime.domain.patterns import Window
from app.planning.events import BlockCancelled
from app.planning.service.publishing import facts
from app.planning.store import blocks as store
from app.planning.store import plans as plan_store
from app.roster import service as roster
from app.roster.domain import learnable_intervals


async def uphold_blocks(tx: WriteTransaction, work_center_ids: Sequence[UUID]) -> int:
    """Cancel coming blocks that no window or no paid time of their worker holds any more; answers how many.

    Pinned ones too: nobody can learn then. What has begun stays as it is. Repeating changes nothing.
    """
    await plan_store.lock(tx)
    coming = await store.coming(tx, work_center_ids)
    if not coming:
        return 0
    start, end = min(block.starts_at for block in coming), max(block.ends_at for block in coming)
    # Windows are cut at the ends of what is asked for, so every one around a block is asked for whole.
    found = await downtime.windows(tx, work_center_ids, start - LONGEST_WINDOW, end + LONGEST_WINDOW)
    windows = {window.id: window for window in found}
    paid = await _paid(tx, coming, start, end)
    fallen = [block for block in coming if not (_in_window(block, windows) and _in_paid_time(block, paid))]
    await store.end(tx, [block.id for block in fallen], "cancelled")
    await publish(tx, *(BlockCancelled(subject_id=block.id, **facts(block)) for block in fallen))
    return len(fallen)


Place = tuple[UUID, UUID]


async def _paid(tx: WriteTransaction, coming: Iterable[Any], start: Any, end: Any) -> dict[Place, tuple[Interval, ...]]:
    """When each worker may learn at each work center."""
    found: dict[Place, list[Interval]] = {}
    workers = sorted({block.worker_id for block in coming})
    for shift in await roster.shifts(tx, start=start, end=end, worker_ids=workers):
        found.setdefault((shift.worker_id, shift.work_center_id), []).extend(learnable_intervals(shift))
    return {place: union(intervals) for place, intervals in found.items()}


def _in_window(block: Any, windows: Mapping[UUID, Window]) -> bool:
    window = windows.get(block.window_id)
    if window is None:
        return False
    opens = window.starts_at + timedelta(seconds=window.setup_seconds)
    closes = min(window.ends_at - timedelta(seconds=window.return_seconds), opens + timedelta(seconds=window.usable_seconds))
    return bool(opens <= block.starts_at and block.ends_at <= closes)


def _in_paid_time(block: Any, paid: Mapping[Place, Sequence[Interval]]) -> bool:
    return covered(Interval(block.starts_at, block.ends_at), paid.get((block.worker_id, block.work_center_id), ()))

"""Writing out the windows of the coming two days, so that answering "what now" expands no pattern."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core.db import WriteTransaction
from app.downtime import service as downtime
from app.downtime.domain.patterns import Window
from app.people import service as people
from app.people.domain import WorkCenter
from app.planning.store import floor as store

AHEAD = timedelta(hours=48)
# Windows that are running are kept whole.
BEHIND = timedelta(hours=4)


async def refresh_windows(tx: WriteTransaction, work_center_ids: Sequence[UUID] | None = None) -> int:
    """Write the coming windows of some or all work centers out again; answers how many. Repeating changes nothing."""
    centers = await people.work_centers(tx, ids=work_center_ids)
    ids = [center.id for center in centers]
    found = await downtime.windows(tx, ids, tx.now - BEHIND, tx.now + AHEAD)
    by_id = {center.id: center for center in centers}
    records = [_record(window, by_id[window.work_center_id]) for window in found if window.ends_at > tx.now]
    await store.write_windows(tx, ids, records)
    return len(records)


def _record(window: Window, center: WorkCenter) -> dict[str, Any]:
    opens = window.starts_at + timedelta(seconds=window.setup_seconds)
    latest = window.ends_at - timedelta(seconds=window.return_seconds)
    return {
        "id": window.id,
        "work_center_id": center.id,
        "kind": window.kind.value,
        "starts_at": window.starts_at,
        "ends_at": window.ends_at,
        "opens_at": opens,
        # Plans count on fewer seconds where windows are often shorter; whoever holds a place may use all there are.
        "closes_at": max(latest, opens + timedelta(seconds=1)),
        "max_learners": window.max_learners,
        "minimum_staying": max(window.minimum_staying, center.minimum_staying),
    }

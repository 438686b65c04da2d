"""Feedback after each window: planned against used updates what its pattern promises."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.downtime.domain.feedback import MOST, Outcome, learned
from app.downtime.policies import DOWNTIME_READ
from app.downtime.service.reach import one_center
from app.downtime.store import feedback as store


async def settle(tx: WriteTransaction, outcome: Outcome) -> bool:
    """Keep what a window turned out to be, once, and let its pattern learn from it; False when that was done before."""
    if not await store.add(tx, outcome):
        return False
    if outcome.pattern_id is None or (known := await store.before(tx, outcome.pattern_id)) is None:
        return True
    lengths = await store.lengths(tx, outcome.pattern_id, MOST)
    await store.keep(tx, outcome.pattern_id, learned(known, outcome.held, lengths))
    return True


async def settled(tx: ReadTransaction, work_center_ids: Sequence[UUID], since: datetime) -> set[UUID]:
    """Windows of work centers whose outcome is known."""
    return await store.settled(tx, work_center_ids, since)


async def list_outcomes(
    tx: ReadTransaction, work_center_id: UUID, start: datetime, end: datetime, after: UUID, limit: int
) -> Sequence[Any]:
    """One page of what a work center's windows turned out to be. Raises NotFound outside the caller's reach."""
    center = await one_center(tx, DOWNTIME_READ, work_center_id)
    return await store.outcomes(tx, center.id, start, end, after, limit)

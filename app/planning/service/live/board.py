"""What a supervisor asks of the floor: plan a line again, and which blocks wait for a decision."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.people import service as people
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.service.live.replanning import Replanned, replan
from app.planning.store import live as store


async def replan_center(tx: WriteTransaction, work_center_id: UUID, *, near: bool, fill: bool) -> Replanned:
    """Plan a work center again now. Raises NotFound outside the caller's reach."""
    center = await people.work_center(tx, work_center_id)
    PLAN_WRITE.must_reach(tx.caller, center.nodes)
    return await replan(tx, [center.id], near=near, fill=fill)


async def flagged_blocks(tx: ReadTransaction, work_center_id: UUID | None, after: UUID, limit: int) -> Sequence[Any]:
    """One page of flagged blocks within the caller's reach. Raises NotFound for a work center outside it."""
    if work_center_id is not None:
        center = await people.work_center(tx, work_center_id)
        PLAN_READ.must_reach(tx.caller, center.nodes)
        return await store.flagged(tx, [center.id], after, limit)
    centers = await people.work_centers(tx)
    nodes = [center.id for center in centers if PLAN_READ.reaches(tx.caller, center.nodes)]
    return await store.flagged(tx, nodes, after, limit)

"""Published blocks: the worker's own, a supervisor's pins and drops, and blackouts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.people import service as people
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.service.live.replanning import replan
from app.planning.store import blocks as store
from app.planning.store import plans as plan_store


@dataclass(frozen=True, slots=True)
class BlackoutAsked:
    """A stretch without learning at a work center, or at every one of a site."""

    id: UUID | None
    site_id: UUID | None
    work_center_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    reason: str


async def own_blocks(tx: ReadTransaction, worker_id: UUID, start: datetime, end: datetime) -> Sequence[Any]:
    """Published blocks of a worker that share time with [start, end), at most 500."""
    return await store.own(tx, worker_id, start, end)


async def block(tx: ReadTransaction, block_id: UUID) -> Any:
    """One block. Raises NotFound outside the caller's reach."""
    row = await store.one(tx, block_id)
    if row is None:
        raise NotFound
    PLAN_READ.must_reach(tx.caller, (await people.work_center(tx, row.work_center_id)).nodes)
    return row


async def finish_blocks(tx: WriteTransaction, learned: Sequence[Mapping[str, str]]) -> None:
    """Mark blocks as done whose item was learned, at the planned time or another; repeating changes nothing."""
    await store.finish(tx, [dict(one) for one in learned])


async def add_blackout(tx: WriteTransaction, asked: BlackoutAsked) -> tuple[Any, int]:
    """Close time for learning; what is scheduled in it moves or is cancelled. Answers the blackout and how many blocks those are.

    The same id again changes nothing. Raises NotFound outside the caller's reach, Invalid, Conflict for a taken id.
    """
    site_id = asked.site_id
    if asked.work_center_id is not None:
        center = await people.work_center(tx, asked.work_center_id)
        PLAN_WRITE.must_reach(tx.caller, center.nodes)
        site_id = center.site_id
    assert site_id is not None
    if asked.work_center_id is None:
        PLAN_WRITE.must_reach(tx.caller, (await people.site(tx, site_id)).nodes)
    if asked.ends_at <= asked.starts_at:
        raise Invalid.field("#/ends_at", "A blackout ends after it starts.", "order")
    await plan_store.lock(tx)
    span = {"site_id": site_id, "work_center_id": asked.work_center_id, "starts_at": asked.starts_at, "ends_at": asked.ends_at}
    blackout_id = asked.id or new_id()
    added = await plan_store.add_blackout(tx, id=blackout_id, reason=asked.reason, created_by=tx.caller.id, **span)
    row = await plan_store.blackout(tx, blackout_id)
    if not added:
        if row is None or {name: getattr(row, name) for name in span} != span:
            raise Conflict("Another blackout has this id.", code="id_taken")
        return row, 0
    fallen = await store.in_blackout(tx, **span)
    if fallen:
        await replan(tx, sorted({one.work_center_id for one in fallen}), cut=fallen)
    return row, len(fallen)


async def list_blackouts(tx: ReadTransaction, start: datetime, end: datetime, after: UUID, limit: int) -> Sequence[Any]:
    """One page of blackouts within the caller's reach that share time with [start, end)."""
    nodes = tx.caller.nodes(PLAN_READ.roles) if tx.caller.kind == "person" else None
    return await plan_store.blackouts(tx, nodes=nodes, start=start, end=end, after=after, limit=limit)


async def drop_blackout(tx: WriteTransaction, blackout_id: UUID) -> None:
    """Open the time again; cancelled blocks come back with the next plan. Raises NotFound outside reach."""
    row = await plan_store.blackout(tx, blackout_id)
    if row is None:
        raise NotFound
    if row.work_center_id is None:
        PLAN_WRITE.must_reach(tx.caller, (await people.site(tx, row.site_id)).nodes)
    else:
        PLAN_WRITE.must_reach(tx.caller, (await people.work_center(tx, row.work_center_id)).nodes)
    await plan_store.drop_blackout(tx, blackout_id)

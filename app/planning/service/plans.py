"""Asking for a plan, watching it, reading it, stopping it and giving it up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.core.jobs import defer
from app.people import service as people
from app.people.domain import WorkCenter
from app.planning.domain.progress import Effort
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.service.inputs import whole_seconds
from app.planning.service.policy import document_of, site_policy
from app.planning.service.solving import job_of
from app.planning.store import blocks as block_store
from app.planning.store import plans as store
from app.planning.store import solving as leases

LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """A plan as somebody asks for it: a site or some of its work centers, from when to when; without a cap the site's counts."""

    site_id: UUID | None
    work_center_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    seed: int
    effort: Effort
    daily_cap_seconds: int | None
    pins: tuple[dict[str, Any], ...] = ()


async def request_plan(tx: WriteTransaction, asked: PlanAsked) -> Any:
    """Store a plan to be solved by the worker process. Raises NotFound outside the caller's reach, Invalid."""
    centers = await _scope(tx, asked)
    for center in centers:
        PLAN_WRITE.must_reach(tx.caller, center.nodes)
    span = whole_seconds(max(asked.starts_at, tx.now), asked.ends_at)
    if span is None or asked.starts_at >= asked.ends_at:
        raise Invalid.field("#/to", "The time to plan ends after it starts, and in the future.", "order")
    if asked.ends_at - asked.starts_at > LONGEST:
        raise Invalid.field("#/to", "At most 31 days are planned at once.", "too_long")
    plan_id, rules = new_id(), (await site_policy(tx, centers[0].site_id)).policy
    await store.add(
        tx,
        asked.pins,
        document_of(rules),
        id=plan_id,
        site_id=centers[0].site_id,
        work_center_ids=sorted(center.id for center in centers),
        starts_at=span[0],
        ends_at=span[1],
        seed=asked.seed,
        effort=asked.effort,
        daily_cap_seconds=asked.daily_cap_seconds or rules.daily_cap_minutes * 60,
        requested_by=tx.caller.id,
    )
    await defer(tx, job_of(tx.organization_id, plan_id))
    return await store.one(tx, plan_id)


async def _scope(tx: ReadTransaction, asked: PlanAsked) -> list[WorkCenter]:
    if asked.site_id is not None:
        site = await people.site(tx, asked.site_id)
        PLAN_WRITE.must_reach(tx.caller, site.nodes)
        centers = await people.work_centers(tx, site_id=asked.site_id)
        if not centers:
            raise Invalid.field("#/site_id", "The site has no work centers to plan for.", "no_work_centers")
        return centers
    centers = await people.work_centers(tx, ids=asked.work_center_ids)
    if len(centers) != len(set(asked.work_center_ids)):
        raise NotFound
    if len({center.site_id for center in centers}) != 1:
        raise Invalid.field("#/work_center_ids", "Name work centers of one site.", "other_site")
    return centers


async def list_plans(tx: ReadTransaction, site_id: UUID | None, after: UUID, limit: int) -> Sequence[Any]:
    """One page of plans within the caller's reach."""
    nodes = tx.caller.nodes(PLAN_READ.roles) if tx.caller.kind == "person" else None
    return await store.page(tx, nodes=nodes, site_id=site_id, after=after, limit=limit)


async def plan(tx: ReadTransaction, plan_id: UUID) -> Any:
    """One plan with its result. Raises NotFound outside the caller's reach."""
    row = await store.one(tx, plan_id)
    if row is None:
        raise NotFound
    for center in await people.work_centers(tx, ids=row.work_center_ids):
        PLAN_READ.must_reach(tx.caller, center.nodes)
    return row


async def plan_blocks(tx: ReadTransaction, plan_id: UUID, after: UUID, limit: int) -> Sequence[Any]:
    """One page of a plan's blocks. Raises NotFound outside the caller's reach."""
    row = await plan(tx, plan_id)
    return await block_store.of_plan(tx, row.id, after=after, limit=limit)


async def plan_progress(tx: ReadTransaction, plan_id: UUID) -> Any:
    """How far a plan is, without its result. The caller has read the plan before: reach is not asked again."""
    row = await leases.progress(tx, plan_id)
    if row is None:
        raise NotFound
    return row


async def cancel_plan(tx: WriteTransaction, plan_id: UUID) -> Any:
    """Stop solving a plan; once more changes nothing. Raises NotFound outside reach, Conflict when it is solved already."""
    await writable_plan(tx, plan_id)
    await leases.cancel(tx, plan_id)
    row = await plan(tx, plan_id)
    if row.status != "cancelled":
        raise Conflict(f"The plan is {row.status}: only one that is being solved can be stopped.", code="plan_not_solving")
    return row


async def writable_plan(tx: ReadTransaction, plan_id: UUID) -> Any:
    """One plan that the caller may change. Raises NotFound outside reach."""
    row = await plan(tx, plan_id)
    for center in await people.work_centers(tx, ids=row.work_center_ids):
        PLAN_WRITE.must_reach(tx.caller, center.nodes)
    return row


async def discard_plan(tx: WriteTransaction, plan_id: UUID, version: int) -> None:
    """Give up a plan that was not published; its proposed blocks go. Raises Stale, Conflict when it was published."""
    await writable_plan(tx, plan_id)
    if await store.discard(tx, plan_id, version):
        proposed = await block_store.of_plan(tx, plan_id, proposed=True)
        await block_store.drop(tx, [block.id for block in proposed])
        return
    now = await plan(tx, plan_id)
    if now.version != version:
        raise Stale
    raise Conflict("Only a plan that was not published can be discarded.", code="plan_not_proposed")

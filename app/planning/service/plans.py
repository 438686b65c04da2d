"""Asking for a plan, solving it outside the event loop, reading it and giving it up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from app.core.db import ReadTransaction, WriteTransaction
from app.core.errors import Conflict, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.core.jobs import Job, defer
from app.core.runtime import Runtime
from app.people import service as people
from app.people.domain import WorkCenter
from app.planning.domain.check import check
from app.planning.domain.coverage import CoverageStep, coverage
from app.planning.domain.problem import Problem
from app.planning.domain.violation import Violation
from app.planning.engine.solve import Answer, Budget, solve
from app.planning.policies import PLAN_READ, PLAN_WRITE
from app.planning.service.inputs import Inputs, gather, whole_seconds
from app.planning.service.results import block_records, result_of
from app.planning.store import blocks as block_store
from app.planning.store import plans as store

log = structlog.get_logger()
TASK = "planning.solve"
LONGEST = timedelta(days=31)
# A bound is proved beside the plan up to so many workers; it takes seconds and grows faster than the plan.
MOST_PROVED = 40


class PlanBroken(RuntimeError):
    """The planner's answer broke a hard rule: a fault of ours that is never stored as a plan."""


@dataclass(frozen=True, slots=True)
class PlanAsked:
    """A plan as somebody asks for it: a site or some of its work centers, from when to when."""

    site_id: UUID | None
    work_center_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    seed: int
    daily_cap_seconds: int
    pins: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Solved:
    """What the planner answered, what the checker found, and who stays while others learn."""

    answer: Answer
    violations: list[Violation]
    coverage: tuple[CoverageStep, ...]


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
    plan_id = new_id()
    await store.add(
        tx,
        asked.pins,
        id=plan_id,
        site_id=centers[0].site_id,
        work_center_ids=sorted(center.id for center in centers),
        starts_at=span[0],
        ends_at=span[1],
        seed=asked.seed,
        daily_cap_seconds=asked.daily_cap_seconds,
        requested_by=tx.caller.id,
    )
    await defer(tx, Job(TASK, {"organization_id": str(tx.organization_id), "plan_id": str(plan_id)}))
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


async def solve_plan(runtime: Runtime, organization_id: UUID, plan_id: UUID) -> None:
    """Solve a plan that waits; repeating does nothing. No transaction is open while the planner works.

    Raises PlanBroken after marking the plan as failed when its own checker objects.
    """
    async with runtime.database.read(organization_id) as tx:
        row = await store.one(tx, plan_id)
        if row is None or row.status != "solving":
            return
        # Before the inputs: whatever is published while they are read counts as later.
        based_on = await store.newest_publication(tx)
        span = whole_seconds(max(row.starts_at, tx.now), row.ends_at)
        inputs = None if span is None else await gather(tx, row, span[0])
    if inputs is None:
        await _fail(runtime, organization_id, plan_id, "The time to plan was over before it could be solved.")
        return
    solved = await asyncio.to_thread(_work, inputs.problem, row.seed)
    if solved.violations:
        await _fail(runtime, organization_id, plan_id, "The planner's answer broke a hard rule and was not kept.")
        rules = sorted({violation.rule.value for violation in solved.violations})
        log.error("plan_broken", plan_id=str(plan_id), rules=rules, violations=len(solved.violations))
        raise PlanBroken(f"plan {plan_id} breaks {', '.join(rules)}")
    async with runtime.database.write(organization_id) as tx:
        await _keep(tx, plan_id, inputs, solved, based_on)


async def _keep(tx: WriteTransaction, plan_id: UUID, inputs: Inputs, solved: Solved, based_on: int) -> None:
    blocks = block_records(inputs, solved.answer.plan)
    kept = await store.solved(
        tx,
        {**inputs.digests, "starts_at": inputs.problem.starts_at.isoformat()},
        result_of(inputs, solved.answer, solved.coverage),
        id=plan_id,
        based_on=based_on,
        placed=len(blocks),
        unplaced=len(solved.answer.plan.unplaced),
        placed_seconds=sum(block["seconds"] for block in blocks),
    )
    if kept:
        await block_store.add(tx, plan_id, blocks)


def _work(problem: Problem, seed: int) -> Solved:
    answer = solve(problem, seed, Budget(bound=len(problem.workers) <= MOST_PROVED))
    return Solved(answer, check(problem, answer.plan), coverage(problem, answer.plan))


async def _fail(runtime: Runtime, organization_id: UUID, plan_id: UUID, failure: str) -> None:
    async with runtime.database.write(organization_id) as tx:
        await store.failed(tx, plan_id, failure)


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


async def discard_plan(tx: WriteTransaction, plan_id: UUID, version: int) -> None:
    """Give up a plan that was not published; its proposed blocks go. Raises Stale, Conflict when it was published."""
    row = await plan(tx, plan_id)
    for center in await people.work_centers(tx, ids=row.work_center_ids):
        PLAN_WRITE.must_reach(tx.caller, center.nodes)
    if await store.discard(tx, plan_id, version):
        proposed = await block_store.of_plan(tx, plan_id, proposed=True)
        await block_store.drop(tx, [block.id for block in proposed])
        return
    now = await plan(tx, plan_id)
    if now.version != version:
        raise Stale
    raise Conflict("Only a plan that was not published can be discarded.", code="plan_not_proposed")

"""Solving a plan that waits: one process at a time holds its lease, tells how far it is, and stops when nobody wants it.

A plan never hangs: whoever dies loses the lease, the plan is taken up again, and after a few attempts it fails with a reason.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from app.core.ids import new_id
from app.core.jobs import Job, defer
from app.core.runtime import Runtime
from app.planning.domain.progress import Effort, Phase, Progress
from app.planning.process import Solved, Work, work
from app.planning.service import pool
from app.planning.service.inputs import Inputs, gather, whole_seconds
from app.planning.service.pairing import explain_sessions
from app.planning.service.policy import policy_of
from app.planning.service.results import block_records, result_of
from app.planning.store import blocks as block_store
from app.planning.store import plans as store
from app.planning.store import solving as leases

log = structlog.get_logger()
TASK = "planning.solve"
# How often a running plan is looked at, and how long one that nobody looks at is believed to be running.
BEAT_SECONDS = 0.5
LEASE = timedelta(seconds=30)
# A plan nobody ever took up is asked for again after so long: its job may have been lost.
UNHEARD = timedelta(minutes=5)
ATTEMPTS = 3
OVER = "The time to plan was over before it could be solved."
BROKEN = "The planner's answer broke a hard rule and was not kept."
UNREADABLE = "The roster, the windows or the assignments contradict each other, so there is nothing to plan with."
DIED = f"The planner ended without an answer {ATTEMPTS} times; ask again with less effort or a shorter time."


class PlanBroken(RuntimeError):
    """The planner's answer broke a hard rule: a fault of ours that is never stored as a plan."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to solve one plan for now."""

    runtime: Runtime
    organization_id: UUID
    plan_id: UUID
    by: UUID

    async def beat(self, progress: Progress) -> bool:
        """Tell how far the plan is and keep the lease; false when the plan is no longer wanted, or no longer ours."""
        async with self.runtime.database.write(self.organization_id) as tx:
            return await leases.beat(tx, self.plan_id, self.by, progress.phase, progress.facts(), tx.now + LEASE)

    async def watch(self, running: pool.Running) -> None:
        """Beat until the work is done; ask it to stop when it is no longer wanted."""
        while not (await asyncio.wait({running.future}, timeout=BEAT_SECONDS))[0]:
            if not await self.beat(running.line.read()):
                running.line.stop()

    async def fail(self, failure: str) -> None:
        """End the plan with a reason."""
        async with self.runtime.database.write(self.organization_id) as tx:
            await store.failed(tx, self.plan_id, failure)

    async def give_back(self) -> None:
        """Let somebody else take the plan up at once."""
        async with self.runtime.database.write(self.organization_id) as tx:
            await leases.give_back(tx, self.plan_id, self.by)


async def solve_plan(runtime: Runtime, organization_id: UUID, plan_id: UUID) -> None:
    """Solve a plan that waits; repeating does nothing. No transaction is open while the planner works.

    Raises PlanBroken after marking the plan as failed when its own checker objects, PlannerDied while it may be tried again.
    """
    lease = Lease(runtime, organization_id, plan_id, new_id())
    async with runtime.database.write(organization_id) as tx:
        row = await leases.take(tx, plan_id, lease.by, tx.now + LEASE)
    if row is None:
        return
    if row.attempts > ATTEMPTS:
        await lease.fail(DIED)
        return
    try:
        await _solve(lease, row)
    except pool.PlannerDied:
        if row.attempts >= ATTEMPTS:
            await lease.fail(DIED)
            return
        await lease.give_back()
        raise
    except (asyncio.CancelledError, OSError):
        # This process is to end, or its database is away: the plan waits for another one.
        await lease.give_back()
        raise


async def _solve(lease: Lease, row: Any) -> None:
    async with lease.runtime.database.read(lease.organization_id) as tx:
        # Before the inputs: whatever is published while they are read counts as later.
        based_on = await store.newest_publication(tx)
        notice = timedelta(minutes=policy_of(row.policy).notice_minutes)
        span = whole_seconds(max(row.starts_at, tx.now + notice), row.ends_at)
        try:
            inputs = None if span is None else await gather(tx, row, span[0])
        except ValueError:
            log.exception("plan_unreadable", plan_id=str(row.id))
            await lease.fail(UNREADABLE)
            return
    if inputs is None:
        await lease.fail(OVER)
        return
    asked = Work(inputs.problem, row.seed, Effort(row.effort))
    solved = await pool.run(lease.runtime, work, asked, watch=lease.watch)
    if solved is not None:
        await _keep(lease, inputs, solved, based_on)


async def _keep(lease: Lease, inputs: Inputs, solved: Solved, based_on: int) -> None:
    if solved.violations:
        await lease.fail(BROKEN)
        rules = sorted({violation.rule.value for violation in solved.violations})
        log.error("plan_broken", plan_id=str(lease.plan_id), rules=rules, violations=len(solved.violations))
        raise PlanBroken(f"plan {lease.plan_id} breaks {', '.join(rules)}")
    plan, blocks = solved.answer.plan, block_records(inputs, solved.answer.plan)
    progress = Progress(Phase.DONE, 100, solved.answer.objective, solved.answer.bound)
    async with lease.runtime.database.write(lease.organization_id) as tx:
        kept = await store.solved(
            tx,
            {**inputs.digests, "starts_at": inputs.problem.starts_at.isoformat()},
            result_of(inputs, solved.answer, solved.coverage),
            progress.facts(),
            id=lease.plan_id,
            based_on=based_on,
            placed=len(blocks),
            unplaced=len(plan.unplaced) + len(plan.unplaced_pairs),
            placed_seconds=sum(block["seconds"] for block in blocks),
        )
        if kept:
            await block_store.add(tx, lease.plan_id, blocks)
            await explain_sessions(tx, plan)


async def take_up_again(runtime: Runtime, organization_id: UUID) -> int:
    """Ask again for the plans that nobody solves although they wait; answers how many. Repeating is harmless."""
    async with runtime.database.write(organization_id) as tx:
        found = await leases.forgotten(tx, tx.now, tx.now - UNHEARD)
        for plan_id in found:
            await defer(tx, job_of(organization_id, plan_id))
    if found:
        log.warning("plans_taken_up_again", organization_id=str(organization_id), plans=len(found))
    return len(found)


def job_of(organization_id: UUID, plan_id: UUID) -> Job:
    """The job that solves a plan."""
    return Job(TASK, {"organization_id": str(organization_id), "plan_id": str(plan_id)})

"""Background work of planning."""

from typing import Any
from uuid import UUID

import structlog

from app.core.errors import AppError
from app.core.events import read_events, subscribe
from app.core.jobs import task
from app.core.runtime import Runtime
from app.planning import service
from app.roster import service as roster

log = structlog.get_logger()

for learned in ("module.completed", "quiz.passed", "checklist.completed"):
    subscribe(learned, "planning.finish_blocks")
for changed in ("window.mapped", "window.changed", "roster.changed", "work_center.minimum_changed"):
    subscribe(changed, "planning.refresh_windows")


def _of_skills(data: dict[str, Any]) -> bool:
    return "skills" in data["changed"]


subscribe("worker.updated", "planning.refresh_lines_of", _of_skills)
subscribe("protected_block.changed", "planning.follow_promises")


def _of_a_pair(data: dict[str, Any]) -> bool:
    return data["kind"] in service.PAIR_KINDS


subscribe("pplt.session.recorded", "planning.finish_sessions", _of_a_pair)


@task("planning.solve", attempts=3)
async def solve(runtime: Runtime, organization_id: str, plan_id: str) -> None:
    """Solve one plan."""
    await service.solve_plan(runtime, UUID(organization_id), UUID(plan_id))


@task("planning.take_up_again", every="* * * * *")
async def take_up_again(runtime: Runtime) -> None:
    """Ask again for plans whose process died."""
    for organization_id in await runtime.database.organizations():
        await service.take_up_again(runtime, organization_id)


@task("planning.finish_blocks")
async def finish_blocks(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """Mark the blocks of learned items as done."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        events = await read_events(tx, [UUID(one) for one in event_ids])
        learned = [{name: str(event.data[name]) for name in ("worker_id", "kind", "key")} for event in events]
        await service.finish_blocks(tx, learned)


@task("planning.follow_promises")
async def follow_promises(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """Blocks that promise protected time become what the ledger says of their promises."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        events = await read_events(tx, [UUID(one) for one in event_ids])
        await service.follow_promises(tx, sorted({UUID(event.data["block_id"]) for event in events}))


@task("planning.finish_sessions")
async def finish_sessions(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """Sessions whose time was recorded have taken place."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        events = await read_events(tx, [UUID(one) for one in event_ids])
        recorded = [{"worker_id": event.subject_id, "kind": event.data["kind"], "at": event.occurred_at} for event in events]
        await service.finish_sessions(tx, recorded)


@task("planning.refresh_windows")
async def refresh_windows(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """After a change to the downtime map, the roster or a minimum: plan again what lost its place, write windows out again."""
    # Nobody else can plan again while this transaction is open, so it does not begin by waiting for a process to start.
    await service.prepared()
    async with runtime.database.write(UUID(organization_id)) as tx:
        events = await read_events(tx, [UUID(one) for one in event_ids])
        centers = sorted({center for event in events for center in _centers(event.data)})
        await service.refresh_windows(tx, centers)
        await service.replan(tx, centers, ahead=service.FARTHEST)


@task("planning.refresh_lines_of")
async def refresh_lines_of(runtime: Runtime, organization_id: str, event_ids: list[str]) -> None:
    """After a change of somebody's skills: plan the lines again at which they are one of those who must stay, or no longer."""
    await service.prepared()
    async with runtime.database.write(UUID(organization_id)) as tx:
        events = await read_events(tx, [UUID(one) for one in event_ids])
        centers = await roster.coming_work_centers(tx, sorted({event.subject_id for event in events}))
        await service.replan(tx, centers, ahead=service.FARTHEST)


def _centers(data: dict[str, Any]) -> list[UUID]:
    return [UUID(one) for one in data.get("work_center_ids") or [data["work_center_id"]]]


@task("planning.refresh_all_windows", every="*/10 * * * *")
async def refresh_all_windows(runtime: Runtime) -> None:
    """Keep the coming two days written out as time goes on."""
    for organization_id in await runtime.database.organizations():
        try:
            async with runtime.database.write(organization_id) as tx:
                await service.refresh_windows(tx)
        except AppError as error:
            # One organization's patterns must not keep the others waiting.
            log.warning("windows_not_refreshed", organization_id=str(organization_id), code=error.code)


@task("planning.ask_next")
async def ask_next(runtime: Runtime, organization_id: str, window_id: str) -> None:
    """Let offers go that nobody answered, and ask the next people."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        await service.lapse_offers(tx, UUID(window_id))


@task("planning.end_window")
async def end_window(runtime: Runtime, organization_id: str, window_id: str) -> None:
    """Close a window of the floor whose time is over."""
    async with runtime.database.write(UUID(organization_id)) as tx:
        await service.end_window(tx, UUID(window_id))


@task("planning.settle_windows", every="*/30 * * * *")
async def settle_windows(runtime: Runtime) -> None:
    """Compare what was planned with what was learned in windows that are over."""
    for organization_id in await runtime.database.organizations():
        try:
            async with runtime.database.write(organization_id) as tx:
                await service.settle_windows(tx)
        except AppError as error:
            log.warning("windows_not_settled", organization_id=str(organization_id), code=error.code)
